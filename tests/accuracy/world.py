"""Builds, installs and audits what the accuracy tests make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from findspot.audit import Policy, run_audit
from findspot.dataset import ReadOptions, open_subject
from findspot.reference import CollectionFacts, Library, build_release
from findspot.sketch import sketch_column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from findspot.audit import Finding, Report


def install(
    home: Path, slug: str, texts: Mapping[str, str], status: str = "pirated", sensitivity: str = "normal"
) -> None:
    """Build a collection of one text a work, titled by its key, and install it."""
    folder = home.parent / f"{slug}.texts"
    folder.mkdir(parents=True)
    for title, text in texts.items():
        (folder / f"{title}.txt").write_text(text, "utf-8")
    facts = CollectionFacts(
        slug=slug, title=slug.title(), kind="books", status=status, as_of="2024-01-01", release="2024"
    )
    build_release(facts, [folder], home.parent / f"{slug}.release", sensitivity=sensitivity)
    Library(home).install(home.parent / f"{slug}.release")


def write_dataset(path: Path, records: Sequence[str]) -> Path:
    """A Parquet file of one text a record."""
    pq.write_table(pa.table({"text": pa.array(records, pa.large_string())}), path)
    return path


def audit(
    home: Path,
    dataset: Path,
    policy: Policy | None = None,
    *,
    jobs: int = 1,
    scaled: int | None = None,
    sensitivity: str | None = None,
) -> Report:
    """The report on a dataset, against everything that is installed."""
    options = ReadOptions(jobs=jobs, scaled=scaled, sensitivity=sensitivity)
    return run_audit(open_subject([dataset], options), Library(home).open(), policy)


def by_title(report: Report) -> dict[str, Finding]:
    """Findings by the title of their work; a title that is there twice is an error."""
    out: dict[str, Finding] = {}
    for finding in report.findings:
        title = finding.work.title or finding.work.id
        assert title not in out, f"two findings of {title}"
        out[title] = finding
    return out


def place_sampled(words: Sequence[str], length: int, hashes: int, first: int = 1_000) -> int:
    """First place from ``first`` where so many words hold at least so many sampled hashes."""
    places = range(first, min(first + 3_000, len(words) - length))
    texts = pa.array([" ".join(words[at : at + length]) for at in places], pa.large_string())
    offsets = sketch_column(texts).offsets
    return next(at for n, at in enumerate(places) if offsets[n + 1] - offsets[n] >= hashes)
