"""Where the works of a release come from: folders of texts, one work a file, and lists, one work a row."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from findspot.errors import InputError, UsageError
from findspot.reference.facts import WorkFacts
from findspot.reference.lists import Refused, read_list, read_works_csv

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Work:
    """A work on its way into a release; without text it is known by its facts alone."""

    facts: WorkFacts
    text: str | None = None


def read_works(sources: Sequence[Path], works_csv: Path | None, refused: list[Refused]) -> Iterator[Work]:
    """Works of all sources in order; what cannot be used is added to ``refused``.

    Raises:
        UsageError: A source does not exist.
        InputError: A list cannot be read.
    """
    stated = read_works_csv(works_csv) if works_csv else {}
    used: set[str] = set()
    for source in sources:
        if source.is_dir():
            for path in sorted(p for p in source.rglob("*.txt") if not p.is_dir()):
                name = _readable(path.relative_to(source).as_posix())
                used.add(name)
                facts = stated.get(name, WorkFacts(file=name))
                facts = replace(facts, title=facts.title or _title_of(name))
                try:
                    yield _read_text(path, facts)
                except InputError as error:
                    refused.append(Refused(name, error.message))
        elif source.is_file():
            for row in read_list(source):
                if isinstance(row, Refused):
                    refused.append(row)
                else:
                    yield Work(row)
        else:
            raise UsageError(f"{source} does not exist", advice="Give folders of .txt files or lists of works.")
    missing = sorted(stated.keys() - used)
    refused.extend(Refused(f"{works_csv}: {name}", "no such file in the sources") for name in missing)


def _readable(name: str) -> str:
    """The name of a file, with � where its bytes are no UTF-8 (old archives hold such names)."""
    return os.fsencode(name).decode("utf-8", "replace")


def _title_of(name: str) -> str:
    stem = name.rsplit("/", 1)[-1].removesuffix(".txt")
    return " ".join(stem.replace("_", " ").split()) or name


def _read_text(path: Path, facts: WorkFacts) -> Work:
    """The text of a file, with the file's digests among its identifiers.

    Raises:
        InputError: It cannot be read, is not UTF-8 or UTF-16, or holds no text.
    """
    try:
        if not path.is_file():  # a pipe would be waited for without end
            raise InputError("is no file" if path.exists() else "is a link to nothing")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})") from error
    text = decode_text(data)
    names = ("md5", "sha1", "sha256")
    digests = {f"{name}:{hashlib.new(name, data, usedforsecurity=False).hexdigest()}" for name in names}
    return Work(replace(facts, identifiers=tuple(sorted({*facts.identifiers, *digests}))), text)


def decode_text(data: bytes) -> str:
    """Text of a file's bytes: UTF-8, or UTF-16 where a byte-order mark says so.

    Raises:
        InputError: The bytes are empty, binary, or in another encoding.
    """
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        expected = "UTF-16" if encoding == "utf-16" else "UTF-8"
        raise InputError(f"is not {expected} (byte {error.start}): convert it first") from error
    if "\0" in text:
        raise InputError("is no text: it holds NUL characters")
    if not text or text.isspace():
        raise InputError("is empty")
    return text
