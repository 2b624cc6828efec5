"""How large a dataset is, from its header or the sizes of its files: nothing is read in full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from findspot.dataset.data import open_subject
from findspot.dataset.formats import by_name
from findspot.dataset.manifest import Manifest
from findspot.dataset.shards import find_shards
from findspot.sketch import NORMAL, shingling_named

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from findspot.dataset.interface import ReadOptions
    from findspot.sketch import Shingling

#: Bytes of a file for each token: prose in UTF-8, and compressed as Parquet, gzip and zstd do it.
BYTES_A_TOKEN = 6.0
BYTES_A_TOKEN_COMPRESSED = 2.5


@dataclass(frozen=True)
class Size:
    """A dataset that has not been read."""

    name: str
    tokens: int
    tokens_from: str  # stated, manifest or file sizes
    shingling: Shingling
    scaled: int


def estimate_tokens(paths: Sequence[Path], options: ReadOptions, stated: int | None = None) -> Size:
    """Size of a dataset: as stated, of its manifest, or from its files' sizes, right within a factor of two or so.

    Args:
        paths: of the dataset; may be none where ``stated`` says its size.
        options: as it would be read.
        stated: tokens, if known.

    Raises:
        UsageError: A path does not exist, or an option makes no sense.
        SchemeError: The manifest is of another scheme.
        InputError: The manifest is damaged.
    """
    if not paths:
        shingling = shingling_named(options.sensitivity or NORMAL.name)
        name = options.name or "a dataset"
        return Size(name, stated or 0, "as stated", shingling, options.scaled or shingling.scaled)
    subject = open_subject(paths, options)
    if stated is not None:
        tokens, source = stated, "as stated"
    elif isinstance(subject, Manifest):
        tokens, source = subject.header.tokens, "from its manifest"
    else:
        tokens, source = _from_files(paths, options), "estimated from the sizes of its files"
    return Size(subject.name, tokens, source, subject.shingling, subject.scaled)


def _from_files(paths: Sequence[Path], options: ReadOptions) -> int:
    shards, _ = find_shards(paths, any_ending=options.input_format is not None)
    tokens = 0.0
    for shard in shards:
        kind, compression = by_name(shard.name)
        packed = compression is not None or (options.input_format or kind) == "parquet"
        tokens += shard.size / (BYTES_A_TOKEN_COMPRESSED if packed else BYTES_A_TOKEN)
    return max(1, round(tokens))
