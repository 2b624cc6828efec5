"""Signatures are datasketch's own, and a manifest hands them on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasketch import MinHash

from findspot.dataset import ReadOptions, open_manifest, open_subject, write_manifest
from findspot.errors import InputError
from findspot.sketch import (
    OWN_RECIPE,
    SHINGLINGS,
    Shingling,
    signature_column,
    sketch_and_sign,
    sketch_column,
    to_datasketch,
)

if TYPE_CHECKING:
    from pathlib import Path

TEXT = " ".join(f"word{i * i % 977}" for i in range(9000))


def own(text: str) -> MinHash:
    made = MinHash(OWN_RECIPE.permutations, seed=OWN_RECIPE.seed, scheme=OWN_RECIPE.scheme, hashfunc=int)
    for shingle in sketch_column(pa.array([text]), 1).hashes.tolist():
        made.update(shingle >> 32)
    return made


def test_a_signature_is_what_datasketch_makes_of_the_shingles() -> None:
    half = TEXT[: len(TEXT) // 2]
    rows = pa.array(["left out", TEXT, half, "too short to judge", None, TEXT * 3], pa.large_string()).slice(1)
    whole, part, short, none, thrice = signature_column(rows).to_pylist()
    assert whole is not None
    assert part is not None
    assert short is None
    assert none is None
    assert whole == own(TEXT).digest().tolist()
    assert thrice == own(TEXT * 3).digest().tolist()
    a, b = (set(sketch_column(pa.array([text]), 1).hashes.tolist()) for text in (TEXT, half))
    assert to_datasketch(whole).jaccard(to_datasketch(part)) == pytest.approx(
        len(a & b) / len(a | b), abs=4 * 0.5 / 128**0.5
    )


def test_a_manifest_carries_signatures_where_they_were_asked_for(tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    data.write_text("".join(json.dumps({"text": text}) + "\n" for text in (TEXT, "short", TEXT[100:])))
    plain = write_manifest(open_subject([data], ReadOptions()), tmp_path / "plain.manifest.parquet")
    path = tmp_path / "signed.manifest.parquet"
    info = write_manifest(open_subject([data], ReadOptions(signatures=True)), path)
    assert plain.header.signature is None
    assert info.header.signature == OWN_RECIPE
    assert plain.facts.digest == info.facts.digest
    rows = pq.read_table(path)["signature"].to_pylist()
    assert rows[0] == own(TEXT).digest().tolist()
    assert rows[1] is None
    again = tmp_path / "again.manifest.parquet"
    write_manifest(open_manifest(path), again)
    assert again.read_bytes() == path.read_bytes()


def test_a_signature_of_another_length_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    data.write_text(json.dumps({"text": TEXT}) + "\n")
    path = tmp_path / "signed.manifest.parquet"
    write_manifest(open_subject([data], ReadOptions(signatures=True)), path)
    table = pq.read_table(path)
    short = pa.array([table["signature"][0].as_py()[:64]], table.schema.field("signature").type)
    table = table.set_column(table.schema.get_field_index("signature"), table.schema.field("signature"), short)
    header = pq.read_metadata(path).metadata[b"findspot"]
    with pq.ParquetWriter(path, table.schema.remove_metadata(), store_schema=False) as writer:
        writer.write_table(table.replace_schema_metadata(None))
        writer.add_key_value_metadata({"findspot": header.decode()})
    with pytest.raises(InputError, match="signature has not the length"):
        list(open_manifest(path).batches())


@pytest.mark.parametrize("scaled", [1, 4, 64])
@pytest.mark.parametrize("shingling", SHINGLINGS)
def test_both_at_once_are_what_each_is(scaled: int, shingling: Shingling) -> None:
    rows = pa.array(
        [TEXT, "", None, "too short to judge", "a rose is " * 9, "吾輩は猫である。名前はまだ無い。" * 3],
        pa.large_string(),
    )
    sketches, signatures = sketch_and_sign(rows, scaled, shingling)
    alone = sketch_column(rows, scaled, shingling)
    for name in ("offsets", "hashes", "positions", "n_tokens", "weights", "wholes"):
        assert getattr(sketches, name).tolist() == getattr(alone, name).tolist()
    assert signatures.equals(signature_column(rows))
