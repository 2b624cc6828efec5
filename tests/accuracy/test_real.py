"""Real books: half of the English novels as a collection, nine editions of one novel, quotations; with their table."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from findspot.audit import Level, Outcome, Policy, Tier

from .world import audit, by_title, install, place_sampled, write_dataset

if TYPE_CHECKING:
    from pathlib import Path

    from findspot.audit import Finding, Report

pytestmark = pytest.mark.data

SHARES = (1.0, 0.5, 0.2, 0.05)
CHUNK = 512


def read_folder(folder: Path) -> dict[str, str]:
    """Texts by title, as a collection that is built of them titles them."""
    return {
        " ".join(path.stem.replace("_", " ").split()): path.read_text("utf-8-sig")
        for path in sorted(folder.glob("*.txt"))
    }


def chunks(text: str, size: int = CHUNK) -> list[str]:
    words = text.split()
    return [" ".join(words[at : at + size]) for at in range(0, len(words), size)]


@pytest.fixture(scope="module")
def novels(test_data: Path) -> dict[str, str]:
    texts = read_folder(test_data / "books" / "en-100novels")
    assert len(texts) >= 20
    return texts


@dataclass
class Audited:
    """A report on chunks of novels, and the share of each novel that is there."""

    report: Report
    findings: dict[str, Finding]
    truth: dict[str, float]


@pytest.fixture(scope="module", params=[1, 2])
def audited(
    request: pytest.FixtureRequest, novels: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Audited:
    """Half of the novels are the collection; most of them are there in part, and all of the other half."""
    folder = tmp_path_factory.mktemp("novels")
    rng = random.Random(request.param)
    titles = sorted(novels)
    rng.shuffle(titles)
    held, others = titles[::2], titles[1::2]
    install(folder / "home", "shadow", {title: novels[title] for title in held})
    truth, records = {}, []
    for n, title in enumerate(held[:-4]):  # four are absent
        cut = chunks(novels[title])
        kept = rng.sample(cut, max(1, round(SHARES[n % 4] * len(cut))))
        truth[title] = sum(len(c.split()) for c in kept) / len(novels[title].split())
        records += kept
    for title in others:
        records += chunks(novels[title])
    rng.shuffle(records)
    report = audit(folder / "home", write_dataset(folder / "train.parquet", records), jobs=2)
    return Audited(report, by_title(report), truth)


def test_every_novel_is_found_with_its_coverage(audited: Audited) -> None:
    print(f"\n{'novel':32} {'truth':>6} {'measured':>8}  {'interval':15} {'aligned':>7}  level")  # noqa: T201 - pytest -s
    for title, share in sorted(audited.truth.items(), key=lambda item: -item[1]):
        f = audited.findings.get(title)
        if f and f.coverage:
            c = f.coverage
            interval = f"{c.low:.3f} - {c.high:.3f}"
            print(f"{title:32} {share:6.3f} {c.estimate:8.3f}  {interval:15} {f.coverage_aligned:7.3f}  {f.level}")  # noqa: T201
    assert sorted(audited.findings) == sorted(audited.truth)  # none that is absent
    for title, share in audited.truth.items():
        finding = audited.findings[title]
        assert (finding.status, finding.level) == ("open", Level.FOUND), title
        assert finding.coverage is not None
        assert finding.coverage.estimate == pytest.approx(share, abs=0.03), title
        assert (finding.tier is Tier.T2) == (share > 0.9), title


def test_intervals_hold_the_truth(audited: Audited) -> None:
    held = 0
    for title, share in audited.truth.items():
        coverage = audited.findings[title].coverage
        assert coverage is not None
        held += coverage.low <= share <= coverage.high
    assert held >= 0.9 * len(audited.truth)


EDITIONS = 9


@pytest.fixture(scope="module")
def editions(test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Nine editions of one novel as one collection."""
    folder = tmp_path_factory.mktemp("editions")
    texts = read_folder(test_data / "editions" / "pride-and-prejudice")
    assert len(texts) == EDITIONS
    install(folder / "home", "shadow", texts)
    return folder, texts


