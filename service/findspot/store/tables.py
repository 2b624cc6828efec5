"""The tables, and the form of their values. Every column here is a contract with databases that already exist.

A change of shape raises :data:`SCHEMA_VERSION`; a database of another version is refused by name.
"""

# Not `from __future__ import annotations`: SQLModel reads the annotations when it builds the tables.

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Column, DateTime, Dialect, Index, MetaData, TypeDecorator, text
from sqlmodel import Field, SQLModel

SCHEMA_VERSION = 1


class Status(StrEnum):
    """Where an audit is on its way. The last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether nothing will change any more."""
        return self in (Status.SUCCEEDED, Status.FAILED, Status.CANCELLED)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time on every database: SQLite drops the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse naive times, and store the others in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone must not be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give back an aware time."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def now() -> datetime:
    """The present time in UTC."""
    return datetime.now(UTC)


class Table(SQLModel):
    """Base of our tables, with their own metadata: a program that embeds Findspot keeps its tables apart."""

    metadata: ClassVar[MetaData] = MetaData()


class Meta(Table, table=True):
    """Facts about the database itself: ``schema_version``."""

    __tablename__ = "meta"

    key: str = Field(primary_key=True)
    value: str


class ManifestRow(Table, table=True):
    """One uploaded manifest. A removed one keeps its row, because audits of it point here; its bytes are gone."""

    __tablename__ = "manifests"

    digest: str = Field(primary_key=True)  # "sha256:…" of the bytes, the blob's name
    name: str
    scheme: str
    scaled: int
    records: int = Field(sa_column=Column(BigInteger, nullable=False))
    tokens: int = Field(sa_column=Column(BigInteger, nullable=False))
    bytes: int = Field(sa_column=Column(BigInteger, nullable=False))  # UTF-8 length of the dataset's text
    size: int = Field(sa_column=Column(BigInteger, nullable=False))  # of the manifest file
    subject_digest: str  # Merkle root over the records
    created: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    removed: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AuditRow(Table, table=True):
    """One audit: what was asked for, how far it is, and, once it is over, what came of it."""

    __tablename__ = "audits"
    __table_args__ = (
        # Natural idempotence: the same question is never asked twice at once, and an answer is not asked for again.
        Index(
            "audits_one_per_question",
            "question",
            unique=True,
            sqlite_where=text("status IN ('queued', 'running', 'succeeded')"),
            postgresql_where=text("status IN ('queued', 'running', 'succeeded')"),
        ),
        Index("audits_by_status", "status", "seq"),
    )

    seq: int | None = Field(default=None, primary_key=True)  # order of arrival: the queue and the pages go by it
    id: str = Field(unique=True)
    question: str  # digest of manifest, releases, policy and program
    manifest: str = Field(foreign_key="manifests.digest", index=True)
    releases: list[dict[str, str]] = Field(sa_column=Column(JSON, nullable=False))  # collection, release, digest
    policy: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    status: str = Field(default=Status.QUEUED)  # a Status; text, so that any database client can read it
    stage: str | None = None
    attempt: int = 0  # times that a worker has taken it up
    lease: str | None = None  # of the worker that runs it: the fence against one that lost it
    cancel: bool = False  # a running audit was asked to stop
    created: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    started: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished: datetime | None = Field(default=None, sa_type=UtcDateTime)
    error: dict[str, str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    report: str | None = None  # digest of the report's blob; set together with `succeeded`, never before
    outcome: str | None = None
    reasons: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    findings: int | None = None
