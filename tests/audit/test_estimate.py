"""Shares and totals from samples, held to scipy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest  # type: ignore[import-untyped]

from findspot.sketch import containment

counts = st.integers(1, 5_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts)
def test_the_interval_is_wilsons(counted: tuple[int, int]) -> None:
    matched, sampled = counted
    share = containment(matched, sampled, 1 << 32)  # so thin a sample that the set is as good as endless
    assert share.estimate == matched / sampled
    wilson = binomtest(matched, sampled).proportion_ci(method="wilson")
    if matched:
        assert share.low == pytest.approx(wilson.low, abs=1e-7)
    if 0 < matched < sampled:
        assert share.high == pytest.approx(wilson.high, abs=1e-7)


@given(counts, st.integers(1, 1 << 20))
def test_bounds_hold_the_estimate_and_a_dense_sample_narrows_them(counted: tuple[int, int], scaled: int) -> None:
    share, thin = containment(*counted, scaled), containment(*counted, 1 << 32)
    assert 0 <= share.low <= share.estimate <= share.high <= 1
    assert share.high - share.low <= thin.high - thin.low + 1e-12


@given(st.integers(1, 5_000))
def test_no_match_and_all(sampled: int) -> None:
    none = containment(0, sampled, 64)
    assert (none.estimate, none.low) == (0, 0)
    assert none.high == pytest.approx(min(1, 3 / sampled))
    every = containment(sampled, sampled, 64)
    assert (every.estimate, every.high) == (1, 1)


@given(counts)
def test_a_full_sample_is_the_set(counted: tuple[int, int]) -> None:
    assert len(set(containment(*counted, 1))) == 1


@pytest.mark.parametrize(("matched", "sampled"), [(0, 0), (1, 0), (-1, 5), (6, 5)])
def test_no_share(matched: int, sampled: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        containment(matched, sampled, 64)