@pytest.mark.parametrize("number", range(EDITIONS))
def test_of_nine_editions_the_one_that_is_there_is_open(editions: tuple[Path, dict[str, str]], number: int) -> None:
    folder, texts = editions
    title = sorted(texts)[number]
    report = audit(folder / "home", write_dataset(folder / f"{number}.parquet", chunks(texts[title])), jobs=2)
    findings = by_title(report)
    assert len(findings) == EDITIONS
    (still_open,) = (t for t, f in findings.items() if f.status == "open")
    there = shingles(texts[title])  # of two files that differ in a date, either may be open
    assert len(there & shingles(texts[still_open])) >= 0.999 * len(there)
    assert findings[still_open].tier is Tier.T2
    assert all(f.explained_by and f.explained_by.title == still_open for f in findings.values() if f.status != "open")
    assert report.summary.works == 1
    assert report.verdict.reasons[0].startswith("1 work of")


def shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[at : at + 8]) for at in range(len(words) - 7)}


def test_one_book_in_two_collections_is_one_finding(
    novels: dict[str, str], editions: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    """Identical texts, and two editions of which nine shingles in ten are the same."""
    title = sorted(novels)[0]
    plain, headed = (editions[1][name] for name in ("lexos-largefiles", "lexos-pg-header"))
    install(tmp_path / "home", "aaa", {"novel": novels[title], "pride": plain}, "disputed")
    install(tmp_path / "home", "zzz", {"novel again": novels[title], "pride again": headed})
    records = [*chunks(novels[title]), *chunks(plain)]
    report = audit(tmp_path / "home", write_dataset(tmp_path / "train.parquet", records))
    found = by_title(report)
    assert found.keys() == {"novel again", "pride again"}
    assert all(f.collections == ("zzz", "aaa") for f in found.values())
    assert all(f.status == "open" for f in found.values())


def test_quotations_in_three_records_stay_passages(novels: dict[str, str], tmp_path: Path) -> None:
    titles = sorted(novels)
    quoted, others = titles[:8], titles[8:16]
    install(tmp_path / "home", "shadow", {title: novels[title] for title in quoted})
    records = []
    for n, title in enumerate(quoted):
        words = novels[title].split()
        begin = place_sampled(words, 250, 2, first=4_000 + 2_500 * n)
        around = novels[others[n]].split()
        for copy in range(3):
            before, after = around[copy * 3_000 : copy * 3_000 + 400], around[copy * 3_000 + 400 : copy * 3_000 + 900]
            records.append(" ".join([*before, *words[begin : begin + 250], *after]))
    report = audit(tmp_path / "home", write_dataset(tmp_path / "train.parquet", records), Policy(fail_on=("found",)))
    findings = by_title(report)
    assert sorted(findings) == sorted(quoted)
    assert {(f.level, f.status, f.regions, f.records.count) for f in findings.values()} == {
        (Level.PASSAGE, "open", 1, 3)
    }
    assert report.verdict.outcome is Outcome.PASS


@pytest.mark.parametrize("language", ["ja", "zh-lexos", "de-eltec", "ru-ruslit"])
def test_other_languages(test_data: Path, tmp_path: Path, language: str) -> None:
    """Whole works in records of 2,000 characters: those that are long enough are found, and none that is absent.

    Miyazawa reused a dozen passages of one story in another: it is reported, but not as found.
    """
    texts = {t: x for t, x in read_folder(test_data / "books" / language).items() if len(x) > 20_000}
    titles = sorted(texts)[:10]
    there = titles[::2]
    install(tmp_path / "home", "shadow", {title: texts[title] for title in titles})
    records = [texts[t][at : at + 2_000] for t in there for at in range(0, len(texts[t]), 2_000)]
    findings = by_title(audit(tmp_path / "home", write_dataset(tmp_path / "train.parquet", records)))
    reused = {title for title, finding in findings.items() if finding.level is not Level.FOUND}
    assert sorted(findings.keys() - reused) == there
    assert reused <= {"宮沢賢治 ペンネンネンネンネン・ネネムの伝記"}
    for finding in (findings[title] for title in there):
        assert (finding.level, finding.tier) == (Level.FOUND, Tier.T2)
        assert finding.coverage is not None
        assert finding.coverage.estimate > 0.9
        assert finding.coverage.high > 0.97
