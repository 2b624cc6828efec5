"""GitHub-flavoured Markdown for a job summary or a pull request, kept below the 1 MiB that GitHub takes."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from findspot.audit.model import Finding, Report, Tier
from findspot.report import strip, words
from findspot.report.words import clean, percent, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_BYTES = 1024 * 1024
"""A GitHub step summary that is longer is refused whole."""

# Bytes for the rows of each part; together well below MAX_BYTES.
_OPEN_BYTES = 500_000
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
    parts += ["## Method and limits", words.method(report.method), items(report.limits), _foot(report)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _whole(report: Report) -> Iterable[str]:
    subject, summary = report.subject, report.summary
    share = percent(summary.share_of_records)
    yield "## The dataset as a whole"
    yield table(
        ("", ""),
        [
            (
                "Read",
                f"{plural(subject.records, 'record')}, {plural(subject.tokens, 'token')}, {words.size(subject.bytes)}",
            ),
            ("Coverage of the dataset", percent(subject.coverage)),
            ("Works with open findings", f"{summary.works:,}"),
            ("Records that match", f"{summary.records_matched:,} of {subject.records:,} ({share})"),
            ("Tokens that match", f"{words.counts(summary.tokens_matched)} of {subject.tokens:,}"),
            ("Dataset digest", literal(subject.digest)),
        ],
    )
    titles = words.collection_titles(report)
    rows = [
        (
            literal(titles.get(row.collection, row.collection)),
            f"{row.works_matched:,}",
            f"{row.works_total:,}",
            percent(row.share_of_collection),
            *(f"{row.by_tier.get(tier, 0):,}" for tier in Tier),
        )
        for row in summary.collections
    ]
    if rows:
        yield table(("Collection", "Works matched:", "of:", "Share:", *(f"{tier}:" for tier in Tier)), rows)


def _open(report: Report, findings: Sequence[Finding]) -> str:
    titles = words.collection_titles(report)
    header = ("Work", "Collections", "Evidence", "Share of the work", "0–100 %", "Records:")
    return table(header, (_row(f, titles) for f in findings), _OPEN_BYTES, "open findings")


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
        words.fraction(finding.coverage) if finding.coverage else "not measured",
        strip.blocks(finding.spans, finding.work.n_tokens, 16) if finding.work.n_tokens and finding.spans else "",
        f"{finding.records.count:,}",
    )


def _explained(report: Report) -> Iterable[str]:
    findings = [f for f in report.findings if f.status == "explained"]
    if not findings:
        return
    name = words.explanations(report)
    yield f"## Explained findings: {len(findings):,}, in no figure above"
    by = Counter(name(f) for f in findings).most_common()
    yield table(("Explained by", "Findings:"), ((literal(who), f"{n:,}") for who, n in by), _LIST_BYTES, "works")


def _skipped(report: Report) -> Iterable[str]:
    yield "## What was skipped, and why"
    rows = ((literal(s.reason), f"{s.count:,}", literal(", ".join(s.places))) for s in report.subject.skipped)
    header = ("Reason", "Count:", "Such as")
    yield table(header, rows, _LIST_BYTES, "reasons") if report.subject.skipped else "Nothing."


def _references(report: Report) -> Iterable[str]:
    yield "## Held against"
    header = ("Collection", "Release", "As of", "Status", "Works:", "Fingerprinted:", "Digest")
    rows = (
        (
            *map(literal, (r.title, r.release, r.as_of, r.status)),
            f"{r.works:,}",
            f"{r.fingerprinted:,}",
            literal(r.digest),
        )
        for r in report.references
    )
    yield table(header, rows, _LIST_BYTES, "releases") if report.references else "No collection."


def _foot(report: Report) -> str:
    tool = f"{report.tool.name} {report.tool.version}"
    return f"Report {literal(report.id)}, {literal(report.created)}, {literal(tool)}"


def items(texts: Iterable[str]) -> str:
    """A list of foreign texts."""
    kept, left = _within([f"- {literal(text, 600)}" for text in texts], _LIST_BYTES)
    return "\n".join([*kept, f"- {left:,} more are in the JSON report."] if left else kept)


def table(header: Sequence[str], rows: Iterable[Sequence[str]], budget: int = _LIST_BYTES, noun: str = "rows") -> str:
    """A table whose columns are right-aligned where the header ends in a colon."""
    names = " | ".join(name.removesuffix(":") for name in header)
    rule = " | ".join("---:" if name.endswith(":") else "---" for name in header)
    kept, left = _within([f"| {' | '.join(row)} |" for row in rows], budget)
    table = "\n".join((f"| {names} |", f"| {rule} |", *kept))
    return f"{table}\n\n{left:,} more {noun} are in the JSON report." if left else table


def _within(lines: Sequence[str], budget: int) -> tuple[Sequence[str], int]:
    """The first lines that fit into ``budget`` bytes, and how many do not."""
    for i, line in enumerate(lines):
        budget -= len(line.encode()) + 1
        if budget < 0:
            return lines[:i], len(lines) - i
    return lines, 0


def literal(text: str, limit: int = 300) -> str:
    """Foreign text that Markdown and HTML take literally, and that notifies nobody."""
    safe = clean(text, limit).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    marked = _MARKS.sub(_escaped, safe)
    return _MENTION.sub("@\u200b", marked)


def _escaped(mark: re.Match[str]) -> str:
    found = mark.group()
    return f"&#{ord(found[0])};{found[1:]}" if found[0].isdigit() else f"\\{found}"
