"""Chains: hits that advance in step through a record and a work, which is how copied text shows itself.

A *hit* is a sampled shingle that stands in a record and in a work. Hits of one record whose offset between work and
record stays the same form a chain; a chain is cut into windows of the work, and the number of hits in a window is its
*strength*. Whoever counts chance matches (:mod:`findspot.reference.chance`) and whoever judges an audit
(:mod:`findspot.audit.evidence`) count by these functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from findspot.sketch.kernel import most_apart

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.signedinteger[Any]]


#: Strengths at which regions are counted: what chance yields at each, and what is evidence, are figures of their own.
STRENGTHS = (1, 2, 3, 4, 6, 8, 12)


@dataclass(frozen=True)
class ChainRule:
    """What belongs to one chain, one window and one region; all in tokens."""

    drift: int = 32  # by which a chain may leave its diagonal from one hit to the next
    window: int = 1024  # of the work that are one window at most
    region: int = 256  # of the work that one region covers at least


#: By the name of the shingling. Shorter shingles are common phrases more often, and stay on their diagonal.
CHAINS = {"normal": ChainRule(), "high": ChainRule(drift=12)}


@dataclass(frozen=True)
class Windows:
    """Windows of chains: arrays of one length."""

    group: Ints  # of the chain: record × work, or whatever the hits were grouped by
    start: Ints  # token of the work where the first hit begins
    end: Ints  # token of the work where the last one ends
    strength: Ints  # hits


def find_chains(group: Ints, place: Ints, at: Ints, rule: ChainRule) -> Ints:
    """Number the chains among hits, ``int64 (hits,)``; -1 for a hit that stands alone.

    Hits of one group belong to a chain while, along the record, their offset between work and record stays within the
    drift of a neighbour's and no gap is longer than a window.

    Args:
        group: record of each hit, or record × work where there are several works.
        place: token offset in the record.
        at: token offset in the work.
        rule: what belongs to one chain.
    """
    n = len(group)
    if n < 2:
        return np.full(n, -1, np.int64)
    diagonal = at.astype(np.int64) - place
    order = np.lexsort((diagonal, group))
    band = np.empty(n, np.int64)
    band[order] = np.cumsum(_breaks(group[order], diagonal[order], rule.drift))
    order = np.lexsort((place, band))
    run = np.cumsum(_breaks(band[order], place[order], rule.window))
    long_enough = (np.bincount(run) >= 2)[run]
    chain = np.empty(n, np.int64)
    chain[order] = np.where(long_enough, run, -1)
    return chain


def cut_windows(group: Ints, at: Ints, chain: Ints, k: int, rule: ChainRule) -> Windows:
    """Windows of all chains, in order of their chains; lone hits make none.

    Args:
        group: to be named by each window: that of its hits.
        at: token offset in the work of each hit.
        chain: as :func:`find_chains` numbers them.
        k: tokens of a shingle.
        rule: what is one window.
    """
    linked = np.flatnonzero(chain >= 0)
    if not len(linked):
        nothing = np.zeros(0, np.int64)
        return Windows(nothing, nothing, nothing, nothing)
    order = linked[np.lexsort((at[linked], chain[linked]))]
    at, chains = at[order].astype(np.int64), chain[order]
    new = np.diff(chains, prepend=-1) != 0
    begin = at[new][np.cumsum(new) - 1]  # where the chain begins in the work
    window = np.cumsum(_breaks(chains, (at - begin) // rule.window, 0))
    first = np.flatnonzero(np.diff(window, prepend=-1))
    last = np.append(first[1:], len(at)) - 1
    return Windows(group[order[first]], at[first], at[last] + k, last - first + 1)


def _breaks(group: Ints, value: Ints, most: int) -> Ints:
    """1 where a sorted sequence enters another group or leaps by more than ``most``, else 0; 0 first."""
    out = np.zeros(len(group), np.int64)
    out[1:] = (group[1:] != group[:-1]) | (value[1:] - value[:-1] > most)
    return out


def count_regions(group: Ints, start: Ints, end: Ints, region: int, groups: int) -> Ints:
    """Largest number of intervals that do not overlap, for each group: ``int64 (groups,)``.

    Args:
        group: of each interval, from 0.
        start: of each interval.
        end: of each interval, exclusive.
        region: tokens that an interval is taken for at least.
        groups: their number.
    """
    ends = np.maximum(end, start + region)
    order = np.lexsort((start, ends, group))
    return np.asarray(most_apart(group[order], start[order], ends[order], groups), np.int64)
