"""The posting index: sorted arrays in one Arrow IPC file, memory-mapped and shared by every process that reads it.

It is derived from ``postings.parquet`` and rebuilt when it is missing or damaged.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from findspot.errors import OutputError, ReferenceDamagedError
from findspot.reference.kernel import find_postings
from findspot.reference.release import INDEX_FILE, POSTINGS_FILE, POSTINGS_SCHEMA, ReleaseInfo, Space

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

_COLUMNS = ("key", "work", "position")
_SCHEMA = pa.schema([POSTINGS_SCHEMA.field(name) for name in _COLUMNS])
_ABOUT = b"findspot"


@dataclass(frozen=True)
class Postings:
    """Postings of one key space, sorted by key: three arrays of the same length."""

    keys: npt.NDArray[np.uint64]
    works: npt.NDArray[np.uint32]
    positions: npt.NDArray[np.uint32]
    highest: float  # upper bound of the keys

    def find(self, queries: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Places in ``queries``, and of the postings they match; a query may match many postings."""
        room = len(queries) + 1024
        queries = queries.view()
        queries.flags.writeable = False  # as the mapped keys are: for writable ones the kernel would be compiled again
        while True:
            query_at = np.empty(room, np.int64)
            posting_at = np.empty(room, np.int64)
            count = int(find_postings(self.keys, self.highest, queries, query_at, posting_at))
            if count <= room:
                return query_at[:count], posting_at[:count]
            room = count


def build_index(folder: Path, info: ReleaseInfo, digest: str) -> None:
    """Write the index of a release beside its files.

    Raises:
        ReferenceDamagedError: The postings are not readable, not sorted or not as many as stated.
        OutputError: The index cannot be written.
    """
    batch = _index_of(folder, info, digest)
    partial = folder / f".{INDEX_FILE}.{secrets.token_hex(6)}"  # threads and processes may do this at once
    try:
        with pa.OSFile(str(partial), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
            writer.write_batch(batch)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(folder / INDEX_FILE)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OutputError(
            f"the index of {info.name} cannot be written ({os.strerror(error.errno) if error.errno else error})",
            advice="Free some disk space.",
        ) from error


def _index_of(folder: Path, info: ReleaseInfo, digest: str) -> pa.RecordBatch:
    """The index of a release, in memory."""
    try:
        with pq.ParquetFile(folder / POSTINGS_FILE) as file:
            if not file.schema_arrow.equals(POSTINGS_SCHEMA):
                raise pa.ArrowInvalid("its columns are others")
            table = file.read().combine_chunks()
    except (OSError, pa.ArrowException) as error:
        raise ReferenceDamagedError(
            f"{info.name}: {POSTINGS_FILE} cannot be read ({error})", advice="Install the release again."
        ) from error
    space = table["space"].to_numpy()
    key = table["key"].to_numpy()
    unsorted = (space[1:] < space[:-1]) | ((space[1:] == space[:-1]) & (key[1:] < key[:-1]))
    beyond = len(table) and int(table["work"].to_numpy().max()) >= info.works
    if len(table) != info.postings or unsorted.any() or beyond:
        raise ReferenceDamagedError(
            f"{info.name}: {POSTINGS_FILE} is not {info.postings} sorted postings of {info.works} works",
            advice="Build the release again.",
        )
    ranges = {str(int(s)): [int(np.searchsorted(space, s)), int(np.searchsorted(space, s, "right"))] for s in Space}
    about = {"release": digest, "ranges": ranges}
    return pa.record_batch(
        [table[name].combine_chunks() if len(table) else pa.array([], table[name].type) for name in _COLUMNS],
        schema=_SCHEMA.with_metadata({_ABOUT: json.dumps({**about, "crc32": _crc32(about)}).encode()}),
    )


def _crc32(about: Mapping[str, object]) -> int:
    return zlib.crc32(json.dumps(about, sort_keys=True).encode())


def check_index(folder: Path, info: ReleaseInfo, digest: str) -> None:
    """Hold every byte of an index to the postings that it follows from; build it again if it differs.

    Raises:
        ReferenceDamagedError: The postings are not readable, not sorted or not as many as stated.
        OutputError: The index cannot be written.
    """
    mapped = _mapped(folder, info, digest)
    if mapped is None or not mapped.equals(_index_of(folder, info, digest), check_metadata=True):
        build_index(folder, info, digest)


def _mapped(folder: Path, info: ReleaseInfo, digest: str) -> pa.RecordBatch | None:
    """The index as it lies in its file; None if it is missing, of another release, or damaged in a way that shows."""
    try:
        reader = pa.ipc.open_file(pa.memory_map(str(folder / INDEX_FILE)))
        about = json.loads((reader.schema.metadata or {})[_ABOUT])
        crc32 = about.pop("crc32")
        batch = reader.get_batch(0)
        batch.validate()
        sound = (
            reader.num_record_batches == 1
            and batch.schema.equals(_SCHEMA)
            and batch.num_rows == info.postings
            and not any(column.null_count for column in batch.columns)
            and crc32 == _crc32(about)
            and about["release"] == digest
            and about["ranges"].keys() == {str(int(space)) for space in Space}
        )
    except (OSError, pa.ArrowException, LookupError, ValueError, TypeError, AttributeError):
        return None
    return batch if sound else None


class PostingIndex:
    """The index of one release, memory-mapped; in memory where its folder cannot be written."""

    def __init__(self, folder: Path, info: ReleaseInfo, digest: str, *, keep: bool = True) -> None:
        """Map the index; build it first when it is missing, damaged or of another release.

        With ``keep`` false it is built in memory and never written.
        """
        batch = _mapped(folder, info, digest) if keep else None
        if batch is None and keep:
            with contextlib.suppress(OutputError):
                build_index(folder, info, digest)
            batch = _mapped(folder, info, digest)
        if batch is None:
            batch = _index_of(folder, info, digest)
        self._batch = batch
        ranges = json.loads(batch.schema.metadata[_ABOUT])["ranges"]
        self._ranges = {Space(int(space)): (int(low), int(high)) for space, (low, high) in ranges.items()}
        self._highest = {Space.TEXT_SHINGLE: float((1 << 64) // info.scheme.scaled)}
        if info.short is not None:
            self._highest[Space.TEXT_SHORT] = float((1 << 64) // info.short.scaled)

    def postings(self, space: Space, scaled: int | None = None) -> Postings:
        """Postings of a key space, without a copy; of the shingles, only those that a coarser ``scaled`` keeps."""
        low, high = self._ranges[space]
        columns = [self._batch.column(name).to_numpy()[low:high] for name in _COLUMNS]
        highest = self._highest.get(space, 2.0**64)
        if scaled is not None:
            highest = min(highest, float((1 << 64) // scaled))
            end = int(np.searchsorted(columns[0], np.uint64((1 << 64) // scaled - 1), "right"))
            columns = [column[:end] for column in columns]
        return Postings(columns[0], columns[1], columns[2], highest)
