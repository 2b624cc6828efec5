"""The same rows in every format that datasets come in."""

from __future__ import annotations

import csv
import gzip
import io
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from findspot.dataset import Dataset, ReadOptions
from findspot.dataset.data import open_reader
from findspot.dataset.formats import identify
from findspot.dataset.interface import RECORD_SCHEMA, Tally
from findspot.dataset.recipe import StatedRecipe
from findspot.dataset.source import Shard, Source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from findspot.dataset import SubjectFacts

Row = dict[str, Any]


def table(rows: list[Row], text: pa.DataType) -> pa.Table:
    names = list(rows[0])
    columns = [pa.array([row[name] for row in rows], pa.string()) for name in names]
    columns = [column.cast(text) if name == "text" else column for name, column in zip(names, columns, strict=True)]
    return pa.table(columns, names=names)


def parquet(text: pa.DataType, **options: Any) -> Callable[[Path, list[Row]], Path]:
    def write(folder: Path, rows: list[Row]) -> Path:
        pq.write_table(table(rows, text), folder / "rows.data", **options)
        return folder / "rows.data"

    return write


def parquet_dictionary(folder: Path, rows: list[Row]) -> Path:
    made = table(rows, pa.string())
    made = made.set_column(made.schema.get_field_index("text"), "text", made["text"].dictionary_encode())
    pq.write_table(made, folder / "rows.data")
    return folder / "rows.data"


def arrow_file(folder: Path, rows: list[Row]) -> Path:
    made = table(rows, pa.large_string())
    with pa.OSFile(str(folder / "rows.data"), "wb") as file, pa.ipc.new_file(file, made.schema) as writer:
        writer.write_table(made, max_chunksize=2)
    return folder / "rows.data"


def arrow_stream(text: pa.DataType) -> Callable[[Path, list[Row]], Path]:
    def write(folder: Path, rows: list[Row]) -> Path:
        made = table(rows, text)
        with pa.OSFile(str(folder / "rows.data"), "wb") as file, pa.ipc.new_stream(file, made.schema) as writer:
            writer.write_table(made, max_chunksize=2)
        return folder / "rows.data"

    return write


def packed(name: str, data: bytes) -> bytes:
    if name.endswith(".gz"):
        return gzip.compress(data[: len(data) // 2]) + gzip.compress(data[len(data) // 2 :])
    return zstandard.compress(data) if name.endswith(".zst") else data


def json_lines(name: str, *, ascii_only: bool = False) -> Callable[[Path, list[Row]], Path]:
    def write(folder: Path, rows: list[Row]) -> Path:
        lines = "".join(json.dumps(row, ensure_ascii=ascii_only) + "\n" for row in rows)
        (folder / name).write_bytes(packed(name, lines.encode()))
        return folder / name

    return write


def json_list(folder: Path, rows: list[Row]) -> Path:
    (folder / "rows.json").write_text(json.dumps(rows, indent=1), "utf-8")
    return folder / "rows.json"


def delimited(name: str, delimiter: str, encoding: str = "utf-8") -> Callable[[Path, list[Row]], Path]:
    def write(folder: Path, rows: list[Row]) -> Path:
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
        (folder / name).write_bytes(packed(name, out.getvalue().encode(encoding)))
        return folder / name

    return write


WRITERS: dict[str, Callable[[Path, list[Row]], Path]] = {
    "parquet utf8": parquet(pa.string()),
    "parquet large utf8": parquet(pa.large_string(), row_group_size=2),
    "parquet binary": parquet(pa.binary()),
    "parquet dictionary": parquet_dictionary,
    "parquet no dictionary, gzip": parquet(pa.string(), use_dictionary=False, compression="gzip"),
    "arrow file": arrow_file,
    "arrow stream": arrow_stream(pa.string()),
    "arrow stream dictionary": arrow_stream(pa.dictionary(pa.int32(), pa.string())),
    "arrow stream view": arrow_stream(pa.string_view()),
    "jsonl": json_lines("rows.jsonl"),
    "jsonl escaped": json_lines("rows.ndjson", ascii_only=True),
    "jsonl.gz": json_lines("rows.jsonl.gz"),
    "jsonl.zst": json_lines("rows.jsonl.zst"),
    "json list": json_list,
    "csv": delimited("rows.csv", ","),
    "csv with mark": delimited("rows.csv", ",", "utf-8-sig"),
    "csv.gz": delimited("rows.csv.gz", ","),
    "csv.zst": delimited("rows.csv.zst", ","),
    "tsv": delimited("rows.tsv", "\t"),
}


def records(path: Path, **options: Any) -> tuple[list[Row], Tally]:
    """What the reader of one file yields, as rows, and its tally."""
    chosen = ReadOptions(**options)
    tally = Tally()
    shard = Shard(path, path.name, path.stat().st_size)
    kind, compression = identify(shard, chosen.input_format)
    reader = open_reader(Source(shard, kind, compression, chosen, tally, StatedRecipe(chosen)))
    batches = list(reader.batches())
    assert all(batch.schema == RECORD_SCHEMA for batch in batches)
    for batch in batches:
        batch.validate(full=True)
    assert reader.share == 1.0
    return [row for batch in batches for row in batch.to_pylist()], tally


def sketched(*paths: Path, **options: Any) -> tuple[list[Row], SubjectFacts]:
    """The sketched rows of a dataset, and its facts."""
    dataset = Dataset(paths, ReadOptions(**options))
    rows = [row for batch in dataset.batches() for row in batch.to_pylist()]
    return rows, dataset.facts()
