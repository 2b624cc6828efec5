"""Observations as rows: events / trials with a 95 % interval, for each way of cutting the data."""

from __future__ import annotations

import math
from itertools import groupby
from typing import TYPE_CHECKING, Any

from findspot.audit.model import ErrorRate
from findspot.audit.rates import LONG
from findspot.evaluation.texts import LONG_BINS
from findspot.sketch import Share, containment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from findspot.evaluation.compare import Observation

_Z95 = 1.959963984540054
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


def rate(events: int, trials: int) -> Share:
    """Share of trials with the event and its 95 % interval: Wilson's; 3 / n where there was no event, or none else."""
    if events == trials:
        return Share(1.0, max(0.0, 1 - 3 / trials), 1.0)
    return containment(events, trials, _NO_SAMPLING)


def mean(values: list[float]) -> Share:
    """Mean and its 95 % interval by the normal law; a single value has none."""
    n = len(values)
    centre = math.fsum(values) / n
    if n == 1:
        return Share(centre, centre, centre)
    spread = math.sqrt(math.fsum((v - centre) ** 2 for v in values) / (n - 1) / n)
    return Share(centre, centre - _Z95 * spread, centre + _Z95 * spread)


def rows_of(observations: Iterable[Observation], *, sensitivity: str, data: str) -> list[ErrorRate]:
    """All rows, in an order that depends on nothing but the observations."""
    out: dict[tuple[object, ...], ErrorRate] = {}
    ordered = sorted(observations, key=lambda o: (o.detector, o.quantity, str(o.level or "")))
    for (detector, quantity, _), group in groupby(ordered, key=lambda o: (o.detector, o.quantity, str(o.level or ""))):
        members = list(group)
        long = [seen._replace(length=LONG) for seen in members if seen.length in LONG_BINS]
        cuts = _CUTS_OF_IDENTIFIERS if detector == "identifier" else _CUTS.get(quantity, _CUTS_OF_COVERAGE)
        for cut in cuts:
            both = [*members, *long] if "length" in cut else members
            for row in _cut(both, cut, sensitivity, data):
                out.setdefault((detector, quantity, row.level, *(getattr(row, f) for f in _FIELDS)), row)
    return list(out.values())


def _cut(members: list[Observation], cut: tuple[str, ...], sensitivity: str, data: str) -> Iterator[ErrorRate]:
    """A row for each combination of the values that some fields have."""
    cells: dict[tuple[Any, ...], list[float]] = {}
    for seen in members:
        cells.setdefault(tuple(getattr(seen, name) for name in cut), []).append(seen.value)
    first = members[0]
    for key in sorted(cells, key=lambda key: [(value is not None, value) for value in key]):
        values = cells[key]
        measured = mean(values) if first.quantity in MEANS else rate(round(sum(values)), len(values))
        stated = dict(zip(cut, key, strict=True))
        yield ErrorRate.model_validate(
            {
                "detector": first.detector,
                "level": first.level,
                "sensitivity": sensitivity,
                "quantity": first.quantity,
                **stated,
                "trials": len(values),
                "events": None if first.quantity in MEANS else round(sum(values)),
                "estimate": round(measured.estimate, 6),
                "low": round(measured.low, 6),
                "high": round(measured.high, 6),
                "data": data,
            }
        )
