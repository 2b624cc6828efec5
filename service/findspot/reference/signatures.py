"""Signatures of the works of a release: made when it is built, stored in a file of their own, found by their bands."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from findspot.errors import ReferenceDamagedError
from findspot.reference.release import INSTALL_AGAIN, SIGNATURES_FILE, SIGNATURES_SCHEMA, SignatureSet
from findspot.sketch import NEAR_DUPLICATE, band_keys, check_makeable, choose_bands, signature_column, signature_values

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from findspot.reference.release import ReleaseInfo
    from findspot.sketch import SignatureInfo

_GROUP_ROWS = 1024  # rows read at once to look at one of them: 1 MB of 128 permutations
_GROUPS_HELD = 64


@dataclass
class WorkSignatures:
    """Signatures of works by one recipe, gathered batch by batch."""

    recipe: SignatureInfo
    works: list[npt.NDArray[np.int64]] = field(default_factory=list)
    values: list[npt.NDArray[np.uint32] | npt.NDArray[np.uint64]] = field(default_factory=list)

    def add(self, first: int, column: pa.LargeListArray) -> None:
        """Take in the signatures of consecutive works, from ``first`` on."""
        rows, values = signature_values(column, self.recipe)
        self.works.append(rows + first)
        self.values.append(values if self.recipe.scheme == "affine64" else values.astype(np.uint32))

    def joined(self) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint64]]:
        """Works, rising, and their signatures, ``uint64 (works, permutations)``."""
        none = np.empty((0, self.recipe.permutations), np.uint64)
        works = np.concatenate([np.empty(0, np.int64), *self.works]).astype(np.uint32)
        return works, np.concatenate([none, *self.values]).astype(np.uint64)


def gather_by(recipes: Sequence[SignatureInfo]) -> list[WorkSignatures]:
    """An empty gathering for each recipe, each recipe once.

    Raises:
        SchemeError: Signatures of a recipe cannot be made here.
    """
    for recipe in recipes:
        check_makeable(recipe)
    return [WorkSignatures(recipe) for recipe in dict.fromkeys(recipes)]


def sign_works(text: pa.Array, recipes: Sequence[SignatureInfo]) -> list[pa.LargeListArray]:
    """The signatures of some works by each recipe."""
    return [signature_column(text, recipe) for recipe in recipes]


def write_signatures(
    path: Path, gathered: Sequence[WorkSignatures]
) -> tuple[tuple[SignatureSet, ...], npt.NDArray[np.uint64], npt.NDArray[np.uint32]]:
    """Write the file, by recipe and work.

    Returns:
        What ``release.json`` says of it; the keys of all bands, sorted; and the work of each.
    """
    sets, keys, owners = [], [np.empty(0, np.uint64)], [np.empty(0, np.uint32)]
    with pq.ParquetWriter(
        path,
        SIGNATURES_SCHEMA,
        compression="zstd",
        use_dictionary=False,
        column_encoding={"recipe": "PLAIN", "work": "PLAIN", "signature.list.element": "BYTE_STREAM_SPLIT"},
    ) as writer:
        for number, each in enumerate(gathered):
            works, values = each.joined()
            for start in range(0, len(works), _GROUP_ROWS):
                part = slice(start, start + _GROUP_ROWS)
                ends = np.arange(len(works[part]) + 1, dtype=np.int32) * each.recipe.permutations
                lists = pa.ListArray.from_arrays(pa.array(ends), pa.array(values[part].reshape(-1)))
                numbers = np.full(len(works[part]), number, np.uint8)
                writer.write_table(pa.table([numbers, works[part], lists], schema=SIGNATURES_SCHEMA))
            banding = choose_bands(NEAR_DUPLICATE, each.recipe.permutations)
            keys.append(band_keys(values, banding, each.recipe).reshape(-1))
            owners.append(np.repeat(works, banding.bands))
            sets.append(SignatureSet(recipe=each.recipe, works=len(works), bands=banding.bands, rows=banding.rows))
    key, owner = np.concatenate(keys), np.concatenate(owners)
    order = np.lexsort((owner, key))
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return tuple(sets), key[order], owner[order]


class StoredSignatures:
    """The file of a release, mapped; a few row groups of it are held at a time."""

    def __init__(self, folder: Path, info: ReleaseInfo) -> None:
        """Map the file.

        Raises:
            ReferenceDamagedError: It is missing or not readable.
        """
        self._info = info
        self._groups: dict[int, npt.NDArray[np.uint64]] = {}
        self._lock = Lock()
        try:
            self._mapped = pa.memory_map(str(folder / SIGNATURES_FILE))
        except (OSError, pa.ArrowException) as error:
            raise self._damaged(str(error)) from error

    def of(self, number: int, works: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
        """Signatures of some works by recipe ``number``, ``uint64 (works, permutations)``.

        Raises:
            ReferenceDamagedError: The file is not readable, or a work is not in it.
        """
        wanted = (number << 32) | works
        rows = np.searchsorted(self._keys, wanted)
        if not np.array_equal(self._keys[np.minimum(rows, len(self._keys) - 1)], wanted):
            raise self._damaged("a work that its bands name is not in it")
        ends = self._group_ends
        groups = np.searchsorted(ends, rows, "right")
        starts = np.concatenate([np.zeros(1, np.int64), ends])
        permutations = self._info.signatures[number].recipe.permutations
        out = np.empty((len(works), permutations), np.uint64)
        for group in np.unique(groups).tolist():
            here = groups == group
            out[here] = self._group(group, permutations)[rows[here] - starts[group]]
        return out

    @cached_property
    def _file(self) -> pq.ParquetFile:
        try:
            file = pq.ParquetFile(self._mapped)
        except (OSError, pa.ArrowException) as error:
            raise self._damaged(str(error)) from error
        if not file.schema_arrow.equals(SIGNATURES_SCHEMA):
            raise self._damaged("its columns are others")
        return file

    @cached_property
    def _group_ends(self) -> npt.NDArray[np.int64]:
        metadata = self._file.metadata
        return np.cumsum([metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)], dtype=np.int64)

    @cached_property
    def _keys(self) -> npt.NDArray[np.int64]:
        """Recipe << 32 | work of every row."""
        try:
            table = self._file.read(["recipe", "work"])
        except (OSError, pa.ArrowException) as error:
            raise self._damaged(str(error)) from error
        recipes, works = (table[name].to_numpy().astype(np.int64) for name in ("recipe", "work"))
        keys: npt.NDArray[np.int64] = (recipes << 32) | works
        if not len(keys) or (np.diff(keys) <= 0).any():
            raise self._damaged("it is empty or not sorted")
        return keys

    def _group(self, group: int, permutations: int) -> npt.NDArray[np.uint64]:
        with self._lock:  # threads that audit share one release
            if group not in self._groups:
                if len(self._groups) >= _GROUPS_HELD:
                    del self._groups[next(iter(self._groups))]
                self._groups[group] = self._read_group(group, permutations)
            return self._groups[group]

    def _read_group(self, group: int, permutations: int) -> npt.NDArray[np.uint64]:
        try:
            column = self._file.read_row_group(group, ["signature"])["signature"].combine_chunks()
        except (OSError, pa.ArrowException) as error:
            raise self._damaged(str(error)) from error
        values: npt.NDArray[np.uint64] = column.flatten().to_numpy(zero_copy_only=False)
        if len(values) != len(column) * permutations:
            raise self._damaged("a signature has another length")
        return values.reshape(-1, permutations)

    def _damaged(self, reason: str) -> ReferenceDamagedError:
        return ReferenceDamagedError(
            f"{self._info.name}: {SIGNATURES_FILE} cannot be read ({reason})", advice=INSTALL_AGAIN
        )
