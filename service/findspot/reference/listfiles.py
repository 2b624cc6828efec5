"""The rows of a list file, whatever its format, compression and encoding, one at a time and with their places."""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from findspot.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

LIST_ENDINGS = (".csv", ".tsv", ".jsonl", ".txt")
RECOGNISED = (
    "title, creator|author, isbn, doi, md5, sha1, sha256, infohash, url, youtube_id, imdb_id, isrc, "
    "year, publisher, language"
)
_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_LONGEST = 1 << 20  # characters of a line; a longer one is skipped, so that memory stays bounded
_MOST_LINES = 200  # of one CSV row; more are a quote that was not closed


class NoColumnError(InputError):
    """None of the columns of a file is of use."""


@dataclass(frozen=True)
class Refused:
    """A row, or one value of a row that was kept, which is not taken into the collection, and why."""

    place: str  # "list.csv:17", the line where the row starts
    reason: str
    row: bool = True  # False: the row is a work all the same, without this value


@dataclass(frozen=True)
class Row:
    """One row of a table: ``cells`` maps the columns, as the file names them, to values of any JSON type."""

    place: str
    cells: Mapping[str, object]


@dataclass(frozen=True)
class Line:
    """One line of a bare list, stripped."""

    place: str
    text: str


def read_rows(path: Path, known: Callable[[str], bool]) -> Iterator[Row | Line | Refused]:
    """Yield the rows of a ``.csv``, ``.tsv`` or ``.jsonl`` file or the lines of a ``.txt``, plain, ``.gz`` or ``.zst``.

    In ``.txt``, and only there, a line that starts with ``#`` is a comment. Blank lines are no rows. A CSV row with a
    quote that is not closed is refused alone: reading goes on with the line behind its first.

    Args:
        path: The file; UTF-8, or UTF-16 with a byte-order mark.
        known: Whether a column of that name is of use.

    Raises:
        NoColumnError: None of the columns of the table is of use.
        InputError: The file cannot be read or has another ending.
    """
    ending = _ending(path)
    with _open_text(path) as stream:
        lines = _Lines(path.name, stream)
        if ending == ".txt":
            yield from _txt_rows(lines)
        elif ending == ".jsonl":
            yield from _jsonl_rows(lines, known)
        else:
            yield from _csv_rows(lines, known, ",;\t|" if ending == ".csv" else "\t")


class _Lines:
    """The lines of a text, ended by LF, CR LF or CR; those of the current row can be given back.

    ``number`` is that of the last line given, ``fault`` says why a line of the current row is unusable.
    """

    def __init__(self, name: str, stream: io.TextIOWrapper) -> None:
        self.name = name
        self.number = 0
        self.fault = ""
        self._stream = stream
        self._row: list[tuple[str, str]] = []  # lines of the current row, with their faults
        self._returned: deque[tuple[str, str]] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self._row) == _MOST_LINES:
            raise csv.Error(f"a quoted cell runs over more than {_MOST_LINES} lines")
        line, fault = self._returned.popleft() if self._returned else self._read()
        if not line:
            raise StopIteration
        self.number += 1
        self.fault = self.fault or fault
        self._row.append((line, fault))
        return line

    def start_row(self) -> str:
        """Forget the lines of the last row; the place of the one that starts now."""
        self._row.clear()
        self.fault = ""
        return f"{self.name}:{self.number + 1}"

    def give_back(self) -> None:
        """Give the lines of the current row once more, all but its first."""
        self._returned.extendleft(reversed(self._row[1:]))
        self.number -= max(len(self._row) - 1, 0)

    def _read(self) -> tuple[str, str]:
        line = self._readline()
        if len(line) == _LONGEST and not line.endswith(("\n", "\r")):
            rest = self._readline()
            while len(rest) == _LONGEST and not rest.endswith(("\n", "\r")):
                rest = self._readline()
            return "\n", f"line is longer than {_LONGEST:,} characters"
        if not line.isascii() and any("\udc80" <= c <= "\udcff" for c in line):
            return line, "is not UTF-8"
        return line, ""

    def _readline(self) -> str:
        try:
            return self._stream.readline(_LONGEST)
        except (OSError, UnicodeError) as error:
            raise InputError(
                f"{self.name}: cannot be read beyond line {self.number}: {_plain(error)}",
                advice="The file is damaged or was not copied to its end: fetch it again.",
            ) from error


