"""How much unrelated works have in common: measured when a release is built, carried by it, used by every audit.

The works of a release are decoys for each other: one is taken as a record and held against all others, as an audit
would, from the postings alone. Pairs that share much are related (editions, an anthology and its stories) and left out:
what they share is no chance. What is counted of the others, at each strength of
:data:`findspot.sketch.chains.STRENGTHS`, is a rate once it is divided by the exposure, hashes of a work times tokens of
a record.

Scripts with and without spaces are counted apart, and never against each other. A large release is sampled: works are
taken as records in a fixed order without meaning, until they have :data:`MOST_PAIRS` pairs of hashes with the others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from findspot.reference.release import ChanceInfo, ScriptChance
from findspot.sketch.chains import CHAINS, STRENGTHS, ChainRule, count_regions, cut_windows, find_chains
from findspot.text import WORD, K

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]

MOST_PAIRS = 20_000_000  # pairs of hashes that are looked at
BATCH_PAIRS = 1_000_000  # of them at a time

#: Works are related from so many shared hashes that are this share of the smaller one's.
RELATED_HASHES = 8
RELATED_SHARE = 0.02

_MIX = np.uint64(0x9E3779B97F4A7C15)  # an odd constant: multiplication by it is a bijection


@dataclass(frozen=True)
class Counting:
    """Which shingles are counted, and how."""

    k: int  # words of a shingle
    rule: ChainRule
    strengths: tuple[int, ...] = STRENGTHS


NORMAL_COUNTING = Counting(K, CHAINS["normal"])


def measure_chance(
    hashes: npt.NDArray[np.uint64],
    rows: npt.NDArray[np.uint32],
    positions: npt.NDArray[np.uint32],
    n_tokens: Sequence[int | None],
    weights: Sequence[int | None],
    how: Counting = NORMAL_COUNTING,
) -> ChanceInfo | None:
    """Count what unrelated works of a release have in common; None where no two works can be compared.

    Args:
        hashes: of all works, sorted.
        rows: work of each hash; rising where hashes are equal.
        positions: token offset of each hash in its work.
        n_tokens: of each work; None for one without text.
        weights: of each work, what its tokens weigh.
        how: which shingles these are, and what a chain of them is.
    """
    tokens = np.array([n or 0 for n in n_tokens], np.int64)
    unspaced = mostly_unspaced(tokens, np.array([n or 0 for n in weights], np.int64))
    sizes = np.bincount(rows, minlength=len(tokens)).astype(np.int64)
    shared = _repeated(hashes)
    hashes, rows, positions = hashes[shared], rows[shared], positions[shared]
    rule = how.rule
    found = {}
    for name, script, k in (("spaced", ~unspaced, how.k), ("unspaced", unspaced, 2 * how.k)):
        works = script & (sizes > 0)
        mine = works[rows]
        postings = _Postings(hashes[mine], rows[mine].astype(np.int64), positions[mine].astype(np.int64))
        found[name] = _measure(postings, _Works(np.where(works, sizes, 0), np.where(works, tokens, 0)), k, how)
    if not any(found.values()):
        return None
    return ChanceInfo(drift=rule.drift, window=rule.window, region=rule.region, strengths=how.strengths, **found)


def mostly_unspaced(tokens: Ints, weights: Ints) -> Bools:
    """Which works are mostly in a script written without spaces, by their tokens and what those weigh."""
    return np.asarray(4 * weights < 3 * WORD * tokens, bool)


@dataclass(frozen=True)
class _Postings:
    hashes: npt.NDArray[np.uint64]
    works: Ints
    positions: Ints


@dataclass(frozen=True)
class _Works:
    """Works of one kind of script; the others have no hashes here."""

    sizes: Ints
    tokens: Ints


@dataclass
class _Counts:
    """Counts over the batches."""

    hit: Bools  # of every posting: whether an unrelated record has it
    seen: Ints  # at every strength
    windows: list[tuple[Ints, Ints, Ints, Ints]] = field(default_factory=list)  # work, start, end, strength
    related: list[tuple[Ints, Ints]] = field(default_factory=list)  # record, work


def _repeated(values: npt.NDArray[np.uint64]) -> Bools:
    """Which of some sorted values stand there more than once."""
    out = np.zeros(len(values), bool)
    same = values[1:] == values[:-1]
    out[1:] |= same
    out[:-1] |= same
    return out


def _measure(postings: _Postings, works: _Works, k: int, how: Counting) -> ScriptChance | None:
    """Counts of one kind of script."""
    present = np.flatnonzero(works.sizes)
    if len(present) < 2:
        return None
    shared = _repeated(postings.hashes)
    postings = _Postings(postings.hashes[shared], postings.works[shared], postings.positions[shared])
    new = np.diff(postings.hashes, prepend=np.uint64(0)) != 0
    new[:1] = True
    start = np.flatnonzero(new)
    group = np.cumsum(new) - 1
    others = np.diff(np.append(start, len(new)))[group] - 1
    pairs = np.bincount(postings.works, others, minlength=len(works.sizes)).astype(np.int64)
    records = _sampled(present, pairs)
    counts = _Counts(np.zeros(len(postings.works), bool), np.zeros(len(how.strengths), np.int64))
    for record, posting in _batches(records, postings.works, others, start[group]):
        _count(postings, works, record, posting, (k, how), counts)
    return _summary(postings, works, records, counts, how)


def _sampled(present: Ints, pairs: Ints) -> Ints:
    """Works that are taken as records, in an order without meaning that is the same everywhere."""
    mixed = (present.astype(np.uint64) + np.uint64(1)) * _MIX
    order = present[np.argsort(mixed ^ (mixed >> np.uint64(32)), kind="stable")]
    return order[: max(1, int(np.searchsorted(np.cumsum(pairs[order]), MOST_PAIRS, "right")))]


def _batches(records: Ints, owner: Ints, others: Ints, start: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of postings with one hash, the record's and another work's, all of a record in one batch."""
    by_work = np.argsort(owner, kind="stable")
    low, high = (np.searchsorted(owner[by_work], records, side) for side in ("left", "right"))
    size = 0
    batch: list[Ints] = []
    for begin, end in zip(low.tolist(), high.tolist(), strict=True):
        mine = by_work[begin:end]
        batch.append(mine)
        size += int(others[mine].sum())
        if size > BATCH_PAIRS:
            yield _pairs(np.concatenate(batch), others, start)
            batch, size = [], 0
    if size:
        yield _pairs(np.concatenate(batch), others, start)


