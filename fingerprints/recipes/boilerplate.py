"""Build the shipped release ``boilerplate``: texts that stand in many files and say nothing about any.

    python fingerprints/recipes/boilerplate.py LICENCES GUTENBERG

LICENCES is a folder of software and content licences, as Debian's ``/usr/share/common-licenses``; GUTENBERG a folder
with Project Gutenberg files of several years, of which only what stands before the START and after the END line is
taken.
"""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "releases" / "boilerplate"
AS_OF = "2026-11-22"

_START = re.compile(r"^\s*\*\*\* ?START OF (THE|THIS) PROJECT GUTENBERG.*$|^.*\*END\*? ?THE SMALL PRINT.*$", re.M)
_END = re.compile(r"^\s*(\*\*\* ?)?END OF (THE |THIS )?PROJECT GUTENBERG.*$", re.M | re.I)


def boilerplate(text: str) -> str:
    """Header and licence of a Project Gutenberg file; empty where its markers are missing."""
    starts, ends = list(_START.finditer(text)), list(_END.finditer(text))
    header = text[: starts[0].end()] if starts and starts[0].end() < 30_000 else ""
    licence = text[ends[0].start() :] if ends and len(text) - ends[0].start() < 30_000 else ""
    return f"{header}\n\n{licence}".strip()


def gather(licences: Path, gutenberg: Path, out: Path) -> None:
    """Write the texts and the facts of the release's works."""
    rows = [
        (f"licence-{path.name}.txt", f"Licence: {path.name}", "", path.read_text(errors="replace"))
        for path in sorted(licences.iterdir())
        if path.is_file() and not path.is_symlink()
    ]
    seen: set[str] = set()
    for path in sorted(gutenberg.rglob("*.txt")):
        text = boilerplate(path.read_text(errors="replace"))
        digest = re.sub(r"\W+", " ", re.sub(r"(?i)title:.*|author:.*|release date.*|.*e(book|text) .*", "", text))
        if len(text) > 2000 and digest not in seen:
            seen.add(digest)
            name = f"gutenberg-{len(seen)}.txt"
            rows.append((name, f"Project Gutenberg header and licence, wording {len(seen)}", "Project Gutenberg", text))
    with (out / "works.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "title", "creator"])
        for name, title, creator, text in rows:
            (out / name).write_text(text, encoding="utf-8")
            writer.writerow([name, title, creator])


def main() -> None:
    """Build the release."""
    with tempfile.TemporaryDirectory() as folder:
        gather(Path(sys.argv[1]), Path(sys.argv[2]), Path(folder))
        command = ["findspot", "collection", "build", "boilerplate", folder, "-o", str(TARGET), "--works"]
        command += [
            f"{folder}/works.csv",
            "--title",
            "Licences and boilerplate",
            "--kind",
            "mixed",
            "--status",
            "commons",
        ]
        subprocess.run([*command, "--as-of", AS_OF, "--scaled", "1", "--sensitivity", "high"], check=True)


if __name__ == "__main__":
    main()
