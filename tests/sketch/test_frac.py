"""A sketch holds each hash of a row once, at its first place."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from findspot.sketch import shingle_column, sketch_column

ROWS = st.lists(st.lists(st.sampled_from(["a", "b b", "b a a a a a a a"]), max_size=60).map(" ".join), max_size=8)


@given(ROWS)
def test_repeated_shingles_of_a_row_are_kept_once_at_their_first_place(rows: list[str]) -> None:
    column = pa.array(rows, pa.large_string())
    every, once = shingle_column(column), sketch_column(column, 1)
    for row in range(len(rows)):
        part, kept = (slice(s.offsets[row], s.offsets[row + 1]) for s in (every, once))
        first: dict[int, int] = {}
        for value, position in zip(every.hashes[part].tolist(), every.positions[part].tolist(), strict=True):
            first.setdefault(value, position)
        assert dict(zip(once.hashes[kept].tolist(), once.positions[kept].tolist(), strict=True)) == first
        assert len(once.hashes[kept]) == len(first)
        assert np.all(np.diff(once.positions[kept].astype(np.int64)) > 0)


def test_the_same_text_in_two_rows_is_kept_in_both() -> None:
    text = " ".join(map(str, range(100)))
    made = sketch_column(pa.array([text, text], pa.large_string()), 1)
    assert np.diff(made.offsets).tolist() == [93, 93]
