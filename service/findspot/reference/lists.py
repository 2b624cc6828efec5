"""Book lists and other lists of works: one work a row, read from the columns that are recognised."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from findspot.errors import InputError, UsageError
from findspot.identity import Identifier, column_kind, read_cell, recognise, why_not
from findspot.reference.facts import WorkFacts
from findspot.reference.listfiles import Line, NoColumnError, Refused, Row, read_rows

__all__ = ["FACT_COLUMNS", "Refused", "read_list", "read_works_csv"]

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

#: Columns that hold facts, by their usual names in lower case with underscores, the surest first.
FACT_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "book_title"),
    "creator": ("creator", "author", "authors", "creators", "artist"),
    "year": ("year", "publication_year"),
    "publisher": ("publisher",),
    "language": ("language", "lang"),
}
_FACT_OF = {name: fact for fact, names in FACT_COLUMNS.items() for name in names}
_FILE_NAMES = ("fname", "filename")  # yield a title where no column states one
_ANY_KIND = ("identifier", "identifiers")  # of whatever kind each value is recognised as
_EMPTY = frozenset({"", "nan", "none", "null", "n/a", "na", "-", "\\n"})
_CODE = re.compile(r"[a-z]{0,3}[-_ ]?[0-9]+", re.IGNORECASE)  # "u4616", "419912": no title


def read_list(path: Path) -> Iterator[WorkFacts | Refused]:
    """Read the works of a list: ``.csv``, ``.tsv``, ``.jsonl`` or ``.txt``, plain, ``.gz`` or ``.zst``.

    Rows are read one at a time. A row that states a title or an identifier is a work; each of its values that is
    malformed follows as a :class:`Refused` with ``row=False``. Links are taken from a column named ``url`` alone, of
    a magnet link only the info hash, and columns that are not recognised are not kept at all. In a bare ``.txt``
    list each line is one identifier, and lines that start with ``#`` are comments.

    Yields:
        The works in the order of the file, and the rows and values that were refused.

    Raises:
        InputError: While reading: the file cannot be read, is no list, or has no recognised column.
    """
    for row in read_rows(path, lambda name: _use(name) is not None):
        match row:
            case Refused():
                yield row
            case Line():
                yield _bare(row)
            case Row():
                yield from _work(row)


def read_works_csv(path: Path) -> dict[str, WorkFacts]:
    """Read the facts of the files of a folder from a ``works.csv`` (or ``.tsv``, ``.jsonl``) with a column ``file``.

    Returns:
        The facts by file, relative to the folder, with ``/`` between parts.

    Raises:
        UsageError: There is no column ``file``, or two rows name the same file.
        InputError: The file cannot be read, or a row is malformed; the message names file, row and value.
    """
    works: dict[str, WorkFacts] = {}
    places: dict[str, str] = {}
    try:
        for row in read_rows(path, lambda name: _plain_name(name) == "file"):
            facts = _work_of_file(row)
            file = str(facts.file)
            if file in works:
                raise UsageError(f"{row.place}: file {file!r} is already in {places[file]}", advice="Keep one of them.")
            works[file] = facts
            places[file] = row.place
    except NoColumnError as error:
        raise UsageError(
            f"no column 'file' in {error.message.replace('no recognised column; ', '')}",
            advice="Add a column 'file' with the path of each text, relative to the source folder.",
        ) from error
    return works


def _work_of_file(row: Row | Line | Refused) -> WorkFacts:
    if not isinstance(row, Row):
        reason = row.reason if isinstance(row, Refused) else "a .txt has no columns"
        raise InputError(f"{row.place}: {reason}", advice="Correct the row: these facts go into the release.")
    column = next((name for name in row.cells if _plain_name(name) == "file"), None)
    file = _written(row.cells[column]).replace("\\", "/").removeprefix("./") if column is not None else ""
    if not file:
        raise InputError(f"{row.place}: column 'file' is empty", advice="Name the file, or delete the row.")
    facts, errors = _facts(row, file)
    if errors:
        raise InputError(f"{row.place}: {errors[0]}", advice="Correct the value, or leave the cell empty.")
    return facts


def _work(row: Row) -> Iterator[WorkFacts | Refused]:
    facts, errors = _facts(row, None)
    if facts.title is None and not facts.identifiers:
        yield Refused(row.place, errors[0] if errors else "states neither a title nor an identifier")
        return
    yield facts
    for error in errors:
        yield Refused(row.place, error, row=False)


def _bare(line: Line) -> WorkFacts | Refused:
    found = recognise(line.text)
    return Refused(line.place, why_not(line.text)) if found is None else WorkFacts(identifiers=(found.canonical,))


def _facts(row: Row, file: str | None) -> tuple[WorkFacts, list[str]]:
    """The facts of a row, and why values of it are malformed."""
    stated: dict[str, str] = {}  # column -> value
    found: set[str] = set()
    errors: list[str] = []
    for name, value in row.cells.items():
        column = _plain_name(name)
        kind = _use(name)
        if kind == "fact":
            stated[column] = stated.get(column) or _written(value)
        elif kind is not None:
            identifiers, malformed = _identifiers(kind, column, _cell(value))
            found.update(i.canonical for i in identifiers)
            errors.extend(malformed)

    def fact(name: str) -> str | None:
        return next((stated[column] for column in FACT_COLUMNS[name] if stated.get(column)), None)

    title_of_file = next((_title_of_file(stated[column]) for column in _FILE_NAMES if column in stated), None)
    return (
        WorkFacts(
            file=file,
            title=fact("title") or title_of_file,
            creator=fact("creator"),
            identifiers=tuple(sorted(found)),
            year=_year(fact("year")),
            publisher=fact("publisher"),
            language=fact("language"),
        ),
        errors,
    )


@lru_cache(maxsize=1024)
def _use(name: str) -> str | None:
    """What a column is for: "fact", a kind of identifier, "" for identifiers of any kind, None for nothing."""
    plain = _plain_name(name)
    if plain in _FACT_OF or plain in _FILE_NAMES:
        return "fact"
    return "" if plain in _ANY_KIND else column_kind(plain)


def _identifiers(kind: str, column: str, cell: str) -> tuple[list[Identifier], list[str]]:
    """The identifiers of a cell, and why values of it are none."""
    if cell.lower() in _EMPTY:
        return [], []
    if kind:
        found, malformed = read_cell(kind, cell)
        return found, [error.message for error in malformed]
    whole = recognise(cell)
    pieces = [cell] if whole else [p for p in re.split(r"[,;|\s]*[,;|]\s*", cell.strip("[]")) if p]
    found = []
    near: list[str] = []
    for piece in (p.strip("\"' ") for p in pieces):
        one = recognise(piece)
        if one is None and why_not(piece).startswith("no "):  # resembles a kind; else a number of the list's own
            near.append(f"{column}: {why_not(piece)}")
        elif one is not None and one.kind != "url":
            found.append(one)
    return found, near


def _cell(value: object) -> str:
    """A cell of identifiers as text: lists as JSON, whole floats without their point, other values of JSON as none."""
    if isinstance(value, list):
        return json.dumps([_cell(v) for v in value if v is not None])
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _written(value: object) -> str:
    """A fact as one line of text; several are joined, and of an object its ``name`` is taken."""
    if isinstance(value, list):
        return "; ".join(written for written in map(_written, value) if written)
    if isinstance(value, dict):
        return _written(value.get("name"))
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    line = " ".join(str(value).replace("\ufeff", "").split())
    return "" if line == "\\N" else line.encode("utf-8", "replace").decode()


def _year(text: str | None) -> str | None:
    """The year of a date; None for the zero that databases keep where they know none."""
    if text is None:
        return None
    date = re.search(r"(?<![0-9])[0-9]{4}(?![0-9])", text)
    year = date[0] if date else text.removesuffix(".0")
    return year if year.strip("0") and year.lower() not in _EMPTY else None


def _title_of_file(name: str) -> str | None:
    """The title that a file's name states: "Aces_Abroad.txt" is "Aces Abroad", "u4616.txt" none."""
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", name.rsplit("/", 1)[-1])
    words = " ".join(re.split(r"[_\s]+", stem)).strip()
    if " " not in words:
        words = words.replace("-", " ").strip()
    return None if _CODE.fullmatch(words) else words or None


@lru_cache(maxsize=1024)
def _plain_name(name: str) -> str:
    return re.sub(r"[\s\-]+", "_", name.strip("\ufeff \t\r\n").lower())
