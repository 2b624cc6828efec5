"""Bands of signatures: which of many signatures are worth comparing with one.

A signature is cut into ``bands`` of ``rows`` values; two signatures are candidates when one band of theirs is equal. At
similarity ``s`` that happens with probability ``1 - (1 - s**rows)**bands``. Candidates are always verified.

Sources: Indyk & Motwani 1998; Leskovec, Rajaraman & Ullman, *Mining of Massive Datasets*, chapter 3; bands are chosen
as datasketch's ``MinHashLSH`` chooses them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from findspot.sketch.recipe import SignatureInfo

#: Weights of missed pairs and needless candidates: a candidate costs a comparison, a missed pair is lost.
MISSED: Final = 0.999
NEEDLESS: Final = 0.001

#: Jaccard similarity from which a record is a near-duplicate of a work.
NEAR_DUPLICATE: Final = 0.8


@dataclass(frozen=True)
class Banding:
    """How signatures are cut."""

    bands: int
    rows: int

    def chance(self, similarity: float) -> float:
        """Probability that two signatures of sets with this Jaccard similarity become candidates."""
        return float(1 - (1 - similarity**self.rows) ** self.bands)


@cache
def choose_bands(threshold: float, permutations: int, missed: float = MISSED, needless: float = NEEDLESS) -> Banding:
    """The banding that suits a threshold of similarity best.

    It minimises ``needless`` × the area under the chance to become a candidate below the threshold, plus ``missed`` ×
    the area above the curve beyond it, over all bands and rows that fit into the signature: datasketch's rule, whose
    weights are 0.5 and 0.5 unless stated.

    Raises:
        ValueError: ``threshold`` is not between 0 and 1, or there is no permutation.
    """
    if not 0 < threshold < 1 or permutations < 1:
        raise ValueError(f"no bands for threshold {threshold} and {permutations} permutations")
    nodes, weights = np.polynomial.legendre.leggauss(96)
    below = threshold / 2 * (nodes + 1)
    above = threshold + (1 - threshold) / 2 * (nodes + 1)
    best, least = Banding(1, 1), np.inf
    for bands in range(1, permutations + 1):
        rows = np.arange(1, permutations // bands + 1)[:, None]
        false = (1 - (1 - below**rows) ** bands) @ weights * (threshold / 2)
        lost = ((1 - above**rows) ** bands) @ weights * ((1 - threshold) / 2)
        error = needless * false + missed * lost
        at = int(error.argmin())
        if error[at] < least:
            best, least = Banding(bands, at + 1), float(error[at])
    return best


def band_keys(signatures: npt.NDArray[np.uint64], banding: Banding, info: SignatureInfo) -> npt.NDArray[np.uint64]:
    """Posting keys of N signatures, ``uint64 (N, bands)``.

    The key of a band starts as the first eight bytes, little-endian, of the SHA-256 of the recipe (its six values in
    the order of its fields, joined by line feeds) plus the band's number, and takes in each value of the band in turn:
    ``key = mix(key ^ value)``, where ``mix`` is MurmurHash3's 64-bit finaliser. So bands of two recipes, and two bands
    of one, do not meet.
    """
    named = "\n".join(str(getattr(info, name)) for name in type(info).model_fields)
    start = np.frombuffer(hashlib.sha256(named.encode()).digest()[:8], "<u8")
    keys = np.repeat(_mix(start + np.arange(banding.bands, dtype=np.uint64))[None, :], len(signatures), axis=0)
    cut = signatures[:, : banding.bands * banding.rows].reshape(len(signatures), banding.bands, banding.rows)
    for row in range(banding.rows):
        keys = _mix(keys ^ cut[:, :, row])
    return keys


def _mix(x: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    x = (x ^ (x >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    x = (x ^ (x >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return x ^ (x >> np.uint64(33))
