"""`make` says what it can do, and says clearly when the Python at hand is too old."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.frame.conftest import Run

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")
TARGETS = ("demo", "test", "lint", "types", "bench", "serve", "help")


def test_help_names_the_targets_and_is_the_default(checkout: Path, run: Run) -> None:
    shown = run("make", cwd=checkout).stdout
    assert shown == run("make", "help", cwd=checkout).stdout
    for target in TARGETS:
        assert f"make {target} " in shown


@pytest.mark.parametrize("target", [t for t in TARGETS if t != "help"])
def test_every_target_makes_its_set_up_first(target: str, checkout: Path, run: Run, tmp_path: Path) -> None:
    places = (f"VENV={tmp_path}/new", f"BENCH_VENV={tmp_path}/other")
    steps = run("make", "--dry-run", *places, target, cwd=checkout).stdout
    wanted = "--editable ." if target == "bench" else "--editable '.[service,demo]' --group dev"
    assert steps.index("-m venv") < steps.index(wanted)
    assert not list(tmp_path.iterdir())


def test_second_set_up_does_nothing(checkout: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / ".findspot-ready").touch()
    assert "pip install" not in run("make", "--dry-run", f"VENV={tmp_path}", "test", cwd=checkout).stdout


def test_old_python_is_refused_by_name(checkout: Path, run: Run, tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\nif [ "$1" = --version ]; then echo Python 3.9.2; else exit 1; fi\n')
    old.chmod(0o755)
    done = run("make", f"PYTHON={old}", f"VENV={tmp_path}/new", "test", cwd=checkout, check=False)
    assert done.returncode
    assert "needs Python 3.11 or newer" in done.stderr
    assert "Python 3.9.2" in done.stderr


def test_no_python_at_all_is_said_clearly(checkout: Path, run: Run, tmp_path: Path) -> None:
    done = run("make", "PYTHON=", f"VENV={tmp_path}/new", "test", cwd=checkout, check=False)
    assert done.returncode
    assert "needs Python 3.11 or newer" in done.stderr


def test_variables_of_the_environment_are_not_taken_for_arguments(checkout: Path, run: Run, tmp_path: Path) -> None:
    steps = run(
        "make", "--dry-run", f"VENV={tmp_path}", "serve", cwd=checkout, HOST="example", ARGS="--nonsense"
    ).stdout
    assert "--host 127.0.0.1" in steps
    assert "--nonsense" not in steps
