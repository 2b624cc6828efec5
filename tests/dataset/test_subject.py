"""A dataset as a subject: sketches, digests, counts, shards, and the same bytes for any number of threads."""

from __future__ import annotations

import json
import threading
from hashlib import md5, sha256
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from findspot.dataset import SKETCHED_SCHEMA, Dataset, ReadOptions, fingerprint, open_subject
from findspot.dataset.fingerprint import ordered_map, rebatch
from findspot.dataset.interface import RECORD_SCHEMA
from findspot.sketch import sketch_column
from findspot.text import SCHEME

from .test_merkle import by_definition
from .writers import sketched

if TYPE_CHECKING:
    from pathlib import Path

WORDS = [f"word{number} of {number * 7919 % 1000}" for number in range(4000)]


def lines(folder: Path, texts: list[str | None], name: str = "rows.jsonl") -> Path:
    folder.mkdir(exist_ok=True, parents=True)
    (folder / name).write_text("".join(json.dumps({"id": i, "text": text}) + "\n" for i, text in enumerate(texts)))
    return folder / name


def test_sketches_digests_and_counts(tmp_path: Path) -> None:
    texts = [" ".join(WORDS), "é", "", None, " ".join(WORDS[:500])]
    path = lines(tmp_path, texts)
    dataset = Dataset([path], ReadOptions(scaled=16))
    batches = list(dataset.batches())
    assert all(batch.schema == SKETCHED_SCHEMA for batch in batches)
    rows = [row for batch in batches for row in batch.to_pylist()]
    for row, text in zip(rows, texts, strict=True):
        if text is None:
            assert [row[name] for name in ("sha256", "n_tokens", "n_bytes", "sketch", "positions")] == [None] * 5
            continue
        own = sketch_column(pa.array([text], pa.large_string()), 16)
        assert row["sketch"] == own.hashes.tolist()
        assert row["positions"] == own.positions.tolist()
        assert row["n_tokens"] == own.n_tokens[0]
        assert row["n_bytes"] == len(text.encode())
        assert row["sha256"] == sha256(text.encode()).hexdigest()
    assert len(rows[0]["sketch"]) > 300
    facts = dataset.facts()
    assert (dataset.name, dataset.scheme, dataset.scaled) == ("rows.jsonl", SCHEME, 16)
    assert facts.records == 5
    assert facts.tokens == sum(row["n_tokens"] or 0 for row in rows)
    assert facts.bytes == sum(row["n_bytes"] or 0 for row in rows)
    leaves = [sha256((text or "").encode()).digest() for text in texts]  # without identifiers, of nothing
    assert facts.digest == f"sha256:{by_definition(leaves).hex()}"
    [file] = facts.inputs
    assert (file.name, file.bytes) == ("rows.jsonl", path.stat().st_size)
    assert file.sha256 == sha256(path.read_bytes()).hexdigest()


def test_facts_only_after_the_batches(tmp_path: Path) -> None:
    dataset = Dataset([lines(tmp_path, ["a"])], ReadOptions())
    with pytest.raises(RuntimeError):
        dataset.facts()
    list(dataset.batches())
    with pytest.raises(RuntimeError):
        list(dataset.batches())


def test_same_batches_whatever_the_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprint, "BATCH_ROWS", 7)
    lines(tmp_path / "data", [" ".join(WORDS[n : n + 60]) for n in range(200)], "a.jsonl")
    lines(tmp_path / "data", [" ".join(WORDS[n : n + 90]) for n in range(50)], "b.jsonl")
    found = []
    for jobs in (1, 2, 5):
        subject = open_subject([tmp_path / "data"], ReadOptions(jobs=jobs))
        found.append((list(subject.batches()), subject.facts()))
    assert len(found[0][0]) > 30
    assert found[0] == found[1] == found[2]


