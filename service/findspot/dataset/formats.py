"""Which format and compression a file has: by its first bytes, then by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from findspot.errors import InputError, UsageError

if TYPE_CHECKING:
    from findspot.dataset.source import Shard

FORMATS = ("parquet", "arrow", "jsonl", "csv", "tsv", "txt")

_ENDINGS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".txt": "txt",
}
_COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
_MAGIC = {b"PAR1": "parquet", b"ARROW1\x00\x00": "arrow", b"\xff\xff\xff\xff": "arrow"}
_COMPRESSED_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}


def by_name(name: str) -> tuple[str | None, str | None]:
    """Format and compression that a file's name states; None where it states none."""
    stem = name.lower()
    compression = None
    for ending, codec in _COMPRESSIONS.items():
        if stem.endswith(ending):
            stem, compression = stem[: -len(ending)], codec
    return next((kind for ending, kind in _ENDINGS.items() if stem.endswith(ending)), None), compression


def identify(shard: Shard, forced: str | None) -> tuple[str, str | None]:
    """Format and compression of a file; ``forced`` overrules the format.

    Raises:
        UsageError: Neither the content nor the name says what it is, or ``forced`` is no format.
        InputError: The file cannot be opened, or is Parquet or Arrow inside a compressed file.
    """
    if forced is not None and forced not in FORMATS:
        raise UsageError(f"{forced} is no input format", advice=f"The formats are {', '.join(FORMATS)}.")
    with shard.path.open("rb") as file:
        head = file.read(8)
    named, _ = by_name(shard.name)
    compression = _starts(head, _COMPRESSED_MAGIC)
    if compression:
        head = _decompressed_head(shard, compression)
    kind = forced or _starts(head, _MAGIC) or named or ("jsonl" if head.lstrip()[:1] in (b"{", b"[") else None)
    if kind is None:
        raise UsageError(
            f"{shard.name}: cannot tell its format from its name or content",
            advice=f"Say which it is: --input-format {'|'.join(FORMATS)}.",
        )
    if compression and kind in ("parquet", "arrow"):
        raise InputError(f"{shard.name}: is {kind} inside {compression}", advice="Decompress it first.")
    return kind, compression


def _starts(head: bytes, magic: dict[bytes, str]) -> str | None:
    return next((kind for mark, kind in magic.items() if head.startswith(mark)), None)


def _decompressed_head(shard: Shard, compression: str) -> bytes:
    with pa.OSFile(str(shard.path), "rb") as raw, pa.CompressedInputStream(raw, compression) as stream:
        return bytes(stream.read(8))
