"""Put a finished folder in the place of an old one, so that a crash leaves one of them whole."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A new, empty folder to be filled; when the block ends without an error it takes the place of ``target``.

    It stands beside ``target`` under a hidden name. A process that is killed leaves such names behind, and in the
    instant between two renames even the old folder under one; the next replacement puts that back and removes the rest.

    Raises:
        OSError: Something cannot be written; ``target`` is as it was.
    """
    target = target.resolve()
    with contextlib.suppress(FileExistsError):  # a file in its way is told by what follows
        target.parent.mkdir(parents=True, exist_ok=True)
    token = secrets.token_hex(6)
    partial = target.with_name(f".{target.name}.partial-{token}")
    with contextlib.ExitStack() as in_use:
        with _locked(target.parent):
            _recover(target)
            partial.mkdir()
            in_use.enter_context(_locked(partial))
        try:
            yield partial
            sync_folder(partial)
            with _locked(target.parent):
                _move(partial, target, target.with_name(f".{target.name}.old-{token}"))
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def _move(partial: Path, target: Path, old: Path) -> None:
    if target.exists():
        target.rename(old)
    try:
        partial.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    sync_folder(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def _recover(target: Path) -> None:
    """Clean up behind replacements of ``target`` that were killed; the folder it stands in is locked."""
    for old in target.parent.glob(f".{_literal(target.name)}.old-*"):
        if target.exists():
            shutil.rmtree(old)
        else:
            old.rename(target)
    for partial in target.parent.glob(f".{_literal(target.name)}.partial-*"):
        if not _in_use(partial):
            shutil.rmtree(partial)


def _literal(name: str) -> str:
    """A file name as a glob pattern that matches it alone."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a folder's lock, which ends with the process; file systems that lock no folders go without."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _in_use(folder: Path) -> bool:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # held by its writer, or a file system without locks: better left than taken away
        return True
    finally:
        os.close(handle)
    return False


def sync_folder(folder: Path) -> None:
    """Make a folder's entries survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
