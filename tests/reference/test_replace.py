"""A release folder and a home survive what goes wrong while they are written: full disks and ``kill -9``."""

from __future__ import annotations

import contextlib
import random
import resource
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from findspot.errors import OutputError, UsageError
from findspot.reference import Built, Library, build_release, make_facts, read_release, verify_files
from findspot.reference.replace import replacing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Build = Any
Text = Any


def tree(folder: Path) -> dict[str, bytes | None]:
    """Every file below a folder, hidden ones too, with its bytes; folders with None."""
    found = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.name != ".lock"}
    return {name: path.read_bytes() if path.is_file() else None for name, path in found.items()}


def on_a_full_disk(turn: int, change: Callable[[], object]) -> OutputError | None:
    """The error of a change while files end at some size, larger from turn to turn; None once that is enough."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (250 * turn, hard))
    try:
        change()
    except OutputError as error:
        return error
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    return None


def test_a_new_build_replaces_the_old_one_whole(tmp_path: Path, build: Build) -> None:
    build(lists={"l.csv": "title\nA\n"})
    (tmp_path / "release" / "index.arrow").write_bytes(b"derived, may go")
    built: Built = build(lists={"l.csv": "title\nA\nB\n"})
    assert read_release(tmp_path / "release") == (built.info, built.digest)
    verify_files(tmp_path / "release", built.info)
    assert sorted(tree(tmp_path)) == [
        "l.csv", "release", *(f"release/{name}" for name in ("postings.parquet", "release.json", "works.parquet")),
    ]  # fmt: skip


@pytest.mark.parametrize("there", ["file", "folder of something else", "release with notes beside"])
def test_what_is_no_release_is_not_replaced(tmp_path: Path, build: Build, there: str) -> None:
    target = tmp_path / "release"
    if there == "file":
        target.write_text("mine", encoding="utf-8")
    elif there == "folder of something else":
        target.mkdir()
        (target / "mine.txt").write_text("mine", encoding="utf-8")
    else:
        build(lists={"l.csv": "title\nA\n"})
        (target / "notes.md").write_text("mine", encoding="utf-8")
    before = tree(tmp_path)
    with pytest.raises(UsageError, match="release is there already and holds something else than a release"):
        build(lists={"l.csv": "title\nA\n"})
    assert {k: v for k, v in tree(tmp_path).items() if k != "l.csv"} == {
        k: v for k, v in before.items() if k != "l.csv"
    }


def test_an_empty_folder_and_a_link_to_a_release_are_written_into(tmp_path: Path, build: Build) -> None:
    (tmp_path / "release").mkdir()
    built: Built = build(lists={"l.csv": "title\nA\n"})
    (tmp_path / "link").symlink_to("release")
    again: Built = build("link", lists={"l.csv": "title\nA\nB\n"})
    assert built.digest != again.digest == read_release(tmp_path / "release")[1]
    assert (tmp_path / "link").is_symlink()
    assert [name for name in tree(tmp_path) if name.startswith(".")] == []


def test_a_full_disk_while_building(tmp_path: Path, build: Build, text_of: Text) -> None:
    folder = tmp_path / "place"
    folder.mkdir()
    build("place/release", lists={"l.csv": "title\nA\n"})
    before = tree(folder)
    facts = make_facts(slug="s", title="T", kind="books", status="pirated", as_of="2020", release="1")
    (tmp_path / "texts").mkdir()
    for i in range(5):
        (tmp_path / "texts" / f"{i}.txt").write_text(text_of(i), encoding="utf-8")
    failures: list[OutputError] = []
    while error := on_a_full_disk(
        len(failures), lambda: build_release(facts, [tmp_path / "texts"], folder / "release")
    ):
        failures.append(error)
        assert error.message == f"{folder / 'release'} cannot be written (File too large)"
        assert error.advice.startswith("Free some disk space")
        assert tree(folder) == before
    assert len(failures) > 5
    assert read_release(folder / "release")[0].works == 5
    assert [name for name in tree(folder) if name.startswith(".")] == []


def test_a_full_disk_while_installing(tmp_path: Path, build: Build, text_of: Text) -> None:
    home = tmp_path / "home"
    build("old", lists={"l.csv": "title\nA\n"})
    built: Built = build("new", texts={f"{i}.txt": text_of(i) for i in range(5)})
    old = Library(home).install(tmp_path / "old")
    before = tree(home)
    failures: list[OutputError] = []
    while error := on_a_full_disk(len(failures), lambda: Library(home).install(tmp_path / "new")):
        failures.append(error)
        assert error.message.endswith(" cannot be written (File too large)")
        assert error.advice.startswith("Free some disk space")
        assert tree(home) == before
        assert Library(home).installed() == [old]
    assert len(failures) > 5
    assert [i.digest for i in Library(home).installed()] == [built.digest]


def test_a_folder_stays_when_the_new_one_was_not_finished(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    (target / "old").touch()
    with contextlib.suppress(ZeroDivisionError), replacing(target) as partial:
        (partial / "new").touch()
        raise ZeroDivisionError
    assert sorted(tree(tmp_path)) == ["target", "target/old"]


def test_what_a_killed_replacement_left_is_put_back_or_removed(tmp_path: Path) -> None:
    target = tmp_path / "a[b]"
    for name in (".a[b].old-1", ".a[b].partial-1", ".a[b].partial-2", ".ab.partial-1", ".a[b].other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "within").touch()
    with contextlib.suppress(OSError), replacing(target):
        assert (target / "within").exists()  # the old one, as if nothing had happened
        raise OSError
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a[b].other", ".ab.partial-1", "a[b]"]
    (tmp_path / ".a[b].old-2").mkdir()
    with replacing(target) as partial:
        (partial / "new").touch()
    assert sorted(tree(target)) == ["new"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a[b].other", ".ab.partial-1", "a[b]"]


def test_two_replacements_at_once_leave_each_other_alone(tmp_path: Path) -> None:
    with replacing(tmp_path / "x") as first:
        (first / "first").touch()
        with replacing(tmp_path / "x") as second:
            (second / "second").touch()
        assert sorted(tree(tmp_path / "x")) == ["second"]
        assert (first / "first").exists()
    assert sorted(tree(tmp_path)) == ["x", "x/first"]


# Starts a worker for each line it is told, which builds and installs two releases in turn until it is killed.
WORKER = """
import os, signal, sys, time
from pathlib import Path
import pyarrow as pa
from findspot.reference import Library, build_release, make_facts
from findspot.sketch import sketch_column
root = Path(sys.argv[1])
sketch_column(pa.array(["compiled before the fork"], pa.large_string()), 1)

