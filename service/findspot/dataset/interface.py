"""The door of this room: what a dataset is to the audit, whatever it was read from.

Readers turn files into *record batches* (:data:`RECORD_SCHEMA`, with text); the fingerprinter turns those into
*sketched batches* (:data:`SKETCHED_SCHEMA`, without text). A manifest is a file of sketched batches. The audit sees
sketched batches alone, so a manifest audits to the same findings as the data it was made from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator

    from findspot.sketch import Shingling, SignatureInfo

#: Columns that describe a record beside its text. All nullable but the first three.
_FACTS = [
    pa.field("record_id", pa.string(), nullable=False),
    pa.field("shard", pa.string(), nullable=False),
    pa.field("ordinal", pa.int64(), nullable=False),
    pa.field("language", pa.string()),
    pa.field("url", pa.string()),
    pa.field("title", pa.string()),
    pa.field("creator", pa.string()),
    pa.field("identifiers", pa.list_(pa.string())),  # canonical, "isbn:9780000000002"
    pa.field("file_digests", pa.list_(pa.string())),  # of the record's source file, "md5:…", "sha1:…", "sha256:…"
    pa.field("source", pa.string()),
    pa.field("acquired_at", pa.string()),
]

#: What a reader yields. ``text`` is null for a record that has facts but no text.
RECORD_SCHEMA = pa.schema(
    [
        *_FACTS,
        pa.field("text", pa.large_string()),
        pa.field("signature", pa.large_list(pa.uint64())),  # that the data bring along, by a recipe that is stated
    ]
)

#: What the audit consumes and a manifest stores.
SKETCHED_SCHEMA = pa.schema(
    [
        *_FACTS[:3],
        pa.field("sha256", pa.string()),  # hex, of the record's text as read (UTF-8); null without text
        pa.field("n_tokens", pa.int64()),
        pa.field("n_bytes", pa.int64()),  # UTF-8 length of the text
        *_FACTS[3:],
        pa.field("sketch", pa.large_list(pa.uint64())),  # sampled shingle hashes, in order of position, each once
        pa.field("positions", pa.large_list(pa.uint32())),  # token offset in the record of each hash
        pa.field("whole_hash", pa.uint64()),  # of a text shorter than a shingle, which is too short to judge
        pa.field("signature", pa.large_list(pa.uint64())),  # datasketch MinHash: asked for, or brought along
    ]
)


@dataclass
class Tally:
    """Counts of what was read and what was not, filled while batches are consumed."""

    records: int = 0
    skipped: dict[str, int] = field(default_factory=dict)  # reason -> rows
    samples: dict[str, list[str]] = field(default_factory=dict)  # reason -> up to 5 places, "file.jsonl:17"
    bytes_total: int = 0  # of the input files on disk
    bytes_unread: int = 0  # of input files, or parts of them, that could not be read at all
    files: dict[str, int] = field(default_factory=dict)  # reason -> files that could not be read, or not to their end
    notes: dict[str, int] = field(default_factory=dict)  # what was found odd in rows that were read all the same

    def skip(self, reason: str, where: str, rows: int = 1) -> None:
        """Count ``rows`` skipped for ``reason``, and keep the first few places as samples."""
        self.skipped[reason] = self.skipped.get(reason, 0) + rows
        self._sample(reason, where)

    def skip_file(self, reason: str, where: str, unread: int) -> None:
        """Count a file, or the rest of one, that cannot be read: ``unread`` bytes, of unknown rows."""
        self.files[reason] = self.files.get(reason, 0) + 1
        self.bytes_unread += unread
        self._sample(reason, where)

    def note(self, reason: str, where: str) -> None:
        """Count something odd that costs no row: the record is read, and coverage stays as it is."""
        self.notes[reason] = self.notes.get(reason, 0) + 1
        self._sample(reason, where)

    def _sample(self, reason: str, where: str) -> None:
        places = self.samples.setdefault(reason, [])
        if len(places) < 5:
            places.append(where)

    @property
    def coverage(self) -> float:
        """Share of the dataset that was read: of rows, times the share of bytes in readable files; 1.0 if empty."""
        rows = self.records + sum(self.skipped.values())
        by_rows = self.records / rows if rows else 1.0
        by_bytes = max(0.0, 1 - self.bytes_unread / self.bytes_total) if self.bytes_total else 1.0
        return by_rows * by_bytes


@dataclass(frozen=True)
class ColumnMap:
    """Which column was read as what; dotted names are fields of nested columns. ``None``: there is no such column."""

    text: str | None = None
    id: str | None = None
    facts: tuple[tuple[str, str], ...] = ()  # (field of RECORD_SCHEMA, column)
    identifiers: tuple[tuple[str, str], ...] = ()  # (kind of identifier, or "" for any, column)
    signature: str | None = None


@dataclass(frozen=True)
class InputFile:
    """One input file as it was read: ``name`` is relative, never a path of the machine."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class SubjectFacts:
    """What the report says of the dataset; known once its batches are consumed."""

    name: str
    digest: str  # "sha256:…", the RFC 6962 Merkle root over the records' digests
    records: int
    tokens: int
    too_short: int  # records with text that is shorter than a shingle
    bytes: int
    coverage: float
    skipped: dict[str, int]  # reason -> rows, or files that could not be read
    samples: dict[str, list[str]]  # reason -> up to 5 places
    inputs: tuple[InputFile, ...]
    notes: dict[str, int] = field(default_factory=dict)  # what was odd but cost no row: reason -> times
    columns: tuple[ColumnMap, ...] = ()  # the distinct column maps of the input files


