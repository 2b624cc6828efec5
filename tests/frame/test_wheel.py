"""The wheel holds what it must, and works in an empty environment in a folder far from the checkout."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from findspot import __version__

if TYPE_CHECKING:
    from tests.frame.conftest import Run


@pytest.fixture(scope="module")
def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_installs_one_import_package_only(names: list[str]) -> None:
    """Packages called service, schemas or fingerprints exist elsewhere and would be overwritten."""
    assert {name.split("/")[0] for name in names} == {"findspot", f"findspot-{__version__}.dist-info"}


def test_carries_every_file_of_the_package_and_the_two_data_rooms(names: list[str], checkout: Path) -> None:
    def files(room: str) -> set[str]:
        paths = (p for p in (checkout / room).rglob("*") if p.is_file() and "__pycache__" not in p.parts)
        return {p.relative_to(checkout / room).as_posix() for p in paths}

    expected = files("service") | {f"findspot/_shipped/{r}/{f}" for r in ("schemas", "fingerprints") for f in files(r)}
    assert expected <= set(names)
    assert "findspot/py.typed" in names


@pytest.mark.slow
def test_works_in_an_empty_environment(wheel: Path, checkout: Path, run: Run, tmp_path: Path) -> None:
    run(sys.executable, "-m", "venv", "venv", cwd=tmp_path)
    python = tmp_path / "venv/bin/python"
    lock = checkout / "requirements.lock"
    run(python, "-m", "pip", "install", "--constraint", lock, f"{wheel}[service,demo]", cwd=tmp_path)
    findspot, away = tmp_path / "venv/bin/findspot", tmp_path / "away"
    away.mkdir()

    assert run(findspot, "--version", cwd=away).stdout == f"findspot {__version__}\n"
    where = run(
        *(python, "-c", "from findspot.shipped import data_dir as d; print(d('schemas'), d('fingerprints'))"), cwd=away
    ).stdout.split()
    assert all(str(tmp_path) in folder and Path(folder).is_dir() for folder in where)

    demo = run(findspot, "demo", "--out", "demo", cwd=away)
    assert "Every book that is in the dataset was reported, and no other." in demo.stdout

    home = {"FINDSPOT_HOME": str(away / "demo/home")}
    text = (away / "demo/library/job.txt").read_text(encoding="utf-8")
    (away / "mine.jsonl").write_text(json.dumps({"id": "a", "text": text}) + "\n", encoding="utf-8")
    audit = run(findspot, "audit", "mine.jsonl", "--format", "json", cwd=away, check=False, **home)
    assert audit.returncode == 1, audit.stderr
    assert [f["work"]["title"] for f in json.loads(audit.stdout)["findings"] if f["status"] == "open"] == ["Job"]
