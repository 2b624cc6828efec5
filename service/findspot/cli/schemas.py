"""The published JSON Schemas of what Findspot writes; ``make schemas`` rewrites their files, a test compares them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from findspot.audit.model import Plan, Report
from findspot.audit.rates import ErrorRates
from findspot.dataset import ManifestHeader
from findspot.reference import ReleaseInfo
from findspot.shipped import data_dir

if TYPE_CHECKING:
    from pydantic import BaseModel

#: File in ``schemas/``: the model, and what it describes.
PUBLISHED: dict[str, tuple[type[BaseModel], str]] = {
    "report.schema.json": (Report, "Findspot report, as --format json writes it"),
    "error-rates.schema.json": (ErrorRates, "Measured error rates, as findspot eval writes them"),
    "plan.schema.json": (Plan, "Plan of an audit, as --plan --format json writes it"),
    "manifest.schema.json": (ManifestHeader, "Header of a Findspot manifest, under the metadata key findspot"),
    "release.schema.json": (ReleaseInfo, "release.json of a Findspot release"),
}


def schema(file: str) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of one published file."""
    model, title = PUBLISHED[file]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:findspot:schema:{file.split('.', maxsplit=1)[0]}:1",
        **model.model_json_schema(by_alias=True, mode="serialization"),
        "title": title,
    }


def schema_text(file: str) -> str:
    """The schema as its file holds it."""
    return json.dumps(schema(file), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name in PUBLISHED:
        (data_dir("schemas") / name).write_text(schema_text(name), encoding="utf-8")
