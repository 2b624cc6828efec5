"""Daft: ``normalize`` and ``minhash`` as expressions over an Arrow column, in Rust."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import daft
import pyarrow as pa
from daft.functions import minhash, normalize

from .door import PERMUTATIONS, RAW, Contender, K, positions_equal

if TYPE_CHECKING:
    from collections.abc import Sequence


def _column(texts: Sequence[str]) -> pa.Table:
    return pa.table({"text": pa.array(texts, pa.large_string())})


def _made(table: pa.Table, normal: bool) -> pa.Table:
    text = daft.col("text")
    if normal:
        text = normalize(text, lowercase=True, remove_punct=True, white_space=True)
    made = minhash(text, num_hashes=PERMUTATIONS, ngram_size=K, hash_function="xxhash3_64")
    return daft.from_arrow(table).select(made).to_arrow()


def _likeness(made: pa.Table, one: int, other: int) -> float:
    rows: list[Any] = made.column(0).to_pylist()
    return positions_equal(rows, one, other)


def contenders(program: str) -> list[Contender]:
    """With its normalisation, which is what its documentation advises, and without; xxh3 was the fastest hash."""
    normal, plain = partial(_made, normal=True), partial(_made, normal=False)
    return [
        Contender(program, "normalize + minhash, xxh3", RAW, True, normal, _likeness, _column),
        Contender(program, "minhash, xxh3, nothing normalised", RAW, True, plain, _likeness, _column),
    ]
