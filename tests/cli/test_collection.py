"""``findspot collection`` as a person or a script calls it: a process, its two streams and its exit code."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

LIST = "title,author,isbn\nA [/b] Book,An Author,0306406152\nEscape \x1b[2J,,\n,,1\n"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "findspot.cli.main", "collection", *arguments]
    environment = {**os.environ, "FINDSPOT_HOME": "home", "COLUMNS": "60", "NO_COLOR": "1"}
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False, cwd=folder)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with texts, a list, the release ``rel`` built from them, and a home where it is installed."""
    folder = tmp_path_factory.mktemp("collection")
    (folder / "texts").mkdir()
    words = random.Random(1)
    novel = " ".join("".join(words.choices("abcdefgh", k=5)) for _ in range(3000))
    (folder / "texts" / "A_novel.txt").write_text(novel, encoding="utf-8")
    (folder / "texts" / "empty.txt").touch()
    (folder / "list.csv").write_text(LIST, encoding="utf-8")
    (folder / "works.csv").write_text("file,title\nA_novel.txt,The Novel\ngone.txt,Gone\n", encoding="utf-8")
    done = run(
        folder, "build", "shadow", "texts", "list.csv", "-o", "rel", "--title", "Shadow [/b] \x1b[2J",
        "--kind", "books", "--status", "pirated", "--as-of", "2020-10-25", "--release", "2020-10",
        "--works", "works.csv", "--reference", "Docket 1", "--reference", "Docket 2", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (folder / "built.json").write_text(done.stdout, encoding="utf-8")
    (folder / "built.err").write_text(done.stderr, encoding="utf-8")
    done = run(folder, "install", "rel")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("installed shadow@2020-10: 3 works, sha256:")
    return folder


@pytest.fixture
def own(made: Path, tmp_path: Path) -> Path:
    """A copy of that folder, to be damaged."""
    return shutil.copytree(made, tmp_path / "own")


def test_build_tells_what_was_refused_and_what_was_made(made: Path) -> None:
    built = json.loads((made / "built.json").read_text(encoding="utf-8"))
    told = (made / "built.err").read_text(encoding="utf-8")
    release = built["release"]
    assert release == json.loads((made / "rel" / "release.json").read_bytes())
    assert (release["slug"], release["release"], release["as_of"]) == ("shadow", "2020-10", "2020-10-25")
    assert (release["status"], release["kind"], release["references"]) == ("pirated", "books", ["Docket 1", "Docket 2"])
    assert (release["works"], release["fingerprinted"], built["duplicates"]) == (3, 1, 0)
    assert [(r["place"], r["reason"]) for r in built["refused"]] == [
        ("empty.txt", "is empty"),
        ("list.csv:4", "isbn 1: has 1 digit, an ISBN has 10 or 13"),
        ("works.csv: gone.txt", "no such file in the sources"),
    ]
    for refused in built["refused"]:
        assert f"refused {refused['place']}: {refused['reason']}\n" in told
    assert "shadow@2020-10: 3 works, 1 with fingerprints, 0 too short, 4 identifiers; 3 refused, 0 repeated\n" in told
    assert f"{built['digest']}\n" in told


def test_build_again_makes_the_same_digest_and_takes_the_date_for_a_name(made: Path) -> None:
    digests = []
    for jobs in ("1", "3"):
        done = run(made, "build", "s", "texts", "-o", "again", "--as-of", "2019", "--jobs", jobs, "--json")
        assert done.returncode == 0, done.stderr
        built = json.loads(done.stdout)
        assert (built["release"]["release"], built["release"]["title"]) == ("2019", "s")
        digests.append(built["digest"])
    assert digests[0] == digests[1]


def test_list_and_show(made: Path) -> None:
    done = run(made, "list")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1].split() == [
        "shadow", "2020-10", "Shadow", "[/b]", "�[2J", "pirated", "2020-10-25", "3", "1",
    ]  # fmt: skip
    done = run(made, "show", "shadow", "--works", "5")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert "title         Shadow [/b] �[2J" in lines
    assert "references    Docket 1; Docket 2" in lines
    assert lines[-3].split("  ")[2].startswith("The Novel · — · 3,000 tokens · md5:")
    assert lines[-2].endswith("  A [/b] Book · An Author · facts alone · isbn:9780306406157")
    assert "\x1b" not in done.stdout


