"""How right an audit is: books that are there found, books that are not there not, and how near the coverage is.

Every trial is a dataset of one chunk size (64 to 2,048 words), made from a seed. Half of the books are a collection.
Half of those are in the dataset, each with one of the shares 0.05, 0.1, 0.2, 0.5 and 1.0: cut into chunks, of which so
many are drawn. The chunks of all the books outside the collection are added, and all is shuffled. The truth of a book
is the share of its words that was drawn. Parts:

1. Beside others: recall by chunk size, works reported that are not there, precision, mean absolute error of coverage
   and bytes for each work, of our audit and of datasketch's indexes (``bench/finders.py`` says how they are asked), on
   the first seeds. Our bytes are those of the release on disk and, second, of the index that is searched.
2. Our audit by chunk size and share: books tried; recall, the share of them reported as ``found``, and at any level;
   the mean error of coverage, absolute and signed; that of the plain count (hashes matched / sampled, with the edges of
   chunks corrected); how often the 95 % interval holds the truth. Coverage is judged where the book is reported.
3. Chunks of 384 words of books of a collection, one record each (``bench/chunk_recall.py``).
4. Works that are not there, in 10,000 pairs (``bench/false_works.py``).

Among real books are editions of the same work, and licences that many files share. In parts 1 to 3 a book takes part if
at most 1 % of its 8-word shingles, counted here and not by the engine, stand in the books before it. Part 4 has all.

    python bench/accuracy.py [--quick | --smoke]
"""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from findspot.text import K

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bench.chunk_recall import chunk_recall
    from bench.clock import effort, markdown
    from bench.false_works import false_works
    from bench.finders import coverages, finders, sign
    from bench.texts import books, source
    from bench.trials import CHUNKS, Trial, audit, install, make_trial, unrelated

    from findspot.audit import Report
else:
    from chunk_recall import chunk_recall
    from clock import effort, markdown
    from false_works import false_works
    from finders import coverages, finders, sign
    from texts import books, source
    from trials import CHUNKS, audit, install, make_trial, unrelated

OURS = "Findspot"
NAN = float("nan")


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
class Method:
    """Results of one way to find works, over all trials that it took part in."""

    present: dict[int, int] = field(default_factory=dict)  # chunk size -> books that were there
    found: dict[int, int] = field(default_factory=dict)  # of those, reported
    absent: int = 0
    false: int = 0
    errors: list[float] = field(default_factory=list)
    n_bytes: list[str] = field(default_factory=list)

    def judge(self, size: int, reported: Mapping[str, float], trial: Trial) -> None:
        """Add the works that were reported, with their coverage."""
        there = trial.truth.keys() & reported.keys()
        self.present[size] = self.present.get(size, 0) + len(trial.truth)
        self.found[size] = self.found.get(size, 0) + len(there)
        self.absent += len(trial.collection) - len(trial.truth)
        self.false += len(reported.keys() - trial.truth.keys())
        self.errors += [abs(reported[title] - trial.truth[title][1]) for title in there]

    def row(self, name: str) -> list[str]:
        """Of the table."""
        found = sum(self.found.values())
        precision = found / (found + self.false) if found + self.false else NAN
        shown = [
            f"{found / sum(self.present.values()):.3f}",
            *(f"{self.found[size] / self.present[size]:.2f}" for size in CHUNKS),
            f"{self.false} of {self.absent:,}",
            f"{precision:.3f}",
            f"{fmean(self.errors):.4f}" if self.errors else "",
        ]
        return [name, *(cell.replace("nan", "") for cell in shown), self.n_bytes[-1]]


@dataclass
class Results:
    """Results of all trials."""

    cells: dict[tuple[int, float], Cell] = field(default_factory=dict)
    absent: int = 0  # books that were not there
    false: dict[str, int] = field(default_factory=dict)  # level -> books reported all the same
    methods: dict[str, Method] = field(default_factory=dict)


def size_of(folder: Path, names: Iterable[str]) -> int:
    """Bytes of files."""
    return sum(path.stat().st_size for name in names for path in folder.rglob(name))