class Reader(Protocol):
    """One input file, in one format."""

    @property
    def columns(self) -> ColumnMap | None:
        """Which column was read as what; None before the first batch."""
        ...

    @property
    def share(self) -> float:
        """Share of the file that has been read, 0 to 1."""
        ...

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Batches of :data:`RECORD_SCHEMA`, in the order of the file. Consumed once.

        Raises:
            InputError: The file is damaged, or a row is and reading is strict.
            UsageError: A column that was asked for is not there.
        """
        ...


class Subject(Protocol):
    """A dataset or a manifest, as the audit sees it."""

    @property
    def name(self) -> str:
        """Name of the dataset: of the file, the folder, or as stated in a manifest."""
        ...

    @property
    def scheme(self) -> str:
        """Fingerprint scheme of its sketches."""
        ...

    @property
    def shingling(self) -> Shingling:
        """How its text was cut into shingles."""
        ...

    @property
    def signature(self) -> SignatureInfo | None:
        """Recipe of its records' MinHash signatures; None without any, or while that is not known yet.

        What a foreign file states is known once the first batch of it is there.
        """
        ...

    @property
    def scaled(self) -> int:
        """Sampling of its sketches: one shingle hash in ``scaled`` is kept."""
        ...

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Sketched batches in a fixed order, whatever the number of workers. May be consumed once.

        Raises:
            InputError: A file cannot be read and nothing else is left to read, or reading is strict.
        """
        ...

    def facts(self) -> SubjectFacts:
        """The facts, once :meth:`batches` is exhausted."""
        ...


@dataclass(frozen=True)
class ReadOptions:
    """How to read a dataset. ``None`` means: find out, and say what was found."""

    text_column: str | None = None  # dotted for nested columns, "meta.body"
    id_column: str | None = None
    input_format: str | None = None  # parquet, arrow, jsonl, csv, tsv, txt
    encoding: str = "utf-8"
    strict: bool = False  # the first unreadable row or file is an InputError
    jobs: int = 1  # threads that fingerprint
    sensitivity: str | None = None  # of sketch.SHINGLINGS; of a manifest, the one it must have
    scaled: int | None = None  # the sensitivity's
    signatures: bool = False  # make MinHash signatures as well
    signature_recipe: SignatureInfo | None = None  # how the signatures were made that the data bring along
    name: str | None = None


__all__ = [
    "RECORD_SCHEMA",
    "SKETCHED_SCHEMA",
    "ColumnMap",
    "InputFile",
    "ReadOptions",
    "Reader",
    "Subject",
    "SubjectFacts",
    "Tally",
]
