"""What the service keeps: rows in a database, bytes in a content-addressed store."""

from __future__ import annotations

from findspot.store import audits
from findspot.store.blobs import LocalBlobs, is_digest
from findspot.store.database import Database
from findspot.store.interface import Blobs, ConflictError, Staged, StoreError
from findspot.store.manifests import add_manifest, find_manifest, finish_removals, remove_manifest
from findspot.store.tables import AuditRow, ManifestRow, Status

__all__ = [
    "AuditRow",
    "Blobs",
    "ConflictError",
    "Database",
    "LocalBlobs",
    "ManifestRow",
    "Staged",
    "Status",
    "StoreError",
    "add_manifest",
    "audits",
    "find_manifest",
    "finish_removals",
    "is_digest",
    "remove_manifest",
]
