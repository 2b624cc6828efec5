"""Manifests as the service keeps them: a row and a blob that come and go together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from findspot.errors import NotFoundError
from findspot.store.interface import ConflictError
from findspot.store.tables import AuditRow, ManifestRow, Status, now

if TYPE_CHECKING:
    from sqlmodel import Session

    from findspot.store.database import Database
    from findspot.store.interface import Blobs, Staged


def find_manifest(session: Session, digest: str) -> ManifestRow:
    """The manifest of ``digest``.

    Raises:
        NotFoundError: It was never uploaded, or was removed.
    """
    row = session.get(ManifestRow, digest)
    if row is None or row.removed is not None:
        raise NotFoundError(
            f"no manifest with the digest {digest}", advice="Upload it first: POST /v1/manifests answers its digest."
        )
    return row


def add_manifest(session: Session, blobs: Blobs, staged: Staged, facts: ManifestRow) -> tuple[ManifestRow, bool]:
    """Keep an uploaded manifest; ``facts.digest`` is the digest of the staged bytes.

    The blob is renamed into place while the write lock is held, so a removal at the same moment happens wholly before
    or wholly after (see :func:`remove_manifest`).

    Returns:
        The row, and whether it is new here.
    """
    blobs.keep(staged)
    row = session.get(ManifestRow, facts.digest)
    if row is None:
        session.add(facts)
        session.flush()
        return facts, True
    fresh = row.removed is not None
    if fresh:
        row.removed = None
        row.created = now()
    return row, fresh


def remove_manifest(database: Database, blobs: Blobs, digest: str) -> None:
    """Forget a manifest's bytes; its row stays behind as a tombstone when audits point at it.

    Raises:
        NotFoundError: It is not here.
        ConflictError: An audit that is queued or running needs it.
    """
    with database.write() as session:
        row = find_manifest(session, digest)
        waiting = select(AuditRow.id).where(
            AuditRow.manifest == digest, col(AuditRow.status).in_([Status.QUEUED, Status.RUNNING])
        )
        if audit := session.exec(waiting).first():
            raise ConflictError(
                f"audit {audit} still needs the manifest {digest}",
                advice="Wait until it has finished, or cancel it: DELETE /v1/audits/{id}.",
            )
        row.removed = now()
    # A crash here leaves bytes that nothing names, until `finish_removals`. The other order could leave a row without
    # its bytes.
    _forget(database, blobs, digest)


def finish_removals(database: Database, blobs: Blobs) -> None:
    """Forget the bytes of manifests whose removal a killed process left half done."""
    with database.read() as session:
        digests = session.exec(select(ManifestRow.digest).where(col(ManifestRow.removed).is_not(None))).all()
    for digest in digests:
        if blobs.has(digest):
            _forget(database, blobs, digest)


def _forget(database: Database, blobs: Blobs, digest: str) -> None:
    with database.write() as session:
        row = session.get(ManifestRow, digest)
        if row is None or row.removed is None:  # uploaded again in the meantime
            return
        blobs.remove(digest)
        if session.exec(select(AuditRow.id).where(AuditRow.manifest == digest)).first() is None:
            session.delete(row)
