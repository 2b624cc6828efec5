"""The library: releases in, releases out, two processes at once, and what is damaged."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from findspot.errors import FindspotError, InputError, NotFoundError, OutputError, ReferenceDamagedError, SchemeError
from findspot.reference import Built, Library, home_dir, read_release

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Build = Any
Text = Any


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "home")


def names(library: Library, *, withdrawn: bool = False) -> list[str]:
    return [i.info.name for i in library.installed(withdrawn=withdrawn)]


def folders(library: Library) -> list[str]:
    return sorted("sha256:" + path.name for path in (library.home / "releases").iterdir())


def test_an_empty_library(library: Library) -> None:
    assert library.installed() == []
    assert library.open() == []
    assert not library.home.exists()  # looking leaves no trace
    with pytest.raises(NotFoundError, match="no collection 'books3' is installed") as caught:
        library.open(["books3"])
    assert caught.value.advice == "None is installed yet: `findspot collection install DIR` adds one."


def test_install_and_open(tmp_path: Path, library: Library, build: Build, text_of: Text) -> None:
    built: Built = build(texts={"a.txt": text_of(1)}, lists={"l.csv": "title,isbn\nA,0306406152\n"})
    installed = library.install(tmp_path / "release")
    assert (installed.info, installed.digest, installed.withdrawn) == (built.info, built.digest, None)
    shutil.rmtree(tmp_path / "release")  # the library has its own copy
    assert library.installed() == [installed] == library.show("shadow") == library.show("shadow@2020-10")
    [opened] = library.open()
    assert (opened.info, opened.digest) == (built.info, built.digest)
    assert [work.title for work in opened.works([1, 0])] == ["A", "a"]
    assert opened.works([0])[0].shingle_tokens() == 8
    assert read_release(opened.folder) == (built.info, built.digest)


def test_the_same_release_again_changes_nothing(tmp_path: Path, library: Library, build: Build) -> None:
    build(lists={"l.csv": "title,isbn\nA,0306406152\n"})
    first = library.install(tmp_path / "release")
    stamps = {path.name: path.stat().st_mtime_ns for path in first.folder.iterdir()}
    assert library.install(tmp_path / "release") == first
    assert {path.name: path.stat().st_mtime_ns for path in first.folder.iterdir()} == stamps


def test_another_digest_under_the_same_name_replaces_it_and_readers_go_on(
    tmp_path: Path, library: Library, build: Build, text_of: Text
) -> None:
    old: Built = build("old", texts={"a.txt": text_of(1)})
    new: Built = build("new", texts={"a.txt": text_of(2), "b.txt": text_of(3)})
    library.install(tmp_path / "old")
    [reader] = library.open()
    library.install(tmp_path / "new")
    assert [i.digest for i in library.installed()] == [new.digest] == folders(library)
    assert reader.digest == old.digest
    assert not reader.folder.exists()
    assert [work.title for work in reader.works([0])] == ["a"]
    assert len(reader.text(64).keys) == reader.sketch_sizes(64).sum() > 10
    assert [opened.digest for opened in library.open()] == [new.digest]


def test_the_newest_release_of_a_collection_is_searched_unless_one_is_named(
    tmp_path: Path, library: Library, build: Build
) -> None:
    for release, as_of in [("b", "2020-10"), ("c", "2019"), ("a", "2020-11-01")]:
        build(release, lists={"l.csv": "title\nA\n"}, release=release, as_of=as_of)
        library.install(tmp_path / release)
    build("other", lists={"l.csv": "title\nA\n"}, slug="libgen")
    library.install(tmp_path / "other")
    assert names(library) == ["libgen@2020-10", "shadow@c", "shadow@b", "shadow@a"]

    def opened(*wanted: str) -> list[str]:
        return [release.info.name for release in library.open(wanted or None)]

    assert opened() == ["libgen@2020-10", "shadow@a"]
    assert opened("shadow") == ["shadow@a"]
    assert opened("shadow@c", "shadow", "shadow@a") == ["shadow@a", "shadow@c"]
    assert [i.info.name for i in library.show("shadow")] == ["shadow@c", "shadow@b", "shadow@a"]


def test_an_unknown_name_is_answered_with_the_nearest(tmp_path: Path, library: Library, build: Build) -> None:
    build(lists={"l.csv": "title\nA\n"}, slug="books3")
    library.install(tmp_path / "release")
    for asked, advice in [
        ("bokos3", "Did you mean 'books3'?"),
        ("books3@2020-11", "Did you mean 'books3@2020-10'?"),
        ("imagenet", "Installed: books3."),
    ]:
        for action in (
            library.show,
            lambda name: library.open([name]),
            lambda name: library.withdraw(name, reason="r"),
        ):
            with pytest.raises(NotFoundError) as caught:
                action(asked)
            assert caught.value.message == f"no collection {asked!r} is installed"
            assert caught.value.advice == advice


def test_withdraw(tmp_path: Path, library: Library, build: Build) -> None:
    for release in ("1", "2"):
        build(release, lists={"l.csv": "title\nA\n"}, release=release)
        library.install(tmp_path / release)
    [gone] = library.withdraw("shadow", "1", reason="holds a work by mistake")
    assert gone.info.name == "shadow@1"
    assert names(library) == ["shadow@2"]
    assert folders(library) == [library.show("shadow")[0].digest]
    assert [(i.info.name, i.withdrawn) for i in library.installed(withdrawn=True)] == [
        ("shadow@1", "holds a work by mistake"),
        ("shadow@2", None),
    ]
    with pytest.raises(NotFoundError):
        library.withdraw("shadow", "1", reason="again")
    library.withdraw("shadow", reason="all of it")
    assert (names(library), folders(library)) == ([], [])
    assert library.install(tmp_path / "1").withdrawn is None
    assert names(library) == ["shadow@1"]


def edited(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    data = json.loads((folder / "release.json").read_bytes())
    change(data)
    (folder / "release.json").write_text(json.dumps(data), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda d: d["scheme"].update(name="fs0"), SchemeError, "shadow@2020-10 is fingerprinted with scheme fs0"),
        (lambda d: d["scheme"].update(k=5), SchemeError, r"scheme fs1 \(k 5; "),
        (lambda d: d["scheme"].update(unicode="1.1"), SchemeError, "Unicode 1.1"),
        (lambda d: d["scheme"].update(scaled=0), InputError, "release.json: scheme.scaled: "),
        (lambda d: d["scheme"].update(scaled=1 << 63), InputError, "release.json: scheme.scaled: "),
        (lambda d: d.update(schema="findspot.release/9"), InputError, "release.json: schema: .*findspot.release/1"),
        (lambda d: d.update(slug="../up"), InputError, "release.json: slug: "),
        (lambda d: d.update(release="a/b"), InputError, "release.json: release: "),
        (lambda d: d.update(works=-1), InputError, "release.json: works: "),
        (lambda d: d.pop("status"), InputError, "release.json: status: "),
        (lambda d: d["files"].pop("works.parquet"), InputError, "files: .*works.parquet is not among the files"),
        (
            lambda d: d["files"].update({"x": d["files"]["works.parquet"]}),
            InputError,
            "shadow@2020-10: x cannot be read",
        ),
        (lambda d: d["files"]["works.parquet"].update(bytes=1), ReferenceDamagedError, r"has \d+ bytes, not 1"),
        (lambda d: d["files"]["works.parquet"].update(sha256="0" * 64), ReferenceDamagedError, "the sha256 stated"),
        (lambda d: d.update(postings=7), ReferenceDamagedError, "postings.parquet is not 7 sorted postings"),
    ],
)
def test_a_release_that_is_refused_leaves_the_library_as_it_was(
    tmp_path: Path,
    library: Library,
    build: Build,
    change: Callable[[Any], object],
    error: type[FindspotError],
    message: str,
) -> None:
    build("good", lists={"l.csv": "title,isbn\nA,0306406152\n"}, slug="good")
    library.install(tmp_path / "good")
    build(lists={"l.csv": "title,isbn\nA,0306406152\n"})
    with pytest.raises(error, match=message) as caught:
        library.install(edited(tmp_path / "release", change))
    assert caught.value.advice
    assert names(library) == ["good@2020-10"]
    assert folders(library) == [library.show("good")[0].digest]


@pytest.mark.parametrize("name", ["../outside", "/absolute", "a/b", "..", ".hidden", "release.json", "index.arrow", ""])
def test_a_release_cannot_name_files_outside_its_folder(
    tmp_path: Path, library: Library, build: Build, name: str
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched", encoding="utf-8")
    name = str(victim) if name == "/absolute" else name
    build(lists={"l.csv": "title\nA\n"})
    (tmp_path / "outside").write_text("untouched", encoding="utf-8")
    edited(tmp_path / "release", lambda d: d["files"].update({name: d["files"]["works.parquet"]}))
    with pytest.raises(InputError, match=r"release\.json: files"):
        library.install(tmp_path / "release")
    assert victim.read_text(encoding="utf-8") == "untouched"


def test_what_is_no_release(tmp_path: Path, library: Library) -> None:
    with pytest.raises(InputError, match=r"is no release: release\.json cannot be read \(No such file") as caught:
        library.install(tmp_path)
    assert "collection build" in caught.value.advice
    for content in (b"", b"{", b"[]", b"\xff", b"{}"):
        (tmp_path / "release.json").write_bytes(content)
        with pytest.raises(InputError, match=r"release\.json: "):
            library.install(tmp_path)
    assert not library.home.exists()


def test_a_release_with_a_file_missing(tmp_path: Path, library: Library, build: Build) -> None:
    build(lists={"l.csv": "title\nA\n"})
    (tmp_path / "release" / "works.parquet").unlink()
    with pytest.raises(InputError, match=r"shadow@2020-10: works\.parquet cannot be read \(No such file") as caught:
        library.install(tmp_path / "release")
    assert caught.value.advice == "The release is not whole: build it again."
    assert folders(library) == []


@pytest.mark.parametrize("file", ["works.parquet", "postings.parquet", "release.json"])
@pytest.mark.parametrize("damage", ["deleted", "cut", "flipped"])
def test_a_damaged_release_is_told_and_installing_it_again_repairs_it(
    tmp_path: Path, library: Library, build: Build, text_of: Text, file: str, damage: str
) -> None:
    build(texts={"a.txt": text_of(1)})
    installed = library.install(tmp_path / "release")
    path = installed.folder / file
    whole = path.read_bytes()
    path.unlink()
    if damage != "deleted":
        path.write_bytes(whole[:-1] if damage == "cut" else whole[:50] + bytes([whole[50] ^ 1]) + whole[51:])
    with pytest.raises(ReferenceDamagedError, match=r"shadow@2020-10: .*" + file) as caught:
        library.verify("shadow")
    assert "nstall the release again" in caught.value.advice
    assert library.install(tmp_path / "release") == installed
    assert path.read_bytes() == whole
    assert library.verify("shadow") == [installed]
    assert folders(library) == [installed.digest]


def test_verify_builds_an_index_again_that_does_not_follow_from_the_postings(
    tmp_path: Path, library: Library, build: Build, text_of: Text
) -> None:
    build(texts={"a.txt": text_of(1)}, lists={"l.csv": "isbn\n0306406152\n"})
    path = library.install(tmp_path / "release").folder / "index.arrow"
    whole = path.read_bytes()
    repaired = 0
    for at in range(8, len(whole), 101):
        path.unlink()
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        library.verify("shadow")
        repaired += path.read_bytes() == whole  # bytes between the columns say nothing
        [release] = library.open()
        assert [work.row for work in release.find_identifiers(["isbn:9780306406157"])["isbn:9780306406157"]] == [1]
        assert release.text(64).works.tolist() == [0] * int(release.sketch_sizes(64)[0])
    assert repaired > 5


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"info": {}, "digest": "x", "withdrawn": null}'])
def test_a_damaged_pointer_is_named(tmp_path: Path, library: Library, build: Build, content: bytes) -> None:
    build(lists={"l.csv": "title\nA\n"})
    installed = library.install(tmp_path / "release")
    pointer = library.home / "collections" / "shadow" / "2020-10.json"
    pointer.write_bytes(content)
    for action in (library.installed, library.open, lambda: library.install(tmp_path / "release")):
        with pytest.raises(ReferenceDamagedError, match=r"collections/shadow/2020-10\.json is damaged") as caught:
            action()
        assert caught.value.advice == "Remove this file and install the release again."
    assert folders(library) == [installed.digest]
    pointer.unlink()
    assert library.install(tmp_path / "release") == installed


def test_foreign_files_in_the_home_are_no_hindrance(tmp_path: Path, library: Library, build: Build) -> None:
    build(lists={"l.csv": "title\nA\n"}, release="1.partial-2")
    library.install(tmp_path / "release")
    (library.home / "releases" / ".DS_Store").touch()
    (library.home / "collections" / ".DS_Store").touch()
    build("next", lists={"l.csv": "title\nA\n"}, slug="next")
    library.install(tmp_path / "next")
    assert names(library) == ["next@2020-10", "shadow@1.partial-2"]


def test_a_home_that_is_a_file(tmp_path: Path, build: Build) -> None:
    build(lists={"l.csv": "title\nA\n"})
    (tmp_path / "home").touch()
    with pytest.raises(OutputError, match="home cannot be written") as caught:
        Library(tmp_path / "home").install(tmp_path / "release")
    assert "FINDSPOT_HOME" in caught.value.advice


def test_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINDSPOT_HOME", str(tmp_path))
    assert home_dir() == tmp_path
    monkeypatch.delenv("FINDSPOT_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(sys, "platform", "linux")
    assert home_dir() == tmp_path / "data" / "findspot"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home_dir() == tmp_path / ".local" / "share" / "findspot"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert home_dir() == tmp_path / "Library" / "Application Support" / "findspot"


# Installs the releases it is given in turn, and reads the library between.
INSTALLER = """
import sys
from pathlib import Path
from findspot.reference import Library
library = Library(Path(sys.argv[1]))
for turn in range(30):
    library.install(Path(sys.argv[2 + turn % 2]))
    for release in library.open():
        assert len(release.works(range(release.info.works))) == release.info.works
    library.withdraw("other", reason="r") if turn % 10 == 9 and sys.argv[4] == "withdraw" else None
