"""Coverage strips: which part of a work is in the dataset, drawn from the token spans of a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from findspot.audit.model import Finding

_BLOCKS = "▁▂▃▄▅▆▇█"
EMPTY = "·"
"""Stands for nothing in strips and tables."""

CELLS = 500
"""Parts of a work that a drawing tells apart: on a screen and on paper about a pixel each."""

SHADES = 4
"""Steps of a part of which little is in the dataset to one of which all is."""


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
    filled = _filled(spans, length, width)
    return "".join(_BLOCKS[min(7, int(share * 8))] if share > 0 else EMPTY for share in filled)


def shades(spans: Iterable[tuple[int, int]], length: int, cells: int = CELLS) -> list[tuple[int, int, int]]:
    """A drawing ``cells`` wide, as runs ``(x, width, shade)`` of cells that are equally full.

    Shades go from 1 to :data:`SHADES`, which stands for a cell that is in the dataset as a whole: the ink of the
    drawing is the share of the work, however many small spans there are, and no span is too small to leave a trace.
    """
    drawn: list[tuple[int, int, int]] = []
    for x, share in enumerate(_filled(spans, length, cells)):
        shade = max(1, round(share * SHADES)) if share > 0 else 0
        if drawn and shade == drawn[-1][2]:
            drawn[-1] = (drawn[-1][0], drawn[-1][1] + 1, shade)
        else:
            drawn.append((x, 1, shade))
    return [run for run in drawn if run[2]]


def _filled(spans: Iterable[tuple[int, int]], length: int, cells: int) -> list[float]:
    """Share of each of ``cells`` equal parts of the work that the spans fill."""
    filled = [0.0] * cells
    cell = length / cells
    for start, end in merged(spans, length):
        for i in range(int(start / cell), min(cells, int(-(-end // cell)))):
            filled[i] += max(0.0, min(end, (i + 1) * cell) - max(start, i * cell)) / cell
    return filled


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
