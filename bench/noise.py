"""What survives noise: recall and coverage under OCR errors, between editions and in short records, in both modes.

Six measurements, each for sensitivity ``normal`` and ``high`` side by side:

* ``noise``: a third of the books is in the collection and in the dataset, with the shares 1.0, 0.2 and 0.05, in chunks
  of 512 words, with synthetic errors in 0 to 5 % of the characters (six in ten are other characters, two are lost, two
  are followed by a space); a third is in the collection alone, a third in the dataset alone.
* ``short``: the same without errors, in records of 128, 64, 32 and 16 words, single sentences, and tweets of at most
  280 characters; and in records of 64 words with errors in 2 %.
* ``ocr``: real OCR against its ground truth: Goethe 1809 by two engines, page by page and in chunks of 512 words; and
  ICDAR 2019 snippets, each a work of its own and one record, by character error rate, which is counted here.
* ``editions``: the pairs of ``pairs.csv`` that are one work, one as the collection and the other as the dataset.
* ``languages``: half of the books of a language as the collection, the other half as the dataset: all findings are
  false.
* ``cost``: bytes of a release, of its index and of a manifest, and processor time, for the same books.

Printed: ``found`` and ``any``, the share of works reported as found and at any level; ``records``, the share of their
records that stand among the evidence; ``|error|`` and ``error`` of coverage against the share of the text that is
there, misread or not; ``aligned`` coverage; ``in 95 %``, how often the interval holds that share; ``false``, works
that are not there and are reported all the same.

``two lengths``: the share that an estimate from both shingle lengths gives. If errors were independent, shingles of k
words would survive with C_k = f (1 - e)^(4.3 k), and so f = C_5 (C_5 / C_8)^(5/3).

    python bench/noise.py [--quick] [--only noise,short,ocr,editions,languages,cost]
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from findspot.audit import findings, run_audit
from findspot.dataset import ReadOptions, open_subject, write_manifest
from findspot.reference import CollectionFacts, Library, build_release

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bench.noisy import character_errors, chunks_of, misread, sentences_of, shuffled, tweets_of
    from bench.texts import source, test_data

    from findspot.audit import Finding, Report
else:
    from noisy import character_errors, chunks_of, misread, sentences_of, shuffled, tweets_of
    from texts import source, test_data

MODES = ("normal", "high")
RATES = (0.0, 0.005, 0.01, 0.02, 0.05)
SHARES = (1.0, 0.2, 0.05)

findings.TOP_RECORDS = 1 << 30  # all records of the evidence, to be held against the truth


@dataclass
class Cell:
    """Results of one row of a table."""

    tried: int = 0
    found: int = 0
    reported: int = 0
    held: int = 0
    errors: list[float] = field(default_factory=list)
    aligned: list[float] = field(default_factory=list)
    records: int = 0
    met: int = 0  # of the records


@dataclass
class Table:
    """Rows by name and mode; and works reported that are not there."""

    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)
    absent: dict[str, int] = field(default_factory=dict)
    false: dict[str, list[str]] = field(default_factory=dict)
    pairs: dict[tuple[str, float, str], dict[str, tuple[float, float]]] = field(default_factory=dict)

    def cell(self, name: str, mode: str) -> Cell:
        """The row of a name."""
        return self.cells.setdefault((name, mode), Cell())

    def show(self, title: str) -> None:
        """Print, a row for each name and mode."""
        print(f"\n{title}")
        print(f"{'':<26} mode    works  found    any  records  |error|   error  aligned  in 95 %")
        for (name, mode), cell in self.cells.items():
            if not cell.tried:
                continue
            mean = (
                [fmean(map(abs, cell.errors)), fmean(cell.errors), fmean(cell.aligned)] if cell.errors else [np.nan] * 3
            )
            records = cell.met / cell.records if cell.records else np.nan
            print(
                f"{name:<26} {mode:<6} {cell.tried:>6}  {cell.found / cell.tried:.3f}  {cell.reported / cell.tried:.3f}"
                f"    {records:.3f}   {mean[0]:6.4f} {mean[1]:7.4f}   {mean[2]:6.3f}"
                f"   {cell.held / max(1, cell.reported):.3f}"
            )
        self.show_two_lengths()
        for mode, works in self.absent.items():
            levels = self.false.get(mode, [])
            print(f"false, {mode}: {len(levels)} of {works} works that are not there, {levels.count('found')} as found")

    def show_two_lengths(self) -> None:
        """Print what an estimate from two shingle lengths would be, beside those that reports have."""
        rows: dict[str, list[tuple[float, float, float]]] = {}
        for (name, share, _), modes in self.pairs.items():
            if len(modes) == len(MODES) and all(covered > 0 for covered, _ in modes.values()):
                (longer, _), (shorter, aligned) = (modes[mode] for mode in MODES)
                two = min(1.0, shorter * max(1.0, shorter / longer) ** (5 / 3))
                rows.setdefault(name, []).append((two - share, aligned - share, shorter - share))
        print(f"{'two lengths':<26} works  |two lengths|  |aligned, high|  |coverage, high|")
        for name, errors in rows.items():
            two, aligned, covered = (fmean(map(abs, column)) for column in zip(*errors, strict=True))
            print(f"{name:<26} {len(errors):>5}         {two:.4f}           {aligned:.4f}            {covered:.4f}")


class Bench:
    """A collection of texts that is built once, for both modes, and audited against many times."""

    def __init__(self, folder: Path, texts: Mapping[str, str], sensitivity: str = "high") -> None:
        sources = folder / "texts"
        sources.mkdir()
        for title, text in texts.items():
            (sources / f"{title}.txt").write_text(text, "utf-8")
        facts = CollectionFacts(slug="t", title="T", kind="books", status="pirated", as_of="2026", release="1")
        build_release(facts, [sources], folder / "release", sensitivity=sensitivity)
        library = Library(folder / "home")
        library.install(folder / "release")
        self._data = folder / "data.parquet"
        self.releases = library.open()

    def audit(self, records: Sequence[str], mode: str) -> Report:
        """The report on some records; their ids are their numbers."""
        ids = [str(n) for n in range(len(records))]
        pq.write_table(pa.table({"id": ids, "text": pa.array(records, pa.large_string())}), self._data)
        return run_audit(open_subject([self._data], ReadOptions(sensitivity=mode)), self.releases)

    def fingerprint(self, mode: str) -> int:
        """Bytes of the manifest of the last dataset."""
        subject = open_subject([self._data], ReadOptions(sensitivity=mode))
        return write_manifest(subject, self._data.with_name("data.manifest.parquet")).bytes


@dataclass(frozen=True)
class Truth:
    """What is there of one work."""

    row: str  # of the table
    share: float
    records: frozenset[str]


def judge(report: Report, truth: Mapping[str, Truth], absent: int, mode: str, table: Table) -> None:
    """Add a report to a table."""
    reported = {str(f.work.title): f for f in report.findings if f.status == "open"}
    for title, there in truth.items():
        cell = table.cell(there.row, mode)
        cell.tried += 1
        cell.records += len(there.records)
        if title in reported:
            finding = reported[title]
            add(cell, finding, there)
            if finding.coverage is not None and finding.coverage_aligned is not None:
                both = table.pairs.setdefault((there.row, there.share, title), {})
                both[mode] = finding.coverage.estimate, finding.coverage_aligned
    table.absent[mode] = table.absent.get(mode, 0) + absent
    table.false.setdefault(mode, []).extend(str(f.level) for t, f in reported.items() if t not in truth)


def add(cell: Cell, finding: Finding, there: Truth) -> None:
    """Add a finding of a work that is there."""
    if finding.coverage is None or finding.coverage_aligned is None:
        return
    cell.reported += 1
    cell.found += finding.level == "found"
    cell.met += sum(record.record_id in there.records for record in finding.records.top)
    cell.errors.append(finding.coverage.estimate - there.share)
    cell.aligned.append(finding.coverage_aligned)
    cell.held += finding.coverage.low <= there.share <= finding.coverage.high


def mixed(
    texts: Sequence[str], cut: Callable[[str], list[str]], rate: float, seed: int
) -> tuple[list[str], dict[str, tuple[float, float, frozenset[str]]]]:
    """Records of a dataset; and of each work that is there the nominal share, the true one and its records."""
    rng = random.Random(f"{seed} {rate}")
    third = len(texts) // 3
    pieces: list[tuple[str | None, str]] = [(None, piece) for text in texts[2 * third :] for piece in cut(text)]
    shares = {}
    for n, text in enumerate(texts[:third]):
        whole = cut(text)
        share = SHARES[(n + seed) % len(SHARES)]
        kept = rng.sample(whole, max(1, round(share * len(whole))))
        shares[f"book-{n:03}"] = share, sum(map(len, kept)) / sum(map(len, whole))
        pieces += [(f"book-{n:03}", misread(piece, rate, rng)) for piece in kept]
    rng.shuffle(pieces)
    mine: dict[str, list[str]] = {}
    for n, (title, _) in enumerate(pieces):
        mine.setdefault(str(title), []).append(str(n))
    truth = {title: (*share, frozenset(mine[title])) for title, share in shares.items()}
    return [piece for _, piece in pieces], truth


def measure_mixed(
    texts: Sequence[str], kinds: Mapping[str, tuple[Callable[[str], list[str]], float]], seeds: int, table: Table
) -> None:
    """Datasets of several kinds, each a way to cut and a rate of errors, against one collection."""
    third = len(texts) // 3
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), {f"book-{n:03}": text for n, text in enumerate(texts[: 2 * third])})
        for name, (cut, rate) in kinds.items():
            for share in SHARES:
                for mode in MODES:
                    table.cell(f"{name}, share {share:g}", mode)
            for seed in range(seeds):
                records, there = mixed(texts, cut, rate, seed)
                truth = {t: Truth(f"{name}, share {s:g}", exact, mine) for t, (s, exact, mine) in there.items()}
                for mode in MODES:
                    judge(bench.audit(records, mode), truth, third, mode, table)


def noise(quick: bool) -> None:
    """Synthetic errors in chunks of 512 words."""
    texts = shuffled("en", 36 if quick else 72, 20_000)
    table = Table()
    kinds = {f"{rate:.1%} errors": (lambda text: chunks_of(text, 512), rate) for rate in RATES}
    measure_mixed(texts, kinds, 1 if quick else 3, table)
    table.show(f"noise: chunks of 512 words, {len(texts)} books")


def short(quick: bool) -> None:
    """Short records without errors."""
    texts = shuffled("en", 36 if quick else 72, 20_000)
    table = Table()
    kinds: dict[str, tuple[Callable[[str], list[str]], float]] = {
        f"{size} words": (lambda text, size=size: chunks_of(text, size), 0.0)  # type: ignore[misc]
        for size in (128, 64, 32, 16)
    }
    kinds |= {
        "sentences": (sentences_of, 0.0),
        "tweets": (tweets_of, 0.0),
        "64 words, 2 %": (kinds["64 words"][0], 0.02),
    }
    measure_mixed(texts, kinds, 1 if quick else 3, table)
    table.show(f"short: {len(texts)} books")


def ocr(quick: bool) -> None:
    """Real OCR against ground truth."""
    folder = test_data()
    if folder is None:
        print("\nocr: FINDSPOT_TEST_DATA names no folder of real texts")
        return
    table = Table()
    goethe(folder / "ocr/cisocr", shuffled("de", 20, 20_000), table)
    snippets(sorted((folder / "ocr/icdar2019").glob("*.jsonl"))[:: 3 if quick else 1], table)
    table.show("ocr: real OCR against ground truth")


def goethe(folder: Path, others: Sequence[str], table: Table) -> None:
    """One book by two engines, among others that are not there."""
    rows = [json.loads(line) for path in folder.glob("*.pages.jsonl") for line in path.read_text("utf-8").splitlines()]
    texts = {f"other-{n:03}": text for n, text in enumerate(others)}
    with tempfile.TemporaryDirectory() as temporary:
        bench = Bench(Path(temporary), {"goethe": "\n".join(row["gt"] for row in rows), **texts})
        for engine in ("gt", "abbyy", "tesseract"):
            wrong = sum(character_errors(row["gt"], row[engine]) for row in rows)
            rate = wrong / sum(len(row["gt"]) for row in rows)
            pages = [row[engine] for row in rows]
            for kind, records in (("pages", pages), ("512 words", chunks_of("\n".join(pages), 512))):
                there = Truth(f"{engine} ({rate:.1%}), {kind}", 1.0, frozenset(map(str, range(len(records)))))
                for mode in MODES:
                    judge(bench.audit(records, mode), {"goethe": there}, len(others), mode, table)


def snippets(paths: Sequence[Path], table: Table) -> None:
    """Snippets, each a work of its own and one record."""
    rows = [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines()]
    rows = [row for row in rows if len(row["gs"].split()) >= 40]
    bins = ((0.01, "< 1 %"), (0.02, "1-2 %"), (0.05, "2-5 %"), (0.1, "5-10 %"), (0.2, "10-20 %"), (9.0, "> 20 %"))
    rates = [character_errors(row["gs"], row["ocr"]) / len(row["gs"]) for row in rows]
    names = [next(name for most, name in bins if rate < most) for rate in rates]
    with tempfile.TemporaryDirectory() as temporary:
        bench = Bench(Path(temporary), {f"snippet-{n:04}": row["gs"] for n, row in enumerate(rows)})
        truth = {
            f"snippet-{n:04}": Truth(f"snippets {names[n]}", 1.0, frozenset([str(n)]))
            for n in sorted(range(len(rows)), key=lambda n: rates[n])
        }
        for mode in MODES:
            judge(bench.audit([row["ocr"] for row in rows], mode), truth, 0, mode, table)


def editions(quick: bool) -> None:
    """Pairs of editions."""
    folder = test_data()
    if folder is None:
        print("\neditions: FINDSPOT_TEST_DATA names no folder of real texts")
        return
    with (folder / "pairs.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["a"].startswith("editions/")]
    table = Table()
    for row in sorted(rows, key=lambda row: float(row["b_in_a"]))[:: 4 if quick else 1]:
        language = "ja" if row["shingle"] == "char5" else "en"
        there = float(row["b_in_a"])  # share of the work's 5-token shingles
        name = f"{language} {next(t for t in (0.8, 0.9, 0.95, 0.98, 1.0) if there <= t):g}"
        text = {side: (folder / row[side]).read_text("utf-8", errors="replace") for side in ("a", "b")}
        records = chunks_of(text["a"], 512, language)
        with tempfile.TemporaryDirectory() as temporary:
            bench = Bench(Path(temporary), {"work": text["b"]})
            truth = {"work": Truth(f"containment <= {name}", there, frozenset(map(str, range(len(records)))))}
            for mode in MODES:
                judge(bench.audit(records, mode), truth, 0, mode, table)
    table.show("editions: one as the collection, the other in chunks of 512 words; truth: 5-token containment")


def languages(quick: bool) -> None:
    """Books that are not there."""
    print("\nlanguages: half of the books as the collection, the other half in chunks of 512 words as the dataset")
    for language in ("en", "fr", "de", "es", "ru", "ja", "zh"):
        texts = shuffled(language, 40 if quick else 200, 2_000)
        table = Table()
        for seed in range(1 if quick else 4):
            order = random.Random(seed).sample(texts, len(texts))
            half = len(order) // 2
            with tempfile.TemporaryDirectory() as folder:
                bench = Bench(Path(folder), {f"book-{n:03}": text for n, text in enumerate(order[:half])})
                records = [piece for text in order[half:] for piece in chunks_of(text, 512, language)]
                for mode in MODES:
                    judge(bench.audit(records, mode), {}, half, mode, table)
        for mode in MODES:
            levels = {level: table.false[mode].count(level) for level in sorted(set(table.false[mode]))}
            print(f"{language} {mode:<6} {table.absent[mode]:>4} works, {len(texts)} books; false: {levels or 'none'}")


def cost(quick: bool) -> None:
    """Bytes and time."""
    texts = shuffled("en", 12 if quick else 48, 20_000)
    half = len(texts) // 2
    words = [len(text.split()) for text in texts]
    records = [piece for text in texts for piece in chunks_of(text, 512)]
    print(f"\ncost: {half} books of {fmean(words[:half]):,.0f} words as the collection; {len(texts)} as the dataset")
    print("mode    build s  release, B a work  index, B a work  fingerprint s  manifest, B a word  audit s")
    for mode in MODES:
        with tempfile.TemporaryDirectory() as folder:
            start = time.process_time()
            bench = Bench(Path(folder), {f"book-{n:03}": text for n, text in enumerate(texts[:half])}, mode)
            built = time.process_time()
            bench.audit(records, mode)  # loads what the timed ones need
            begun = time.process_time()
            written = bench.fingerprint(mode)
            made = time.process_time()
            bench.audit(records, mode)
            audited = time.process_time()
            (index,) = Path(folder).glob("home/releases/*/index.arrow")
            release = sum(path.stat().st_size for path in Path(folder, "release").iterdir())
            print(
                f"{mode:<6} {built - start:>8.2f} {release / half:>18,.0f} {index.stat().st_size / half:>16,.0f}"
                f" {made - begun:>14.2f} {written / sum(words):>19.3f} {audited - made:>8.2f}"
            )


MEASUREMENTS = {each.__name__: each for each in (noise, short, ocr, editions, languages, cost)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer books, one seed")
    parser.add_argument("--only", default=",".join(MEASUREMENTS), help="some of them")
    options = parser.parse_args()
    print(source())
    for name in options.only.split(","):
        MEASUREMENTS[name](options.quick)


if __name__ == "__main__":
    main()
