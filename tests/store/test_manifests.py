"""Manifests: row and bytes come and go together."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from findspot.errors import NotFoundError
from findspot.store import (
    ConflictError,
    Database,
    LocalBlobs,
    ManifestRow,
    audits,
    find_manifest,
    finish_removals,
    remove_manifest,
)
from findspot.store.audits import Answer, Question
from findspot.store.tables import now

from .conftest import upload

ANSWER = Answer(report="sha256:" + "0" * 64, outcome="pass", reasons=[], findings=0)


def here(database: Database, digest: str) -> bool:
    try:
        with database.read() as session:
            find_manifest(session, digest)
    except NotFoundError:
        return False
    return True


def test_the_same_upload_twice_is_one_manifest(database: Database, blobs: LocalBlobs) -> None:
    first = upload(database, blobs, b"m")
    assert upload(database, blobs, b"m") == (first[0], False)
    assert first[1]


def test_counts_beyond_32_bits(database: Database, manifest: str) -> None:
    with database.read() as session:
        row = find_manifest(session, manifest)
    assert (row.tokens, row.bytes) == (5_000_000_000, 30_000_000_000)


def test_removed_bytes_are_gone_and_may_come_back(database: Database, blobs: LocalBlobs, manifest: str) -> None:
    remove_manifest(database, blobs, manifest)
    assert not here(database, manifest)
    assert not blobs.has(manifest)
    with pytest.raises(NotFoundError):
        remove_manifest(database, blobs, manifest)
    assert upload(database, blobs, b"bytes of a manifest") == (manifest, True)
    assert here(database, manifest)


def test_a_manifest_that_an_audit_waits_for_stays(database: Database, blobs: LocalBlobs, manifest: str) -> None:
    with database.write() as session:
        audits.ask(session, Question(manifest, (), {}, "1"))
    with pytest.raises(ConflictError, match=manifest):
        remove_manifest(database, blobs, manifest)
    with database.write() as session:
        row = audits.claim(session)
        assert row is not None
    with pytest.raises(ConflictError):
        remove_manifest(database, blobs, manifest)
    with database.write() as session:
        assert row.lease is not None
        audits.succeed(session, row.id, row.lease, ANSWER)
    remove_manifest(database, blobs, manifest)
    assert not blobs.has(manifest)
    with database.read() as session:  # the finished audit still says what it was of
        assert audits.find_audit(session, row.id).manifest == manifest


def test_a_removal_that_was_killed_half_way_is_finished_at_the_next_start(
    database: Database, blobs: LocalBlobs, manifest: str
) -> None:
    with database.write() as session:
        find_manifest(session, manifest).removed = now()
    assert blobs.has(manifest)
    finish_removals(database, blobs)
    assert not blobs.has(manifest)
    with database.read() as session:
        assert session.get(ManifestRow, manifest) is None


def test_uploads_and_removals_at_once_never_leave_a_row_without_bytes(database: Database, blobs: LocalBlobs) -> None:
    def churn(remove: bool) -> None:
        for _ in range(15):
            digest, _ = upload(database, blobs, b"contested")
            if remove:
                with contextlib.suppress(NotFoundError):
                    remove_manifest(database, blobs, digest)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(churn, [True, False, True, False]))
    digest = upload(database, blobs, b"contested")[0]
    assert here(database, digest)
    assert blobs.has(digest)
