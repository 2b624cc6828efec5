"""The rule of evidence, held to definitions that are slow and plain."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from findspot.audit.evidence import find_chains, judge, judge_all
from findspot.audit.hits import Hits
from findspot.audit.model import Level
from findspot.audit.thresholds import Rule
from findspot.sketch.chains import ChainRule, count_regions

from .samples import hits_of

CHAINS = ChainRule()

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


@settings(deadline=None)
@given(rows)
def test_chains_are_the_closure_of_near_hits(hits: list[tuple[int, int, int]]) -> None:
    made = hits_of(hits)
    n = len(made)
    record, place = made.record.tolist(), made.place.tolist()
    diagonal = (made.at - made.place).tolist()
    pairs = [(a, b) for a in range(n) for b in range(a)]
    side = {(a, b) for a, b in pairs if record[a] == record[b] and abs(diagonal[a] - diagonal[b]) <= CHAINS.drift}
    near = {(a, b) for a, b in pairs if record[a] == record[b] and abs(place[a] - place[b]) <= CHAINS.window}
    expected = linked(linked([set(range(n))], side), near)
    chain = find_chains(made, Rule(0, 1))
    got: dict[int, set[int]] = {}
    for at, number in enumerate(chain.tolist()):
        got.setdefault(number if number >= 0 else -1 - at, set()).add(at)
    assert sorted(map(sorted, got.values())) == sorted(map(sorted, expected))
    assert all((number >= 0) == (len(members) >= 2) for number, members in got.items())


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3_000), st.integers(1, 1_200)), max_size=9))
def test_regions_are_the_most_that_do_not_overlap(drawn: list[tuple[int, int]]) -> None:
    intervals = [(start, start + max(length, CHAINS.region)) for start, length in drawn]
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
    assert count_regions(np.zeros(len(drawn), np.int64), starts, ends, CHAINS.region, 1).tolist() == [best]


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
        ([(0, place, 9_000 - place) for place in range(0, 900, 100)], None, 0),  # backwards is no copy
    ],
)
def test_levels(rows: list[tuple[int, int, int]], level: Level | None, regions: int) -> None:
    evidence = judge(hits_of(rows), 2_000, Rule(10**5, 10))
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
        (12, 10**6, 10, Level.PROBABLE),
        (10, 3 * 10**7, 10, None),
        (60, 3 * 10**6, 10, Level.FOUND),
        (60, 10**10, 10, None),
    ],
)
def test_short_records_are_judged_together(count: int, tokens: int, works: int, level: Level | None) -> None:
    assert judge(hits_of(lone(count)), 2_000, Rule(tokens, works)).level is level


def test_repeats_of_one_place_are_one_region() -> None:
    repeated = [(n, 5, 40 * (n % 6)) for n in range(60)]
    assert judge(hits_of(repeated), 2_000, Rule(10**5, 10)).level is None


def strong(record: int, at: int, hits: int) -> list[tuple[int, int, int]]:
    """So many hits of a record of 512 tokens that is a copy of the work from ``at`` on."""
    return [(record, 40 * n, at + 40 * n) for n in range(hits)]


@pytest.mark.parametrize(
    ("regions", "hits", "tokens", "level"),
    [
        (3, 2, 10**5, Level.FOUND),
        (3, 2, 10**8, None),  # as many common phrases as that are met in so much text
        (3, 8, 10**8, Level.FOUND),  # but not as many stretches of 300 words
        (3, 8, 10**11, None),
        (1, 3, 10**6, Level.PASSAGE),
        (1, 3, 10**8, None),
        (1, 12, 10**8, Level.PASSAGE),
    ],
)
def test_strong_regions_say_more(regions: int, hits: int, tokens: int, level: Level | None) -> None:
    rows = [row for n in range(regions) for row in strong(n, 5_000 * n, hits)]
    assert judge(hits_of(rows), 2_000, Rule(tokens, 30, hashes=(60_000, 0))).level is level


def test_many_works_are_judged_as_each_alone() -> None:
    rng = np.random.default_rng(4)
    parts, sizes = [], rng.integers(1, 3_000, 60)
    for work in range(60):
        rows = {(int(r), int(p), int(a)) for r, p, a in rng.integers(0, (3, 900, 9_000), (int(rng.integers(9)), 3))}
        rows |= {row for n in range(work % 5) for row in strong(9 + n, 1_000 * n, 1 + work % 4)}
        parts.append(hits_of({row[:2]: row for row in sorted(rows)}.values(), work))
    names = ("work", "at", "record", "place", "before", "after")
    joined = Hits(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
    unspaced = np.arange(60) % 7 == 0
    rule = Rule(10**6, 60, hashes=(50_000, 5_000))
    together = {work: (part, evidence) for work, part, evidence in judge_all(joined, sizes, unspaced, rule)}
    for work, hits in enumerate(parts):
        alone = judge(hits, int(sizes[work]), rule, unspaced=bool(unspaced[work]))
        assert (work in together) == (alone.level is not None)
        if work in together:
            part, evidence = together[work]
            assert joined.at[part].tolist() == hits.at.tolist()
            assert (evidence.level, evidence.regions) == (alone.level, alone.regions)
            same = evidence.chain[:, None] == evidence.chain
            assert (same == (alone.chain[:, None] == alone.chain)).all()
            assert ((evidence.chain < 0) == (alone.chain < 0)).all()


@settings(max_examples=30, deadline=None)
@given(rows, st.integers(1, 3_000), st.integers(1, 10**10))
def test_more_hits_never_weaken_the_evidence(hits: list[tuple[int, int, int]], size: int, tokens: int) -> None:
    ranks = [None, Level.PASSAGE, Level.PROBABLE, Level.FOUND]
    rule = Rule(tokens, 5)
    alone = judge(hits_of(hits), size, rule)
    apart = [(record + 3, place, at) for record, place, at in hits]
    more = judge(hits_of([*hits, *apart, *window(9, 9_000), *window(9, 20_000)]), size, rule)
    assert ranks.index(more.level) >= ranks.index(alone.level)
