"""Audits as rows: asked for, queued, taken up, finished. The rows are the queue.

Every change of state is one conditional transaction. ``lease`` is the fence: a worker that lost its audit, because its
process was taken for dead or is shutting down, can no longer write to it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlmodel import col, select

from findspot.errors import NotFoundError
from findspot.store.interface import ConflictError
from findspot.store.tables import AuditRow, Status, now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

#: An audit whose process was killed this often is given up.
MAX_ATTEMPTS = 3


@dataclass(frozen=True)
class Question:
    """What an audit asks: the same question of the same program has the same answer."""

    manifest: str  # digest of the manifest's bytes
    releases: tuple[dict[str, str], ...]  # collection, release, digest
    policy: dict[str, Any]
    program: str  # that answers: another one may find more

    @property
    def digest(self) -> str:
        """Digest of the question; the order of the releases does not matter."""
        content = {
            "manifest": self.manifest,
            "releases": sorted(release["digest"] for release in self.releases),
            "policy": self.policy,
            "program": self.program,
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True)
class Answer:
    """What came of an audit. ``report`` is the digest of a blob that is already on the disk."""

    report: str
    outcome: str
    reasons: Sequence[str]
    findings: int


def ask(session: Session, question: Question) -> tuple[AuditRow, bool]:
    """The audit of ``question``: the one that is under way or succeeded, or else a new one in the queue.

    Returns:
        The row, and whether it is new.
    """
    known = select(AuditRow).where(
        AuditRow.question == question.digest,
        col(AuditRow.status).in_([Status.QUEUED, Status.RUNNING, Status.SUCCEEDED]),
    )
    # One that is being cancelled will never answer, so it must not stand for the question. It also still holds the
    # unique index: the caller is told to come back instead of getting an answer that will not come.
    if (row := session.exec(known).first()) is not None:
        if row.cancel:
            raise ConflictError(
                f"audit {row.id} asks the same and is being cancelled", advice="Ask again in a few seconds."
            )
        return row, False
    row = AuditRow(
        id=uuid4().hex,
        question=question.digest,
        manifest=question.manifest,
        releases=list(question.releases),
        policy=question.policy,
    )
    session.add(row)
    session.flush()
    return row, True


def find_audit(session: Session, audit_id: str) -> AuditRow:
    """The audit of that id.

    Raises:
        NotFoundError: There is none.
    """
    row = session.exec(select(AuditRow).where(AuditRow.id == audit_id)).first()
    if row is None:
        raise NotFoundError(f"no audit with the id {audit_id}", advice="GET /v1/audits lists the audits here.")
    return row


def page_of_audits(session: Session, limit: int, before: int | None, status: Status | None) -> Sequence[AuditRow]:
    """Up to ``limit`` audits, newest first, older than the sequence number ``before``."""
    query = select(AuditRow).order_by(col(AuditRow.seq).desc()).limit(limit)
    if before is not None:
        query = query.where(col(AuditRow.seq) < before)
    if status is not None:
        query = query.where(AuditRow.status == status)
    return session.exec(query).all()


def cancel(session: Session, audit_id: str) -> AuditRow:
    """Cancel a queued audit at once; ask a running one to stop at its next batch.

    Raises:
        NotFoundError: There is no such audit.
        ConflictError: It has succeeded or failed already.
    """
    row = find_audit(session, audit_id)
    if row.status in (Status.SUCCEEDED, Status.FAILED):
        raise ConflictError(f"audit {audit_id} has already {row.status}", advice="Only an unfinished one is cancelled.")
    row.cancel = True
    if row.status == Status.QUEUED:
        _finish(row, Status.CANCELLED)
    return row


def claim(session: Session) -> AuditRow | None:
    """Take up the oldest queued audit, or ``None`` when nothing waits."""
    oldest = select(AuditRow).where(AuditRow.status == Status.QUEUED).order_by(col(AuditRow.seq)).limit(1)
    row = session.exec(oldest).first()
    if row is not None:
        row.status = Status.RUNNING
        row.stage = "starting"
        row.attempt += 1
        row.lease = uuid4().hex
        row.started = now()
    return row


def enter_stage(session: Session, audit_id: str, lease: str, stage: str) -> bool:
    """Note the stage of a running audit; false when it is no longer this worker's, or should stop."""
    row = _mine(session, audit_id, lease)
    if row is None or row.cancel:
        return False
    row.stage = stage
    return True


def wanted(session: Session, audit_id: str, lease: str) -> bool:
    """Whether a running audit is still this worker's, and nobody asked for it to stop."""
    row = _mine(session, audit_id, lease)
    return row is not None and not row.cancel


def succeed(session: Session, audit_id: str, lease: str, answer: Answer) -> bool:
    """Record the answer. The status, the report's digest, verdict and count change in this one transaction.

    Returns:
        False when the audit is no longer this worker's; then nothing was changed.
    """
    row = _mine(session, audit_id, lease)
    if row is None:
        return False
    row.report = answer.report
    row.outcome = answer.outcome
    row.reasons = list(answer.reasons)
    row.findings = answer.findings
    row.cancel = False  # the answer was quicker
    _finish(row, Status.SUCCEEDED)
    return True


def fail(session: Session, audit_id: str, lease: str, error: dict[str, str]) -> bool:
    """Record why an audit failed; ``error`` says kind, detail and advice, the stage is the row's."""
    row = _mine(session, audit_id, lease)
    if row is None:
        return False
    row.error = error | {"stage": row.stage or "starting"}
    _finish(row, Status.FAILED)
    return True


def release(session: Session, audit_id: str, lease: str) -> None:
    """Give a running audit up without a result: cancelled if that was asked for, otherwise back into the queue."""
    row = _mine(session, audit_id, lease)
    if row is None:
        return
    if row.cancel:
        _finish(row, Status.CANCELLED)
        return
    _requeue(row)
    row.attempt -= 1  # an orderly stop is no failed attempt


def recover(session: Session) -> list[AuditRow]:
    """Put audits that a killed process left running back into the queue, or give them up after three attempts.

    Only the process that holds the home's worker lock may call this: any running row is then an orphan.
    """
    orphans = session.exec(select(AuditRow).where(AuditRow.status == Status.RUNNING)).all()
    for row in orphans:
        if row.cancel:
            _finish(row, Status.CANCELLED)
        elif row.attempt >= MAX_ATTEMPTS:
            row.error = {
                "kind": "killed",
                "detail": f"the process that ran it was killed {row.attempt} times",
                "advice": "Look at the machine's memory and the service's log, then ask for the audit again.",
                "stage": row.stage or "starting",
            }
            _finish(row, Status.FAILED)
        else:
            _requeue(row)
    return list(orphans)


def _mine(session: Session, audit_id: str, lease: str) -> AuditRow | None:
    query = select(AuditRow).where(AuditRow.id == audit_id, AuditRow.status == Status.RUNNING, AuditRow.lease == lease)
    return session.exec(query).first()


def _requeue(row: AuditRow) -> None:
    row.status = Status.QUEUED
    row.stage = row.lease = row.started = None


def _finish(row: AuditRow, status: Status) -> None:
    row.status = status
    row.lease = None
    row.finished = now()
    if status is Status.SUCCEEDED:
        row.stage = None
