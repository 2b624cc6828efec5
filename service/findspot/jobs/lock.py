"""One worker per home directory: a lock file that the operating system frees when its process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

from findspot.errors import OutputError

if TYPE_CHECKING:
    from pathlib import Path


class HomeLock:
    """An exclusive ``flock`` on one file. Not inherited by child processes, gone with ``kill -9``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    @property
    def held(self) -> bool:
        """Whether the lock is ours."""
        return self._handle is not None

    def acquire(self) -> bool:
        """Take the lock if nobody holds it; true when it is ours.

        Raises:
            OutputError: The lock file cannot be made.
        """
        if self._handle is not None:
            return True
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise OutputError(
                f"cannot open the lock file {self._path}: {error.strerror}",
                advice="FINDSPOT_HOME must be a folder that this user may write.",
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._handle = handle
        return True

    def release(self) -> None:
        """Give the lock back; the file stays, because removing it would let two processes lock two files."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
