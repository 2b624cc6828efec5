"""Fold table of scheme ``fs1``: what each code point becomes, as arrays that the kernels read.

``fs1_tables.npz`` is built once, by ``python -m findspot.text.tables``, from the Unicode version that the scheme pins.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from findspot.shipped import data_dir
from findspot.text.scheme import (
    DROPPED_MARKS,
    HYPHENS,
    LETTER,
    RUBY_OPEN,
    SEPARATORS,
    STRETCHES,
    UNICODE_VERSION,
    WORD,
    in_ranges,
    weight_of,
)

if TYPE_CHECKING:
    from types import ModuleType

    import numpy.typing as npt

PATH = Path(__file__).with_name("fs1_tables.npz")

#: A value is one of the four named first, or flags with the place of its bytes: ``offset << 6 | length``. ITSELF as the
#: place means that the character stands for itself.
SEPARATOR = 0
IGNORED = 0xFFFFFFFF  # dropped, and marks on both sides of it are sorted together
DROPPED = 0xFFFFFFFE  # dropped, and they are not
HYPHEN = 0xFFFFFFFD
RUBY = 0xFFFFFFFC
OPENS_UNSPACED = 1 << 31  # its first character is a token of its own
OPENS_MARK = 1 << 30  # its first character belongs to the token before it
ENDS_UNSPACED = 1 << 29  # its last token takes marks alone
HOLDS_UNSPACED = 1 << 28  # one of its tokens is a character of an unspaced script
IS_LETTER = 1 << 27  # that token weighs LETTER, else CHARACTER
PLACE = (1 << 27) - 1
ITSELF = PLACE


@dataclass(frozen=True)
class FoldTable:
    """Two-stage table: ``values[pages[code >> 8], code & 255]``, and the bytes that values point into.

    ``orders`` goes by the same indices: the canonical combining class of marks that are kept, 0 for all else.
    """

    ascii: npt.NDArray[np.uint8]  # (128,) folded byte, 0 for a separator
    pages: npt.NDArray[np.uint16]  # (0x1100,)
    values: npt.NDArray[np.uint32]  # (pages in use, 256)
    orders: npt.NDArray[np.uint8]  # (pages in use, 256)
    expansions: npt.NDArray[np.uint8]


@cache
def fold_table() -> FoldTable:
    """The shipped table."""
    with np.load(PATH) as data:
        return FoldTable(data["ascii"], data["pages"], data["values"], data["orders"], data["expansions"])


def build() -> FoldTable:
    """The table from the pinned Unicode version, which the package ``unicodedata2`` carries.

    Raises:
        RuntimeError: The package carries another version.
    """
    import unicodedata2 as ucd  # noqa: PLC0415 - needed by builders alone

    if ucd.unidata_version != UNICODE_VERSION:
        raise RuntimeError(f"unicodedata2 carries Unicode {ucd.unidata_version}, the scheme pins {UNICODE_VERSION}")

    values, orders = np.zeros(0x110000, np.uint32), np.zeros(0x110000, np.uint8)
    expansions = bytearray()
    places: dict[bytes, int] = {}
    spellings = _spellings()
    for code in range(0x80, 0x110000):
        char = chr(code)
        if 0xD800 <= code < 0xE000 or ucd.category(char) in ("Cn", "Co"):
            continue
        folded = _fold(char, spellings, ucd)
        if char in HYPHENS:
            values[code] = HYPHEN
        elif code == RUBY_OPEN:
            values[code] = RUBY
        elif not folded:
            values[code] = IGNORED if ucd.combining(char) else DROPPED
        elif not folded.isspace():
            values[code] = _value(char, folded, expansions, places, [ucd.category(c)[0] == "M" for c in folded])
            orders[code] = ucd.combining(folded[0])
    pages, inverse = np.unique(
        np.hstack([values.reshape(-1, 256), orders.reshape(-1, 256)]), axis=0, return_inverse=True
    )
    ascii_ = np.zeros(128, np.uint8)
    for code in range(128):
        if chr(code).isalnum():
            ascii_[code] = ord(chr(code).lower())
    return FoldTable(
        ascii_,
        inverse.reshape(-1).astype(np.uint16),
        np.ascontiguousarray(pages[:, :256]),
        pages[:, 256:].astype(np.uint8),
        np.frombuffer(bytes(expansions), np.uint8),
    )


def _spellings() -> dict[str, str]:
    """The step "orthography" of the scheme, as published."""
    text = (data_dir("schemas") / "fs1-orthography.tsv").read_text("ascii")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {chr(int(code, 16)): "".join(chr(int(c, 16)) for c in to.split()) for code, to in rows}


def _fold(char: str, spellings: dict[str, str], ucd: ModuleType) -> str:
    """Letters, marks and digits of a character, its separators as spaces; empty where it is dropped."""
    for _ in range(3):
        char = ucd.normalize("NFKD", char)
        char = "".join(_casefold(c, ucd) for c in char if not in_ranges(ord(c), (*DROPPED_MARKS, *STRETCHES)))
    char = "".join(spellings.get(c, c) for c in char)
    return "".join(_kept(c, ucd) for c in char if ucd.category(c) != "Cf")


def _kept(char: str, ucd: ModuleType) -> str:
    return char if ucd.category(char)[0] in "LMN" and not in_ranges(ord(char), SEPARATORS) else " "


def _casefold(char: str, ucd: ModuleType) -> str:
    """Full case folding of the pinned Unicode version.

    Python's own knows its own version of Unicode. Capital letters that are newer are told by their names, which is how
    their foldings were assigned.
    """
    folded = char.casefold()
    if folded != char or ucd.category(char) != "Lu":
        return folded
    try:
        small: str = ucd.lookup(ucd.name(char).replace("CAPITAL", "SMALL"))
    except KeyError:
        return char
    return small


def _value(char: str, folded: str, expansions: bytearray, places: dict[bytes, int], marks: list[bool]) -> int:
    """Table value of a character that folds to ``folded``; its bytes join ``expansions`` unless they are there."""
    out = bytearray()
    flags = 0
    unspaced = False
    for i, (c, mark) in enumerate(zip(folded, marks, strict=True)):
        if mark:
            flags |= OPENS_MARK if i == 0 else 0
        else:
            weight = weight_of(ord(c))
            now = c != " " and weight != WORD
            flags |= HOLDS_UNSPACED if now else 0
            flags |= OPENS_UNSPACED if now and i == 0 else 0
            flags |= IS_LETTER if weight == LETTER else 0
            if i and c != " " and (now or unspaced):
                out += b"\0"
            unspaced = now
        out += b"\0" if c == " " else c.encode()
    flags |= ENDS_UNSPACED if unspaced else 0
    if folded == char:
        return flags | ITSELF
    data = bytes(out)
    if data not in places:
        places[data] = len(expansions)
        expansions += data
    return flags | places[data] << 6 | len(data)


if __name__ == "__main__":
    table = build()
    np.savez_compressed(
        PATH,
        ascii=table.ascii,
        pages=table.pages,
        values=table.values,
        orders=table.orders,
        expansions=table.expansions,
    )
    print(f"{PATH.name}: {len(table.values)} pages, {len(table.expansions)} bytes", flush=True)  # noqa: T201
