"""The documents point at things that exist, and decisions have one form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from findspot import __version__

if TYPE_CHECKING:
    from pathlib import Path

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SECTIONS = ["Context", "Decision", "Consequences"]


def documents(checkout: Path) -> list[Path]:
    rooms = ("docs", "fingerprints", "schemas", "bench")
    return [*checkout.glob("*.md"), *(p for room in rooms for p in (checkout / room).rglob("*.md"))]


def anchors(path: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_links_lead_somewhere(checkout: Path) -> None:
    broken, seen = [], 0
    for page in documents(checkout):
        for link in LINK.findall(page.read_text(encoding="utf-8")):
            if re.match(r"[a-z]+:", link):
                continue
            seen += 1
            name, _, anchor = unquote(link).partition("#")
            target = (page.parent / name) if name else page
            if not target.exists() or (anchor and anchor not in anchors(target)):
                broken.append(f"{page.relative_to(checkout)}: {link}")
    assert seen
    assert broken == []


def test_every_document_can_be_reached_from_the_index(checkout: Path) -> None:
    index = (checkout / "docs/README.md").read_text(encoding="utf-8")
    named = {(checkout / "docs" / link.partition("#")[0]).resolve() for link in LINK.findall(index)}
    missing = [p for p in (checkout / "docs").rglob("*.md") if p.name != "README.md" and p.resolve() not in named]
    assert [p.relative_to(checkout).as_posix() for p in missing] == []


def test_files_that_documents_name_exist(checkout: Path) -> None:
    """`tests/frame/test_lock.py` in a text must not outlive the file."""
    path = re.compile(r"`((?:tests|docs|service|docker|bench|\.ci)/[\w./-]+)`")
    pages = documents(checkout)
    named = {(p.name, name) for p in pages for name in path.findall(p.read_text(encoding="utf-8"))}
    assert named
    assert [(page, name) for page, name in named if not (checkout / name).exists()] == []


def test_decisions_are_numbered_and_have_one_form(checkout: Path) -> None:
    decisions = sorted((checkout / "docs/adr").glob("*.md"))
    assert [p.name[:4] for p in decisions] == [f"{n:04d}" for n in range(1, len(decisions) + 1)]
    for path in decisions:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.name[:4]}: ")
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert [h for h in headings if h in SECTIONS] == SECTIONS, path.name  # others may stand between them
        assert len(text.splitlines()) <= 80, f"{path.name} is longer than a page"


def test_changelog_has_this_version_and_a_place_for_what_comes(checkout: Path) -> None:
    text = (checkout / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## \[([^\]]+)\]", text, re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert __version__ in headings or __version__ == "0.1.0", "a released version has its section"


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_lines_fit_a_terminal(page: str, checkout: Path) -> None:
    long = [line for line in (checkout / page).read_text(encoding="utf-8").splitlines() if len(line) > 125]
    assert [line for line in long if not line.startswith(("|", "    ")) and "http" not in line] == []
