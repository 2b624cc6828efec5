"""Coverage strips: which part of a work is in the dataset, drawn from the token spans of a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from findspot.audit.model import Finding

_BLOCKS = "▁▂▃▄▅▆▇█"
EMPTY = "·"
"""Stands for nothing in strips and tables."""


def merged(spans: Iterable[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """Spans within ``[0, length)``, sorted, those that overlap or touch joined."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted((max(0, a), min(b, length)) for a, b in spans):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def blocks(spans: Iterable[tuple[int, int]], length: int, width: int = 20) -> str:
    """``width`` characters from the work's beginning to its end, higher where more of it is in the dataset."""
    filled = [0.0] * width
    cell = length / width
    for start, end in merged(spans, length):
        for i in range(int(start / cell), min(width, int(-(-end // cell)))):
            filled[i] += max(0.0, min(end, (i + 1) * cell) - max(start, i * cell)) / cell
    return "".join(_BLOCKS[min(7, int(share * 8))] if share > 0 else EMPTY for share in filled)


def bars(spans: Iterable[tuple[int, int]], length: int, units: int = 1000) -> list[tuple[int, int]]:
    """Spans as ``(x, width)`` in a drawing that is ``units`` wide; at most ``units / 3`` of them.

    A span is at least two units wide, so that it can be seen, and spans less than a unit apart are drawn as one.
    """
    drawn: list[tuple[int, int]] = []
    for start, end in merged(spans, length):
        left = min(units - 2, start * units // length)
        right = min(units, max(left + 2, -(-end * units // length)))
        if drawn and left <= sum(drawn[-1]):
            drawn[-1] = (drawn[-1][0], max(right, sum(drawn[-1])) - drawn[-1][0])
        else:
            drawn.append((left, right - left))
    return drawn


def place(finding: Finding) -> str:
    """The strip in words, for those who cannot see it."""
    length = finding.work.n_tokens
    stretches = merged(finding.spans, length) if length else []
    if not length or not stretches:
        return "Not known which part of the work is in the dataset."
    first, last = stretches[0][0] * 100 // length, -(-stretches[-1][1] * 100 // length)
    count = "One stretch" if len(stretches) == 1 else f"{len(stretches):,} stretches"
    return f"{count} between {first} % and {last} % of the work's length."


def token_ranges(spans: Sequence[tuple[int, int]], limit: int = 12) -> str:
    """The spans as token ranges, ``0–5,200; 9,100–14,800``; those beyond ``limit`` are counted."""
    shown = "; ".join(f"{start:,}–{end:,}" for start, end in spans[:limit])
    left = len(spans) - limit
    return f"{shown}; and {left:,} more" if left > 0 else shown
