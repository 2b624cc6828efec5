"""An installed release, opened to be searched."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from findspot.errors import ReferenceDamagedError
from findspot.identity import key64
from findspot.reference.chance import mostly_unspaced
from findspot.reference.index import PostingIndex, Postings
from findspot.reference.release import (
    RELEASE_FILE,
    WORKS_FILE,
    WORKS_SCHEMA,
    ReleaseInfo,
    Space,
    read_release,
    verify_files,
)
from findspot.reference.signatures import StoredSignatures
from findspot.shipped import data_dir
from findspot.sketch import NORMAL, Shingling
from findspot.text import WORD

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy.typing as npt


@dataclass(frozen=True)
class WorkRow:
    """One work of a release."""

    row: int
    id: str
    title: str | None
    creator: str | None
    identifiers: tuple[str, ...]
    year: str | None
    publisher: str | None
    language: str | None
    n_tokens: int | None
    weight: int | None
    n_hashes: int

    def shingle_tokens(self, shingling: Shingling = NORMAL) -> float:
        """Tokens of its shingles, on average."""
        return shingling.k * WORD * (self.n_tokens or 0) / self.weight if self.weight else shingling.k


@dataclass(frozen=True)
class WorkSketches:
    """Sketches of some works, sorted by work, then hash: three arrays of the same length."""

    works: npt.NDArray[np.uint32]
    hashes: npt.NDArray[np.uint64]
    positions: npt.NDArray[np.uint32]


class OpenRelease:
    """A release whose index is mapped and whose works are read when asked for."""

    def __init__(self, info: ReleaseInfo, digest: str, folder: Path, *, keep_index: bool = True) -> None:
        """Open an installed release; ``keep_index`` false leaves its folder untouched.

        Once open it stays readable when its folder is replaced or withdrawn.

        Raises:
            ReferenceDamagedError: A file is missing, or has not the size stated.
        """
        verify_files(folder, info, digests=False)
        self.info = info
        self.digest = digest
        self.folder = folder
        self._index = PostingIndex(folder, info, digest, keep=keep_index)
        try:
            self._works_file = pa.memory_map(str(folder / WORKS_FILE))
        except (OSError, pa.ArrowException) as error:
            raise self._damaged(str(error)) from error
        self._signatures = StoredSignatures(folder, info) if info.signatures else None

    @cached_property
    def _works(self) -> pa.Table:
        try:
            file = pq.ParquetFile(self._works_file)
            if not file.schema_arrow.equals(WORKS_SCHEMA):
                raise self._damaged("its columns are others")
            table = file.read().combine_chunks()
        except (OSError, pa.ArrowException) as error:
            raise self._damaged(str(error)) from error
        if len(table) != self.info.works:
            raise self._damaged(f"it has {len(table)} rows, not {self.info.works}")
        return table

    def _damaged(self, reason: str) -> ReferenceDamagedError:
        return ReferenceDamagedError(
            f"{self.info.name}: {WORKS_FILE} cannot be read ({reason})", advice="Install the release again."
        )

    def _index_damaged(self) -> ReferenceDamagedError:
        return ReferenceDamagedError(
            f"{self.info.name}: its index names works that are not there",
            advice=f"`findspot collection verify {self.info.name}` builds it again.",
        )

    def works(self, rows: Iterable[int]) -> list[WorkRow]:
        """The works of some rows, in the order given."""
        wanted = list(rows)
        try:
            taken = self._works.take(pa.array(wanted, pa.int64())).to_pylist()
        except pa.ArrowIndexError as error:
            raise self._index_damaged() from error
        return [
            WorkRow(
                row,
                work["work_id"],
                work["title"],
                work["creator"],
                tuple(work["identifiers"] or ()),
                work["year"],
                work["publisher"],
                work["language"],
                work["n_tokens"],
                work["weight"],
                work["n_hashes"],
            )
            for row, work in zip(wanted, taken, strict=True)
        ]

    def text(self, scaled: int, shingling: Shingling = NORMAL) -> Postings:
        """Postings of the shingles that ``scaled`` keeps; none of a sensitivity that the release does not have."""
        space = Space.TEXT_SHINGLE if shingling == NORMAL else Space.TEXT_SHORT
        return self._index.postings(space, scaled)

    def bands(self) -> Postings:
        """Postings of the bands of signatures, of all recipes."""
        return self._index.postings(Space.SIGNATURE_BAND)

    def signatures(self, number: int, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
        """Signatures of some works by recipe ``number`` of ``info.signatures``, ``uint64 (rows, permutations)``.

        Raises:
            ReferenceDamagedError: They are not readable, or one of the works has none.
        """
        if self._signatures is None:
            raise self._index_damaged()
        return self._signatures.of(number, rows)

    def sketch_sizes(self, scaled: int, shingling: Shingling = NORMAL) -> npt.NDArray[np.int64]:
        """Number of sampled hashes of every work, ``int64 (works,)``."""
        if shingling == NORMAL and scaled == self.info.scheme.scaled:
            return np.asarray(self._works["n_hashes"].to_numpy(), np.int64)
        return np.bincount(self.text(scaled, shingling).works, minlength=self.info.works).astype(np.int64)

    def unspaced(self) -> npt.NDArray[np.bool_]:
        """Which works are mostly in a script written without spaces, ``bool (works,)``."""
        tokens, weights = (
            np.asarray(pc.fill_null(self._works[name], 0).to_numpy(), np.int64) for name in ("n_tokens", "weight")
        )
        return mostly_unspaced(tokens, weights)

    def sketches(self, rows: npt.NDArray[np.uint32], scaled: int, shingling: Shingling = NORMAL) -> WorkSketches:
        """Whole sketches of some works: one scan of the index, whatever their number."""
        postings = self.text(scaled, shingling)
        wanted = np.zeros(self.info.works, bool)
        wanted[rows] = True
        try:
            at = np.flatnonzero(wanted[postings.works])
        except IndexError as error:
            raise self._index_damaged() from error
        at = at[np.argsort(postings.works[at], kind="stable")]  # keys are sorted already
        return WorkSketches(postings.works[at], postings.keys[at], postings.positions[at])

    def find_identifiers(self, identifiers: Sequence[str]) -> dict[str, list[WorkRow]]:
        """Works that state an identifier, by its canonical form; identifiers in no work are left out."""
        identifiers = list(dict.fromkeys(identifiers))
        if not identifiers:
            return {}
        postings = self._index.postings(Space.IDENTIFIER)
        keys = np.array([key64(identifier) for identifier in identifiers], np.uint64)
        query_at, posting_at = postings.find(keys)
        rows = postings.works[posting_at].tolist()
        found: dict[str, list[WorkRow]] = {}
        for place, work in zip(query_at.tolist(), self.works(rows), strict=True):
            identifier = identifiers[place]
            if identifier in work.identifiers:  # a key is a hash: the facts decide
                found.setdefault(identifier, []).append(work)
        return found


@cache
def shipped_releases() -> tuple[OpenRelease, ...]:
    """The releases that ship with Findspot: commons that every audit takes into account.

    Raises:
        ReferenceDamagedError: A shipped file is missing or damaged.
    """
    folders = sorted(path.parent for path in (data_dir("fingerprints") / "releases").glob(f"*/{RELEASE_FILE}"))
    return tuple(OpenRelease(*read_release(folder), folder, keep_index=False) for folder in folders)
