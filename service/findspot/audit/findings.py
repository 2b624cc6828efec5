"""Findings: one per work, content lane, with its best tier, all its evidence and all the collections that hold it."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from findspot.audit.cases import find_cases
from findspot.audit.coverage import Background, Coverage, Sampled, measure, supporting
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
    from collections.abc import Mapping

    import numpy.typing as npt

    from findspot.audit.attribution import Attributed
    from findspot.audit.cases import Case, Sketches
    from findspot.audit.catalogue import Catalogue
    from findspot.audit.hits import Hits, Matches
    from findspot.audit.signatures import Signed
    from findspot.audit.thresholds import Rule
    from findspot.reference import OpenRelease, WorkRow
    from findspot.sketch import Share

    Ints = npt.NDArray[np.int64]

TOP_RECORDS = 5
_WHOLE = 0.8  # coverage from which a work is near-duplicated as a whole
_MOSTLY = 0.5  # share of its records' tokens that must come from it then
_LEVELS = [Level.FOUND, Level.PROBABLE, Level.PASSAGE, None]


@dataclass(frozen=True)
class Dataset:
    """What findings need to know of the dataset."""

    name: str
    rule: Rule
    matches: Matches

    @cached_property
    def lengths(self) -> Ints:
        """Tokens of every record kept."""
        return np.asarray(pc.fill_null(self.matches.records["n_tokens"], 0).to_numpy(), np.int64)

    @cached_property
    def sampled(self) -> Ints:
        """Sampled hashes of every record kept."""
        return np.asarray(self.matches.records["sampled"].to_numpy(), np.int64)


def build_findings(
    dataset: Dataset, catalogue: Catalogue, attributed: list[Attributed], signed: Mapping[int, Signed]
) -> list[Finding]:
    """Findings of works outside the commons, open ones first, the strongest first."""
    sketches = catalogue.sketches(np.array([a.candidate.work for a in attributed], np.int64))
    cases = find_cases(dataset.matches.identifiers, signed, catalogue, attributed, sketches)
    heads = {holder.work: case for case in cases for holder in [case, *case.also]}
    findings = [_finding(case, heads, dataset, catalogue, sketches) for case in cases]
    shown = [f for f, case in zip(findings, cases, strict=True) if not all(c.in_commons for c in case.holders)]
    return sorted(shown, key=_strength)


def _strength(finding: Finding) -> tuple[object, ...]:
    covered = finding.coverage.estimate if finding.coverage else 0.0
    return (
        finding.status != "open",
        finding.tier,
        _LEVELS.index(finding.level),
        -covered,
        finding.collection,
        finding.work.id,
    )


def _finding(case: Case, heads: dict[int, Case], dataset: Dataset, catalogue: Catalogue, sketches: Sketches) -> Finding:
    """The finding of a case."""
    head = case.holders[0]
    text = case.text if case.text is not None and (case.text.explained_by is None or not case.identifiers) else None
    coverage, hits = _coverage(case, text, dataset, sketches, catalogue) if text else (None, None)
    signed = case.signed if case.signed and (case.signed.explained_by is None or not case.identifiers) else None
    whole = bool(coverage and coverage.share.estimate >= _WHOLE and coverage.of_records > _MOSTLY)
    decisive = text or signed  # text is the finer measure: where there is any, it says what explains the match
    explained_by = _explanation(decisive.explained_by, heads, catalogue) if decisive and not case.identifiers else None
    held = {"identifier": case.identifiers, "signature": signed and not whole, "text": text}
    detectors = [name for name, evidence in held.items() if evidence]  # first the one that the tier rests on
    detectors += ["signature"] if signed and whole else []
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
            n_tokens=case.row_of(text.candidate.work).n_tokens if text else case.row.n_tokens,
        ),
        lane="content",
        tier=Tier.T1 if case.identifiers else Tier.T2 if whole or signed else Tier.T3,
        detector=detectors[0],
        detectors=tuple(detectors),
        level=min(
            _level(text, coverage, dataset.rule, whole=whole) if text and coverage else None,
            signed.level(case.row.n_tokens) if signed else None,
            key=_LEVELS.index,
        ),
        coverage=_rounded(coverage.share) if coverage else None,
        coverage_aligned=round(coverage.aligned, 6) if coverage else None,
        matched=coverage.matched if coverage else 0,
        sampled=text.candidate.size if text else case.row.n_hashes,
        regions=text.evidence.regions if text else 0,
        spans=coverage.spans if coverage else (),
        records=_records(case, hits, signed, dataset),
        explained_by=explained_by,
        status="explained" if explained_by else "open",
    )


def _level(text: Attributed, coverage: Coverage, rule: Rule, *, whole: bool) -> Level | None:
    """Level of the evidence; a short work has no three regions, but the whole of it may be there."""
    enough = rule.whole(text.candidate.size, unspaced=text.candidate.unspaced)
    return Level.FOUND if whole and coverage.matched >= enough else text.evidence.level


def _finding_id(case: Case, subject: str) -> str:
    """Id from work, collection, lane and subject name, never from scores: the same from run to run."""
    named = "\0".join([case.row.id, case.release.info.slug, "content", subject])
    return hashlib.sha256(named.encode()).hexdigest()[:16]


def _rounded(share: Share) -> Estimate:
    return Estimate(estimate=round(share.estimate, 6), low=round(share.low, 6), high=round(share.high, 6))


def _coverage(
    case: Case, text: Attributed, dataset: Dataset, sketches: Sketches, catalogue: Catalogue
) -> tuple[Coverage, Hits]:
    """Coverage from all the work's hits, or from its own where most are another work's; and those that support it."""
    candidate = text.candidate
    hits = dataset.matches.hits.take(candidate.hits)
    chain = candidate.evidence.chain
    if text.explained_by is None and 2 * text.own.sum() < len(text.own):
        hits, chain = hits.take(text.own), text.evidence.chain
    row = case.row_of(candidate.work)
    work = Sampled(row.n_tokens or 0, np.sort(sketches[candidate.work][1]), row.shingle_tokens(catalogue.shingling))
    chosen = supporting(hits, chain)
    evidence = hits.take(chosen)
    chance = dataset.rule.chance_share(unspaced=candidate.unspaced)
    short = dataset.rule.sensitivity.lone_in
    if short is not None:
        chosen = _in_chain_or_short(hits, chain, dataset, short)
        hits, chain = hits.take(chosen), chain[chosen]
        evidence, chance = hits, chance * dataset.matches.share_in_short(short)
    background = Background(chance, dataset.matches.too_short / max(1, dataset.rule.tokens))
    coverage = measure(hits, chain, dataset.lengths[hits.record], work, catalogue.scaled, background)
    return coverage, evidence


def _in_chain_or_short(hits: Hits, chain: Ints, dataset: Dataset, short: int) -> npt.NDArray[np.bool_]:
    """Which hits of a work count where chance ones are many: all in chains, and lone ones in short records.

    Text of the work in a longer record would show itself by more than one hit.
    """
    chosen: npt.NDArray[np.bool_] = (chain >= 0) | (dataset.sampled[hits.record] <= short)
    return chosen if chosen.any() else np.ones(len(hits), bool)


def _explanation(explainer: int | None, heads: dict[int, Case], catalogue: Catalogue) -> ExplainedBy | None:
    if explainer is None:
        return None
    if explainer in heads:
        head = heads[explainer].holders[0]
        return _explained_by(head.release, head.row)
    return _explained_by(*catalogue.locate(np.array([explainer]))[0])


def _explained_by(release: OpenRelease, row: WorkRow) -> ExplainedBy:
    return ExplainedBy(work=row.id, collection=release.info.slug, release=release.info.release, title=row.title)


def _records(case: Case, hits: Hits | None, signed: Signed | None, dataset: Dataset) -> Records:
    """Records that support a finding, the strongest on top."""
    matched: Counter[int] = Counter()
    if hits is not None:
        matched.update(hits.record.tolist())
    stated: dict[int, set[str]] = {}
    for hit in case.identifiers:
        stated.setdefault(hit.record, set()).add(hit.identifier)
        matched.setdefault(hit.record, 0)
    alike = signed.records if signed else {}
    for record in alike:
        matched.setdefault(record, 0)
    ranked = sorted(matched, key=lambda r: (r not in stated, -matched[r], -alike[r].estimate if r in alike else 0, r))
    table = dataset.matches.records.take(np.array(ranked[:TOP_RECORDS], np.int64)).to_pylist()
    top = [
        RecordEvidence(
            record_id=row["record_id"],
            shard=row["shard"],
            containment=round(matched[number] / row["sampled"], 6) if matched[number] else None,
            matched=matched[number],
            jaccard=_rounded(alike[number]) if number in alike else None,
            identifiers=tuple(sorted(stated.get(number, ()))),
        )
        for number, row in zip(ranked[:TOP_RECORDS], table, strict=True)
    ]
    return Records(count=len(matched), top=tuple(top))
