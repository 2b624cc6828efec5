"""The report as other programs read it: frozen values, published as ``schemas/report.schema.json``.

Every rendering and the service show these values and compute none of their own.
"""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA: Literal["findspot.report/1"] = "findspot.report/1"


class Value(BaseModel):
    """A frozen value. Fields that a later version adds are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Outcome(StrEnum):
    """What the policy says of the findings."""

    PASS = "pass"  # noqa: S105 - a verdict, no secret
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


class Level(StrEnum):
    """How strong evidence from text or signatures is. A passage may be a quotation."""

    PASSAGE = "passage"
    PROBABLE = "probable"
    FOUND = "found"


class Tier(StrEnum):
    """What kind of evidence a finding rests on, the strongest first."""

    T1 = "T1"  # identifier or digest equal
    T2 = "T2"  # near-duplicate of the whole work
    T3 = "T3"  # part of the work contained
    T4 = "T4"  # title and creator alike
    T5 = "T5"  # source label, domain or lineage


class Estimate(Value):
    """A number with its 95 % interval."""

    estimate: float
    low: float
    high: float


class Tool(Value):
    """The program that made the report."""

    name: str
    version: str


class Skipped(Value):
    """Rows with one thing in common, by that reason, with up to five places."""

    reason: str
    count: int
    places: tuple[str, ...] = ()


class Input(Value):
    """One input file, as it was read."""

    name: str
    bytes: int
    sha256: str


class SubjectReport(Value):
    """The dataset that was audited."""

    name: str
    digest: str
    records: int
    tokens: int
    too_short: Annotated[int, Field(description="Records shorter than a shingle: too short to judge")] = 0
    bytes: int
    coverage: Annotated[float, Field(ge=0, le=1, description="Share of the dataset that was actually read")]
    skipped: tuple[Skipped, ...] = ()
    notes: Annotated[tuple[Skipped, ...], Field(description="Oddities of rows that were read all the same")] = ()
    inputs: tuple[Input, ...] = ()


class Reference(Value):
    """One release that the dataset was held against."""

    collection: str
    title: str
    kind: str
    release: str
    digest: str
    as_of: Annotated[str, Field(description="Date of the collection's contents, not of this file")]
    status: str
    works: Annotated[int, Field(description="Works listed")]
    fingerprinted: Annotated[
        int, Field(description="Works with a fingerprint; the others can be found by identifier alone")
    ]


class ErrorRate(Value):
    """How often a detector was wrong on labelled data, or how far off; null fields: all of them together.

    A trial is one work of a collection held against one dataset. ``false_negative_rate`` and ``false_positive_rate``
    are for findings of at least ``level``; ``coverage_error`` is the mean absolute error of coverage,
    ``coverage_bias`` the mean signed one, ``interval_coverage`` how often the 95 % interval held the true share.
    """

    detector: str
    level: Annotated[Level | None, Field(description="Findings of this level or a stronger one")] = None
    sensitivity: str = "normal"
    quantity: Literal[
        "false_negative_rate", "false_positive_rate", "coverage_error", "coverage_bias", "interval_coverage"
    ]
    language: str | None = None
    length: Annotated[
        str | None, Field(description="Length of the work in words, in characters where a script has no spaces")
    ] = None
    noise: Annotated[
        str | None,
        Field(description="What was done to the text: none, characters 2 % (misread), ocr, edition; or to identifiers"),
    ] = None
    share: Annotated[float | None, Field(description="Share of the work that was in the dataset")] = None
    chunk: Annotated[int | None, Field(description="Longest record, in the units of length; 0: of any length")] = None
    trials: int
    events: Annotated[int | None, Field(description="Null where a mean is stated and not a rate")] = None
    estimate: float
    low: float
    high: float
    data: str


class LevelDetection(Value):
    """One level of text evidence in this audit."""

    level: Level
    alpha: Annotated[float, Field(description="Most false findings of this level that the rule allows on average")]
    expected_false: Annotated[float, Field(description="False findings of this level or a stronger one, expected")]


class Power(Value):
    """Probability that a work that is there reaches at least each level; lower bounds."""

    work_tokens: int
    share: Annotated[float, Field(description="Share of the work that is in the dataset, verbatim")]
    record_tokens: Annotated[int, Field(description="Length of the records that it was cut into")]
    passage: float
    probable: float
    found: float


class Needed(Value):
    """Regions that a work of some length needs, for each of the strengths; null where it cannot have as many."""

    work_tokens: int
    probable: tuple[int | None, ...]
    found: tuple[int | None, ...]


class ScriptDetection(Value):
    """What can be detected of works in scripts with spaces between words, or in those without."""

    script: Literal["spaced", "unspaced"]
    k: int
    hashes: Annotated[int, Field(description="Sampled hashes of all works tested")]
    chance: Annotated[
        tuple[float, ...],
        Field(description="Chance regions expected for each hash of a work, by strength"),
    ]
    shortest: Annotated[
        dict[Level, int | None],
        Field(description="Tokens of the shortest verbatim passage in one record that reaches a level, 19 times in 20"),
    ]
    power: tuple[Power, ...]
    thresholds: tuple[Needed, ...]


class Detection(Value):
    """What this set-up can detect and what it mistakes: known before an audit runs."""

    tokens: Annotated[int, Field(description="Of the dataset")]
    works: Annotated[int, Field(description="Fingerprinted works that are tested")]
    scaled: int
    correction: str
    strengths: Annotated[tuple[int, ...], Field(description="Hits of a region at least, for each of the thresholds")]
    passage_strength: Annotated[int, Field(description="Hits from which a single region is a passage")]
    levels: tuple[LevelDetection, ...]
    scripts: tuple[ScriptDetection, ...]


class Method(Value):
    """How fingerprints were made and matched."""

    scheme: str
    sensitivity: Annotated[str, Field(description="normal or high: shingle length, sampling and rule")] = "normal"
    k: int
    scaled: int
    detectors: dict[str, dict[str, float | int | str]]
    error_rates: Annotated[
        tuple[ErrorRate, ...], Field(description="Measured on labelled data with this method; see findspot eval")
    ] = ()
    detection: Detection | None = None


class Plan(Value):
    """What an audit would detect, known before it runs."""

    schema_: Literal["findspot.plan/1"] = Field(default="findspot.plan/1", alias="schema")
    name: Annotated[str, Field(description="Of the dataset")]
    tokens_from: Annotated[str, Field(description="Where the number of tokens is from")]
    sensitivity: str
    k: int
    references: tuple[Reference, ...]
    detection: Detection

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)


class Verdict(Value):
    """What the policy says, with its reasons."""

    outcome: Outcome
    reasons: tuple[str, ...]


class CollectionSummary(Value):
    """Open findings of one collection."""

    collection: str
    works_matched: int
    works_total: int
    share_of_collection: Annotated[float, Field(description="Works matched / works listed")]
    by_tier: dict[Tier, int]


class Summary(Value):
    """Set-level figures over open findings."""

    works: int
    records_matched: int
    tokens_matched: Annotated[
        Estimate, Field(description="Tokens of the dataset that come from works with an open finding")
    ]
    share_of_tokens: Estimate
    share_of_records: float
    collections: tuple[CollectionSummary, ...]


class Work(Value):
    """The work that a finding is about."""

    id: str
    title: str | None
    creator: str | None
    identifiers: tuple[str, ...] = ()
    n_tokens: int | None = None


class RecordEvidence(Value):
    """One record that supports a finding. ``containment`` is the share of the *record* that comes from the work."""

    record_id: str
    shard: str
    containment: Annotated[float | None, Field(description="Share of the record's sampled hashes that are the work's")]
    matched: Annotated[int, Field(description="Hashes of the record that are the work's")]
    jaccard: Annotated[
        Estimate | None, Field(description="Jaccard similarity of record and work, from their signatures")
    ] = None
    identifiers: tuple[str, ...] = ()


class Records(Value):
    """The records that support a finding: how many, and the strongest of them."""

    count: int
    top: tuple[RecordEvidence, ...]


class ExplainedBy(Value):
    """The work that explains a finding."""

    work: str
    collection: str
    release: str
    title: str | None = None


class Finding(Value):
    """One work × dataset × lane, with its best tier and all the collections that hold it."""

    id: str
    collection: str
    collections: tuple[str, ...]
    release: str
    work: Work
    lane: Literal["content", "acquisition"]
    tier: Tier
    detector: str
    detectors: tuple[str, ...]
    level: Annotated[Level | None, Field(description="How strong text evidence is; a passage may be a quotation")]
    coverage: Annotated[Estimate | None, Field(description="Share of the work's tokens that is in the dataset")]
    coverage_aligned: Annotated[
        float | None, Field(description="Share of the work that stretches of records span: a lower bound under noise")
    ]
    matched: Annotated[int, Field(description="Distinct sampled hashes of the work met in the dataset")]
    sampled: Annotated[int, Field(description="Sampled hashes of the work")]
    regions: Annotated[int, Field(description="Distinct regions of the work with evidence")]
    spans: Annotated[
        tuple[tuple[int, int], ...], Field(description="Token ranges [start, end) of the work that are in the dataset")
    ]
    records: Records
    explained_by: ExplainedBy | None
    status: Literal["open", "explained"]
    exception: dict[str, str] | None = None


class Report(Value):
    """One audit of one dataset against some releases."""

    schema_: Literal["findspot.report/1"] = Field(default=SCHEMA, alias="schema")
    id: str
    created: str
    tool: Tool
    subject: SubjectReport
    references: tuple[Reference, ...]
    method: Method
    verdict: Verdict
    summary: Summary
    findings: tuple[Finding, ...]
    limits: tuple[str, ...]

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    @property
    def open(self) -> tuple[Finding, ...]:
        """Findings that no other work, commons or exception explains, strongest first."""
        return tuple(f for f in self.findings if f.status == "open")


def content_id(report: dict[str, object]) -> str:
    """Digest of a report's content without ``id`` and ``created``: the same audit has the same id, whenever it runs."""
    content = {k: v for k, v in report.items() if k not in ("id", "created")}
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]
