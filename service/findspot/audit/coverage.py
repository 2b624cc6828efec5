"""How much of a work is in the dataset, once it is there: estimated from all its hits.

Coverage is the share of the work's tokens whose shingles are in the dataset. Counting matched hashes alone estimates it
with the noise of sampling: for a work with 200 sampled hashes, half of it there, ±7 points. But aligned hits say more than
that they match: they say where a stretch of a record lies in the work, and the sampled hashes around it, matched or not,
say where it ends. So the estimate is post-stratified (Cochran, *Sampling Techniques*, 5A.9): tokens of the work inside
such stretches, which are counted and not sampled, times the share of the work's sampled hashes in them that match. In
verbatim text that share is 1 and the noise is gone; under OCR errors it is what the errors left.

*Aligned coverage* is the first factor alone: what the stretches span, a lower bound that survives noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from findspot.audit.evidence import chance_share
from findspot.sketch import Share, containment
from findspot.sketch.estimate import Z95

if TYPE_CHECKING:
    import numpy.typing as npt

    from findspot.audit.hits import Hits

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

#: Tokens differ in length: spread of a stretch's share of the text around its share of the tokens.
TOKEN_SPREAD = 0.05


@dataclass(frozen=True)
class Sampled:
    """What is known of a work: its length, and where its sampled shingles stand."""

    n_tokens: int
    positions: Ints  # sorted
    k: float  # tokens of its shingles, on average


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
    """Stretches of records that come from a work, one a chain or lone hit, as token ranges of the work."""

    begin: Ints
    end: Ints
    length: Floats  # in the record
    whole: npt.NDArray[np.bool_]  # nothing in the record speaks against all of it
    slack: Floats  # variance of the places where it begins and ends, tokens squared


def measure(hits: Hits, chain: Ints, lengths: Ints, work: Sampled, scaled: int, tokens: int) -> Coverage:
    """Coverage of one work.

    Args:
        hits: of this work alone, at least one.
        chain: of each hit, as :func:`findspot.audit.evidence.find_chains` numbers them.
        lengths: tokens of each hit's record.
        work: its length and sample.
        scaled: sampling.
        tokens: of the dataset.
    """
    found = _stretches(hits, chain, lengths, work)
    spans = union(found.begin, found.end)
    aligned = sum(b - a for a, b in spans) / max(1, work.n_tokens)
    matched = len(np.unique(hits.at))
    starts = union(found.begin, found.end - math.floor(work.k) + 1)
    inside = sum(np.subtract(*np.searchsorted(work.positions, [high, low])) for low, high in starts)
    density = containment(matched, max(matched, int(inside)), scaled)
    weight, spread = _undetected(found, work, scaled)
    share = min(1.0, aligned * weight)
    chance = chance_share(tokens)
    estimate, low, high = (min(1.0, max(0.0, (share * part - chance) / (1 - chance))) for part in density)
    margin = Z95 * math.hypot(spread, TOKEN_SPREAD * _unevenness(found, share, work))
    once = np.unique(hits.record, return_index=True)[1]
    return Coverage(
        Share(estimate, max(0.0, low - margin), min(1.0, high + margin)),
        min(1.0, aligned),
        tuple(spans),
        matched,
        min(1.0, float(found.length.sum() / max(1, lengths[once].sum()))),
    )


def _stretches(hits: Hits, chain: Ints, lengths: Ints, work: Sampled) -> _Stretches:
    """Where each chain or lone hit begins and ends.

    The nearest sampled hash outside it does not match, so that the copied text ends somewhere on the way there: it is
    taken to end half-way. Where there is none before the record ends, nothing speaks against the record's end.
    """
    label = np.where(chain < 0, chain.max(initial=-1) + 1 + np.arange(len(chain)), chain)
    _, group = np.unique(label, return_inverse=True)
    order = np.lexsort((hits.place, group))
    first = order[np.flatnonzero(np.diff(group[order], prepend=-1))]
    last = order[np.flatnonzero(np.diff(group[order], append=-1))]
    length = lengths[first]
    free_before = np.where(hits.before[first] < 0, 0.0, (hits.place[first] - hits.before[first] - 1) / 2)
    free_after = np.where(hits.after[last] < 0, 0.0, (hits.after[last] - hits.place[last] - 1) / 2)
    begin = np.where(hits.before[first] < 0, 0.0, hits.place[first] - free_before)
    end = np.where(hits.after[last] < 0, length, np.minimum(length, hits.place[last] + work.k + free_after))
    end = np.maximum(end, np.minimum(length, hits.place[last] + work.k))
    in_work = (
        np.clip(np.floor(begin) + hits.at[first] - hits.place[first], 0, work.n_tokens).astype(np.int64),
        np.clip(np.ceil(end) + hits.at[last] - hits.place[last], 0, work.n_tokens).astype(np.int64),
    )
    whole = (hits.before[first] < 0) & (hits.after[last] < 0)
    return _Stretches(*in_work, end - begin, whole, (free_before**2 + free_after**2) / 3)


def _undetected(found: _Stretches, work: Sampled, scaled: int) -> tuple[float, float]:
    """Factor by which stretches stand for records of the same length that hold no sampled hash, and its spread.

    A record of L tokens shows itself with probability 1 - (1 - 1/scaled)^(L - k + 1): Horvitz and Thompson's weight is its
    inverse. The spread, a share of the work, also takes in where stretches end.
    """
    _, once = np.unique(np.stack([found.begin, found.end]), axis=1, return_index=True)
    length = found.length[once]
    shingles = np.maximum(1.0, length - work.k + 1)
    shown = np.where(found.whole[once], -np.expm1(shingles * math.log1p(-1 / max(2, scaled))), 1.0)
    if scaled == 1:
        shown = np.ones_like(shown)
    weight = float((length / shown).sum() / length.sum())
    variance = float((length**2 * (1 - shown) / shown**2).sum() + found.slack[once].sum())
    return weight, math.sqrt(variance) / max(1, work.n_tokens)


def _unevenness(found: _Stretches, share: float, work: Sampled) -> float:
    """Root of the sum of squared shares of the stretches, less what cannot vary because all of the work is there."""
    _, once = np.unique(np.stack([found.begin, found.end]), axis=1, return_index=True)
    return math.sqrt(float((found.length[once] ** 2).sum())) / max(1, work.n_tokens) * (1 - share)


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
