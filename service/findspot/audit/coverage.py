"""How much of a work is in the dataset, once it is there: estimated from all its hits.

Coverage is the share of the work's tokens whose shingles are in the dataset. Counting matched hashes alone estimates it
with the noise of sampling: for a work with 200 sampled hashes, half of it there, ±7 points. But aligned hits say more
than that they match: they say which *stretch* of a record lies where in the work. So the estimate is post-stratified
(Cochran, *Sampling Techniques*, 5A.9): the tokens of the work inside stretches, which are counted and not sampled,
times the share of its sampled hashes there that match. In verbatim text that share is 1 and the noise is gone; under
OCR errors or edits it is what those left.

A stretch ends where its record ends if no sampled hash speaks against that; else at its outermost hit, and the copied
text goes on beyond it by a gap between sampled hashes, on average: sampling has no memory. A lone hit stands for one
gap, not for two: so the estimate is unbiased over all copied pieces, those without any hit included. (Of a piece of L
shingles at rate r, with q = exp(-rL), the first and last hit lie L + qL - 2(1 - q)/r apart, and a hit is alone with
probability rLq.)

*Aligned coverage* is what the stretches span, matched or not: a lower bound that survives noise. Where errors leave
hashes unmatched inside the stretches, the nearest unmatched hash is no sign of where one ends: it then goes on by a gap
between *matched* hashes, on average, or to the end of its record.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from findspot.sketch import Share, containment, coverage, lost_to_cuts
from findspot.sketch.estimate import Z95

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from findspot.audit.hits import Hits

    Ints = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]

#: Tokens differ in length: spread of a stretch's share of the text around its share of the tokens.
TOKEN_SPREAD = 0.05
EVENED_OUT = 512  # tokens over which that spread holds; over more, long and short ones even out

#: Text that was wrapped or spaced anew loses a few shingles where tokens met: what the upper bound allows for that.
REWRAPPED = 0.005

#: Share of matched hashes inside stretches below which unmatched ones are errors, and no sign of where a stretch ends.
NOISY = 0.9

#: Standard errors by which the share of matched hashes must exceed the stretches' for these to be wrong.
BEYOND_NOISE = 4.0


@dataclass(frozen=True)
class Sampled:
    """What is known of a work: its length, and where its sampled shingles stand."""

    n_tokens: int
    positions: Ints  # sorted
    k: float  # tokens of its shingles, on average


@dataclass(frozen=True)
class Background:
    """What a dataset is like apart from the work."""

    chance: float  # share of an absent work's shingles expected in it
    too_short: float = 0.0  # share of its tokens in records shorter than a shingle


@dataclass(frozen=True)
class Coverage:
    """How much of a work is there, and where."""

    share: Share
    aligned: float
    spans: tuple[tuple[int, int], ...]  # token ranges of the work
    matched: int  # distinct sampled hashes of the work that were met
    of_records: float  # share of the supporting records' tokens that the stretches are


@dataclass(frozen=True)
class _Stretches:
    """Stretches of records that come from a work, one a chain or lone hit, in order of where they begin in the work.

    ``begin`` and ``end`` are token offsets in the work of the stretch as far as it is sure or nothing speaks against
    it; ``loose_begin`` and ``loose_end`` say that it goes on beyond, and ``reach_…`` half-way to the nearest unmatched
    hash.
    """

    begin: Ints
    end: Ints
    loose_begin: Bools
    loose_end: Bools
    reach_begin: Ints
    reach_end: Ints


def measure(hits: Hits, chain: Ints, lengths: Ints, work: Sampled, scaled: int, background: Background) -> Coverage:
    """Coverage of one work.

    Args:
        hits: of this work alone, at least one.
        chain: of each hit, as :func:`findspot.audit.evidence.find_chains` numbers them.
        lengths: tokens of each hit's record.
        work: its length and sample.
        scaled: sampling.
        background: what the dataset is like apart from the work.
    """
    found = _stretches(hits, chain, lengths, work)
    kept = _kept(found, hits, work)
    if kept < NOISY:
        found = _stretches(hits, chain, lengths, work, work.n_tokens / len(work.positions) / kept)
    spans = union(found.reach_begin, found.reach_end)
    aligned = sum(b - a for a, b in spans) / max(1, work.n_tokens)
    chance = min(0.5, background.chance * _lone_counts_for(hits, chain, lengths, work))
    return Coverage(
        _without(_share(found, hits, lengths, work, scaled), chance, background.too_short),
        max(0.0, (min(1.0, aligned) - chance) / (1 - chance)),
        tuple(spans),
        len(np.unique(hits.at)),
        _share_of_records(found, hits, chain, lengths),
    )


def supporting(hits: Hits, chain: Ints) -> Bools:
    """Which hits of a work support it: all in chains, and lone ones at an end of their record.

    A lone hit between two hashes that are not the work's is chance rather than text, unless there are no others.
    """
    chosen: Bools = (chain >= 0) | (hits.before < 0) | (hits.after < 0)
    return chosen if chosen.any() else np.ones(len(hits), bool)


def _share_of_records(found: _Stretches, hits: Hits, chain: Ints, lengths: Ints) -> float:
    """Share of the supporting records' tokens that the stretches are."""
    chosen = supporting(hits, chain)
    once = np.unique(hits.record[chosen], return_index=True)[1]
    tokens = max(1, int(lengths[chosen][once].sum()))
    return min(1.0, float((found.reach_end - found.reach_begin).sum() / tokens))


