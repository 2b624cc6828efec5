"""sourmash: FracMinHash of sequences, in Rust. It has no way in for text but hashes that the caller made."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import xxhash
from sourmash import MinHash

from .door import GIVEN, NUMPY, RAW, SCALED, Contender, K, identity
from .shingles import MASK64, joined, numpy_hashes, python_hashes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _many(rows: Sequence[Any], hashes: Callable[[Any], list[int]]) -> list[Any]:
    made = []
    for row in rows:
        one = MinHash(n=0, ksize=K, scaled=SCALED)
        one.add_many(hashes(row))
        made.append(one)
    return made


def _xxh3(text: str) -> list[int]:
    return list(map(xxhash.xxh3_64_intdigest, joined(text)))


def _python(text: str) -> list[int]:
    return [value & MASK64 for value in python_hashes(text)]


def _numpy(text: str) -> list[int]:
    hashes: list[int] = numpy_hashes(text).tolist()
    return hashes


def _given(texts: Sequence[str]) -> list[list[int]]:
    return [_numpy(text) for text in texts]


def _likeness(made: Sequence[Any], one: int, other: int) -> float:
    return float(made[one].jaccard(made[other]))


def contenders(program: str) -> list[Contender]:
    """``add_many`` with several ways to hash."""
    return [
        Contender(program, "add_many, xxh3", RAW, True, partial(_many, hashes=_xxh3), _likeness, identity),
        Contender(
            program,
            "add_many, Python's hash of tuples",
            RAW,
            False,
            partial(_many, hashes=_python),
            _likeness,
            identity,
        ),
        Contender(program, "add_many", NUMPY, True, partial(_many, hashes=_numpy), _likeness, identity),
        Contender(program, "add_many", GIVEN, True, partial(_many, hashes=list), _likeness, _given),
    ]
