"""MinHash of rows of hashes, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

U32 = np.uint32
_BLOCK = 2048  # hashes that stay in the first-level cache while every permutation goes over them


@njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
def _finalise(x):
    """MurmurHash3's 32-bit finaliser, a bijection. Numba widens every product: it is cut back to 32 bits each time."""
    x = U32(U32(x ^ (x >> U32(16))) * U32(0x85EBCA6B))
    x = U32(U32(x ^ (x >> U32(13))) * U32(0xC2B2AE35))
    return U32(x ^ (x >> U32(16)))


@njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
def _least(values, a, b, least):
    """Least value of one permutation; a loop of its own, so that it becomes vector instructions."""
    for i in range(values.size):
        value = U32(U32(a * values[i]) + b)
        least = value if value < least else least
    return least


@njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
def minhash_rows(hashes, offsets, a, b, out):
    """Signature of every row under scheme ``affine32`` of datasketch: ``min(a * mix(h >> 32) + b)``, modulo 2**32.

    Args:
        hashes: ``uint64``, of all rows.
        offsets: ``int64 (rows + 1,)`` into ``hashes``.
        a: ``uint32 (permutations,)``, odd.
        b: ``uint32 (permutations,)``.
        out: ``uint32 (rows, permutations)``, filled; 2**32 - 1 throughout for an empty row.
    """
    block = np.empty(_BLOCK, np.uint32)
    for row in range(offsets.size - 1):
        for j in range(a.size):
            out[row, j] = U32(0xFFFFFFFF)
        start, end = offsets[row], offsets[row + 1]
        while start < end:
            n = min(_BLOCK, end - start)
            for i in range(n):
                block[i] = _finalise(U32(hashes[start + i] >> np.uint64(32)))
            for j in range(a.size):
                out[row, j] = _least(block[:n], a[j], b[j], out[row, j])
            start += n
