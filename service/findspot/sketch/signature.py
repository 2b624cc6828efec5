"""MinHash signatures of whole records, as datasketch makes and reads them.

A FracMinHash sketch says how much of a work is in a record; a signature says how alike two records are as wholes, and
is what many pipelines already store to find near-duplicates. Ours are datasketch's own, bit for bit, over the upper
halves of the scheme's shingle hashes, so that ``datasketch.MinHash(hashvalues=row, scheme=SIGNATURE_SCHEME)`` reads a
row of a manifest. The permutations are drawn by datasketch; the loop over hashes is a kernel of ours.

Source: Broder 1997, *On the resemblance and containment of documents*; datasketch 2.0, scheme ``affine32``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from findspot.sketch.frac import shingle_column
from findspot.sketch.kernel import minhash_rows

if TYPE_CHECKING:
    import numpy.typing as npt

SIGNATURE_SCHEME: Final = "affine32"
SIGNATURE_PERMUTATIONS: Final = 128
SIGNATURE_SEED: Final = 1


@cache
def _permutations() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    from datasketch import MinHash  # noqa: PLC0415 - it loads scipy, which nothing else needs

    a, b = MinHash(SIGNATURE_PERMUTATIONS, seed=SIGNATURE_SEED, scheme=SIGNATURE_SCHEME).permutations
    return np.ascontiguousarray(a, np.uint32), np.ascontiguousarray(b, np.uint32)


def signature_column(text: pa.Array) -> pa.LargeListArray:
    """Signature of every row as a list of 128 ``uint64``; null for a row that is null or shorter than a shingle."""
    shingles = shingle_column(text)
    made = np.empty((len(text), SIGNATURE_PERMUTATIONS), np.uint32)
    minhash_rows(shingles.hashes, shingles.offsets, *_permutations(), made)
    some = np.diff(shingles.offsets) > 0
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(some * SIGNATURE_PERMUTATIONS)])
    values = pa.array(made[some].reshape(-1).astype(np.uint64))
    return pa.LargeListArray.from_arrays(pa.array(ends), values, mask=pa.array(~some))
