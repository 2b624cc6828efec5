"""JSON lines: one object a line, or one file that is a JSON list of objects.

Python's own parser is used. ``pyarrow.json`` was measured beside it (26.0, texts of 0.3 to 30 kB: 170–850 MB/s against
120–850) and left out: a line that is ``null`` kills the process, an object broken over two lines or two on one line
pass for good rows, and one odd value fails a whole block. Parsing is a quarter of the time that a record of 2 kB takes.
"""

from __future__ import annotations

import json
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from findspot.dataset.records import build_batch
from findspot.dataset.signatures import find_columns
from findspot.dataset.stream import LINE_CAP, ByteStream, line_blocks
from findspot.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pyarrow as pa

    from findspot.dataset.columns import Columns, Path
    from findspot.dataset.interface import ColumnMap
    from findspot.dataset.source import Source

_BATCH_ROWS = 16384
_BATCH_BYTES = 8 << 20
_DEPTH = 3  # of nested objects whose fields can be named

_MOST_ODD = 64  # lines of a block that may be unusual; what is no JSON lines at all is not worth trying line by line

Row = tuple[int, int, dict[str, Any]]  # line number, length, object
Line = tuple[dict[str, Any] | None, int, str]  # object, length, reason why there is none; all empty for an empty line


class RepeatedKeyError(ValueError):
    """An object has a key twice."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise RepeatedKeyError
    return made


_decoder = json.JSONDecoder(object_pairs_hook=_object)
_decode = _decoder.decode
# Parses the value that starts at a place; the types know only of an older spelling.
_scan: Callable[[str, int], tuple[Any, int]] = _decoder.scan_once  # type: ignore[attr-defined]


class JsonLinesReader:
    """Reads JSON lines. Columns are found in the first batch of rows; a column that appears only later is not seen."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._columns: Columns | None = None
        self._stream: ByteStream | None = None
        self._ordinal = 0

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
        with ByteStream(self._source) as stream:
            self._stream = stream
            blocks = line_blocks(stream, self._source.shard.name)
            first = next(blocks, b"")
            if first.lstrip()[:1] == b"[":
                rows = self._rows_of_list(first, blocks)
            else:
                rows = self._rows_of_lines(chain([first], blocks))
            held: list[dict[str, Any]] = []
            places: list[tuple[int, int]] = []
            size = 0
            for line, length, made in rows:
                held.append(made)
                places.append((self._ordinal, line))
                self._ordinal += 1
                size += length
                if len(held) >= _BATCH_ROWS or size >= _BATCH_BYTES:
                    yield self._batch(held, places)
                    held, places, size = [], [], 0
            if held:
                yield self._batch(held, places)

    def _batch(self, rows: list[dict[str, Any]], places: list[tuple[int, int]]) -> pa.RecordBatch:
        if self._columns is None:
            self._columns = find_columns(self._source, seen_columns(rows))
        return build_batch(self._source, self._columns, partial(_values, rows), places)

    def _rows_of_lines(self, blocks: Iterable[bytes]) -> Iterator[Row]:
        """The objects of the good lines."""
        number = 0
        for block in blocks:
            for made, length, reason in _lines(block):
                number += 1
                if made is not None:
                    yield number, length, made
                elif reason:
                    self._skip(reason, number)

    def _rows_of_list(self, first: bytes, blocks: Iterable[bytes]) -> Iterator[Row]:
        """The objects of a file that is one JSON list; the number of the element stands for the line."""
        data = bytearray(first)
        for block in blocks:
            data += block
            if len(data) > LINE_CAP:
                raise InputError(
                    f"{self._source.shard.name}: is one JSON list of more than {LINE_CAP >> 20} MiB",
                    advice="Write it as JSON lines, one object a line: jq -c '.[]' in.json > out.jsonl",
                )
        try:
            values = _decode(data.decode())
        except (ValueError, RecursionError) as error:
            raise InputError(
                f"{self._source.shard.name}: starts as a JSON list but has {_reason(error)}",
                advice="Repair or re-create it.",
            ) from error
        share = len(data) // max(1, len(values))
        for number, value in enumerate(values, 1):
            if isinstance(value, dict):
                yield number, share, value
            else:
                self._skip("row is not a JSON object", number)

    def _skip(self, reason: str, number: int) -> None:
        self._source.skip(reason, number)
        self._ordinal += 1


def _lines(block: bytes) -> Iterator[Line]:
    """What is on each line of a block.

    Usual lines, an object and nothing else, are parsed where they stand in the block: the copies and calls that each
    line would need take longer than the parsing. Any other line goes the slow way, which knows what is wrong with it.
    """
    try:
        text = block.decode()
    except UnicodeDecodeError:
        for line in block.removesuffix(b"\n").split(b"\n"):
            yield _parsed(line)
        return
    start, odd = 0, 0
    while start < len(text):
        end = text.find("\n", start)
        if end < 0:
            end = len(text)
        made, stop = None, 0
        if odd < _MOST_ODD and text[start] == "{":
            with suppress(ValueError, StopIteration, RecursionError):
                made, stop = _scan(text, start)
        if made is not None and (stop == end or (stop == end - 1 and text[stop] == "\r")):
            yield made, end - start, ""
        else:
            odd += 1
            yield _parsed(text[start:end].encode())
        start = end + 1


def _parsed(line: bytes) -> Line:
    """What is on a line."""
    if not line or line.isspace():
        return None, len(line), ""
    try:
        made = _decode(line.decode())
    except (ValueError, RecursionError) as error:
        return None, len(line), "NUL byte" if b"\x00" in line else _reason(error)
    return (made, len(line), "") if isinstance(made, dict) else (None, len(line), "row is not a JSON object")


def _reason(error: Exception) -> str:
    if isinstance(error, RepeatedKeyError):
        return "JSON key given twice"
    if isinstance(error, UnicodeDecodeError):
        return "invalid UTF-8"
    if isinstance(error, RecursionError):
        return "JSON nested too deeply"
    return "invalid JSON"


def seen_columns(objects: Iterable[dict[str, Any]]) -> dict[Path, bool]:
    """Keys of the objects and of those in them, in order of appearance; true where a string, or nothing yet, stands."""
    seen: dict[Path, bool] = {}
    empty: dict[Path, bool] = {}
    for made in objects:
        _look(made, (), seen, empty)
    return {path: textual or empty[path] for path, textual in seen.items()}


def _look(made: dict[str, Any], above: Path, seen: dict[Path, bool], empty: dict[Path, bool]) -> None:
    for key, value in made.items():
        path = (*above, key)
        seen[path] = seen.get(path, False) or isinstance(value, str)
        empty[path] = empty.get(path, True) and value is None
        if isinstance(value, dict) and len(path) < _DEPTH:
            _look(value, path, seen, empty)


def _values(rows: Sequence[Any], path: Path) -> Sequence[Any]:
    """Values of a column; none where there is no such key."""
    for key in path:
        rows = [made.get(key) if isinstance(made, dict) else None for made in rows]
    return rows
