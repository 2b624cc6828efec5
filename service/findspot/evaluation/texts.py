"""Texts as they are cut for trials: words, or characters where a script has no spaces.

Lengths and shares are counted here and not by the engine, so that the truth does not depend on what is measured.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from findspot.text.scheme import WORD, weight_of

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Sequence

    import numpy.typing as npt

    Hashes = npt.NDArray[np.uint64]

#: Works by their length in units: name, shortest, longest.
LENGTHS = (
    ("<1k", 200, 1_000),
    ("1k-5k", 1_000, 5_000),
    ("5k-20k", 5_000, 20_000),
    ("20k-100k", 20_000, 100_000),
    (">100k", 100_000, 1_000_000),
)
LONG_BINS = ("5k-20k", "20k-100k", ">100k")
MOST_SHARED = 0.01  # of a text's shingles with the texts before it: more, and the two are related
_SHINGLE = 8  # words; characters have more
_SHINGLE_UNSPACED = 16
_KEPT = 4  # one shingle in so many is compared
_LONGEST_NOTE = 3_500  # units at either end of a text that may be a licence or a note, at most a quarter of it
_NOTED_BY = 3  # texts that have it
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Text:
    """One text of the data, read when it is wanted."""

    name: str  # unique and the same on every machine: "books/en-eltec/x.txt"
    title: str
    creator: str
    language: str
    read: Callable[[], str]


@dataclass(frozen=True)
class Body:
    """A text as its units: a list of words, or a string of characters without white space."""

    units: Sequence[str]

    def __len__(self) -> int:
        return len(self.units)

    def part(self, start: int, stop: int) -> Body:
        """The units from ``start`` to ``stop``."""
        return Body(self.units[start:stop])

    def chunks(self, size: int) -> list[Body]:
        """The body in pieces of ``size`` units, the last one shorter; 0 keeps it whole."""
        step = size or max(1, len(self))
        return [self.part(at, at + step) for at in range(0, len(self), step)]

    @property
    def written(self) -> str:
        """The text."""
        return self.units if isinstance(self.units, str) else " ".join(self.units)


def body_of(text: str) -> Body:
    """Cut a text into its units."""
    letters = [c for c in text[:20_000] if c.isalpha()][:300]
    unspaced = sum(weight_of(ord(c)) != WORD for c in letters)
    return Body(re.sub(r"\s+", "", text) if 2 * unspaced > len(letters) else text.split())


def length_bin(units: int) -> str:
    """Name of the bin of :data:`LENGTHS`; shorter works are in the first."""
    return next((name for name, _, longest in LENGTHS if units < longest), LENGTHS[-1][0])


def excerpts(body: Body, most: int, rng: random.Random) -> list[Body]:
    """Works cut from a text: the whole of it, or disjoint parts, some of each length that fits.

    Args:
        body: the whole text.
        most: parts of one length, at most.
        rng: decides which, their lengths and places.
    """
    fitting = [n for n, (_, shortest, _) in enumerate(LENGTHS) if len(body) >= shortest]
    if len(fitting) < 2 or rng.random() < 0.5:
        return [body] if fitting else []
    out, start = [], 0
    for number in reversed(fitting[:-1]):
        _, shortest, longest = LENGTHS[number]
        for _ in range(most):
            size = int(math.exp(rng.uniform(math.log(shortest), math.log(longest))))
            if start + size > len(body):
                break
            out.append(body.part(start, start + size))
            start += size
    return out


def shingles(body: Body) -> Hashes:
    """Hashes of all the body's shingles in their order; words without their marks and case."""
    if isinstance(body.units, str):
        k, codes = _SHINGLE_UNSPACED, np.frombuffer(body.units.encode("utf-32-le"), np.uint32).astype(np.uint64)
    else:
        known: dict[str, int] = {}
        k, codes = _SHINGLE, np.array([known.get(unit) or _remember(known, unit) for unit in body.units], np.uint64)
    if len(codes) < k:
        return np.zeros(0, np.uint64)
    n = len(codes) - k + 1
    rolled = np.zeros(n, np.uint64)
    for i in range(k):
        rolled = (rolled + codes[i : i + n]) * _MULTIPLIER
        rolled ^= rolled >> np.uint64(29)
    return rolled


def _remember(known: dict[str, int], unit: str) -> int:
    """Code of a word, not 0: without its marks and case."""
    code = crc32("".join(filter(str.isalnum, unit.casefold())).encode()) + 1
    known[unit] = code
    return code


def compared(body: Body) -> Hashes:
    """Distinct shingles by which two texts are compared, one in :data:`_KEPT`."""
    hashes = shingles(body)
    return np.unique(hashes[hashes % np.uint64(_KEPT) == 0])


def trimmed(bodies: Sequence[Body]) -> list[Body]:
    """The texts without what many of them begin or end with: licences, notes of those who transcribed them.

    Whatever stands before the last shingle at the beginning, or after the first at the end, that three texts or more
    have at theirs, is cut off.
    """
    zones = [min(_LONGEST_NOTE, len(body) // 4) for body in bodies]
    heads = [shingles(body.part(0, zone)) for body, zone in zip(bodies, zones, strict=True)]
    tails = [shingles(body.part(len(body) - zone, len(body))) for body, zone in zip(bodies, zones, strict=True)]
    ends = [np.unique(np.concatenate(both)) for both in zip(heads, tails, strict=True)]
    values, counts = np.unique(np.concatenate([*ends, np.zeros(0, np.uint64)]), return_counts=True)
    common = values[counts >= _NOTED_BY]
    out = []
    for body, zone, head, tail in zip(bodies, zones, heads, tails, strict=True):
        k = zone - len(head) + 1
        noted = np.flatnonzero(np.isin(head, common))
        start = int(noted[-1]) + k if len(noted) else 0
        noted = np.flatnonzero(np.isin(tail, common))
        stop = len(body) - zone + int(noted[0]) if len(noted) else len(body)
        out.append(body.part(start, stop))
    return out


def unrelated(bodies: Iterable[tuple[str, Body]]) -> tuple[list[str], list[str]]:
    """Split texts into those that share at most :data:`MOST_SHARED` with the ones before them, and the rest.

    A work is "not in the dataset" only if none of its text is: editions, anthologies and works with a licence at their
    end would make that untrue.

    Returns:
        The names of the first kind and of the second, in the order given.
    """
    named = [(name, compared(body)) for name, body in bodies]
    owner = np.repeat(np.arange(len(named)), [len(own) for _, own in named])
    hashes = np.concatenate([*(own for _, own in named), np.zeros(0, np.uint64)])
    order = np.argsort(hashes, kind="stable")  # equal ones by their texts' order
    again = np.zeros(len(hashes), bool)
    again[order[1:]] = hashes[order[1:]] == hashes[order[:-1]]
    shared = np.bincount(owner[again], minlength=len(named))
    kept: list[str] = []
    related: list[str] = []
    for (name, own), count in zip(named, shared.tolist(), strict=True):
        (related if count > MOST_SHARED * len(own) else kept).append(name)
    return kept, related
