"""The manifest file: sketched batches in Parquet, under a header that says what they are of. It holds no text."""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from findspot.dataset.fingerprint import add_leaves, textless_leaf
from findspot.dataset.header import KEY, REDACTABLE, ManifestHeader, read_header
from findspot.dataset.interface import SKETCHED_SCHEMA, SubjectFacts
from findspot.dataset.merkle import MerkleTree
from findspot.errors import InputError, OutputError, SchemeError, UsageError
from findspot.sketch import Shingling, largest_kept, shingling_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from findspot.dataset.interface import Subject
    from findspot.sketch import SignatureInfo

_GROUP_ROWS = 65536
_GROUP_BYTES = 32 << 20
_BATCH_ROWS = 16384
_BATCH_BYTES = 16 << 20

# Only where urls are withheld: the Merkle leaf, in hexadecimal, of each record that has no text.
_LEAF = pa.field("leaf", pa.string())
_REMAKE = "The file is damaged or was changed: make it again with findspot fingerprint, or fetch it again."

_COUNTS = ("ordinal", "n_tokens", "n_bytes")


@dataclass(frozen=True)
class ManifestInfo:
    """A manifest that was written."""

    path: Path
    header: ManifestHeader
    facts: SubjectFacts
    bytes: int  # of the file


def write_manifest(subject: Subject, path: Path, *, redact: Sequence[str] = ()) -> ManifestInfo:
    """Consume a subject and write its manifest: the same bytes for the same data, all of them or none.

    Args:
        subject: A dataset, or a manifest to redact further.
        path: The file, usually ``NAME.manifest.parquet``; its folder must exist.
        redact: Columns to withhold, of :data:`REDACTABLE`. Of ``url`` the identifiers that are links go as well; those
            that were recognised in links, such as video ids, stay.

    Raises:
        UsageError: The folder does not exist, or a column cannot be withheld.
        InputError: The subject cannot be read.
        OutputError: The file cannot be written, for instance because the disk is full.
    """
    for name in redact:
        if name not in REDACTABLE:
            raise UsageError(f"{name} cannot be withheld", advice=f"These can: {', '.join(REDACTABLE)}.")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: its folder does not exist", advice=f"Create it first: mkdir -p {path.parent}")
    if path.is_dir():
        raise UsageError(f"{path} is a folder", advice="Name a file, such as NAME.manifest.parquet.")
    withheld = tuple(sorted({*_withheld_before(subject), *redact}))
    temporary: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            header, facts = _write(subject, file, withheld)
            file.flush()
            os.fsync(file.fileno())
        size = temporary.stat().st_size
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:  # what the subject reads raises InputError: this is the file being written
        raise OutputError(
            f"{path}: cannot be written: {error.strerror or error}",
            advice="Make room, or choose another folder with -o.",
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    return ManifestInfo(path, header, facts, size)


def _withheld_before(subject: Subject) -> tuple[str, ...]:
    if not isinstance(subject, Manifest):
        return ()
    if "url" in subject.header.redacted:  # its leaves would be lost
        raise UsageError(
            f"{subject.name}: this manifest already withholds its urls",
            advice="Write the new one from the data instead.",
        )
    return subject.header.redacted


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _write(subject: Subject, file: BinaryIO, withheld: tuple[str, ...]) -> tuple[ManifestHeader, SubjectFacts]:
    """Write all row groups, then the header: its counts are known only then."""
    schema = _file_schema(withheld)
    leaves = [f"{f.name}.list.element" if pa.types.is_list(f.type) else f.name for f in schema]
    writer = pq.ParquetWriter(
        file,
        schema,
        # Hashes are random bits, and their positions are packed already.
        compression={leaf: "none" if leaf.startswith("sketch") else "zstd" for leaf in leaves},
        use_dictionary=["shard", "language", "source", "acquired_at"],
        column_encoding={
            "positions.list.element": "DELTA_BINARY_PACKED",
            "sketch.list.element": "PLAIN",
            "signature.list.element": "BYTE_STREAM_SPLIT",
        },
        write_statistics=["record_id", "shard", "ordinal"],
        write_page_checksum=True,
        store_schema=False,  # a stored schema's metadata would hide the file's, and the header with it, from readers
    )
    try:
        for group in _groups(subject.batches()):
            table = pa.Table.from_batches([_file_batch(batch, schema, withheld) for batch in group], schema=schema)
            writer.write_table(table, row_group_size=len(table))
        facts = subject.facts()
        header = ManifestHeader.of(facts, subject, withheld)
        writer.add_key_value_metadata({KEY.decode(): header.model_dump_json()})
    except BaseException:
        with contextlib.suppress(OSError, pa.ArrowException):  # the first error is the one to tell
            writer.close()
        raise
    writer.close()
    return header, facts


def _file_schema(withheld: tuple[str, ...]) -> pa.Schema:
    """Schema of the file: 32-bit lists in place of the large ones, and the leaves if urls are withheld."""
    fields = [
        pa.field(f.name, pa.list_(f.type.value_type), f.nullable) if pa.types.is_large_list(f.type) else f
        for f in SKETCHED_SCHEMA
    ]
    return pa.schema([*fields, _LEAF] if "url" in withheld else fields)


def _groups(batches: Iterator[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    """Batches that make a row group: about 64k rows or 32 MiB."""
    held: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        held.append(batch)
        rows += len(batch)
        size += batch.nbytes
        if rows >= _GROUP_ROWS or size >= _GROUP_BYTES:
            yield held
            held, rows, size = [], 0, 0
    if held:
        yield held


def _file_batch(batch: pa.RecordBatch, schema: pa.Schema, withheld: tuple[str, ...]) -> pa.RecordBatch:
    columns = {name: batch.column(name) for name in batch.schema.names}
    if "url" in withheld:
        identifiers = columns["identifiers"].to_pylist()
        rows = zip(columns["sha256"].to_pylist(), identifiers, columns["signature"], strict=True)
        columns["leaf"] = pa.array([None if d else textless_leaf(i, s) for d, i, s in rows], pa.string())
        columns["identifiers"] = pa.array(map(_without_links, identifiers), pa.list_(pa.string()))
    for name in withheld:
        columns[name] = pa.nulls(len(batch), columns[name].type)
    return pa.RecordBatch.from_arrays([columns[f.name].cast(f.type) for f in schema], schema=schema)


def _without_links(identifiers: list[str] | None) -> list[str] | None:
    return [i for i in identifiers or () if not i.startswith("url:")] or None


def manifest_metadata(path: Path) -> bytes | None:
    """The raw header of a manifest, or None where the file is none."""
    try:
        with path.open("rb") as file:
            if file.read(4) != b"PAR1":
                return None
        metadata = pq.read_metadata(path).metadata or {}
    except (OSError, pa.ArrowException):
        return None
    found = metadata.get(KEY)
    return bytes(found) if found is not None else None


def open_manifest(path: Path) -> Manifest:
    """Open a manifest and check its header and columns.

    Raises:
        UsageError: The file does not exist.
        SchemeError: It is of another schema version or fingerprint scheme.
        InputError: It is damaged or no manifest.
    """
    if not path.exists():
        raise UsageError(f"{path} does not exist", advice="Make a manifest with findspot fingerprint DATA -o MANIFEST.")
    return Manifest(path)


def _batch_rows(file: pq.ParquetFile) -> int:
    """Rows that make a batch of about 16 MiB in the row group with the longest rows: a row may be a whole library."""
    groups = (file.metadata.row_group(number) for number in range(file.metadata.num_row_groups))
    longest = max((group.total_byte_size / max(1, group.num_rows) for group in groups), default=1.0)
    return int(min(_BATCH_ROWS, max(1, _BATCH_BYTES // max(1.0, longest))))


def _open(path: Path) -> pq.ParquetFile:
    return pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20, page_checksum_verification=True)


class Manifest:
    """A manifest as a :class:`~findspot.dataset.interface.Subject`; its content is checked while it is consumed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._name = path.name
        with self._reading():
            file = _open(path)
        with file:
            raw = (file.metadata.metadata or {}).get(KEY)
            if raw is None:
                raise InputError(
                    f"{self._name}: is Parquet without the header of a manifest",
                    advice="Make one with findspot fingerprint, or audit the file as a dataset.",
                )
            self.header: ManifestHeader = read_header(raw, self._name)
            self._check_columns(file.schema_arrow)
            self._leaves = "leaf" in file.schema_arrow.names
            if file.metadata.num_rows != self.header.records:
                raise InputError(
                    f"{self._name}: has {file.metadata.num_rows} rows, its header states {self.header.records}",
                    advice=_REMAKE,
                )
        self._read = False

    @property
    def name(self) -> str:
        """Name of the dataset."""
        return self.header.name

    @property
    def scheme(self) -> str:
        """Fingerprint scheme."""
        return self.header.scheme

    def require(self, sensitivity: str | None) -> None:
        """Check that it has the sensitivity that was asked for, if one was.

        Raises:
            UsageError: There is no such sensitivity.
            SchemeError: The manifest has another one.
        """
        if sensitivity is not None and shingling_named(sensitivity) != self.shingling:
            raise SchemeError(
                f"{self.name}: its fingerprints are of sensitivity {self.shingling.name}, not {sensitivity}",
                advice=f"Ask for none, or make it again: findspot fingerprint DATA --sensitivity {sensitivity}.",
            )

    @property
    def shingling(self) -> Shingling:
        """How its text was cut into shingles."""
        return self.header.shingling

    @property
    def signature(self) -> SignatureInfo | None:
        """Recipe of its records' MinHash signatures; None without any."""
        return self.header.signature

    @property
    def scaled(self) -> int:
        """One shingle hash in this many is kept."""
        return self.header.scaled

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The sketched batches.

        Raises:
            InputError: The file is damaged, its values make no sense, or its records are not those of its Merkle root.
        """
        tree = MerkleTree()
        names = [*SKETCHED_SCHEMA.names, "leaf"] if self._leaves else SKETCHED_SCHEMA.names
        with self._reading(), _open(self._path) as file:
            for stored in file.iter_batches(batch_size=_batch_rows(file), columns=names, use_threads=False):
                stored.validate(full=True)
                arrays = [stored.column(field.name).cast(field.type) for field in SKETCHED_SCHEMA]
                batch = pa.RecordBatch.from_arrays(arrays, schema=SKETCHED_SCHEMA)
                leaves = stored.column("leaf") if self._leaves else None
                self._check_values(batch, leaves)
                add_leaves(tree, batch, leaves)
                yield batch
        if f"sha256:{tree.root().hex()}" != self.header.merkle_root:
            raise InputError(f"{self._name}: its records are not those that its header states", advice=_REMAKE)
        self._read = True

    def facts(self) -> SubjectFacts:
        """The facts of the dataset that it was made from, once the batches are consumed."""
        if not self._read:
            raise RuntimeError("the facts of a manifest are checked once its batches are consumed")
        return self.header.facts()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except (pa.ArrowException, OSError) as error:
            text = str(error).splitlines()[0].replace(str(self._path), self._name)
            raise InputError(f"{self._name}: cannot be read: {text}", advice=_REMAKE) from error

    def _check_columns(self, schema: pa.Schema) -> None:
        for field in _file_schema(()):
            if field.name not in schema.names:
                raise InputError(f"{self._name}: column {field.name} is missing", advice=_REMAKE)
            found = schema.field(field.name).type
            if found != field.type:
                raise InputError(f"{self._name}: column {field.name} is {found}, not {field.type}", advice=_REMAKE)

    def _check_values(self, batch: pa.RecordBatch, leaves: pa.Array | None) -> None:
        """Refuse what no fingerprinting could have written: it would mislead the audit, or break it."""
        sketch, positions = batch.column("sketch"), batch.column("positions")
        hashes = sketch.flatten().to_numpy(zero_copy_only=False)
        digests = [batch.column("sha256"), *([leaves] if leaves is not None else [])]
        faults = {
            "sketch and positions differ in length": not _equal(
                pc.list_value_length(sketch), pc.list_value_length(positions)
            ),
            "a sketch holds a null": bool(sketch.flatten().null_count or positions.flatten().null_count),
            "a hash is above the limit of its sampling": bool(
                len(hashes) and int(hashes.max()) > largest_kept(self.scaled)
            ),
            "a signature has not the length that the header states": not self._signatures_fit(
                batch.column("signature")
            ),
            "a signature holds a value that its scheme does not yield": not self._values_fit(
                batch.column("signature").flatten()
            ),
            "a digest is no SHA-256": not all(
                pc.all(pc.match_substring_regex(column, "^[0-9a-f]{64}$")).as_py() in (True, None) for column in digests
            ),
            "a count is negative": any((pc.min(batch.column(name)).as_py() or 0) < 0 for name in _COUNTS),
        }
        for fault, present in faults.items():
            if present:
                raise InputError(f"{self._name}: {fault}", advice=_REMAKE)

    def _signatures_fit(self, signatures: pa.Array) -> bool:
        stated = self.header.signature.permutations if self.header.signature else None
        return set(pc.list_value_length(signatures).unique().to_pylist()) <= {None, stated}

    def _values_fit(self, values: pa.Array) -> bool:
        largest = self.header.signature.largest if self.header.signature else 0
        return not values.null_count and (pc.max(values).as_py() or 0) <= largest


def _equal(one: pa.Array, other: pa.Array) -> bool:
    return bool(np.array_equal(pc.fill_null(one, -1).to_numpy(), pc.fill_null(other, -1).to_numpy()))
