"""The bodies of requests and answers. Field names are contracts with other people's programs."""

# Not `from __future__ import annotations`: pydantic reads these annotations.

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from findspot.audit import Policy
from findspot.audit.model import Finding

#: Values or records of one look-up.
MAX_LOOKUP = 10_000

Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$", examples=["sha256:" + "0" * 64])]
ReferenceName = Annotated[str, Field(max_length=300, examples=["books3", "books3@2020-10"])]
Raw = Annotated[str, Field(max_length=4096)]


class Request(BaseModel):
    """A body that refuses fields it does not know, so that a misspelt one is an error and not ignored."""

    model_config = ConfigDict(extra="forbid")


class Manifest(BaseModel):
    """An uploaded manifest."""

    digest: Digest
    name: str
    scheme: str
    scaled: int = Field(description="One shingle hash in this many is kept")
    records: int
    tokens: int
    bytes: int = Field(description="UTF-8 length of the dataset's text")
    size: int = Field(description="Bytes of the manifest file")
    subject_digest: str = Field(description="RFC 6962 Merkle root over the records' digests")
    created: datetime
    links: dict[str, str]


class AuditRequest(Request):
    """What to audit, against what, and by which policy."""

    manifest: Digest = Field(description="Digest of an uploaded manifest")
    collections: list[ReferenceName] | None = Field(
        None,
        min_length=1,
        max_length=1000,
        description="`slug` or `slug@release`; by default every installed collection",
    )
    policy: Policy = Field(default_factory=Policy)


class PinnedRelease(BaseModel):
    """The very release that an audit holds the dataset against."""

    collection: str
    release: str
    digest: str


class AuditError(BaseModel):
    """Why an audit failed."""

    stage: str
    kind: str
    detail: str
    advice: str


class AuditVerdict(BaseModel):
    """What the policy says of the findings."""

    outcome: Literal["pass", "fail", "inconclusive"]
    reasons: list[str]


class Audit(BaseModel):
    """One audit. `succeeded` means that its report is stored."""

    id: str
    status: Status
    stage: str | None = Field(description="What a running audit does, or a failed one did: open, audit, report")
    manifest: Digest
    collections: list[PinnedRelease]
    policy: dict[str, Any]
    attempt: int
    cancelling: bool
    created: datetime
    started: datetime | None
    finished: datetime | None
    error: AuditError | None
    verdict: AuditVerdict | None
    findings: int | None
    links: dict[str, str]


class AuditPage(BaseModel):
    """Audits, newest first."""

    audits: list[Audit]
    next: str | None = Field(description="Where the next page is; absent on the last")


class FindingPage(BaseModel):
    """Findings of one audit, in the order of its report."""

    audit: str
    total: int
    findings: list[Finding]
    next: str | None = Field(description="Where the next page is; absent on the last")


class LookupRecord(Request):
    """One record to look up."""

    identifiers: list[Raw] = Field(max_length=100)


class LookupRequest(Request):
    """Values, or records with identifiers: one of the two."""

    values: list[Raw] | None = Field(None, max_length=MAX_LOOKUP, examples=[["978-0-00-000000-2", "doi:10.1000/182"]])
    records: list[LookupRecord] | None = Field(None, max_length=MAX_LOOKUP)
    collections: list[ReferenceName] | None = Field(None, min_length=1, max_length=1000)

    @model_validator(mode="after")
    def one_of_two(self) -> "LookupRequest":
        """Hold the request to one form."""
        if (self.values is None) == (self.records is None):
            raise ValueError("give either values or records")
        if self.records and sum(len(record.identifiers) for record in self.records) > MAX_LOOKUP:
            raise ValueError(f"give at most {MAX_LOOKUP} identifiers in all")
        return self


class LookupWork(BaseModel):
    """The work that an identifier names in a collection."""

    id: str
    title: str | None
    creator: str | None
    identifiers: list[str]
    year: str | None
    publisher: str | None
    language: str | None


class LookupMatch(BaseModel):
    """One collection that holds a work with the identifier."""

    collection: str
    release: str
    as_of: str
    status: str
    work: LookupWork


class LookupResult(BaseModel):
    """The answer to one value."""

    value: str
    record: int | None = Field(description="Index of the record that the value belongs to")
    identifier: str | None = Field(description="Canonical form, `isbn:9780000000002`; null when it is none")
    problem: str | None = Field(description="Why the value is no identifier")
    matches: list[LookupMatch]


class LookupAnswer(BaseModel):
    """One result a value, in their order, and what was searched: no match says nothing of other collections."""

    results: list[LookupResult]
    searched: list[PinnedRelease]


class Release(BaseModel):
    """One installed release."""

    release: str
    as_of: str
    digest: str
    works: int
    fingerprinted: int
    identifiers: int
    scheme: str
    scaled: int
    withdrawn: str | None = Field(description="Why it was withdrawn; such a release is not searched")


class Collection(BaseModel):
    """A collection, as its newest release describes it."""

    slug: str
    title: str
    kind: str
    status: str
    references: list[str]
    releases: list[Release] = Field(description="Newest first")
    links: dict[str, str]


class CollectionList(BaseModel):
    """The collections installed here."""

    collections: list[Collection]


class Version(BaseModel):
    """The program and the fingerprints that it makes."""

    version: str
    scheme: str
    report: str


class Health(BaseModel):
    """An answer of a health route."""

    status: Literal["ok"]


class Links(BaseModel):
    """Where things are."""

    name: str
    version: str
    links: dict[str, str]
