"""``findspot audit`` as a person or a pipeline calls it: a process, its two streams, its files and its exit code."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from findspot.dataset import ReadOptions, open_subject, write_manifest
from findspot.reference import CollectionFacts, Library, build_release
from findspot.report import format_of, load_report, render

from ..accuracy.books import Language, text_of

if TYPE_CHECKING:
    from pathlib import Path

ISBN_10, ISBN_13 = "0306406152", "isbn:9780306406157"
TAINTED, PASSAGE, UNRELATED = "tainted.parquet", "passage.jsonl", "unrelated.csv"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a collection of three texts, and three datasets: with a whole book, with 400 words, without."""
    folder = tmp_path_factory.mktemp("audit")
    language = Language(51)
    (folder / "texts").mkdir()
    books = [language.book(5_000) for _ in range(3)]
    for n, book in enumerate(books):
        (folder / "texts" / f"Book {n}.txt").write_text(text_of(book), "utf-8")
    facts = CollectionFacts(
        slug="shadow-library", title="Shadow", kind="books", status="pirated", as_of="2024-01-01", release="2024"
    )
    build_release(facts, [folder / "texts"], folder / "release")
    Library(folder / "home").install(folder / "release")
    noise = [text_of(language.book(400)) for _ in range(10)]
    whole = [text_of(chunk) for chunk in language.chunks(books[0], 400)]
    pq.write_table(pa.table({"id": [f"r{n}" for n in range(23)], "text": [*whole, *noise]}), folder / TAINTED)
    around = language.book(300)
    mixed = text_of([*around, *books[1][1_000:1_400], *around])
    lines = [json.dumps({"text": text}) for text in (*noise, mixed)]
    (folder / PASSAGE).write_text("\n".join(lines) + "\n", "utf-8")
    with (folder / UNRELATED).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["text"], *([text] for text in noise)])
    return folder


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FINDSPOT_")}
    return {**kept, "FINDSPOT_HOME": str(home), "SOURCE_DATE_EPOCH": "1795000000", "COLUMNS": "100"}


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "findspot.cli.main", "audit", *map(str, arguments)]


def run(home: Path, *arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), capture_output=True, encoding="utf-8", env=environment(home), cwd=cwd, check=False
    )


def report(home: Path, *arguments: object, code: int) -> dict[str, Any]:
    done = run(home, *arguments, "--format", "json")
    assert done.returncode == code, done.stderr
    return dict(json.loads(done.stdout))


def test_a_book_that_is_there_fails(place: Path) -> None:
    made = report(place / "home", place / TAINTED, code=1)
    assert made["schema"] == "findspot.report/1"
    (found,) = made["findings"]
    assert (found["tier"], found["level"], found["status"]) == ("T2", "found", "open")
    assert found["work"]["title"] == "Book 0"
    assert found["coverage"]["estimate"] > 0.97
    assert found["records"]["top"][0]["record_id"].startswith("r")
    assert made["verdict"]["outcome"] == "fail"
    assert made["created"] == "2026-11-18T11:06:40Z"


def test_a_passage_passes_and_is_shown(place: Path) -> None:
    made = report(place / "home", place / PASSAGE, code=0)
    (found,) = made["findings"]
    assert (found["tier"], found["level"], found["work"]["title"]) == ("T3", "passage", "Book 1")
    assert made["verdict"]["outcome"] == "pass"


def test_nothing_found_passes(place: Path) -> None:
    made = report(place / "home", place / UNRELATED, code=0)
    assert made["findings"] == []
    assert "no overlap found" in made["verdict"]["reasons"][0]


@pytest.mark.parametrize(
    ("data", "options", "code"),
    [
        (PASSAGE, ["--fail-on", "passage"], 1),
        (TAINTED, ["--fail-on", "T1"], 0),
        (TAINTED, ["--fail-on", "never"], 0),
        (TAINTED, ["--max-works", "1"], 0),
        (TAINTED, ["--exit-zero"], 0),
        (TAINTED, ["--collection", "shadow-library@2024"], 1),
    ],
)
def test_what_fails_is_the_callers_choice(place: Path, data: str, options: list[str], code: int) -> None:
    done = run(place / "home", place / data, *options, "--format", "json")
    assert done.returncode == code, done.stderr
    verdict = json.loads(done.stdout)["verdict"]
    expected = "fail" if code or "--exit-zero" in options else "pass"  # the report says what the exit code does not
    assert verdict["outcome"] == expected


@pytest.mark.parametrize("kind", ["text", "csv", "html"])
def test_formats_on_standard_output(place: Path, kind: str) -> None:
    done = run(place / "home", place / TAINTED, "--format", kind)
    assert done.returncode == 1
    assert done.stderr == ""  # no talk that a pipe does not need
    assert "Book 0" in done.stdout
    assert "\x1b" not in done.stdout
    if kind == "csv":
        (row,) = csv.DictReader(io.StringIO(done.stdout))
        assert (row["work.title"], row["tier"], row["status"]) == ("Book 0", "T2", "open")


