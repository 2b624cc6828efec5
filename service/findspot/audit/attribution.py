"""Which work explains what: a greedy minimum set cover, the commons first.

Works share text: editions of one book, an anthology and its stories, two novels that quote one psalm. Each hash of the
dataset is explained by one work at most: the work that explains most goes first and takes the stretches of records that
its chains span; what is left to the next must pass the rule of evidence again, or that work is explained.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from findspot.audit.evidence import Evidence, judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from findspot.audit.hits import Hits
    from findspot.audit.thresholds import Rule

    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Candidate:
    """A work with evidence in the dataset."""

    work: int
    hits: slice  # of all hits
    evidence: Evidence  # before attribution
    size: int  # sampled hashes of the work
    rank: int  # commons first: 0, others 1
    id: str  # breaks ties
    unspaced: bool = False  # in a script without spaces


@dataclass(frozen=True)
class Attributed:
    """A candidate after attribution: open with its own evidence, or explained by another work."""

    candidate: Candidate
    evidence: Evidence
    own: npt.NDArray[np.bool_]  # which of its hits no other work explains
    explained_by: int | None  # a work


class Claims:
    """Which places of the dataset's records are explained, and by which work."""

    def __init__(self, hits: Hits) -> None:
        """Start with nothing explained."""
        key = (hits.record.astype(np.int64) << 32) | hits.place
        self._places, self._of_hit = np.unique(key, return_inverse=True)
        self._owner = np.full(len(self._places), -1, np.int64)

    def owners(self, hits: slice) -> Ints:
        """Work that explains each of some hits, -1 for none."""
        owners: Ints = self._owner[self._of_hit[hits]]
        return owners

    def claim(self, work: int, hits: Hits, at: slice, chain: Ints) -> None:
        """Let a work explain its hits, and every free place between the first and last hit of each of its chains."""
        mine = self._of_hit[at]
        free = mine[self._owner[mine] < 0]
        self._owner[free] = work
        linked = np.flatnonzero(chain >= 0)
        order = linked[np.lexsort((hits.place[linked], chain[linked]))]
        first = order[np.flatnonzero(np.diff(chain[order], prepend=-1))]
        last = order[np.flatnonzero(np.diff(chain[order], append=-1))]
        for low, high in zip(mine[first].tolist(), mine[last].tolist(), strict=True):
            stretch = self._owner[low : high + 1]
            stretch[stretch < 0] = work


def gather(candidates: Sequence[Candidate], hits: Hits, rule: Rule) -> list[Attributed]:
    """Attribute the hits of a dataset to works.

    Ties go to the work of which the larger share is there, then to the smaller id. The result is in the order of
    decision and does not depend on the order of ``candidates``.
    """
    claims = Claims(hits)
    by_work = {c.work: c for c in candidates}
    queue = [(_order(c, c.hits.stop - c.hits.start), c.work) for c in candidates]
    heapq.heapify(queue)
    out = []
    while queue:
        order, work = heapq.heappop(queue)
        candidate = by_work[work]
        owners = claims.owners(candidate.hits)
        free = owners < 0
        now = _order(candidate, int(free.sum()))
        if now > order and queue and now > queue[0][0]:
            heapq.heappush(queue, (now, work))
            continue
        mine = hits.take(candidate.hits)
        evidence = candidate.evidence
        if not free.all():
            evidence = judge(mine.take(free), candidate.size, rule, unspaced=candidate.unspaced)
        if evidence.level is None:
            counts = np.bincount(owners[~free])
            out.append(Attributed(candidate, candidate.evidence, free, int(counts.argmax())))
            continue
        chain = np.full(len(mine), -1, np.int64)
        chain[free] = evidence.chain
        claims.claim(work, mine, candidate.hits, chain)
        out.append(Attributed(candidate, evidence, free, None))
    return out


def _order(candidate: Candidate, gain: int) -> tuple[int, int, float, str]:
    return candidate.rank, -gain, -(candidate.hits.stop - candidate.hits.start) / candidate.size, candidate.id
