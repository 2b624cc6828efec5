"""``findspot fingerprint`` as a person or a script runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from findspot.dataset import open_manifest

if TYPE_CHECKING:
    from pathlib import Path

LINES = '{"body": "some words", "key": "a", "url": "https://example.org/"}\n{"body": "more", "key": "b"}\nbad\n'


def run(*arguments: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "findspot.cli.main", "fingerprint", *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rows.jsonl").write_text(LINES)
    return tmp_path


def test_writes_a_manifest_and_says_what_it_did(folder: Path) -> None:
    done = run("rows.jsonl", "-o", "m.manifest.parquet", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    said = done.stderr.splitlines()
    assert said[0] == "read text from column body, ids from row numbers, url from url"
    assert said[1].startswith("rows.jsonl: 2 records, 3 tokens, ")
    assert said[2] == "skipped: 1 × invalid JSON (rows.jsonl:3)"
    assert said[3] == "coverage: 66.67% of the dataset was read"
    assert said[4].startswith("wrote m.manifest.parquet: ")
    manifest = open_manifest(folder / "m.manifest.parquet")
    assert [row["record_id"] for b in manifest.batches() for row in b.to_pylist()] == ["rows.jsonl:0", "rows.jsonl:1"]


def test_options_and_their_twins(folder: Path) -> None:
    options = {"text-column": "url", "id-column": "key", "name": "mine", "scaled": "7", "redact": "url,title"}
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    one = run("rows.jsonl", "-o", "one", "--jobs", "2", "--json", *arguments, cwd=folder)
    twins = {f"FINDSPOT_{name.upper().replace('-', '_')}": value for name, value in options.items()}
    two = run("rows.jsonl", "-o", "two", "--json", cwd=folder, **twins, FINDSPOT_JOBS="1")
    assert (one.returncode, two.returncode) == (0, 0), one.stderr + two.stderr
    assert (folder / "one").read_bytes() == (folder / "two").read_bytes()
    facts = json.loads(one.stdout)
    assert facts == {**json.loads(two.stdout), "manifest": "one"}
    assert (facts["name"], facts["scaled"], facts["redacted"], facts["records"]) == ("mine", 7, ["title", "url"], 2)
    assert facts["digest"] == facts["merkle_root"]
    assert facts["columns"][0]["id"] == "key"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["absent.jsonl", "-o", "m"], 2, "absent.jsonl does not exist"),
        (["rows.jsonl", "-o", "no/m"], 2, "no/m: its folder does not exist"),
        (["rows.jsonl", "-o", "m", "--text-column", "text"], 2, "there is no column text"),
        (["rows.jsonl", "-o", "m", "--redact", "body"], 2, "body cannot be withheld"),
        (["rows.jsonl", "-o", "m", "--input-format", "xml"], 2, "xml is no input format"),
        (["rows.jsonl", "-o", "m", "--strict"], 4, "rows.jsonl:3: invalid JSON"),
        (["rows.jsonl", "-o", "m", "--input-format", "parquet"], 4, "rows.jsonl: cannot be read"),
        (["rows.jsonl"], 2, "Missing option '--output'"),
    ],
)
def test_errors(folder: Path, arguments: list[str], code: int, message: str) -> None:
    done = run(*arguments, cwd=folder)
    assert done.returncode == code, done.stderr
    assert message in " ".join(done.stderr.split())
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert [path.name for path in folder.iterdir()] == ["rows.jsonl"]


def test_replaces_an_older_manifest(folder: Path) -> None:
    (folder / "m").write_text("something else")
    assert run("rows.jsonl", "-o", "m", cwd=folder).returncode == 0
    assert open_manifest(folder / "m").header.records == 2


def test_an_empty_dataset_makes_an_empty_manifest(folder: Path) -> None:
    (folder / "empty.jsonl").touch()
    done = run("empty.jsonl", "-o", "m", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "nothing was read" in done.stderr
    assert open_manifest(folder / "m").header.records == 0