def run(folder: Path, trial: Trial, size: int, results: Results, beside: bool) -> None:
    """One dataset against one collection, by our audit and perhaps by the others."""
    report = audit(folder, trial.records, install(folder, trial.collection))
    judge(report, trial, size, results)
    if not beside:
        return
    works = len(trial.collection)
    reported = {
        str(finding.work.title): finding.coverage.estimate
        for finding in report.findings
        if finding.status == "open" and finding.coverage is not None
    }
    ours = results.methods.setdefault(OURS, Method())
    ours.judge(size, reported, trial)
    sizes = size_of(folder / "release", ["*"]), size_of(folder / "home", ["index.arrow"])
    ours.n_bytes.append(", ".join(f"{n_bytes / works:,.0f}" for n_bytes in sizes))
    texts, titles = list(trial.collection.values()), list(trial.collection)
    signed, records = sign(texts), sign(trial.records)
    for finder in finders(texts):
        own = [title is not None for title in trial.of]
        found = coverages(finder, signed, records, own)
        method = results.methods.setdefault(finder.name, Method())
        method.judge(size, {titles[n]: share for n, share in found.items()}, trial)
        method.n_bytes.append(f"{finder.n_bytes / works:,.0f}")


def judge(report: Report, trial: Trial, size: int, results: Results) -> None:
    """Add a report of ours to the results of part 2."""
    results.absent += len(trial.collection) - len(trial.truth)
    findings = {str(f.work.title): f for f in report.findings if f.status == "open"}
    for title, (share, exact) in trial.truth.items():
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
        if title not in trial.truth:
            level = str(finding.level)
            results.false[level] = results.false.get(level, 0) + 1


def line(name: str, share: str, cells: Iterable[Cell]) -> list[str]:
    """One row of part 2."""
    chosen = list(cells)
    tried, reported = sum(c.tried for c in chosen), sum(c.reported for c in chosen)
    figures = [sum(c.found for c in chosen) / tried, reported / tried]
    if reported:
        errors = [error for c in chosen for error in c.errors]
        plain = fmean(abs(error) for c in chosen for error in c.plain)
        figures += [fmean(map(abs, errors)), fmean(errors), plain, sum(c.held for c in chosen) / reported]
    shown = [f"{value:.4f}" for value in figures]
    return [name, share, str(tried), *shown, *[""] * (6 - len(shown))]


def trials(texts: Sequence[str], seeds: int, beside: int) -> Results:
    """All chunk sizes and seeds."""
    results = Results()
    for size in CHUNKS:
        for seed in range(seeds):
            with tempfile.TemporaryDirectory() as folder:
                run(Path(folder), make_trial(texts, size, seed), size, results, beside=seed < beside)
    return results


def show(results: Results, beside: int) -> None:
    """Parts 1 and 2."""
    print(f"\n## Works found, beside datasketch: {beside} seeds\n")
    header = ("method", "recall", *(f"{size:,} words" for size in CHUNKS), "false works", "precision")
    rows = [method.row(name) for name, method in results.methods.items()]
    print(markdown((*header, "error of coverage", "bytes a work"), rows))
    print("\n## Our audit, by words of a chunk and share of the book\n")
    rows = [line(f"{size:,}", f"{share:g}", [cell]) for (size, share), cell in sorted(results.cells.items())]
    rows += [line(f"{size:,}", "all", [c for (s, _), c in results.cells.items() if s == size]) for size in CHUNKS]
    rows.append(line("all", "all", results.cells.values()))
    names = ("chunk", "share", "books", "found", "reported", "error", "signed", "plain count", "truth in 95 %")
    print(markdown(names, rows, 0))
    print(f"\nbooks that were not there: {results.absent:,}; reported all the same:", results.false or "none")


def main() -> None:
    """Measure and print."""
    asked = effort(__doc__)
    n_bytes, most, seeds, beside, chunks, pairs = {
        "full": (40_000_000, 64, 12, 3, 2_000, 10_000),
        "quick": (20_000_000, 24, 2, 1, 400, 500),
        "smoke": (6_000_000, 4, 1, 1, 20, 10),
    }[asked]
    english = books("en", n_bytes)
    texts = unrelated(random.Random(1).sample(english, len(english)), most)
    words = sum(len(text.split()) for text in texts)
    print(f"{source()}; {len(texts)} books, {words / 1e6:.1f} M words, {seeds} seeds, scaled 64")
    show(trials(texts, seeds, beside), beside)
    chunk_recall(texts, chunks)
    false_works(pairs, 200_000 if asked == "smoke" else None)


if __name__ == "__main__":
    main()
