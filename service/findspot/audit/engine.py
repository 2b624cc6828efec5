"""The audit: a dataset, some releases and a policy in; one report out. No HTTP, no database, no file but the inputs.

The steps are numbered in :func:`run_audit`. Nothing in a report depends on the number of workers or on the clock, but
for ``created``.
"""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from findspot import __version__
from findspot.audit.attribution import Candidate, gather
from findspot.audit.catalogue import Catalogue, catalogue_for, meet
from findspot.audit.evidence import judge_all
from findspot.audit.findings import Dataset, build_findings
from findspot.audit.hits import Hits, find_matches
from findspot.audit.limits import limits_of
from findspot.audit.model import (
    SCHEMA,
    Detection,
    Finding,
    Input,
    Method,
    Plan,
    Reference,
    Report,
    Skipped,
    SubjectReport,
    Summary,
    Tool,
    content_id,
)
from findspot.audit.plan import plan
from findspot.audit.policy import Policy, decide
from findspot.audit.rates import cited, shipped_rates
from findspot.audit.signatures import SignatureSearch
from findspot.audit.summary import summarise
from findspot.audit.thresholds import SENSITIVITIES, Rule, make_rule
from findspot.reference import shipped_releases
from findspot.text import SCHEME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from findspot.audit.rates import ErrorRates
    from findspot.dataset import Size, Subject, SubjectFacts
    from findspot.reference import OpenRelease
    from findspot.sketch import Shingling

    Ints = npt.NDArray[np.int64]


def run_audit(
    subject: Subject,
    releases: Sequence[OpenRelease],
    policy: Policy | None = None,
    *,
    rates: ErrorRates | None = None,
) -> Report:
    """Audit a dataset against releases, and against the commons that ship with Findspot.

    The report cites ``rates``, or else the error rates that ship with Findspot, where they were measured with the
    method of this audit.

    Raises:
        SchemeError: The dataset's fingerprints are of another scheme.
        InputError: The dataset cannot be read.
    """
    policy = policy or Policy()
    # (1) Dataset and releases meet at the coarsest sampling of all.
    catalogue = meet(subject, _with_commons(releases))
    # (2) Every record is looked up once; only what matches is kept.
    signatures = SignatureSearch(catalogue)
    matches = find_matches(subject, catalogue, signatures)
    facts = subject.facts()
    signatures.check(facts)
    # (3) Works whose hits cluster become candidates.
    terms = terms_of(catalogue, facts.tokens)
    rule = terms.rule
    candidates = find_candidates(matches.hits, catalogue, terms)
    # (4) Each stretch of the dataset is attributed to one work, the commons first.
    attributed = gather(candidates, matches.hits, rule)
    signed = signatures.signed(matches.signatures)
    # (5) One finding per work, with all its evidence and all the collections that hold it.
    dataset = Dataset(facts.name, rule, matches)
    findings = build_findings(dataset, catalogue, attributed, signed)
    # (6) The policy decides, and the report says what it rests on.
    summary = summarise(findings, attributed, signed, matches, catalogue, facts)
    method = _method(catalogue, terms, signatures, rates or shipped_rates())
    stated = matches.stated + signatures.looked_up
    return _report(facts, catalogue, method, findings, summary, policy, stated, signatures.limits())


def plan_audit(size: Size, releases: Sequence[OpenRelease]) -> Plan:
    """What an audit of a dataset of some size would detect, held against releases and the commons.

    Raises:
        SchemeError: A release lacks the sensitivity.
    """
    catalogue = catalogue_for(size.name, size.shingling, size.scaled, _with_commons(releases))
    terms = terms_of(catalogue, size.tokens)
    return Plan(
        name=size.name,
        tokens_from=size.tokens_from,
        sensitivity=size.shingling.name,
        k=size.shingling.k,
        references=tuple(_reference(release, catalogue.shingling) for release in catalogue.releases),
        detection=terms.detection(),
    )


def _with_commons(releases: Sequence[OpenRelease]) -> list[OpenRelease]:
    searched = {release.info.slug for release in releases}
    return [*releases, *(release for release in shipped_releases() if release.info.slug not in searched)]


@dataclass(frozen=True)
class Terms:
    """What is known before a record is looked at: the works, and the rule for a dataset of some size."""

    sizes: Ints  # sampled hashes of every work
    unspaced: npt.NDArray[np.bool_]  # which works are in a script without spaces
    commons: npt.NDArray[np.bool_]  # which works explain and are not reported
    rule: Rule

    def detection(self) -> Detection:
        """What can be detected under these terms."""
        return plan(self.rule, np.where(self.commons, 0, self.sizes), self.unspaced)


