"""Rows from observations, and which of them reports cite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from findspot.audit import Level
from findspot.audit.model import ErrorRate, Tool
from findspot.audit.rates import SHIPPED, ErrorRates, MeasuredOn, cited, is_headline, read_rates
from findspot.errors import InputError, SchemeError
from findspot.evaluation.compare import Observation
from findspot.evaluation.rates import mean, rate, rows_of
from findspot.shipped import data_dir
from findspot.text import SCALED, SCHEME

if TYPE_CHECKING:
    from pathlib import Path


def seen(value: float, **changes: Any) -> Observation:
    values: dict[str, Any] = {
        "detector": "text",
        "level": Level.FOUND,
        "sensitivity": "normal",
        "quantity": "false_negative_rate",
        "language": "en",
        "length": "5k-20k",
        "noise": "none",
        "share": 1.0,
        "chunk": 512,
        "value": value,
    }
    return Observation(**(values | changes))


def rows(observations: list[Observation]) -> dict[tuple[Any, ...], ErrorRate]:
    made = rows_of(observations, "made")
    keyed = {(r.quantity, r.level, r.language, r.length, r.noise, r.share, r.chunk): r for r in made}
    assert len(keyed) == len(made)  # every row is there once
    return keyed


def test_rates_have_intervals() -> None:
    assert rate(0, 300) == (0.0, 0.0, 0.01)
    assert rate(300, 300) == (1.0, 0.99, 1.0)
    assert list(rate(12, 48)) == [
        0.25,
        pytest.approx(0.149, abs=0.01),
        pytest.approx(0.388, abs=0.01),
    ]  # about Wilson's
    assert rate(0, 2) == (0.0, 0.0, 1.0)
    assert list(mean([0.1, 0.3])) == pytest.approx([0.2, 0.004, 0.396], abs=1e-3)
    assert mean([0.4]) == (0.4, 0.4, 0.4)


def test_rows_count_what_they_state() -> None:
    made = rows([seen(0), seen(1, language="de"), seen(0, length="<1k"), seen(1, noise="ocr"), seen(1, share=0.2)])
    quantity = ("false_negative_rate", Level.FOUND)
    assert (
        made[(*quantity, None, None, "none", 1.0, None)].events,
        made[(*quantity, None, None, "none", 1.0, None)].trials,
    ) == (1, 3)
    assert made[(*quantity, None, ">=5k", "none", 1.0, None)].trials == 2
    assert made[(*quantity, "de", None, "none", 1.0, None)].events == 1
    assert made[(*quantity, None, None, "ocr", 1.0, None)].trials == 1
    assert made[(*quantity, "en", "<1k", "none", 1.0, None)].events == 0
    assert all(noise is not None and share is not None for *_, noise, share, _ in made)  # kinds of trial are not mixed


def test_means_have_no_events() -> None:
    made = rows([seen(0.1, quantity="coverage_error", level=None), seen(0.2, quantity="coverage_error", level=None)])
    row = made["coverage_error", None, None, None, "none", None, None]
    assert (row.events, row.trials, row.estimate) == (None, 2, 0.15)


def test_rows_do_not_depend_on_the_order() -> None:
    observations = [
        seen(n % 2, language=("en", "de")[n % 3 == 0], length=("<1k", "5k-20k")[n % 5 == 0]) for n in range(40)
    ]
    assert rows_of(observations, "d") == rows_of(observations[::-1], "d")


def file_of(*made: ErrorRate, scheme: str = SCHEME, scaled: int = SCALED) -> ErrorRates:
    about = MeasuredOn(name="made", digest="sha256:0", works=1, tokens=1, languages=("en",))
    return ErrorRates(
        tool=Tool(name="findspot", version="0"),
        command="findspot eval",
        scheme=scheme,
        scaled={"normal": scaled},
        seed=1,
        data=about,
        error_rates=made,
    )


def test_a_report_cites_the_rows_of_its_method_alone() -> None:
    made = rows_of([seen(0), seen(0, quantity="false_positive_rate", share=None)], "d")
    file = file_of(*made)
    told = cited(file, scaled=SCALED, sensitivity="normal", detectors=("text",))
    assert {(r.quantity, r.length) for r in told} == {
        ("false_negative_rate", ">=5k"),
        ("false_negative_rate", "5k-20k"),
        ("false_positive_rate", None),
    }
    assert all(map(is_headline, told))
    for other in ({"scaled": 16}, {"sensitivity": "high"}, {"detectors": ("identifier",)}):
        assert cited(file, **({"scaled": SCALED, "sensitivity": "normal", "detectors": ("text",)} | other)) == ()  # type: ignore[arg-type]
    assert cited(None, scaled=SCALED, sensitivity="normal", detectors=("text",)) == ()


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = file_of(*rows_of([seen(0)], "d"))
    (tmp_path / "rates.json").write_text(file.to_json())
    assert read_rates(tmp_path / "rates.json") == file


def test_rates_of_another_scheme_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "rates.json").write_text(file_of(scheme="fs0").to_json())
    with pytest.raises(SchemeError, match=rf"rates\.json.*fs0.*{SCHEME}"):
        read_rates(tmp_path / "rates.json")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        ("{", "the whole file"),
        ('{"schema": "findspot.report/1"}', "field schema"),
        ("[]", "the whole file"),
    ],
)
def test_what_is_no_file_of_rates_is_refused(content: str | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "rates.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        read_rates(path)
    assert "rates.json" in caught.value.message
    assert "findspot eval" in caught.value.advice


def test_the_shipped_rates_are_of_this_scheme_and_few() -> None:
    path = data_dir("fingerprints") / SHIPPED
    shipped = read_rates(path)  # measured again with every change of the scheme
    assert shipped.scaled["normal"] == SCALED
    assert {"text", "identifier"} <= {row.detector for row in shipped.error_rates}
    assert all(map(is_headline, shipped.error_rates))
    for sensitivity in shipped.scaled:
        assert sum(row.sensitivity == sensitivity for row in shipped.error_rates) <= 45
    assert "/" not in shipped.command
    assert shipped.to_json() == path.read_text(encoding="utf-8")
