"""Signatures as a person uses them: a release that carries them, a dataset whose pipeline made them, one finding."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from datasketch import MinHash

from ..accuracy.books import Language, text_of

if TYPE_CHECKING:
    from pathlib import Path

RECIPE = {"hash": "sha1_hash32", "shingle": "word 5-grams", "normaliser": "lower", "scheme": "legacy", "seed": 42}
LANGUAGE = Language(91)
BOOKS = [text_of(LANGUAGE.book(1_500)) for _ in range(3)]


def run(folder: Path, *arguments: object, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FINDSPOT_")}
    return subprocess.run(
        [sys.executable, "-m", "findspot.cli.main", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env={**kept, "FINDSPOT_HOME": str(folder / "home"), "COLUMNS": "100", **env},
        cwd=folder,
        check=False,
    )


def values(text: str) -> list[int]:
    words = text.lower().split()
    made = MinHash(128, seed=42, scheme="legacy")
    made.update_batch([" ".join(words[i : i + 5]).encode() for i in range(len(words) - 4)])
    return [int(value) for value in made.digest()]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("signatures")
    (folder / "texts").mkdir()
    for number, text in enumerate(BOOKS):
        (folder / "texts" / f"Book {number}.txt").write_text(text, "utf-8")
    (folder / "recipe.json").write_text(json.dumps(RECIPE))
    facts = ("--status", "pirated", "--as-of", "2024", "--release", "1")
    signed = ("--signatures", "recipe.json", "--signatures", "fs1")
    built = run(folder, "collection", "build", "shadow", "texts", "-o", "release", *facts, *signed)
    assert built.returncode == 0, built.stderr
    assert built.stderr.count("3 signed") == 2
    assert "21 bands of 6 values: a record of Jaccard 0.8 is found with probability 0.998" in built.stderr
    assert run(folder, "collection", "install", "release").returncode == 0
    others = [text_of(LANGUAGE.book(300)) for _ in range(5)]
    rows = [{"id": f"r{n}", "minhash": values(text)} for n, text in enumerate([*others, BOOKS[1]])]
    (folder / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def finding(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 1, done.stderr
    [found] = json.loads(done.stdout)["findings"]
    return dict(found)


def test_a_dataset_of_signatures_alone_is_audited_by_its_recipe(place: Path) -> None:
    found = finding(run(place, "audit", "data.jsonl", "--signature-recipe", "recipe.json", "--format", "json"))
    assert (found["detector"], found["tier"], found["level"]) == ("signature", "T2", "found")
    assert found["work"]["title"] == "Book 1"
    assert found["records"]["top"][0]["jaccard"] == {
        "estimate": 1.0,
        "low": pytest.approx(128 / (128 + 1.96**2), abs=0.01),
        "high": 1.0,
    }
    twin = run(place, "audit", "data.jsonl", "--format", "json", FINDSPOT_SIGNATURE_RECIPE=json.dumps(RECIPE))
    assert finding(twin) == found
    text = run(place, "audit", "data.jsonl", "--signature-recipe", "recipe.json")
    assert "Jaccard 1.00 [0.97–1.00]" in text.stdout
    assert "recall 0.998" in " ".join(text.stdout.split())
    for kind in ("html", "md"):
        shown = run(place, "audit", "data.jsonl", "--signature-recipe", "recipe.json", "--format", kind).stdout
        assert "Jaccard 1.00 [0.97–1.00]" in shown
        assert "recall 0.998 at the threshold" in shown


def test_its_manifest_is_audited_to_the_same(place: Path) -> None:
    made = run(place, "fingerprint", "data.jsonl", "--signature-recipe", "recipe.json", "-o", "d.manifest.parquet")
    assert made.returncode == 0, made.stderr
    assert "signatures from column minhash" in made.stderr
    data = finding(run(place, "audit", "data.jsonl", "--signature-recipe", "recipe.json", "--format", "json"))
    assert finding(run(place, "audit", "d.manifest.parquet", "--format", "json")) == data


def test_without_its_recipe_the_column_is_left_alone(place: Path) -> None:
    done = run(place, "audit", "data.jsonl")
    assert done.returncode == 2
    assert "no column is known as text" in done.stderr
    assert "--signature-recipe" in done.stderr


def test_another_recipe_is_refused_by_the_field(place: Path) -> None:
    other = json.dumps(RECIPE | {"seed": 1})
    done = run(place, "audit", "data.jsonl", "--signature-recipe", other)
    assert done.returncode == 2
    assert "cannot be compared: seed 1 against 42" in done.stderr
    assert "--signatures" in done.stderr


def test_signatures_of_our_own_are_made_and_met(place: Path) -> None:
    (place / "books").mkdir()
    (place / "books/b.txt").write_text(BOOKS[2] + "\n", "utf-8")  # another file digest
    made = run(place, "fingerprint", "books", "--signatures", "-o", "own.manifest.parquet")
    assert made.returncode == 0, made.stderr
    found = finding(run(place, "audit", "own.manifest.parquet", "--format", "json"))
    assert found["detectors"] == ["text", "signature"]
    assert found["records"]["top"][0]["jaccard"]["estimate"] == 1


def test_an_installed_release_says_how_its_works_are_signed(place: Path) -> None:
    shown = run(place, "collection", "show", "shadow")
    assert "scheme legacy, permutations 128, seed 42, hash sha1_hash32" in shown.stdout
    assert run(place, "collection", "verify", "shadow").returncode == 0
