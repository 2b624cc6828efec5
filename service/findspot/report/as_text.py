"""The report for a terminal or a log: verdict first, then the dataset as a whole, then work by work."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from findspot.audit.model import Finding, Outcome, Report, Tier
from findspot.report import detection, strip, words
from findspot.report.words import clean, percent, plural

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from findspot.audit.model import Detection

MAX_OPEN = 200
"""Open findings in the table; those beyond it are counted."""

MAX_EXPLAINED = 10
"""Works that explain others, each with a line."""

_STYLES = {Outcome.PASS: "bold cyan", Outcome.FAIL: "bold red", Outcome.INCONCLUSIVE: "bold yellow"}


def render(report: Report, width: int = 100, colour: bool = False) -> str:
    """Plain text ``width`` columns wide; terminal colour codes only with ``colour``."""
    out = StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        force_jupyter=False,
        _environ={},  # the same report is the same text whatever the caller's environment holds
    )
    for part in _parts(report):
        console.print(part)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def _parts(report: Report) -> Iterable[RenderableType]:
    yield from _verdict(report)
    yield from _whole(report)
    for lane, question in words.LANES.items():
        findings = [f for f in report.open if f.lane == lane]
        if findings:
            yield from _section(f"Open findings, {lane}: {question}", *_open(report, findings))
    yield from _explained(report)
    yield from _skipped(report)
    yield from _references(report)
    yield from _detection(report.method.detection)
    yield from _section("Limits", *(_item(limit) for limit in report.limits))
    yield from _section("Method", Text(words.method(report.method)), *map(_item, words.error_rates(report.method)))
    yield Text()
    tool = f"{clean(report.tool.name)} {clean(report.tool.version)}"
    yield Text(f"Report {clean(report.id)} · {clean(report.created)} · {tool}", style="dim")


def _verdict(report: Report) -> Iterable[RenderableType]:
    yield Text(f"Findspot: {clean(report.subject.name)}", style="bold")
    yield Text()
    outcome = report.verdict.outcome
    yield Text.assemble((f" {outcome.upper()} ", f"{_STYLES[outcome]} reverse"), " ", (words.headline(report), "bold"))
    for reason in report.verdict.reasons:
        yield _item(reason)


def _whole(report: Report) -> Iterable[RenderableType]:
    subject, summary = report.subject, report.summary
    facts = Table.grid(padding=(0, 2))
    facts.add_column(no_wrap=True)
    facts.add_column(overflow="fold")
    read = f"{plural(subject.records, 'record')}, {plural(subject.tokens, 'token')}, {words.size(subject.bytes)}"
    tokens = f"{words.counts(summary.tokens_matched)} of {subject.tokens:,}"
    records = f"{summary.records_matched:,} of {subject.records:,}"
    facts.add_row("Tokens that match", f"{words.percents(summary.share_of_tokens)}: {tokens}")
    facts.add_row("Records that match", f"{percent(summary.share_of_records)}: {records}")
    facts.add_row("Works with open findings", f"{summary.works:,}")
    facts.add_row("Read", f"{percent(subject.coverage)} of the dataset: {read}")
    facts.add_row("Digest", clean(subject.digest))
    yield from _section("The dataset as a whole", facts)
    if summary.collections:
        yield Padding(_collections(report), (1, 0, 0, 2))


def _collections(report: Report) -> Table:
    titles = words.collection_titles(report)
    table = _table("Collection")
    for name in ("Works matched", "of", "Share", *Tier):
        table.add_column(name, justify="right", no_wrap=True)
    for row in report.summary.collections:
        tiers = [f"{row.by_tier[tier]:,}" if row.by_tier.get(tier) else strip.EMPTY for tier in Tier]
        name = titles.get(row.collection, clean(row.collection))
        figures = (f"{row.works_matched:,}", f"{row.works_total:,}", percent(row.share_of_collection))
        table.add_row(Text(name), *figures, *tiers)
    return table


def _open(report: Report, findings: list[Finding]) -> Iterable[RenderableType]:
    titles = words.collection_titles(report)
    table = _table("Work", ratio=1)
    table.add_column("Evidence, id", no_wrap=True)
    table.add_column("Share of the work", no_wrap=True)
    table.add_column("Records", justify="right", no_wrap=True)
    for finding in findings[:MAX_OPEN]:
        short = f"\n{clean(finding.id)[:12]}"
        level = f" {finding.level}" if finding.level else ""
        table.add_row(
            _work(finding, titles),
            Text.assemble(
                (finding.tier.value, "bold"),
                level,
                f"\n{clean(finding.detector)}",
                (short, "dim"),
            ),
            _coverage(finding),
            f"{finding.records.count:,}",
        )
    yield table
    if len(findings) > MAX_OPEN:
        yield Text(f"{len(findings) - MAX_OPEN:,} more open findings are in the json and csv formats.")


def _work(finding: Finding, titles: dict[str, str]) -> Text:
    held = ", ".join(titles.get(slug, clean(slug)) for slug in finding.collections)
    lines: list[tuple[str, str]] = [(words.work_name(finding.work), "bold")]
    if finding.work.creator:
        lines.append((f"\n{clean(finding.work.creator, 100)}", ""))
    lines.append((f"\nin {clean(held, 160)}", "dim"))
    if finding.exception:
        lines.append((f"\nexception: {_exception(finding.exception)}", "italic"))
    return Text.assemble(*lines)


def _exception(exception: dict[str, str]) -> str:
    return clean(", ".join(f"{name} {exception[name]}" for name in sorted(exception)), 200)


def _coverage(finding: Finding) -> Text:
    if finding.coverage is None:
        return Text(words.similarity(finding) or "not measured")
    text = Text(words.fraction(finding.coverage))
    if finding.work.n_tokens and finding.spans:
        text.append(f"\n|{strip.blocks(finding.spans, finding.work.n_tokens, 16)}|")
    return text


def _explained(report: Report) -> Iterable[RenderableType]:
    groups = words.explanations(report)
    if not groups:
        return
    lines = []
    for group in groups[:MAX_EXPLAINED]:
        names = words.some([words.work_name(f.work, 60) for f in group.findings])
        lines.append(f"{len(group.findings):,} explained by {group.name}: {names}")
    left = sum(len(group.findings) for group in groups[MAX_EXPLAINED:])
    if left:
        lines.append(f"{left:,} explained by other works")
    total = sum(len(group.findings) for group in groups)
    yield from _section(f"Explained findings: {total:,}, in no figure above", *(_item(line) for line in lines))


def _skipped(report: Report) -> Iterable[RenderableType]:
    lines = []
    for skipped in report.subject.skipped:
        where = f" (such as {clean(', '.join(skipped.places), 200)})" if skipped.places else ""
        lines.append(f"{skipped.count:,}: {clean(skipped.reason)}{where}")
    yield from _section("What was skipped, and why", *(_item(line) for line in lines or ["nothing"]))


def _references(report: Report) -> Iterable[RenderableType]:
    table = _table("Collection", ratio=1)
    for name in ("Release", "As of", "Status"):
        table.add_column(name, no_wrap=True)
    for name in ("Works", "Fingerprinted"):
        table.add_column(name, justify="right", no_wrap=True)
    for r in report.references:
        dates = (clean(r.release, 20), clean(r.as_of, 10), clean(r.status, 12))
        table.add_row(Text(clean(r.title)), *map(Text, dates), f"{r.works:,}", f"{r.fingerprinted:,}")
    yield from _section("Held against", table if report.references else _item("no collection"))


def _detection(found: Detection | None) -> Iterable[RenderableType]:
    if found is None:
        return
    parts: list[RenderableType] = [_item(fact) for fact in detection.facts(found)]
    for script in found.scripts:
        table = _table(detection.power_header(script)[0])
        for name in detection.power_header(script)[1:]:
            table.add_column(name, justify="right", no_wrap=True)
        for row in detection.power_rows(script):
            table.add_row(*row)
        parts += [Text(detection.power_title(script, found)), table]
    yield from _section("What this audit can detect", *parts)


def _section(title: str, *parts: RenderableType) -> Iterable[RenderableType]:
    if parts:
        yield Text()
        yield Text(title, style="bold underline")
        yield Padding(Group(*parts), (0, 0, 0, 2))


def _item(text: str) -> Table:
    item = Table.grid(padding=(0, 1))
    item.add_row(Text("-"), Text(clean(text, 600)))
    return item


def _table(first: str, ratio: int | None = None) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold", expand=ratio is not None)
    table.add_column(first, ratio=ratio)
    return table
