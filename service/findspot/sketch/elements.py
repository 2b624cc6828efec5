"""Elements of a text as other pipelines cut and hash them, for signatures of their recipes.

Plain Python, at a few MB/s: it runs once for each work of a release. Signatures of our own recipe take the compiled
path of :mod:`findspot.sketch.signature`.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import numpy as np

from findspot.sketch.recipe import check_makeable

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from findspot.sketch.recipe import SignatureInfo

_PUNCTUATION = re.compile(r"[^\w\s]")
_BYTES = {"sha1_hash32": 4, "sha1_hash64": 8}


def normalise(text: str, normaliser: str) -> str:
    """Text after ``none``, ``lower`` (``str.lower``) or ``lower, no punctuation``.

    The last also deletes every character that is neither white space nor a word character of Python's ``re``.
    """
    if normaliser == "none":
        return text
    lowered = text.lower()
    return _PUNCTUATION.sub("", lowered) if normaliser == "lower, no punctuation" else lowered


def cut(text: str, unit: str, length: int) -> set[str]:
    """The ``length``-grams of a text: of words (split on white space, joined by one space) or of characters."""
    if unit == "character":
        return {text[i : i + length] for i in range(len(text) - length + 1)}
    words = text.split()
    return {" ".join(words[i : i + length]) for i in range(len(words) - length + 1)}


def element_hashes(texts: Iterable[str | None], info: SignatureInfo) -> tuple[npt.NDArray[np.uint64], list[int]]:
    """Hashes of the elements of some texts, each once, and the number of them in each text.

    A null text, and one shorter than an element, has none. ``sha1_hash32`` and ``sha1_hash64`` are the first four or
    eight bytes of the SHA-1 of the element in UTF-8, little-endian, as in datasketch.

    Raises:
        SchemeError: Elements of this recipe cannot be made here.
    """
    check_makeable(info)
    unit, length = info.grams
    width = _BYTES[info.hash]
    hashes: list[npt.NDArray[np.uint64]] = [np.empty(0, np.uint64)]
    counts = []
    for text in texts:
        found = cut(normalise(text or "", info.normaliser), unit, length)
        digests = b"".join(hashlib.sha1(e.encode(), usedforsecurity=False).digest()[:width] for e in found)
        hashes.append(np.frombuffer(digests, f"<u{width}").astype(np.uint64))
        counts.append(len(found))
    return np.concatenate(hashes), counts
