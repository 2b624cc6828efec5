"""rensa: R-MinHash and C-MinHash in Rust. Its ``rho`` calls, which sample the shingles, are no full sketch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from rensa import CMinHash, RMinHash

from .door import GIVEN, NUMPY, PERMUTATIONS, RAW, Contender, identity, positions_equal
from .shingles import MASK64, flat, joined, numpy_hashes, python_hashes

if TYPE_CHECKING:
    from collections.abc import Sequence

_SEED: Final = 42


def _update(kind: Any, texts: Sequence[str]) -> list[list[int]]:  # noqa: ANN401 - a class of Rust, without types
    made = []
    for text in texts:
        one = kind(num_perm=PERMUTATIONS, seed=_SEED)
        one.update(list(joined(text)))
        made.append(one.digest())
    return made


def _r(texts: Sequence[str]) -> list[list[int]]:
    return _update(RMinHash, texts)


def _c(texts: Sequence[str]) -> list[list[int]]:
    return _update(CMinHash, texts)


def _matrix(texts: Sequence[str]) -> Any:  # noqa: ANN401
    return RMinHash.digest_matrix_from_token_byte_sets([list(joined(text)) for text in texts], PERMUTATIONS, _SEED)


def _by_hash(texts: Sequence[str]) -> Any:  # noqa: ANN401
    hashes: list[int] = []
    ends = [0]
    for text in texts:
        hashes += [value & MASK64 for value in python_hashes(text)]
        ends.append(len(hashes))
    return RMinHash.digest_matrix_from_flat_token_hashes(hashes, ends, PERMUTATIONS, _SEED)


def _given(rows: tuple[Any, list[int]]) -> Any:  # noqa: ANN401
    return RMinHash.digest_matrix_from_flat_token_hashes(*rows, PERMUTATIONS, _SEED)


def _prepared(texts: Sequence[str]) -> tuple[Any, list[int]]:
    return flat([numpy_hashes(text) for text in texts])


def _by_numpy(texts: Sequence[str]) -> Any:  # noqa: ANN401
    return _given(_prepared(texts))


def _of_matrix(made: Any, one: int, other: int) -> float:  # noqa: ANN401
    rows = made.to_rows()
    return float(np.mean(np.equal(rows[one], rows[other])))


def contenders(program: str) -> list[Contender]:
    """Both kinds of MinHash, and the fastest found of many ways in."""
    return [
        Contender(program, "R-MinHash, update", RAW, True, _r, positions_equal, identity),
        Contender(program, "C-MinHash, update", RAW, True, _c, positions_equal, identity),
        Contender(program, "R-MinHash, digest matrix", RAW, True, _matrix, _of_matrix, identity),
        Contender(program, "R-MinHash, Python's hash of tuples", RAW, False, _by_hash, _of_matrix, identity),
        Contender(program, "R-MinHash, digest matrix", NUMPY, True, _by_numpy, _of_matrix, identity),
        Contender(program, "R-MinHash, digest matrix", GIVEN, True, _given, _of_matrix, _prepared),
    ]
