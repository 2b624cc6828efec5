"""From record batches to sketched batches: the same ones, in the same order, whatever the number of threads."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pyarrow as pa

from findspot.dataset.interface import SKETCHED_SCHEMA
from findspot.sketch import NORMAL, Shingling, sketch_and_sign, sketch_column

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from findspot.dataset.merkle import MerkleTree

BATCH_ROWS = 16384
BATCH_BYTES = 8 << 20

#: Columns that are made from the text.
_MADE = ("sha256", "n_tokens", "n_bytes", "sketch", "positions", "whole_hash")

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def rebatch(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Gather small batches and split large ones: at most 16,384 rows and 8 MiB of text, or one longer row alone."""
    held: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        for piece, length in _split(batch):
            if held and (rows + len(piece) > BATCH_ROWS or size + length > BATCH_BYTES):
                yield _joined(held)
                held, rows, size = [], 0, 0
            held.append(piece)
            rows += len(piece)
            size += length
    if held:
        yield _joined(held)


def _split(batch: pa.RecordBatch) -> Iterator[tuple[pa.RecordBatch, int]]:
    """Slices of a batch that keep to the limits, with the bytes of their text."""
    offsets = text_offsets(batch.column("text"))
    start = 0
    while start < len(batch):
        end = int(np.searchsorted(offsets, offsets[start] + BATCH_BYTES, side="right")) - 1
        end = min(max(end, start + 1), start + BATCH_ROWS, len(batch))
        yield batch.slice(start, end - start), int(offsets[end] - offsets[start])
        start = end


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)


def text_offsets(text: pa.LargeStringArray) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Byte offsets ``int64 (N + 1,)`` of the rows of a text column in its values buffer."""
    buffer = text.buffers()[1]
    if buffer is None or not len(text):
        return np.zeros(len(text) + 1, np.int64)
    return np.frombuffer(buffer, np.int64)[text.offset : text.offset + len(text) + 1]


def sketch_batch(
    batch: pa.RecordBatch, scaled: int, signatures: bool = False, shingling: Shingling = NORMAL
) -> pa.RecordBatch:
    """Turn a batch of records into one of :data:`SKETCHED_SCHEMA`. Safe to call from many threads.

    With ``signatures`` they are made of the text; else they are those that the records bring along, if any.
    """
    text = batch.column("text")
    absent = text.is_null()
    offsets = text_offsets(text)
    if absent.true_count == len(text):
        made = {}
    else:
        if signatures:
            sketches, signed = sketch_and_sign(text, scaled, shingling)
        else:
            sketches, signed = sketch_column(text, scaled, shingling), None
        mask = absent if text.null_count else None
        gone = absent.to_numpy(zero_copy_only=False) if text.null_count else None
        ends = pa.array(sketches.offsets)
        made = {
            "sha256": pa.array(_digests(text, offsets), pa.string()),
            "n_tokens": pa.array(sketches.n_tokens, mask=gone),
            "n_bytes": pa.array(np.diff(offsets), mask=gone),
            "sketch": pa.LargeListArray.from_arrays(ends, pa.array(sketches.hashes), mask=mask),
            "positions": pa.LargeListArray.from_arrays(ends, pa.array(sketches.positions), mask=mask),
            "whole_hash": pa.array(sketches.wholes, mask=sketches.wholes == 0),
        }
        if signed is not None:
            made["signature"] = signed
    made |= {name: pa.nulls(len(text), SKETCHED_SCHEMA.field(name).type) for name in _MADE if name not in made}
    arrays = [made[name] if name in made else batch.column(name) for name in SKETCHED_SCHEMA.names]
    return pa.RecordBatch.from_arrays(arrays, schema=SKETCHED_SCHEMA)


def _digests(text: pa.LargeStringArray, offsets: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[str | None]:
    """SHA-256 of each row's bytes in hexadecimal; of a null row none."""
    data = memoryview(text.buffers()[2] or b"")
    ends = offsets.tolist()
    made: list[str | None] = [sha256(data[a:b]).hexdigest() for a, b in pairwise(ends)]
    for index in np.flatnonzero(text.is_null().to_numpy(zero_copy_only=False)) if text.null_count else ():
        made[index] = None
    return made


def add_leaves(tree: MerkleTree, batch: pa.RecordBatch, leaves: pa.Array | None = None) -> None:
    """Add the records of a sketched batch to the tree.

    The leaf of a record is the SHA-256 of its text, 32 bytes; of one without text the SHA-256 of its canonical
    identifiers, joined by line ends, and its signature. ``leaves`` (hexadecimal) states the latter where identifiers
    were withheld.
    """
    stated = leaves.to_pylist() if leaves is not None else [None] * len(batch)
    identifiers, signatures = batch.column("identifiers"), batch.column("signature")
    tree.extend(
        bytes.fromhex(digest or stated[index] or textless_leaf(identifiers[index].as_py(), signatures[index]))
        for index, digest in enumerate(batch.column("sha256").to_pylist())
    )


def textless_leaf(identifiers: list[str] | None, signature: pa.ListScalar | pa.LargeListScalar) -> str:
    """Leaf of a record without text, in hexadecimal.

    Of the identifiers, joined by line ends; then, where there is a signature, a zero byte and its values, eight bytes
    each, little-endian.
    """
    data = "\n".join(identifiers or ()).encode()
    if signature.is_valid:
        data += b"\0" + signature.values.to_numpy(zero_copy_only=False).astype("<u8").tobytes()
    return sha256(data).hexdigest()


def ordered_map(function: Callable[[_In], _Out], items: Iterable[_In], jobs: int) -> Iterator[_Out]:
    """Apply a function in ``jobs`` threads; in order, with no more than ``jobs + 1`` items in flight."""
    if jobs <= 1:
        yield from map(function, items)
        return
    window: deque[Future[_Out]] = deque()
    with ThreadPoolExecutor(jobs, thread_name_prefix="sketch") as pool:
        try:
            for item in items:
                window.append(pool.submit(function, item))
                if len(window) > jobs:
                    yield window.popleft().result()
            while window:
                yield window.popleft().result()
        finally:
            for future in window:
                future.cancel()