"""


def test_two_processes_change_one_home_while_a_third_reads(
    tmp_path: Path, library: Library, build: Build, text_of: Text
) -> None:
    known = {build(name, texts={"a.txt": text_of(i)}).digest for i, name in enumerate(["a", "b"])}
    build("other", lists={"l.csv": "title\nA\n"}, slug="other")
    library.install(tmp_path / "a")
    library.install(tmp_path / "other")
    command = [sys.executable, "-c", INSTALLER, str(library.home)]
    sources = [str(tmp_path / name) for name in ("a", "b", "other")]
    with (
        subprocess.Popen([*command, *sources[:2], ""], stderr=subprocess.PIPE, text=True) as one,
        subprocess.Popen([*command, *sources[1:], "withdraw"], stderr=subprocess.PIPE, text=True) as two,
    ):
        while one.poll() is None or two.poll() is None:
            opened = {release.info.slug: release for release in library.open()}
            assert opened["shadow"].digest in known
            assert [work.title for work in opened["shadow"].works([0])] == ["a"]
            assert len(opened["shadow"].text(64).keys) > 10
        assert (one.communicate()[1], two.communicate()[1]) == ("", "")
    assert folders(library) == sorted(i.digest for i in library.installed())
    assert not [path for path in library.home.rglob("*") if "partial" in path.name]


def read_only(home: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run Python code on a home that it may not write, even where the tests run as root."""

    def as_anyone() -> None:
        if os.getuid() == 0:
            ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE: modes apply to root too

    writable = [path for path in (home, *home.rglob("*")) if path.is_dir()]
    for path in writable:
        path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        command = [sys.executable, "-c", script, str(home)]
        return subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=as_anyone)
    finally:
        for path in writable:
            path.chmod(stat.S_IRWXU)


READER = """
import sys
from pathlib import Path
from findspot.errors import OutputError
from findspot.reference import Library
library = Library(Path(sys.argv[1]))
[release] = library.open()
print(len(release.text(64).keys), len(release.find_identifiers(["isbn:9780306406157"])))
try:
    library.withdraw("shadow", reason="r")
except OutputError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="root is kept from writing by a call of Linux")
@pytest.mark.parametrize("index", ["there", "missing"])
def test_a_home_that_cannot_be_written_is_searched(
    tmp_path: Path, library: Library, build: Build, text_of: Text, index: str
) -> None:
    build(texts={"a.txt": text_of(1)}, lists={"l.csv": "isbn\n0306406152\n"})
    library.install(tmp_path / "release")
    [release] = library.open()
    if index == "missing":
        (release.folder / "index.arrow").unlink()
    done = read_only(library.home, READER)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == f"{len(release.text(64).keys)} 1"
    assert lines[1] == f"{library.home} cannot be written (Permission denied)"
    assert "FINDSPOT_HOME" in lines[2]
    assert (release.folder / "index.arrow").exists() == (index == "there")
    assert names(library) == ["shadow@2020-10"]
