"""Observations as rows: events / trials with a 95 % interval, for each way of cutting the data."""

from __future__ import annotations

import math
from itertools import groupby
from typing import TYPE_CHECKING, Any

from findspot.audit.model import ErrorRate
from findspot.audit.rates import LONG
from findspot.evaluation.texts import LONG_BINS
from findspot.sketch import containment
from findspot.sketch.estimate import Z95

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from findspot.evaluation.compare import Observation

Interval = tuple[float, float, float]  # estimate, low, high

_NO_SAMPLING = 1 << 62  # trials are no sample of a finite set
MEANS = ("coverage_error", "coverage_bias")
_FIELDS = ("language", "length", "noise", "share", "chunk")

#: Fields that a row states; the others are null, all of them together. Kinds of noise are never mixed.
_CUTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "false_negative_rate": (
        ("noise", "share"),
        ("noise", "share", "language"),
        ("noise", "share", "length"),
        ("noise", "share", "length", "chunk"),
        ("noise", "share", "length", "language"),
    ),
    "false_positive_rate": (
        ("noise",),
        ("noise", "language"),
        ("noise", "length"),
        ("noise", "chunk"),
        ("noise", "length", "language"),
    ),
}
_CUTS_OF_COVERAGE = (
    ("noise",),
    ("noise", "share"),
    ("noise", "language"),
    ("noise", "length"),
    ("noise", "chunk"),
    ("noise", "length", "language"),
)
_CUTS_OF_IDENTIFIERS: tuple[tuple[str, ...], ...] = ((), ("noise",))


def rate(events: int, trials: int) -> Interval:
    """Share of trials with the event: a score interval, and 3 / n away from a rate of none or of all."""
    if events == trials:
        return 1.0, max(0.0, 1 - 3 / trials), 1.0
    share = containment(events, trials, _NO_SAMPLING)
    return share.estimate, share.low, share.high


def mean(values: list[float]) -> Interval:
    """Mean and its 95 % interval by the normal law; that of a single value is a point."""
    n = len(values)
    centre = math.fsum(values) / n
    if n == 1:
        return centre, centre, centre
    spread = math.sqrt(math.fsum((v - centre) ** 2 for v in values) / (n - 1) / n)
    return centre, centre - Z95 * spread, centre + Z95 * spread


def rows_of(observations: Iterable[Observation], data: str) -> list[ErrorRate]:
    """All rows, in an order that depends on nothing but the observations."""
    out: dict[tuple[object, ...], ErrorRate] = {}
    for _, group in groupby(sorted(observations, key=_kind), key=_kind):
        members = list(group)
        first = members[0]
        long = [seen._replace(length=LONG) for seen in members if seen.length in LONG_BINS]
        identifiers = first.detector == "identifier"
        for cut in _CUTS_OF_IDENTIFIERS if identifiers else _CUTS.get(first.quantity, _CUTS_OF_COVERAGE):
            for row in _cut([*members, *long] if "length" in cut else members, cut, data):
                out.setdefault((*_kind(first), *(getattr(row, name) for name in _FIELDS)), row)
    return list(out.values())


def _kind(seen: Observation) -> tuple[str, ...]:
    """What is never put together in one row."""
    return seen.detector, seen.sensitivity, seen.quantity, str(seen.level or "")


def _cut(members: list[Observation], cut: tuple[str, ...], data: str) -> Iterator[ErrorRate]:
    """A row for each combination of the values that some fields have."""
    cells: dict[tuple[Any, ...], list[float]] = {}
    for seen in members:
        cells.setdefault(tuple(getattr(seen, name) for name in cut), []).append(seen.value)
    first = members[0]
    for key in sorted(cells, key=lambda key: [(value is not None, value) for value in key]):
        values = cells[key]
        if first.quantity in MEANS:
            estimate, low, high = mean(values)
        else:
            estimate, low, high = rate(round(sum(values)), len(values))
        stated = dict(zip(cut, key, strict=True))
        yield ErrorRate.model_validate(
            {
                "detector": first.detector,
                "level": first.level,
                "sensitivity": first.sensitivity,
                "quantity": first.quantity,
                **stated,
                "trials": len(values),
                "events": None if first.quantity in MEANS else round(sum(values)),
                "estimate": round(estimate, 6),
                "low": round(low, 6),
                "high": round(high, 6),
                "data": data,
            }
        )
