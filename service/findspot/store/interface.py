"""The door of this room: what the service keeps, and the errors of keeping it.

Rows say *what* is known (:mod:`findspot.store.tables`), blobs hold the bytes. A blob store that is no local folder
implements :class:`Blobs`; a database that is no SQLite file is another URL for :class:`findspot.store.Database`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from findspot.errors import FindspotError, UsageError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path


class StoreError(FindspotError):
    """The database or the blob folder cannot be used as it is."""

    status = 503
    kind = "store"


class ConflictError(UsageError):
    """What was asked for is at odds with the present state of the thing."""

    status = 409
    kind = "conflict"


class Staged(Protocol):
    """Bytes on their way into the store: on disk, not yet under their digest."""

    @property
    def path(self) -> Path:
        """The local file that holds the bytes written so far; complete after :meth:`finish`."""
        ...

    @property
    def size(self) -> int:
        """Bytes written so far."""
        ...

    def write(self, chunk: bytes) -> None:
        """Append bytes.

        Raises:
            OutputError: The disk is full or not writable.
        """
        ...

    def finish(self) -> str:
        """Flush to the disk and return the digest, ``"sha256:<64 hex digits>"``."""
        ...


class Blobs(Protocol):
    """Content-addressed bytes: a name is the digest of what it names, so nothing is ever changed in place."""

    def stage(self) -> AbstractContextManager[Staged]:
        """A place to write bytes to; removed on leaving the block unless :meth:`keep` took it."""
        ...

    def keep(self, staged: Staged) -> str:
        """Move finished bytes under their digest, atomically, and return the digest. Twice is the same as once."""
        ...

    def put(self, content: bytes) -> str:
        """Stage and keep ``content`` in one step."""
        ...

    def path(self, digest: str) -> Path:
        """A local file with the bytes of ``digest``.

        Raises:
            NotFoundError: There is no such blob.
        """
        ...

    def has(self, digest: str) -> bool:
        """Whether the bytes of ``digest`` are here."""
        ...

    def remove(self, digest: str) -> None:
        """Forget the bytes of ``digest``; no error when they are not here."""
        ...
