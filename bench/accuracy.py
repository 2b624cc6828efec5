"""How right an audit is: books that are there found, books that are not there not, and how near the coverage is.

Every trial is a dataset of one chunk size (64 to 2,048 words), made from a seed. Half of the books are a collection.
Half of those are in the dataset, each with one of the shares 0.05, 0.1, 0.2, 0.5 and 1.0: cut into chunks, of which so
many are drawn. The chunks of all the books outside the collection are added, and all is shuffled. The truth of a book
is the share of its words that was drawn.

Printed for each chunk size and share: books tried; recall, the share of them reported as ``found``, and at any level;
the mean error of coverage, absolute and signed; that of the plain count beside it (hashes matched / sampled, with the
edges of chunks corrected); how often the 95 % interval holds the truth. Coverage is judged where the book is reported.
False works are books of the collection that are not in the dataset and have an open finding.

Among real books are editions of the same work, and licences that many files share. A book takes part if at most 1 % of
its 8-word shingles, counted here and not by the engine, stand in the books before it.

    python bench/accuracy.py [--quick]
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING
from zlib import crc32

import pyarrow as pa
import pyarrow.parquet as pq

from findspot.audit import run_audit
from findspot.dataset import ReadOptions, open_subject
from findspot.reference import CollectionFacts, Library, build_release
from findspot.text import K

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bench.texts import books, source

    from findspot.audit import Report
else:
    from texts import books, source

CHUNKS = (64, 128, 256, 512, 1024, 2048)
SHARES = (0.05, 0.1, 0.2, 0.5, 1.0)
LEAST_WORDS = 20_000  # of a book that takes part
MOST_SHARED = 0.01  # of its shingles with the books before it


@dataclass
class Cell:
    """Results of one chunk size and share."""

    tried: int = 0
    found: int = 0
    reported: int = 0
    held: int = 0
    errors: list[float] = field(default_factory=list)
    plain: list[float] = field(default_factory=list)  # of the plain count, matched / sampled, edges of chunks corrected


@dataclass
class Results:
    """Results of all trials."""

    cells: dict[tuple[int, float], Cell] = field(default_factory=dict)
    absent: dict[int, int] = field(default_factory=dict)  # chunk size -> books that were not there
    false: dict[str, int] = field(default_factory=dict)  # level -> books reported all the same


def install(folder: Path, texts: Mapping[str, str]) -> Library:
    """A collection of the texts, titled by their keys."""
    sources = folder / "texts"
    sources.mkdir()
    for title, text in texts.items():
        (sources / f"{title}.txt").write_text(text, "utf-8")
    facts = CollectionFacts(
        slug="trial", title="Trial", kind="books", status="pirated", as_of="2026-01-01", release="1"
    )
    build_release(facts, [sources], folder / "release")
    library = Library(folder / "home")
    library.install(folder / "release")
    return library


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


def drawn(rng: random.Random, chunks: list[str], share: float) -> tuple[list[str], float]:
    """Some of the chunks, and the share of the words that they are."""
    kept = rng.sample(chunks, max(1, round(share * len(chunks))))
    return kept, sum(len(c.split()) for c in kept) / sum(len(c.split()) for c in chunks)


def trial(folder: Path, texts: list[str], size: int, seed: int, results: Results) -> None:
    """One dataset against one collection."""
    rng = random.Random(f"{seed}/{size}")
    shuffled = rng.sample(texts, len(texts))
    half, quarter = len(texts) // 2, len(texts) // 4
    collection = {f"book-{n:03}": text for n, text in enumerate(shuffled[:half])}
    records = [chunk for text in shuffled[half:] for chunk in chunks_of(text, size)]
    truth: dict[str, tuple[float, float]] = {}
    for n, title in enumerate(list(collection)[:quarter]):
        share = SHARES[(n + seed) % len(SHARES)]
        kept, exact = drawn(rng, chunks_of(collection[title], size), share)
        truth[title] = (share, exact)
        records += kept
    rng.shuffle(records)
    data = folder / "data.parquet"
    pq.write_table(pa.table({"text": pa.array(records, pa.large_string())}), data)
    report = run_audit(open_subject([data], ReadOptions()), install(folder, collection).open())
    results.absent[size] = results.absent.get(size, 0) + half - quarter
    judge(report, truth, size, results)


def judge(report: Report, truth: Mapping[str, tuple[float, float]], size: int, results: Results) -> None:
    """Add a report to the results."""
    findings = {str(f.work.title): f for f in report.findings if f.status == "open"}
    for title, (share, exact) in truth.items():
        cell = results.cells.setdefault((size, share), Cell())
        cell.tried += 1
        finding = findings.get(title)
        if finding is None or finding.coverage is None:
            continue
        cell.reported += 1
        cell.found += finding.level == "found"
        cell.held += finding.coverage.low <= exact <= finding.coverage.high
        cell.errors.append(finding.coverage.estimate - exact)
        counted = finding.matched / finding.sampled * size / (size - K + 1)
        cell.plain.append(min(1.0, counted) - exact)
    for title, finding in findings.items():
        if title not in truth:
            level = str(finding.level)
            results.false[level] = results.false.get(level, 0) + 1


def line(name: str, share: str, cells: Iterable[Cell]) -> str:
    """One row of the table."""
    chosen = list(cells)
    tried, reported = sum(c.tried for c in chosen), sum(c.reported for c in chosen)
    errors = [error for c in chosen for error in c.errors] or [float("nan")]
    plain = fmean(abs(error) for c in chosen for error in c.plain) if reported else float("nan")
    held = sum(c.held for c in chosen) / reported if reported else float("nan")
    figures = (
        sum(c.found for c in chosen) / tried,
        reported / tried,
        fmean(map(abs, errors)),
        fmean(errors),
        plain,
        held,
    )
    return f"{name:>7} {share:>6} {tried:>6} " + " ".join(f"{value:>9.4f}" for value in figures)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="24 books, two seeds")
    quick = parser.parse_args().quick
    english = books("en", 40_000_000)
    texts = unrelated(random.Random(1).sample(english, len(english)), 24 if quick else 64)
    seeds = range(2 if quick else 12)
    results = Results()
    for size in CHUNKS:
        for seed in seeds:
            with tempfile.TemporaryDirectory() as folder:
                trial(Path(folder), texts, size, seed, results)
    words = sum(len(text.split()) for text in texts)
    print(f"{source()}; {len(texts)} books, {words / 1e6:.1f} M words, {len(seeds)} seeds, scaled 64")
    print("  chunk  share  books     found  reported   |error|     error |plain|    in 95 %")
    for (size, share), cell in sorted(results.cells.items()):
        print(line(str(size), f"{share:g}", [cell]))
    for size in CHUNKS:
        print(line(str(size), "all", [c for (s, _), c in results.cells.items() if s == size]))
    print(line("all", "all", results.cells.values()))
    print(
        f"books that were not there: {sum(results.absent.values()):,}; reported all the same:", results.false or "none"
    )


if __name__ == "__main__":
    main()
