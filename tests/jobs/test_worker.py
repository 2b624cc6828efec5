"""The worker: one of them per home, oldest first, and no audit is lost or told wrong."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from findspot.jobs import HomeLock, Worker
from findspot.store import AuditRow, Database, LocalBlobs, ManifestRow, add_manifest, audits
from findspot.store.audits import Question

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def database(home: Path) -> Iterator[Database]:
    made = Database.in_home(home)
    yield made
    made.close()


@pytest.fixture
def blobs(home: Path) -> LocalBlobs:
    return LocalBlobs(home / "blobs")


@pytest.fixture
def worker(home: Path, database: Database, blobs: LocalBlobs) -> Iterator[Worker]:
    made = Worker(home, database, blobs)
    made.start()
    yield made
    assert made.stop(30)


def ask(database: Database, blobs: LocalBlobs, content: bytes, releases: tuple[dict[str, str], ...] = ()) -> str:
    """Queue an audit of bytes that only claim to be a manifest."""
    with blobs.stage() as staged, database.write() as session:
        staged.write(content)
        names = {"digest": staged.finish(), "name": "m", "scheme": "s", "subject_digest": ""}
        counts = dict.fromkeys(("scaled", "records", "tokens", "bytes", "size"), 1)
        row, _ = add_manifest(session, blobs, staged, ManifestRow.model_validate(names | counts))
        session.flush()
        asked, _ = audits.ask(session, Question(row.digest, releases, {}, "1"))
        return asked.id


def over(database: Database, audit_id: str) -> AuditRow:
    for _ in range(1000):
        with database.read() as session:
            row = audits.find_audit(session, audit_id)
        if row.finished:
            return row
        time.sleep(0.02)
    raise AssertionError(f"audit {audit_id} does not end, it is {row.status}")


def test_an_unreadable_manifest_fails_the_audit_and_not_the_worker(
    worker: Worker, database: Database, blobs: LocalBlobs
) -> None:
    for content in (b"no parquet", b"no parquet either"):
        audit_id = ask(database, blobs, content)
        worker.wake()
        row = over(database, audit_id)
        assert (row.status, row.report) == ("failed", None)
        assert row.error is not None
        assert (row.error["stage"], row.error["kind"]) == ("open", "unreadable-input")
        assert row.error["advice"]


def test_a_manifest_whose_bytes_are_gone_fails_the_audit(home: Path, database: Database, blobs: LocalBlobs) -> None:
    audit_id = ask(database, blobs, b"gone soon")
    with database.read() as session:
        blobs.remove(audits.find_audit(session, audit_id).manifest)
    worker = Worker(home, database, blobs)
    worker.start()
    row = over(database, audit_id)
    assert worker.stop(30)
    assert row.error is not None
    assert row.error["kind"] == "not-found"


def test_an_unexpected_error_is_logged_and_not_told(
    home: Path,
    database: Database,
    blobs: LocalBlobs,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("the secret of the inside")

    monkeypatch.setattr("findspot.jobs.work.open_manifest", broken)
    audit_id = ask(database, blobs, b"x")
    made = Worker(home, database, blobs)
    made.start()
    row = over(database, audit_id)
    assert made.stop(30)
    assert row.status == "failed"
    assert row.error is not None
    assert "secret" not in str(row.error)
    assert row.error["detail"].rpartition(" ")[2] in caplog.text
    assert "the secret of the inside" in caplog.text


def test_audits_that_a_killed_process_left_are_taken_up_again(
    home: Path, database: Database, blobs: LocalBlobs
) -> None:
    audit_id = ask(database, blobs, b"left behind")
    with database.write() as session:
        assert audits.claim(session) is not None
    worker = Worker(home, database, blobs)
    worker.start()
    row = over(database, audit_id)
    assert worker.stop(30)
    assert row.attempt == 2
    assert row.status == "failed"  # the bytes are no manifest: it was really run


def test_an_audit_that_kills_its_process_is_given_up_after_three_times(
    home: Path, database: Database, blobs: LocalBlobs
) -> None:
    audit_id = ask(database, blobs, b"deadly")
    with database.write() as session:
        row = audits.claim(session)
        assert row is not None
        row.attempt = 3
    worker = Worker(home, database, blobs)
    worker.start()
    row = over(database, audit_id)
    assert worker.stop(30)
    assert row.error is not None
    assert (row.status, row.attempt, row.error["kind"]) == ("failed", 3, "killed")


def test_without_the_lock_nothing_is_touched(home: Path, database: Database, blobs: LocalBlobs) -> None:
    lock = HomeLock(home / "worker.lock")
    assert lock.acquire()
    audit_id = ask(database, blobs, b"not yours")
    with database.write() as session:
        assert audits.claim(session) is not None
    worker = Worker(home, database, blobs)
    worker.start()
    time.sleep(0.3)
    with database.read() as session:
        assert audits.find_audit(session, audit_id).status == "running"
    lock.release()
    assert over(database, audit_id).status == "failed"
    assert worker.stop(30)


def test_one_holds_the_lock_until_it_is_released_or_its_process_dies(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first, second = HomeLock(path), HomeLock(path)
    assert first.acquire()
    assert first.acquire()
    assert not second.acquire()
    first.release()
    first.release()
    assert second.acquire()
    second.release()

    code = f"""
import pathlib, sys, time
from findspot.jobs.lock import HomeLock
lock = HomeLock(pathlib.Path({str(path)!r}))
assert lock.acquire()
print('held', flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert not first.acquire()
        holder.kill()
        holder.wait()
        assert first.acquire()
    first.release()


def test_a_worker_outlives_an_unusable_database(
    home: Path, database: Database, blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first looks at the queue fail, as they do while a disk is full; the next one works."""
    audit_id = ask(database, blobs, b"later")
    failures = iter([True] * 2)
    claim = audits.claim

    def sometimes(session: Any) -> AuditRow | None:
        if next(failures, False):
            session.connection().exec_driver_sql("SELECT * FROM no_such_table")
        return claim(session)

    monkeypatch.setattr(audits, "claim", sometimes)
    worker = Worker(home, database, blobs)
    worker.start()
    assert over(database, audit_id).status == "failed"
    assert worker.stop(30)
