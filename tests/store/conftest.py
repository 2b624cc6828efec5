"""A database, blobs, and a manifest in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from findspot.store import Database, LocalBlobs, ManifestRow, add_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database.in_home(tmp_path / "home")
    yield made
    made.close()


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "home" / "blobs")


@pytest.fixture
def manifest(database: Database, blobs: LocalBlobs) -> str:
    return upload(database, blobs, b"bytes of a manifest")[0]


def upload(database: Database, blobs: LocalBlobs, content: bytes) -> tuple[str, bool]:
    """Keep ``content`` as if it were a manifest; returns its digest and whether it is new."""
    with blobs.stage() as staged:
        staged.write(content)
        facts = ManifestRow(
            digest=staged.finish(),
            name="set",
            scheme="fs1",
            scaled=64,
            records=3,
            tokens=5_000_000_000,
            bytes=30_000_000_000,
            size=len(content),
            subject_digest="sha256:00",
        )
        with database.write() as session:
            row, fresh = add_manifest(session, blobs, staged, facts)
            return row.digest, fresh
