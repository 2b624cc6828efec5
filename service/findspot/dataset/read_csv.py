"""CSV and TSV with a header line, quoted as RFC 4180 says; a quoted value may hold line ends."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Protocol

from findspot.dataset.records import build_batch
from findspot.dataset.signatures import find_columns
from findspot.dataset.stream import LINE_CAP, ByteStream, line_blocks
from findspot.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from findspot.dataset.columns import Columns, Path
    from findspot.dataset.interface import ColumnMap
    from findspot.dataset.source import Source

_BATCH_ROWS = 16384
_BATCH_CHARACTERS = 8 << 20


class CsvRows(Protocol):
    """What ``csv.reader`` returns: rows, and the number of lines read so far."""

    @property
    def line_num(self) -> int:
        """Lines read so far."""
        ...

    def __next__(self) -> list[str]: ...

    def __iter__(self) -> Iterator[list[str]]: ...


class CsvReader:
    """Reads delimited text. A row of another number of fields than the header is skipped."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._delimiter = "\t" if source.format == "tsv" else ","
        self._columns: Columns | None = None
        self._stream: ByteStream | None = None

    @property
    def columns(self) -> ColumnMap | None:
        """See :class:`~findspot.dataset.interface.Reader`."""
        return self._columns.named() if self._columns else None

    @property
    def share(self) -> float:
        """See :class:`~findspot.dataset.interface.Reader`."""
        return self._stream.share if self._stream else 0.0

    def batches(self) -> Iterator[pa.RecordBatch]:
        """See :class:`~findspot.dataset.interface.Reader`."""
        csv.field_size_limit(LINE_CAP)  # of the process: the module knows no other way
        with ByteStream(self._source) as stream:
            self._stream = stream
            lines = _lines(stream, self._source.shard.name)
            reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
            header = self._header(reader)
            if not header:
                return
            held: list[list[str]] = []
            places: list[tuple[int, int]] = []
            size = 0
            for ordinal, line, row in self._rows(reader, len(header)):
                held.append(row)
                places.append((ordinal, line))
                size += sum(map(len, row))
                if len(held) >= _BATCH_ROWS or size >= _BATCH_CHARACTERS:
                    yield self._batch(header, held, places)
                    held, places, size = [], [], 0
            if held:
                yield self._batch(header, held, places)

    def _header(self, reader: Iterator[list[str]]) -> dict[Path, int]:
        """Index of each column, or nothing in an empty file."""
        name = self._source.shard.name
        try:
            names = [column.strip() for column in next(reader, [])]
        except csv.Error as error:
            raise InputError(f"{name}:1: header: {error}", advice="Is this a CSV file with a header line?") from error
        twice = sorted({column for column in names if names.count(column) > 1})
        if twice:
            raise InputError(f"{name}:1: column {twice[0]!r} stands twice in the header", advice="Rename one of them.")
        header: dict[Path, int] = {(column,): index for index, column in enumerate(names)}
        if any("\x00" in column or _undecoded(column) for column in names):
            raise InputError(f"{name}: is no text file in this encoding", advice="Name it with --encoding.")
        if header:
            self._columns = find_columns(self._source, dict.fromkeys(header, True))
        return header

    def _rows(self, reader: CsvRows, fields: int) -> Iterator[tuple[int, int, list[str]]]:
        """Ordinal, line where it starts, and fields of each good row."""
        ordinal = 0
        while True:
            line = reader.line_num + 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                self._source.skip(_reason(error), line)
            else:
                if not row:
                    continue
                reason = _wrong(row, fields)
                if reason:
                    self._source.skip(reason, line)
                else:
                    yield ordinal, line, row
            ordinal += 1

    def _batch(self, header: dict[Path, int], rows: list[list[str]], places: list[tuple[int, int]]) -> pa.RecordBatch:
        assert self._columns is not None  # noqa: S101 - set with the header

        def get(path: Path) -> list[str]:
            index = header[path]
            return [row[index] for row in rows]

        return build_batch(self._source, self._columns, get, places)


def _lines(stream: ByteStream, name: str) -> Iterator[str]:
    """Lines with their ends. Bytes that are no UTF-8 become lone surrogates, by which the row is known."""
    for block in line_blocks(stream, name):
        lines = block.decode("utf-8", "surrogateescape").split("\n")
        last = lines.pop()
        for line in lines:
            yield line + "\n"
        if last:
            yield last


def _undecoded(value: str) -> bool:
    if value.isascii():
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return True
    return False


def _wrong(row: list[str], fields: int) -> str | None:
    """Why a row is no good, or None."""
    if len(row) != fields:
        return "wrong number of fields"
    if any(map(_undecoded, row)):
        return "invalid UTF-8"
    return None


def _reason(error: csv.Error) -> str:
    text = str(error)
    if "unexpected end of data" in text:
        return "quotation mark never closed"
    if "field larger" in text:
        return f"field longer than {LINE_CAP >> 20} MiB"
    if "expected after" in text:
        return "text after a closing quotation mark"
    return "invalid CSV"
