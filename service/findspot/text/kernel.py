"""The kernel of scheme ``fs1``: one pass over Arrow string buffers, from UTF-8 bytes to sampled shingle hashes.

Text goes through a buffer that fits the first-level cache: *fold* (64 bytes at a time, table look-ups for what is not
plain ASCII), *tokenise* (bit masks to token hashes), *shingle* (a rolling XOR of rotated token hashes). Memory does not
grow with the length of a document or of a token. Unsigned indices: numba's code for negative ones costs a quarter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from findspot.text.scheme import K1, K2, SEED
from findspot.text.tables import (
    ENDS_UNSPACED,
    HOLDS_UNSPACED,
    HYPHEN,
    IGNORED,
    ITSELF,
    OPENS_MARK,
    OPENS_UNSPACED,
    PLACE,
    SEPARATOR,
)
from findspot.text.vector import fold64, load8, nonzero64, trailing_zeros

if TYPE_CHECKING:
    import numpy.typing as npt

U = np.uint64
_SEED, _K1, _K2 = U(SEED), U(K1), U(K2)
_LIMIT = U(16384)  # folded bytes of one round
BUFFER = 16384 + 1024
_ALL = U(0xFFFFFFFFFFFFFFFF)
_SEPARATOR, _IGNORED, _HYPHEN = np.uint32(SEPARATOR), np.uint32(IGNORED), np.uint32(HYPHEN)
_OPENS_UNSPACED, _OPENS_MARK = np.uint32(OPENS_UNSPACED), np.uint32(OPENS_MARK)
_ENDS_UNSPACED, _HOLDS_UNSPACED = np.uint32(ENDS_UNSPACED), np.uint32(HOLDS_UNSPACED)
_PLACE, _ITSELF = np.uint32(PLACE), np.uint32(ITSELF)

_jit = njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")


@_jit
def _rotate(x, by):
    return (x << by) | (x >> (U(64) - by))


@_jit
def _mix(x):
    x ^= x >> U(32)
    x *= _K2
    return x ^ (x >> U(29))


@_jit
def _hash_bytes(h, at, n):
    """Token hash continued from ``h`` over ``n`` >= 1 bytes; reads up to 7 bytes further."""
    while n > U(8):
        h = (h ^ load8(at)) * _K1
        h ^= h >> U(32)
        at += U(8)
        n -= U(8)
    h = (h ^ (load8(at) & (_ALL >> (U(64) - (n << U(3)))))) * _K1
    return h ^ (h >> U(32))


@_jit
def _decode(data, at, end):
    """Code point and length of the non-ASCII character at ``at``; (0, 1) where the bytes are cut off."""
    lead = np.uint32(data[at])
    if lead < 0xE0 and at + U(1) < end:
        return np.uint32(((lead & 31) << 6) | (data[at + U(1)] & 63)), U(2)
    if lead < 0xF0 and at + U(2) < end:
        return np.uint32(((lead & 15) << 12) | (np.uint32(data[at + U(1)] & 63) << 6) | (data[at + U(2)] & 63)), U(3)
    if at + U(3) < end:
        code = np.uint32(
            ((lead & 7) << 18)
            | (np.uint32(data[at + U(1)] & 63) << 12)
            | (np.uint32(data[at + U(2)] & 63) << 6)
            | (data[at + U(3)] & 63)
        )
        if code <= 0x10FFFF:
            return code, U(4)
    return np.uint32(0), U(1)


@_jit
def _white_space(data, at, end):
    """Length in bytes of the white-space character at ``at``, 0 if there is none."""
    if at >= end:
        return U(0)
    lead = data[at]
    if lead < 0x80:
        return U(1) if lead == 0x20 or (0x09 <= lead <= 0x0D) else U(0)
    code, size = _decode(data, at, end)
    if code in (0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000) or 0x2000 <= code <= 0x200A:
        return size
    return U(0)


@_jit
def _past_hyphen(data, start, at, size, end):
    """Where text goes on after a hyphen that joins: a single one before white space. ``at`` if it separates."""
    if at > start and data[at - U(1)] == 0x2D:
        return at
    if at >= start + U(3) and data[at - U(3)] == 0xE2 and data[at - U(2)] == 0x80:
        if data[at - U(1)] == 0x90 or data[at - U(1)] == 0x91:
            return at
    after = at + size
    space = _white_space(data, after, end)
    if space == U(0):
        return at
    while space:
        after += space
        space = _white_space(data, after, end)
    return after


@_jit
def _fold(data, start, at, end, total, table, buffer, k, unspaced):
    """Fold ``data[at:end]`` into ``buffer[k:]`` until the round is full.

    ``unspaced`` says that the last token takes marks alone. Returns where it stopped, ``k``, ``unspaced``, and whether
    an unspaced character was met.
    """
    ascii_table, pages, values, expansions = table
    source, target = U(data.ctypes.data), U(buffer.ctypes.data)
    met = False
    while at < end and k < _LIMIT:
        if data[at] < 0x80:
            if unspaced:
                if data[at] == 0x2D:
                    after = _past_hyphen(data, start, at, U(1), end)
                    if after != at:
                        at = after
                        continue
                buffer[k] = 0
                k += U(1)
                unspaced = False
            if at + U(65) <= total:
                special = fold64(source + at, target + k)
                left = end - at
                if left < U(64):
                    special &= (U(1) << left) - U(1)
                else:
                    left = U(64)
                if special == U(0):
                    at += left
                    k += left
                    continue
                ahead = trailing_zeros(special)
                at += ahead
                k += ahead
            if data[at] < 0x80:
                after = _past_hyphen(data, start, at, U(1), end) if data[at] == 0x2D else at
                if after == at:
                    buffer[k] = ascii_table[data[at]]
                    k += U(1)
                    at += U(1)
                else:
                    at = after
                continue
        code, size = _decode(data, at, end)
        value = values[U(pages[U(code >> np.uint32(8))]), U(code & np.uint32(255))]
        if value == _HYPHEN:
            after = _past_hyphen(data, start, at, size, end)
            if after != at:
                at = after
                continue
            value = _SEPARATOR
        if value == _IGNORED:
            at += size
            continue
        if value == _SEPARATOR:
            buffer[k] = 0
            k += U(1)
            at += size
            unspaced = False
            continue
        if (value & _OPENS_UNSPACED) or (unspaced and not value & _OPENS_MARK):
            buffer[k] = 0
            k += U(1)
        if value & _HOLDS_UNSPACED:
            met = True
        if not value & _OPENS_MARK or value & _ENDS_UNSPACED:
            unspaced = (value & _ENDS_UNSPACED) != 0
        place = value & _PLACE
        if place == _ITSELF:
            for j in range(size):
                buffer[k + U(j)] = data[at + U(j)]
            k += size
        else:
            first, n = U(place >> np.uint32(6)), U(place & np.uint32(63))
            for j in range(n):
                buffer[k + U(j)] = expansions[first + U(j)]
            k += n
        at += size
    return at, k, unspaced, met


@_jit
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


@_jit
def _mark_unspaced(buffer, begin, k, table, flags, n):
    """For every token of ``buffer[begin:k]``, whether it is a character of an unspaced script."""
    _, pages, values, _ = table
    inside = False
    for at in range(begin, k):
        byte = buffer[U(at)]
        if byte and not inside:
            flags[n] = 0
            if byte >= 0xC0:
                code, _ = _decode(buffer, U(at), k)
                value = values[U(pages[U(code >> np.uint32(8))]), U(code & np.uint32(255))]
                flags[n] = (value & _OPENS_UNSPACED) != 0
            n += U(1)
        inside = byte != 0


@_jit
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


@_jit
def _sample_mixed(hashes, flags, n, k, ku, final, base, limit, out, places, count):
    """As :func:`_sample` where tokens are unspaced: a shingle whose first ``k`` tokens touch one has ``ku`` tokens.

    Returns the new count and the first token that is not yet a shingle's start.
    """
    room = U(out.size)
    i = U(0)
    touched = U(0)
    for j in range(min(k, n)):
        touched += U(flags[U(j)])
    while i + k <= n:
        size = ku if touched else k
        if not final and i + ku > n:
            break
        if i + size <= n:
            x = U(0)
            for j in range(size):
                x = _rotate(x, U(1)) ^ hashes[i + U(j)]
            y = _mix(x)
            if y <= limit:
                if count < room:
                    out[count] = y
                    places[count] = base + i
                count += U(1)
        touched -= U(flags[i])
        if i + k < n:
            touched += U(flags[i + k])
        i += U(1)
    return count, i


@_jit
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


@_jit
def _document(data, start, end, total, table, k, ku, limit, buffer, hashes, flags, out, places, count):
    """Sample one document. Returns the new count of kept hashes, its tokens, and how many of those are unspaced."""
    at = start
    n = U(0)  # token hashes waiting in `hashes`
    base = U(0)  # tokens before those
    characters = U(0)  # tokens of unspaced scripts
    carried = U(0)  # bytes of an unfinished token in front of the buffer, hashed so far into `opened`
    opened = _SEED
    opened_flag = np.uint8(0)
    unspaced = False
    mixed = False
    origin = U(buffer.ctypes.data)
    while True:
        at, filled, unspaced, met = _fold(data, start, at, end, total, table, buffer, carried, unspaced)
        final = at >= end
        for j in range(72):
            buffer[filled + U(j)] = 0
        if met and not mixed:
            mixed = True
            for j in range(n):
                flags[U(j)] = 0
        begin = U(0)
        cut = False  # the carried token reaches the end of the round
        if carried:
            while begin < filled and buffer[begin]:
                begin += U(1)
            cut = begin == filled and not final
            if not cut:
                hashes[n] = _hash_bytes(opened, origin, begin)
                flags[n] = opened_flag
                characters += U(opened_flag)
                n += U(1)
        last = U(0)
        if not cut:
            opened = _SEED
            if mixed:
                _mark_unspaced(buffer, begin, filled, table, flags, n)
            before = n
            n, last = _tokens(buffer, begin, filled, hashes, n)
            if not final and n > before and buffer[filled - U(1)]:
                n -= U(1)
                opened_flag = flags[n] if mixed else np.uint8(0)
            else:
                last = filled
            if mixed:
                for j in range(before, n):
                    characters += U(flags[U(j)])
        if mixed:
            count, done = _sample_mixed(hashes, flags, n, k, ku, final, base, limit, out, places, count)
        else:
            done = U(0)
            if n >= k:
                count = _sample(hashes, n, k, base, limit, out, places, count)
                done = n - k + U(1)
        if final:
            return count, base + n, characters
        for j in range(n - done):
            hashes[U(j)] = hashes[done + U(j)]
            if mixed:
                flags[U(j)] = flags[done + U(j)]
        base += done
        n -= done
        opened, carried = _carry(buffer, last, filled, opened)


@_jit
def sample_column(data, offsets, table, k, ku, limit, out, places, ends, tokens, unspaced):
    """Sample every row of a string column.

    Args:
        data: ``uint8 (bytes,)``, the column's value buffer.
        offsets: ``int64 (rows + 1,)`` into ``data``.
        table: arrays of :class:`findspot.text.tables.FoldTable`, in its order.
        k: tokens of a shingle, ``uint64``.
        ku: tokens of a shingle that touches an unspaced script, ``uint64``.
        limit: largest hash that is kept, ``uint64``.
        out: ``uint64``, room for kept hashes.
        places: ``uint32``, as long: the token offset of each.
        ends: ``int64 (rows,)``, filled with where each row's hashes end in ``out``.
        tokens: ``int64 (rows,)``, filled with each row's number of tokens.
        unspaced: ``int64 (rows,)``, filled with how many of them are characters of unspaced scripts.

    Returns:
        The number of hashes kept. Where it exceeds ``out.size`` the rest was left out: call again with that much room.
    """
    buffer = np.empty(BUFFER, np.uint8)
    hashes = np.empty(BUFFER, np.uint64)
    flags = np.empty(BUFFER, np.uint8)
    total = U(data.size)
    count = U(0)
    for index in range(ends.size):
        row = U(index)
        count, n, characters = _document(
            data,
            U(offsets[row]),
            U(offsets[row + U(1)]),
            total,
            table,
            k,
            ku,
            limit,
            buffer,
            hashes,
            flags,
            out,
            places,
            count,
        )
        ends[row] = count
        tokens[row] = n
        unspaced[row] = characters
    return count


def table_arrays() -> tuple[
    npt.NDArray[np.uint8], npt.NDArray[np.uint16], npt.NDArray[np.uint32], npt.NDArray[np.uint8]
]:
    """The shipped fold table, as the kernels take it."""
    from findspot.text.tables import fold_table  # noqa: PLC0415

    table = fold_table()
    return table.ascii, table.pages, table.values, table.expansions
