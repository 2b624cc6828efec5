"""The real pipeline in a folder of its own: build a release, install it, read a dataset, audit it."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from findspot.audit import run_audit
from findspot.dataset import ReadOptions, open_subject
from findspot.reference import CollectionFacts, Library, build_release
from findspot.sketch import HIGH, NORMAL, OWN_RECIPE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from findspot.audit import Report

SLUG = "labelled"


@dataclass(frozen=True)
class Settings:
    """What is measured: at each of these sensitivities, at this sampling or else the one of each."""

    sensitivities: tuple[str, ...] = (NORMAL.name, HIGH.name)
    scaled: int | None = None
    jobs: int = 1


class World:
    """One collection, installed in a folder, and the datasets that are held against it.

    ``scaled`` is the sampling at which audits of each sensitivity met the collection.
    """

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.settings = settings
        self.scaled: dict[str, int] = {}

    def collect(self, works: Mapping[str, str], *, signed: bool = False) -> None:
        """Build and install a collection of texts, each titled by its key; one that was there is replaced.

        With ``signed`` it carries signatures of the works as well.
        """
        sources = self.folder / "texts"
        shutil.rmtree(sources, ignore_errors=True)
        sources.mkdir(parents=True)
        for title, text in works.items():
            (sources / f"{title}.txt").write_text(text, encoding="utf-8")
        self._install([sources], signed=signed)
        shutil.rmtree(sources)

    def collect_list(self, rows: Iterable[Mapping[str, str]]) -> None:
        """Build and install a collection from a list, one work a row."""
        path = self.folder / "list.csv"
        kept = list(rows)
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, fieldnames=list(kept[0]))
            writer.writeheader()
            writer.writerows(kept)
        self._install([path])

    def _install(self, sources: list[Path], *, signed: bool = False) -> None:
        facts = CollectionFacts(
            slug=SLUG, title="Labelled works", kind="books", status="pirated", as_of="2000", release="1"
        )
        release = self.folder / "release"
        build_release(
            facts,
            sources,
            release,
            scaled=self.settings.scaled or NORMAL.scaled,
            sensitivity=HIGH.name if HIGH.name in self.settings.sensitivities else NORMAL.name,
            signatures=(OWN_RECIPE,) if signed else (),
            jobs=self.settings.jobs,
        )
        Library(self.folder / "home").install(release)

    def audit(self, records: Iterable[str], *, signed: bool = False) -> list[Report]:
        """Reports on a dataset of texts, one a record: one at each sensitivity; with ``signed`` by signature too."""
        path = self.folder / "data.parquet"
        pq.write_table(pa.table({"text": pa.array(records, pa.large_string())}), path, compression="none")
        return self._audit(path, signed=signed)

    def audit_facts(self, rows: Iterable[Mapping[str, str]]) -> list[Report]:
        """The reports on a dataset of records that state identifiers and have no text."""
        path = self.folder / "facts.jsonl"
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        return self._audit(path)

    def _audit(self, path: Path, *, signed: bool = False) -> list[Report]:
        options = ReadOptions(jobs=self.settings.jobs, scaled=self.settings.scaled, name="labelled", signatures=signed)
        return [self._audit_at(replace(options, sensitivity=name), path) for name in self.settings.sensitivities]

    def _audit_at(self, options: ReadOptions, path: Path) -> Report:
        report = run_audit(open_subject([path], options), Library(self.folder / "home").open())
        self.scaled[report.method.sensitivity] = report.method.scaled
        return report
