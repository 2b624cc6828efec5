"""The kernel of scheme ``fs1``: one pass over Arrow string buffers, from UTF-8 bytes to sampled shingle hashes.

Text goes through a buffer that fits the first-level cache: *fold* (:mod:`findspot.text.fold`), *tokenise* (bit masks to
token hashes), *shingle* (a rolling XOR of rotated token hashes). Memory does not grow with the length of a document or
of a token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from findspot.text.fold import BUFFER, decode, fold
from findspot.text.jit import jit, leaf
from findspot.text.scheme import CHARACTER, K1, K2, LETTER, SEED, WORD
from findspot.text.tables import IS_LETTER, OPENS_UNSPACED
from findspot.text.vector import load8, nonzero64, trailing_zeros

if TYPE_CHECKING:
    import numpy.typing as npt

U = np.uint64
_SEED, _K1, _K2 = U(SEED), U(K1), U(K2)
_ALL = U(0xFFFFFFFFFFFFFFFF)
_OPENS_UNSPACED, _IS_LETTER = np.uint32(OPENS_UNSPACED), np.uint32(IS_LETTER)
_WORD, _CHARACTER, _LETTER = np.uint8(WORD), np.uint8(CHARACTER), np.uint8(LETTER)


@leaf
def _rotate(x, by):
    return (x << by) | (x >> ((U(64) - by) & U(63)))


@leaf
def _mix(x):
    x ^= x >> U(32)
    x *= _K2
    return x ^ (x >> U(29))


@leaf
def _hash_bytes(h, at, n):
    """Token hash continued from ``h`` over ``n`` >= 1 bytes; reads up to 7 bytes further."""
    while n > U(8):
        h = (h ^ load8(at)) * _K1
        h ^= h >> U(32)
        at += U(8)
        n -= U(8)
    h = (h ^ (load8(at) & (_ALL >> (U(64) - (n << U(3)))))) * _K1
    return h ^ (h >> U(32))


@leaf
def _tokens(buffer, begin, k, hashes, n):
    """Hash every token of ``buffer[begin:k]``, which 72 zeros follow. Returns the count and the last token's start."""
    origin = U(buffer.ctypes.data)
    block = begin
    open_at = begin
    carry = U(0)
    while block <= k:
        mask = nonzero64(origin + block)
        if k - block < U(64):
            mask &= (U(1) << (k - block)) - U(1)
        before = (mask << U(1)) | carry
        starts, ends = mask & ~before, ~mask & before
        if carry and ends:
            stop = block + trailing_zeros(ends)
            ends &= ends - U(1)
            hashes[n] = _hash_bytes(_SEED, origin + open_at, stop - open_at)
            n += U(1)
        while ends:
            stop = block + trailing_zeros(ends)
            ends &= ends - U(1)
            open_at = block + trailing_zeros(starts)
            starts &= starts - U(1)
            hashes[n] = _hash_bytes(_SEED, origin + open_at, stop - open_at)
            n += U(1)
        if starts:
            open_at = block + trailing_zeros(starts)
        carry = mask >> U(63)
        block += U(64)
    return n, open_at


@leaf
def _weigh(buffer, begin, k, table, weights, n):
    """The weight of every token of ``buffer[begin:k]``. Returns their sum."""
    _, pages, values, _, _ = table
    inside = False
    total = U(0)
    for at in range(begin, k):
        byte = buffer[U(at)]
        if byte and not inside:
            weight = _WORD
            if byte >= 0xC0:
                code, _ = decode(buffer, U(at), k)
                value = values[U(pages[U(code >> np.uint32(8))]), U(code & np.uint32(255))]
                if value & _OPENS_UNSPACED:
                    weight = _LETTER if value & _IS_LETTER else _CHARACTER
            weights[n] = weight
            total += U(weight)
            n += U(1)
        inside = byte != 0
    return total


@leaf
def _sample(hashes, n, k, base, limit, out, places, count):
    """Keep the shingles of ``k`` tokens whose hash is at most ``limit``. The count returned may exceed the room."""
    room = U(out.size)
    x = U(0)
    for j in range(k):
        x = _rotate(x, U(1)) ^ hashes[U(j)]
    i = U(0)
    last = n - k
    while True:
        y = _mix(x)
        if y <= limit:
            if count < room:
                out[count] = y
                places[count] = base + i
            count += U(1)
        if i == last:
            return count
        x = _rotate(x, U(1)) ^ _rotate(hashes[i], k) ^ hashes[i + k]
        i += U(1)


@leaf
def _sample_mixed(hashes, weights, n, length, base, limit, out, places, count):
    """As :func:`_sample` where tokens differ in weight: a shingle is the shortest run that weighs ``length``.

    Returns the new count and the first token that is not yet a shingle's start.
    """
    room = U(out.size)
    x = U(0)
    end = U(0)
    weight = U(0)
    for start in range(n):
        while weight < length and end < n:
            x = _rotate(x, U(1)) ^ hashes[end]
            weight += U(weights[end])
            end += U(1)
        if weight < length:
            return count, U(start)
        y = _mix(x)
        if y <= limit:
            if count < room:
                out[count] = y
                places[count] = base + U(start)
            count += U(1)
        x ^= _rotate(hashes[U(start)], end - U(start) - U(1))
        weight -= U(weights[U(start)])
    return count, n


