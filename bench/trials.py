"""Datasets whose contents are known, made of books: the cases that accuracy is measured on."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zlib import crc32

import pyarrow as pa
import pyarrow.parquet as pq

from findspot.audit import run_audit
from findspot.dataset import ReadOptions, open_subject
from findspot.reference import CollectionFacts, Library, build_release

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from findspot.audit import Report
    from findspot.reference import OpenRelease

CHUNKS: Final = (64, 128, 256, 512, 1024, 2048)
SHARES: Final = (0.05, 0.1, 0.2, 0.5, 1.0)
LEAST_WORDS: Final = 20_000  # of a book that takes part
MOST_SHARED: Final = 0.01  # of its shingles with the books before it


@dataclass(frozen=True)
class Trial:
    """A dataset and a collection.

    Attributes:
        collection: Texts by title.
        records: The dataset, shuffled.
        of: Title of the book that each record is from; none if the book is not of the collection.
        truth: For each book that is there: the share asked for, and the share of its words that was drawn.
    """

    collection: Mapping[str, str]
    records: Sequence[str]
    of: Sequence[str | None]
    truth: Mapping[str, tuple[float, float]]


def unrelated(texts: Iterable[str], most: int) -> list[str]:
    """The first texts, ``most`` at most, that are long enough and share next to nothing with those before them."""
    kept: list[str] = []
    seen: set[int] = set()
    for text in texts:
        words = re.findall(rb"\w+", text.lower().encode())
        if len(kept) == most or len(words) < LEAST_WORDS:
            continue
        hashes = {crc32(b" ".join(words[at : at + 8])) for at in range(len(words) - 7)}
        sample = {value for value in hashes if value % 16 == 0}
        if len(sample & seen) <= MOST_SHARED * len(sample):
            kept.append(text)
            seen |= sample
    return kept


def chunks_of(text: str, size: int) -> list[str]:
    """The text cut after every ``size`` words, as it is written."""
    starts = [match.start() for match in re.finditer(r"\S+", text)][::size]
    return [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]


def make_trial(texts: Sequence[str], size: int, seed: int) -> Trial:
    """Half of the texts are the collection; half of those are drawn from, in chunks of ``size`` words."""
    rng = random.Random(f"{seed}/{size}")
    shuffled = rng.sample(texts, len(texts))
    half, quarter = len(texts) // 2, len(texts) // 4
    collection = {f"book-{n:03}": text for n, text in enumerate(shuffled[:half])}
    records: list[tuple[str, str | None]] = [(c, None) for text in shuffled[half:] for c in chunks_of(text, size)]
    truth: dict[str, tuple[float, float]] = {}
    for n, title in enumerate(list(collection)[:quarter]):
        share = SHARES[(n + seed) % len(SHARES)]
        chunks = chunks_of(collection[title], size)
        kept = rng.sample(chunks, max(1, round(share * len(chunks))))
        truth[title] = share, sum(len(c.split()) for c in kept) / sum(len(c.split()) for c in chunks)
        records += [(chunk, title) for chunk in kept]
    rng.shuffle(records)
    return Trial(collection, [text for text, _ in records], [title for _, title in records], truth)


def install(folder: Path, texts: Mapping[str, str], scaled: int = 64) -> list[OpenRelease]:
    """A collection of the texts, titled by their keys; its release is ``folder / "release"``."""
    sources = folder / "texts"
    sources.mkdir()
    for title, text in texts.items():
        (sources / f"{title}.txt").write_text(text, "utf-8")
    facts = CollectionFacts(
        slug="trial", title="Trial", kind="books", status="pirated", as_of="2026-01-01", release="1"
    )
    build_release(facts, [sources], folder / "release", scaled=scaled)
    library = Library(folder / "home")
    library.install(folder / "release")
    return library.open()


def audit(folder: Path, records: Sequence[str], releases: Sequence[OpenRelease]) -> Report:
    """Audit a dataset of the records."""
    data = folder / "data.parquet"
    pq.write_table(pa.table({"text": pa.array(records, pa.large_string())}), data)
    return run_audit(open_subject([data], ReadOptions()), releases)
