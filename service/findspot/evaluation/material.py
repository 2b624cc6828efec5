"""The door of this room's inputs: labelled texts, whatever they were read from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from findspot.evaluation.texts import Text


@dataclass(frozen=True)
class Pair:
    """Two texts whose relation is known: ``a`` is a work of a collection, ``b`` is in the dataset."""

    a: Text
    b: Text
    noise: str | None  # "edition", "ocr"; None: the two are unrelated, and ``a`` must not be found


@dataclass(frozen=True)
class Scan:
    """A text that was scanned: pages of ground truth, and of what an engine read, in the same order."""

    name: str
    language: str
    read: Callable[[], list[tuple[str, str]]]  # (truth, output) of each page


@dataclass(frozen=True)
class Listed:
    """A work as a list knows it."""

    title: str
    creator: str
    sha256: str = ""


@dataclass(frozen=True)
class Material:
    """Labelled data. ``left_out`` says which parts are missing or cannot be used, and why."""

    name: str
    digests: tuple[tuple[str, str], ...]  # (name, sha256) of every text
    texts: tuple[Text, ...] = ()
    pairs: tuple[Pair, ...] = ()
    scans: tuple[Scan, ...] = ()
    listed: tuple[Listed, ...] = ()
    left_out: list[str] = field(default_factory=list)
    option: str = ""  # with which the command reads it, without its path: "--data DIR"

    @cached_property
    def digest(self) -> str:
        """Digest of names and contents."""
        lines = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(self.digests))
        return "sha256:" + hashlib.sha256(lines.encode()).hexdigest()

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages of the texts, by their codes."""
        return tuple(sorted({text.language for text in self.texts}))
