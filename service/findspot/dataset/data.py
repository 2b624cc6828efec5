"""A dataset as the audit sees it: files read in order, sketched, counted and digested."""

from __future__ import annotations

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from findspot.dataset.fingerprint import add_leaves, ordered_map, rebatch, sketch_batch
from findspot.dataset.formats import FORMATS, identify
from findspot.dataset.interface import ColumnMap, InputFile, SubjectFacts, Tally
from findspot.dataset.manifest import Manifest, manifest_metadata, open_manifest
from findspot.dataset.merkle import MerkleTree
from findspot.dataset.read_arrow import ArrowReader, ParquetReader
from findspot.dataset.read_csv import CsvReader
from findspot.dataset.read_jsonl import JsonLinesReader
from findspot.dataset.read_txt import TextReader
from findspot.dataset.recipe import StatedRecipe
from findspot.dataset.shards import MANIFEST_ENDING, find_shards
from findspot.dataset.source import Shard, Source
from findspot.errors import FindspotError, InputError, UsageError
from findspot.sketch import NORMAL, Shingling, largest_kept, require_same, shingling_named
from findspot.text import SCHEME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from findspot.dataset.interface import Reader, ReadOptions, Subject
    from findspot.sketch import SignatureInfo

_FILE_REASONS = 20  # some reasons name an offset: thousands of bad files must not make thousands of reasons

READERS: dict[str, Callable[[Source], Reader]] = {
    "parquet": ParquetReader,
    "arrow": ArrowReader,
    "jsonl": JsonLinesReader,
    "csv": CsvReader,
    "tsv": CsvReader,
    "txt": TextReader,
}


def open_reader(source: Source) -> Reader:
    """The reader of a file, by its format."""
    return READERS[source.format](source)


