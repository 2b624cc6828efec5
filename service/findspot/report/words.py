"""The words and number formats that renderings share, so that all say the same thing the same way."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from findspot.audit.model import Level, Outcome, Tier
from findspot.audit.rates import LONG

if TYPE_CHECKING:
    from collections.abc import Sequence

    from findspot.audit.model import ErrorRate, Estimate, ExplainedBy, Finding, Method, Report, Work

TIERS = {
    Tier.T1: "same identifier or digest",
    Tier.T2: "near-duplicate of the whole work",
    Tier.T3: "part of the work",
    Tier.T4: "title and creator alike",
    Tier.T5: "source label, domain or lineage",
}
"""What each tier of evidence means."""

LEVELS = {
    Level.FOUND: "separate regions of the work, or nearly the whole of it, are in the dataset",
    Level.PROBABLE: "more than one passage, less than the rule for found asks",
    Level.PASSAGE: "one passage, which may be a quotation",
}
"""What each level of text evidence means."""

LANES = {
    "content": "Is the work in the data?",
    "acquisition": "How did the data get there?",
}
"""The question of each lane. Lanes are shown apart and never counted together."""


def headline(report: Report) -> str:
    """One sentence for the verdict. A pass states its coverage, never more."""
    if report.verdict.outcome is Outcome.INCONCLUSIVE:
        return "The audit cannot answer for this dataset"
    if report.verdict.outcome is Outcome.FAIL:
        return "Overlap found: the policy fails" if report.open else "The policy fails"
    read = f"within coverage {percent(report.subject.coverage)} of the dataset"
    if report.open:
        return f"The policy passes, with overlap found {read}"
    if report.findings:
        return f"No open overlap found {read}: other works explain every match"
    return f"No overlap found {read}"


def percent(value: float) -> str:
    """``0.998`` as ``99.8 %``. What is not all is never shown as 100, what is not nothing never as 0."""
    if 0.9995 <= value < 1:
        return ">99.9 %"
    if 0 < value < 0.000001:
        return "<0.0001 %"
    if 0 < value < 0.001:
        return f"{value * 100:.2g} %"
    return f"{value * 100:.1f}".removesuffix(".0") + " %"


def percents(value: Estimate) -> str:
    """An interval of shares, as ``42 % [40 % to 44 %]``."""
    return f"{percent(value.estimate)} [{percent(value.low)} to {percent(value.high)}]"


def fraction(value: Estimate) -> str:
    """An interval of shares, as ``0.42 [0.40–0.44]``; with three decimals where two would not tell its ends apart."""
    shares = (value.estimate, value.low, value.high)
    fine = value.high - value.low < 0.02 or any(0.99 < share < 1 for share in shares)
    estimate, low, high = (_decimal(share, 3 if fine and value.high > value.low else 2) for share in shares)
    return f"{estimate} [{low}–{high}]"


def counts(value: Estimate) -> str:
    """An interval of counts, as ``21,000 [20,100–21,900]``."""
    return f"{value.estimate:,.0f} [{value.low:,.0f}–{value.high:,.0f}]"


def method(method: Method) -> str:
    """The fingerprints that were compared, in a sentence or two."""
    return _sketches(method) + _signatures(method.detectors.get("signature"))


def _sketches(method: Method) -> str:
    return (
        f"Scheme {clean(method.scheme)}, sensitivity {clean(method.sensitivity)}: shingles of {method.k} words "
        f"or {2 * method.k} ideographs or kana, 1 in {method.scaled} sampled; intervals are 95 %."
    )


def error_rates(method: Method) -> list[str]:
    """What was measured of each detector, one line each; of text, what is asked of works that are found."""
    lines = []
    for detector in method.detectors:
        rows = [r for r in method.error_rates if r.detector == detector and r.level in (None, Level.FOUND)]
        told = sorted((row for row in rows if _is_told(row)), key=_order)
        if told:
            level = " (found)" if any(row.level for row in told) else ""
            parts = "; ".join(map(_measured, told))
            lines.append(f"Measured on {clean(told[0].data, 80)}, {clean(detector)}{level}: {parts}.")
    return lines


def _is_told(row: ErrorRate) -> bool:
    """Whether a row belongs in the one line: the others are in the json format."""
    if row.quantity == "false_negative_rate" and row.share is not None:
        return row.noise == "none" and row.language is None and row.length == LONG and row.share in (0.2, 1.0)
    return row.noise in (None, "none") and row.quantity not in ("coverage_bias", "interval_coverage")


def _order(row: ErrorRate) -> tuple[bool, bool, float]:
    return row.events is None, row.quantity == "false_positive_rate", -(row.share or 0)


def _measured(row: ErrorRate) -> str:
    """One row: ``misses 0 of 288 whole works (at most 1 %)``."""
    if row.events is None:
        return f"coverage is off by {row.estimate:.3f} on average"
    bound = f"at most {percent(row.high)}" if not row.events else f"{percent(row.low)} to {percent(row.high)}"
    if row.quantity == "false_positive_rate":
        return f"false are {row.events:,} of {row.trials:,} ({bound})"
    return f"misses {row.events:,} of {row.trials:,} {rate_where(row)} ({bound})"


def rate_where(row: ErrorRate) -> str:
    """Which works a row is about: ``whole works of 5,000 words or more``."""
    works = "works" if row.share is None else "whole works" if row.share == 1 else f"works, {percent(row.share)} there,"
    if row.length == LONG:
        return f"{works} of 5,000 words or more"
    return works if row.length is None else f"{works} of {clean(row.length)} words"


def _signatures(made: dict[str, float | int | str] | None) -> str:
    """How signatures were compared: a threshold never stands without its recall."""
    if made is None or "bands" not in made:
        return ""
    recipe = f"scheme {made['scheme']}, {made['permutations']} permutations, seed {made['seed']}, {made['hash']}"
    return (
        f" Signatures ({clean(recipe)} of {clean(str(made['shingle']))}, normaliser {clean(str(made['normaliser']))}): "
        f"threshold Jaccard {made['threshold']}, {made['bands']} bands of {made['rows']} values, "
        f"recall {float(made['recall_at_threshold']):.3f} at the threshold."
    )


def similarity(finding: Finding) -> str | None:
    """Jaccard similarity of the record that is most like the work, as ``Jaccard 0.98 [0.94–0.99]``."""
    alike = [record.jaccard for record in finding.records.top if record.jaccard]
    return f"Jaccard {fraction(max(alike, key=lambda j: j.estimate))}" if alike else None


def size(n_bytes: int) -> str:
    """``3100000`` as ``3.1 MB``."""
    value = float(n_bytes)
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if value < 1000:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.4g} PB"


def plural(count: int, noun: str) -> str:
    """``1 record``, ``1,200 records``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def work_name(work: Work, limit: int = 160) -> str:
    """The work's title, or what else it is known by, cut at ``limit`` characters."""
    return clean(work.title or "", limit) or clean(next(iter(work.identifiers), work.id), limit)


