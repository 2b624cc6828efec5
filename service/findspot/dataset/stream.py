"""Bytes of a text file, decompressed and in UTF-8, in blocks that end at line ends. Nothing is held but one block."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import pyarrow as pa

from findspot.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from findspot.dataset.source import Source

BLOCK = 8 << 20
LINE_CAP = 256 << 20

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class ByteStream:
    """A file's content as UTF-8 bytes, whatever its compression and encoding; a byte-order mark is dropped.

    UTF-8 itself passes unchecked, so that a reader can name the row that is none; other encodings are checked here.
    """

    def __init__(self, source: Source) -> None:
        self._name = source.shard.name
        self._size = source.shard.size
        self._encoding = _codec(source.options.encoding)
        self._decoder = None if self._encoding == "utf-8" else codecs.getincrementaldecoder(self._encoding)()
        self._raw = pa.OSFile(str(source.shard.path), "rb")
        self._stream = pa.CompressedInputStream(self._raw, source.compression) if source.compression else self._raw
        self._start = True

    def __enter__(self) -> ByteStream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        self._raw.close()

    @property
    def share(self) -> float:
        """Share of the file on disk that has been read."""
        if self._raw.closed or not self._size:
            return 1.0
        return min(1.0, float(self._raw.tell()) / self._size)

    def read(self, size: int) -> bytes:
        """Up to about ``size`` bytes; none at the end.

        Raises:
            InputError: The bytes are not in the encoding that was stated.
            OSError: The compressed file is damaged.
        """
        while True:
            data = bytes(self._stream.read(size))
            last = not data
            if self._start:
                self._start = False
                data = self._without_mark(data)
            if self._decoder is None:
                return data
            try:
                text = self._decoder.decode(data, final=last)
            except UnicodeDecodeError as error:
                raise self._wrong_encoding(str(error.reason)) from error
            if text or last:
                return text.removeprefix("\ufeff").encode("utf-8", "surrogatepass")

    def _without_mark(self, data: bytes) -> bytes:
        if self._encoding == "utf-8" and data.startswith(_UTF16_MARKS):
            raise self._wrong_encoding("it starts with the byte-order mark of UTF-16")
        return data.removeprefix(codecs.BOM_UTF8) if self._encoding == "utf-8" else data

    def _wrong_encoding(self, why: str) -> InputError:
        return InputError(
            f"{self._name}: is not {self._encoding} text: {why}",
            advice="Name its encoding with --encoding, for instance --encoding utf-16 or --encoding latin-1.",
        )


def line_blocks(stream: ByteStream, name: str) -> Iterator[bytes]:
    """Blocks of about 8 MiB that end at a line end; the last one ends where the file does.

    Raises:
        InputError: A line is longer than 256 MiB.
    """
    held: list[bytes] = []
    length = 0
    line = 1
    while data := stream.read(BLOCK):
        cut = data.rfind(b"\n") + 1
        if not cut:
            held.append(data)
            length += len(data)
            if length > LINE_CAP:
                raise InputError(
                    f"{name}:{line}: line longer than {LINE_CAP >> 20} MiB",
                    advice="Is this a file of lines? Otherwise name its format with --input-format.",
                )
            continue
        block = b"".join([*held, data[:cut]])
        line += block.count(b"\n")
        yield block
        held = [data[cut:]]
        length = len(held[0])
    if length:
        yield b"".join(held)


def _codec(encoding: str) -> str:
    """Name of a text encoding as Python knows it.

    Raises:
        UsageError: There is no such encoding.
    """
    try:
        info = codecs.lookup(encoding)
        "".encode(info.name)  # refuses codecs that do not turn text into bytes, such as "hex"
    except LookupError as error:
        raise UsageError(
            f"{encoding} is no text encoding", advice="Use a name such as utf-8, utf-16, latin-1 or shift_jis."
        ) from error
    return "utf-8" if info.name == "utf-8-sig" else info.name
