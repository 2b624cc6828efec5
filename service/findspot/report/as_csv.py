"""One row per finding, columns named as in the JSON, dotted. Lists and mappings are JSON in their cell."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import TYPE_CHECKING

from findspot.report.as_json import plain

if TYPE_CHECKING:
    from findspot.audit.model import Report

COLUMNS: tuple[str, ...] = (
    "id",
    "collection",
    "collections",
    "release",
    "work.id",
    "work.title",
    "work.creator",
    "work.identifiers",
    "work.n_tokens",
    "lane",
    "tier",
    "detector",
    "detectors",
    "level",
    "coverage.estimate",
    "coverage.low",
    "coverage.high",
    "coverage_aligned",
    "matched",
    "sampled",
    "regions",
    "spans",
    "records.count",
    "records.top",
    "explained_by.work",
    "explained_by.collection",
    "explained_by.release",
    "explained_by.title",
    "status",
    "exception",
)

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render(report: Report) -> str:
    """CSV with a header row, also when there is no finding; UTF-8 without a byte-order mark, lines end in a newline."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for finding in report.findings:
        values = plain(finding)
        writer.writerow([_cell(_at(values, column)) for column in COLUMNS])
    return out.getvalue()


def _at(values: object, column: str) -> object:
    for name in column.split("."):
        if values is None:
            return None
        assert isinstance(values, dict)  # noqa: S101 - the columns name what the model has
        values = values[name]
    return values


def _cell(value: object) -> object:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    # A title is foreign text: a spreadsheet must not run it as a formula.
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value
