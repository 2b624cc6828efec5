"""``findspot audit --plan``: what would be detected, before anything runs."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from findspot.cli.plan import parse_tokens
from findspot.cli.schemas import schema
from findspot.dataset import ReadOptions, estimate_tokens, open_subject, write_manifest
from findspot.errors import UsageError

from ..accuracy.books import Language, text_of
from ..accuracy.world import install
from .test_audit import environment

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a collection of six texts, and a dataset beside it."""
    folder = tmp_path_factory.mktemp("plan")
    language = Language(71)
    install(folder / "home", "shadow", {f"Book {n}": text_of(language.book(6_000)) for n in range(6)})
    texts = [text_of(language.book(500)) for _ in range(40)]
    pq.write_table(pa.table({"text": texts}), folder / "train.parquet")
    (folder / "train.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), "utf-8")
    return folder / "home"


def plan(home: Path, *arguments: object, code: int = 0) -> str:
    command = [sys.executable, "-m", "findspot.cli.main", "audit", "--plan", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment(home), check=False)
    assert done.returncode == code, done.stderr
    return done.stderr if code else done.stdout


def as_json(home: Path, *arguments: object) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(plan(home, *arguments, "--format", "json"))
    jsonschema.validate(made, schema("plan.schema.json"))
    return made


def test_a_plan_needs_no_dataset(home: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*")}
    small, large = as_json(home, "--tokens", "1M"), as_json(home, "--tokens", "100G")
    assert (large["detection"]["tokens"], large["tokens_from"]) == (10**11, "as stated")
    assert large["detection"]["passage_strength"] > small["detection"]["passage_strength"] >= 2
    for made in (small, large):
        assert all(level["expected_false"] <= level["alpha"] for level in made["detection"]["levels"])
    (script,) = small["detection"]["scripts"]
    assert script["shortest"]["passage"] < script["shortest"]["probable"] < script["shortest"]["found"]
    assert {(p["work_tokens"], p["share"], p["record_tokens"]) for p in script["power"]} == {
        (work, share, record)
        for work in (1_000, 5_000, 20_000, 100_000)
        for share in (1, 0.2, 0.05)
        for record in (512, 64)
    }
    assert {path: path.stat().st_mtime_ns for path in home.rglob("*")} == before


def test_the_text_says_what_is_to_be_known(home: Path) -> None:
    text = plan(home, "--tokens", "30M")
    for part in (
        "30,000,000 tokens (as stated), held against shadow@2024",
        "False findings to expect",
        "Shortest verbatim passage",
        "Probability of found",
        "A single region is a passage from",
        "Bonferroni",
    ):
        assert part in text


def test_the_size_is_that_of_the_manifest_or_of_the_files(home: Path, tmp_path: Path) -> None:
    data = home.parent / "train.parquet"
    info = write_manifest(open_subject([data], ReadOptions()), tmp_path / "train.manifest.parquet")
    made = as_json(home, tmp_path / "train.manifest.parquet")
    assert (made["detection"]["tokens"], made["tokens_from"]) == (info.header.tokens, "from its manifest")
    guess = as_json(home, home.parent / "train.jsonl")
    assert guess["tokens_from"] == "estimated from the sizes of its files"
    assert info.header.tokens / 3 < guess["detection"]["tokens"] < info.header.tokens * 3
    assert as_json(home, data, "--tokens", "5k")["detection"]["tokens"] == 5_000


def test_data_is_not_read(home: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.parquet").write_bytes(b"PAR1" + b"\0" * 3_000_000)
    assert as_json(home, tmp_path / "broken.parquet")["detection"]["tokens"] == 1_200_002


def test_the_report_says_the_same(home: Path) -> None:
    data = home.parent / "train.parquet"
    command = [sys.executable, "-m", "findspot.cli.main", "audit", str(data), "--format", "json", "--exit-zero"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment(home), check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    tokens = report["subject"]["tokens"]
    assert report["method"]["detection"] == as_json(home, "--tokens", tokens)["detection"]
    assert any("may be missed in a dataset of this size" in limit for limit in report["limits"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no dataset was given"),
        (["--tokens", "many"], "--tokens 'many': expected a number of tokens"),
        (["--tokens", "1M", "--format", "html"], "a plan has no format 'html'"),
        (["nowhere"], "nowhere does not exist"),
    ],
)
def test_errors(home: Path, arguments: list[str], message: str) -> None:
    assert message in plan(home, *arguments, code=2)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("1", 1),
        ("250,000", 250_000),
        ("20k", 20_000),
        ("1.5M", 1_500_000),
        ("100G", 10**11),
        ("2b", 2 * 10**9),
        ("1e9", 10**9),
    ],
)
def test_numbers_of_tokens(text: str, tokens: int) -> None:
    assert parse_tokens(text) == tokens


@pytest.mark.parametrize("text", ["", "-5", "G", "1 2", "nan", "1e999"])
def test_no_numbers_of_tokens(text: str) -> None:
    with pytest.raises(UsageError, match="expected a number of tokens"):
        parse_tokens(text)


def test_high_sensitivity_has_its_own_figures(tmp_path: Path) -> None:
    language = Language(72)
    install(tmp_path / "home", "shadow", {"A": text_of(language.book(3_000))}, sensitivity="high")
    normal, high = (as_json(tmp_path / "home", "--tokens", "1M", "--sensitivity", name) for name in ("normal", "high"))
    assert (normal["k"], high["k"]) == (8, 5)
    assert (normal["detection"]["scaled"], high["detection"]["scaled"]) == (64, 16)


def test_an_estimate_without_a_dataset_is_the_number_stated() -> None:
    size = estimate_tokens([], ReadOptions(), 7)
    assert (size.tokens, size.scaled, size.shingling.name) == (7, 64, "normal")
