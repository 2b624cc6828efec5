"""The published document is the one that the code makes, and says what clients are generated from."""

from __future__ import annotations

import json

from findspot.api.openapi import document
from findspot.shipped import data_dir


def test_the_published_document_is_current() -> None:
    published = (data_dir("schemas") / "openapi.json").read_text(encoding="utf-8")
    assert json.loads(published) == json.loads(document()), "run: python -m findspot.api.openapi > schemas/openapi.json"
    assert published == document()


def test_operations_have_names_of_their_own_and_answer_errors_as_problems() -> None:
    made = json.loads(document())
    names = []
    for path, operations in made["paths"].items():
        for operation in operations.values():
            names.append(operation["operationId"])
            for code in ("4XX", "5XX"):
                assert list(operation["responses"][code]["content"]) == ["application/problem+json"], path
    assert len(names) == len(set(names))
    assert {
        "uploadManifest",
        "getManifest",
        "deleteManifest",
        "createAudit",
        "listAudits",
        "getAudit",
        "cancelAudit",
        "listFindings",
        "getReport",
        "lookup",
        "listCollections",
        "getCollection",
        "index",
        "live",
        "ready",
        "version",
    } == set(names)


def test_every_reference_leads_somewhere() -> None:
    made = json.loads(document())
    known = {f"#/components/schemas/{name}" for name in made["components"]["schemas"]}

    def references(part: object) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            return own + [found for value in part.values() for found in references(value)]
        if isinstance(part, list):
            return [found for value in part for found in references(value)]
        return []

    assert set(references(made)) <= known
