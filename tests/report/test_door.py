"""Formats by name and by ending, reports in and out of files."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from findspot.errors import InputError, OutputError, UsageError
from findspot.report import FORMATS, MEDIA_TYPES, format_of, load_report, render, write_report

from .samples import ALL, failing, passing


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("format_", FORMATS)
def test_a_report_renders_to_the_same_characters_twice(name: str, format_: str) -> None:
    first, second = render(ALL[name](), format_), render(ALL[name](), format_)
    assert first == second
    assert first.endswith("\n")
    first.encode()  # no lone surrogates


@pytest.mark.parametrize("format_", FORMATS)
def test_no_rendering_promises_more_than_was_found(format_: str) -> None:
    for make in ALL.values():
        said = render(make(), format_).lower()
        for word in ("clean", "certified", "compliant", "compliance"):
            assert word not in said


@pytest.mark.parametrize("format_", ["text", "md", "html"])
def test_a_pass_states_its_coverage(format_: str) -> None:
    assert "No overlap found within coverage 100 % of the dataset" in " ".join(render(passing(), format_).split())


def test_the_environment_does_not_change_a_rendering(monkeypatch: pytest.MonkeyPatch) -> None:
    before = [render(failing(), "text", colour=colour) for colour in (False, True)]
    for name, value in {
        "NO_COLOR": "1",
        "COLUMNS": "40",
        "FORCE_COLOR": "1",
        "TERM": "dumb",
        "JUPYTER_COLUMNS": "50",
    }.items():
        monkeypatch.setenv(name, value)
    assert [render(failing(), "text", colour=colour) for colour in (False, True)] == before


def test_every_format_has_a_media_type() -> None:
    assert set(MEDIA_TYPES) == set(FORMATS)


def test_an_unknown_format_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="'htm'") as caught:
        render(passing(), "htm")
    assert "html" in caught.value.advice


@pytest.mark.parametrize(
    ("name", "format_"),
    [("r.json", "json"), ("r.MD", "md"), ("a.b/r.html", "html"), ("r.csv", "csv"), ("r.txt", "text")],
)
def test_the_ending_gives_the_format(name: str, format_: str) -> None:
    assert format_of(Path(name)) == format_


@pytest.mark.parametrize("name", ["report", "report.xml", ".json.bak"])
def test_an_unknown_ending_lists_those_there_are(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        format_of(Path(name))
    assert name in caught.value.message
    for ending in (".json", ".md", ".html", ".csv", ".txt"):
        assert ending in caught.value.advice


@pytest.mark.parametrize("name", ALL)
def test_a_report_survives_its_file(name: str, tmp_path: Path) -> None:
    report = ALL[name]()
    path = tmp_path / "report.json"
    write_report(report, path)
    assert load_report(path) == report
    assert render(load_report(path), "json").encode() == path.read_bytes()


def test_the_format_given_goes_before_the_ending(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    write_report(passing(), path, "json")
    assert load_report(path) == passing()


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    link, file = tmp_path / "latest.json", tmp_path / "one.json"
    link.symlink_to(file)
    write_report(passing(), link)
    assert link.is_symlink()
    assert load_report(file) == passing()


def test_a_folder_that_is_not_there_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No such file"):
        write_report(passing(), tmp_path / "none" / "report.json")


def test_a_full_disk_leaves_the_old_report_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.json"
    write_report(passing(), path)
    old = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        write_report(failing(), path)
    assert path.read_bytes() == old
    assert [p.name for p in tmp_path.iterdir()] == ["report.json"]


def _broken(change: str) -> bytes:
    content: dict[str, Any] = json.loads(render(failing(), "json"))
    match change:
        case "outcome":
            content["verdict"]["outcome"] = "clean"
        case "count":
            content["findings"][3]["records"]["count"] = "many"
        case "missing":
            del content["subject"]["digest"]
        case "schema":
            content["schema"] = "findspot.report/9"
        case "no schema":
            del content["schema"]
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        (_broken("outcome"), "verdict.outcome"),
        (_broken("count"), r"findings\[3\]\.records\.count"),
        (_broken("missing"), "subject.digest"),
        (_broken("schema"), "field schema is 'findspot.report/9'"),
        (_broken("no schema"), "field schema is missing"),
        (b"[]", "no JSON object"),
        (b'{"schema": ', "no JSON"),
        (b"", "no JSON"),
        (b"\xff\xfe\x00", "no JSON"),
        (b"[" * 100_000, "no JSON"),
    ],
)
def test_what_is_no_report_is_refused_by_the_field(raw: bytes, named: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(raw)
    with pytest.raises(InputError, match=named) as caught:
        load_report(path)
    assert "broken.json" in caught.value.message
    assert caught.value.advice


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        load_report(tmp_path / "none.json")
