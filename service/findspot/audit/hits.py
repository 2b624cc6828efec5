"""Matches between a dataset and some releases: which hash of which record stands where in which work."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from findspot.sketch import largest_kept

if TYPE_CHECKING:
    import numpy.typing as npt

    from findspot.audit.catalogue import Catalogue
    from findspot.audit.signatures import SignatureHit, SignatureSearch
    from findspot.dataset import Subject

    Ints = npt.NDArray[np.int64]
    Column = npt.NDArray[np.signedinteger[Any]]

SIZES = 64  # records are counted by their number of sampled hashes, the largest all together
_STATED = ("identifiers", "file_digests")  # columns of what a record states of itself
_RECORDS = pa.schema(
    [("record_id", pa.string()), ("shard", pa.string()), ("n_tokens", pa.int64()), ("sampled", pa.int64())]
)


@dataclass(frozen=True)
class Hits:
    """Shingles of records that also stand in works: ``int32`` arrays of one length, sorted by work, record, place.

    A hit is a pair: a hash of a record that stands in three works gives three hits.
    """

    work: Column  # number of the work, over all releases searched
    at: Column  # token offset in the work; one for each of its hashes, and so a name for it
    record: Column  # number of the record among those kept in `Matches.records`
    place: Column  # token offset in the record
    before: Column  # token offset of the sampled hash before it in the record, matched or not; -1 for none
    after: Column  # of the one after it

    def __len__(self) -> int:
        return len(self.work)

    def take(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.int64] | slice) -> Hits:
        """Some of the hits."""
        return Hits(*(getattr(self, column.name)[chosen] for column in fields(self)))


@dataclass(frozen=True)
class IdentifierHit:
    """A record that states an identifier, or has a digest, of a work."""

    work: int
    record: int
    identifier: str


@dataclass
class Matches:
    """All that the detectors need of a dataset once its records have been read."""

    hits: Hits
    identifiers: list[IdentifierHit]
    signatures: list[SignatureHit]
    records: pa.Table  # of the records that match something: record_id, shard, n_tokens, sampled
    shingles: int = 0  # sampled hashes of the whole dataset
    stated: int = 0  # identifiers and file digests that its records state
    by_size: Ints = field(default_factory=lambda: np.zeros(SIZES, np.int64))  # sampled hashes, by number in the record
    too_short: int = 0  # tokens in records shorter than a shingle

    def share_in_short(self, most: int) -> float:
        """Share of the dataset's sampled hashes that stand in records of at most so many, up to SIZES - 2."""
        return float(self.by_size[: most + 1].sum() / max(1, self.by_size.sum()))


@dataclass
class _Gathering:
    columns: dict[str, list[npt.NDArray[np.int32]]] = field(default_factory=dict)  # of hits, batch by batch
    kept: list[pa.Table] = field(default_factory=list)
    n_kept: int = 0
    identifiers: list[IdentifierHit] = field(default_factory=list)
    signatures: list[SignatureHit] = field(default_factory=list)
    shingles: int = 0
    stated: int = 0
    by_size: Ints = field(default_factory=lambda: np.zeros(SIZES, np.int64))
    too_short: int = 0


def find_matches(subject: Subject, catalogue: Catalogue, signatures: SignatureSearch) -> Matches:
    """Read a dataset once and look every record up in all releases. Memory grows with what matches alone."""
    out = _Gathering()
    for batch in subject.batches():
        _match_batch(batch, catalogue, signatures.find(batch, subject.signature), out)
    records = pa.concat_tables([_RECORDS.empty_table(), *out.kept])
    hits = _sorted_hits(out.columns)
    return Matches(hits, out.identifiers, out.signatures, records, out.shingles, out.stated, out.by_size, out.too_short)


def _sorted_hits(columns: dict[str, list[npt.NDArray[np.int32]]]) -> Hits:
    """Join the batches' hits in order; column by column, since a tainted dataset has as many hits as sampled hashes."""
    joined = {}
    for column in fields(Hits):
        joined[column.name] = np.concatenate([np.zeros(0, np.int32), *columns.pop(column.name, [])])
    order = np.lexsort((joined["place"], joined["record"], joined["work"]))
    for name in joined:
        joined[name] = joined[name][order]
    return Hits(**joined)


