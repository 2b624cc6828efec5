"""The kernel of scheme ``fs1``: one pass over Arrow string buffers, from UTF-8 bytes to sampled shingle hashes.

Text goes through a buffer that fits the first-level cache: *fold* (64 bytes at a time, table look-ups for what is not
plain ASCII), *tokenise* (bit masks to token hashes), *shingle* (a rolling XOR of rotated token hashes). Memory does not
grow with the length of a document or of a token. Unsigned indices: numba's code for negative ones costs a quarter.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from findspot.text.jit import jit as _entry
from findspot.text.scheme import CHARACTER, K1, K2, LETTER, MARKS_MOST, RUBY_CLOSE, RUBY_KANA, RUBY_MOST, SEED, WORD
from findspot.text.tables import (
    DROPPED,
    ENDS_UNSPACED,
    HOLDS_UNSPACED,
    HYPHEN,
    IGNORED,
    IS_LETTER,
    ITSELF,
    OPENS_MARK,
    OPENS_UNSPACED,
    PLACE,
    RUBY,
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
_SEPARATOR, _IGNORED, _DROPPED = np.uint32(SEPARATOR), np.uint32(IGNORED), np.uint32(DROPPED)
_HYPHEN, _RUBY, _LOWEST_NAMED = np.uint32(HYPHEN), np.uint32(RUBY), np.uint32(RUBY)
_OPENS_UNSPACED, _OPENS_MARK = np.uint32(OPENS_UNSPACED), np.uint32(OPENS_MARK)
_ENDS_UNSPACED, _HOLDS_UNSPACED = np.uint32(ENDS_UNSPACED), np.uint32(HOLDS_UNSPACED)
_PLACE, _ITSELF, _IS_LETTER = np.uint32(PLACE), np.uint32(ITSELF), np.uint32(IS_LETTER)
_WORD, _CHARACTER, _LETTER = np.uint8(WORD), np.uint8(CHARACTER), np.uint8(LETTER)
_MARKS_MOST, _RUBY_MOST, _RUBY_CLOSE = MARKS_MOST, RUBY_MOST, np.uint32(RUBY_CLOSE)

# What `_entry` calls allocates nothing. Counting references to the arrays that it is handed, atomically, at every call,
# would take two thirds of the time of a record of 50 bytes.
_jit = partial(_entry, _nrt=False)


@_jit
def _rotate(x, by):
    return (x << by) | (x >> ((U(64) - by) & U(63)))


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
def _past_ruby(data, at, end):
    """Where text goes on after ``《``, kana and ``》``; ``at``, that of the ``《``, if there is no such reading."""
    after = at + U(3)
    for n in range(_RUBY_MOST + 1):
        if after >= end or data[after] != 0xE3:  # kana and the bracket are U+3000 to U+30FF
            return at
        code, size = _decode(data, after, end)
        after += size
        if code == _RUBY_CLOSE:
            return after if n else at
        kana = False
        for low, high in RUBY_KANA:
            kana |= low <= code <= high
        if not kana:
            return at
    return at


@_jit
def _order(buffer, at, k, table):
    """Canonical combining class of the kept mark that ends before ``k`` in ``buffer[at:k]``, and where it begins."""
    _, pages, _, orders, _ = table
    if k <= at or buffer[k - U(1)] < 0x80:
        return np.uint8(0), k
    begin = k - U(1)
    while begin > at and buffer[begin] & 0xC0 == 0x80:
        begin -= U(1)
    code, _ = _decode(buffer, begin, k)
    return orders[U(pages[U(code >> np.uint32(8))]), U(code & np.uint32(255))], begin


@_jit
def _marks_before(buffer, floor, k, table):
    """Number of kept marks that end at ``k``, back to a starter or ``floor``; more than MARKS_MOST are not counted."""
    n = 0
    order, begin = _order(buffer, floor, k, table)
    while order and n < _MARKS_MOST:
        n += 1
        order, begin = _order(buffer, floor, begin, table)
    return n


@_jit
def _goes_on(data, at, end, table, buffer, floor, k):
    """Whether the character at ``at`` may have to be sorted among the marks that end at ``k``."""
    if data[at] < 0x80:
        return False
    _, pages, values, orders, _ = table
    code, _ = _decode(data, at, end)
    page, place = U(pages[U(code >> np.uint32(8))]), U(code & np.uint32(255))
    if values[page, place] == _IGNORED:
        return True
    return orders[page, place] != 0 and 0 < _marks_before(buffer, floor, k, table) < _MARKS_MOST


@_jit
def _sort_mark(buffer, floor, begin, k, table):
    """Move the mark ``buffer[begin:k]`` before those that end at ``begin`` and have a higher combining class."""
    size = k - begin
    order, _ = _order(buffer, begin, k, table)
    other, start = _order(buffer, floor, begin, table)
    while order and other > order:
        for _ in range(size):  # rotate the two: the last byte goes to the front
            last = buffer[k - U(1)]
            for i in range(k - U(1) - start):
                buffer[k - U(1) - U(i)] = buffer[k - U(2) - U(i)]
            buffer[start] = last
        k = start + size
        other, start = _order(buffer, floor, start, table)


@_jit
def _sort_marks(buffer, floor, begin, k, table):
    """Bring the marks of ``buffer[begin:k]`` into canonical order with those before. Returns the new floor."""
    while begin < k and buffer[begin] >= 0xC0:
        _, size = _decode(buffer, begin, k)
        if _marks_before(buffer, floor, begin, table) == _MARKS_MOST:
            floor = begin
        _sort_mark(buffer, floor, begin, begin + size, table)
        begin += size
    return floor


@_jit
def _fold(data, start, at, end, total, table, buffer, k, unspaced):
    """Fold ``data[at:end]`` into ``buffer[k:]`` until the round is full.

    ``unspaced`` says that the last token takes marks alone. Returns where it stopped, ``k``, ``unspaced``, and whether
    an unspaced character was met.
    """
    ascii_table, pages, values, _, expansions = table
    source, target = U(data.ctypes.data), U(buffer.ctypes.data)
    met = False
    floor = k  # marks before it are not sorted with those after it
    while at < end and (k < _LIMIT or _goes_on(data, at, end, table, buffer, floor, k)):
        if data[at] < 0x80:
            if unspaced:
                if data[at] == 0x2D:
                    after = _past_hyphen(data, start, at, U(1), end)
                    if after != at:
                        at = after
                        floor = k
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
                    floor = k
                continue
        code, size = _decode(data, at, end)
        page, column = U(pages[U(code >> np.uint32(8))]), U(code & np.uint32(255))
        value = values[page, column]
        if value >= _LOWEST_NAMED:
            if value == _IGNORED:
                at += size
                continue
            after = at + size
            if value == _HYPHEN:
                after = _past_hyphen(data, start, at, size, end)
            elif value == _RUBY:
                after = _past_ruby(data, at, end)
            if after != at:  # dropped: a starter, so that marks before it and after it are not sorted together
                at = after
                floor = k
                continue
            value = _SEPARATOR
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
        before = k
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
        if value & _OPENS_MARK:
            floor = _sort_marks(buffer, floor, before, k, table)
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
                code, _ = _decode(buffer, U(at), k)
                value = values[U(pages[U(code >> np.uint32(8))]), U(code & np.uint32(255))]
                if value & _OPENS_UNSPACED:
                    weight = _LETTER if value & _IS_LETTER else _CHARACTER
            weights[n] = weight
            total += U(weight)
            n += U(1)
        inside = byte != 0
    return total


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
def _whole(hashes, n):
    """Shingle hash of all ``n`` tokens."""
    x = U(0)
    for j in range(n):
        x = _rotate(x, U(1)) ^ hashes[U(j)]
    return _mix(x)


@_jit
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
        at, filled, unspaced, met = _fold(data, start, at, end, total, table, buffer, carried, unspaced)
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


@_entry
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
