"""Blobs in a local folder: ``sha256/ab/abcdef…``, each written beside its place and renamed into it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import time
from typing import TYPE_CHECKING, BinaryIO

from findspot.errors import NotFoundError, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from findspot.store.interface import Staged

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")

#: A staged file that nobody has written to for this long (seconds) belongs to a process that was killed.
ABANDONED_AFTER = 3600.0


def is_digest(text: str) -> bool:
    """Whether ``text`` has the form ``sha256:<64 lower-case hex digits>``."""
    return _DIGEST.fullmatch(text) is not None


class StagedFile:
    """A staged blob: an open temporary file and the running digest of what was written to it."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self.size = 0
        self._file = file
        self._hash = hashlib.sha256()

    def write(self, chunk: bytes) -> None:
        """Append ``chunk``; see :class:`findspot.store.interface.Staged`."""
        try:
            self._file.write(chunk)
        except OSError as error:
            raise _cannot_write(self.path, error) from error
        self._hash.update(chunk)
        self.size += len(chunk)

    def finish(self) -> str:
        """Flush, fsync and return the digest."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _cannot_write(self.path, error) from error
        return f"sha256:{self._hash.hexdigest()}"


class LocalBlobs:
    """Blobs under one folder of this machine. Safe with several processes: every change is one rename or unlink."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._staging = root / "staging"
        try:
            self._staging.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _cannot_write(self._staging, error) from error

    @contextlib.contextmanager
    def stage(self) -> Iterator[StagedFile]:
        """A temporary file in the store's own folder; unlinked on leaving unless it was kept."""
        path = self._staging / f"{os.getpid()}-{os.urandom(8).hex()}.part"
        try:
            file = path.open("xb")
        except OSError as error:
            raise _cannot_write(path, error) from error
        try:
            yield StagedFile(path, file)
        finally:
            with contextlib.suppress(OSError):  # what was kept is flushed already; the rest may fail once more
                file.close()
            path.unlink(missing_ok=True)

    def keep(self, staged: Staged) -> str:
        """Rename a finished file into its place; the rename replaces equal bytes by equal bytes."""
        digest = staged.finish()
        place = self._place(digest)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            staged.path.replace(place)
            _sync_folder(place.parent)
        except OSError as error:
            raise _cannot_write(place, error) from error
        return digest

    def put(self, content: bytes) -> str:
        """Stage and keep ``content``."""
        with self.stage() as staged:
            staged.write(content)
            return self.keep(staged)

    def path(self, digest: str) -> Path:
        """The file of ``digest``."""
        if not self.has(digest):
            raise NotFoundError(f"no stored bytes have the digest {digest}", advice="Upload them again.")
        return self._place(digest)

    def has(self, digest: str) -> bool:
        """Whether ``digest`` is stored; a malformed digest is not."""
        return is_digest(digest) and self._place(digest).is_file()

    def remove(self, digest: str) -> None:
        """Unlink the file of ``digest`` if it is there."""
        if is_digest(digest):
            self._place(digest).unlink(missing_ok=True)

    def sweep(self, idle: float = ABANDONED_AFTER) -> int:
        """Remove staged files that were last written to more than ``idle`` seconds ago; returns how many."""
        swept = 0
        oldest = time.time() - idle
        for path in self._staging.glob("*.part"):
            try:
                if path.stat().st_mtime < oldest:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
                    swept += 1
            except FileNotFoundError:  # its own process was quicker
                continue
        return swept

    def _place(self, digest: str) -> Path:
        hexa = digest.removeprefix("sha256:")
        return self.root / "sha256" / hexa[:2] / hexa


def _sync_folder(folder: Path) -> None:
    """Make a rename durable: the entry lives in the folder, which has its own fsync."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cannot_write(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"cannot write {path.name} in {path.parent}: {error.strerror or error}",
        advice="Free space on that disk, or point FINDSPOT_HOME at one with room.",
    )
