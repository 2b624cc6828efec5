"""Hits, findings and subjects made by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from findspot.audit.hits import Hits
from findspot.audit.model import Estimate, Finding, Level, Records, Reference, SubjectReport, Tier, Work

if TYPE_CHECKING:
    from collections.abc import Iterable


def hits_of(rows: Iterable[tuple[int, int, int]], work: int = 0) -> Hits:
    """Hits of one work from ``(record, place, at)``; the sampled hashes of a record are its hits alone."""
    table = np.array(sorted(rows), np.int64).reshape(-1, 3)
    record, place, at = table.T
    new = np.diff(record, prepend=-1) != 0
    before = np.where(new, -1, np.roll(place, 1))
    after = np.where(np.roll(new, -1), -1, np.roll(place, -1))
    return Hits(np.full(len(table), work, np.int64), at, record, place, before, after)


def finding(**changes: Any) -> Finding:
    """An open finding of tier T3 at level found, unless changed."""
    values: dict[str, Any] = {
        "id": "0123456789abcdef",
        "collection": "shadow",
        "collections": ("shadow",),
        "release": "2024",
        "work": Work(id="w", title="A Book", creator=None),
        "lane": "content",
        "tier": Tier.T3,
        "detector": "text",
        "detectors": ("text",),
        "level": Level.FOUND,
        "coverage": Estimate(estimate=0.3, low=0.2, high=0.4),
        "coverage_aligned": 0.3,
        "matched": 30,
        "sampled": 100,
        "regions": 5,
        "spans": ((0, 300),),
        "records": Records(count=3, top=()),
        "explained_by": None,
        "status": "open",
    }
    return Finding(**(values | changes))


def subject(**changes: Any) -> SubjectReport:
    """A dataset of which all was read, unless changed."""
    values: dict[str, Any] = {
        "name": "train",
        "digest": "sha256:" + "0" * 64,
        "records": 100,
        "tokens": 50_000,
        "bytes": 300_000,
        "coverage": 1.0,
    }
    return SubjectReport(**(values | changes))


def reference(collection: str = "shadow", status: str = "pirated", works: int = 10) -> Reference:
    """A release of ten works."""
    return Reference(
        collection=collection,
        title=collection,
        kind="books",
        release="2024",
        digest="sha256:" + "1" * 64,
        as_of="2024-01-01",
        status=status,
        works=works,
        fingerprinted=works,
    )