class Dataset:
    """Files and folders as one :class:`~findspot.dataset.interface.Subject`.

    One bad file among several is skipped with its reason and lowers the coverage; a bad file alone, or nothing but bad
    ones, is an error.
    """

    def __init__(self, paths: Sequence[Path], options: ReadOptions) -> None:
        """Find the files; nothing is read yet.

        Raises:
            UsageError: A path does not exist, or an option makes no sense.
        """
        if options.input_format is not None and options.input_format not in FORMATS:
            raise UsageError(
                f"{options.input_format} is no input format", advice=f"The formats are {', '.join(FORMATS)}."
            )
        self._shingling = shingling_named(options.sensitivity or NORMAL.name)
        self._scaled = self._shingling.scaled if options.scaled is None else options.scaled
        largest_kept(self._scaled)
        self._options = options
        self._recipe = StatedRecipe(options)
        self._shards, unknown = find_shards(paths, any_ending=options.input_format is not None)
        self._name = options.name or _name(paths)
        self._tally = Tally(bytes_total=sum(shard.size for shard in self._shards))
        for name in unknown:
            self._tally.note("file of no known format (not read)", name)
        self._tree = MerkleTree()
        self._inputs: list[InputFile] = []
        self._columns: dict[ColumnMap, None] = {}
        self._failures: list[FindspotError] = []
        self._tokens = 0
        self._too_short = 0
        self._bytes = 0
        self._state = "new"

    @property
    def name(self) -> str:
        """Name of the dataset."""
        return self._name

    @property
    def scheme(self) -> str:
        """Fingerprint scheme."""
        return SCHEME

    @property
    def shingling(self) -> Shingling:
        """How its text is cut into shingles."""
        return self._shingling

    @property
    def signature(self) -> SignatureInfo | None:
        """Recipe of its records' MinHash signatures; None without any."""
        return self._recipe.info

    @property
    def scaled(self) -> int:
        """One shingle hash in this many is kept."""
        return self._scaled

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Sketched batches, in the order of the files and their rows. Consumed once.

        Raises:
            InputError: A file cannot be read and it is the only one, or all cannot, or reading is strict.
            UsageError: A column that was asked for is not there.
        """
        if self._state != "new":
            raise RuntimeError("the batches of a dataset can be consumed once")
        self._state = "reading"
        sketch = partial(
            sketch_batch, scaled=self._scaled, signatures=self._options.signatures, shingling=self._shingling
        )
        for batch in ordered_map(sketch, rebatch(self._records()), self._options.jobs):
            add_leaves(self._tree, batch)
            self._tally.records += len(batch)
            self._tokens += pc.sum(batch.column("n_tokens")).as_py() or 0
            self._too_short += len(batch) - batch.column("whole_hash").null_count
            self._bytes += pc.sum(batch.column("n_bytes")).as_py() or 0
            yield batch
        if self._failures and not self._tally.records:
            raise self._failures[0]
        self._state = "read"

    def facts(self) -> SubjectFacts:
        """What was read, once the batches are consumed."""
        if self._state != "read":
            raise RuntimeError("the facts of a dataset are known once its batches are consumed")
        tally = self._tally
        return SubjectFacts(
            name=self._name,
            digest=f"sha256:{self._tree.root().hex()}",
            records=tally.records,
            tokens=self._tokens,
            too_short=self._too_short,
            bytes=self._bytes,
            coverage=tally.coverage,
            skipped={**tally.skipped, **tally.files},
            samples={reason: list(places) for reason, places in tally.samples.items()},
            inputs=tuple(self._inputs),
            notes=dict(tally.notes),
            columns=tuple(self._columns),
        )

    def _records(self) -> Iterator[pa.RecordBatch]:
        """Record batches of all files. Each file is digested beside, while its pages are warm."""
        with ThreadPoolExecutor(1, thread_name_prefix="digest") as pool:
            for shard in self._shards:
                digest = None if shard.problem else pool.submit(_file_digest, shard.path)
                try:
                    yield from self._shard_records(shard)
                finally:
                    self._keep_digest(shard, digest)

    def _shard_records(self, shard: Shard) -> Iterator[pa.RecordBatch]:
        reader: Reader | None = None
        share = 0.0  # as of the last batch that came out: a reader is ahead of what it delivers
        try:
            if shard.problem:
                raise InputError(f"{shard.name}: {shard.problem}", advice="Check its permissions and links.")
            kind, compression = identify(shard, self._options.input_format)
            reader = open_reader(Source(shard, kind, compression, self._options, self._tally, self._recipe))
            for batch in reader.batches():
                yield batch
                share = reader.share
        except FindspotError as error:
            self._fail(shard, share, error)
        except (pa.ArrowException, OSError, EOFError, UnicodeError) as error:
            self._fail(shard, share, _unreadable(shard, error))
        if reader and reader.columns:
            self._columns[reader.columns] = None

    def _fail(self, shard: Shard, share: float, error: FindspotError) -> None:
        """A file, or the rest of it, cannot be read: an error if it is the only one, else skipped and counted."""
        asked = isinstance(error, UsageError) and (self._options.text_column or self._options.id_column)
        if len(self._shards) == 1 or self._options.strict or asked:
            raise error
        self._failures.append(error)
        reason = f"file not read: {error.message.removeprefix(f'{shard.name}: ')}"
        if reason not in self._tally.files and len(self._tally.files) >= _FILE_REASONS:
            reason = "file not read: for other reasons"
        self._tally.skip_file(reason, shard.name, max(1, round(shard.size * (1.0 - share))))

    def _keep_digest(self, shard: Shard, digest: Future[str] | None) -> None:
        """A file that cannot be opened has no digest; it is named among what was not read."""
        if digest is not None and digest.exception() is None:
            self._inputs.append(InputFile(shard.name, shard.size, digest.result()))


def _unreadable(shard: Shard, error: Exception) -> InputError:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    if isinstance(error, OSError) and error.strerror and error.errno:
        text = error.strerror
    return InputError(
        f"{shard.name}: cannot be read: {text.replace(str(shard.path), shard.name)}",
        advice="Is the file complete? Compare its size or digest with where it came from, and fetch it again.",
    )


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _name(paths: Sequence[Path]) -> str:
    if not paths:
        raise UsageError("no dataset was given", advice="Name its files or folders.")
    first = paths[0].name or paths[0].resolve().name
    return first if len(paths) == 1 else f"{first} and {len(paths) - 1} more"


def open_subject(paths: Sequence[Path], options: ReadOptions) -> Subject:
    """Open what is to be audited: files and folders, or one manifest, known by its content.

    Raises:
        UsageError: A path does not exist, an option makes no sense, or a manifest is given together with other inputs.
        SchemeError: The manifest is of another scheme, or of another sensitivity than asked for.
        InputError: The manifest is damaged.
    """
    forced = options.input_format is not None
    manifests = [] if forced else [path for path in paths if manifest_metadata(path) is not None]
    if not manifests:
        named = [path for path in paths if path.name.endswith(MANIFEST_ENDING) and path.is_file() and not forced]
        if named and len(paths) == 1:
            return _open_manifest(named[0], options)  # says what is wrong with it
        return Dataset(paths, options)
    if len(paths) > 1:
        raise UsageError(
            f"{manifests[0]} is a manifest and is given together with other inputs",
            advice="Give one manifest alone, or the data of all.",
        )
    return _open_manifest(manifests[0], options)


def _open_manifest(path: Path, options: ReadOptions) -> Subject:
    """A manifest, which has the sensitivity that was asked for."""
    manifest = open_manifest(path)
    manifest.require(options.sensitivity)
    if options.signature_recipe is not None:
        _check_recipe(manifest, options.signature_recipe)
    return manifest


def _check_recipe(manifest: Manifest, stated: SignatureInfo) -> None:
    """A manifest says itself how its signatures were made: an option may only repeat it."""
    if manifest.signature is None:
        raise UsageError(
            f"{manifest.name}: this manifest holds no signatures",
            advice="Leave out --signature-recipe, or make the manifest again from data that have signatures.",
        )
    advice = "Leave out --signature-recipe: a manifest states how its signatures were made."
    require_same(manifest.signature, stated, whose=manifest.name, against="--signature-recipe", advice=advice)
