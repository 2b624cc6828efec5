"""Build the shipped release ``boilerplate``: texts that stand in many files and say nothing about any.

    python fingerprints/recipes/boilerplate.py LICENCES LIBRARIES

LICENCES is a folder of software and content licences, as Debian's ``/usr/share/common-licenses``; LIBRARIES a folder
with files of Project Gutenberg, of which only what stands before the START and after the END line is taken, and of
Aozora Bunko, of which the colophon is.
"""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "releases" / "boilerplate"
AS_OF = "2026-11-22"

_START = re.compile(r"^\s*\*\*\* ?START OF (THE|THIS) PROJECT GUTENBERG.*$|^.*\*END\*? ?THE SMALL PRINT.*$", re.M)
_END = re.compile(r"^\s*(\*\*\* ?)?END OF (THE |THIS )?PROJECT GUTENBERG.*$", re.M | re.I)


_COLOPHON = re.compile(r"^青空文庫作成ファイル.*", re.M | re.S)


def boilerplate(text: str) -> str:
    """Header and licence of a Project Gutenberg file, colophon of Aozora Bunko; empty where neither is there."""
    if colophon := _COLOPHON.search(text):
        return colophon[0] if len(colophon[0]) < 2_000 else ""
    starts, ends = list(_START.finditer(text)), list(_END.finditer(text))
    header = text[: starts[0].end()] if starts and starts[0].end() < 30_000 else ""
    licence = text[ends[0].start() :] if ends and len(text) - ends[0].start() < 30_000 else ""
    return f"{header}\n\n{licence}".strip()


def gather(licences: Path, libraries: Path, out: Path) -> None:
    """Write the texts and the facts of the release's works."""
    rows = [
        (f"licence-{path.name}.txt", f"Licence: {path.name}", "", path.read_text(errors="replace"))
        for path in sorted(licences.iterdir())
        if path.is_file() and not path.is_symlink()
    ]
    seen: set[str] = set()
    wordings: Counter[str] = Counter()
    for path in sorted(libraries.rglob("*.txt")):
        text = boilerplate(path.read_text(errors="replace"))
        digest = re.sub(r"\W+", " ", re.sub(r"(?i)title:.*|author:.*|release date.*|.*e(book|text) .*", "", text))
        library = "Aozora Bunko" if _COLOPHON.match(text) else "Project Gutenberg"
        if digest not in seen and (len(text) > 2000 or library == "Aozora Bunko"):
            seen.add(digest)
            wordings[library] += 1
            what = f"{library} {'colophon' if library == 'Aozora Bunko' else 'header and licence'}"
            name = f"{library.rsplit(maxsplit=1)[-1].lower()}-{wordings[library]}.txt"
            rows.append((name, f"{what}, wording {wordings[library]}", library, text))
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
        subprocess.run(
            [*command, "--as-of", AS_OF, "--scaled", "1", "--sensitivity", "high", "--signatures", "fs1"], check=True
        )


if __name__ == "__main__":
    main()
