"""Put what a measurement printed into ``docs/bench.md``, in place of what it printed before.

    python bench/fingerprint.py | tee printed.txt && python bench/paste.py fingerprint printed.txt

The page has two comments for each script, and the text between them is replaced:

    <!-- bench/fingerprint.py -->
    <!-- end of bench/fingerprint.py -->
"""

from __future__ import annotations

import argparse
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "bench.md"


def pasted(page: str, name: str, printed: str) -> str:
    """The page with other text between the comments of a script; headings one level down, names of folders left out.

    Raises:
        SystemExit: The page has no such comments.
    """
    begin, end = f"<!-- bench/{name}.py -->\n", f"<!-- end of bench/{name}.py -->\n"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise SystemExit(f"{PAGE} has no place for what bench/{name}.py prints: {begin.strip()}")
    before, rest = page.split(begin)
    lines = []
    for line in printed.strip().splitlines():
        where, found, facts = line.partition("; ")
        if line.startswith("real books of ") and found:
            line = f"{where.split(' of ')[0]}; {facts}"  # noqa: PLW2901
        lines.append(f"#{line}" if line.startswith("## ") else line)
    return before + begin + "\n" + "\n".join(lines) + "\n\n" + end + rest.split(end)[1]


def main() -> None:
    """Rewrite the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="of the script, without .py")
    parser.add_argument("printed", type=Path, help="file with its output")
    asked = parser.parse_args()
    made = pasted(PAGE.read_text("utf-8"), asked.name, asked.printed.read_text("utf-8"))
    PAGE.write_text(made, "utf-8")


if __name__ == "__main__":
    main()
