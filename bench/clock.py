"""How the measurements measure: one core, CPU time, rounds in turns; and how they print."""

from __future__ import annotations

import argparse
import os
import statistics
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypeVar

    Name = TypeVar("Name")

LEAST_SECONDS: Final = 0.02  # of one timing; shorter work is repeated
EFFORTS: Final = ("full", "quick", "smoke")


def effort(doc: str | None) -> str:
    """What the command line asks for: ``full``, ``quick`` (a minute or so) or ``smoke`` (seconds: does it run?)."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="less text and fewer rounds: about a minute")
    parser.add_argument("--smoke", action="store_true", help="next to no text: seconds; the figures mean nothing")
    asked = parser.parse_args()
    return "smoke" if asked.smoke else "quick" if asked.quick else "full"


def pin() -> set[int]:
    """Keep this process, and threads that it starts from now on, on one core; the cores it could use before."""
    if not hasattr(os, "sched_setaffinity"):
        return set()
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    return cores


def unpin(cores: set[int]) -> None:
    """Undo ``pin``, for this thread and those that it starts from now on."""
    if cores:
        os.sched_setaffinity(0, cores)


def rate(work: Callable[[], object], n_bytes: int) -> float:
    """MB/s in CPU time of the process."""
    runs, start = 0, time.process_time()
    while (took := time.process_time() - start) < LEAST_SECONDS:
        work()
        runs += 1
    return runs * n_bytes / took / 1e6


def in_turns(works: Mapping[Name, tuple[Callable[[], object], int]], rounds: int) -> dict[Name, list[float]]:
    """MB/s of each work (with its number of bytes) in every round; in a round each has one turn."""
    rates: dict[Name, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, (work, n_bytes) in works.items():
            rates[name].append(rate(work, n_bytes))
    return rates


def spread(rates: Sequence[float]) -> str:
    """Median, least and most, as a table shows them."""
    middle = statistics.median(rates)
    digits = 0 if middle >= 100 else 1
    return f"{middle:,.{digits}f} ({min(rates):,.{digits}f}–{max(rates):,.{digits}f})"


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Median of the ratios of the rounds: what slows a round down slows both."""
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]], text_columns: int = 1) -> str:
    """A table, aligned so that it reads as it is and can be pasted into a document; figures to the right."""
    table = [list(header), *map(list, rows)]
    widths = [max(len(row[n]) for row in table) for n in range(len(header))]
    rule = ["-" * width if n < text_columns else "-" * (width - 1) + ":" for n, width in enumerate(widths)]
    lines = []
    for row in [table[0], rule, *table[1:]]:
        cells = (
            cell.ljust(width) if n < text_columns else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