def test_a_folder_of_texts(tmp_path: Path) -> None:
    (tmp_path / "books" / "b").mkdir(parents=True)
    (tmp_path / "books" / "z.txt").write_text("last words")
    (tmp_path / "books" / "b" / "a.txt").write_bytes(b"\xef\xbb\xbfwords")
    (tmp_path / "books" / ".hidden.txt").write_text("hidden")
    rows, facts = sketched(tmp_path / "books")
    assert [(row["record_id"], row["shard"]) for row in rows] == [("b/a.txt", "b/a.txt"), ("z.txt", "z.txt")]
    data = b"\xef\xbb\xbfwords"
    digests = rows[0]["file_digests"]
    assert digests[0] == f"md5:{md5(data).hexdigest()}"
    assert digests[2] == f"sha256:{sha256(data).hexdigest()}"
    assert rows[0]["sha256"] == sha256(b"words").hexdigest()
    assert facts.name == "books"
    assert [file.name for file in facts.inputs] == ["b/a.txt", "z.txt"]


def test_shards_of_one_name_stay_apart(tmp_path: Path) -> None:
    one, two = (lines(tmp_path / name, [name]) for name in ("one", "two"))
    rows, facts = sketched(one, two, tmp_path / "one")
    assert [row["shard"] for row in rows] == ["rows.jsonl", "rows.jsonl~2", "one/rows.jsonl"]
    assert facts.name == "rows.jsonl and 2 more"
    assert str(tmp_path) not in json.dumps(rows)


def test_a_folder_holds_many_formats_in_order(tmp_path: Path) -> None:
    lines(tmp_path, ["second"], "b.jsonl")
    pq.write_table(pa.table({"content": ["third"]}), tmp_path / "c.parquet")
    (tmp_path / "a.csv").write_text("body\nfirst\n")
    (tmp_path / "x.manifest.parquet").write_bytes(b"left out")
    (tmp_path / "dataset_info.json").write_text("{\n}")
    rows, facts = sketched(tmp_path)
    assert [row["shard"] for row in rows] == ["a.csv", "b.jsonl", "c.parquet"]
    assert {columns.text for columns in facts.columns} == {"body", "text", "content"}


@settings(max_examples=60, deadline=None)
@given(sizes=st.lists(st.integers(0, 60), max_size=40), cut=st.integers(1, 9))
def test_rebatching_keeps_rows_and_limits(sizes: list[int], cut: int) -> None:
    texts = ["x" * size for size in sizes]
    columns = [
        pa.array(texts if f.name == "text" else [str(i) if f.name == "record_id" else None for i in range(len(texts))])
        for f in RECORD_SCHEMA
    ]
    loose = pa.schema([pa.field(f.name, f.type) for f in RECORD_SCHEMA])
    batch = pa.RecordBatch.from_arrays([c.cast(f.type) for c, f in zip(columns, loose, strict=True)], schema=loose)
    pieces = [batch.slice(start, cut) for start in range(0, len(texts), cut)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fingerprint, "BATCH_ROWS", 8)
        patch.setattr(fingerprint, "BATCH_BYTES", 100)
        made = list(rebatch(pieces))
    assert [text for one in made for text in one.column("text").to_pylist()] == texts
    for one in made:
        assert len(one) <= 8
        assert len(one) == 1 or sum(map(len, one.column("text").to_pylist())) <= 100
    for one, other in pairwise(made):  # none is smaller than it need be
        joined = one.column("text").to_pylist() + other.column("text").to_pylist()[:1]
        assert len(joined) > 1
    assert sum(map(len, made)) == len(texts)


def test_few_items_are_in_flight() -> None:
    taken = 0
    running = threading.Semaphore(0)

    def items() -> object:
        nonlocal taken
        for number in range(100):
            taken += 1
            yield number

    results = ordered_map(lambda number: (running.release(), number)[1], items(), 3)  # type: ignore[arg-type, func-returns-value, var-annotated]
    assert [next(results) for _ in range(10)] == list(range(10))
    assert taken <= 14
    results.close()  # type: ignore[attr-defined]
    assert taken <= 14


def test_a_repeated_text_does_not_unfold_in_one_batch(tmp_path: Path) -> None:
    text = " ".join(WORDS) * 4
    made = pa.table({"text": pa.array([text] * 600)})
    pq.write_table(made, tmp_path / "rows.parquet")
    assert (tmp_path / "rows.parquet").stat().st_size < 1 << 20
    dataset = Dataset([tmp_path / "rows.parquet"], ReadOptions())
    sizes = [np.sum(batch.column("n_bytes").to_numpy()) for batch in dataset.batches()]
    assert sum(sizes) == 600 * len(text) > 40 << 20
    assert max(sizes) <= 8 << 20
