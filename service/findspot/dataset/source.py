"""One input file as a reader gets it: what it is, how to read it, and where to count what cannot be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from findspot.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from findspot.dataset.interface import ReadOptions, Tally
    from findspot.dataset.recipe import StatedRecipe


@dataclass(frozen=True)
class Shard:
    """One input file. ``name`` is relative to what was given, and unique within the dataset."""

    path: Path
    name: str
    size: int = 0  # bytes on disk
    problem: str | None = None  # why it cannot even be looked at


@dataclass(frozen=True)
class Source:
    """A shard with its format, and the options, the tally and the recipe of signatures of the dataset."""

    shard: Shard
    format: str  # parquet, arrow, jsonl, csv, tsv or txt
    compression: str | None  # gzip, zstd or None
    options: ReadOptions
    tally: Tally
    recipe: StatedRecipe

    def skip(self, reason: str, row: int) -> None:
        """Count a row that cannot be read.

        Args:
            reason: What is wrong with it, without its content.
            row: Line or row number, from 1.

        Raises:
            InputError: Reading is strict.
        """
        place = f"{self.shard.name}:{row}"
        if self.options.strict:
            raise InputError(
                f"{place}: {reason}",
                advice="Repair the row, or read without --strict: bad rows are then skipped and counted.",
            )
        self.tally.skip(reason, place)
