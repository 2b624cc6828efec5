"""Shingles of 8 words, as programs that want Python objects are given them; the fastest ways that were found.

No way normalises anything: words are what ``split`` leaves. Of joining words, slicing the text between places found by
a regular expression, and tuples, joining bytes is the fastest way to strings.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

import numpy as np

from .door import K

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

MASK32: Final = 0xFFFFFFFF
MASK64: Final = 0xFFFFFFFFFFFFFFFF


def joined(text: str) -> Iterator[bytes]:
    """Shingles as bytes."""
    words = text.encode().split()
    return map(b" ".join, zip(*(words[at:] for at in range(K)), strict=False))


def python_hashes(text: str) -> Iterator[int]:
    """Python's ``hash`` of each shingle as a tuple. Python draws its key anew in each process (PYTHONHASHSEED)."""
    words = text.encode().split()
    return map(hash, zip(*(words[at:] for at in range(K)), strict=False))


def numpy_hashes(text: str) -> npt.NDArray[np.uint64]:
    """64-bit hashes of the shingles: CRC-32 of each word, combined and mixed in numpy; the same in every process."""
    words = np.fromiter(map(zlib.crc32, text.encode().split()), np.uint64)
    n = len(words) - K + 1
    if n < 1:
        return np.zeros(0, np.uint64)
    hashes = np.zeros(n, np.uint64)
    for at in range(K):
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + words[at : at + n]
    hashes ^= hashes >> np.uint64(29)
    hashes *= np.uint64(0xBF58476D1CE4E5B9)
    return hashes ^ (hashes >> np.uint64(32))


def flat(rows: Sequence[npt.NDArray[np.uint64]]) -> tuple[npt.NDArray[np.uint64], list[int]]:
    """All hashes in one array, and where each row starts and ends."""
    ends = np.cumsum([0, *map(len, rows)])
    return np.concatenate(rows), ends.tolist()
