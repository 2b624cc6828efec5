"""Is a work there? Hits are evidence where they cluster: in one record, on one diagonal, in distinct regions.

Chance matches between unrelated texts grow with the dataset, so a count of hits says little. Copied text shows itself
by *chains*: hits of one record that advance in step through the record and the work. A chain is cut into windows of
1,024 tokens; a window with at least two hits is evidence for its region of the work, and regions that do not overlap
are counted: one is a ``passage`` (it may be a quotation, however often it is repeated), two are ``probable``, three are
``found``.

Records too short for chains (64 words hold one sampled hash) are judged together: their hits are pooled, counted by
region, and held against the number that chance would yield in a dataset of this size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from findspot.audit.model import Level
from findspot.sketch import shingling
from findspot.text import K

if TYPE_CHECKING:
    import numpy.typing as npt

    from findspot.audit.hits import Hits

    Ints = npt.NDArray[np.int64]

REGIONS = {Level.PASSAGE: 1, Level.PROBABLE: 2, Level.FOUND: 3}

#: Share of a work's shingles that chance finds in a dataset of CHANCE_TOKENS unrelated tokens, and how it grows.
CHANCE_SHARE = 0.00075
CHANCE_TOKENS = 30e6
CHANCE_GROWTH = 0.9

#: The pooled rule: at least so many regions, and a chance of at most this for any work of the reference at all.
POOLED_REGIONS = {Level.PROBABLE: 5, Level.FOUND: 10}
POOLED_CHANCE = {Level.PROBABLE: 1e-6, Level.FOUND: 1e-9}
POOLED_MARGIN = 4.0  # chance matches come in clusters: the measured rate is multiplied by this


@dataclass(frozen=True)
class Sensitivity:
    """What counts as a cluster of hits: the constants that a calibration belongs to."""

    name: str
    min_matched: int = 2  # hits that make a window evidence
    drift: int = 32  # tokens by which a chain may leave its diagonal from one hit to the next
    window: int = 1024  # tokens of the work that are one window at most
    region: int = 256  # tokens of the work that one region covers at least
    k: int = K  # tokens of a shingle
    lone_in: int | None = None  # a lone hit counts only where its record has at most so many sampled hashes
    chance_share: float = CHANCE_SHARE  # of a work's shingles, found by chance in CHANCE_TOKENS unrelated tokens
    chance_growth: float = CHANCE_GROWTH


NORMAL = Sensitivity("normal")
HIGH = Sensitivity(
    "high", min_matched=3, drift=12, lone_in=6, k=shingling.HIGH.k, chance_share=0.063, chance_growth=0.65
)  # with 5 tokens, common phrases are everywhere: `python bench/noise.py`
SENSITIVITIES = {each.name: each for each in (NORMAL, HIGH)}


@dataclass(frozen=True)
class Rule:
    """What evidence takes in one audit."""

    tokens: int  # of the dataset
    works: int  # fingerprinted works that are tested
    sensitivity: Sensitivity = NORMAL

    @property
    def chance_share(self) -> float:
        """Share of an absent work's shingles expected in the dataset."""
        return chance_share(self.tokens, self.sensitivity)


@dataclass(frozen=True)
class Evidence:
    """What the hits of one work show.

    ``chain`` numbers the chain of each hit, -1 for a hit that stands alone.
    """

    level: Level | None
    regions: int
    chain: Ints


def chance_share(tokens: int, sensitivity: Sensitivity = NORMAL) -> float:
    """Share of an absent work's shingles expected among ``tokens`` unrelated tokens of a dataset."""
    grown = (tokens / CHANCE_TOKENS) ** sensitivity.chance_growth
    return float(min(0.5, sensitivity.chance_share * grown))


def judge(hits: Hits, size: int, rule: Rule) -> Evidence:
    """Evidence for one work.

    Args:
        hits: of this work alone.
        size: sampled hashes of the work.
        rule: of this audit.
    """
    chain = find_chains(hits, rule.sensitivity)
    starts, ends = _windows(hits, chain, rule.sensitivity)
    regions = count_regions(starts, ends, rule.sensitivity.region)
    level = max((lv for lv, needed in REGIONS.items() if regions >= needed), key=REGIONS.__getitem__, default=None)
    if level is not Level.FOUND:
        at = np.unique(hits.at)
        pooled = count_regions(at, at + rule.sensitivity.k, rule.sensitivity.region)
        expected = POOLED_MARGIN * rule.chance_share * size
        chance = rule.works * poisson_tail(pooled, expected)
        for stronger in (Level.FOUND, Level.PROBABLE):
            if pooled >= POOLED_REGIONS[stronger] and chance <= POOLED_CHANCE[stronger]:
                return Evidence(stronger, pooled, chain)
    return Evidence(level, regions, chain)


def find_chains(hits: Hits, sensitivity: Sensitivity = NORMAL) -> Ints:
    """Number the chains among the hits of one work, ``int64 (hits,)``; -1 for a hit that stands alone.

    Hits of one record belong to a chain while, along the record, their offset between work and record stays within
    the drift of a neighbour's and no gap is longer than a window.
    """
    n = len(hits)
    if n < 2:
        return np.full(n, -1, np.int64)
    diagonal = hits.at - hits.place
    order = np.lexsort((diagonal, hits.record))
    band = np.empty(n, np.int64)
    band[order] = np.cumsum(_breaks(hits.record[order], diagonal[order], sensitivity.drift))
    order = np.lexsort((hits.place, band))
    run = np.cumsum(_breaks(band[order], hits.place[order], sensitivity.window))
    long_enough = (np.bincount(run) >= 2)[run]
    chain = np.empty(n, np.int64)
    chain[order] = np.where(long_enough, run, -1)
    return chain


def _breaks(group: Ints, value: Ints, most: int) -> Ints:
    """1 where a sorted sequence enters another group or leaps by more than ``most``, else 0; 0 first."""
    out = np.zeros(len(group), np.int64)
    out[1:] = (group[1:] != group[:-1]) | (value[1:] - value[:-1] > most)
    return out


def _windows(hits: Hits, chain: Ints, sensitivity: Sensitivity) -> tuple[Ints, Ints]:
    """Start and end in the work of every window with enough hits."""
    linked = np.flatnonzero(chain >= 0)
    if not len(linked):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    at, chains = hits.at[linked], chain[linked]
    order = np.lexsort((at, chains))
    at, chains = at[order], chains[order]
    new = _breaks(chains, chains, 0) == 1
    new[0] = True
    begin = at[new][np.cumsum(new) - 1]  # where the chain begins in the work
    window = np.cumsum(_breaks(chains, (at - begin) // sensitivity.window, 0))
    first = np.flatnonzero(np.diff(window, prepend=-1))
    last = np.append(first[1:], len(at)) - 1
    enough = last - first + 1 >= sensitivity.min_matched
    return at[first[enough]], at[last[enough]] + sensitivity.k


def count_regions(starts: Ints, ends: Ints, region: int) -> int:
    """Largest number of intervals that do not overlap, each taken as ``region`` tokens at least."""
    ends = np.maximum(ends, starts + region)
    order = np.lexsort((starts, ends))
    count, free = 0, -1
    for start, end in zip(starts[order].tolist(), ends[order].tolist(), strict=True):
        if start >= free:
            count += 1
            free = end
    return count


def poisson_tail(count: int, mean: float) -> float:
    """P(X >= count) for a Poisson variable, by its series; exact to rounding where it is small."""
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    if count <= mean:
        return 1.0
    term = math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
    total, i = 0.0, count
    while term > total * 1e-16:
        total += term
        i += 1
        term *= mean / i
    return min(1.0, total)
