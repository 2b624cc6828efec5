"""Measure the error rates that reports cite on a folder of labelled data, and show them in the document about them.

    python fingerprints/recipes/error_rates.py DIR [NAME]

Writes `fingerprints/error-rates.json` and the table in `docs/error-rates.md`. To be run with every change of the
fingerprint scheme, of the evidence rules or of coverage; the layout of DIR is described in that document.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
RATES = TOP / "fingerprints/error-rates.json"
DOCUMENT = TOP / "docs/error-rates.md"
BLOCK = re.compile(r"(?<=<!-- table -->\n```\n).*?(?=```\n)", re.DOTALL)


def findspot(*arguments: str) -> str:
    """Output of a command."""
    command = [sys.executable, "-m", "findspot.cli.main", *arguments]
    environment = {**os.environ, "COLUMNS": "120"}
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout


def shown() -> str:
    """The table, as `findspot eval --show` prints it."""
    table = findspot("eval", "--show", str(RATES))
    return "".join(f"{line.rstrip()}\n" for line in table.splitlines())


def main(folder: str, name: str = "books in seven languages") -> None:
    """Measure, write and show."""
    findspot("eval", "--data", folder, "--name", name, "--headlines", "-o", str(RATES))
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(BLOCK.sub(lambda _: shown(), text), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:3])
