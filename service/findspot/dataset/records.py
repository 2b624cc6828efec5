"""From the columns of a file to record batches: ids, facts, identifiers, and text that is text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from findspot.dataset.interface import RECORD_SCHEMA
from findspot.dataset.signatures import read_signatures
from findspot.identity import KINDS, IdentifierError, read_cell, recognise, split_cell

if TYPE_CHECKING:
    from findspot.dataset.columns import Columns, Path
    from findspot.dataset.source import Source

#: Gives the values of a column for all rows of the batch, as Python objects or as an Arrow array.
Getter = Callable[["Path"], "Sequence[Any] | pa.Array"]

# A link that is canonical as it stands and leads to no identifier of another kind: most links of a web crawl. Reading
# it in full takes 30 µs, longer than sketching the page.
_PLAIN_LINK = re.compile(r"https?://[a-z0-9.-]+/[A-Za-z0-9/._~-]*")
_OTHER_KIND = re.compile(r"youtu|ytimg|doi\.org|imdb\.com", re.IGNORECASE)

_NOT_TEXT = "text is not a string"
_NOT_UNICODE = "text is not valid Unicode"


def build_batch(source: Source, columns: Columns, get: Getter, rows: Sequence[tuple[int, int]]) -> pa.RecordBatch:
    """Turn columns into a batch of :data:`RECORD_SCHEMA`; rows without readable text are skipped and counted.

    Args:
        source: The file.
        columns: What its columns are.
        get: Values of a column, N of them.
        rows: N pairs: ordinal of the row in the file, from 0, and the line or row number to name it by.

    Raises:
        InputError: A row cannot be read and reading is strict.
    """
    count = len(rows)
    text, bad = as_text(get(columns.text)) if columns.text else (pa.nulls(count, pa.large_string()), {})
    for index, reason in bad.items():
        source.skip(reason, rows[index][1])
    shard = source.shard.name
    ordinals = pa.array([ordinal for ordinal, _ in rows], pa.int64())
    arrays: dict[str, pa.Array] = {field.name: pa.nulls(count, field.type) for field in RECORD_SCHEMA}
    arrays["text"] = text
    arrays["shard"] = pa.array([shard] * count, pa.string())
    arrays["ordinal"] = ordinals
    arrays["record_id"] = _record_ids(shard, ordinals, get(columns.id) if columns.id else None)
    for field, path in columns.facts:
        arrays[field] = _trimmed(as_strings(get(path)))
    if columns.identifiers:
        arrays["identifiers"] = _identifiers(source, columns, get, rows, bad)
    if columns.signature:
        arrays["signature"] = _signatures(source, get(columns.signature), rows, bad)
    batch = pa.RecordBatch.from_arrays([arrays[name] for name in RECORD_SCHEMA.names], schema=RECORD_SCHEMA)
    if bad:
        batch = batch.filter(pa.array([index not in bad for index in range(count)]))
    return batch


def as_text(values: Sequence[Any] | pa.Array) -> tuple[pa.LargeStringArray, dict[int, str]]:
    """A text column as ``large_string`` that holds valid UTF-8, and the rows that are no text, with the reason.

    Those rows are null in the array. A null stays null: such a record has facts and no text.
    """
    if isinstance(values, pa.Array):
        try:
            text = _decoded(values).cast(pa.large_string())
            text.validate(full=True)
        except pa.ArrowInvalid:
            values = _decoded(values).cast(pa.large_binary()).to_pylist()
        else:
            return text, {}
    else:
        try:
            return pa.array(values, pa.large_string()), {}
        except (pa.ArrowException, UnicodeEncodeError, TypeError, ValueError):
            pass  # find out below which row it is
    bad: dict[int, str] = {}
    good: list[str | None] = []
    for index, value in enumerate(values):
        item, reason = _one_text(value)
        good.append(item)
        if reason:
            bad[index] = reason
    return pa.array(good, pa.large_string()), bad


def _one_text(value: object) -> tuple[str | None, str | None]:
    """A value as text, or the reason why it is none."""
    if value is None:
        return None, None
    try:
        if isinstance(value, bytes):
            return value.decode(), None
        if isinstance(value, str):
            value.encode()
            return value, None
    except UnicodeError:
        return None, _NOT_UNICODE
    return None, _NOT_TEXT


def as_strings(values: Sequence[Any] | pa.Array) -> pa.StringArray:
    """Any column as strings: numbers and dates written out, lists joined by ``; ``, what is nested otherwise null."""
    if isinstance(values, pa.Array):
        values = _decoded(values)
        if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
            try:
                values.validate(full=True)
                return values.cast(pa.string())
            except pa.ArrowInvalid:
                values = values.cast(pa.large_binary())
        values = _python_values(values)
    try:
        return _of_one_kind(values)
    except (pa.ArrowException, OverflowError, UnicodeEncodeError):
        return pa.array([written(value) for value in values], pa.string())


def _of_one_kind(values: Sequence[Any]) -> pa.StringArray:
    """Strings, or whole numbers written out, without a call for each.

    Raises:
        pa.ArrowException: They are something else; also ``OverflowError`` or ``UnicodeEncodeError``.
    """
    kinds = set(map(type, values)) - {type(None)}
    if kinds <= {str}:
        return pa.array(values, pa.string())
    if kinds == {int}:
        return pa.array(values, pa.int64()).cast(pa.string())
    raise pa.ArrowTypeError("values of several kinds")


def _python_values(values: pa.Array) -> Sequence[Any]:
    """Values of a column that is no string as Python objects; times in UTC, to the microsecond."""
    if pa.types.is_timestamp(values.type):
        zone = "Z" if values.type.tz else ""
        try:
            times = values.cast(pa.timestamp("us"), safe=False).to_pylist()
        except (ValueError, OverflowError):  # a year that Python has not
            return list(values.cast(pa.int64()).to_pylist())
        return [None if time is None else time.isoformat() + zone for time in times]
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        return list(as_strings(values).to_pylist())
    return list(values.to_pylist())


def written(value: object) -> str | None:
    """One value as a string, or None."""
    if value is None or isinstance(value, bool | dict):
        return None
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "; ".join(s for s in map(written, value) if s) or None
    return str(value).encode("utf-8", "replace").decode()


def _decoded(values: pa.Array) -> pa.Array:
    """A dictionary column as plain values, and views as plain strings."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_string_view(values.type):
        return values.cast(pa.large_string())
    return values.cast(pa.large_binary()) if pa.types.is_binary_view(values.type) else values


