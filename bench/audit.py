"""A whole audit as a command: 1 GB of JSON lines against a collection of 200 books; wall time, MB/s, peak memory.

The texts are made up. The collection holds 200 books of 300 kB. The dataset is one file of records of about 2 kB of
other text; one record in fifty comes from one of 20 books of the collection. All is written to a temporary folder (in
``TMPDIR``) and removed. Peak memory is the ``VmHWM`` of the audit's process, read from ``/proc`` while it runs; on
other systems than Linux it is not known. The audit must report the 20 books and no other, or the script fails.

    python bench/audit.py [--quick | --smoke]
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.clock import effort
    from bench.texts import Words
else:
    from clock import effort
    from texts import Words

BOOKS, BOOK_BYTES, PRESENT = 200, 300_000, 20
RECORD_BYTES = 2_000
ONE_IN = 50
_COMMAND = (sys.executable, "-c", "from findspot.cli.main import run; run()")


def write_books(folder: Path, words: Words) -> list[str]:
    """The collection's texts; those that the dataset takes from."""
    folder.mkdir()
    texts = [words.text(BOOK_BYTES) for _ in range(BOOKS)]
    for n, text in enumerate(texts):
        (folder / f"book-{n:03}.txt").write_text(text, "utf-8")
    return texts[:PRESENT]


def write_dataset(path: Path, words: Words, present: list[str], n_bytes: int) -> int:
    """Records until the file is ``n_bytes`` long; their number."""
    n, written, at = 0, 0, 0
    with path.open("w", encoding="utf-8") as out:
        while written < n_bytes:
            fresh = words.text(10_000_000)
            for start in range(0, len(fresh), RECORD_BYTES):
                text = fresh[start : start + RECORD_BYTES]
                if n % ONE_IN == 0:
                    book = present[(n // ONE_IN) % len(present)]
                    at = (at + RECORD_BYTES) % len(book)
                    text = book[at : at + RECORD_BYTES]
                written += out.write(json.dumps({"id": n, "text": text}) + "\n")
                n += 1
    return n


def run(*arguments: str, home: Path) -> tuple[float, int | None]:
    """Run the command; wall seconds, and bytes of memory at the peak where they are known.

    Raises:
        SystemExit: The command failed.
    """
    environment = os.environ | {"FINDSPOT_HOME": str(home)}
    start = time.perf_counter()
    with subprocess.Popen([*_COMMAND, *arguments], env=environment, stderr=subprocess.PIPE, text=True) as process:
        peak = None
        while process.poll() is None:
            peak = _peak(process.pid) or peak
            time.sleep(0.02)
        took = time.perf_counter() - start
        said = process.stderr.read() if process.stderr else ""
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(arguments[:2])} failed: {said}")
    return took, peak


def _peak(pid: int) -> int | None:
    """Most memory that the process held so far; ``ru_maxrss`` would count that of its parent as well."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text("ascii"))
    except OSError:
        return None
    return int(found.group(1)) * 1000 if found else None


def check(report: Path) -> None:
    """Nothing is measured if the answer is wrong."""
    content = json.loads(report.read_text("utf-8"))
    named = sorted(finding["work"]["title"] for finding in content["findings"] if finding["status"] == "open")
    if named != [f"book-{n:03}" for n in range(PRESENT)]:
        raise SystemExit(f"the audit reports {named}")


def measure(folder: Path, n_bytes: int, runs: int) -> None:
    """Write, audit, print."""
    words = Words("en", seed=3)
    present = write_books(folder / "books", words)
    data, home, report = folder / "data.jsonl", folder / "home", folder / "report.json"
    n = write_dataset(data, words, present, n_bytes)
    facts = ("--kind", "books", "--status", "pirated", "--as-of", "2026-01-01", "-o", str(folder / "release"))
    built, _ = run("collection", "build", "made-up", str(folder / "books"), *facts, home=home)
    run("collection", "install", str(folder / "release"), home=home)
    megabytes = data.stat().st_size / 1e6
    print(f"- collection: {BOOKS} books, {BOOKS * BOOK_BYTES / 1e6:.0f} MB, built in {built:.1f} s")
    print(f"- dataset: {n:,} records, {megabytes:.0f} MB of JSON lines; {os.cpu_count()} cores")
    for jobs in ("0", "1"):
        took, peaks = [], []
        for _ in range(runs):
            seconds, peak = run("audit", str(data), "--jobs", jobs, "-o", str(report), home=home)
            check(report)
            took.append(seconds)
            peaks += [peak] if peak else []
        middle = statistics.median(took)
        memory = f"{max(peaks) / 1e6:.0f} MB" if peaks else "not known"
        print(
            f"- audit, --jobs {jobs}: median {middle:.1f} s ({min(took):.1f}-{max(took):.1f} in {runs} runs), "
            f"{megabytes / middle:.0f} MB/s, peak memory {memory}"
        )


def main() -> None:
    """Measure and print."""
    n_bytes, runs = {"full": (1_000_000_000, 3), "quick": (100_000_000, 1), "smoke": (10_000_000, 1)}[effort(__doc__)]
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), n_bytes, runs)


if __name__ == "__main__":
    main()
