"""Sensitivity ``high`` on generated books: what a bad scan leaves is found, absent works are not, errors have names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from findspot.audit import Level
from findspot.dataset import ReadOptions, open_subject, write_manifest
from findspot.errors import SchemeError, UsageError
from findspot.reference import CollectionFacts, build_release

from .books import Language, text_of
from .world import audit, by_title, install, write_dataset

if TYPE_CHECKING:
    from pathlib import Path

    from findspot.audit import Report

_LETTERS = np.array(list("ceoailrnmtfsuvhbdg1l0"))


def scanned(text: str, rate: float, rng: np.random.Generator) -> str:
    """As a bad scanner reads it: characters are others, lost, or followed by a space."""
    drawn = rng.random(len(text)) / rate
    others = rng.choice(_LETTERS, len(text)).tolist()
    out = list(text)
    for at in np.flatnonzero(drawn < 1).tolist():
        out[at] = others[at] if drawn[at] < 0.6 else "" if drawn[at] < 0.8 else out[at] + " "
    return "".join(out)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three scanned books in a dataset among foreign ones; twelve books in a collection, three of them those."""
    folder = tmp_path_factory.mktemp("sensitivity")
    language = Language(31)
    there = {f"there {n}": language.book(9_000) for n in range(3)}
    absent = {f"absent {n}": language.book(9_000) for n in range(9)}
    install(
        folder / "home",
        "shadow",
        {title: text_of(book) for title, book in {**there, **absent}.items()},
        sensitivity="high",
    )
    records = [
        scanned(text_of(chunk), 0.05, language.rng) for book in there.values() for chunk in language.chunks(book, 512)
    ]
    for _ in range(6):
        records += [text_of(chunk) for chunk in language.chunks(language.book(20_000), 512)]
    write_dataset(folder / "scan.parquet", records)
    return folder / "home"


@pytest.fixture(scope="module")
def reports(home: Path) -> dict[str, Report]:
    """The report of each sensitivity."""
    return {name: audit(home, home.parent / "scan.parquet", sensitivity=name) for name in ("normal", "high")}


def test_high_finds_more_of_a_bad_scan_and_nothing_else(reports: dict[str, Report]) -> None:
    normal, high = by_title(reports["normal"]), by_title(reports["high"])
    assert sorted(high) == [f"there {n}" for n in range(3)]
    for title, finding in high.items():
        assert finding.level is Level.FOUND
        assert finding.coverage is not None
        assert finding.coverage_aligned is not None
        assert finding.coverage_aligned > 0.8
        assert finding.records.count >= 17  # of 18 chunks
        if title in normal:
            assert normal[title].records.count < finding.records.count
            other = normal[title].coverage
            assert other is not None
            assert other.estimate < finding.coverage.estimate
    assert sum(f.records.count for f in normal.values()) < sum(f.records.count for f in high.values())


@pytest.mark.parametrize("sensitivity", ["normal", "high"])
@pytest.mark.parametrize("size", [64, 32, 16])
def test_short_records_are_pooled(tmp_path: Path, sensitivity: str, size: int) -> None:
    """Records with one sampled hash or none: all of them together show the books that are there, and no others."""
    language = Language(37)
    there = {f"short {n}": language.book(30_000) for n in range(4)}
    absent = {f"absent {n}": language.book(10_000) for n in range(8)}
    texts = {title: text_of(book) for title, book in {**there, **absent}.items()}
    install(tmp_path / "home", "shadow", texts, sensitivity="high")
    records, truth = [], {}
    for n, (title, book) in enumerate(there.items()):
        kept = language.chunks(book, size, (1.0, 0.5)[n % 2])
        truth[title] = sum(map(len, kept)) / len(book)
        records += [text_of(chunk) for chunk in kept]
    records += [text_of(chunk) for chunk in language.chunks(language.book(100_000), size)]
    records = [records[at] for at in language.rng.permutation(len(records))]
    dataset = write_dataset(tmp_path / "short.parquet", records)
    findings = by_title(audit(tmp_path / "home", dataset, sensitivity=sensitivity))
    assert sorted(findings) == sorted(truth)
    for title, finding in findings.items():
        assert finding.level is Level.FOUND
        assert finding.coverage is not None
        assert finding.coverage.low <= truth[title] <= finding.coverage.high
        assert finding.coverage.estimate == pytest.approx(truth[title], abs=0.08)


def test_text_too_short_for_a_shingle_is_within_the_interval(tmp_path: Path) -> None:
    """A third of the words stands in records of five words, which hold no shingle of eight."""
    language = Language(41)
    book = language.book(40_000)
    install(tmp_path / "home", "shadow", {"book": text_of(book)})
    records = []
    for at in range(0, len(book), 15):
        records += [text_of(book[at : at + 10]), text_of(book[at + 10 : at + 15])]
    (finding,) = audit(tmp_path / "home", write_dataset(tmp_path / "d.parquet", records)).findings
    assert finding.coverage is not None
    assert finding.coverage.estimate < 0.8
    assert finding.coverage.high > 0.97


def test_the_report_says_which(reports: dict[str, Report]) -> None:
    normal, high = reports["normal"].method, reports["high"].method
    assert (normal.sensitivity, normal.k, normal.scaled) == ("normal", 8, 64)
    assert (high.sensitivity, high.k, high.scaled) == ("high", 5, 16)
    assert [m.detectors["text"]["drift_tokens"] for m in (normal, high)] == [32, 12]


def test_a_manifest_audits_to_the_same_findings(home: Path, reports: dict[str, Report], tmp_path: Path) -> None:
    made = tmp_path / "scan.manifest.parquet"
    info = write_manifest(open_subject([home.parent / "scan.parquet"], ReadOptions(sensitivity="high")), made)
    assert (info.header.k, info.header.scaled) == (5, 16)
    for asked in (None, "high"):
        report = audit(home, made, sensitivity=asked)
        assert report.findings == reports["high"].findings
        assert report.method == reports["high"].method
    with pytest.raises(SchemeError, match=r"scan\.parquet: its fingerprints are of sensitivity high, not normal"):
        audit(home, made, sensitivity="normal")


def test_a_release_without_it_is_refused_by_name(home: Path, tmp_path: Path) -> None:
    install(tmp_path / "home", "plain", {"a": text_of(Language(5).book(2_000))})
    with pytest.raises(SchemeError, match=r"plain@2024 has no fingerprints of sensitivity high") as caught:
        audit(tmp_path / "home", home.parent / "scan.parquet", sensitivity="high")
    assert "--sensitivity high" in (caught.value.advice or "")


def test_commons_and_lists_without_it_are_no_hindrance(home: Path, tmp_path: Path) -> None:
    install(tmp_path / "home", "free", {"a": text_of(Language(5).book(2_000))}, "commons")
    report = audit(tmp_path / "home", home.parent / "scan.parquet", sensitivity="high")
    assert not report.findings
    assert any("explain nothing here" in limit and "free@2024" in limit for limit in report.limits)


def test_an_unknown_sensitivity_is_refused(tmp_path: Path) -> None:
    path = write_dataset(tmp_path / "d.parquet", ["a"])
    with pytest.raises(UsageError, match="there is no sensitivity 'hihg'") as caught:
        open_subject([path], ReadOptions(sensitivity="hihg"))
    assert "normal and high" in (caught.value.advice or "")
    facts = CollectionFacts(slug="a", title="A", kind="books", status="pirated", as_of="2024", release="1")
    with pytest.raises(UsageError, match="there is no sensitivity 'hihg'"):
        build_release(facts, [tmp_path], tmp_path / "r", sensitivity="hihg")
