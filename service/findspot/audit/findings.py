"""Findings: one per work, content lane, with its best tier, all its evidence and all the collections that hold it."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from findspot.audit.coverage import Coverage, Sampled, measure
from findspot.audit.model import (
    Estimate,
    ExplainedBy,
    Finding,
    Level,
    RecordEvidence,
    Records,
    Tier,
    Work,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from findspot.audit.attribution import Attributed
    from findspot.audit.hits import Catalogue, Hits, IdentifierHit, Matches
    from findspot.reference import OpenRelease, WorkRow

    Ints = npt.NDArray[np.int64]
    Sketches = dict[int, tuple[npt.NDArray[np.uint64], Ints]]

SEVERITY = ("pirated", "scraped", "disputed", "licensed", "commons")
TOP_RECORDS = 5
_WHOLE = 0.8  # coverage from which a work is near-duplicated as a whole
_MOSTLY = 0.5  # share of its records' tokens that must come from it then
_ALIKE = 0.9  # Jaccard of two sketches that are one work in two collections


@dataclass(frozen=True)
class Dataset:
    """What findings need to know of the dataset."""

    name: str
    tokens: int
    matches: Matches

    @cached_property
    def lengths(self) -> Ints:
        """Tokens of every record kept."""
        return np.asarray(pc.fill_null(self.matches.records["n_tokens"], 0).to_numpy(), np.int64)

    @cached_property
    def sampled(self) -> Ints:
        """Sampled hashes of every record kept."""
        return np.asarray(self.matches.records["sampled"].to_numpy(), np.int64)


@dataclass
class _Case:
    """Everything known against one work."""

    work: int
    release: OpenRelease
    row: WorkRow
    text: Attributed | None = None
    identifiers: list[IdentifierHit] = field(default_factory=list)
    also: list[_Case] = field(default_factory=list)  # the same work in other collections

    @property
    def is_open(self) -> bool:
        return bool(self.identifiers) or (self.text is not None and self.text.explained_by is None)

    @property
    def holders(self) -> list[_Case]:
        """This case and those of the same work elsewhere, the gravest claim first."""
        return sorted(
            [self, *self.also], key=lambda c: (SEVERITY.index(c.release.info.status), c.release.info.slug, c.row.id)
        )


def build_findings(dataset: Dataset, catalogue: Catalogue, attributed: list[Attributed]) -> list[Finding]:
    """Findings of works outside the commons, open ones first, the strongest first."""
    cases = _cases(dataset, catalogue, attributed)
    sketches = catalogue.sketches(np.array([a.candidate.work for a in attributed], np.int64))
    _merge_identified(cases)
    _merge_explained(cases, sketches)
    _add_holders(cases, catalogue)
    heads = {holder.work: case for case in cases.values() for holder in [case, *case.also]}
    findings = [_finding(case, heads, dataset, catalogue, sketches) for case in cases.values()]
    shown = [f for f, case in zip(findings, cases.values(), strict=True) if not _in_commons(case)]
    return sorted(shown, key=_strength)


def _in_commons(case: _Case) -> bool:
    return all(holder.release.info.status == "commons" for holder in case.holders)


def _strength(finding: Finding) -> tuple[object, ...]:
    levels = [Level.FOUND, Level.PROBABLE, Level.PASSAGE, None]
    covered = finding.coverage.estimate if finding.coverage else 0.0
    return (
        finding.status != "open",
        finding.tier,
        levels.index(finding.level),
        -covered,
        finding.collection,
        finding.work.id,
    )


def _cases(dataset: Dataset, catalogue: Catalogue, attributed: list[Attributed]) -> dict[int, _Case]:
    """Cases by work, in order of attribution."""
    texts = {a.candidate.work: a for a in attributed}
    identified: dict[int, list[IdentifierHit]] = {}
    for hit in dataset.matches.identifiers:
        identified.setdefault(hit.work, []).append(hit)
    works = list(dict.fromkeys([*texts, *sorted(identified)]))
    located = catalogue.locate(np.array(works, np.int64))
    return {
        work: _Case(work, release, row, texts.get(work), identified.get(work, []))
        for work, (release, row) in zip(works, located, strict=True)
    }


def _merge_identified(cases: dict[int, _Case]) -> None:
    """Works that the dataset names by one and the same identifier are one work."""
    first: dict[str, _Case] = {}
    for case in list(cases.values()):
        for identifier in sorted({hit.identifier for hit in case.identifiers}):
            other = first.setdefault(identifier, case)
            if other is not case and case.work in cases and other.work in cases:
                _fold(case, other, cases)


def _merge_explained(cases: dict[int, _Case], sketches: Sketches) -> None:
    """A work that another collection's copy of it explains is not a second finding."""
    for case in list(cases.values()):
        if case.text is None or case.text.explained_by is None or case.work not in cases or case.identifiers:
            continue
        other = cases.get(case.text.explained_by)
        if (
            other is None
            or other.release is case.release
            or "commons" in (other.release.info.status, case.release.info.status)
        ):
            continue
        if (
            set(case.row.identifiers) & set(other.row.identifiers)
            or _jaccard(sketches[case.work][0], sketches[other.work][0]) >= _ALIKE
        ):
            _fold(case, other, cases)


def _fold(case: _Case, other: _Case, cases: dict[int, _Case]) -> None:
    other.also += [case, *case.also]
    if other.text is None or (
        other.text.explained_by is not None and case.text is not None and case.text.explained_by is None
    ):
        other.text = case.text or other.text
    known = {(hit.record, hit.identifier) for hit in other.identifiers}
    other.identifiers += [hit for hit in case.identifiers if (hit.record, hit.identifier) not in known]
    del cases[case.work]


