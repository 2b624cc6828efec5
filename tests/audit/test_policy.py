"""The verdict: what fails, what cannot be told, and in which order."""

from __future__ import annotations

from typing import Any

import pytest

from findspot.audit import FAIL_ON, Level, Outcome, Policy, Tier, make_policy
from findspot.audit.model import ExplainedBy, Finding
from findspot.audit.policy import decide
from findspot.errors import UsageError

from .samples import finding, reference, subject

FOUND = finding()
PROBABLE = finding(level=Level.PROBABLE)
PASSAGE = finding(level=Level.PASSAGE)
WHOLE = finding(tier=Tier.T2)
WHOLE_PASSAGE = finding(tier=Tier.T2, level=Level.PASSAGE)
NAMED = finding(tier=Tier.T1, level=None, detector="identifier", detectors=("identifier",))
TITLE = finding(tier=Tier.T4, level=None)
SOURCE = finding(tier=Tier.T5, level=None)
ALL = {
    "found": FOUND,
    "probable": PROBABLE,
    "passage": PASSAGE,
    "whole": WHOLE,
    "whole passage": WHOLE_PASSAGE,
    "named": NAMED,
    "title": TITLE,
    "source": SOURCE,
}


def outcome(findings: list[Finding], **policy: Any) -> Outcome:
    return decide(findings, subject(), [reference()], Policy(**policy)).outcome


@pytest.mark.parametrize(
    ("fail_on", "failing"),
    [
        (("T1", "found"), {"named", "found", "whole"}),
        (("T1",), {"named"}),
        (("T2",), {"whole", "whole passage"}),
        (("T3",), {"found", "probable", "passage"}),
        (("T4",), {"title"}),
        (("T5",), {"source"}),
        (("found",), {"found", "whole"}),
        (("probable",), {"found", "whole", "probable"}),
        (("passage",), {"found", "whole", "probable", "passage", "whole passage"}),
        (("found", "probable"), {"found", "whole", "probable"}),
        (("T4", "T5"), {"title", "source"}),
        (("never",), set()),
    ],
)
def test_what_fails(fail_on: tuple[str, ...], failing: set[str]) -> None:
    fails = {name for name, one in ALL.items() if outcome([one], fail_on=fail_on) is Outcome.FAIL}
    assert fails == failing


def test_the_default_is_identifiers_and_what_is_found() -> None:
    assert Policy().fail_on == ("T1", "found")
    assert (Policy().max_works, Policy().min_coverage) == (0, 0.95)


def test_every_name_that_is_offered_is_a_policy() -> None:
    for name in FAIL_ON:
        assert make_policy({"fail_on": name}).fail_on == (name,)
    assert make_policy({"fail_on": " t1, Found ,NEVER"}).fail_on == ("T1", "found", "never")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"fail_on": "T9"}, "policy: fail_on: 'T9' is none of T1, T2"),
        ({"fail_on": ""}, "policy: fail_on"),
        ({"fail_on": ()}, "policy: fail_on"),
        ({"fail_on": 3}, "policy: fail_on"),
        ({"max_works": -1}, "policy: max_works"),
        ({"min_coverage": 1.5}, "policy: min_coverage"),
        ({"min_coverage": float("nan")}, "policy: min_coverage"),
        ({"fail": "T1"}, "policy: fail"),
    ],
)
def test_no_policy(values: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as error:
        make_policy(values)
    assert error.value.message.startswith(message)
    assert "fail_on, max_works, min_coverage" in error.value.advice


def test_so_many_works_may_be_there() -> None:
    three = [finding(id=f"{n:016x}") for n in range(3)]
    assert outcome(three, max_works=2) is Outcome.FAIL
    assert outcome(three, max_works=3) is Outcome.PASS
    assert outcome([*three, PASSAGE, TITLE], max_works=3) is Outcome.PASS


def test_explained_works_do_not_fail() -> None:
    by = ExplainedBy(work="v", collection="psalms", release="2024")
    assert outcome([finding(status="explained", explained_by=by)]) is Outcome.PASS


@pytest.mark.parametrize("status", ["commons", "licensed"])
def test_lawful_collections_do_not_fail(status: str) -> None:
    references = [reference("ours", status), reference("shadow", "pirated")]
    policy = Policy(fail_on=("passage", "T1"))
    ours = finding(collection="ours", collections=("ours",))
    assert decide([ours], subject(), references, policy).outcome is Outcome.PASS
    both = finding(collections=("shadow", "ours"))
    verdict = decide([both], subject(), references, policy)
    assert verdict.outcome is Outcome.FAIL
    assert "1 work of" in verdict.reasons[0]


@pytest.mark.parametrize("status", ["pirated", "scraped", "disputed"])
def test_other_collections_do(status: str) -> None:
    assert decide([FOUND], subject(), [reference(status=status)], Policy()).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("references", "changes", "reason"),
    [
        ([], {}, "collection"),
        ([reference("psalms", "commons")], {}, "commons"),
        ([reference()], {"records": 0, "tokens": 0}, "no record"),
        ([reference()], {"tokens": 0}, "neither text nor identifiers"),
        ([reference()], {"coverage": 0.5}, "50.0%"),
        ([reference()], {"coverage": 0.9499}, "95.0%"),
    ],
)
def test_what_cannot_be_told(references: list[Any], changes: dict[str, Any], reason: str) -> None:
    verdict = decide([], subject(**changes), references, Policy())
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert reason in " ".join(verdict.reasons)


def test_identifiers_alone_are_a_dataset() -> None:
    assert decide([], subject(tokens=0), [reference()], Policy(), stated=1).outcome is Outcome.PASS


def test_the_floor_is_inclusive() -> None:
    assert decide([], subject(coverage=0.95), [reference()], Policy()).outcome is Outcome.PASS
    assert decide([], subject(coverage=0.1), [reference()], Policy(min_coverage=0)).outcome is Outcome.PASS


def test_what_fails_goes_before_what_cannot_be_told() -> None:
    verdict = decide([FOUND], subject(coverage=0.5), [reference()], Policy())
    assert verdict.outcome is Outcome.FAIL
    assert len(verdict.reasons) == 2
    assert "shadow" in verdict.reasons[0]
    assert "50.0%" in verdict.reasons[1]


def test_a_pass_never_says_clean() -> None:
    for findings in ([], [PASSAGE]):
        (reason,) = decide(findings, subject(coverage=0.98), [reference()], Policy()).reasons
        assert reason.startswith("no overlap")
        assert "98.0%" in reason
        assert not any(word in reason for word in ("clean", "certified", "compliant"))
