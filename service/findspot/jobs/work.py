"""One audit as a job: from its row to its report. The engine is the one that the command calls."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

from findspot.audit import Policy, run_audit
from findspot.dataset import open_manifest
from findspot.errors import FindspotError, ReferenceDamagedError
from findspot.reference import Library
from findspot.report import render
from findspot.store import audits
from findspot.store.audits import Answer

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

    from findspot.audit import Report
    from findspot.dataset import Subject, SubjectFacts
    from findspot.reference import OpenRelease
    from findspot.sketch import Shingling, SignatureInfo
    from findspot.store import AuditRow, Blobs, Database

log = logging.getLogger("findspot.jobs")

#: Seconds between two looks at whether a running audit should stop.
LOOK_EVERY = 0.5


class StoppedError(Exception):
    """The audit was asked to stop, or the process is shutting down: no failure of the audit."""


@dataclass
class Workplace:
    """What a job needs of the process it runs in."""

    home: Path
    database: Database
    blobs: Blobs
    stopping: threading.Event


@dataclass
class Job:
    """One claimed audit."""

    place: Workplace
    row: AuditRow
    lease: str
    _looked: float = field(default_factory=time.monotonic)

    def run(self) -> None:
        """Run the audit and record what came of it; raises nothing that belongs to the audit."""
        try:
            answer = self._answer()
        except StoppedError:
            with self.place.database.write() as session:
                audits.release(session, self.row.id, self.lease)
        except FindspotError as error:
            self._failed({"kind": error.kind, "detail": error.message, "advice": error.advice})
        except Exception:
            trace = uuid4().hex
            log.exception("audit %s failed, trace %s", self.row.id, trace)
            self._failed(
                {
                    "kind": "failure",
                    "detail": f"internal error, trace {trace}",
                    "advice": "The service's log has the details under this trace.",
                }
            )
        else:
            with self.place.database.write() as session:
                audits.succeed(session, self.row.id, self.lease, answer)

    def _answer(self) -> Answer:
        # 1. The manifest and the releases, as they were when the audit was asked for.
        self._enter("open")
        subject = Watched(open_manifest(self.place.blobs.path(self.row.manifest)), self)
        releases = self._releases()
        # 2. The engine.
        self._enter("audit")
        report = run_audit(subject, releases, Policy.model_validate(self.row.policy))
        # 3. The report reaches the disk before any row speaks of it.
        self._enter("report")
        digest = self.place.blobs.put(render(report, "json").encode())
        return _as_answer(report, digest)

    def _releases(self) -> list[OpenRelease]:
        asked = {f"{release['collection']}@{release['release']}": release["digest"] for release in self.row.releases}
        opened = Library(self.place.home).open(list(asked))
        for found in opened:
            if found.digest != asked[found.info.name]:
                raise ReferenceDamagedError(
                    f"{found.info.name} was replaced after the audit was asked for: it had the digest "
                    f"{asked[found.info.name]}, now it has {found.digest}",
                    advice="Ask for the audit again.",
                )
        return opened

    def _enter(self, stage: str) -> None:
        with self.place.database.write() as session:
            wanted = audits.enter_stage(session, self.row.id, self.lease, stage)
        if not wanted or self.place.stopping.is_set():
            raise StoppedError

    def look(self) -> None:
        """Stop here if the audit is not wanted any more; the database is asked twice a second at most.

        Raises:
            StoppedError: It is not.
        """
        if self.place.stopping.is_set():
            raise StoppedError
        if time.monotonic() - self._looked < LOOK_EVERY:
            return
        with self.place.database.read() as session:
            wanted = audits.wanted(session, self.row.id, self.lease)
        self._looked = time.monotonic()
        if not wanted:
            raise StoppedError

    def _failed(self, error: dict[str, str]) -> None:
        with self.place.database.write() as session:
            audits.fail(session, self.row.id, self.lease, error)


class Watched:
    """A subject that stops between two batches when its job should."""

    def __init__(self, subject: Subject, job: Job) -> None:
        self._subject = subject
        self._job = job

    @property
    def name(self) -> str:
        """Name of the dataset."""
        return self._subject.name

    @property
    def scheme(self) -> str:
        """Fingerprint scheme of its sketches."""
        return self._subject.scheme

    @property
    def shingling(self) -> Shingling:
        """How its text was cut into shingles."""
        return self._subject.shingling

    @property
    def signature(self) -> SignatureInfo | None:
        """Recipe of its records' MinHash signatures; None without any."""
        return self._subject.signature

    @property
    def scaled(self) -> int:
        """Sampling of its sketches."""
        return self._subject.scaled

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The subject's batches, as long as the job is wanted."""
        for batch in self._subject.batches():
            self._job.look()
            yield batch

    def facts(self) -> SubjectFacts:
        """The subject's facts."""
        return self._subject.facts()


def _as_answer(report: Report, digest: str) -> Answer:
    return Answer(
        report=digest,
        outcome=report.verdict.outcome.value,
        reasons=report.verdict.reasons,
        findings=len(report.findings),
    )
