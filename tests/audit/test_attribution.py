"""What attribution promises, whatever the works share."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from findspot.audit.attribution import Attributed, Candidate, gather
from findspot.audit.evidence import judge
from findspot.audit.hits import Hits
from findspot.audit.thresholds import Rule

from .samples import hits_of

if TYPE_CHECKING:
    from collections.abc import Sequence

RULE = Rule(100_000, 8)
Stretch = tuple[int, int, int]  # record, its sampled places from … to …: the work holds them at twice that offset
Share = tuple[int, list[Stretch]]  # rank of a work, and what of the dataset it holds

PLACES = list(range(20, 3_000, 60))  # of the sampled hashes of every record
stretches = st.builds(
    lambda record, first, length: (record, first, min(len(PLACES), first + length)),
    st.integers(0, 3),
    st.integers(0, len(PLACES) - 1),
    st.integers(1, 30),
)
shares = st.lists(st.tuples(st.integers(0, 1), st.lists(stretches, min_size=1, max_size=4)), min_size=1, max_size=6)


def rows_of(held: list[Stretch]) -> set[tuple[int, int, int]]:
    """Hits of a work that holds some stretches of records, each at its own place."""
    return {(record, PLACES[n], 10_000 * record + PLACES[n]) for record, low, high in held for n in range(low, high)}


def candidates_of(works: Sequence[Share]) -> tuple[Hits, list[Candidate]]:
    parts = [hits_of(rows_of(held), work) for work, (_, held) in enumerate(works)]
    names = ("work", "at", "record", "place", "before", "after")
    hits = Hits(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
    out, start = [], 0
    for work, (rank, _) in enumerate(works):
        at = slice(start, start + len(parts[work]))
        start = at.stop
        evidence = judge(parts[work], 300, RULE)
        if evidence.level is not None:
            out.append(Candidate(work, at, evidence, 300, rank, f"{work:02}"))
    return hits, out


def told(attributed: Sequence[Attributed]) -> list[tuple[int, int | None, list[bool], object]]:
    return [(a.candidate.work, a.explained_by, a.own.tolist(), a.evidence.level) for a in attributed]


def places(hits: Hits, attributed: Attributed) -> set[tuple[int, int]]:
    mine = hits.take(attributed.candidate.hits).take(attributed.own)
    return set(zip(mine.record.tolist(), mine.place.tolist(), strict=True))


@settings(max_examples=200, deadline=None)
@given(shares, st.randoms(use_true_random=False))
def test_the_order_of_candidates_does_not_matter(works: list[Share], random: object) -> None:
    hits, candidates = candidates_of(works)
    shuffled = list(candidates)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert told(gather(shuffled, hits, RULE)) == told(gather(candidates, hits, RULE))


@settings(max_examples=200, deadline=None)
@given(shares)
def test_every_place_is_explained_once(works: list[Share]) -> None:
    hits, candidates = candidates_of(works)
    attributed = gather(candidates, hits, RULE)
    assert sorted(a.candidate.work for a in attributed) == [c.work for c in candidates]
    still_open = [a for a in attributed if a.explained_by is None]
    claimed = Counter(place for a in still_open for place in places(hits, a))
    assert all(times == 1 for times in claimed.values())
    assert all(a.evidence.level is not None for a in still_open)
    # Together the open works explain what all works together matched, but for what is too little to be evidence.
    explainers = {a.candidate.work for a in still_open}
    for a in attributed:
        if a.explained_by is not None:
            assert a.explained_by in explainers
            own = hits.take(a.candidate.hits).take(a.own)
            assert judge(own, 300, RULE).level is None


@settings(max_examples=200, deadline=None)
@given(shares)
def test_no_other_work_explains_a_commons(works: list[Share]) -> None:
    hits, candidates = candidates_of(works)
    attributed = gather(candidates, hits, RULE)
    rank = {c.work: c.rank for c in candidates}
    assert [rank[a.candidate.work] for a in attributed] == sorted(rank.values())
    assert all(rank[a.explained_by] <= rank[a.candidate.work] for a in attributed if a.explained_by is not None)


@settings(deadline=None)
@given(st.lists(stretches, min_size=1, max_size=4), st.integers(2, 5), st.integers(0, 1))
def test_of_identical_works_the_first_is_open(held: list[Stretch], copies: int, rank: int) -> None:
    hits, candidates = candidates_of([(rank, held)] * copies)
    attributed = gather(candidates, hits, RULE)
    assert [a.explained_by for a in attributed] == ([None] + [0] * (copies - 1) if candidates else [])


WHOLE: list[Stretch] = [(0, 0, 40)]


def outcome(works: Sequence[Share]) -> dict[int, int | None]:
    hits, candidates = candidates_of(works)
    return {a.candidate.work: a.explained_by for a in gather(candidates, hits, RULE)}


def test_the_work_that_explains_most_goes_first() -> None:
    assert outcome([(1, [(0, 0, 20)]), (1, WHOLE)]) == {0: 1, 1: None}


def test_the_commons_go_first_though_they_explain_less() -> None:
    assert outcome([(1, [(0, 5, 15)]), (0, [(0, 0, 20)])]) == {0: 1, 1: None}
    assert outcome([(1, WHOLE), (0, [(0, 0, 10)])]) == {0: None, 1: None}


def test_what_is_left_must_be_evidence_again() -> None:
    assert outcome([(1, WHOLE), (1, [(0, 20, 40), (1, 3, 4)])]) == {0: None, 1: 0}  # one hit is left
    assert outcome([(1, WHOLE), (1, [(0, 20, 40), (1, 3, 6)])]) == {0: None, 1: None}


def test_of_equal_gains_the_larger_share_of_the_work_wins() -> None:
    hits, (first, second) = candidates_of([(1, WHOLE), (1, WHOLE)])
    larger = Candidate(first.work, first.hits, first.evidence, 900, 1, "a")
    attributed = gather([larger, second], hits, RULE)
    assert [(a.candidate.work, a.explained_by) for a in attributed] == [(1, None), (0, 1)]


def test_a_copy_with_gaps_does_not_keep_what_stands_between() -> None:
    """A revised edition matches where the other does not: those places lie within stretches that are explained."""
    hits, _ = candidates_of([(1, [(0, 0, 40)])])
    rows = list(zip(hits.record.tolist(), hits.place.tolist(), hits.at.tolist(), strict=True))
    present = [row for n, row in enumerate(rows) if n % 5 or n == 0]
    revised = [row for n, row in enumerate(rows) if n % 3 or n == 0]
    parts = [hits_of(present, 0), hits_of(revised, 1)]
    names = ("work", "at", "record", "place", "before", "after")
    joined = Hits(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
    slices = [slice(0, len(present)), slice(len(present), len(present) + len(revised))]
    candidates = [
        Candidate(work, at, judge(joined.take(at), 300, RULE), 300, 1, str(work)) for work, at in enumerate(slices)
    ]
    assert {a.candidate.work: a.explained_by for a in gather(candidates, joined, RULE)} == {0: None, 1: 0}