@dataclass(frozen=True)
class Explanation:
    """What explains some findings, and those findings in the report's order."""

    title: str
    place: str  # the work's id and its release
    by: ExplainedBy | None
    findings: tuple[Finding, ...]

    @property
    def name(self) -> str:
        """Title and place."""
        return f"{self.title} ({self.place})" if self.place else self.title


def explanations(report: Report) -> list[Explanation]:
    """The explained findings by what explains them: first what explains most."""
    groups: dict[ExplainedBy | None, list[Finding]] = {}
    for finding in report.findings:
        if finding.status == "explained":
            groups.setdefault(finding.explained_by, []).append(finding)
    made = [_explanation(by, tuple(findings)) for by, findings in groups.items()]
    return sorted(made, key=lambda group: -len(group.findings))


def _explanation(by: ExplainedBy | None, findings: tuple[Finding, ...]) -> Explanation:
    if by is None:
        return Explanation("another match", "", None, findings)
    work, release = clean(by.work), f"{clean(by.collection)}@{clean(by.release)}"
    title = clean(by.title or "", 160)
    return Explanation(title or work, f"{work} in {release}" if title else release, by, findings)


def some(names: Sequence[str], limit: int = 5) -> str:
    """``A; B; C``; those beyond ``limit`` are counted."""
    left = len(names) - limit
    return "; ".join(names[:limit]) + (f"; and {left:,} more" if left > 0 else "")


def collection_titles(report: Report) -> dict[str, str]:
    """Title of each collection that the dataset was held against, by slug."""
    return {r.collection: clean(r.title) for r in report.references}


def clean(text: str, limit: int = 300) -> str:
    """Foreign text, safe to show on one line: no control, bidirectional-override or line-break characters."""
    kept = "".join(_shown(char) for char in text[: limit * 4])
    line = " ".join(kept.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _shown(char: str) -> str:
    if char.isspace():
        return " "
    if char in _BIDI_CONTROLS:
        return ""
    return "�" if unicodedata.category(char) in ("Cc", "Cs") else char


_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _decimal(value: float, digits: int) -> str:
    if 0 < value < 0.0001:
        return "<0.0001"
    if 0.9995 <= value < 1:
        return ">0.999"
    return f"{value:.4f}".rstrip("0") if 0 < value < 0.01 else f"{value:.{digits}f}"
