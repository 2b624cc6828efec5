"""What a dataset must not show: the policy, and the verdict that it yields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from findspot.audit.model import Finding, Level, Outcome, Reference, SubjectReport, Tier, Verdict
from findspot.errors import UsageError

#: Collections against which nothing fails.
LAWFUL = ("commons", "licensed")

_LEVELS = [Level.PASSAGE, Level.PROBABLE, Level.FOUND]
FAIL_ON = (*(t.value for t in Tier), *(lv.value for lv in _LEVELS), "never")


class Policy(BaseModel):
    """When an audit fails, and when it cannot tell.

    ``fail_on`` names tiers (``T1``…``T5``) and the weakest level of text evidence that fails (``passage``,
    ``probable``, ``found``); ``never`` alone fails on nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fail_on: tuple[str, ...] = ("T1", "found")
    max_works: Annotated[int, Field(ge=0)] = 0  # works that may be there before the audit fails
    min_coverage: Annotated[float, Field(ge=0, le=1)] = 0.95  # share of the dataset that must have been read

    @field_validator("fail_on", mode="before")
    @classmethod
    def _known(cls, value: object) -> object:
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, Sequence) or not parts:
            raise ValueError(f"one or more of {', '.join(FAIL_ON)}")
        names = []
        for part in parts:
            name = str(part).strip()
            name = name.upper() if name.upper() in FAIL_ON else name.lower()
            if name not in FAIL_ON:
                raise ValueError(f"{part!r} is none of {', '.join(FAIL_ON)}")
            names.append(name)
        return tuple(names)

    def fails(self, finding: Finding, status: dict[str, str]) -> bool:
        """Whether a finding is one that fails; ``status`` is that of every collection searched."""
        if finding.status != "open" or all(status[slug] in LAWFUL for slug in finding.collections):
            return False
        if finding.tier in self.fail_on:
            return True
        wanted = [_LEVELS.index(Level(name)) for name in self.fail_on if name in {lv.value for lv in _LEVELS}]
        return finding.level is not None and bool(wanted) and _LEVELS.index(finding.level) >= min(wanted)


def make_policy(values: dict[str, Any]) -> Policy:
    """A policy from an option's or a request's values.

    Raises:
        UsageError: A field is unknown or its value makes no sense.
    """
    try:
        return Policy.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "policy"
        raise UsageError(
            f"policy: {field}: {first['msg'].removeprefix('Value error, ')}",
            advice=f"Fields of a policy are {', '.join(Policy.model_fields)}.",
        ) from error


def decide(
    findings: Sequence[Finding],
    subject: SubjectReport,
    references: Sequence[Reference],
    policy: Policy,
    *,
    stated: int = 0,
) -> Verdict:
    """The verdict: what fails comes first, then what could not be told.

    ``stated`` is the number of identifiers and file digests in the dataset: without any, and without text, there was
    nothing to hold against the collections.
    """
    status = {reference.collection: reference.status for reference in references}
    failing = [f for f in findings if policy.fails(f, status)]
    reasons = []
    if len(failing) > policy.max_works:
        reasons.append(_count(len(failing), "work") + f" of {_named(failing)} in the dataset")
    unsure = _unsure(subject, references, policy)
    if subject.records and not subject.tokens and not stated:
        unsure.append("the dataset holds neither text nor identifiers, nor signatures that could be compared")
    if reasons:
        return Verdict(outcome=Outcome.FAIL, reasons=(*reasons, *unsure))
    if unsure:
        return Verdict(outcome=Outcome.INCONCLUSIVE, reasons=tuple(unsure))
    warned = sum(f.status == "open" for f in findings)
    held = f"no overlap that fails the policy, within {subject.coverage:.1%} of the dataset read"
    if not warned:
        held = f"no overlap found within {subject.coverage:.1%} of the dataset read"
    return Verdict(outcome=Outcome.PASS, reasons=(held,))


def _unsure(subject: SubjectReport, references: Sequence[Reference], policy: Policy) -> list[str]:
    """Why an audit without findings would say nothing."""
    out = []
    if all(reference.status == "commons" for reference in references):
        out.append("no collection was searched but commons: there was nothing to find")
    if not subject.records:
        out.append("the dataset holds no record that could be read")
    elif subject.coverage < policy.min_coverage:
        out.append(
            f"only {subject.coverage:.1%} of the dataset was read, the policy asks for {policy.min_coverage:.1%}"
        )
    return out


def _named(findings: Sequence[Finding]) -> str:
    return ", ".join(sorted({slug for f in findings for slug in f.collections}))


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
