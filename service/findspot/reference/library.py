"""The library: the releases installed in a home folder, and the atomic ways in and out of it.

``releases/<digest>/`` holds a release's files, ``collections/<slug>/<release>.json`` points to one of them. The pointer
is replaced in one step, so that a crash leaves the old release or the new one; folders that nothing points to are swept
by the next change.
"""

from __future__ import annotations

import contextlib
import difflib
import fcntl
import json
import os
import secrets
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from findspot.errors import InputError, NotFoundError, OutputError, ReferenceDamagedError
from findspot.reference.index import build_index, check_index
from findspot.reference.open_release import OpenRelease
from findspot.reference.release import (
    INDEX_FILE,
    INSTALL_AGAIN,
    RELEASE_FILE,
    ReleaseInfo,
    file_info,
    read_release,
    verify_files,
)
from findspot.reference.replace import sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def home_dir() -> Path:
    """``FINDSPOT_HOME``, or the user's data folder of the platform."""
    stated = os.environ.get("FINDSPOT_HOME")
    if stated:
        return Path(stated)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "findspot"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "findspot"


@dataclass(frozen=True)
class Installed:
    """A release in the library; ``withdrawn`` is the reason for which its files were removed."""

    info: ReleaseInfo
    digest: str
    folder: Path
    withdrawn: str | None = None


