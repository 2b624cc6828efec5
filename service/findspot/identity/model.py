"""The door of this room: an identifier, the rule that reads one kind of them, and the error of a malformed one."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from findspot.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

_SHOWN = 60  # characters of a malformed value that a message repeats
_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]{0,20})://")


@dataclass(frozen=True, order=True)
class Identifier:
    """One identifier in the canonical form of its kind."""

    kind: str
    value: str

    @property
    def canonical(self) -> str:
        """Kind and value in one string, ``isbn:9780000000002``: what manifests and releases store."""
        return f"{self.kind}:{self.value}"

    def __str__(self) -> str:
        return self.canonical


class IdentifierError(InputError):
    """A value is no identifier of its kind. ``reason`` says why, without the value."""

    kind: ClassVar[str] = "malformed-identifier"

    def __init__(self, what: str, raw: str, reason: str) -> None:
        super().__init__(f"{what} {shown(raw)}: {reason}", advice="Correct the value, or leave it empty.")
        self.what = what
        self.reason = reason


@dataclass(frozen=True)
class Rule:
    """How identifiers of one kind are read.

    ``canonical`` takes the cleaned value and returns its canonical form, or raises :class:`ValueError` with the
    reason. ``source`` is the public document that the rule follows.
    """

    kind: str
    canonical: Callable[[str], str]
    source: str


def shown(raw: str) -> str:
    """A malformed value as a message may repeat it: one short line, and of a link no more than its scheme.

    Links may carry passwords, signatures and tracker keys, which belong in no log.
    """
    link = _SCHEME.match(raw)
    if link:
        return f"{link[1]}://…"
    if raw.lstrip()[:7].lower() == "magnet:":
        return "magnet:…"
    line = "".join(c if c.isprintable() else "�" for c in raw[: _SHOWN + 1].strip())
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "…"


def clean(raw: str) -> str:
    """Strip white space and invisible format characters (byte-order mark, zero-width space, soft hyphen, bidi marks).

    Raises:
        ValueError: Nothing is left, or the text holds an unpaired surrogate.
    """
    text = raw.strip()
    if not text.isascii():
        text = "".join(c for c in text if unicodedata.category(c) != "Cf").strip()
        if any("\ud800" <= c <= "\udfff" for c in text):
            raise ValueError("is not valid Unicode")
    if not text:
        raise ValueError("is empty")
    return text


def compatible(text: str) -> str:
    """The text with full-width letters, typographic hyphens and the digits of other scripts as their ASCII twins."""
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKC", text)
    return "".join(_twin(c) for c in folded).strip()


def _twin(c: str) -> str:
    if unicodedata.category(c) == "Pd" or c == "\u2212":  # any dash, or the minus sign
        return "-"
    digit = unicodedata.decimal(c, None)
    if digit is not None:
        return str(digit)
    return " " if c.isspace() else c