def _jaccard(a: npt.NDArray[np.uint64], b: npt.NDArray[np.uint64]) -> float:
    common = len(np.intersect1d(a, b, assume_unique=True))
    return common / max(1, len(a) + len(b) - common)


def _add_holders(cases: dict[int, _Case], catalogue: Catalogue) -> None:
    """Collections that list the same work by its identifiers, though the dataset met it elsewhere."""
    for case in list(cases.values()):
        held = {c.release.info.slug for c in case.holders}
        named = sorted({i for c in case.holders for i in c.row.identifiers})
        for release, first in zip(catalogue.releases, catalogue.first, strict=False):
            if release.info.slug in held or release.info.status == "commons":
                continue
            rows = {work.row: work for works in release.find_identifiers(named).values() for work in works}
            for number, row in sorted(rows.items())[:1]:
                if first + number not in cases:
                    case.also.append(_Case(first + number, release, row))


def _finding(
    case: _Case, heads: dict[int, _Case], dataset: Dataset, catalogue: Catalogue, sketches: Sketches
) -> Finding:
    """The finding of a case."""
    head = case.holders[0]
    text = case.text if case.text is not None and (case.text.explained_by is None or not case.identifiers) else None
    coverage, hits = _coverage(case, text, dataset, sketches, catalogue.scaled) if text else (None, None)
    tier = Tier.T3
    if coverage and coverage.share.estimate >= _WHOLE and coverage.of_records > _MOSTLY:
        tier = Tier.T2
    explained_by = _explanation(text, heads, catalogue) if text and not case.identifiers else None
    detectors = (["identifier"] if case.identifiers else []) + (["text"] if text else [])
    holders = case.holders
    return Finding(
        id=_finding_id(head, dataset.name),
        collection=head.release.info.slug,
        collections=tuple(dict.fromkeys(c.release.info.slug for c in holders)),
        release=head.release.info.release,
        work=Work(
            id=head.row.id,
            title=next((c.row.title for c in holders if c.row.title), None),
            creator=next((c.row.creator for c in holders if c.row.creator), None),
            identifiers=tuple(sorted({i for c in holders for i in c.row.identifiers})),
            n_tokens=next((c.row.n_tokens for c in [case, *holders] if c.row.n_tokens is not None), None),
        ),
        lane="content",
        tier=Tier.T1 if case.identifiers else tier,
        detector=detectors[0],
        detectors=tuple(detectors),
        level=text.evidence.level if text else None,
        coverage=_rounded(coverage) if coverage else None,
        coverage_aligned=round(coverage.aligned, 6) if coverage else None,
        matched=coverage.matched if coverage else 0,
        sampled=text.candidate.size if text else case.row.n_hashes,
        regions=text.evidence.regions if text else 0,
        spans=coverage.spans if coverage else (),
        records=_records(case, hits, dataset),
        explained_by=explained_by,
        status="explained" if explained_by else "open",
    )


def _finding_id(case: _Case, subject: str) -> str:
    """Id from work, collection, lane and subject name, never from scores: the same from run to run."""
    named = "\0".join([case.row.id, case.release.info.slug, "content", subject])
    return hashlib.sha256(named.encode()).hexdigest()[:16]


def _rounded(coverage: Coverage) -> Estimate:
    share = coverage.share
    return Estimate(estimate=round(share.estimate, 6), low=round(share.low, 6), high=round(share.high, 6))


def _coverage(
    case: _Case, text: Attributed, dataset: Dataset, sketches: Sketches, scaled: int
) -> tuple[Coverage, Hits]:
    """Coverage from all the work's hits, or from its own where most of them are another work's; and those hits."""
    candidate = text.candidate
    hits = dataset.matches.hits.take(candidate.hits)
    chain = candidate.evidence.chain
    if text.explained_by is None and 2 * text.own.sum() < len(text.own):
        hits, chain = hits.take(text.own), text.evidence.chain
    row = next(c.row for c in [case, *case.also] if c.work == candidate.work)
    work = Sampled(row.n_tokens or 0, np.sort(sketches[candidate.work][1]), row.shingle_tokens)
    coverage = measure(hits, chain, dataset.lengths[hits.record], work, scaled, dataset.tokens)
    return coverage, hits


def _explanation(text: Attributed, heads: dict[int, _Case], catalogue: Catalogue) -> ExplainedBy | None:
    if text.explained_by is None:
        return None
    explainer = text.explained_by
    if explainer in heads:
        head = heads[explainer].holders[0]
        return _explained_by(head.release, head.row)
    return _explained_by(*catalogue.locate(np.array([explainer]))[0])


def _explained_by(release: OpenRelease, row: WorkRow) -> ExplainedBy:
    return ExplainedBy(work=row.id, collection=release.info.slug, release=release.info.release, title=row.title)


def _records(case: _Case, hits: Hits | None, dataset: Dataset) -> Records:
    """Records that support a finding, the strongest on top."""
    matched: Counter[int] = Counter()
    if hits is not None:
        matched.update(hits.record.tolist())
    stated: dict[int, set[str]] = {}
    for hit in case.identifiers:
        stated.setdefault(hit.record, set()).add(hit.identifier)
        matched.setdefault(hit.record, 0)
    ranked = sorted(matched, key=lambda r: (r not in stated, -matched[r], r))
    table = dataset.matches.records.take(np.array(ranked[:TOP_RECORDS], np.int64)).to_pylist()
    top = [
        RecordEvidence(
            record_id=row["record_id"],
            shard=row["shard"],
            containment=round(matched[number] / row["sampled"], 6) if matched[number] else None,
            matched=matched[number],
            identifiers=tuple(sorted(stated.get(number, ()))),
        )
        for number, row in zip(ranked[:TOP_RECORDS], table, strict=True)
    ]
    return Records(count=len(matched), top=tuple(top))
