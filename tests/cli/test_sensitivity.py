"""``--sensitivity`` of the commands that take it, as processes: build, install, fingerprint, audit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ..accuracy.books import Language, text_of

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.slow


class Place:
    """A folder, and the command in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept = {name: value for name, value in os.environ.items() if not name.startswith("FINDSPOT_")}

    def run(self, *arguments: str, code: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "findspot.cli.main", *arguments],
            capture_output=True,
            encoding="utf-8",
            cwd=self.folder,
            env={**self.kept, "FINDSPOT_HOME": str(self.folder / "home"), **environment},
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """One book; its release in both sensitivities, not installed; a dataset of its chunks."""
    place = Place(tmp_path_factory.mktemp("sensitivity"))
    language = Language(53)
    book = language.book(6_000)
    (place.folder / "texts").mkdir()
    (place.folder / "texts" / "Book.txt").write_text(text_of(book), "utf-8")
    table = pa.table({"text": [text_of(chunk) for chunk in language.chunks(language.misread(book, 0.1), 300)]})
    pq.write_table(table, place.folder / "d.parquet")
    for sensitivity in ("normal", "high"):
        told = place.run(
            *("collection", "build", "shadow", "texts", "-o", sensitivity, "--as-of", "2024", "--status", "pirated"),
            *("--sensitivity", sensitivity, "--json"),
        )
        short = json.loads(told.stdout)["release"].get("short")
        assert (short is not None) == (sensitivity == "high")
        if short:
            assert (short["k"], short["scaled"], short["fingerprinted"]) == (5, 16, 1)
            assert 6_000 / 16 / 2 < short["postings"] < 6_000 / 16 * 2
    return place


def test_a_release_serves_the_sensitivities_that_it_was_built_with(place: Place) -> None:
    place.run("collection", "install", "normal")
    refused = place.run("audit", "d.parquet", "--sensitivity", "high", code=2)
    assert "shadow@2024 has no fingerprints of sensitivity high" in refused.stderr
    assert "collection build shadow … --sensitivity high" in refused.stderr
    place.run("collection", "install", "high")
    coverage = {}
    for sensitivity in ("normal", "high"):
        told = place.run("audit", "d.parquet", "--format", "json", code=1, FINDSPOT_SENSITIVITY=sensitivity)
        report = json.loads(told.stdout)
        assert report["method"]["sensitivity"] == sensitivity
        (finding,) = report["findings"]
        coverage[sensitivity] = finding["coverage"]["estimate"]
    assert coverage["high"] > coverage["normal"] + 0.08  # 0.9^5 and 0.9^8


def test_a_manifest_has_one_sensitivity(place: Place) -> None:
    place.run("collection", "install", "high")
    told = place.run("fingerprint", "d.parquet", "-o", "m.parquet", "--sensitivity", "high", "--json")
    header = json.loads(told.stdout)
    assert (header["k"], header["scaled"]) == (5, 16)
    made = [
        json.loads(place.run("audit", data, "--format", "json", *options, code=1).stdout)
        for data, options in (("d.parquet", ["--sensitivity", "high"]), ("m.parquet", []))
    ]
    assert made[0]["findings"] == made[1]["findings"]
    refused = place.run("audit", "m.parquet", "--sensitivity", "normal", code=2)
    assert "d.parquet: its fingerprints are of sensitivity high, not normal" in refused.stderr


def test_an_unknown_one_is_refused(place: Place) -> None:
    for arguments in (["audit", "d.parquet"], ["fingerprint", "d.parquet", "-o", "x.parquet"]):
        refused = place.run(*arguments, "--sensitivity", "hihg", code=2)
        assert "there is no sensitivity 'hihg'" in refused.stderr
    assert not (place.folder / "x.parquet").exists()