def terms_of(catalogue: Catalogue, tokens: int) -> Terms:
    """The terms of an audit of so many tokens."""
    sizes, unspaced = catalogue.sketch_sizes(), catalogue.unspaced()
    sensitivity = SENSITIVITIES[catalogue.shingling.name]
    commons = np.concatenate(
        [np.zeros(0, bool), *(np.full(r.info.works, r.info.status == "commons") for r in catalogue.releases)]
    )
    rule = make_rule(tokens, sizes, unspaced, catalogue.scaled, catalogue.measured_chance(), sensitivity, commons)
    return Terms(sizes, unspaced, commons, rule)


def find_candidates(hits: Hits, catalogue: Catalogue, terms: Terms) -> list[Candidate]:
    """Works with evidence, before attribution."""
    sizes, unspaced = terms.sizes, terms.unspaced
    judged = list(judge_all(hits, sizes, unspaced, terms.rule))
    located = catalogue.locate(np.array([work for work, _, _ in judged], np.int64))
    return [
        Candidate(
            work, part, evidence, int(sizes[work]), int(release.info.status != "commons"), row.id, bool(unspaced[work])
        )
        for (work, part, evidence), (release, row) in zip(judged, located, strict=True)
    ]


def _report(
    facts: SubjectFacts,
    catalogue: Catalogue,
    method: Method,
    findings: list[Finding],
    summary: Summary,
    policy: Policy,
    stated: int,
    limits: tuple[str, ...],
) -> Report:
    subject = SubjectReport(
        name=facts.name,
        digest=facts.digest,
        records=facts.records,
        tokens=facts.tokens,
        too_short=facts.too_short,
        bytes=facts.bytes,
        coverage=round(facts.coverage, 6),
        skipped=_by_reason(facts.skipped, facts),
        notes=_by_reason(facts.notes, facts),
        inputs=tuple(Input(name=i.name, bytes=i.bytes, sha256=i.sha256) for i in facts.inputs),
    )
    references = tuple(_reference(release, catalogue.shingling) for release in catalogue.releases)
    report = Report(
        schema=SCHEMA,
        id="",
        created=_now(),
        tool=Tool(name="findspot", version=__version__),
        subject=subject,
        references=references,
        method=method,
        verdict=decide(findings, subject, references, policy, stated=stated),
        summary=summary,
        findings=tuple(findings),
        limits=(*limits, *limits_of(subject, references, catalogue, method.detection)),
    )
    return report.model_copy(update={"id": content_id(report.model_dump(mode="json", by_alias=True))})


def _by_reason(counts: Mapping[str, int], facts: SubjectFacts) -> tuple[Skipped, ...]:
    return tuple(
        Skipped(reason=reason, count=count, places=tuple(facts.samples.get(reason, ())))
        for reason, count in sorted(counts.items())
    )


def _now() -> str:
    """The time, or ``SOURCE_DATE_EPOCH`` where it is set, in UTC."""
    stated = os.environ.get("SOURCE_DATE_EPOCH", "")
    zone = dt.UTC
    now = dt.datetime.fromtimestamp(int(stated), zone) if stated.isdigit() else dt.datetime.now(zone)
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")


def _reference(release: OpenRelease, shingling: Shingling) -> Reference:
    info = release.info
    return Reference(
        collection=info.slug,
        title=info.title,
        kind=info.kind,
        release=info.release,
        digest=release.digest,
        as_of=info.as_of,
        status=info.status,
        works=info.works,
        fingerprinted=info.fingerprinted_for(shingling),
    )


def _method(catalogue: Catalogue, terms: Terms, signatures: SignatureSearch, rates: ErrorRates | None) -> Method:
    rule = terms.rule
    compared = signatures.method()
    made = Method(
        detection=terms.detection(),
        scheme=SCHEME,
        sensitivity=catalogue.shingling.name,
        k=catalogue.shingling.k,
        scaled=catalogue.scaled,
        detectors={
            "identifier": {"rule": "declared identifier or file digest equal"},
            "text": {
                "min_matched": rule.passage,
                "window_tokens": rule.sensitivity.chains.window,
                "region_tokens": rule.sensitivity.chains.region,
                "drift_tokens": rule.sensitivity.chains.drift,
                "chance_share": float(f"{rule.chance_share():.3g}"),
            },
            **({"signature": compared} if compared else {}),
        },
    )
    cited_rows = cited(rates, sensitivity=made.sensitivity, scaled=made.scaled, detectors=made.detectors)
    return made.model_copy(update={"error_rates": cited_rows})
