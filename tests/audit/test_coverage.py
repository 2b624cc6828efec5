"""Coverage and spans of copies that the test makes itself, shingle by shingle."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from findspot.audit.coverage import Background, Coverage, Sampled, measure, union
from findspot.audit.evidence import find_chains
from findspot.audit.hits import Hits
from findspot.audit.thresholds import Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

K = 8
SCALED = 64
Piece = tuple[int, int, int, int]  # tokens of the work from … to …; foreign tokens before and after it in the record


def sample(n_tokens: int, seed: int) -> Sampled:
    """A work of which one shingle in 64 is sampled."""
    kept = np.random.default_rng(seed).random(n_tokens - K + 1) < 1 / SCALED
    return Sampled(n_tokens, np.flatnonzero(kept).astype(np.int64), K)


def measured(work: Sampled, pieces: Sequence[Piece], seed: int = 0, chance: float = 0) -> Coverage:
    """Coverage of a work of which records hold pieces, verbatim, between foreign text."""
    rng = np.random.default_rng(seed)
    rows: list[tuple[int, int, int, int, int]] = []
    lengths = []
    for record, (begin, end, head, tail) in enumerate(pieces):
        own = work.positions[(work.positions >= begin) & (work.positions <= end - K)]
        foreign = np.flatnonzero(rng.random(head + tail) < 1 / SCALED)
        foreign = np.where(foreign >= head, foreign + end - begin, foreign)
        everything = np.sort(np.concatenate([own - begin + head, foreign]))
        for at in own.tolist():
            place = at - begin + head
            n = int(np.searchsorted(everything, place))
            before = int(everything[n - 1]) if n else -1
            after = int(everything[n + 1]) if n + 1 < len(everything) else -1
            rows.append((at, record, place, before, after))
        lengths.append(end - begin + head + tail)
    table = np.array(rows, np.int64).reshape(-1, 5)
    hits = Hits(np.zeros(len(table), np.int64), *table.T)
    all_lengths = np.array(lengths, np.int64)
    return measure(hits, find_chains(hits, Rule(0, 1)), all_lengths[hits.record], work, SCALED, Background(chance))


def cut(n_tokens: int, size: int) -> list[Piece]:
    return [(at, min(n_tokens, at + size), 0, 0) for at in range(0, n_tokens, size)]


def test_a_whole_work_in_one_record_is_all_there() -> None:
    work = sample(20_000, 1)
    found = measured(work, [(0, 20_000, 0, 0)])
    assert found.share.estimate == 1
    assert found.share.low > 0.98
    assert found.aligned == 1
    assert found.spans == ((0, 20_000),)
    assert found.matched == len(work.positions)
    assert found.of_records == 1


@pytest.mark.parametrize("size", [512, 2048])
def test_chunks_are_spans_token_by_token(size: int) -> None:
    work = sample(40_000, 2)
    pieces = [piece for n, piece in enumerate(cut(40_000, size)) if n % 2]
    shown = [(a, b) for a, b, _, _ in pieces if ((work.positions >= a) & (work.positions <= b - K)).any()]
    found = measured(work, pieces)
    assert list(found.spans) == shown
    truth = sum(b - a for a, b, _, _ in pieces) / 40_000
    assert found.share.estimate == pytest.approx(truth, abs=0.01)
    assert found.share.low <= truth <= found.share.high
    assert found.of_records == 1


@pytest.mark.parametrize("share", [0.05, 0.3, 0.8, 1.0])
@pytest.mark.parametrize("size", [64, 100, 128, 256, 1000])
def test_short_chunks_are_not_undercounted(size: int, share: float) -> None:
    """Chunks of 64 tokens lose an eighth of their shingles to their edges, and four in ten show no sampled hash."""
    n_tokens = 400_000
    work = sample(n_tokens, 3)
    pieces = cut(n_tokens, size)
    kept = np.random.default_rng(4).permutation(len(pieces))[: round(share * len(pieces))]
    chosen = [pieces[n] for n in kept.tolist()]
    truth = sum(b - a for a, b, _, _ in chosen) / n_tokens
    found = measured(work, chosen)
    assert found.share.estimate == pytest.approx(truth, abs=0.02)
    assert found.share.low <= truth <= found.share.high


def test_a_passage_in_foreign_text_has_loose_ends() -> None:
    work = Sampled(50_000, np.arange(0, 49_990, 64, dtype=np.int64), K)
    found = measured(work, [(10_000, 10_700, 9_000, 9_000)], seed=5)
    truth = 700 / 50_000
    assert found.share.estimate == pytest.approx(truth, abs=0.003)
    assert found.share.low <= truth <= found.share.high
    ((begin, end),) = found.spans
    assert 9_700 <= begin <= 10_064
    assert 10_640 <= end <= 11_000
    assert found.of_records == pytest.approx(700 / 18_700, abs=0.02)


def test_repeated_records_count_once() -> None:
    work = sample(30_000, 6)
    pieces = cut(30_000, 512)[:20]
    once, often = measured(work, pieces), measured(work, pieces * 4)
    assert (often.share, often.aligned, often.spans) == (once.share, once.aligned, once.spans)


def test_a_work_that_repeats_itself_is_all_there() -> None:
    """Its hashes have their first places alone: records of its second half seem to come from the first."""
    once = sample(20_000, 8)
    work = Sampled(40_000, once.positions, K)
    pieces = [*cut(20_000, 512), *((max(0, a - 200), b - 200, 0, 0) for a, b, _, _ in cut(20_000, 512))]
    pieces.append((0, 300, 0, 60))  # and one that ends in other text
    found = measured(work, pieces)
    assert found.share.estimate > 0.98
    assert found.share.low > 0.97


def test_chance_is_taken_off() -> None:
    work = sample(30_000, 7)
    pieces = cut(30_000, 512)[:20]
    small, large = measured(work, pieces, chance=3.5e-5).share, measured(work, pieces, chance=0.0175).share
    assert large.estimate < small.estimate
    whole = measured(work, [(0, 30_000, 0, 0)], chance=0.0175).share
    assert whole.estimate == 1


@given(
    st.integers(600, 5_000),
    st.lists(
        st.tuples(st.integers(0, 4_900), st.integers(1, 900), st.integers(0, 400), st.integers(0, 400)),
        min_size=1,
        max_size=12,
    ),
    st.integers(0, 99),
)
def test_bounds(n_tokens: int, drawn: list[tuple[int, int, int, int]], seed: int) -> None:
    work = sample(n_tokens, seed)
    pieces = [(min(a, n_tokens - 1), min(n_tokens, a + size), h, t) for a, size, h, t in drawn]
    pieces = [p for p in pieces if ((work.positions >= p[0]) & (work.positions <= p[1] - K)).any()]
    if not pieces:
        return
    found = measured(work, pieces, seed)
    assert 0 <= found.share.low <= found.share.estimate <= found.share.high <= 1
    assert 0 < found.aligned <= 1
    assert 0 <= found.of_records <= 1
    assert all(0 <= a < b <= n_tokens for a, b in found.spans)
    assert sum(b - a for a, b in found.spans) == round(found.aligned * n_tokens)
    # What was copied around a sampled hash is inside a span.
    covered = np.zeros(n_tokens, bool)
    for a, b in found.spans:
        covered[a:b] = True
    for a, b, _, _ in pieces:
        assert covered[work.positions[(work.positions >= a) & (work.positions <= b - K)]].all()


def as_array(values: list[int]) -> npt.NDArray[np.int64]:
    return np.array(values, np.int64)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=8))
def test_union_is_the_set_of_tokens(ranges: list[tuple[int, int]]) -> None:
    joined = union(as_array([a for a, _ in ranges]), as_array([a + n for a, n in ranges]))
    tokens = {t for a, n in ranges for t in range(a, a + n)}
    assert {t for a, b in joined for t in range(a, b)} == tokens
    assert all(b < c for (_, b), (c, _) in pairwise(joined))


def test_ends_that_hold_no_sampled_hash_may_be_there() -> None:
    """All sampled hashes were met, and the short chunk at the end holds none: that all is there cannot be excluded."""
    work = Sampled(1_000, np.arange(150, 950, 100, dtype=np.int64), K)
    found = measured(work, [(100, 500, 0, 0), (500, 900, 0, 0)])
    assert found.share.estimate == pytest.approx(0.8, abs=0.01)
    assert found.share.high == 1
    without_last = measured(work, [(100, 500, 0, 0), (500, 800, 0, 0)])  # the hash at 850 speaks against the end
    assert without_last.share.high < 0.95


def test_what_chance_adds_is_taken_off_and_widens_the_interval() -> None:
    """Works differ in chance by a factor of two: there may be none of it, or twice as much."""
    work = sample(40_000, 3)
    pieces = [piece for n, piece in enumerate(cut(40_000, 1_000)) if n % 2]
    without, chance = measured(work, pieces).share, measured(work, pieces, chance=0.02).share
    assert chance.estimate == pytest.approx((without.estimate - 0.02) / 0.98, abs=1e-9)
    assert chance.low == pytest.approx((without.low - 0.04) / 0.96, abs=1e-9)
    assert chance.high == pytest.approx(without.high, abs=1e-9)


def test_a_lone_hit_of_chance_counts_for_its_whole_record() -> None:
    """Records of 20 tokens: a hit in one, of the work or by chance, stands for more than a gap between hashes does."""
    work = sample(40_000, 4)
    pieces = [piece for n, piece in enumerate(cut(40_000, 20)) if n % 4 == 0]
    without, chance = measured(work, pieces).share, measured(work, pieces, chance=0.02).share
    assert without.estimate == pytest.approx(0.25, abs=0.05)
    shown = sum(work.positions % 80 <= 20 - K) / len(work.positions)
    assert without.estimate - chance.estimate == pytest.approx(0.02 * 0.75 * 0.25 / shown, rel=0.25)


def test_errors_at_the_ends_of_records_do_not_shorten_the_stretches() -> None:
    """Where one shingle in three is left, records of 512 tokens are there nearly to their ends all the same."""
    work = sample(200_000, 5)
    survived = np.random.default_rng(6).random(len(work.positions)) < 1 / 3
    rows, lengths = [], []
    for record, (begin, end, _, _) in enumerate(cut(200_000, 512)):
        mine = np.flatnonzero((work.positions >= begin) & (work.positions <= end - K))
        places = (work.positions[mine] - begin).tolist()
        for n, index in enumerate(mine.tolist()):
            if survived[index]:
                before, after = ([-1, *places][n], [*places, -1][n + 1])
                rows.append((int(work.positions[index]), record, places[n], before, after))
        lengths.append(end - begin)
    table = np.array(rows, np.int64)
    hits = Hits(np.zeros(len(table), np.int64), *table.T)
    chain = find_chains(hits, Rule(0, 1))
    found = measure(hits, chain, np.array(lengths)[hits.record], work, SCALED, Background(0))
    assert found.share.estimate == pytest.approx(1 / 3, abs=0.06)
    between_hits = float(np.diff(hits.at)[np.diff(hits.record) == 0].sum() / 200_000)
    assert between_hits < 0.5
    assert 0.7 < found.aligned <= 1