def _match_batch(batch: pa.RecordBatch, catalogue: Catalogue, signatures: list[SignatureHit], out: _Gathering) -> None:
    """Add the matches of one sketched batch; those of its signatures have been found already."""
    sketch = batch.column("sketch")
    offsets = sketch.offsets.to_numpy()
    rows = np.repeat(np.arange(len(batch)), np.diff(offsets))
    hashes = sketch.values.to_numpy()[offsets[0] : offsets[-1]]
    places = batch.column("positions").values.to_numpy()[offsets[0] : offsets[-1]]
    kept = hashes <= np.uint64(largest_kept(catalogue.scaled))
    if not kept.all():
        rows, hashes, places = rows[kept], hashes[kept], places[kept]
    out.shingles += len(hashes)
    lengths = batch.column("n_tokens")
    short = pc.less(lengths, catalogue.shingling.k)
    out.too_short += pc.sum(lengths.filter(short)).as_py() or 0
    in_record = np.bincount(rows, minlength=len(batch))
    out.by_size += np.bincount(in_record.clip(max=SIZES - 1), weights=in_record, minlength=SIZES).astype(np.int64)
    places = places.astype(np.int32)
    new = np.diff(rows, prepend=-1) != 0
    before = np.where(new, -1, np.roll(places, 1))
    after = np.where(np.roll(new, -1), -1, np.roll(places, -1))
    found = []
    for release, first in zip(catalogue.releases, catalogue.first, strict=False):
        postings = release.text(catalogue.scaled, catalogue.shingling)
        query, posting = postings.find(hashes)
        works = postings.works[posting].astype(np.int32) + np.int32(first)
        at = postings.positions[posting].astype(np.int32)
        found.append(Hits(works, at, rows[query], places[query], before[query], after[query]))
    for name in _STATED:
        out.stated += pc.sum(pc.list_value_length(batch.column(name))).as_py() or 0
    stated = _match_identifiers(batch, catalogue)
    named = np.array([*(row for row, _, _ in stated), *(hit.record for hit in signatures)], np.int64)
    matched = np.unique(np.concatenate([named, *(hits.record for hits in found)]))
    if not len(matched):
        return
    out.kept.append(_records(batch, matched, in_record[matched]))
    number = np.full(len(batch), -1, np.int32)
    number[matched] = np.arange(len(matched)) + out.n_kept
    for hits in found:
        for name, values in asdict(replace(hits, record=number[hits.record])).items():
            out.columns.setdefault(name, []).append(values)
    out.identifiers += [IdentifierHit(work, int(number[row]), identifier) for row, work, identifier in stated]
    out.signatures += [replace(hit, record=int(number[hit.record])) for hit in signatures]
    out.n_kept += len(matched)


def _records(batch: pa.RecordBatch, rows: Ints, sampled: Ints) -> pa.Table:
    at = pa.array(rows)
    columns = [batch.column(name).take(at) for name in _RECORDS.names[:3]]
    return pa.table([*columns, pa.array(sampled, pa.int64())], schema=_RECORDS)


def _match_identifiers(batch: pa.RecordBatch, catalogue: Catalogue) -> list[tuple[int, int, str]]:
    """(row, work, identifier) for every identifier or file digest of a record that a work states."""
    stated: dict[str, list[int]] = {}
    for name in _STATED:
        column = batch.column(name)
        if column.null_count == len(column):
            continue
        for row, values in enumerate(column.to_pylist()):
            for value in values or ():
                stated.setdefault(value, []).append(row)
    out = []
    for release, first in zip(catalogue.releases, catalogue.first, strict=False):
        for identifier, works in release.find_identifiers(list(stated)).items():
            out += [(row, first + work.row, identifier) for work in works for row in stated[identifier]]
    return sorted(out)
