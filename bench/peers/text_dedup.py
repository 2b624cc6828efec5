"""text-dedup: the function that its MinHash script maps over a dataset, called without the script."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from text_dedup.minhash import embed_func
from text_dedup.utils import sha1_hash, xxh3_32hash

from .door import PERMUTATIONS, RAW, Contender, K, identity

if TYPE_CHECKING:
    from collections.abc import Sequence

_BANDS = [(at, at + 8) for at in range(0, PERMUTATIONS, 8)]


def _made(texts: Sequence[str], settings: dict[str, Any]) -> list[list[bytes]]:
    return [embed_func(text, number, **settings)["__signatures__"] for number, text in enumerate(texts)]


def _likeness(made: Sequence[Sequence[bytes]], one: int, other: int) -> float:
    rows = [np.frombuffer(b"".join(made[n]), np.uint8).reshape(PERMUTATIONS, -1) for n in (one, other)]
    return float(np.mean((rows[0] == rows[1]).all(axis=1)))


def _settings(bits: int) -> dict[str, Any]:
    """As its script sets them: 64-bit arithmetic with SHA-1 is its default, 32-bit with xxh3 the faster choice."""
    kind, prime = (np.uint64, (1 << 61) - 1) if bits == 64 else (np.uint32, (1 << 32) - 5)
    drawn = np.random.RandomState(42)
    return {
        "num_perm": PERMUTATIONS,
        "ngram_size": K,
        "min_length": 5,
        "hashranges": _BANDS,
        "permutations": tuple(drawn.randint(low, prime, size=PERMUTATIONS, dtype=kind) for low in (1, 0)),
        "hash_func": partial(sha1_hash, d=32) if bits == 64 else xxh3_32hash,
        "dtype": kind,
        "max_hash": np.uint32((1 << 32) - 1),
        "modulo_prime": kind(prime),
    }


def contenders(program: str) -> list[Contender]:
    """Its default setting and its fastest of 32 bits."""
    return [
        Contender(program, how, RAW, True, partial(_made, settings=_settings(bits)), _likeness, identity)
        for how, bits in (("embed_func, SHA-1 (default)", 64), ("embed_func, 32 bits, xxh3", 32))
    ]
