"""The published schemas are the models', and what is written fits them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pyarrow.parquet as pq
import pytest

from findspot.cli.schemas import PUBLISHED, schema, schema_text
from findspot.dataset import ReadOptions, open_subject, write_manifest
from findspot.reference import CollectionFacts, build_release
from findspot.shipped import data_dir

if TYPE_CHECKING:
    from pathlib import Path

TEXT = " ".join(f"word{number * number % 391}" for number in range(900))


@pytest.mark.parametrize("file", PUBLISHED)
def test_a_published_schema_is_that_of_the_model(file: str) -> None:
    published = (data_dir("schemas") / file).read_text(encoding="utf-8")
    assert published == schema_text(file), f"schemas/{file} is not what the model says: run `make schemas`"
    jsonschema.Draft202012Validator.check_schema(schema(file))
    assert schema(file)["$id"] == f"urn:findspot:schema:{file.split('.', maxsplit=1)[0]}:1"


def test_nothing_else_is_published() -> None:
    assert {path.name for path in data_dir("schemas").glob("*.json")} == {
        *PUBLISHED,
        "openapi.json",
        "fs1-vectors.json",
    }


def test_a_manifest_header_fits_its_schema(tmp_path: Path) -> None:
    (tmp_path / "data.jsonl").write_text(json.dumps({"text": TEXT}) + "\nnot json\n")
    path = tmp_path / "data.manifest.parquet"
    write_manifest(open_subject([tmp_path / "data.jsonl"], ReadOptions(signatures=True)), path, redact=["url"])
    header = json.loads(pq.read_metadata(path).metadata[b"findspot"])
    jsonschema.Draft202012Validator(schema("manifest.schema.json")).validate(header)
    del header["merkle_root"]
    assert not jsonschema.Draft202012Validator(schema("manifest.schema.json")).is_valid(header)


def test_a_release_fits_its_schema(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text(TEXT)
    facts = CollectionFacts(slug="s", title="S", kind="books", status="pirated", as_of="2024", release="1")
    build_release(facts, [tmp_path / "texts"], tmp_path / "release")
    written = json.loads((tmp_path / "release" / "release.json").read_text())
    jsonschema.Draft202012Validator(schema("release.schema.json")).validate(written)
    written["status"] = "clean"
    assert not jsonschema.Draft202012Validator(schema("release.schema.json")).is_valid(written)
