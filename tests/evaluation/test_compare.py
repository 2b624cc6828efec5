"""Findings against the truth, by reports made by hand."""

from __future__ import annotations

import pytest

from findspot.audit import Level
from findspot.audit.model import Estimate
from findspot.evaluation.compare import Tried, observe_named, observe_text

from .samples import finding, report


def tried(title: str, exact: float | None, share: float | None = None) -> Tried:
    return Tried(title, "en", "1k-5k", "none", 512, share, exact)


def values(seen: object, quantity: str) -> dict[Level | None, float]:
    return {o.level: o.value for o in seen if o.quantity == quantity}  # type: ignore[attr-defined]


def test_a_work_that_is_there_and_found_is_no_miss_at_any_level() -> None:
    seen = list(observe_text(report(finding("a")), [tried("a", 0.5, 0.5)]))
    assert values(seen, "false_negative_rate") == dict.fromkeys((Level.PASSAGE, Level.PROBABLE, Level.FOUND), 0.0)
    assert not values(seen, "false_positive_rate")


def test_a_weaker_finding_is_a_miss_at_the_stronger_levels() -> None:
    seen = list(observe_text(report(finding("a", level=Level.PROBABLE)), [tried("a", 0.5, 0.5)]))
    assert values(seen, "false_negative_rate") == {Level.PASSAGE: 0, Level.PROBABLE: 0, Level.FOUND: 1}


@pytest.mark.parametrize(
    "findings",
    [
        (),
        (finding("other"),),
        (finding("a", status="explained"),),
        (finding("a", detector="identifier", detectors=("identifier",), level=None),),
    ],
)
def test_what_is_not_reported_open_by_text_is_a_miss(findings: tuple[object, ...]) -> None:
    seen = list(observe_text(report(*findings), [tried("a", 0.5, 0.5)]))  # type: ignore[arg-type]
    assert set(values(seen, "false_negative_rate").values()) == {1.0}
    assert not values(seen, "coverage_error")


def test_a_finding_of_a_work_that_is_not_there_is_false_up_to_its_level() -> None:
    seen = list(observe_text(report(finding("a", level=Level.PASSAGE)), [tried("a", 0.0), tried("b", 0.0)]))
    false = [(o.level, o.value) for o in seen if o.quantity == "false_positive_rate"]
    assert false[:3] == [(Level.PASSAGE, 1), (Level.PROBABLE, 0), (Level.FOUND, 0)]
    assert {value for _, value in false[3:]} == {0}
    assert not values(seen, "coverage_error")


@pytest.mark.parametrize(("exact", "held"), [(0.55, 1), (0.4, 1), (0.61, 0), (0.3, 0)])
def test_coverage_is_held_against_the_share_that_was_drawn(exact: float, held: int) -> None:
    coverage = Estimate(estimate=0.5, low=0.4, high=0.6)
    seen = list(observe_text(report(finding("a", coverage=coverage)), [tried("a", exact, 0.5)]))
    assert values(seen, "coverage_error")[None] == pytest.approx(abs(0.5 - exact))
    assert values(seen, "coverage_bias")[None] == pytest.approx(0.5 - exact)
    assert values(seen, "interval_coverage") == {None: held}


def test_where_the_share_is_not_known_coverage_is_not_judged() -> None:
    seen = list(observe_text(report(finding("a")), [tried("a", None)]))
    assert values(seen, "false_negative_rate")[Level.FOUND] == 0
    assert not values(seen, "coverage_error")


def test_a_detector_without_levels() -> None:
    by_name = finding("a", detector="identifier", detectors=("identifier",), level=None, coverage=None)
    seen = list(observe_named(report(by_name, finding("c")), [tried("a", None), tried("b", 0.0)], "identifier"))
    assert [(o.quantity, o.value) for o in seen] == [("false_negative_rate", 0), ("false_positive_rate", 0)]
    seen = list(observe_named(report(by_name, finding("c")), [tried("c", None), tried("a", 0.0)], "identifier"))
    assert [(o.quantity, o.value) for o in seen] == [("false_negative_rate", 1), ("false_positive_rate", 1)]
