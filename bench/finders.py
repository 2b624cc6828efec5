"""datasketch as a finder of works: its LSH and its LSH Ensemble, asked about each record of a dataset.

Signatures are datasketch's (128 permutations, ``affine32``, of shingles of 8 words), made by our kernel, which makes
the same ones bit for bit in less time. What an index returns for a record is a candidate. A work is reported if one of
its candidates is verified: estimated Jaccard similarity, or for the Ensemble estimated containment of the record in the
work, of at least the threshold. Its coverage is estimated as the share of its shingles that the records reported for it
have; datasketch itself estimates none.

The Ensemble takes up to two milliseconds for a query, so that it is asked about all records of the collection's books
and about 2,000 of the others only: its false works are too few, if anything.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import pyarrow as pa
from datasketch import LeanMinHash, MinHashLSH, MinHashLSHEnsemble

from findspot.sketch import signature_column, sketch_column
from findspot.text import K

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt
    from bench.trials import chunks_of
else:
    from trials import chunks_of

PERMUTATIONS: Final = 128
CHUNK: Final = 512  # words of a chunk, where works are indexed in chunks
ASKED: Final = 2_000  # records of other books that the Ensemble is asked about
PARTS: Final = 16  # of the Ensemble: its default
SIGNATURE_BYTES: Final = 4 * PERMUTATIONS


@dataclass(frozen=True)
class Signed:
    """Signatures of N texts.

    Attributes:
        rows: ``uint32 (N, 128)``.
        sizes: ``int64 (N,)``: shingles of each text, 0 for a text shorter than one.
    """

    rows: npt.NDArray[np.uint32]
    sizes: npt.NDArray[np.int64]

    def minhash(self, n: int) -> LeanMinHash:
        """Signature ``n`` as datasketch takes it."""
        return LeanMinHash(seed=1, hashvalues=self.rows[n], scheme="affine32")

    def likeness(self, n: int, other: Signed, m: int) -> float:
        """Estimated Jaccard similarity of two texts."""
        return float(np.mean(self.rows[n] == other.rows[m]))


def sign(texts: Sequence[str]) -> Signed:
    """Signatures of the texts."""
    column = pa.array(texts, pa.large_string())
    made = signature_column(column)
    some = made.is_valid().to_numpy(zero_copy_only=False)
    rows = np.full((len(texts), PERMUTATIONS), 0xFFFFFFFF, np.uint32)
    rows[some] = made.flatten().to_numpy().reshape(-1, PERMUTATIONS)
    return Signed(rows, np.where(some, np.maximum(sketch_column(column).n_tokens - K + 1, 1), 0))


class Finder(Protocol):
    """An index over the works of a collection.

    Attributes:
        name: What it is.
        n_bytes: Of the index as datasketch pickles it, with the signatures that verifying needs.
        slow: Whether it is asked about some of the records only.
    """

    name: str
    n_bytes: int
    slow: bool

    def works(self, records: Signed, n: int) -> Iterable[int]:
        """Numbers of the works that a record is reported for."""
        ...


class Lsh:
    """``MinHashLSH`` over whole works, or over works cut into chunks."""

    slow = False

    def __init__(self, texts: Sequence[str], threshold: float, chunk: int | None = None) -> None:
        where = f"chunks of {chunk} words" if chunk else "whole works"
        self.name = f"datasketch LSH, {where}, {threshold}"
        pieces = [(n, p) for n, text in enumerate(texts) for p in (chunks_of(text, chunk) if chunk else [text])]
        self._of = [n for n, _ in pieces]
        self._signed = sign([piece for _, piece in pieces])
        self._threshold = threshold
        self._index = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
        for at in range(len(pieces)):
            if self._signed.sizes[at]:
                self._index.insert(at, self._signed.minhash(at), check_duplication=False)
        self.n_bytes = len(pickle.dumps(self._index)) + len(pieces) * SIGNATURE_BYTES

    def works(self, records: Signed, n: int) -> Iterable[int]:
        """See :class:`Finder`."""
        candidates = self._index.query(records.minhash(n))
        return {self._of[at] for at in candidates if records.likeness(n, self._signed, at) >= self._threshold}


class Ensemble:
    """``MinHashLSHEnsemble`` over whole works."""

    slow = True

    def __init__(self, texts: Sequence[str], threshold: float) -> None:
        self.name = f"datasketch LSH Ensemble, whole works, {threshold}"
        self._signed = sign(texts)
        self._threshold = threshold
        self._index = MinHashLSHEnsemble(threshold=threshold, num_perm=PERMUTATIONS, num_part=PARTS)
        self._index.index([(n, self._signed.minhash(n), int(self._signed.sizes[n])) for n in range(len(texts))])
        self.n_bytes = len(pickle.dumps(self._index)) + len(texts) * SIGNATURE_BYTES

    def works(self, records: Signed, n: int) -> Iterable[int]:
        """See :class:`Finder`."""
        size = int(records.sizes[n])
        return {
            at
            for at in self._index.query(records.minhash(n), size)
            if contained(records.likeness(n, self._signed, at), size, int(self._signed.sizes[at])) >= self._threshold
        }


def contained(likeness: float, size: int, other: int) -> float:
    """Containment of a set of ``size`` in one of ``other`` that has this Jaccard similarity with it."""
    return likeness / (1 + likeness) * (size + other) / size


def finders(texts: Sequence[str]) -> list[Finder]:
    """All of them, over the works of one collection."""
    return [
        *(Lsh(texts, threshold) for threshold in (0.5, 0.8)),
        *(Lsh(texts, threshold, CHUNK) for threshold in (0.5, 0.8)),
        *(Ensemble(texts, threshold) for threshold in (0.5, 0.8)),
    ]


def coverages(finder: Finder, texts: Signed, records: Signed, ours: Sequence[bool]) -> dict[int, float]:
    """Works that are reported, with their estimated coverage.

    Args:
        finder: An index over works.
        texts: Signatures of the works.
        records: Signatures of the dataset.
        ours: Whether each record is from a book of the collection.
    """
    found: dict[int, int] = {}
    others = 0
    for n in np.flatnonzero(records.sizes).tolist():
        others += not ours[n]
        if finder.slow and not ours[n] and others > ASKED:
            continue
        for work in finder.works(records, n):
            found[work] = found.get(work, 0) + int(records.sizes[n])
    return {work: min(1.0, shingles / int(texts.sizes[work])) for work, shingles in found.items()}