def _stretches(hits: Hits, chain: Ints, lengths: Ints, work: Sampled, gap: float | None = None) -> _Stretches:
    """The stretch of each chain and lone hit.

    It reaches beyond its outermost hits half-way to the next hash of the record, or, where errors leave hashes
    unmatched, by a ``gap`` between hits.
    """
    label = np.where(chain < 0, chain.max(initial=-1) + 1 + np.arange(len(chain)), chain)
    order = np.lexsort((hits.place, label))
    first = order[np.flatnonzero(np.diff(label[order], prepend=-1))]
    last = order[np.flatnonzero(np.diff(label[order], append=-1))]
    k = math.ceil(work.k)
    loose_begin, loose_end = hits.before[first] >= 0, hits.after[last] >= 0
    half_begin = (hits.place[first] - hits.before[first] - 1) // 2
    half_end = (hits.after[last] - hits.place[last] - 1) // 2
    if gap is not None:
        half_begin, half_end = (np.full(len(first), round(gap)) for _ in range(2))
    sure_begin, sure_end = hits.at[first], hits.at[last] + k
    to_begin, to_end = hits.place[first], lengths[last] - hits.place[last] - k  # tokens to the record's ends
    begin, end, reach_begin, reach_end = (
        np.clip(place, 0, work.n_tokens)
        for place in (
            np.where(loose_begin, sure_begin, sure_begin - to_begin),
            np.where(loose_end, sure_end, sure_end + to_end),
            sure_begin - np.where(loose_begin, np.minimum(half_begin, to_begin), to_begin),
            sure_end + np.where(loose_end, np.minimum(half_end, to_end), to_end),
        )
    )
    by = np.lexsort((end, begin))
    return _Stretches(begin[by], end[by], loose_begin[by], loose_end[by], reach_begin[by], reach_end[by])


def _kept(found: _Stretches, hits: Hits, work: Sampled) -> float:
    """Share of the work's sampled hashes inside the stretches that match: errors leave fewer than all."""
    at = np.unique(hits.at)
    sampled = matched = 0
    for begin, end, loose, _, _ in _clusters(found, work):
        last = end - math.floor(work.k) + 1
        sampled += _count(work.positions, begin, last) - (loose > 0)
        matched += _count(at, begin, last) - (loose > 0)
    return min(1.0, max(1, matched) / max(1, sampled))


def _share(found: _Stretches, hits: Hits, lengths: Ints, work: Sampled, scaled: int) -> Share:
    """Share of the work that is there, with its interval."""
    at = np.unique(hits.at)
    gap = work.n_tokens / max(1, len(work.positions))
    size, variance, uneven, inside = 0.0, 0.0, 0.0, 0
    for begin, end, loose, weight, spread in _clusters(found, work):
        sampled = _count(work.positions, begin, end - math.floor(work.k) + 1)
        matched = _count(at, begin, end - math.floor(work.k) + 1)
        part = (matched - (loose > 0)) / (sampled - (loose > 0)) if sampled > (loose > 0) else 1.0
        beyond = min(loose, matched)  # gaps: one a loose end, one for a lone hit
        size += (end - begin) * part * weight + beyond * gap
        variance += spread + beyond * gap**2
        uneven += (end - begin) * min(end - begin, EVENED_OUT)
        inside += max(sampled, matched)
    total = max(1, work.n_tokens)
    share = min(1.0, size / total)
    plain = containment(len(at), max(len(at), len(work.positions)), scaled)
    if plain.estimate - share > BEYOND_NOISE * math.sqrt(max(share * (1 - share), 1 / len(at)) / len(at)):
        # the work repeats itself: its stretches are there more than once
        return coverage(plain.matched, plain.sampled, scaled, cut=_cut(hits, lengths, work))
    density = containment(min(len(at), inside), max(1, inside), scaled)
    margin = Z95 * math.hypot(math.sqrt(variance), TOKEN_SPREAD * math.sqrt(uneven) * (1 - share)) / total
    low = share * density.low / density.estimate - margin
    high = share * (density.high / density.estimate + REWRAPPED) + margin + _hidden_ends(found, at, work) / total
    return Share(share, low, high, plain.matched, plain.sampled)


