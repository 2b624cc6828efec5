"""Measured error rates: the file that ``findspot eval`` writes, and the rows of it that a report cites.

A file holds for one scheme and one sampling; rates of another scheme are refused by name.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import ConfigDict, Field, ValidationError

from findspot.audit.model import ErrorRate, Level, Tool, Value
from findspot.errors import InputError, SchemeError
from findspot.shipped import data_dir
from findspot.text import SCHEME

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

RATES_SCHEMA: Literal["findspot.error-rates/1"] = "findspot.error-rates/1"
SHIPPED = "error-rates.json"
_MOST_BYTES = 64 << 20

#: Name of the bin of all works with at least 5,000 words, or characters where a script has no spaces.
LONG = ">=5k"


class MeasuredOn(Value):
    """The labelled data. ``digest`` covers names and contents of all texts used, and depends on no date or path."""

    name: str
    digest: str
    works: Annotated[int, Field(description="Texts used; several works may be cut from one")]
    tokens: Annotated[int, Field(description="Words of these texts, or characters where a script has no spaces")]
    languages: tuple[str, ...]
    left_out: Annotated[tuple[str, ...], Field(description="Parts that were missing or not used, and why")] = ()


class ErrorRates(Value):
    """What ``findspot eval`` writes: published as ``schemas/error-rates.schema.json``."""

    schema_: Literal["findspot.error-rates/1"] = Field(default=RATES_SCHEMA, alias="schema")
    tool: Tool
    command: Annotated[str, Field(description="How it was made, without paths")]
    scheme: str
    scaled: Annotated[dict[str, int], Field(description="Sampling of each sensitivity that was measured")]
    seed: int
    data: MeasuredOn
    error_rates: tuple[ErrorRate, ...]

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    def to_json(self) -> str:
        """The file's text: the same rates are the same bytes."""
        return self.model_dump_json(indent=1, exclude_defaults=False) + "\n"


def read_rates(path: Path) -> ErrorRates:
    """Read error rates that ``findspot eval`` wrote.

    Raises:
        InputError: The file cannot be read or is none; the message names the field.
        SchemeError: They were measured with another fingerprint scheme.
    """
    advice = "Give a file that `findspot eval -o FILE` wrote."
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path}: is too long for a file of error rates", advice=advice)
        rates = ErrorRates.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}", advice=advice) from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the whole file"
        raise InputError(f"{path}: field {field}: {first['msg']}", advice=advice) from error
    if rates.scheme != SCHEME:
        raise SchemeError(
            f"{path}: these error rates were measured with scheme {rates.scheme}, and this is {SCHEME}",
            advice="Measure again with `findspot eval -o FILE`.",
        )
    return rates


@cache
def shipped_rates() -> ErrorRates | None:
    """The rates that ship with Findspot; None while there are none for this scheme."""
    path = data_dir("fingerprints") / SHIPPED
    try:
        return read_rates(path) if path.is_file() else None
    except SchemeError:
        return None


def cited(
    rates: ErrorRates | None, *, scaled: int, sensitivity: str, detectors: Collection[str]
) -> tuple[ErrorRate, ...]:
    """The rows that hold for an audit and that its report cites; none where they were measured at another sampling."""
    if rates is None or rates.scaled.get(sensitivity) != scaled:
        return ()
    return tuple(
        row
        for row in rates.error_rates
        if row.sensitivity == sensitivity and row.detector in detectors and is_headline(row)
    )


def is_headline(row: ErrorRate) -> bool:
    """Whether a row is one of the few that reports cite: of a detector as a whole, or of one thing that matters.

    Misses are those of works with at least :data:`LONG` units, by share, language and noise, and of whole works by
    length; false findings are those of all works. Of a short work that is there in part, too little is sampled.
    """
    stated = {name for name in ("language", "length", "share", "chunk") if getattr(row, name) is not None}
    long, clean = row.length == LONG, row.noise == "none"
    if row.detector == "identifier":
        return row.noise is None
    if row.quantity == "false_negative_rate":
        return _is_headline_of_misses(row, stated)
    if row.quantity == "false_positive_rate":
        return clean and not stated
    return clean and long and stated == {"length"}


def _is_headline_of_misses(row: ErrorRate, stated: set[str]) -> bool:
    long, clean, whole = row.length == LONG, row.noise == "none", row.share == 1.0
    if row.level not in (None, Level.FOUND):  # the weaker levels: where they matter
        return clean and long and stated == {"length", "share"} and row.share == 0.05
    if str(row.noise).startswith(("ocr", "edition")):  # real noise as it is, made noise in whole works
        return stated <= {"share"}
    if row.detector == "signature":
        return long and whole and stated == {"length", "share"}
    if stated == {"length", "share", "language"}:
        return clean and long and whole
    return stated == {"length", "share"} and long + clean + whole >= 2