@leaf
def _carry(buffer, last, filled, opened):
    """Take the unfinished token ``buffer[last:filled]`` to the next round.

    All of it but its last 1 to 8 bytes is hashed into ``opened``; those move to the front. Returns both, the latter as
    their number.
    """
    origin = U(buffer.ctypes.data)
    while filled - last > U(8):
        opened = (opened ^ load8(origin + last)) * _K1
        opened ^= opened >> U(32)
        last += U(8)
    for j in range(filled - last):
        buffer[U(j)] = buffer[last + U(j)]
    return opened, filled - last


@leaf
def _whole(hashes, n):
    """Shingle hash of all ``n`` tokens."""
    x = U(0)
    for j in range(n):
        x = _rotate(x, U(1)) ^ hashes[U(j)]
    return _mix(x)


@leaf
def _document(data, start, end, total, table, length, limit, buffer, hashes, weights, out, places, count):
    """Sample one document. Returns the new count of kept hashes, its tokens, their weight, and its whole-text hash."""
    at = start
    k = length // U(_WORD)
    n = U(0)  # token hashes waiting in `hashes`
    base = U(0)  # tokens before those
    weight = U(0)
    carried = U(0)  # bytes of an unfinished token in front of the buffer, hashed so far into `opened`
    opened = _SEED
    opened_weight = _WORD
    unspaced = False
    mixed = False
    origin = U(buffer.ctypes.data)
    while True:
        at, filled, unspaced, met = fold(data, start, at, end, total, table, buffer, carried, unspaced)
        final = at >= end
        for j in range(72):
            buffer[filled + U(j)] = 0
        if met and not mixed:
            mixed = True
            for j in range(n):
                weights[U(j)] = _WORD
        begin = U(0)
        cut = False  # the carried token reaches the end of the round
        if carried:
            while begin < filled and buffer[begin]:
                begin += U(1)
            cut = begin == filled and not final
            if not cut:
                hashes[n] = _hash_bytes(opened, origin, begin)
                weights[n] = opened_weight
                weight += U(opened_weight)
                n += U(1)
        last = U(0)
        if not cut:
            opened = _SEED
            opened_weight = _WORD
            before = n
            n, last = _tokens(buffer, begin, filled, hashes, n)
            if mixed:
                weight += _weigh(buffer, begin, filled, table, weights, before)
            else:
                weight += (n - before) * U(_WORD)
            if not final and n > before and buffer[filled - U(1)]:
                n -= U(1)
                if mixed:
                    opened_weight = weights[n]
                weight -= U(opened_weight)
            else:
                last = filled
        if mixed:
            count, done = _sample_mixed(hashes, weights, n, length, base, limit, out, places, count)
        else:
            done = U(0)
            if n >= k:
                count = _sample(hashes, n, k, base, limit, out, places, count)
                done = n - k + U(1)
        if final:
            short = weight < length and n > U(0)
            return count, base + n, weight, _whole(hashes, n) if short else U(0)
        for j in range(n - done):
            hashes[U(j)] = hashes[done + U(j)]
            if mixed:
                weights[U(j)] = weights[done + U(j)]
        base += done
        n -= done
        opened, carried = _carry(buffer, last, filled, opened)


@jit
def sample_column(data, offsets, table, length, limit, out, places, ends, tokens, weights, wholes):
    """Sample every row of a string column.

    Args:
        data: ``uint8 (bytes,)``, the column's value buffer.
        offsets: ``int64 (rows + 1,)`` into ``data``.
        table: arrays of :class:`findspot.text.tables.FoldTable`, in its order.
        length: weight of a shingle, ``uint64``, a multiple of WORD.
        limit: largest hash that is kept, ``uint64``.
        out: ``uint64``, room for kept hashes.
        places: ``uint32``, as long: the token offset of each.
        ends: ``int64 (rows,)``, filled with where each row's hashes end in ``out``.
        tokens: ``int64 (rows,)``, filled with each row's number of tokens.
        weights: ``int64 (rows,)``, filled with the weight of those tokens.
        wholes: ``uint64 (rows,)``, filled with the whole-text hash of rows shorter than a shingle, 0 for all others.

    Returns:
        The number of hashes kept. Where it exceeds ``out.size`` the rest was left out: call again with that much room.
    """
    buffer = np.empty(BUFFER, np.uint8)
    hashes = np.empty(BUFFER, np.uint64)
    each = np.empty(BUFFER, np.uint8)  # weight of each token
    total = U(data.size)
    count = U(0)
    for index in range(ends.size):
        row = U(index)
        start, end = U(offsets[row]), U(offsets[row + U(1)])
        count, n, weight, whole = _document(
            data, start, end, total, table, length, limit, buffer, hashes, each, out, places, count
        )
        ends[row] = count
        tokens[row] = n
        weights[row] = weight
        wholes[row] = whole
    return count


def table_arrays() -> tuple[
    npt.NDArray[np.uint8],
    npt.NDArray[np.uint16],
    npt.NDArray[np.uint32],
    npt.NDArray[np.uint8],
    npt.NDArray[np.uint8],
]:
    """The shipped fold table, as the kernels take it."""
    from findspot.text.tables import fold_table  # noqa: PLC0415

    table = fold_table()
    return table.ascii, table.pages, table.values, table.orders, table.expansions
