"""Search of sorted posting keys, compiled."""

from __future__ import annotations

import numpy as np

from findspot.text.jit import jit

U = np.uint64


@jit
def find_postings(keys, highest, queries, query_at, posting_at):
    """Find every posting whose key is among the queries.

    Keys are hashes and so spread evenly: the search starts where a key would lie if they were spread perfectly, doubles
    its steps until it has the key between two, and halves from there.

    Args:
        keys: ``uint64 (n,)``, sorted.
        highest: upper bound of the keys, ``float64``.
        queries: ``uint64 (m,)``, in any order.
        query_at: ``int64``, filled with the place in ``queries`` of each match.
        posting_at: ``int64``, as long: its place in ``keys``.

    Returns:
        The number of matches. Where it exceeds ``query_at.size`` the rest was left out: call again with that much room.
    """
    n = keys.size
    count = 0
    room = query_at.size
    if n == 0:
        return count
    density = np.float64(n) / highest
    for i in range(queries.size):
        key = queries[i]
        spread = np.float64(key) * density
        guess = np.int64(spread) if spread < n - 1 else n - 1  # compared first: a larger one would overflow
        low, high = 0, n  # the first place with a key >= `key` is in [low, high]
        step = 8
        if keys[U(guess)] < key:
            low = guess + 1
            while low + step < n and keys[U(low + step)] < key:
                low += step + 1
                step <<= 1
            high = min(n, low + step)
        else:
            high = guess
            while high - step > 0 and keys[U(high - step)] >= key:
                high -= step
                step <<= 1
            low = max(0, high - step)
        while low < high:
            middle = (low + high) >> 1
            if keys[U(middle)] < key:
                low = middle + 1
            else:
                high = middle
        while low < n and keys[U(low)] == key:
            if count < room:
                query_at[U(count)] = i
                posting_at[U(count)] = low
            count += 1
            low += 1
    return count
