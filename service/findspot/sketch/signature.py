"""MinHash signatures of whole records, as datasketch makes and reads them.

A FracMinHash sketch says how much of a work is in a record; a signature says how alike two records are as wholes, and
is what many pipelines already store to find near-duplicates. Signatures made here are datasketch's own, bit for bit, in
its three schemes, so that ``datasketch.MinHash(hashvalues=row, seed=…, scheme=…)`` reads a row of a manifest.

Sources: Broder 1997, *On the resemblance and containment of documents*; datasketch 2.0, ``minhash.py``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from findspot.sketch.elements import element_hashes
from findspot.sketch.estimate import Share, containment
from findspot.sketch.frac import Sketches, sampled, shingle_column, sketch_column
from findspot.sketch.kernel import minhash_rows, minhash_rows64, minhash_rows_legacy
from findspot.sketch.recipe import SignatureInfo, check_makeable
from findspot.sketch.shingling import NORMAL, Shingling

if TYPE_CHECKING:
    import numpy.typing as npt
    from datasketch import MinHash

    Values = npt.NDArray[np.uint32] | npt.NDArray[np.uint64]

OWN_RECIPE: Final = SignatureInfo()
_PRIME = (1 << 61) - 1


@lru_cache(maxsize=32)
def permutations(scheme: str, count: int, seed: int) -> tuple[Values, Values]:
    """Factors and summands of ``count`` permutations, as datasketch draws them: from numpy's ``RandomState``."""
    draw = np.random.RandomState(seed)
    if scheme == "legacy":
        pairs = [
            (draw.randint(1, _PRIME, dtype=np.uint64), draw.randint(0, _PRIME, dtype=np.uint64)) for _ in range(count)
        ]
        return np.array([a for a, _ in pairs], np.uint64), np.array([b for _, b in pairs], np.uint64)
    kind: type[Any] = np.uint32 if scheme == "affine32" else np.uint64
    width = np.dtype(kind).itemsize * 8
    a = draw.randint(0, 1 << (width - 1), count, dtype=kind) * kind(2) + kind(1)
    return a, draw.randint(0, 1 << width, count, dtype=kind)


def sign_rows(hashes: npt.NDArray[np.uint64], offsets: npt.NDArray[np.int64], info: SignatureInfo) -> Values:
    """Signatures of N rows of element hashes.

    Args:
        hashes: ``uint64``, of all rows; a hash that stands in a row several times counts once. Of our own elements all
            64 bits of the shingle hash are given, whatever part of it the recipe takes.
        offsets: ``int64 (N + 1,)``: row ``i`` has ``hashes[offsets[i]:offsets[i + 1]]``.
        info: The recipe; of its fields the elements are taken as they are.

    Returns:
        ``(N, permutations)``, ``uint32`` under ``affine32`` and ``uint64`` otherwise; ``info.largest`` throughout for
        an empty row.
    """
    a, b = permutations(info.scheme, info.permutations, info.seed)
    made = np.empty((len(offsets) - 1, info.permutations), a.dtype)
    upper = info.hash == "fs1_upper32"
    if info.scheme == "affine32":
        minhash_rows(hashes if upper else hashes << np.uint64(32), offsets, a, b, made)
    else:
        kernel = minhash_rows64 if info.scheme == "affine64" else minhash_rows_legacy
        kernel(hashes >> np.uint64(32) if upper else hashes, offsets, a, b, made)
    return made


def signature_column(text: pa.Array, info: SignatureInfo = OWN_RECIPE) -> pa.LargeListArray:
    """Signature of every row as a list of ``uint64``; null for a row that is null or has no element.

    Raises:
        SchemeError: Signatures of this recipe cannot be made here.
    """
    check_makeable(info)
    if info.own:
        shingles = shingle_column(text)
        return signature_array(sign_rows(shingles.hashes, shingles.offsets, info), np.diff(shingles.offsets) > 0)
    hashes, counts = element_hashes(text.to_pylist(), info)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])
    return signature_array(sign_rows(hashes, offsets, info), np.array(counts) > 0)


def sketch_and_sign(
    text: pa.Array, scaled: int | None = None, shingling: Shingling = NORMAL
) -> tuple[Sketches, pa.LargeListArray]:
    """What :func:`sketch_column` and :func:`signature_column` make by our own recipe; the text is read once for both.

    Signatures are of the normal shingles: a text that is sketched by others is read once more.
    """
    shingles = shingle_column(text)
    values = sign_rows(shingles.hashes, shingles.offsets, OWN_RECIPE)
    signatures = signature_array(values, np.diff(shingles.offsets) > 0)
    if shingling.k != NORMAL.k:
        return sketch_column(text, scaled, shingling), signatures
    return sampled(shingles, shingling.scaled if scaled is None else scaled), signatures


def signature_array(values: Values, some: npt.NDArray[np.bool_]) -> pa.LargeListArray:
    """Signatures ``(N, permutations)`` as an Arrow column of lists of ``uint64``; null where ``some`` is false."""
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(some * values.shape[1], dtype=np.int64)])
    flat = pa.array(values[some].reshape(-1).astype(np.uint64))
    return pa.LargeListArray.from_arrays(pa.array(ends), flat, mask=pa.array(~some))


def signature_values(
    column: pa.LargeListArray, info: SignatureInfo
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64]]:
    """Rows of a column that have a signature of something, ``(M,)``, and the signatures, ``uint64 (M, permutations)``.

    A null has none; nor has the signature of an empty set, which would be like that of any other empty set.
    """
    rows = np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False))
    values = column.flatten().to_numpy().reshape(len(rows), info.permutations)
    some = (values != np.uint64(info.largest)).any(axis=1)
    return rows[some], values[some]


def to_datasketch(values: npt.ArrayLike, info: SignatureInfo = OWN_RECIPE) -> MinHash:
    """A signature as datasketch's own object, for what else datasketch does: its LSH indexes, its storages.

    Args:
        values: ``(permutations,)``, a row of the column ``signature`` of a manifest.
        info: its recipe, as the manifest's header states it.
    """
    from datasketch import MinHash  # noqa: PLC0415 - it loads scipy, which nothing else needs

    return MinHash(hashvalues=np.asarray(values, np.uint64), seed=info.seed, scheme=info.scheme)


def jaccard(equal: int, count: int) -> Share:
    """Jaccard similarity of two sets of whose ``count`` permutations ``equal`` agree, with its 95 % interval.

    Each permutation agrees with a chance that is the similarity (Broder 1997), so that the number of those that do is
    binomial: the interval is that of :func:`findspot.sketch.containment` for an endless set.
    """
    return containment(equal, count, 1 << 32)