def test_every_format_to_its_file_at_once(place: Path, tmp_path: Path) -> None:
    files = [tmp_path / f"out.{ending}" for ending in ("txt", "json", "md", "html", "csv")]
    done = run(place / "home", place / TAINTED, *(part for file in files for part in ("-o", file)))
    assert done.returncode == 1
    assert done.stdout == ""
    assert [line for line in done.stderr.splitlines() if line.startswith("wrote")] == [f"wrote {f}" for f in files]
    assert "verdict: fail" in done.stderr
    made = load_report(tmp_path / "out.json")
    for file in files:
        assert file.read_text("utf-8") == render(made, format_of(file))
    assert sorted(tmp_path.iterdir()) == sorted(files)  # and nothing else, no half-written file


def test_format_goes_before_the_ending(place: Path, tmp_path: Path) -> None:
    assert run(place / "home", place / TAINTED, "-o", tmp_path / "out.dat", "--format", "json").returncode == 1
    assert json.loads((tmp_path / "out.dat").read_text("utf-8"))["verdict"]["outcome"] == "fail"


@pytest.mark.parametrize(
    ("arguments", "code", "messages"),
    [
        ([TAINTED, "--text-column", "body"], 2, ["tainted.parquet", "body", "id, text"]),
        ([TAINTED, "--collection", "shadow-libary"], 2, ["'shadow-libary'", "Did you mean 'shadow-library'?"]),
        ([TAINTED, "--collection", "shadow-library@2020"], 2, ["shadow-library@2020", "shadow-library@2024"]),
        ([TAINTED, "--fail-on", "T9"], 2, ["fail_on", "T9", "never"]),
        ([TAINTED, "--format", "docx"], 2, ["docx", "json"]),
        ([TAINTED, "-o", "out.docx"], 2, ["out.docx", "ending"]),
        ([TAINTED, "-o", "gone/out.json"], 2, ["gone"]),
        ([], 2, ["DATA"]),
        (["gone.parquet"], 2, ["gone.parquet"]),
        ([TAINTED, "-o", "/proc/out.json"], 4, ["/proc/out.json"]),
        ([TAINTED, "-o", "folder.json"], 4, ["folder.json"]),
        (["cut.parquet"], 4, ["cut.parquet"]),
        (["noise.parquet"], 4, ["noise.parquet"]),
    ],
)
def test_errors(place: Path, arguments: list[str], code: int, messages: list[str]) -> None:
    whole = (place / TAINTED).read_bytes()
    (place / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    (place / "noise.parquet").write_bytes(bytes(range(256)) * 40)
    (place / "folder.json").mkdir(exist_ok=True)
    done = run(place / "home", *arguments, cwd=place)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    told = " ".join(done.stderr.split())
    assert all(message.lower() in told.lower() for message in messages), told
    assert "Traceback" not in told


def test_nothing_installed_is_inconclusive_with_a_report(place: Path, tmp_path: Path) -> None:
    done = run(tmp_path / "home", place / TAINTED, "-o", tmp_path / "out.json")
    assert done.returncode == 3, done.stderr
    verdict = json.loads((tmp_path / "out.json").read_text("utf-8"))["verdict"]
    assert verdict["outcome"] == "inconclusive"
    assert "collection" in verdict["reasons"][0]


@pytest.mark.parametrize("content", ["text\n", '{"text": ""}\n'])
def test_an_empty_dataset_is_inconclusive(place: Path, tmp_path: Path, content: str) -> None:
    data = tmp_path / ("data.csv" if content.startswith("text") else "data.jsonl")
    data.write_text(content, "utf-8")
    made = report(place / "home", data, code=3)
    assert made["verdict"]["outcome"] == "inconclusive"
    assert made["subject"]["tokens"] == 0


def test_rows_that_are_no_json_are_counted_and_floor_the_coverage(place: Path, tmp_path: Path) -> None:
    lines = (place / PASSAGE).read_text("utf-8").splitlines()
    data = tmp_path / "broken.jsonl"
    data.write_text("\n".join([*lines, '{"text": "unfinished', "{]"]) + "\n", "utf-8")
    made = report(place / "home", data, code=3)
    (skipped,) = made["subject"]["skipped"]
    assert skipped["count"] == 2
    assert "broken.jsonl:12" in skipped["places"][0]
    assert made["subject"]["coverage"] == pytest.approx(11 / 13, abs=1e-5)
    assert "was read" in made["verdict"]["reasons"][0]
    assert report(place / "home", data, "--min-coverage", "0.8", code=0)["verdict"]["outcome"] == "pass"
    strict = run(place / "home", data, "--strict")
    assert (strict.returncode, "broken.jsonl:12" in strict.stderr) == (4, True)


def test_what_fails_goes_before_what_was_not_read(place: Path, tmp_path: Path) -> None:
    rows = pq.read_table(place / TAINTED)["text"].to_pylist()
    data = tmp_path / "data.jsonl"
    data.write_text("".join(json.dumps({"text": row}) + "\n" for row in rows) + "{]\n" * 9, "utf-8")
    made = report(place / "home", data, code=1)
    assert len(made["verdict"]["reasons"]) == 2


def test_a_manifest_audits_as_its_data(place: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "m.manifest.parquet"
    write_manifest(open_subject([place / TAINTED], ReadOptions()), manifest)
    from_manifest = report(place / "home", manifest, code=1)
    from_data = report(place / "home", place / TAINTED, code=1)
    for part in ("findings", "summary", "verdict", "references"):
        assert from_manifest[part] == from_data[part]
    table = pq.read_table(manifest)
    header = json.loads(table.schema.metadata[b"findspot"])
    assert header["scheme"] == "fs1"
    header["scheme"] = "fs0"
    pq.write_table(table.replace_schema_metadata({b"findspot": json.dumps(header).encode()}), manifest)
    done = run(place / "home", manifest)
    assert done.returncode == 2, done.stderr
    assert "fs0" in done.stderr
    assert "fs1 (k 8 or 5)" in done.stderr


def test_a_folder_of_texts_meets_by_digest_and_by_text(place: Path, tmp_path: Path) -> None:
    data = tmp_path / "texts"
    (data / "sub").mkdir(parents=True)
    copied = (place / "texts" / "Book 2.txt").read_bytes()
    (data / "sub" / "renamed.txt").write_bytes(copied)
    (data / "other.txt").write_text("Nothing of interest here.", "utf-8")
    made = report(place / "home", data, code=1)
    (found,) = made["findings"]
    assert (found["tier"], found["detectors"], found["level"]) == ("T1", ["identifier", "text"], "found")
    (top,) = found["records"]["top"]
    assert f"sha256:{hashlib.sha256(copied).hexdigest()}" in top["identifiers"]
    assert made["subject"]["records"] == 2


def test_identifiers_of_a_list_in_two_collections(tmp_path: Path) -> None:
    for slug, status, content in [
        ("aaa", "disputed", "title,isbn\nA Book,978-0-306-40615-7\n"),
        ("zzz", "pirated", "title,isbn,doi\nA book,0-306-40615-2,\nA Paper,,10.1000/ABC\n"),
    ]:
        (tmp_path / f"{slug}.csv").write_text(content, "utf-8")
        facts = CollectionFacts(slug=slug, title=slug, kind="mixed", status=status, as_of="2024", release="1")
        build_release(facts, [tmp_path / f"{slug}.csv"], tmp_path / slug)
        Library(tmp_path / "home").install(tmp_path / slug)
    data = tmp_path / "data.csv"
    data.write_text(f"text,isbn10,doi\nwords,{ISBN_10},\nwords,,https://doi.org/10.1000/abc\nwords,1,\n", "utf-8")
    made = report(tmp_path / "home", data, code=1)
    found = {f["work"]["title"].lower(): f for f in made["findings"]}
    assert found.keys() == {"a book", "a paper"}
    assert all((f["tier"], f["lane"], f["detector"]) == ("T1", "content", "identifier") for f in found.values())
    assert found["a book"]["collections"] == ["zzz", "aaa"]
    assert found["a book"]["work"]["identifiers"] == [ISBN_13]
    assert found["a paper"]["collections"] == ["zzz"]
    assert report(tmp_path / "home", data, "--fail-on", "found", code=0)["summary"]["works"] == 2


def test_killed_audits_leave_the_home_usable(place: Path, tmp_path: Path) -> None:
    """A home whose index must be built first is the worst case: the audit writes it, and is killed at any moment."""
    home = tmp_path / "home"
    Library(home).install(place / "release")
    (index,) = home.glob("releases/*/index.arrow")
    expected = report(place / "home", place / TAINTED, code=1)["findings"]
    for wait in (0.5, 0.8, 1.1):
        index.unlink(missing_ok=True)
        process = subprocess.Popen(
            command(place / TAINTED, "-o", tmp_path / "out.json"),
            env=environment(home),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if (tmp_path / "out.json").exists():  # whole or not there
            assert json.loads((tmp_path / "out.json").read_text("utf-8"))["findings"] == expected
    assert report(home, place / TAINTED, code=1)["findings"] == expected


def test_options_have_environment_twins(place: Path) -> None:
    done = subprocess.run(
        command(place / TAINTED),
        capture_output=True,
        encoding="utf-8",
        env={**environment(place / "home"), "FINDSPOT_FAIL_ON": "never", "FINDSPOT_FORMAT": "json"},
        check=False,
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["verdict"]["outcome"] == "pass"