def _cut(hits: Hits, lengths: Ints, work: Sampled) -> float:
    """Share of the shingles of the work's text in the dataset that the ends of records cut; a whole work loses none."""
    if work.n_tokens < work.k:
        return 0.0
    once = np.unique(hits.record, return_index=True)[1]
    record = min(max(float(lengths[once].mean()), work.k), float(work.n_tokens))
    return 1 - (1 - lost_to_cuts(work.k, record)) / (1 - lost_to_cuts(work.k, work.n_tokens))


def _hidden_ends(found: _Stretches, at: Ints, work: Sampled) -> int:
    """Tokens before the first and after the last sampled hash of the work that may be there, though nothing shows them.

    Text cut into chunks has a short one at its end, and the end of a short work may hold no sampled hash.
    """
    head = int(found.begin[0]) if at[0] == work.positions[0] else 0
    tail = work.n_tokens - int(found.end.max()) if at[-1] == work.positions[-1] else 0
    return head + tail


def _lone_counts_for(hits: Hits, chain: Ints, lengths: Ints, work: Sampled) -> float:
    """Gaps between sampled hashes that a lone hit counts for on average, and so one by chance: a whole short record."""
    lone = np.flatnonzero(chain < 0)
    if not len(lone) or not len(work.positions):
        return 1.0
    found = _stretches(hits.take(lone), chain[lone], lengths[lone], work)
    gap = work.n_tokens / len(work.positions)
    length = found.end - found.begin
    weight = 1 / shown_share(work, np.maximum(1, length - math.floor(work.k) + 1))
    return float(np.where(found.loose_begin | found.loose_end, gap, length * weight).mean() / gap)


def _without(share: Share, chance: float, too_short: float) -> Share:
    """A share less what chance adds.

    Works differ in chance by a factor of two, which widens the interval. Its upper end allows for twice as much of the
    work in records shorter than a shingle as the dataset has of them.
    """
    high = share.high / max(0.5, 1 - 2 * too_short)
    estimate, low, high = (
        min(1.0, max(0.0, (value - part) / (1 - part)))
        for value, part in ((share.estimate, chance), (share.low, min(0.5, 2 * chance)), (high, 0.0))
    )
    return Share(estimate, low, high, share.matched, share.sampled)


def _clusters(found: _Stretches, work: Sampled) -> Iterator[tuple[int, int, int, float, float]]:
    """Stretches that overlap in the work as one: begin, end, number of loose ends, weight, variance in tokens squared.

    The weight is Horvitz and Thompson's, the inverse of the probability that a record of this length shows itself: it
    also stands for those that lie between two sampled hashes of the work.
    """
    length = found.end - found.begin
    whole = ~(found.loose_begin | found.loose_end)
    shown = np.where(whole, shown_share(work, np.maximum(1, length - math.floor(work.k) + 1)), 1.0)
    reach = np.maximum.accumulate(found.end)
    starts = np.flatnonzero(np.concatenate([[True], found.begin[1:] >= reach[:-1]])).tolist()
    for start, stop in zip(starts, [*starts[1:], len(length)], strict=True):
        part = slice(start, stop)
        low, high = int(found.begin[start]), int(reach[stop - 1])
        loose = int(found.loose_begin[start]) + int(found.loose_end[part][found.end[part] == high].all())
        likely = float(shown[part].max())  # the longest shows itself before the others do
        yield low, high, loose, 1 / likely, (high - low) ** 2 * (1 - likely) / likely**2


def shown_share(work: Sampled, shingles: Ints) -> npt.NDArray[np.float64]:
    """Probability that a stretch of so many shingles, anywhere in the work, holds a sampled hash of it.

    Taken from where the work's sampled hashes stand. 1 - (1 - 1/scaled)^shingles holds on average over works, but not
    for one that repeats itself, whose repeated shingles count at their first place alone.
    """
    last = max(1, work.n_tokens - math.floor(work.k) + 1)
    gaps = np.sort(np.diff(work.positions, prepend=-1, append=last) - 1)  # shingles between two sampled ones
    wider = np.concatenate([np.cumsum(gaps[::-1])[::-1], [0]])
    first = np.searchsorted(gaps, shingles)
    missed = wider[first] - (len(gaps) - first) * (shingles - 1)  # places where the stretch fits into a gap
    places = np.maximum(1, last - shingles + 1)
    shown: npt.NDArray[np.float64] = np.clip(1 - missed / places, 1 / places, 1.0)
    return shown


def _count(positions: Ints, low: int, high: int) -> int:
    return int(np.subtract(*np.searchsorted(positions, [high, low])))


def union(begin: Ints, end: Ints) -> list[tuple[int, int]]:
    """Union of ranges, as ranges that do not touch."""
    out: list[tuple[int, int]] = []
    order = np.lexsort((end, begin))
    for low, high in zip(begin[order].tolist(), end[order].tolist(), strict=True):
        if out and low <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        elif high > low:
            out.append((low, high))
    return out
