"""One self-contained page: for a screen, a telephone, and paper. Everything on it works without its small script."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from findspot.audit.model import Estimate, Finding, Report, Tier
from findspot.report import strip, words

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_OPEN = 1_000
"""Open findings of a lane with a row and their evidence; those beyond it are counted."""

MAX_EXPLAINED = 200
"""Explained findings in their table; those beyond it are counted by what explains them."""


@dataclass(frozen=True)
class Row:
    """A finding with what the page draws of it."""

    finding: Finding
    anchor: str
    collections: str
    bars: list[tuple[int, int]]
    place: str


@dataclass(frozen=True)
class Lane:
    """The open findings of one lane."""

    name: str
    question: str
    rows: list[Row]
    left_out: int

    @property
    def measured(self) -> bool:
        """Whether the share of any work was measured: identifiers alone measure none."""
        return any(row.finding.coverage for row in self.rows)


def render(report: Report) -> str:
    """The page. It loads nothing; its policy forbids it to."""
    report_id = report.id if re.fullmatch(r"[0-9A-Za-z:-]{1,80}", report.id) else ""
    css = _asset("report.css").replace("REPORT_ID", report_id)
    script = _asset("report.js")
    explained = [f for f in report.findings if f.status == "explained"]
    explanation = words.explanations(report)
    by = Counter(explanation(f) for f in explained[MAX_EXPLAINED:]).most_common()
    page = (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            headline=_unbroken(words.headline(report)),
            method=words.method(report.method),
            titles=words.collection_titles(report),
            lanes=list(_lanes(report)),
            explained=explained,
            explained_shown=explained[:MAX_EXPLAINED],
            explained_more=by[:MAX_EXPLAINED],
            explanation=explanation,
            css=Markup(css),  # noqa: S704 - our own file; the id is checked above
            script=Markup(script),  # noqa: S704 - our own file
            css_hash=source_hash(css),
            script_hash=source_hash(script),
        )
    )
    return page.strip() + "\n"


def _lanes(report: Report) -> Iterable[Lane]:
    titles = words.collection_titles(report)
    for name, question in words.LANES.items():
        findings = [f for f in report.open if f.lane == name]
        rows = [_row(f, titles) for f in findings[:MAX_OPEN]]
        if rows or name == "content":
            yield Lane(name, question, rows, len(findings) - len(rows))


def _row(finding: Finding, titles: dict[str, str]) -> Row:
    length = finding.work.n_tokens
    return Row(
        finding=finding,
        anchor="f-" + re.sub(r"[^0-9A-Za-z_-]", "-", finding.id),
        collections=", ".join(titles.get(slug, words.clean(slug)) for slug in finding.collections),
        bars=strip.bars(finding.spans, length) if length else [],
        place=strip.place(finding),
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("findspot.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        clean=words.clean,
        name=words.work_name,
        percent=lambda value: _unbroken(words.percent(value)),
        percents=lambda value: _unbroken(words.percents(value)),
        counts=words.counts,
        size=words.size,
        number="{:,}".format,
        ranges=strip.token_ranges,
        units=_units,
    )
    environment.globals.update(tiers=words.TIERS, levels=words.LEVELS, all_tiers=tuple(Tier))
    return environment


def _unbroken(text: str) -> str:
    """A number and its per cent sign on one line."""
    return text.replace(" %", "\u00a0%")


def _units(value: Estimate) -> dict[str, int]:
    """An interval of shares in a drawing 1,000 units wide; the bar is at least four wide, to be seen."""
    low, high = (min(1000, max(0, round(x * 1000))) for x in (value.low, value.high))
    low = min(low, 996)
    at = min(998, max(2, round(value.estimate * 1000)))
    return {"low": low, "width": max(4, high - low), "at": at}


@cache
def _asset(name: str) -> str:
    return files("findspot.report").joinpath("templates", name).read_text(encoding="utf-8")


def source_hash(text: str) -> str:
    """What a content security policy names an inline script or style by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
