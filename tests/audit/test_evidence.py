"""The rule of evidence, held to definitions that are slow and plain."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson  # type: ignore[import-untyped]

from findspot.audit.evidence import (
    NORMAL,
    Rule,
    chance_share,
    count_regions,
    find_chains,
    judge,
    poisson_tail,
)
from findspot.audit.model import Level

from .samples import hits_of

rows = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.one_of(st.integers(0, 200), st.integers(0, 5_000)),
        st.one_of(st.integers(0, 200), st.integers(0, 5_000)),
    ),
    max_size=14,
    unique_by=lambda row: row[:2],
)


def linked(groups: list[set[int]], near: set[tuple[int, int]]) -> list[set[int]]:
    """Groups split until no two parts of one hold a near pair."""
    out: list[set[int]] = []
    for group in groups:
        parts = [{i} for i in group]
        for a, b in near:
            if a in group and b in group:
                one = next(p for p in parts if a in p)
                other = next(p for p in parts if b in p)
                if one is not other:
                    parts.remove(other)
                    one |= other
        out += parts
    return out


@given(rows)
def test_chains_are_the_closure_of_near_hits(hits: list[tuple[int, int, int]]) -> None:
    made = hits_of(hits)
    n = len(made)
    record, place = made.record.tolist(), made.place.tolist()
    diagonal = (made.at - made.place).tolist()
    pairs = [(a, b) for a in range(n) for b in range(a)]
    side = {(a, b) for a, b in pairs if record[a] == record[b] and abs(diagonal[a] - diagonal[b]) <= NORMAL.drift}
    near = {(a, b) for a, b in pairs if record[a] == record[b] and abs(place[a] - place[b]) <= NORMAL.window}
    expected = linked(linked([set(range(n))], side), near)
    chain = find_chains(made)
    got: dict[int, set[int]] = {}
    for at, number in enumerate(chain.tolist()):
        got.setdefault(number if number >= 0 else -1 - at, set()).add(at)
    assert sorted(map(sorted, got.values())) == sorted(map(sorted, expected))
    assert all((number >= 0) == (len(members) >= 2) for number, members in got.items())


@given(st.lists(st.tuples(st.integers(0, 3_000), st.integers(1, 1_200)), max_size=9))
def test_regions_are_the_most_that_do_not_overlap(drawn: list[tuple[int, int]]) -> None:
    intervals = [(start, start + max(length, NORMAL.region)) for start, length in drawn]
    best = 0
    for size in range(len(intervals), 0, -1):
        apart = (
            all(a[1] <= b[0] or b[1] <= a[0] for a, b in combinations(chosen, 2))
            for chosen in combinations(intervals, size)
        )
        if any(apart):
            best = size
            break
    starts = np.array([start for start, _ in drawn], np.int64)
    ends = np.array([start + length for start, length in drawn], np.int64)
    assert count_regions(starts, ends, NORMAL.region) == best


@given(st.integers(0, 400), st.floats(0, 300))
def test_poisson_tail_is_exact_above_the_mean_and_never_too_small(count: int, mean: float) -> None:
    expected = float(poisson.sf(count - 1, mean))
    got = poisson_tail(count, mean)
    if count > mean:
        assert got == pytest.approx(expected, rel=1e-9, abs=1e-300)
    assert expected * (1 - 1e-9) <= got <= 1


def window(record: int, at: int) -> list[tuple[int, int, int]]:
    """Three hits of a record of 300 tokens that is a copy of the work from ``at`` on."""
    return [(record, place, at + place) for place in (10, 120, 250)]


@pytest.mark.parametrize(
    ("rows", "level", "regions"),
    [
        ([], None, 0),
        ([(0, 10, 500)], None, 0),
        ([(0, 10, 500), (1, 10, 900)], None, 0),  # one hit a record
        ([(0, 10, 500), (0, 100, 5_000)], None, 0),  # two diagonals
        (window(0, 1_000), Level.PASSAGE, 1),
        ([*window(0, 1_000), *window(1, 1_000), *window(2, 1_000)], Level.PASSAGE, 1),  # a quotation, repeated
        ([*window(0, 1_000), *window(1, 1_100), *window(2, 1_180)], Level.PASSAGE, 1),  # and cut differently
        ([*window(0, 1_000), *window(1, 2_000)], Level.PROBABLE, 2),
        ([*window(0, 1_000), *window(1, 2_000), *window(2, 3_000)], Level.FOUND, 3),
        ([(0, place, 4_000 + place) for place in range(0, 3_000, 100)], Level.FOUND, 3),  # one long record
        ([(0, place, 4_000 + place) for place in range(0, 700, 100)], Level.PASSAGE, 1),  # 700 words of one
        ([(0, place, 9_000 - place) for place in range(0, 3_000, 100)], None, 0),  # backwards is no copy
    ],
)
def test_levels(rows: list[tuple[int, int, int]], level: Level | None, regions: int) -> None:
    # So large a dataset that hits pooled over records prove nothing.
    evidence = judge(hits_of(rows), 2_000, Rule(10**11, 10))
    assert (evidence.level, evidence.regions) == (level, regions)


def lone(count: int) -> list[tuple[int, int, int]]:
    """So many records with one hit each, in distinct regions of the work."""
    return [(n, 5, 1_000 * n) for n in range(count)]


@pytest.mark.parametrize(
    ("count", "tokens", "works", "level"),
    [
        (4, 10**5, 10, None),
        (5, 10**5, 10, Level.PROBABLE),
        (9, 10**5, 10, Level.PROBABLE),
        (10, 10**5, 10, Level.FOUND),
        (10, 10**9, 10, None),  # chance yields as many
        (10, 3 * 10**6, 10, Level.PROBABLE),
        (10, 3 * 10**7, 10, None),
        (40, 3 * 10**6, 10, Level.FOUND),
        (40, 10**10, 10, None),
    ],
)
def test_short_records_are_judged_together(count: int, tokens: int, works: int, level: Level | None) -> None:
    assert judge(hits_of(lone(count)), 2_000, Rule(tokens, works)).level is level


def test_repeats_of_one_place_are_one_region() -> None:
    repeated = [(n, 5, 40 * (n % 6)) for n in range(60)]
    assert judge(hits_of(repeated), 2_000, Rule(10**5, 10)).level is None


def test_chance_grows_with_the_dataset_and_with_the_works() -> None:
    assert chance_share(0) == 0
    assert chance_share(30_000_000) == pytest.approx(0.00075)
    assert chance_share(10**6) < chance_share(10**9) <= 0.5
    levels = [judge(hits_of(lone(12)), 2_000, Rule(500_000, works)).level for works in (1, 10**12, 10**16)]
    assert levels == [Level.FOUND, Level.PROBABLE, None]


@given(rows, st.integers(1, 3_000), st.integers(1, 10**10))
def test_more_hits_never_weaken_the_evidence(hits: list[tuple[int, int, int]], size: int, tokens: int) -> None:
    ranks = [None, Level.PASSAGE, Level.PROBABLE, Level.FOUND]
    alone = judge(hits_of(hits), size, Rule(tokens, 5))
    apart = [(record + 3, place, at) for record, place, at in hits]
    more = judge(hits_of([*hits, *apart, *window(9, 9_000), *window(9, 20_000)]), size, Rule(tokens, 5))
    assert ranks.index(more.level) >= ranks.index(alone.level)
