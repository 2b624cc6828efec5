"""datasketch: MinHash in numpy. Permutations are drawn once and shared, with the scheme of its version 2."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from importlib.util import find_spec
from operator import index
from typing import TYPE_CHECKING, Final, TypeAlias

from datasketch import MinHash

from .door import GIVEN, NUMPY, PERMUTATIONS, RAW, Contender, identity, positions_equal
from .shingles import MASK32, joined, numpy_hashes, python_hashes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy as np
    import numpy.typing as npt

_SCHEME: Final = "affine32"
_DRAWN: Final = MinHash(PERMUTATIONS, scheme=_SCHEME).permutations

Rows: TypeAlias = "list[npt.NDArray[np.uint32]]"


def _bulk(texts: Sequence[str], hashfunc: Callable[[bytes], int] | None) -> Rows:
    made = MinHash.bulk(map(joined, texts), scheme=_SCHEME, permutations=_DRAWN, hashfunc=hashfunc)
    return [one.hashvalues for one in made]


def _batches(texts: Iterable[object], hashfunc: Callable[..., int], shingles: Callable[..., Iterable[object]]) -> Rows:
    made = []
    for text in texts:
        one = MinHash(PERMUTATIONS, scheme=_SCHEME, permutations=_DRAWN, hashfunc=hashfunc)
        one.update_batch(shingles(text))
        made.append(one.hashvalues)
    return made


def _numpy32(text: str) -> list[int]:
    hashes: list[int] = (numpy_hashes(text) >> 32).tolist()
    return hashes


def _given(texts: Sequence[str]) -> list[list[int]]:
    return [_numpy32(text) for text in texts]


def _xxh32(program: str) -> list[Contender]:
    xxh32: Callable[[bytes], int] = import_module("xxhash").xxh32_intdigest
    bulk = partial(_bulk, hashfunc=xxh32)
    batches = partial(_batches, hashfunc=xxh32, shingles=joined)
    return [
        Contender(program, "bulk, xxh32", RAW, True, bulk, positions_equal, identity),
        Contender(program, "update_batch, xxh32", RAW, True, batches, positions_equal, identity),
    ]


def contenders(program: str) -> list[Contender]:
    """Its default hash, and the fastest found of many."""
    by_sha1 = partial(_bulk, hashfunc=None)
    by_hash = partial(_batches, hashfunc=MASK32.__and__, shingles=python_hashes)
    by_numpy = partial(_batches, hashfunc=index, shingles=_numpy32)
    given = partial(_batches, hashfunc=index, shingles=list)
    like = positions_equal
    return [
        Contender(program, "bulk, SHA-1 (default)", RAW, True, by_sha1, like, identity),
        *(_xxh32(program) if find_spec("xxhash") else []),
        Contender(program, "update_batch, Python's hash of tuples", RAW, False, by_hash, like, identity),
        Contender(program, "update_batch", NUMPY, True, by_numpy, like, identity),
        Contender(program, "update_batch", GIVEN, True, given, like, _given),
    ]
