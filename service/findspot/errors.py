"""The errors that reach a person: each says what is wrong, where, and the way out.

The command catches :class:`FindspotError` once and exits with its ``exit_code``; the service catches it once and
answers with a problem document of its ``status``.
"""

from __future__ import annotations

from typing import ClassVar


class FindspotError(Exception):
    """Base of every error that Findspot raises on purpose.

    ``message`` names the file, row, field or name that is wrong; ``advice`` is the way out, one sentence.
    """

    exit_code: ClassVar[int] = 4
    status: ClassVar[int] = 500
    kind: ClassVar[str] = "failure"

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message}\n{self.advice}" if self.advice else self.message


class UsageError(FindspotError):
    """What was asked for makes no sense: an unknown name, a missing column, options at odds with each other."""

    exit_code = 2
    status = 422
    kind = "usage"


class NotFoundError(UsageError):
    """A collection, release, manifest or audit of that name is not here."""

    status = 404
    kind = "not-found"


class SchemeError(UsageError):
    """Fingerprints of two schemes, or of parameters that cannot meet, were brought together."""

    status = 409
    kind = "scheme-mismatch"


class InputError(FindspotError):
    """A file or a row cannot be read."""

    exit_code = 4
    status = 422
    kind = "unreadable-input"


class OutputError(FindspotError):
    """A file cannot be written, for instance because the disk is full."""

    exit_code = 4
    status = 507
    kind = "cannot-write"


class ReferenceDamagedError(FindspotError):
    """An installed release does not have the digests that its ``release.json`` states."""

    exit_code = 3
    status = 503
    kind = "reference-damaged"