def _pairs(mine: Ints, others: Ints, start: Ints) -> tuple[Ints, Ints]:
    """Each posting beside all postings of its hash but itself."""
    times = others[mine] + 1
    record = np.repeat(mine, times)
    nth = np.arange(len(record)) - np.repeat(np.cumsum(times) - times, times)
    posting = start[record] + nth
    apart = posting != record
    return record[apart], posting[apart]


def _count(
    postings: _Postings,
    works: _Works,
    record: Ints,
    posting: Ints,
    how: tuple[int, Counting],
    counts: _Counts,
) -> None:
    """Add a batch of pairs of postings."""
    k, counting = how
    a, b = postings.works[record], postings.works[posting]
    pair, pair_of, shared = np.unique(a * len(works.sizes) + b, return_inverse=True, return_counts=True)
    first, second = np.divmod(pair, len(works.sizes))
    smaller = np.minimum(works.sizes[first], works.sizes[second])
    related = (shared >= RELATED_HASHES) & (shared >= RELATED_SHARE * smaller)
    counts.related.append((first[related], second[related]))
    kept = ~related[pair_of]
    record, posting, pair_of = record[kept], posting[kept], pair_of[kept]
    counts.hit[posting] = True
    counts.seen[0] += len(posting)
    place, at = postings.positions[record], postings.positions[posting]
    windows = cut_windows(pair_of, at, find_chains(pair_of, place, at, counting.rule), k, counting.rule)
    counts.seen[1:] += [int((windows.strength >= strength).sum()) for strength in counting.strengths[1:]]
    counts.windows.append((second[windows.group], windows.start, windows.end, windows.strength))


def _summary(postings: _Postings, works: _Works, records: Ints, counts: _Counts, how: Counting) -> ScriptChance:
    """The figures, from counts over all batches."""
    n = len(works.sizes)
    owner, start, end, strength = (
        np.concatenate([np.zeros(0, np.int64), *(part[i] for part in counts.windows)]) for i in range(4)
    )
    per_work = [np.bincount(postings.works[counts.hit], minlength=n)]
    for least in how.strengths[1:]:
        strong = strength >= least
        per_work.append(count_regions(owner[strong], start[strong], end[strong], how.rule.region, n))
    related_a, related_b = (
        np.concatenate([np.zeros(0, np.int64), *(part[i] for part in counts.related)]) for i in range(2)
    )
    facing = np.full(n, int(works.tokens[records].sum()), np.int64)  # tokens held against each work
    facing[records] -= works.tokens[records]
    np.subtract.at(facing, related_b, works.tokens[related_a])
    exposure = works.sizes * facing.astype(np.float64)
    total = sum(int(size) * int(faced) for size, faced in zip(works.sizes.tolist(), facing.tolist(), strict=True))
    present = int((works.sizes > 0).sum())
    return ScriptChance(
        works=present,
        pairs=len(records) * (present - 1) - len(related_a),
        related=len(related_a),
        tokens=int(works.tokens[records].sum()),
        exposure=max(1, total),
        seen=tuple(counts.seen.tolist()),
        distinct=tuple(int(y.sum()) for y in per_work),
        together=tuple(int((y * (y - 1)).sum()) for y in per_work),
        evenly=round(float((exposure**2).sum() / max(1, total) ** 2), 9),
    )
