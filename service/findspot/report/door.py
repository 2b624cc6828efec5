"""The door of the room: formats by name, by file ending, in and out of files.

Each rendering is one module with ``render(report: Report) -> str``, imported when asked for.
"""

from __future__ import annotations

import contextlib
import difflib
import json
import os
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from pydantic import ValidationError

from findspot.audit.model import SCHEMA, Report
from findspot.errors import InputError, OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class _Format:
    ending: str
    media_type: str
    module: str


_FORMATS = {
    "text": _Format(".txt", "text/plain; charset=utf-8", "as_text"),
    "json": _Format(".json", "application/json", "as_json"),
    "md": _Format(".md", "text/markdown; charset=utf-8", "as_markdown"),
    "html": _Format(".html", "text/html; charset=utf-8", "as_html"),
    "csv": _Format(".csv", "text/csv; charset=utf-8", "as_csv"),
}

FORMATS: tuple[str, ...] = tuple(_FORMATS)
"""Names of the formats, as ``--format`` takes them."""

MEDIA_TYPES: dict[str, str] = {name: f.media_type for name, f in _FORMATS.items()}
"""Media type of each format, as an HTTP answer states it."""


def render(report: Report, format: str, *, width: int = 100, colour: bool = False) -> str:
    """The report in one of :data:`FORMATS`; the same report gives the same characters.

    Args:
        report: The report.
        format: One of :data:`FORMATS`.
        width: Columns of the ``text`` format; other formats do not use it.
        colour: Whether the ``text`` format carries terminal colour codes.

    Raises:
        UsageError: There is no such format.
    """
    module = import_module(f"findspot.report.{_named(format).module}")
    if format == "text":
        return cast("Callable[..., str]", module.render)(report, width=width, colour=colour)
    return cast("Callable[[Report], str]", module.render)(report)


def format_of(path: Path) -> str:
    """The format that the file's ending stands for.

    Raises:
        UsageError: No format has this ending.
    """
    for name, known in _FORMATS.items():
        if path.suffix.lower() == known.ending:
            return name
    endings = ", ".join(known.ending for known in _FORMATS.values())
    raise UsageError(f"{path}: no report format has this ending", advice=f"Use one of {endings}, or --format.")


def load_report(path: Path) -> Report:
    """Read a report that was written as ``json``.

    Raises:
        InputError: The file cannot be read, or is no report; the message names the field.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is no JSON: {error}", advice=_HOW_TO_MAKE_ONE) from error
    _check_schema(path, content)
    try:
        return Report.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors()[0]
        field = _dotted(first["loc"]) or "the whole file"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise InputError(f"{path}: field {field}: {first['msg']}{more}", advice=_HOW_TO_MAKE_ONE) from error


def write_report(report: Report, path: Path, format: str | None = None) -> None:
    """Write the report whole or not at all; the format is that of the file's ending unless given.

    Raises:
        UsageError: There is no such format or ending.
        OutputError: The file cannot be written; nothing is left behind.
    """
    write_text(render(report, format or format_of(path)), path)


def write_text(text: str, path: Path) -> None:
    """Write a file whole or not at all.

    Raises:
        OutputError: The file cannot be written; nothing is left behind.
    """
    target = path.resolve()  # a symbolic link stays one
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("xb") as out:
            out.write(text.encode())
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise OutputError(
            f"{path}: cannot be written: {error.strerror}",
            advice="Give a file in a folder that exists, with space left.",
        ) from error


_HOW_TO_MAKE_ONE = "Give a file that `findspot audit --format json` wrote."


def _named(name: str) -> _Format:
    if name in _FORMATS:
        return _FORMATS[name]
    near = difflib.get_close_matches(name, FORMATS, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise UsageError(f"no report format is called {name!r}", advice=f"{hint}Formats: {', '.join(FORMATS)}.")


def _check_schema(path: Path, content: object) -> None:
    if not isinstance(content, dict):
        raise InputError(f"{path}: is no report: the file holds no JSON object", advice=_HOW_TO_MAKE_ONE)
    schema = content.get("schema")
    if schema is None:
        raise InputError(f"{path}: is no report: field schema is missing", advice=_HOW_TO_MAKE_ONE)
    if schema != SCHEMA:
        raise InputError(
            f"{path}: field schema is {schema!r}, not {SCHEMA!r}",
            advice="Use the findspot version that wrote the report, or audit again.",
        )


def _dotted(place: Sequence[int | str]) -> str:
    """``("findings", 3, "work", "id")`` as ``findings[3].work.id``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")
