"""Identifiers (ISBN, DOI, digests, info hashes, video ids…): canonical form and posting key."""

from findspot.identity.model import Identifier, IdentifierError, shown
from findspot.identity.rules import (
    COLUMNS,
    KINDS,
    RULES,
    column_kind,
    key64,
    parse,
    read_cell,
    recognise,
    split_cell,
    why_not,
)

__all__ = [
    "COLUMNS",
    "KINDS",
    "RULES",
    "Identifier",
    "IdentifierError",
    "column_kind",
    "key64",
    "parse",
    "read_cell",
    "recognise",
    "shown",
    "split_cell",
    "why_not",
]