def _ending(path: Path) -> str:
    suffixes = [s.lower() for s in path.suffixes]
    while suffixes and suffixes[-1] in (".gz", ".zst"):
        suffixes.pop()
    ending = suffixes[-1] if suffixes else ""
    if ending not in LIST_ENDINGS:
        raise InputError(
            f"{path.name}: a list ends in {', '.join(LIST_ENDINGS)}, plain or with .gz or .zst",
            advice="Rename or convert the file.",
        )
    return ending


def _open_text(path: Path) -> io.TextIOWrapper:
    try:
        with path.open("rb") as file:
            head = file.read(4)
        compression = next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)
        with pa.input_stream(str(path), compression=compression) as stream:
            start = stream.read(3)
        encoding = next((name for bom, name in _BOMS.items() if start.startswith(bom)), "utf-8")
        errors = "strict" if encoding == "utf-16" else "surrogateescape"
        raw = pa.input_stream(str(path), compression=compression)
        return io.TextIOWrapper(raw, encoding=encoding, errors=errors, newline="")
    except OSError as error:
        raise InputError(f"{path.name}: cannot be read: {_plain(error)}", advice="Check the path.") from error


def _plain(error: Exception) -> str:
    """The error without the path that the system puts into it."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error).splitlines()[0]


def _txt_rows(lines: _Lines) -> Iterator[Line | Refused]:
    place = lines.start_row()
    for line in lines:
        text = line.strip()
        if lines.fault:
            yield Refused(place, lines.fault)
        elif text and not text.startswith("#"):
            yield Line(place, text)
        place = lines.start_row()


def _jsonl_rows(lines: _Lines, known: Callable[[str], bool]) -> Iterator[Row | Refused]:
    checked = False
    place = lines.start_row()
    for line in lines:
        if lines.fault:
            yield Refused(place, lines.fault)
        elif line.strip():
            row = _json_row(place, line)
            if isinstance(row, Row) and not checked:
                _check(lines.name, list(row.cells), known)
                checked = True
            yield row
        place = lines.start_row()


def _json_row(place: str, line: str) -> Row | Refused:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        return Refused(place, f"is not JSON: {error.msg} at column {error.colno}")
    except (ValueError, RecursionError):  # a number of thousands of digits, thousands of brackets
        return Refused(place, "is not JSON that can be read")
    return Row(place, value) if isinstance(value, dict) else Refused(place, "is no JSON object")


def _csv_rows(lines: _Lines, known: Callable[[str], bool], delimiters: str) -> Iterator[Row | Refused]:
    header, delimiter = _header(lines, known, delimiters)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        place = lines.start_row()
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield Refused(place, f"is malformed: {error}")
            lines.give_back()
            continue
        if cells is None:
            return
        if lines.fault:
            yield Refused(place, lines.fault)
        elif len(cells) > len(header):
            yield Refused(place, f"has {len(cells)} cells, the header has {len(header)}")
        elif any(cell.strip() for cell in cells):
            yield Row(place, dict(zip(header, cells, strict=False)))


def _header(lines: _Lines, known: Callable[[str], bool], delimiters: str) -> tuple[list[str], str]:
    """The column names, and the delimiter under which one of them is of use."""
    first = "\n"
    while first and not first.strip():
        lines.start_row()
        first = next(lines, "")
    names: list[str] = []
    for delimiter in delimiters:
        try:
            split = next(csv.reader([first], delimiter=delimiter), [])
        except csv.Error as error:
            raise InputError(f"{lines.name}: its header is malformed: {error}") from error
        names = names or split
        if any(map(known, split)):
            return _distinct(split), delimiter
    _check(lines.name, names, known)
    return names, delimiters[0]


def _check(name: str, seen: Sequence[str], known: Callable[[str], bool]) -> None:
    if not any(map(known, seen)):
        shown = ", ".join(repr(c) for c in seen[:30]) or "none"
        raise NoColumnError(
            f"{name}: no recognised column; the columns are: {shown}",
            advice=f"Recognised are {RECOGNISED}; a .txt list is one identifier a line.",
        )


def _distinct(names: list[str]) -> list[str]:
    """Two columns of one name keep both their values: spaces tell the later ones apart."""
    distinct: list[str] = []
    for name in names:
        again = name
        while again in distinct:
            again += " "
        distinct.append(again)
    return distinct
