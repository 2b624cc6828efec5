"""Findings against the truth: what a report says of each work that was tried, as observations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from findspot.audit import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from findspot.audit import Finding, Report

LEVELS = (Level.PASSAGE, Level.PROBABLE, Level.FOUND)


@dataclass(frozen=True)
class Tried:
    """One work of the collection, and what of it is in the dataset.

    ``share`` is the nominal one, by which rows are grouped; ``exact`` the share that was drawn, None where it is not
    known, 0 for a work that is not there.
    """

    title: str
    language: str
    length: str
    noise: str
    chunk: int | None = None
    share: float | None = None
    exact: float | None = None

    @property
    def present(self) -> bool:
        """Whether any of it is in the dataset."""
        return self.exact is None or self.exact > 0


class Observation(NamedTuple):
    """One trial: ``value`` is 1 or 0 for rates, an error for means."""

    detector: str
    level: Level | None
    sensitivity: str
    quantity: str
    language: str
    length: str
    noise: str
    share: float | None
    chunk: int | None
    value: float


def observe(detector: str, reports: Iterable[Report], tried: Sequence[Tried]) -> list[Observation]:
    """What a detector says of the works that were tried, by each of some reports."""
    if detector == "text":
        return [seen for report in reports for seen in observe_text(report, tried)]
    return [seen for report in reports for seen in observe_named(report, tried, detector)]


def observe_text(report: Report, tried: Iterable[Tried]) -> Iterator[Observation]:
    """What the detector ``text`` says: misses and false findings at each level, and coverage where it is reported."""

    def seen(quantity: str, work: Tried, level: Level | None, value: float) -> Observation:
        return _seen(report, "text", level, quantity, work, value)

    findings = open_findings(report)
    for work in tried:
        finding = findings.get(work.title)
        found = finding if finding and "text" in finding.detectors else None
        for level in LEVELS:
            reached = bool(found and found.level and LEVELS.index(found.level) >= LEVELS.index(level))
            if work.present:
                yield seen("false_negative_rate", work, level, float(not reached))
            else:
                yield seen("false_positive_rate", work, level, float(reached))
        if work.present and work.exact is not None and found and found.coverage:
            error = found.coverage.estimate - work.exact
            held = found.coverage.low <= work.exact <= found.coverage.high
            yield seen("coverage_error", work, None, abs(error))
            yield seen("coverage_bias", work, None, error)
            yield seen("interval_coverage", work, None, float(held))


def observe_named(report: Report, tried: Iterable[Tried], detector: str) -> Iterator[Observation]:
    """What a detector without levels says: misses and false findings."""
    findings = open_findings(report)
    for work in tried:
        finding = findings.get(work.title)
        reached = finding is not None and detector in finding.detectors
        if work.present:
            yield _seen(report, detector, None, "false_negative_rate", work, float(not reached))
        else:
            yield _seen(report, detector, None, "false_positive_rate", work, float(reached))


def open_findings(report: Report) -> Mapping[str, Finding]:
    """Open findings by the title of their work."""
    return {str(finding.work.title): finding for finding in report.open}


def _seen(report: Report, detector: str, level: Level | None, quantity: str, work: Tried, value: float) -> Observation:
    return Observation(
        detector,
        level,
        report.method.sensitivity,
        quantity,
        work.language,
        work.length,
        work.noise,
        work.share,
        work.chunk,
        value,
    )
