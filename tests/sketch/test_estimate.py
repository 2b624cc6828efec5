"""Containment, Jaccard and coverage from samples: by hand, held to scipy, and by drawing samples of known sets."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest  # type: ignore[import-untyped]

from findspot.sketch import Share, compare, containment, coverage, jaccard, largest_kept, lost_to_cuts
from findspot.sketch.estimate import OUTWARDS, Z95, interval

THIN = 1 << 60  # so thin a sample that the set is as good as endless

counts = st.integers(1, 5_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
hashes = st.sets(st.integers(0, (1 << 64) - 1), max_size=200).map(lambda found: np.array(sorted(found), np.uint64))


def drawn(seed: int, n: int) -> npt.NDArray[np.uint64]:
    """So many different hashes, in no order."""
    return np.random.default_rng(seed).permutation(
        np.unique(np.random.default_rng(seed).integers(0, 1 << 64, n, np.uint64))
    )


def kept(found: npt.NDArray[np.uint64], scaled: int) -> npt.NDArray[np.uint64]:
    return np.sort(found[found <= np.uint64(largest_kept(scaled))])


def test_by_hand() -> None:
    half = containment(50, 100, 2)
    # Half of the set is sampled: z²/200 = 0.0192073. From (50 + 1/3) / 100 = 0.5033333 the upper end
    # (0.5033333 + 0.0096036 + sqrt(0.0192073 * (0.2499889 + 0.0048018))) / 1.0192073
    assert half[1:3] == pytest.approx((1 - 0.5719087, 0.5719087), abs=1e-6)
    assert (half.estimate, half.matched, half.sampled) == (0.5, 50, 100)
    # As good as endless: effective size 16, z²/16 = 0.2400911. From 3.6666667 / 16 and 4.3333333 / 16 the ends
    # (0.2291667 + 0.1200456 - sqrt(0.2400911 * (0.1766493 + 0.0600228))) / 1.2400911
    # (0.2708333 + 0.1200456 + sqrt(0.2400911 * (0.1974826 + 0.0600228))) / 1.2400911
    few = containment(4, 16, THIN)
    assert few[1:3] == pytest.approx((0.0893779, 0.5157079), abs=1e-6)


def test_jaccard_is_over_the_union() -> None:
    assert jaccard(30, 60, 70, 64) == containment(30, 100, 64)
    assert jaccard(30, 60, 70, 64).estimate == pytest.approx(0.3)


def test_coverage_mends_what_cuts_destroyed() -> None:
    # 64-token pieces of 8-token shingles lose 7 of 64: what is whole reads 57/64, and 57 of 64 hashes mean all of it.
    cut = lost_to_cuts(8, 64)
    assert cut == 7 / 64
    whole = coverage(57 * 4, 64 * 4, 64, cut=cut)
    assert whole.estimate == whole.high == 1
    assert whole.low == pytest.approx(containment(57 * 4, 64 * 4, 64).low * 64 / 57)
    assert (whole.matched, whole.sampled) == (57 * 4, 64 * 4)
    assert coverage(20, 64, 64) == containment(20, 64, 64)


@given(counts)
def test_moved_by_nothing_and_by_a_half_it_is_the_score_interval_of_scipy(counted: tuple[int, int]) -> None:
    matched, sampled = counted
    for outwards, method in ((0.0, "wilson"), (0.5, "wilsoncc")):
        low, high = interval(matched, sampled, THIN, outwards)
        expected = binomtest(matched, sampled).proportion_ci(method=method)
        if matched:
            assert low == pytest.approx(expected.low, abs=1e-7)
        if 0 < matched < sampled:
            assert high == pytest.approx(expected.high, abs=1e-7)


@given(counts, st.integers(1, 1 << 20))
def test_bounds_hold_the_estimate_and_a_dense_sample_narrows_them(counted: tuple[int, int], scaled: int) -> None:
    share, thin = containment(*counted, scaled), containment(*counted, THIN)
    assert 0 <= share.low <= share.estimate <= share.high <= 1
    assert share.high - share.low <= thin.high - thin.low + 1e-12


@given(counts.filter(lambda c: 0 < c[0] < c[1]), st.integers(1, 1 << 20))
def test_what_is_there_and_what_is_not_mirror_each_other(counted: tuple[int, int], scaled: int) -> None:
    share, rest = containment(*counted, scaled), containment(counted[1] - counted[0], counted[1], scaled)
    assert share.low == pytest.approx(1 - rest.high, abs=1e-9)
    assert share.high == pytest.approx(1 - rest.low, abs=1e-9)


@given(st.integers(2, 2_000).flatmap(lambda n: st.tuples(st.integers(1, n - 1), st.just(n))), st.integers(1, 1 << 20))
def test_one_match_more_moves_nothing_down(counted: tuple[int, int], scaled: int) -> None:
    matched, sampled = counted
    less, more = containment(matched, sampled, scaled), containment(matched + 1, sampled, scaled)
    assert less.estimate < more.estimate
    assert less.low <= more.low
    assert less.high <= more.high


@given(st.integers(1, 5_000), st.integers(2, 1 << 20))
def test_no_match_and_all(sampled: int, scaled: int) -> None:
    none = containment(0, sampled, scaled)
    assert none == Share(0, 0, min(1, 3 / sampled), 0, sampled)  # the rule of three
    every = containment(sampled, sampled, scaled)
    assert (every.estimate, every.high) == (1, 1)
    assert every.low < 1


@given(counts)
def test_a_full_sample_is_the_set(counted: tuple[int, int]) -> None:
    assert len(set(containment(*counted, 1)[:3])) == 1


@pytest.mark.parametrize(("matched", "sampled"), [(0, 0), (1, 0), (-1, 5), (6, 5)])
def test_no_share(matched: int, sampled: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        containment(matched, sampled, 64)


def test_what_cannot_be() -> None:
    with pytest.raises(ValueError, match="scaled is 0"):
        containment(1, 2, 0)
    with pytest.raises(ValueError, match="scaled is 0"):
        compare(drawn(1, 5)[:0], drawn(1, 5)[:0], 64, 0)
    with pytest.raises(ValueError, match="sketches of 3 and 9 hashes do not share 4"):
        jaccard(4, 3, 9, 64)
    with pytest.raises(ValueError, match="cannot be cut"):
        coverage(1, 2, 64, cut=1.0)
    with pytest.raises(ValueError, match="no shingle of 8 tokens fits into a piece of 7"):
        lost_to_cuts(8, 7)
    with pytest.raises(ValueError, match="ascending"):
        compare(np.array([2, 1], np.uint64), np.array([1], np.uint64), 1)
    with pytest.raises(ValueError, match="ascending"):
        compare(np.array([1, 1], np.uint64), np.array([1], np.uint64), 1)


def test_two_whole_sets_are_compared_exactly() -> None:
    a, b = np.arange(0, 60, dtype=np.uint64), np.arange(45, 120, dtype=np.uint64)
    assert compare(a, b, 1) == (
        Share(0.25, 0.25, 0.25, 15, 60),
        Share(0.2, 0.2, 0.2, 15, 75),
        Share(0.125, 0.125, 0.125, 15, 120),
        1,
    )


def test_an_empty_sketch_says_nothing() -> None:
    some, none = np.array([1, 2, 3], np.uint64), np.zeros(0, np.uint64)
    a_in_b, b_in_a, alike, _ = compare(some, none, 64)
    assert a_in_b == alike == Share(0, 0, 1, 0, 3)
    assert b_in_a is None
    assert compare(none, none, 64)[:3] == (None, None, None)


@given(hashes, hashes, st.integers(1, 64))
def test_the_other_way_round_is_the_same(a: npt.NDArray[np.uint64], b: npt.NDArray[np.uint64], scaled: int) -> None:
    a = np.union1d(a, b[::2])
    one, other = compare(a, b, scaled), compare(b, a, scaled)
    assert (one.a_in_b, one.b_in_a, one.jaccard) == (other.b_in_a, other.a_in_b, other.jaccard)
    for share, sampled in ((one.a_in_b, kept(a, scaled)), (one.b_in_a, kept(b, scaled))):
        assert (share is None) == (len(sampled) == 0)
        if share is not None:
            assert (share.matched, share.sampled) == (
                len(np.intersect1d(kept(a, scaled), kept(b, scaled))),
                len(sampled),
            )


@given(hashes, hashes, st.integers(1, 16), st.integers(1, 16))
def test_sketches_of_different_scaled_meet_at_the_coarser(
    a: npt.NDArray[np.uint64], b: npt.NDArray[np.uint64], scaled: int, scaled_b: int
) -> None:
    b = np.union1d(a[::2], b)
    coarser = max(scaled, scaled_b)
    met = compare(kept(a, scaled), kept(b, scaled_b), scaled, scaled_b)
    assert met == compare(kept(a, coarser), kept(b, coarser), coarser)
    assert met.scaled == coarser


@pytest.mark.parametrize(
    ("truth", "n", "scaled"),
    [(0.5, 20, 2), (0.25, 20, 64), (0.01, 500, 64), (0.99, 150, 2), (0.97, 30, 1000), (0.1, 1000, 16), (0.9, 5000, 16)],
)
def test_intervals_hold_the_truth(truth: float, n: int, scaled: int) -> None:
    rng = np.random.default_rng([n, scaled])
    size, times = n * scaled, 20_000
    there = round(truth * size)
    x = rng.binomial(there, 1 / scaled, times)
    sampled = x + rng.binomial(size - there, 1 / scaled, times)
    low, high = interval(x, sampled, scaled)
    held = ((low <= there / size) & (there / size <= high)).mean()
    assert held >= 0.935  # noise is 0.0015
    error = math.sqrt(((x / sampled - there / size) ** 2).mean())
    assert error <= 1.1 * math.sqrt(there / size * (1 - there / size) * (1 - 1 / scaled) / n)


@pytest.mark.parametrize(("truth", "n", "scaled"), [(0.01, 500, 64), (0.97, 30, 1000), (0.99, 150, 16)])
def test_where_walds_and_wilsons_do_not(truth: float, n: int, scaled: int) -> None:
    """The cells of the test above are hard ones: what is simpler fails in them."""
    rng = np.random.default_rng([n, scaled])
    x = rng.hypergeometric(round(truth * n * scaled), n * scaled - round(truth * n * scaled), n, 20_000)
    exact = round(truth * n * scaled) / (n * scaled)
    half = Z95 * np.sqrt(x / n * (1 - x / n) / n * (1 - 1 / scaled))
    assert (abs(x / n - exact) <= half).mean() < 0.9
    held = [
        ((low <= exact) & (exact <= high)).mean() for low, high in (interval(x, n, scaled, by) for by in (0, OUTWARDS))
    ]
    assert held[1] >= max(0.93, held[0])


def test_sketches_of_real_sets_hold_the_truth() -> None:
    """Whole path: sets of hashes with a known overlap, their sketches, both containments and Jaccard."""
    held, trials = np.zeros(3), 400
    for seed in range(trials):
        found = drawn(seed, 3_000)
        a, b = found[:2_000], found[1_500:]
        met = compare(kept(a, 16), kept(b, 32), 16, 32)
        for i, (share, truth) in enumerate(zip(met[:3], (500 / 2_000, 500 / 1_500, 500 / 3_000), strict=True)):
            assert isinstance(share, Share)
            held[i] += share.low <= truth <= share.high
    assert (held / trials >= 0.92).all()  # 0.95 less three times the noise
