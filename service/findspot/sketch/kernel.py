"""MinHash of rows of hashes, compiled."""

from __future__ import annotations

import numpy as np

from findspot.text.jit import jit

U32 = np.uint32
U64 = np.uint64
_BLOCK = 2048  # hashes that stay in the first-level cache while every permutation goes over them


@jit
def _finalise(x):
    """MurmurHash3's 32-bit finaliser, a bijection. Numba widens every product: it is cut back to 32 bits each time."""
    x = U32(U32(x ^ (x >> U32(16))) * U32(0x85EBCA6B))
    x = U32(U32(x ^ (x >> U32(13))) * U32(0xC2B2AE35))
    return U32(x ^ (x >> U32(16)))


@jit
def _least(values, a, b, least):
    """Least value of one permutation; a loop of its own, so that it becomes vector instructions."""
    for i in range(values.size):
        value = U32(U32(a * values[i]) + b)
        least = value if value < least else least
    return least


@jit
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


@jit
def _finalise64(x):
    """MurmurHash3's 64-bit finaliser, a bijection."""
    x = (x ^ (x >> U64(33))) * U64(0xFF51AFD7ED558CCD)
    x = (x ^ (x >> U64(33))) * U64(0xC4CEB9FE1A85EC53)
    return x ^ (x >> U64(33))


@jit
def minhash_rows64(hashes, offsets, a, b, out):
    """Signature of every row under scheme ``affine64`` of datasketch: ``min(a * mix(h) + b)``, modulo 2**64.

    Args:
        hashes: ``uint64``, of all rows.
        offsets: ``int64 (rows + 1,)`` into ``hashes``.
        a: ``uint64 (permutations,)``, odd.
        b: ``uint64 (permutations,)``.
        out: ``uint64 (rows, permutations)``, filled; 2**64 - 1 throughout for an empty row.
    """
    block = np.empty(_BLOCK, np.uint64)
    for row in range(offsets.size - 1):
        out[row, :] = U64(0xFFFFFFFFFFFFFFFF)
        start, end = offsets[row], offsets[row + 1]
        while start < end:
            n = min(_BLOCK, end - start)
            for i in range(n):
                block[i] = _finalise64(hashes[start + i])
            for j in range(a.size):
                least = out[row, j]
                for i in range(n):
                    value = a[j] * block[i] + b[j]
                    least = value if value < least else least
                out[row, j] = least
            start += n


@jit
def minhash_rows_legacy(hashes, offsets, a, b, out):
    """Signature of every row as datasketch made it before 2.0 and makes it under scheme ``legacy``.

    That is ``min(((a * h + b) mod 2**64 mod p) & (2**32 - 1))`` with ``p = 2**61 - 1``: the product wraps around first,
    as numpy's does. Modulo ``p`` is what lies above bit 61 added to what lies below, less ``p`` once if need be.

    Args:
        hashes: ``uint64``, of all rows.
        offsets: ``int64 (rows + 1,)`` into ``hashes``.
        a: ``uint64 (permutations,)``.
        b: ``uint64 (permutations,)``.
        out: ``uint64 (rows, permutations)``, filled; 2**32 - 1 throughout for an empty row.
    """
    prime = U64((1 << 61) - 1)
    for row in range(offsets.size - 1):
        out[row, :] = U64(0xFFFFFFFF)
        start, end = offsets[row], offsets[row + 1]
        while start < end:
            stop = min(start + _BLOCK, end)
            for j in range(a.size):
                least = out[row, j]
                for i in range(start, stop):
                    value = a[j] * hashes[i] + b[j]
                    value = (value & prime) + (value >> U64(61))
                    value = value - prime if value >= prime else value
                    value &= U64(0xFFFFFFFF)
                    least = value if value < least else least
                out[row, j] = least
            start = stop


@jit
def most_apart(group, start, end, groups):
    """Largest number of intervals of each group that do not overlap: the one that ends first is always among them.

    Args:
        group: ``int64``, sorted.
        start: ``int64``, of each interval.
        end: ``int64``, exclusive; sorted within each group.
        groups: number of groups.

    Returns:
        ``int64 (groups,)``.
    """
    out = np.zeros(groups, np.int64)
    last, free = -1, 0
    for i in range(group.size):
        if group[i] != last or start[i] >= free:
            last = group[i]
            free = end[i]
            out[last] += 1
    return out