def _trimmed(values: pa.StringArray) -> pa.StringArray:
    """White space around facts is dropped; an empty fact is none."""
    trimmed = pc.utf8_trim_whitespace(values)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def _record_ids(shard: str, ordinals: pa.Int64Array, values: Sequence[Any] | pa.Array | None) -> pa.StringArray:
    """Ids as given; ``shard:ordinal`` where none is."""
    ids = None if values is None else as_strings(values)
    if ids is not None and not ids.null_count and not pc.any(pc.equal(ids, "")).as_py():
        return ids
    own = pc.binary_join_element_wise(shard, ordinals.cast(pa.string()), ":")
    return own if ids is None else pc.if_else(pc.equal(pc.fill_null(ids, ""), ""), own, ids)


def _identifiers(
    source: Source, columns: Columns, get: Getter, rows: Sequence[tuple[int, int]], bad: dict[int, str]
) -> pa.ListArray:
    """Canonical identifiers of each row, each once, in the order of the columns; those that are none are noted."""
    found: list[dict[str, None]] = [{} for _ in rows]
    for kind, path in columns.identifiers:
        values = get(path)
        for index, value in enumerate(_python_values(_decoded(values)) if isinstance(values, pa.Array) else values):
            if value is None or index in bad:
                continue
            for canonical, problem in read_value(kind, value):
                if problem:
                    source.tally.note(f"{problem} (row kept)", f"{source.shard.name}:{rows[index][1]}")
                else:
                    found[index][canonical] = None
    lengths = np.fromiter(map(len, found), np.int32, len(found))
    offsets = np.concatenate([np.zeros(1, np.int32), np.cumsum(lengths, dtype=np.int32)])
    flat = pa.array([canonical for row in found for canonical in row], pa.string())
    return pa.ListArray.from_arrays(pa.array(offsets), flat, mask=pa.array(lengths == 0))


def _signatures(
    source: Source, values: Sequence[Any] | pa.Array, rows: Sequence[tuple[int, int]], bad: dict[int, str]
) -> pa.LargeListArray:
    """Signatures of the rows; those that are none are noted, and the row is kept."""
    if source.recipe.info is None:
        raise RuntimeError("a column is read as signatures only where their recipe is stated")
    made, faults = read_signatures(values, source.recipe.info)
    for index, reason in faults.items():
        if index not in bad:
            source.tally.note(f"{reason} (row kept)", f"{source.shard.name}:{rows[index][1]}")
    return made


def read_value(kind: str, value: object) -> list[tuple[str, str | None]]:
    """Identifiers in one value, which may be a list: pairs of canonical form and problem, one of them empty."""
    if isinstance(value, list | tuple):
        return [pair for item in value for pair in read_value(kind, item)]
    cell = written(value)
    if not cell or not cell.strip():
        return []
    if kind == "url" and _PLAIN_LINK.fullmatch(cell) and not _OTHER_KIND.search(cell):
        return [(f"url:{cell}", None)]
    if kind:
        identifiers, errors = read_cell(kind, cell)
        return [(i.canonical, None) for i in identifiers] + [("", _problem(kind, error)) for error in errors]
    pairs: list[tuple[str, str | None]] = []
    for piece in split_cell("url", cell):
        identifier = recognise(piece)
        pairs.append((identifier.canonical, None) if identifier else ("", "identifier not recognised"))
    return pairs


def _problem(kind: str, error: IdentifierError) -> str:
    return f"{kind} not valid" if kind in KINDS else str(error.reason)
