"""The arrows between the rooms hold, no room escapes them, and importing Findspot stays light."""

from __future__ import annotations

import json
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.frame.conftest import Run

HEAVY = (
    "numba",
    "numpy",
    "pyarrow",
    "fastapi",
    "sqlmodel",
    "sqlalchemy",
    "jinja2",
    "scipy",
    "datasketch",
    "httpx",
    "uvicorn",
)
#: Modules that every room may use, and that use none.
FREE = {"errors", "shipped"}


def test_arrows_point_down(checkout: Path, run: Run) -> None:
    run(sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", cwd=checkout)


def test_every_room_stands_in_the_contract(checkout: Path) -> None:
    settings = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = settings["tool"]["importlinter"]["contracts"]
    named = {room.strip(" ()") for layer in contract["layers"] for room in layer.replace("|", ":").split(":")}
    package = checkout / "service/findspot"
    rooms = {p.parent.name for p in package.glob("*/__init__.py")} | {p.stem for p in package.glob("[!_]*.py")}
    assert rooms - FREE <= named


@pytest.mark.parametrize("statement", ["import findspot", "import findspot.cli.main, findspot.errors"])
def test_import_is_light(statement: str, checkout: Path, run: Run) -> None:
    code = f"{statement}; import sys, json; print(json.dumps(sorted({{m.split('.')[0] for m in sys.modules}})))"
    loaded = json.loads(run(sys.executable, "-c", code, cwd=checkout).stdout)
    assert set(HEAVY).isdisjoint(loaded)


def test_files_stay_short(checkout: Path) -> None:
    files = [p for room in ("service", "tests") for p in (checkout / room).rglob("*.py")]
    lengths = {p.relative_to(checkout).as_posix(): len(p.read_text(encoding="utf-8").splitlines()) for p in files}
    assert {name: n for name, n in lengths.items() if n > 450} == {}
