"""MinHash signatures of whole records, as datasketch makes and reads them.

A FracMinHash sketch says how much of a work is in a record; a signature says how alike two records are as wholes, and
is what many pipelines already store to find near-duplicates. Ours are datasketch's own, over the shingle hashes of the
fingerprint scheme, so that ``datasketch.MinHash(hashvalues=row, scheme=SIGNATURE_SCHEME)`` reads a row of a manifest.

Source: Broder 1997, *On the resemblance and containment of documents*; datasketch 2.0, scheme ``affine64``.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from findspot.sketch.frac import sketch_column

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

SIGNATURE_SCHEME: Final = "affine64"
SIGNATURE_PERMUTATIONS: Final = 128
SIGNATURE_SEED: Final = 1


def signature_column(text: pa.Array) -> list[npt.NDArray[np.uint64] | None]:
    """Signature of every row, ``uint64 (128,)``; none for a row that is null or shorter than a shingle."""
    from datasketch import MinHash  # noqa: PLC0415 - it loads scipy, which nothing else needs

    shingles = sketch_column(text, scaled=1)
    empty = MinHash(
        SIGNATURE_PERMUTATIONS, seed=SIGNATURE_SEED, scheme=SIGNATURE_SCHEME, hashfunc=int, gpu_mode="disable"
    )
    ends = shingles.offsets.tolist()
    out: list[npt.NDArray[np.uint64] | None] = []
    for start, end in pairwise(ends):
        if start == end:
            out.append(None)
            continue
        signature = empty.copy()
        for part in range(start, end, 4096):  # permutations are taken of all at once: 4 MB, whatever the row
            signature.update_batch(shingles.hashes[part : min(end, part + 4096)].tolist())
        out.append(signature.digest())
    return out
