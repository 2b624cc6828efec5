"""Is a work there? Hits are evidence where they cluster: in one record, on one diagonal, in distinct regions.

Chance matches between unrelated texts grow with the dataset, so a count of hits says little. Copied text shows itself
by *chains* (:mod:`findspot.sketch.chains`): a window of a chain is evidence for its region of the work, of the strength
of its hits. Regions that do not overlap are counted for each strength, lone hits being regions of strength 1, so that
records too short for chains (64 words hold one sampled hash) are judged together. How many it takes for ``probable``
and ``found`` follows from the rate of chance matches, the dataset and the works
(:class:`findspot.audit.thresholds.Rule`): one passage is a ``passage``, however often it is repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from findspot.audit.model import Level
from findspot.sketch import chains
from findspot.sketch.chains import STRENGTHS, count_regions, cut_windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from findspot.audit.hits import Hits
    from findspot.audit.thresholds import Rule

    Ints = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]

_BATCH = 2_000_000  # hits that are judged at a time


@dataclass(frozen=True)
class Evidence:
    """What the hits of one work show.

    ``regions`` is their number at the least strength that makes the level. ``chain`` numbers the chain of each hit, -1
    for a hit that stands alone.
    """

    level: Level | None
    regions: int
    chain: Ints


def judge(hits: Hits, size: int, rule: Rule, *, unspaced: bool = False) -> Evidence:
    """Evidence for one work.

    Args:
        hits: of this work alone, sorted by record.
        size: sampled hashes of the work.
        rule: of this audit.
        unspaced: whether the work is in a script without spaces.
    """
    chain = find_chains(hits, rule)
    counts = _count(hits, np.zeros(len(hits), np.int64), chain, 1, rule)
    level, regions = _levels(counts, np.array([size]), np.array([unspaced]), rule)
    return Evidence(_LEVELS[level[0]], int(regions[0]), chain)


def judge_all(hits: Hits, sizes: Ints, unspaced: Bools, rule: Rule) -> Iterator[tuple[int, slice, Evidence]]:
    """Works with evidence: number, their hits among all, evidence. Many works are judged at a time.

    Args:
        hits: of all works, sorted by work and record.
        sizes: sampled hashes of every work.
        unspaced: which works are in a script without spaces.
        rule: of this audit.
    """
    first = np.flatnonzero(np.diff(hits.work, prepend=-1))
    ends = np.append(first[1:], len(hits))
    start = 0
    while start < len(first):
        stop = max(start + 1, int(np.searchsorted(ends, first[start] + _BATCH, "right")))
        low, high = int(first[start]), int(ends[stop - 1])
        batch = hits.take(slice(low, high))
        chain = find_chains(batch, rule)
        works = hits.work[first[start:stop]].astype(np.int64)
        owner = np.repeat(np.arange(len(works)), ends[start:stop] - first[start:stop])
        counts = _count(batch, owner, chain, len(works), rule)
        level, regions = _levels(counts, sizes[works], unspaced[works], rule)
        for at in np.flatnonzero(level).tolist():
            part = slice(int(first[start + at]), int(ends[start + at]))
            own = chain[part.start - low : part.stop - low].copy()
            yield int(works[at]), part, Evidence(_LEVELS[level[at]], int(regions[at]), own)
        start = stop


_LEVELS = (None, Level.PASSAGE, Level.PROBABLE, Level.FOUND)


def find_chains(hits: Hits, rule: Rule) -> Ints:
    """Chains of hits that are sorted by work and record; see :func:`findspot.sketch.chains.find_chains`."""
    new = (np.diff(hits.work, prepend=-1) != 0) | (np.diff(hits.record, prepend=-1) != 0)
    return chains.find_chains(np.cumsum(new), hits.place, hits.at, rule.sensitivity.chains)


def _count(hits: Hits, owner: Ints, chain: Ints, works: int, rule: Rule) -> Ints:
    """Regions of every work at every strength, and of a passage's: ``(works, strengths + 1)``."""
    region, k = rule.sensitivity.chains.region, rule.sensitivity.shingling.k
    windows = cut_windows(owner, hits.at, chain, k, rule.sensitivity.chains)
    at = hits.at.astype(np.int64)
    counts = [count_regions(owner, at, at + k, region, works)]
    for least in (*STRENGTHS[1:], rule.passage):
        strong = windows.strength >= least
        counts.append(count_regions(windows.group[strong], windows.start[strong], windows.end[strong], region, works))
    return np.stack(counts, axis=1)


def _levels(counts: Ints, sizes: Ints, unspaced: Bools, rule: Rule) -> tuple[Ints, Ints]:
    """Level of each work, as a place in ``_LEVELS``, and its number of regions."""
    level = (counts[:, -1] > 0).astype(np.int64)
    regions = counts[:, -1].copy()
    for script in (False, True):
        mine = np.flatnonzero(unspaced == script)
        if not len(mine):
            continue
        table = rule.tables[script]
        rows = table.row(sizes[mine])
        for at in (Level.PROBABLE, Level.FOUND):
            enough = counts[mine, :-1] >= table.least[at][rows]
            reached = enough.any(axis=1)
            level[mine[reached]] = _LEVELS.index(at)
            # chains say more than lone hits: these count where they alone make the level
            column = np.where(enough[:, 1:].any(axis=1), 1 + enough[:, 1:].argmax(axis=1), 0)
            regions[mine[reached]] = counts[mine[reached], column[reached]]
    return level, regions
