"""One self-contained page: for a screen, a telephone, and paper. Everything on it works without its small script."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from findspot.audit.model import Estimate, Finding, Report, Tier
from findspot.report import detection, strip, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_OPEN = 1_000
"""Open findings of a lane with a row and their evidence; those beyond it are counted."""

MAX_EXPLAINED = 200
"""Explained findings, and works that explain them, in their table; findings beyond it are counted."""


@dataclass(frozen=True)
class Row:
    """A finding with what the page draws of it."""

    finding: Finding
    anchor: str
    collections: str
    shades: dict[int, str]
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


@dataclass(frozen=True)
class Explained:
    """A work that explains others, and where the page tells of it."""

    group: words.Explanation
    anchor: str | None
    shown: tuple[Finding, ...]

    @property
    def left_out(self) -> int:
        """Findings that it explains and that are not shown."""
        return len(self.group.findings) - len(self.shown)


def render(report: Report) -> str:
    """The page. It loads nothing; its policy forbids it to."""
    report_id = report.id if re.fullmatch(r"[0-9A-Za-z:-]{1,80}", report.id) else ""
    css = _asset("report.css").replace("REPORT_ID", report_id)
    script = _asset("report.js")
    explained = words.explanations(report)
    lanes = list(_lanes(report))
    works = [(row.finding, row.anchor) for lane in lanes for row in lane.rows]
    anchors = {(f.collection, f.work.id): anchor for f, anchor in works}
    page = (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            headline=_unbroken(words.headline(report)),
            detection=detection,
            method=words.method(report.method),
            error_rates=words.error_rates(report.method),
            titles=words.collection_titles(report),
            lanes=lanes,
            explained=list(_explained(explained, anchors)),
            explained_count=sum(len(group.findings) for group in explained),
            explained_left=sum(len(group.findings) for group in explained[MAX_EXPLAINED:]),
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
        shades=_shades(finding.spans, length) if length else {},
        place=strip.place(finding),
    )


def _shades(spans: Sequence[tuple[int, int]], length: int) -> dict[int, str]:
    """A path for each shade of a strip: lines as thick as the strip is high."""
    paths: dict[int, str] = {}
    for x, width, shade in strip.shades(spans, length):
        paths[shade] = paths.get(shade, "") + f"M{x} 10h{width}"
    return dict(sorted(paths.items()))


def _explained(groups: Sequence[words.Explanation], anchors: dict[tuple[str, str], str]) -> Iterable[Explained]:
    """The first of the works that explain others, each with the first of its findings."""
    budget = MAX_EXPLAINED
    for group in groups[:MAX_EXPLAINED]:
        shown = group.findings[: max(0, budget)]
        budget -= len(shown)
        by = group.by
        yield Explained(group, anchors.get((by.collection, by.work)) if by else None, shown)


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
        similarity=words.similarity,
        size=words.size,
        number="{:,}".format,
        ranges=strip.token_ranges,
        units=_units,
    )
    environment.globals.update(cells=strip.CELLS, tiers=words.TIERS, levels=words.LEVELS, all_tiers=tuple(Tier))
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
