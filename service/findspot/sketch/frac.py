"""FracMinHash sketches of an Arrow text column.

Source: Irber et al. 2022, *Lightweight compositional analysis of metagenomes with FracMinHash*.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from findspot.errors import UsageError
from findspot.sketch.shingling import NORMAL, Shingling
from findspot.text import WORD
from findspot.text.kernel import sample_column, table_arrays

if TYPE_CHECKING:
    import numpy.typing as npt

_SPARE = 4096


@dataclass(frozen=True)
class Sketches:
    """Sketches of the N rows of a column.

    Attributes:
        offsets: ``int64 (N + 1,)``: row ``i`` has ``hashes[offsets[i]:offsets[i + 1]]``.
        hashes: ``uint64``, in order of position, each once per row.
        positions: ``uint32``, token offset of each hash in its row.
        n_tokens: ``int64 (N,)``.
        weights: ``int64 (N,)``, what those tokens weigh: 4 a word, less a character of a script without spaces.
        wholes: ``uint64 (N,)``, whole-text hash of rows shorter than a shingle, too short to judge; 0 for all others.
    """

    offsets: npt.NDArray[np.int64]
    hashes: npt.NDArray[np.uint64]
    positions: npt.NDArray[np.uint32]
    n_tokens: npt.NDArray[np.int64]
    weights: npt.NDArray[np.int64]
    wholes: npt.NDArray[np.uint64]


def largest_kept(scaled: int) -> int:
    """Largest shingle hash that a sketch keeps: ``2**64 // scaled - 1``.

    Raises:
        UsageError: ``scaled`` is not between 1 and 2**32.
    """
    if not 1 <= scaled <= 1 << 32:
        raise UsageError(
            f"scaled is {scaled}", advice="It is a whole number from 1 (keep all) to 4294967296; 64 is usual."
        )
    return (1 << 64) // scaled - 1


def sketch_column(text: pa.Array, scaled: int | None = None, shingling: Shingling = NORMAL) -> Sketches:
    """Sketch every row of a ``string`` or ``large_string`` array; a null row has no tokens.

    ``scaled`` is the sensitivity's unless it is given.

    Releases the GIL while it works, reads the column's buffers in place and may be called from many threads.
    """
    kept = shingling.scaled if scaled is None else scaled
    return _once_per_row(shingle_column(text, kept, shingling))


def shingle_column(text: pa.Array, scaled: int = 1, shingling: Shingling = NORMAL) -> Sketches:
    """As :func:`sketch_column`, but a shingle that stands in a row several times is there as often."""
    if text.null_count:
        text = pc.fill_null(text, "")
    data, offsets = _buffers(text)
    rows = len(text)
    limit = np.uint64(largest_kept(scaled))
    ends = np.empty(rows, np.int64)
    tokens = np.empty(rows, np.int64)
    weights = np.empty(rows, np.int64)
    wholes = np.empty(rows, np.uint64)
    # Two bytes a token is the least that most text has (CJK has three): too little room, and the kernel runs twice.
    room = int(offsets[-1] - offsets[0]) // (2 * scaled) + _SPARE if rows else 0
    while True:
        out = np.empty(room, np.uint64)
        places = np.empty(room, np.uint32)
        kept = sample_column(
            data,
            offsets,
            table_arrays(),
            np.uint64(shingling.k * WORD),
            limit,
            out,
            places,
            ends,
            tokens,
            weights,
            wholes,
        )
        count = int(kept)
        if count <= room:
            break
        room = count
    offsets = np.concatenate([np.zeros(1, np.int64), ends])
    return Sketches(offsets, out[:count], places[:count], tokens, weights, wholes)


def sampled(shingles: Sketches, scaled: int) -> Sketches:
    """The sketches that :func:`sketch_column` makes, from all shingles of the same texts."""
    kept = np.flatnonzero(shingles.hashes <= np.uint64(largest_kept(scaled)))
    offsets = np.searchsorted(kept, shingles.offsets)
    fewer = replace(shingles, offsets=offsets, hashes=shingles.hashes[kept], positions=shingles.positions[kept])
    return _once_per_row(fewer)


def _buffers(text: pa.Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Value bytes and 64-bit offsets of a string array, its values in place."""
    if not pa.types.is_large_string(text.type):
        if not pa.types.is_string(text.type):
            raise TypeError(f"a text column is a string array, not {text.type}")
        text = text.cast(pa.large_string())
    _, offsets, values = text.buffers()
    if len(text) == 0 or values is None:
        return np.zeros(0, np.uint8), np.zeros(len(text) + 1, np.int64)
    ends = np.frombuffer(offsets, np.int64)[text.offset : text.offset + len(text) + 1]
    return np.frombuffer(values, np.uint8), ends


def _once_per_row(sketches: Sketches) -> Sketches:
    """Drop all but the first place of a hash within its row: a sketch is a set."""
    hashes = sketches.hashes
    ordered = np.sort(hashes)
    repeated = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(repeated):
        return sketches
    # Few hashes stand at two places, whatever the rows: only those are looked at again.
    at = np.flatnonzero(repeated[np.searchsorted(repeated, hashes).clip(max=len(repeated) - 1)] == hashes)
    rows = np.searchsorted(sketches.offsets, at, "right")
    order = np.lexsort((hashes[at], rows))
    at, rows = at[order], rows[order]
    again = (hashes[at[1:]] == hashes[at[:-1]]) & (rows[1:] == rows[:-1])
    if not again.any():
        return sketches
    kept = np.ones(len(hashes), bool)
    kept[at[1:][again]] = False
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(kept)])[sketches.offsets]
    return replace(sketches, offsets=offsets, hashes=hashes[kept], positions=sketches.positions[kept])
