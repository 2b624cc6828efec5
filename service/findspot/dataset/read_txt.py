"""Plain text: one file is one record."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pyarrow as pa

from findspot.dataset.interface import RECORD_SCHEMA, ColumnMap
from findspot.dataset.stream import BLOCK, LINE_CAP, ByteStream
from findspot.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from findspot.dataset.source import Source


class TextReader:
    """Reads a text file as one record. Its id is its relative path, and it carries the digests of the file's bytes."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._share = 0.0

    @property
    def columns(self) -> ColumnMap | None:
        """See :class:`~findspot.dataset.interface.Reader`."""
        return None

    @property
    def share(self) -> float:
        """See :class:`~findspot.dataset.interface.Reader`."""
        return self._share

    def batches(self) -> Iterator[pa.RecordBatch]:
        """See :class:`~findspot.dataset.interface.Reader`."""
        shard = self._source.shard
        asked = self._source.options.text_column
        if asked:
            raise UsageError(f"{shard.name}: a text file has no column {asked}", advice="Leave --text-column away.")
        text = self._text()
        digests = file_digests(self._source) if shard.size else None  # that of no bytes says nothing of the file
        row = {"record_id": shard.name, "shard": shard.name, "ordinal": 0, "file_digests": digests, "text": text}
        arrays = [pa.array([row.get(field.name)], field.type) for field in RECORD_SCHEMA]
        self._share = 1.0
        yield pa.RecordBatch.from_arrays(arrays, schema=RECORD_SCHEMA)

    def _text(self) -> str:
        name = self._source.shard.name
        data = bytearray()
        with ByteStream(self._source) as stream:
            while block := stream.read(BLOCK):
                if b"\x00" in block:
                    raise InputError(
                        f"{name}: is no text: it has NUL bytes",
                        advice="Leave it out, or name its encoding (--encoding utf-16) or format (--input-format).",
                    )
                data += block
                if len(data) > LINE_CAP:
                    raise InputError(
                        f"{name}: text file of more than {LINE_CAP >> 20} MiB", advice="Split it into its documents."
                    )
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise InputError(
                f"{name}: is not UTF-8 text",
                advice=f"Byte {error.start} is invalid. Name its encoding, for instance --encoding latin-1.",
            ) from error


def file_digests(source: Source) -> list[str]:
    """``md5:``, ``sha1:`` and ``sha256:`` of the file's bytes as they are on disk."""
    hashes = [hashlib.new(kind, usedforsecurity=False) for kind in ("md5", "sha1", "sha256")]
    with source.shard.path.open("rb") as file:
        while block := file.read(1 << 20):
            for each in hashes:
                each.update(block)
    return [f"{each.name}:{each.hexdigest()}" for each in hashes]
