"""Raw text to sketches, on one core: MB/s over real books, beside the cost of just copying the same bytes.

Reads the books of FINDSPOT_TEST_DATA (all of its `works.csv`), or the demo's texts without it. Asserts nothing.
"""

from __future__ import annotations

import csv
import os
import statistics
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from findspot.cli._demo_library import read_books
from findspot.sketch import sketch_column

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS = 5


def books() -> tuple[str, list[str]]:
    """Where the texts are from, and the texts."""
    folder = os.environ.get("FINDSPOT_TEST_DATA")
    if folder:
        with Path(folder, "works.csv").open(encoding="utf-8", newline="") as rows:
            paths = [Path(folder, row["file"]) for row in csv.DictReader(rows)]
        return folder, [path.read_text(encoding="utf-8", errors="replace") for path in paths]
    return "the demo's texts (set FINDSPOT_TEST_DATA for real books)", list(read_books().values())


def timed(work: Callable[[], object]) -> list[float]:
    """Seconds that each run takes."""
    took = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return took


def main() -> None:
    """Measure and print."""
    start = time.perf_counter()
    sketch_column(pa.array(["compile the kernels first"], pa.large_string()))
    compiled = time.perf_counter() - start
    source, texts = books()
    column = pa.array(texts, pa.large_string())
    megabytes = sum(len(t.encode()) for t in texts) / 1e6
    raw = np.frombuffer(column.buffers()[2], np.uint8)
    copy = np.zeros_like(raw)
    copying = megabytes / min(timed(lambda: np.copyto(copy, raw)))
    lines = [f"{len(texts)} texts, {megabytes:.1f} MB of UTF-8, from {source}", f"kernels ready after {compiled:.2f} s"]
    for scaled in (64, 16):
        took = timed(partial(sketch_column, column, scaled))
        kept = len(sketch_column(column, scaled).hashes)
        rates = f"best {megabytes / min(took):.0f}, median {megabytes / statistics.median(took):.0f} MB/s per core"
        lines.append(f"scaled {scaled}: {kept} hashes, {rates}, {min(took):.3f} s for all")
    lines.append(f"for comparison, copying the same bytes: {copying:.0f} MB/s")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
