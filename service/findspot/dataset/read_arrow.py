"""Parquet files, and Arrow IPC files and streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from findspot.dataset.header import KEY
from findspot.dataset.records import build_batch
from findspot.dataset.signatures import find_columns
from findspot.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from findspot.dataset.columns import Columns, Path
    from findspot.dataset.interface import ColumnMap
    from findspot.dataset.source import Source

_BATCH_ROWS = 16384
_BATCH_BYTES = 8 << 20
_TIGHT = 512  # bytes a row


class _ColumnarReader:
    """What both formats have in common: a schema known before the first row, and batches of columns."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._columns: Columns | None = None
        self._ordinal = 0
        self._share = 0.0

    @property
    def columns(self) -> ColumnMap | None:
        """See :class:`~findspot.dataset.interface.Reader`."""
        return self._columns.named() if self._columns else None

    @property
    def share(self) -> float:
        """See :class:`~findspot.dataset.interface.Reader`."""
        return self._share

    def _resolve(self, schema: pa.Schema) -> Columns:
        twice = [name for name in schema.names if schema.names.count(name) > 1]
        if twice:
            raise InputError(
                f"{self._source.shard.name}: two columns are called {twice[0]!r}", advice="Rename one of them."
            )
        self._columns = find_columns(self._source, seen_columns(schema), schema.metadata)
        return self._columns

    def _batches(self, batch: pa.RecordBatch, columns: Columns) -> Iterator[pa.RecordBatch]:
        text = _column(batch, columns.text) if columns.text else None
        for start, end in _pieces(text, len(batch)):
            yield self._batch(batch.slice(start, end - start), columns)

    def _batch(self, batch: pa.RecordBatch, columns: Columns) -> pa.RecordBatch:
        rows = [(self._ordinal + index, self._ordinal + index + 1) for index in range(len(batch))]
        self._ordinal += len(batch)
        return build_batch(self._source, columns, lambda path: _column(batch, path), rows)


class ParquetReader(_ColumnarReader):
    """Reads a Parquet file, only the columns that are needed, a few megabytes at a time."""

    def batches(self) -> Iterator[pa.RecordBatch]:
        """See :class:`~findspot.dataset.interface.Reader`."""
        with self._open([]) as file:
            if KEY in (file.metadata.metadata or {}):
                raise InputError(
                    f"{self._source.shard.name}: is a manifest among data",
                    advice="Give a manifest alone, and keep manifests out of the folder of the data.",
                )
            columns = self._resolve(file.schema_arrow)
            total = file.metadata.num_rows
            coded = _coded_text(file, columns)
            size = _rows_of_batch(file, columns)
        with self._open(coded) as file:
            names = [".".join(path) for path in columns.paths]
            for batch in file.iter_batches(batch_size=size, columns=names, use_threads=False):
                yield from self._batches(batch, columns)
                self._share = self._ordinal / total
        if self._ordinal != total:
            raise InputError(f"{self._source.shard.name}: has {self._ordinal} rows of the {total} that it states")
        self._share = 1.0

    def _open(self, coded: list[str]) -> pq.ParquetFile:
        return pq.ParquetFile(
            self._source.shard.path,
            read_dictionary=coded,
            pre_buffer=False,
            buffer_size=1 << 20,
            page_checksum_verification=True,
        )


class ArrowReader(_ColumnarReader):
    """Reads an Arrow IPC file or stream, memory-mapped."""

    def batches(self) -> Iterator[pa.RecordBatch]:
        """See :class:`~findspot.dataset.interface.Reader`."""
        with pa.memory_map(str(self._source.shard.path)) as file:
            if bytes(file.read(6)) == b"ARROW1":
                opened = pa.ipc.open_file(file)
                batches = (opened.get_batch(index) for index in range(opened.num_record_batches))
            else:
                file.seek(0)
                opened = pa.ipc.open_stream(file)
                batches = iter(opened)
            columns = self._resolve(opened.schema)
            for batch in batches:
                batch.validate()
                yield from self._batches(batch, columns)
                self._share = min(1.0, file.tell() / max(1, self._source.shard.size))
        self._share = 1.0


def seen_columns(schema: pa.Schema) -> dict[Path, bool]:
    """Columns and the fields of nested ones, in order; true where the values are text."""
    seen: dict[Path, bool] = {}
    for field in schema:
        _look(field, (), seen)
    return seen


def _look(field: pa.Field, above: Path, seen: dict[Path, bool]) -> None:
    path = (*above, field.name)
    seen[path] = _textual(field.type)
    if pa.types.is_struct(field.type):
        for inner in field.type:
            _look(inner, path, seen)


def _textual(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    tests = (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_string_view,
        pa.types.is_binary,
        pa.types.is_large_binary,
        pa.types.is_binary_view,
    )
    return any(test(kind) for test in tests) or pa.types.is_null(kind)


def _column(batch: pa.RecordBatch, path: Path) -> pa.Array:
    column = batch.column(path[0])
    return pc.struct_field(column, list(path[1:])) if len(path) > 1 else column


def _pieces(text: pa.Array | None, rows: int) -> Iterator[tuple[int, int]]:
    """Row ranges of a batch of at most 16,384 rows and, where a dictionary hides their size, about 8 MiB of text."""
    if text is None or not pa.types.is_dictionary(text.type):
        yield from ((start, min(start + _BATCH_ROWS, rows)) for start in range(0, rows, _BATCH_ROWS))
        return
    values = text.dictionary.cast(pa.large_binary())
    sizes = pc.fill_null(pc.binary_length(values).take(text.indices), 0).to_numpy(zero_copy_only=False)
    ends = np.cumsum(sizes, dtype=np.int64)
    start = 0
    while start < rows:
        before = int(ends[start - 1]) if start else 0
        end = int(np.searchsorted(ends, before + _BATCH_BYTES, side="right"))
        end = min(max(end, start + 1), start + _BATCH_ROWS, rows)
        yield start, end
        start = end


def _coded_text(file: pq.ParquetFile, columns: Columns) -> list[str]:
    """The text column, where it takes so little room that its values must repeat: it is then read as a dictionary.

    Otherwise a few kilobytes of file could unfold to gigabytes in one batch.
    """
    if columns.text is None:
        return []
    name = ".".join(columns.text)
    chunks = [chunk for chunk in _chunks(file) if chunk.path_in_schema == name and chunk.num_values]
    tight = any(c.has_dictionary_page and c.total_uncompressed_size < _TIGHT * c.num_values for c in chunks)
    return [name] if tight else []


def _rows_of_batch(file: pq.ParquetFile, columns: Columns) -> int:
    """Rows that make a batch of about 8 MiB in the row group with the longest rows."""
    wanted = {".".join(path) for path in columns.paths}
    chunks = (chunk for chunk in _chunks(file) if chunk.path_in_schema in wanted)
    longest = max((chunk.total_uncompressed_size / max(1, chunk.num_values) for chunk in chunks), default=1.0)
    return int(min(_BATCH_ROWS, max(1, _BATCH_BYTES // max(1.0, longest))))


def _chunks(file: pq.ParquetFile) -> Iterator[pq.ColumnChunkMetaData]:
    for number in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(number)
        yield from (group.column(index) for index in range(group.num_columns))
