"""One report: the same bytes on every run, from data and from its manifest, with any number of workers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from findspot.audit import run_audit
from findspot.audit.model import content_id
from findspot.dataset import ReadOptions, open_subject, write_manifest
from findspot.errors import SchemeError
from findspot.reference import Library
from findspot.report import load_report, render

from ..accuracy.books import Language, text_of
from ..accuracy.world import audit, install, write_dataset

if TYPE_CHECKING:
    from pathlib import Path

    from findspot.audit import Report

EPOCH = "1795000000"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two collections and a dataset with parts of four of their five works."""
    made = tmp_path_factory.mktemp("report")
    language = Language(41)
    books = [language.book(6_000 + 500 * n) for n in range(5)]
    install(made / "home", "shadow", {f"book {n}": text_of(book) for n, book in enumerate(books[:4])})
    install(made / "home", "other", {"copy": text_of(books[1]), "absent": text_of(books[4])}, "scraped")
    records = [text_of(chunk) for n in range(4) for chunk in language.chunks(books[n], 300, (1, 0.5, 0.3, 0.1)[n])]
    records += [text_of(language.book(700)) for _ in range(20)]
    write_dataset(made / "train.parquet", records)
    return made


def findings(report: Report) -> list[object]:
    return list(json.loads(render(report, "json"))["findings"])


def test_the_same_bytes_whatever_the_workers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    reports = [audit(folder / "home", folder / "train.parquet", jobs=jobs) for jobs in (1, 2, 5, 1)]
    for kind in ("json", "md", "html", "csv", "text"):
        assert len({render(report, kind) for report in reports}) == 1
    assert reports[0].created == "2026-11-18T11:06:40Z"
    assert len(reports[0].findings) == 4


def test_the_id_does_not_know_when(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    then = audit(folder / "home", folder / "train.parquet")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    later = audit(folder / "home", folder / "train.parquet")
    assert then.created != later.created
    assert then.id == later.id
    assert json.loads(render(then, "json"))["id"] == content_id(json.loads(render(then, "json")))
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert audit(folder / "home", folder / "train.parquet").id == then.id


def test_a_report_comes_back_from_its_file(folder: Path) -> None:
    report = audit(folder / "home", folder / "train.parquet")
    (folder / "report.json").write_text(render(report, "json"), "utf-8")
    assert load_report(folder / "report.json") == report


def test_a_manifest_audits_to_the_same_findings(folder: Path) -> None:
    data = folder / "train.parquet"
    manifest = folder / "train.manifest.parquet"
    write_manifest(open_subject([data], ReadOptions()), manifest)
    releases = Library(folder / "home").open()
    from_data = run_audit(open_subject([data], ReadOptions()), releases)
    from_manifest = run_audit(open_subject([manifest], ReadOptions()), releases)
    assert findings(from_manifest) == findings(from_data)
    assert from_manifest.summary == from_data.summary
    assert from_manifest.verdict == from_data.verdict
    assert from_manifest.subject.digest == from_data.subject.digest


def test_a_finer_sample_meets_the_coarser(folder: Path) -> None:
    """A dataset sampled more finely than the collections is audited as if it were sampled like them."""
    usual = audit(folder / "home", folder / "train.parquet")
    finer = audit(folder / "home", folder / "train.parquet", scaled=16)
    assert finer.method.scaled == 64
    assert findings(finer) == findings(usual)
    coarser = audit(folder / "home", folder / "train.parquet", scaled=128)
    assert coarser.method.scaled == 128
    strong = {f.id for f in usual.findings if f.coverage and f.coverage.estimate > 0.2}
    assert strong <= {f.id for f in coarser.findings}


def test_two_schemes_do_not_meet(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = open_subject([folder / "train.parquet"], ReadOptions())
    monkeypatch.setattr(type(subject), "scheme", "fs0")
    with pytest.raises(SchemeError, match="fs0") as error:
        run_audit(subject, Library(folder / "home").open())
    assert "findspot fingerprint" in error.value.advice


values = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda v: st.lists(v, max_size=3))
contents = st.dictionaries(st.text(max_size=5), values, max_size=4)


@given(contents, st.text(), st.text())
def test_content_id_is_of_the_content_alone(content: dict[str, object], one: str, other: str) -> None:
    plain = {k: v for k, v in content.items() if k not in {"id", "created"}}
    assert content_id({**plain, "created": one, "id": other}) == content_id({"created": other, **plain})
    assert content_id(dict(reversed(plain.items()))) == content_id(plain)
    assert content_id({**plain, "new": 1}) != content_id({**plain, "new": 2})
    assert len(content_id(plain)) == 32