def work():
    for turn in range(100_000):
        release = str(1 + turn % 2)
        facts = make_facts(slug="s", title="T", kind="books", status="pirated", as_of="2020", release="1")
        target = root / "place" / "release"
        build_release(facts, [root / f"texts-{release}"], target)
        Library(root / "home").install(target)

print("ready", flush=True)
for line in sys.stdin:
    child = os.fork()
    if not child:
        work()
    time.sleep(float(line))
    os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    print("killed" if os.WIFSIGNALED(status) else "ended", flush=True)
"""


def test_kill_9_while_building_and_installing(tmp_path: Path, text_of: Text) -> None:
    for release in (1, 2):
        (tmp_path / f"texts-{release}").mkdir()
        for i in range(20):
            (tmp_path / f"texts-{release}" / f"{i}.txt").write_text(text_of(100 * release + i), encoding="utf-8")
    place, home = tmp_path / "place", tmp_path / "home"
    place.mkdir()
    facts = make_facts(slug="s", title="T", kind="books", status="pirated", as_of="2020", release="1")
    known = {build_release(facts, [tmp_path / f"texts-{release}"], place / "release").digest for release in (1, 2)}
    Library(home).install(place / "release")
    assert len(known) == 2
    moments = random.Random(7)
    left = 0
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
        for _ in range(25):
            worker.stdin.write(f"{moments.uniform(0.05, 0.25)}\n")
            worker.stdin.flush()
            assert worker.stdout.readline() == "killed\n"
            left += check_home(home, known) + check_place(place, known)
        worker.stdin.close()
    assert left > 0  # some were killed while they were writing
    built = build_release(facts, [tmp_path / "texts-1"], place / "release")
    assert [path.name for path in place.iterdir()] == ["release"]
    Library(home).install(place / "release")
    assert sorted(tree(home)) == [
        "collections", "collections/s", "collections/s/1.json", "releases", f"releases/{built.digest[7:]}",
        *(f"releases/{built.digest[7:]}/{name}" for name in ("index.arrow", "postings.parquet", "release.json")),
        f"releases/{built.digest[7:]}/works.parquet",
    ]  # fmt: skip


def check_home(home: Path, known: set[str]) -> int:
    """The installed release is one of the two, whole; returns how many partial things lie about."""
    [release] = Library(home).open()
    assert release.digest in known
    verify_files(release.folder, release.info)
    assert len(release.works(range(20))) == 20
    assert len(release.text(64).keys) > 100
    return len([name for name in tree(home) if "partial" in name])


def check_place(place: Path, known: set[str]) -> int:
    """The built release is one of the two, whole, or was killed between two renames: then it stands beside."""
    folders = [place / "release"] if (place / "release").exists() else list(place.glob(".release.old-*"))
    for folder in folders:
        info, digest = read_release(folder)
        assert digest in known
        verify_files(folder, info)
    assert len(folders) == 1
    return len(list(place.glob(".*")))