class Library:
    """The releases installed in a home folder."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._releases = home / "releases"
        self._pointers = home / "collections"

    def install(self, source: Path) -> Installed:
        """Copy a release into the library, verify it and make it the one of its name, in one step.

        Raises:
            InputError: ``source`` holds no release.
            SchemeError: The release is of another scheme.
            ReferenceDamagedError: Its files are not the ones that it states.
            OutputError: The library cannot be written; it is as it was.
        """
        info, digest = read_release(source)
        target = self._releases / digest.removeprefix("sha256:")
        with self._changing():
            if not _is_whole(target, info, digest):
                partial = self._releases / f".partial-{os.getpid()}"
                partial.mkdir(parents=True)
                for name in (*info.files, RELEASE_FILE):
                    _copy(source / name, partial / name, info)
                if read_release(partial) != (info, digest):
                    raise InputError(f"{info.name}: {RELEASE_FILE} changed while it was read", advice="Try again.")
                verify_files(partial, info)
                build_index(partial, info, digest)
                sync_folder(partial)
                _discard(target)
                partial.rename(target)
                sync_folder(self._releases)
            self._point(Installed(info, digest, target))
        return Installed(info, digest, target)

    def withdraw(self, slug: str, release: str | None = None, *, reason: str) -> list[Installed]:
        """Take releases of a collection out of use, all of them unless one is named.

        What they were stays listed, with the reason.

        Raises:
            NotFoundError: No such release is installed.
        """
        name = f"{slug}@{release}" if release else slug
        self.show(name)  # a name that is unknown leaves no trace
        with self._changing():
            found = self.show(name)
            for installed in found:
                self._point(Installed(installed.info, installed.digest, installed.folder, reason))
        return found

    def installed(self, *, withdrawn: bool = False) -> list[Installed]:
        """Releases by slug, then as-of date; withdrawn ones too if asked for."""
        found = [self._read_pointer(path) for path in sorted(self._pointers.glob("*/*.json"))]
        found = [i for i in found if withdrawn or i.withdrawn is None]
        return sorted(found, key=lambda i: (i.info.slug, i.info.as_of, i.info.release))

    def show(self, name: str) -> list[Installed]:
        """Releases of ``slug`` or ``slug@release``.

        Raises:
            NotFoundError: None is installed.
        """
        slug, _, release = name.partition("@")
        found = [i for i in self.installed() if i.info.slug == slug and release in ("", i.info.release)]
        if not found:
            raise self._unknown(name)
        return found

    def open(self, names: Sequence[str] | None = None) -> list[OpenRelease]:
        """Open releases to search them: those named, or the newest release of every collection.

        ``slug`` alone means the newest release of that collection.

        Raises:
            NotFoundError: A name is not installed.
            ReferenceDamagedError: Files of a release are missing or damaged.
        """
        while True:
            chosen = self._chosen(names)
            try:
                return [OpenRelease(i.info, i.digest, i.folder) for i in chosen]
            except ReferenceDamagedError:
                if self._chosen(names) == chosen:
                    raise  # else one was replaced between the two steps

    def verify(self, name: str) -> list[Installed]:
        """Hold every file of the releases of ``slug`` or ``slug@release`` to the digests stated.

        An index that does not follow from its release is built again.

        Raises:
            NotFoundError: None is installed.
            ReferenceDamagedError: A file is missing or is not the one stated.
        """
        found = self.show(name)
        for installed in found:
            info = installed.info
            try:
                digest = file_info(installed.folder / RELEASE_FILE).sha256
            except OSError as error:
                raise ReferenceDamagedError(
                    f"{info.name}: {RELEASE_FILE} cannot be read ({error.strerror})", advice=INSTALL_AGAIN
                ) from error
            if "sha256:" + digest != installed.digest:
                raise ReferenceDamagedError(
                    f"{info.name}: {RELEASE_FILE} does not have the sha256 it was installed with", advice=INSTALL_AGAIN
                )
            verify_files(installed.folder, info)
            check_index(installed.folder, info, installed.digest)
        return found

    def _chosen(self, names: Sequence[str] | None) -> list[Installed]:
        """The releases of some names, or the newest of every collection."""
        if names is None:
            chosen = {i.info.slug: i for i in self.installed()}
        else:
            chosen = {i.info.name: i for i in (self.show(name)[-1] for name in names)}
        return sorted(chosen.values(), key=lambda i: i.info.name)

    def _unknown(self, name: str) -> NotFoundError:
        known = sorted({n for i in self.installed() for n in (i.info.slug, i.info.name)})
        near = difflib.get_close_matches(name, known, n=1)
        slugs = [n for n in known if "@" not in n]
        return NotFoundError(
            f"no collection {name!r} is installed",
            advice=f"Did you mean {near[0]!r}?"
            if near
            else f"Installed: {', '.join(slugs)}."
            if slugs
            else "None is installed yet: `findspot collection install DIR` adds one.",
        )

    def _read_pointer(self, path: Path) -> Installed:
        try:
            data = json.loads(path.read_bytes())
            info = ReleaseInfo.model_validate(data["info"])
            digest, withdrawn = str(data["digest"]), data["withdrawn"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ReferenceDamagedError(
                f"{path} is damaged ({error})", advice="Remove this file and install the release again."
            ) from error
        return Installed(info, digest, self._releases / digest.removeprefix("sha256:"), withdrawn)

    def _point(self, installed: Installed) -> None:
        pointer = self._pointers / installed.info.slug / f"{installed.info.release}.json"
        pointer.parent.mkdir(parents=True, exist_ok=True)
        partial = pointer.with_name(f".{pointer.name}.partial-{os.getpid()}")  # no release has a name like it
        with partial.open("w", encoding="utf-8") as file:
            info = installed.info.model_dump(mode="json", by_alias=True)
            json.dump({"digest": installed.digest, "withdrawn": installed.withdrawn, "info": info}, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(pointer)
        sync_folder(pointer.parent)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """One change of the library at a time; afterwards, folders and partial files that nothing needs are removed."""
        try:
            self._releases.mkdir(parents=True, exist_ok=True)
            self._pointers.mkdir(parents=True, exist_ok=True)
            with (self.home / ".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._sweep()
                try:
                    yield
                finally:
                    self._sweep()
        except OSError as error:
            raise OutputError(
                f"{self.home} cannot be written ({error.strerror or error})",
                advice="Free some disk space or set FINDSPOT_HOME to a folder that can be written. Nothing changed.",
            ) from error

    def _sweep(self) -> None:
        for partial in self._pointers.glob("*/.*.partial-*"):
            partial.unlink()
        for partial in self._releases.glob(f"*/.{INDEX_FILE}.*"):  # a reader may be writing a newer one
            if partial.stat().st_mtime < time.time() - 3600:
                partial.unlink()
        wanted = {i.folder for i in self.installed()}
        for folder in self._releases.iterdir():
            if folder not in wanted and folder.is_dir():
                _discard(folder)


def _discard(folder: Path) -> None:
    """Remove a folder so that no one finds half of it; what a reader puts there meanwhile goes with the next change."""
    if not folder.exists():
        return
    gone = folder.with_name(f".gone-{secrets.token_hex(6)}")
    folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def _is_whole(folder: Path, info: ReleaseInfo, digest: str) -> bool:
    """Whether a release is there with all its files as stated."""
    try:
        verify_files(folder, info)
        return read_release(folder)[1] == digest
    except (InputError, ReferenceDamagedError):
        return False


def _copy(source: Path, target: Path, info: ReleaseInfo) -> None:
    try:
        size = source.stat().st_size
    except OSError as error:
        raise InputError(
            f"{info.name}: {source.name} cannot be read ({error.strerror})",
            advice="The release is not whole: build it again.",
        ) from error
    with source.open("rb") as reader, target.open("wb") as writer:
        shutil.copyfileobj(reader, writer, 1 << 20)
        if writer.tell() != size:
            raise InputError(f"{info.name}: {source.name} changed while it was read", advice="Try again.")
        writer.flush()
        os.fsync(writer.fileno())