def test_json(made: Path) -> None:
    listed, shown = (json.loads(run(made, *call, "--json").stdout) for call in (["list"], ["show", "shadow@2020-10"]))
    assert listed == shown
    [release] = listed
    assert (release["collection"], release["release"], release["works"]) == ("shadow", "2020-10", 3)
    assert release["digest"] == json.loads((made / "built.json").read_text(encoding="utf-8"))["digest"]
    assert release["withdrawn"] is None


def test_verify(own: Path) -> None:
    done = run(own, "verify", "shadow")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("shadow@2020-10: whole, sha256:")
    [works] = own.glob("home/releases/*/works.parquet")
    works.write_bytes(works.read_bytes()[:-1] + b"x")
    done = run(own, "verify", "shadow")
    assert done.returncode == 3
    assert "findspot: shadow@2020-10: works.parquet does not have the sha256 stated\n" in done.stderr
    assert "Install the release again" in done.stderr
    works.unlink()
    assert run(own, "show", "shadow", "--works", "1").returncode == 3
    assert run(own, "install", "rel").returncode == 0
    assert run(own, "verify", "shadow").returncode == 0


def test_withdraw(own: Path) -> None:
    done = run(own, "withdraw", "shadow@2020-10", "--reason", "made from the wrong list")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "withdrew shadow@2020-10: made from the wrong list\n"
    done = run(own, "list")
    assert (done.returncode, done.stdout) == (0, "")
    assert "`findspot collection install DIR` adds one" in done.stderr
    assert json.loads(run(own, "list", "--json").stdout) == []
    assert "shadow (withdrawn: made from the wrong list)" in run(own, "list", "--withdrawn").stdout
    [release] = json.loads(run(own, "list", "--withdrawn", "--json").stdout)
    assert release["withdrawn"] == "made from the wrong list"
    assert run(own, "withdraw", "shadow", "--reason", "r").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "code", "message", "advice"),
    [
        ("build sh@dow texts -o new", 2, "SLUG 'sh@dow': expected", "--help"),
        ("build s texts -o texts", 2, "texts is there already and holds something else than a release", "-o"),
        ("build s texts -o new --works list.csv", 2, "no column 'file' in list.csv", "Add a column 'file'"),
        ("build s texts -o new --works gone.csv", 4, "gone.csv: cannot be read: No such file", "Check the path"),
        ("build s texts -o list.csv/new", 4, "list.csv/new cannot be written (Not a directory)", "another folder"),
        ("install texts", 4, "texts is no release: release.json cannot be read", "collection build"),
        ("show shadov", 2, "no collection 'shadov' is installed", "Did you mean 'shadow'?"),
        ("verify shadow@2021", 2, "no collection 'shadow@2021' is installed", "Did you mean 'shadow@2020-10'?"),
    ],
)
def test_errors(made: Path, arguments: str, code: int, message: str, advice: str) -> None:
    done = run(made, *arguments.split())
    assert done.returncode == code, done.stderr
    assert f"findspot: {message}" in done.stderr
    assert advice in done.stderr.partition(message)[2]
    assert done.stdout == ""
    assert not (made / "new").exists()


def test_a_release_of_another_scheme_is_refused_by_name(own: Path) -> None:
    path = own / "rel" / "release.json"
    data = json.loads(path.read_bytes())
    data["scheme"]["name"] = "fs0"
    path.write_text(json.dumps(data), encoding="utf-8")
    done = run(own, "install", "rel")
    assert done.returncode == 2
    assert "shadow@2020-10 is fingerprinted with scheme fs0" in done.stderr
    assert "Build the release again with this version." in done.stderr
