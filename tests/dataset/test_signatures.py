"""Signatures that a pipeline made with datasketch, read from its files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasketch import LeanMinHash, MinHash

from findspot.dataset import ReadOptions, SubjectFacts, open_manifest, open_subject, write_manifest
from findspot.errors import InputError, SchemeError, UsageError
from findspot.sketch import OWN_RECIPE, RECIPE_KEY, SignatureInfo

if TYPE_CHECKING:
    from pathlib import Path

FOREIGN = SignatureInfo(hash="sha1_hash32", shingle="word 5-grams", normaliser="lower", permutations=16)


def signed(text: str, info: SignatureInfo = FOREIGN) -> MinHash:
    words = text.lower().split()
    made = MinHash(info.permutations, seed=info.seed, scheme=info.scheme)
    made.update_batch([" ".join(words[i : i + 5]).encode() for i in range(len(words) - 4)])
    return made


def values(text: str, info: SignatureInfo = FOREIGN) -> list[int]:
    return [int(value) for value in signed(text, info).digest()]


TEXTS = [" ".join(f"w{i * i % m}" for i in range(80)) for m in (31, 53, 71)]


def read(path: Path, **options: Any) -> tuple[list[dict[str, Any]], SubjectFacts, SignatureInfo | None]:
    subject = open_subject([path], ReadOptions(**options))
    rows = [row for batch in subject.batches() for row in batch.to_pylist()]
    return rows, subject.facts(), subject.signature


def parquet(path: Path, columns: dict[str, Any], stated: SignatureInfo | None = None) -> Path:
    table = pa.table(columns)
    if stated:
        table = table.replace_schema_metadata({RECIPE_KEY: stated.model_dump_json()})
    pq.write_table(table, path)
    return path


def lean(made: MinHash, order: str) -> bytes:
    value = LeanMinHash(made)
    data = bytearray(value.bytesize(order))
    value.serialize(data, order)
    return bytes(data)


@pytest.mark.parametrize("name", ["signature", "minhash", "HashValues"])
@pytest.mark.parametrize("kind", [pa.list_(pa.uint32()), pa.large_list(pa.int64()), pa.list_(pa.uint64(), 16)])
def test_a_column_of_signatures_is_read_as_the_file_states(tmp_path: Path, name: str, kind: pa.DataType) -> None:
    column = pa.array([*map(values, TEXTS), None], kind)
    path = parquet(tmp_path / "data.parquet", {"id": ["a", "b", "c", "d"], name: column}, FOREIGN)
    rows, facts, recipe = read(path)
    assert recipe == FOREIGN
    assert [row["signature"] for row in rows] == [*map(values, TEXTS), None]
    assert [row["n_tokens"] for row in rows] == [None] * 4
    assert facts.columns[0].signature == name
    assert not facts.notes


@pytest.mark.parametrize("scheme", ["affine32", "affine64", "legacy"])
def test_lists_in_json_lines_and_arrow_and_bytes_of_datasketch_are_the_same(tmp_path: Path, scheme: str) -> None:
    hash_ = "sha1_hash64" if scheme == "affine64" else "sha1_hash32"
    info = SignatureInfo(**(FOREIGN.model_dump() | {"scheme": scheme, "hash": hash_, "seed": 5}))
    lists = [values(text, info) for text in TEXTS]
    lines = tmp_path / "data.jsonl"
    lines.write_text("".join(json.dumps({"minhash": item}) + "\n" for item in lists))
    arrow = tmp_path / "data.arrow"
    leans = [[lean(signed(text, info), order) for text in TEXTS] for order in ("@", "<")]
    schema = pa.schema([("minhash", pa.list_(pa.uint64()))], metadata={RECIPE_KEY: info.model_dump_json()})
    with pa.ipc.new_file(str(arrow), schema) as writer:
        writer.write_table(pa.table({"minhash": pa.array(lists, pa.list_(pa.uint64()))}, schema=schema))
    paths = [
        lines,
        arrow,
        *(parquet(tmp_path / f"{n}.parquet", {"minhash": data}, info) for n, data in enumerate(leans)),
    ]
    for path in paths:
        rows, facts, _ = read(path, signature_recipe=info)
        assert [row["signature"] for row in rows] == lists, path.name
        assert not facts.notes
    rows, _, recipe = read(arrow)
    assert [row["signature"] for row in rows] == lists
    assert recipe == info


def test_without_a_recipe_the_column_is_left_alone_and_that_is_said(tmp_path: Path) -> None:
    path = parquet(tmp_path / "data.parquet", {"text": TEXTS, "minhash": pa.array(list(map(values, TEXTS)))})
    rows, facts, recipe = read(path)
    assert recipe is None
    assert [row["signature"] for row in rows] == [None] * 3
    assert facts.notes == {"column minhash left alone: the recipe of its signatures is not stated": 1}


def test_a_text_column_of_that_name_is_none(tmp_path: Path) -> None:
    path = parquet(tmp_path / "data.parquet", {"text": TEXTS, "signature": ["def f(x)", "def g()", "def h()"]})
    assert not read(path)[1].notes


def test_bad_rows_are_noted_and_cost_no_row(tmp_path: Path) -> None:
    good = values(TEXTS[0])
    bad: list[Any] = [
        good[:15],
        [-1, *good[1:]],
        [1 << 32, *good[1:]],
        [None, *good[1:]],
        "x",
        ["x"],
        [1.5],
        [True] * 16,
    ]
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps({"text": "a", "signature": item}) + "\n" for item in [*bad, None, good]))
    rows, facts, _ = read(path, signature_recipe=FOREIGN)
    assert [row["signature"] for row in rows] == [None] * 9 + [good]
    assert facts.notes == {
        "signature has not the 16 values that its recipe states (row kept)": 1,
        "signature has a value that scheme affine32 does not yield (row kept)": 2,
        "signature is no list of whole numbers (row kept)": 5,
    }
    assert facts.samples["signature has not the 16 values that its recipe states (row kept)"] == ["data.jsonl:1"]
    assert facts.coverage == 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no bytes"),
        (b"\0" * 12, "values"),
        (lean(signed(TEXTS[0]), "@")[:-1], "cut short"),
        (lean(signed(TEXTS[0], FOREIGN.model_copy(update={"seed": 2})), "@"), "another seed"),
        (lean(signed(TEXTS[0], FOREIGN.model_copy(update={"scheme": "legacy"})), "@"), "scheme"),
        (lean(signed(TEXTS[0], FOREIGN.model_copy(update={"permutations": 8})), "@"), "length"),
    ],
)
def test_bytes_that_are_of_another_recipe_or_of_none_are_noted(tmp_path: Path, data: bytes, reason: str) -> None:
    path = parquet(tmp_path / "data.parquet", {"signature": [data, lean(signed(TEXTS[0]), "@")]}, FOREIGN)
    rows, facts, _ = read(path)
    assert [row["signature"] for row in rows] == [None, values(TEXTS[0])], reason
    assert sum(facts.notes.values()) == 1


def test_files_of_two_recipes_are_refused_by_the_field(tmp_path: Path) -> None:
    other = FOREIGN.model_copy(update={"seed": 2})
    column = {"minhash": pa.array(list(map(values, TEXTS)))}
    parquet(tmp_path / "a.parquet", column, FOREIGN)
    parquet(tmp_path / "b.parquet", column, other)
    subject = open_subject([tmp_path], ReadOptions(strict=True))
    with pytest.raises(SchemeError, match="seed 2 against 1"):
        list(subject.batches())
    with pytest.raises(SchemeError, match="seed 1 against 2"):
        read(tmp_path / "a.parquet", signature_recipe=other)


def test_a_file_that_states_no_recipe_at_all_is_refused(tmp_path: Path) -> None:
    table = pa.table({"minhash": pa.array(list(map(values, TEXTS)))}).replace_schema_metadata({RECIPE_KEY: b"{"})
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(UsageError, match=r"a\.parquet: findspot\.signature: Invalid JSON"):
        read(tmp_path / "a.parquet")


def test_signatures_are_made_or_read_never_both(tmp_path: Path) -> None:
    path = parquet(tmp_path / "data.parquet", {"text": TEXTS, "minhash": pa.array(list(map(values, TEXTS)))}, FOREIGN)
    with pytest.raises(UsageError, match="to be read, and signatures to be made"):
        open_subject([path], ReadOptions(signatures=True, signature_recipe=FOREIGN))
    rows, facts, recipe = read(path, signatures=True)
    assert recipe == OWN_RECIPE
    assert all(len(row["signature"]) == 128 for row in rows)
    assert not facts.notes


@pytest.mark.parametrize("redact", [(), ("url",)])
def test_a_manifest_of_signatures_alone_hands_them_on(tmp_path: Path, redact: tuple[str, ...]) -> None:
    path = parquet(tmp_path / "data.parquet", {"minhash": pa.array([*map(values, TEXTS), None])}, FOREIGN)
    manifest = tmp_path / "made.manifest.parquet"
    info = write_manifest(open_subject([path], ReadOptions()), manifest, redact=redact)
    assert info.header.signature == FOREIGN
    rows, facts, recipe = read(manifest)
    assert recipe == FOREIGN
    assert [row["signature"] for row in rows] == [*map(values, TEXTS), None]
    assert facts.records == 4
    assert facts.tokens == 0


def test_the_root_of_a_manifest_binds_signatures_that_stand_for_texts(tmp_path: Path) -> None:
    column = [*map(values, TEXTS)]
    one = parquet(tmp_path / "one.parquet", {"minhash": pa.array(column)}, FOREIGN)
    two = parquet(tmp_path / "two.parquet", {"minhash": pa.array([column[0], column[1], column[1]])}, FOREIGN)
    assert read(one)[1].digest != read(two)[1].digest


def test_a_manifest_states_its_recipe_itself(tmp_path: Path) -> None:
    path = parquet(tmp_path / "data.parquet", {"minhash": pa.array([*map(values, TEXTS)])}, FOREIGN)
    manifest = tmp_path / "made.manifest.parquet"
    write_manifest(open_subject([path], ReadOptions()), manifest)
    assert read(manifest, signature_recipe=FOREIGN)[2] == FOREIGN
    with pytest.raises(SchemeError, match="hash sha1_hash32 against xxh32"):
        read(manifest, signature_recipe=FOREIGN.model_copy(update={"hash": "xxh32"}))
    plain = tmp_path / "plain.manifest.parquet"
    write_manifest(open_subject([parquet(tmp_path / "t.parquet", {"text": TEXTS})], ReadOptions()), plain)
    with pytest.raises(UsageError, match="holds no signatures"):
        read(plain, signature_recipe=FOREIGN)


def test_a_value_beyond_the_scheme_in_a_manifest_is_refused(tmp_path: Path) -> None:
    path = parquet(tmp_path / "data.parquet", {"minhash": pa.array([*map(values, TEXTS)])}, FOREIGN)
    manifest = tmp_path / "made.manifest.parquet"
    write_manifest(open_subject([path], ReadOptions()), manifest)
    table = pq.read_table(manifest)
    lists = np.array(table["signature"].to_pylist(), np.uint64)
    lists[1, 3] = np.uint64(1 << 32)
    at = table.schema.get_field_index("signature")
    table = table.set_column(at, table.schema.field(at), pa.array(lists.tolist(), table.schema.field(at).type))
    header = pq.read_metadata(manifest).metadata[b"findspot"]
    with pq.ParquetWriter(manifest, table.schema.remove_metadata(), store_schema=False) as writer:
        writer.write_table(table.replace_schema_metadata(None))
        writer.add_key_value_metadata({"findspot": header.decode()})
    with pytest.raises(InputError, match="a value that its scheme does not yield"):
        list(open_manifest(manifest).batches())
