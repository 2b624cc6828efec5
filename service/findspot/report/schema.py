"""The published JSON Schema of a report; ``python -m findspot.report.schema`` rewrites the file."""

from __future__ import annotations

import json
from typing import Any

from findspot.audit.model import Report
from findspot.shipped import data_dir

FILE = "report.schema.json"


def report_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of what ``--format json`` writes."""
    body = Report.model_json_schema(by_alias=True, mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:findspot:schema:report:1",
        **body,
        "title": "Findspot report",
    }


def schema_text() -> str:
    """The schema as its file holds it."""
    return json.dumps(report_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    (data_dir("schemas") / FILE).write_text(schema_text(), encoding="utf-8")
