"""``findspot eval`` as a process, and audits that cite what it wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from findspot.audit.rates import SHIPPED
from findspot.cli.schemas import schema
from findspot.reference import CollectionFacts, Library, build_release
from findspot.shipped import data_dir

from .samples import words, write_layout

if TYPE_CHECKING:
    from pathlib import Path

FINDSPOT = (sys.executable, "-m", "findspot.cli.main")


def run(home: Path, *arguments: object, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FINDSPOT_")}
    environment = {**kept, "FINDSPOT_HOME": str(home), "COLUMNS": "120", **env}
    command = [*FINDSPOT, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with labelled data, the rates measured on them, and a home with one collection."""
    top = tmp_path_factory.mktemp("command")
    write_layout(top / "data")
    (top / "texts").mkdir()
    (top / "texts/a.txt").write_text(words("a", 3_000))
    facts = CollectionFacts(slug="s", title="S", kind="books", status="pirated", as_of="2024", release="1")
    build_release(facts, [top / "texts"], top / "release")
    Library(top / "home").install(top / "release")
    (top / "train.jsonl").write_text(json.dumps({"text": words("b", 3_000)}) + "\n")
    done = run(
        top / "home", "eval", "--data", top / "data", "--quick", "--sensitivity", "normal", "-o", top / "rates.json"
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines()[-1] == f"wrote {top / 'rates.json'}"
    return top


def rates_of(path: Path) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return made


def test_what_is_written_fits_the_published_schema(place: Path) -> None:
    made = rates_of(place / "rates.json")
    jsonschema.Draft202012Validator(schema("error-rates.schema.json")).validate(made)
    assert made["command"] == "findspot eval --data DIR --quick --sensitivity normal --seed 1"
    assert str(place) not in (place / "rates.json").read_text(encoding="utf-8")
    del made["scheme"]
    assert not jsonschema.Draft202012Validator(schema("error-rates.schema.json")).is_valid(made)


def test_json_on_standard_output_is_the_same(place: Path) -> None:
    done = run(
        place / "home",
        "eval",
        "--quick",
        "--json",
        "--jobs",
        3,
        "--sensitivity",
        "normal",
        FINDSPOT_DATA=str(place / "data"),
    )
    assert done.returncode == 0
    assert done.stdout == (place / "rates.json").read_text(encoding="utf-8")


def test_the_table_and_the_headlines(place: Path) -> None:
    arguments = ("eval", "--data", place / "data", "--quick", "--detector", "identifier", "--name", "mine")
    done = run(place / "home", *arguments)
    assert done.returncode == 0
    assert "Measured on mine" in done.stdout
    assert "missed" in done.stdout
    short = run(place / "home", *arguments, "--json", "--headlines")
    assert [row["noise"] for row in json.loads(short.stdout)["error_rates"]] == [None] * 4


def test_the_document_shows_the_rates_that_ship(place: Path) -> None:
    shipped = data_dir("fingerprints") / SHIPPED
    done = run(place / "home", "eval", "--show", shipped)
    assert done.returncode == 0
    document = (shipped.parents[1] / "docs/error-rates.md").read_text(encoding="utf-8")
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    assert "\n".join(lines) in document, "run: python fingerprints/recipes/error_rates.py DIR"


def test_an_audit_cites_what_was_measured(place: Path) -> None:
    arguments = ("audit", place / "train.jsonl", "--error-rates", place / "rates.json")
    done = run(place / "home", *arguments, "--format", "json")
    rows = json.loads(done.stdout)["method"]["error_rates"]
    assert {row["data"] for row in rows} == {"data"}
    everything = rates_of(place / "rates.json")["error_rates"]
    assert all(row in everything for row in rows)
    assert 0 < len(rows) < len(everything)
    for name in ("text", "md", "html"):
        shown = " ".join(run(place / "home", *arguments, "--format", name).stdout.split())
        assert "Measured on data, text (found): misses 0 of" in shown
        assert "Measured on data, identifier: misses 0 of" in shown


def test_an_audit_cites_the_shipped_rates_unless_told_otherwise(place: Path) -> None:
    report = json.loads(run(place / "home", "audit", place / "train.jsonl", "--format", "json").stdout)
    assert {"text", "identifier"} <= {row["detector"] for row in report["method"]["error_rates"]}
    coarse = json.loads(run(place / "home", "audit", place / "train.jsonl", "--scaled", 128, "--format", "json").stdout)
    assert coarse["method"]["error_rates"] == []  # not measured at this sampling


def test_rates_of_another_scheme_stop_the_audit(place: Path, tmp_path: Path) -> None:
    made = rates_of(place / "rates.json") | {"scheme": "fs0"}
    (tmp_path / "old.json").write_text(json.dumps(made))
    done = run(place / "home", "audit", place / "train.jsonl", FINDSPOT_ERROR_RATES=str(tmp_path / "old.json"))
    assert done.returncode == 2
    assert "fs0" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--data", "nowhere"), 4, "is no folder"),
        (("--detector", "tea leaves"), 2, "no detector"),
        (("-o", "no/such/folder/r.json"), 2, "there is no folder"),
        (("--seed", "-1"), 2, "seed"),
    ],
)
def test_exit_codes(arguments: tuple[str, ...], code: int, message: str, tmp_path: Path) -> None:
    done = run(tmp_path, "eval", *arguments)
    assert done.returncode == code
    assert message in done.stderr
