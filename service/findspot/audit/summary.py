"""Set-level figures: how much of the dataset comes from works of the collections, and how many of those."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from findspot.audit.coverage import supporting
from findspot.audit.model import CollectionSummary, Estimate, Summary
from findspot.sketch import containment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from findspot.audit.attribution import Attributed
    from findspot.audit.catalogue import Catalogue
    from findspot.audit.hits import Hits, Matches
    from findspot.audit.model import Finding
    from findspot.audit.signatures import Signed
    from findspot.dataset import SubjectFacts


def summarise(
    findings: Sequence[Finding],
    attributed: Sequence[Attributed],
    signed: Mapping[int, Signed],
    matches: Matches,
    catalogue: Catalogue,
    subject: SubjectFacts,
) -> Summary:
    """Figures over open findings. A place of the dataset counts once, however many works hold its text.

    The share of tokens is that of the dataset's sampled hashes: the shingles that the ends of records cut are cut from
    both.
    """
    found = [f for f in findings if f.status == "open"]
    blamed = _blamed(catalogue)
    explaining = [_places(a, matches.hits) for a in attributed if a.explained_by is None and blamed(a.candidate.work)]
    explained = np.unique(np.concatenate([np.zeros(0, np.int64), *explaining]))
    places = len(explained)
    with_text = set((explained >> 32).tolist())
    named = {hit.record for hit in matches.identifiers if blamed(hit.work)}
    alike = {r for s in signed.values() if s.explained_by is None and blamed(s.work) for r in s.records}
    matched = len(with_text | named | alike)
    share = containment(places, max(1, matches.shingles), catalogue.scaled)
    low, high = share.low if places else 0.0, share.high if matches.shingles else 0.0
    shares = {"estimate": share.estimate, "low": low, "high": high}
    return Summary(
        works=len(found),
        records_matched=matched,
        tokens_matched=Estimate(**{name: round(value * subject.tokens) for name, value in shares.items()}),
        share_of_tokens=Estimate(**{name: round(value, 6) for name, value in shares.items()}),
        share_of_records=round(matched / max(1, subject.records), 6),
        collections=tuple(_collections(found, catalogue)),
    )


def _places(attributed: Attributed, hits: Hits) -> npt.NDArray[np.int64]:
    """Places of the dataset that support a work, as record << 32 | place."""
    own = hits.take(attributed.candidate.hits).take(attributed.own)
    own = own.take(supporting(own, attributed.evidence.chain))
    return (own.record.astype(np.int64) << 32) | own.place


def _blamed(catalogue: Catalogue) -> Callable[[int], bool]:
    """Whether a work is outside the commons."""
    first = catalogue.first
    commons = [release.info.status == "commons" for release in catalogue.releases]
    return lambda work: not commons[bisect_right(first, work) - 1]


def _collections(found: Sequence[Finding], catalogue: Catalogue) -> list[CollectionSummary]:
    out = []
    for release in catalogue.releases:
        slug, works = release.info.slug, release.info.works
        here = [f for f in found if slug in f.collections]
        out.append(
            CollectionSummary(
                collection=slug,
                works_matched=len(here),
                works_total=works,
                share_of_collection=round(len(here) / works, 9) if works else 0.0,
                by_tier=dict(sorted(Counter(f.tier for f in here).items())),
            )
        )
    return out
