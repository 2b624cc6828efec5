"""The lock answers every requirement of the project, and names no place to get it from."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from findspot import __version__

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def project(checkout: Path) -> dict[str, Any]:
    return tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def locked(checkout: Path) -> dict[str, Requirement]:
    lines = (checkout / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(pin.name): pin for pin in pins}


def test_every_requirement_is_locked_within_its_bounds(project: dict[str, Any], locked: dict[str, Requirement]) -> None:
    groups = [project["project"]["dependencies"], *project["project"]["optional-dependencies"].values()]
    wanted = [Requirement(line) for group in (*groups, project["dependency-groups"]["dev"]) for line in group]
    assert len(wanted) > 20
    for requirement in wanted:
        pin = next(iter(locked[canonicalize_name(requirement.name)].specifier))
        assert pin.operator == "=="
        assert requirement.specifier.contains(pin.version), f"{requirement} is locked at {pin}"


def test_every_requirement_has_an_upper_bound(project: dict[str, Any]) -> None:
    groups = [project["project"]["dependencies"], *project["project"]["optional-dependencies"].values()]
    for line in (line for group in groups for line in group):
        operators = {part.operator for part in Requirement(line).specifier}
        assert operators & {"<", "=="}, f"{line} has no upper bound"


def test_lock_names_no_place(checkout: Path) -> None:
    lines = (checkout / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pin = re.compile(r"[a-z0-9-]+==[\w.]+( ; [\w '=!<>.()]+)?")
    assert [line for line in lines if not line.startswith("#") and not pin.fullmatch(line)] == []


def test_installed_metadata_is_this_version() -> None:
    assert version("findspot") == __version__
