"""Folding text, compiled: from UTF-8 bytes to the letters, marks and digits of tokens, a zero byte between tokens.

64 bytes at a time where text is plain ASCII, by table look-ups elsewhere. Unsigned indices: numba's code for negative
ones costs a quarter.
"""

from __future__ import annotations

import numpy as np

from findspot.text.jit import leaf
from findspot.text.scheme import MARKS_MOST, RUBY_CLOSE, RUBY_KANA, RUBY_MOST
from findspot.text.tables import (
    DROPPED,
    ENDS_UNSPACED,
    HOLDS_UNSPACED,
    HYPHEN,
    IGNORED,
    ITSELF,
    OPENS_MARK,
    OPENS_UNSPACED,
    PLACE,
    RUBY,
    SEPARATOR,
)
from findspot.text.vector import fold64, trailing_zeros

U = np.uint64
LIMIT = U(16384)  # folded bytes of one round
BUFFER = 16384 + 1024

_SEPARATOR, _IGNORED = np.uint32(SEPARATOR), np.uint32(IGNORED)
_HYPHEN, _RUBY, _LOWEST_NAMED = np.uint32(HYPHEN), np.uint32(RUBY), np.uint32(min(RUBY, HYPHEN, DROPPED, IGNORED))
_OPENS_UNSPACED, _OPENS_MARK = np.uint32(OPENS_UNSPACED), np.uint32(OPENS_MARK)
_ENDS_UNSPACED, _HOLDS_UNSPACED = np.uint32(ENDS_UNSPACED), np.uint32(HOLDS_UNSPACED)
_PLACE, _ITSELF = np.uint32(PLACE), np.uint32(ITSELF)
_MARKS_MOST, _RUBY_MOST, _RUBY_CLOSE = MARKS_MOST, RUBY_MOST, np.uint32(RUBY_CLOSE)


@leaf
def decode(data, at, end):
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


@leaf
def _white_space(data, at, end):
    """Length in bytes of the white-space character at ``at``, 0 if there is none."""
    if at >= end:
        return U(0)
    lead = data[at]
    if lead < 0x80:
        return U(1) if lead == 0x20 or (0x09 <= lead <= 0x0D) else U(0)
    code, size = decode(data, at, end)
    if code in (0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000) or 0x2000 <= code <= 0x200A:
        return size
    return U(0)


@leaf
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


@leaf
def _past_ruby(data, at, end):
    """Where text goes on after ``《``, kana and ``》``; ``at``, that of the ``《``, if there is no such reading."""
    after = at + U(3)
    for n in range(_RUBY_MOST + 1):
        if after >= end or data[after] != 0xE3:  # kana and the bracket are U+3000 to U+30FF
            return at
        code, size = decode(data, after, end)
        after += size
        if code == _RUBY_CLOSE:
            return after if n else at
        kana = False
        for low, high in RUBY_KANA:
            kana |= low <= code <= high
        if not kana:
            return at
    return at


@leaf
def _order(buffer, at, k, table):
    """Canonical combining class of the kept mark that ends before ``k`` in ``buffer[at:k]``, and where it begins."""
    _, pages, _, orders, _ = table
    if k <= at or buffer[k - U(1)] < 0x80:
        return np.uint8(0), k
    begin = k - U(1)
    while begin > at and buffer[begin] & 0xC0 == 0x80:
        begin -= U(1)
    code, _ = decode(buffer, begin, k)
    return orders[U(pages[U(code >> np.uint32(8))]), U(code & np.uint32(255))], begin


@leaf
def _marks_before(buffer, floor, k, table):
    """Number of kept marks that end at ``k``, back to a starter or ``floor``; more than MARKS_MOST are not counted."""
    n = 0
    order, begin = _order(buffer, floor, k, table)
    while order and n < _MARKS_MOST:
        n += 1
        order, begin = _order(buffer, floor, begin, table)
    return n


@leaf
def _goes_on(data, at, end, table, buffer, floor, k):
    """Whether the character at ``at`` may have to be sorted among the marks that end at ``k``."""
    if data[at] < 0x80:
        return False
    _, pages, values, orders, _ = table
    code, _ = decode(data, at, end)
    page, place = U(pages[U(code >> np.uint32(8))]), U(code & np.uint32(255))
    if values[page, place] == _IGNORED:
        return True
    return orders[page, place] != 0 and 0 < _marks_before(buffer, floor, k, table) < _MARKS_MOST


@leaf
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


@leaf
def _sort_marks(buffer, floor, begin, k, table):
    """Bring the marks of ``buffer[begin:k]`` into canonical order with those before. Returns the new floor."""
    while begin < k and buffer[begin] >= 0xC0:
        _, size = decode(buffer, begin, k)
        if _marks_before(buffer, floor, begin, table) == _MARKS_MOST:
            floor = begin
        _sort_mark(buffer, floor, begin, begin + size, table)
        begin += size
    return floor


@leaf
def fold(data, start, at, end, total, table, buffer, k, unspaced):
    """Fold ``data[at:end]`` into ``buffer[k:]`` until the round is full.

    ``unspaced`` says that the last token takes marks alone. Returns where it stopped, ``k``, ``unspaced``, and whether
    an unspaced character was met.
    """
    ascii_table, pages, values, _, expansions = table
    source, target = U(data.ctypes.data), U(buffer.ctypes.data)
    met = False
    floor = k  # marks before it are not sorted with those after it
    while at < end and (k < LIMIT or _goes_on(data, at, end, table, buffer, floor, k)):
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
        code, size = decode(data, at, end)
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
