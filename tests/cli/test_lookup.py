"""``findspot lookup`` as a person or a script calls it: a process, its two streams and its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from findspot.reference import CollectionFacts, Library, build_release

if TYPE_CHECKING:
    from pathlib import Path

SHA1 = "48ede7c7377a41c5f18f3690fcfb7d56b3c1206f"
BOOKS = (
    "title,author,isbn,md5\nA Book,An Author,0-306-40615-2,\n"
    "Stolen \x1b[2J,,0-8044-2957-X,7b2a4d53fde834e801c26a2bab7e0240\n"
)
FILMS = f"title,youtube_id,magnet\nA Film,dQw4w9WgXcQ,magnet:?xt=urn:btih:{SHA1}\nOf the book,,\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two collections that were built from lists."""
    folder = tmp_path_factory.mktemp("lookup")
    library = Library(folder / "home")
    for slug, content, as_of in [("books", BOOKS, "2020-10-25"), ("films", FILMS + "A Book,,\n", "2024-01-01")]:
        source = folder / f"{slug}.csv"
        source.write_text(content, encoding="utf-8")
        facts = CollectionFacts(
            slug=slug, title=slug.title(), kind="mixed", status="pirated", as_of=as_of, release=as_of[:7]
        )
        build_release(facts, [source], folder / slug)
        library.install(folder / slug)
    return folder / "home"


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "findspot.cli.main", "lookup", *arguments]
    environment = {**os.environ, "FINDSPOT_HOME": str(home), "COLUMNS": "60"}
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False)


def test_found_and_not_found(home: Path) -> None:
    done = run(home, "ISBN 978 0306406157", "https://youtu.be/dQw4w9WgXcQ?t=1", "10.1000/182")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[1].split("  ")[0] == "ISBN 978 0306406157"
    for part in ("isbn:9780306406157", "books@2020-10", "pirated", "2020-10-25", "A Book", "An Author"):
        assert part in lines[1]
    assert "youtube:dQw4w9WgXcQ" in lines[2]
    assert "films@2024-01" in lines[2]
    assert lines[3] == (
        "10.1000/182 (doi:10.1000/182): not in any of 2 installed collections (as of 2020-10-25 to 2024-01-01)"
    )
    assert done.stderr == ""


def test_json(home: Path) -> None:
    done = run(home, "--json", "--collection", "books", "0306406152", "dQw4w9WgXcQ")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["schema"] == "findspot.lookup/1"
    assert [c["collection"] for c in answer["collections"]] == ["books"]
    (hit,) = answer["found"]
    assert hit["value"] == "0306406152"
    assert hit["identifier"] == "isbn:9780306406157"
    assert (hit["collection"], hit["release"], hit["as_of"]) == ("books", "2020-10", "2020-10-25")
    assert (hit["work"]["title"], hit["work"]["creator"]) == ("A Book", "An Author")
    assert answer["not_found"] == [{"value": "dQw4w9WgXcQ", "identifier": "youtube:dQw4w9WgXcQ"}]
    assert answer["summary"] == {"looked_up": 2, "found": 1, "not_found": 1, "unrecognised": 0}


def test_control_characters_of_a_title_do_not_reach_the_terminal(home: Path) -> None:
    done = run(home, "0-8044-2957-X")
    assert "Stolen �[2J" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_magnet_link_is_not_repeated(home: Path) -> None:
    done = run(home, f"magnet:?xt=urn:btih:{SHA1}&tr=http://tracker.example/passkey", "--json")
    assert json.loads(done.stdout)["found"][0]["work"]["title"] == "A Film"
    assert "passkey" not in done.stdout + done.stderr


def test_a_bare_info_hash_is_read_as_a_digest_and_told(home: Path) -> None:
    done = run(home, SHA1)
    assert "not in any of 2 installed collections" in done.stdout
    assert "btih:… asks for a BitTorrent info hash" in done.stderr


def test_a_list_is_counted(home: Path, tmp_path: Path) -> None:
    listed = tmp_path / "mine.txt"
    listed.write_text("# mine\n9780306406157\n9780804429573\n9781780310008\n9781780310009\nhello\n", encoding="utf-8")
    done = run(home, "--file", str(listed), "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert [hit["identifier"] for hit in answer["found"]] == ["isbn:9780306406157", "isbn:9780804429573"]
    assert answer["summary"] == {"looked_up": 3, "found": 2, "not_found": 1, "unrecognised": 2}
    assert "mine.txt: 3 identifiers looked up, 2 rows and values not recognised" in done.stderr


def test_a_list_of_which_nothing_is_found(home: Path, tmp_path: Path) -> None:
    listed = tmp_path / "mine.csv"
    listed.write_text("isbn\n9781780310008\n", encoding="utf-8")
    done = run(home, "--file", str(listed))
    assert done.returncode == 0
    assert done.stdout.startswith("none of the list: not in any of 2 installed collections")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["978030640615X"], 2, "'978030640615X' is not recognised: no isbn: check digit is wrong"),
        (["0306406152", "Emma"], 2, "'Emma' is not recognised: is none of isbn, doi"),
        ([], 2, "nothing to look up"),
        (["0306406152", "--collection", "bookz"], 2, "no collection 'bookz' is installed\nDid you mean 'books'?"),
        (["--file", "gone.csv"], 4, "gone.csv: cannot be read"),
    ],
)
def test_errors(home: Path, arguments: list[str], code: int, message: str) -> None:
    done = run(home, *arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert done.stdout == ""


def test_nothing_installed_is_no_answer(tmp_path: Path) -> None:
    done = run(tmp_path / "empty", "0306406152")
    assert done.returncode == 3
    assert "not in any of 0 installed collections" in done.stdout
    assert "no collection is installed" in done.stderr
