"""GitHub-flavoured Markdown for a job summary or a pull request, kept below the 1 MiB that GitHub takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from findspot.audit.model import CollectionSummary, Finding, Reference, Report, Skipped, Tier
from findspot.report import detection, strip, words
from findspot.report.words import clean, percent, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from findspot.audit.model import Detection

T = TypeVar("T")

MAX_BYTES = 1024 * 1024
"""A GitHub step summary that is longer is refused whole."""

# Bytes for the rows of each part: two lanes and six lists are together well below MAX_BYTES.
_LANE_BYTES = 300_000
_LIST_BYTES = 60_000

_MARKS = re.compile(r"[\\`*_{}\[\]|~$]|^[#+\-=:]|^\d+(?=[.)])|:(?=//|\w+:)|(?<=www)\.", re.IGNORECASE)
_MENTION = re.compile(r"(?<!\w)@(?=\w)")


def render(report: Report) -> str:
    """The report with its longest tables cut, each with a line that counts what was left out."""
    parts = [
        f"# Findspot: {literal(report.subject.name)}",
        f"**{report.verdict.outcome.upper()}**: {words.headline(report)}.",
        items(report.verdict.reasons),
        *_whole(report),
    ]
    for lane, question in words.LANES.items():
        findings = [f for f in report.open if f.lane == lane]
        if findings:
            parts += [f"## Open findings, {lane}: {question}", _open(report, findings)]
    parts += [*_explained(report), *_skipped(report), *_references(report)]
    parts += _detection(report.method.detection)
    parts += ["## Method and limits", words.method(report.method)]
    parts += [*(literal(line, 600) for line in words.error_rates(report.method)), items(report.limits), _foot(report)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _whole(report: Report) -> Iterable[str]:
    subject, summary = report.subject, report.summary
    read = f"{plural(subject.records, 'record')}, {plural(subject.tokens, 'token')}, {words.size(subject.bytes)}"
    tokens = f"{words.counts(summary.tokens_matched)} of {subject.tokens:,}"
    records = f"{summary.records_matched:,} of {subject.records:,}"
    yield "## The dataset as a whole"
    yield table(
        ("", ""),
        [
            ("Tokens that match", f"{words.percents(summary.share_of_tokens)}: {tokens}"),
            ("Records that match", f"{percent(summary.share_of_records)}: {records}"),
            ("Works with open findings", f"{summary.works:,}"),
            ("Read", f"{percent(subject.coverage)} of the dataset: {read}"),
            ("Digest", literal(subject.digest)),
        ],
        tuple,
    )
    if summary.collections:
        titles = words.collection_titles(report)
        header = ("Collection", "Works matched:", "of:", "Share:", *(f"{tier}:" for tier in Tier))
        yield table(header, summary.collections, lambda row: _collection(row, titles), noun="collections")


def _collection(row: CollectionSummary, titles: dict[str, str]) -> tuple[str, ...]:
    return (
        literal(titles.get(row.collection, row.collection)),
        f"{row.works_matched:,}",
        f"{row.works_total:,}",
        percent(row.share_of_collection),
        *(f"{row.by_tier.get(tier, 0):,}" for tier in Tier),
    )


def _open(report: Report, findings: Sequence[Finding]) -> str:
    titles = words.collection_titles(report)
    header = ("Work", "Collections", "Evidence", "Share of the work", "0–100 %", "Records:")
    return table(header, findings, lambda finding: _row(finding, titles), _LANE_BYTES, "open findings")


def _row(finding: Finding, titles: dict[str, str]) -> tuple[str, ...]:
    name = f"**{literal(words.work_name(finding.work))}**"
    if finding.work.creator:
        name += f"<br>{literal(finding.work.creator, 100)}"
    if finding.exception:
        name += f"<br>exception: {literal(', '.join(f'{k} {v}' for k, v in sorted(finding.exception.items())))}"
    return (
        name,
        literal(", ".join(titles.get(slug, slug) for slug in finding.collections)),
        f"{finding.tier.value}{f' {finding.level}' if finding.level else ''}<br>{literal(finding.detector)}",
        words.fraction(finding.coverage) if finding.coverage else words.similarity(finding) or "not measured",
        strip.blocks(finding.spans, finding.work.n_tokens, 16) if finding.work.n_tokens and finding.spans else "",
        f"{finding.records.count:,}",
    )


def _explained(report: Report) -> Iterable[str]:
    groups = words.explanations(report)
    if not groups:
        return
    yield f"## Explained findings: {sum(len(group.findings) for group in groups):,}, in no figure above"
    yield table(("Explained by", "Works", "Findings:"), groups, _explanation, noun="works that explain others")


def _explanation(group: words.Explanation) -> tuple[str, ...]:
    names = words.some([words.work_name(f.work, 60) for f in group.findings])
    return literal(group.name, 400), literal(names, 400), f"{len(group.findings):,}"


def _skipped(report: Report) -> Iterable[str]:
    yield "## What was skipped, and why"
    skipped = report.subject.skipped
    header = ("Reason", "Count:", "Such as")
    yield table(header, skipped, _reason, noun="reasons") if skipped else "Nothing."


def _reason(row: Skipped) -> tuple[str, ...]:
    return literal(row.reason), f"{row.count:,}", literal(", ".join(row.places))


def _references(report: Report) -> Iterable[str]:
    yield "## Held against"
    header = ("Collection", "Release", "As of", "Status", "Works:", "Fingerprinted:", "Digest")
    yield table(header, report.references, _reference, noun="releases") if report.references else "No collection."


def _reference(row: Reference) -> tuple[str, ...]:
    facts = map(literal, (row.title, row.release, row.as_of, row.status))
    return *facts, f"{row.works:,}", f"{row.fingerprinted:,}", literal(row.digest)


def _detection(found: Detection | None) -> Iterable[str]:
    if found is None:
        return
    yield "## What this audit can detect"
    yield items(detection.facts(found))
    for script in found.scripts:
        yield f"{detection.power_title(script, found)}:"
        yield table([f"{name}:" for name in detection.power_header(script)], detection.power_rows(script), tuple)


def _foot(report: Report) -> str:
    tool = f"{report.tool.name} {report.tool.version}"
    return f"Report {literal(report.id)}, {literal(report.created)}, {literal(tool)}"


def items(texts: Sequence[str]) -> str:
    """A list of foreign texts."""
    kept, left = _within(texts, lambda text: f"- {literal(text, 600)}", _LIST_BYTES)
    return "\n".join([*kept, f"- {left:,} more are in the JSON report."] if left else kept)


def table(
    header: Sequence[str],
    values: Sequence[T],
    row: Callable[[T], Sequence[str]],
    budget: int = _LIST_BYTES,
    noun: str = "rows",
) -> str:
    """A table with a row per value, cut at ``budget`` bytes; columns whose header ends in a colon are right-aligned."""
    names = " | ".join(name.removesuffix(":") for name in header)
    rule = " | ".join("---:" if name.endswith(":") else "---" for name in header)
    kept, left = _within(values, lambda value: f"| {' | '.join(row(value))} |", budget)
    lines = "\n".join((f"| {names} |", f"| {rule} |", *kept))
    return f"{lines}\n\n{left:,} more {noun} are in the JSON report." if left else lines


def _within(values: Sequence[T], line: Callable[[T], str], budget: int) -> tuple[list[str], int]:
    """Lines of the first values, as many as fit into ``budget`` bytes, and how many values are left."""
    kept: list[str] = []
    for value in values:
        made = line(value)
        budget -= len(made.encode()) + 1
        if budget < 0:
            break
        kept.append(made)
    return kept, len(values) - len(kept)


def literal(text: str, limit: int = 300) -> str:
    """Foreign text that Markdown and HTML take literally, and that notifies nobody."""
    safe = clean(text, limit).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    marked = _MARKS.sub(_escaped, safe)
    return _MENTION.sub("@\u200b", marked)


def _escaped(mark: re.Match[str]) -> str:
    found = mark.group()
    return f"&#{ord(found[0])};{found[1:]}" if found[0].isdigit() else f"\\{found}"
