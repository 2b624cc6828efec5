"""The renderings that programs read: JSON, its schema, CSV."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import Any, get_args, get_origin

import jsonschema
import pytest
from pydantic import BaseModel

from findspot.audit.model import Finding, Report, Tier
from findspot.report import render
from findspot.report.as_csv import COLUMNS
from findspot.shipped import data_dir

from .samples import ALL, INFOHASH, LONG, XSS, failing, finding, report, summary


@pytest.mark.parametrize("name", ALL)
def test_json_is_the_model(name: str) -> None:
    made = ALL[name]()
    text = render(made, "json")
    assert json.loads(text) == made.model_dump(mode="json", by_alias=True)
    assert Report.model_validate_json(text) == made
    assert list(json.loads(text))[:3] == ["schema", "id", "created"]
    assert text.startswith('{\n  "schema": "findspot.report/1",\n  "id": ')
    assert text.endswith("}\n")


def test_json_keeps_scripts_readable() -> None:
    assert "吾輩は猫である" in render(failing(), "json")


def test_equal_reports_are_equal_bytes_whatever_order_their_mappings_were_filled_in() -> None:
    rows = summary().collections
    turned = tuple(row.model_copy(update={"by_tier": dict(reversed(row.by_tier.items()))}) for row in rows)
    method = failing().method
    other = report(
        summary=summary().model_copy(update={"collections": turned}),
        method=method.model_copy(update={"detectors": dict(reversed(method.detectors.items()))}),
    )
    assert other == failing()
    assert render(other, "json") == render(failing(), "json")


@pytest.mark.parametrize("name", ALL)
def test_what_is_rendered_fits_the_published_schema(name: str) -> None:
    schema = json.loads((data_dir("schemas") / "report.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(render(ALL[name](), "json")))


def _without_verdict(content: dict[str, Any]) -> None:
    del content["verdict"]


def _other_tier(content: dict[str, Any]) -> None:
    content["findings"][0]["tier"] = "T9"


def _too_much_coverage(content: dict[str, Any]) -> None:
    content["subject"]["coverage"] = 1.2


@pytest.mark.parametrize("breaks", [_without_verdict, _other_tier, _too_much_coverage])
def test_the_schema_refuses_what_is_no_report(breaks: Any) -> None:
    content = json.loads(render(failing(), "json"))
    breaks(content)
    schema = json.loads((data_dir("schemas") / "report.schema.json").read_text(encoding="utf-8"))
    assert not jsonschema.Draft202012Validator(schema).is_valid(content)


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


def test_csv_has_one_row_per_finding_with_the_names_of_the_json() -> None:
    made = failing()
    rows = _rows(render(made, "csv"))
    assert [row["id"] for row in rows] == [f.id for f in made.findings]
    third = rows[2]
    assert third["work.title"] == "Middle Distance"
    assert json.loads(third["collections"]) == ["books3", "libgen"]
    assert float(third["coverage.low"]) == pytest.approx(0.40)
    assert json.loads(third["spans"]) == [list(span) for span in made.findings[2].spans]
    assert json.loads(third["records.top"])[0]["shard"].startswith("train/")
    assert third["explained_by.work"] == ""
    assert rows[12]["explained_by.work"] == "w3"
    assert rows[11]["coverage.estimate"] == ""
    assert json.loads(rows[11]["work.identifiers"]) == [INFOHASH]
    assert rows[6]["work.title"] == LONG
    assert rows[7]["work.title"] == XSS


def test_csv_without_findings_still_has_its_header() -> None:
    assert render(report(findings=()), "csv") == ",".join(COLUMNS) + "\n"


def test_csv_columns_are_the_fields_of_a_finding() -> None:
    assert list(_leaves(Finding)) == list(COLUMNS)


def _leaves(model: type[BaseModel], before: str = "") -> list[str]:
    names = []
    for name, field in model.model_fields.items():
        kinds = (field.annotation, *get_args(field.annotation))  # a value, or a value or none; not a tuple of values
        inner = next(
            (
                k
                for k in kinds
                if isinstance(k, type) and issubclass(k, BaseModel) and get_origin(field.annotation) is not tuple
            ),
            None,
        )
        names += _leaves(inner, f"{before}{name}.") if inner else [before + name]
    return names


@pytest.mark.parametrize("title", ["=HYPERLINK(1)", "+1", "-30-", "@x", "\t=1"])
def test_a_spreadsheet_does_not_run_a_title(title: str) -> None:
    rows = _rows(render(report(findings=(finding(1, title, title, tier=Tier.T2),)), "csv"))
    assert rows[0]["work.title"] == rows[0]["work.creator"] == "'" + title
