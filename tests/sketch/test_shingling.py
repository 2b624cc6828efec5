"""Sensitivities: what their parameters do to a sketch."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from findspot.errors import UsageError
from findspot.sketch import HIGH, NORMAL, SHINGLINGS, Shingling, shingling_named, shingling_of, sketch_column

WORDS = [f"w{n}" for n in range(4_000)]


def column(*texts: str) -> pa.Array:
    return pa.array(texts, pa.large_string())


def test_each_is_found_by_its_name_and_by_its_lengths() -> None:
    assert [shingling_named(each.name) for each in SHINGLINGS] == [NORMAL, HIGH]
    assert [shingling_of(each.k) for each in SHINGLINGS] == [NORMAL, HIGH]
    assert shingling_of(6) is None
    with pytest.raises(UsageError, match="there is no sensitivity 'High'"):
        shingling_named("High")


@pytest.mark.parametrize("shingling", SHINGLINGS)
def test_a_text_has_a_shingle_for_each_place(shingling: Shingling) -> None:
    spaced = " ".join(WORDS[:100])
    unspaced = "".join(chr(0x4E00 + n) for n in range(100))
    thai = "".join(chr(0x0E01 + n * n // 3 % 41) for n in range(100))
    short = " ".join(WORDS[: shingling.k - 1])
    offsets = sketch_column(column(spaced, unspaced, thai, short), 1, shingling).offsets
    assert np.diff(offsets).tolist() == [101 - shingling.k, 101 - 2 * shingling.k, 101 - 4 * shingling.k, 0]


def test_high_is_sampled_finer_unless_told() -> None:
    text = column(" ".join(WORDS))
    sizes = [len(sketch_column(text, None, each).hashes) for each in SHINGLINGS]
    assert [len(WORDS) / each.scaled for each in SHINGLINGS] == pytest.approx(sizes, rel=0.35)
    assert len(sketch_column(text, 64, HIGH).hashes) < sizes[1] / 2


def test_one_changed_word_costs_as_many_shingles_as_it_has_tokens() -> None:
    changed = [*WORDS[:500], "other", *WORDS[501:1_000]]
    for each in SHINGLINGS:
        before, after = (
            set(sketch_column(column(" ".join(w)), 1, each).hashes.tolist()) for w in (WORDS[:1_000], changed)
        )
        assert len(before - after) == each.k


def test_shingles_of_two_lengths_never_meet() -> None:
    one, other = (set(sketch_column(column(" ".join(WORDS)), 1, each).hashes.tolist()) for each in SHINGLINGS)
    assert not one & other
