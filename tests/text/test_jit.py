"""Where compiled kernels are kept: beside the module, and what happens where that cannot be written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import findspot
from findspot.text import jit as room

PROGRAM = """
    import logging, os, tempfile
    import numpy as np
    tempfile.tempdir = os.environ["TMPDIR"]  # and not, where that cannot be written, /tmp
    logging.basicConfig(format="LOG %(message)s")
    from findspot.reference.kernel import find_postings
    keys = np.arange(8, dtype=np.uint64) << np.uint64(60)
    at = np.empty(8, np.int64)
    print("matches", find_postings(keys, 2.0**64, keys[3:5], at, at.copy()))
    print("compiled", sum(find_postings.stats.cache_misses.values()))
    print("hits", sum(find_postings.stats.cache_hits.values()))
    print("kept in", find_postings.stats.cache_path)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sources of the package as an installation has them, with no kernel compiled."""
    place = tmp_path_factory.mktemp("site")
    shutil.copytree(Path(findspot.__file__).parent, place / "findspot", ignore=shutil.ignore_patterns("__pycache__"))
    return place


def bound(command: list[str]) -> list[str]:
    """The command as one whom permissions bind: root is left without the right to pass over them."""
    if not hasattr(os, "getuid") or os.getuid():
        return command
    if not shutil.which("setpriv"):
        pytest.skip("permissions do not bind root, and there is no setpriv")
    rights = "-dac_override,-dac_read_search,-fowner"
    return ["setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}", *command]


def run(installed: Path, home: Path, scratch: Path, **env: str) -> dict[str, str]:
    """What the program prints, by its first words, and what it logs."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {"HOME": str(home), "TMPDIR": str(scratch), **env}
    done = subprocess.run(
        bound([sys.executable, "-c", textwrap.dedent(PROGRAM)]),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, str] = dict(line.rsplit(" ", 1) for line in done.stdout.splitlines())
    assert said["matches"] == "2"
    return {**said, "log": "\n".join(line for line in done.stderr.splitlines() if line.startswith("LOG"))}


def locked(*folders: Path) -> None:
    for folder in folders:
        for path in (folder, *folder.rglob("*")):
            path.chmod(path.stat().st_mode & ~0o222)


def unlocked(*folders: Path) -> None:
    for folder in folders:
        folder.chmod(0o755)
        for path in folder.rglob("*"):
            path.chmod(path.stat().st_mode | 0o200)


@pytest.mark.slow
def test_a_kernel_is_compiled_once_and_stays_right_where_nothing_can_be_written(
    installed: Path, tmp_path: Path
) -> None:
    home, scratch, empty = (tmp_path / name for name in ("home", "tmp", "empty"))
    for folder in (home, scratch, empty):
        folder.mkdir()

    first = run(installed, home, scratch)
    assert (first["compiled"], first["hits"], first["log"]) == ("1", "0", "")
    beside = Path(first["kept in"])
    assert beside.is_relative_to(installed / "findspot/reference/__pycache__")
    assert run(installed, home, scratch)["hits"] == "1"
    assert not list(home.iterdir())

    # installed by another: what he compiled is copied to the user's cache, or to where the environment says
    locked(installed)
    again = run(installed, home, scratch)
    assert (again["compiled"], again["hits"], again["log"]) == ("0", "1", "")
    assert Path(again["kept in"]).is_relative_to(home / ".cache/findspot")
    told = run(installed, home, scratch, NUMBA_CACHE_DIR=str(empty))
    assert (told["hits"], told["kept in"].startswith(str(empty))) == ("1", True)

    # no home either: a folder of the user's own among the temporary ones
    locked(home)
    unlocked(home / ".cache")
    shutil.rmtree(home / ".cache", ignore_errors=True)
    locked(home)
    there = run(installed, home, scratch)
    assert (there["hits"], there["log"]) == ("1", "")
    assert Path(there["kept in"]).is_relative_to(scratch)

    # nowhere: it is compiled at every start, and said once
    unlocked(scratch)
    shutil.rmtree(scratch)
    scratch.mkdir()
    locked(scratch)
    nowhere = run(installed, home, scratch, XDG_CACHE_HOME=str(home))
    unlocked(installed, home, scratch)
    assert (nowhere["compiled"], nowhere["hits"]) == ("1", "0")
    assert nowhere["log"].count("no folder for compiled kernels can be written") == 1


def test_a_folder_that_another_could_fill_is_not_trusted(tmp_path: Path) -> None:
    mine, open_to_all, link = tmp_path / "mine", tmp_path / "open", tmp_path / "link"
    assert room._private(mine)
    assert mine.stat().st_mode & 0o777 == 0o700
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    assert not room._private(open_to_all)
    link.symlink_to(mine)
    assert not room._private(link)
    assert not room._private(tmp_path / "no" / "parent")


def test_what_is_there_is_not_copied_over(tmp_path: Path) -> None:
    shipped, place = tmp_path / "shipped/text_1", tmp_path / "place"
    shipped.mkdir(parents=True)
    place.mkdir()
    for name in ("kernel.f-1.py311.nbi", "kernel.f-1.py311.1.nbc", "kernel.f_long-9.py311.nbi"):
        (shipped / name).write_text("shipped")
    room.seed(shipped.parent, place, "kernel.f")
    assert {path.name for path in place.iterdir()} == {"kernel.f-1.py311.nbi", "kernel.f-1.py311.1.nbc"}
    (place / "kernel.f-1.py311.nbi").write_text("own")
    room.seed(shipped.parent, place, "kernel.f")
    assert (place / "kernel.f-1.py311.nbi").read_text() == "own"
