"""Build a release folder: sketch the works of some sources and write them down, sorted."""

from __future__ import annotations

import hashlib
import json
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from findspot import __version__
from findspot.errors import InputError, OutputError, UsageError
from findspot.identity import key64
from findspot.reference.chance import Counting, measure_chance
from findspot.reference.release import (
    INDEX_FILE,
    POSTINGS_FILE,
    POSTINGS_SCHEMA,
    RELEASE_FILE,
    SIGNATURES_FILE,
    WORKS_FILE,
    WORKS_SCHEMA,
    ChanceInfo,
    ReleaseInfo,
    SchemeInfo,
    ShortInfo,
    Space,
    file_info,
)
from findspot.reference.replace import replacing
from findspot.reference.signatures import WorkSignatures, gather_by, sign_works, write_signatures
from findspot.reference.sources import Work, read_works
from findspot.sketch import HIGH, NORMAL, Shingling, Sketches, largest_kept, shingling_named, sketch_column
from findspot.sketch.chains import CHAINS
from findspot.text import SCALED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from findspot.reference.facts import CollectionFacts, WorkFacts
    from findspot.reference.lists import Refused
    from findspot.reference.release import SignatureSet
    from findspot.sketch import SignatureInfo

#: A hash in more works than this says nothing about any of them: it is left out of sketches and of counts alike.
STOP_ABOVE = 1000

_BATCH_CHARACTERS = 16 << 20
_FILES = {RELEASE_FILE, WORKS_FILE, POSTINGS_FILE, SIGNATURES_FILE, INDEX_FILE}


@dataclass(frozen=True)
class Built:
    """A release that was built, and what was left out of it."""

    info: ReleaseInfo
    digest: str
    refused: tuple[Refused, ...]
    duplicates: int


@dataclass(frozen=True)
class _Plan:
    """One key space of shingles."""

    space: Space
    shingling: Shingling
    scaled: int


@dataclass(frozen=True)
class _Postings:
    """Postings of one key space, sorted by key, then row; and how many hashes too many works share."""

    keys: npt.NDArray[np.uint64]
    rows: npt.NDArray[np.uint32]
    positions: npt.NDArray[np.uint32]
    stopped: int = 0


@dataclass
class _Shingles:
    """Shingles of the works as arrays to be joined."""

    hashes: list[npt.NDArray[np.uint64]] = field(default_factory=list)
    rows: list[npt.NDArray[np.uint32]] = field(default_factory=list)
    positions: list[npt.NDArray[np.uint32]] = field(default_factory=list)

    def add(self, first: int, sketches: Sketches) -> None:
        """Take in the works from row ``first`` on."""
        self.hashes.append(sketches.hashes)
        self.positions.append(sketches.positions)
        rows = np.arange(first, first + len(sketches.n_tokens), dtype=np.uint32)
        self.rows.append(np.repeat(rows, np.diff(sketches.offsets)))

    def sorted(self) -> _Postings:
        """All of them, without the hashes that too many works share."""
        hashes = np.concatenate([*self.hashes, np.empty(0, np.uint64)])
        rows = np.concatenate([*self.rows, np.empty(0, np.uint32)])
        positions = np.concatenate([*self.positions, np.empty(0, np.uint32)])
        order = np.argsort(hashes, kind="stable")  # rows come in rising order
        hashes, rows, positions = hashes[order], rows[order], positions[order]
        _, inverse, counts = np.unique(hashes, return_inverse=True, return_counts=True)
        kept = (counts <= STOP_ABOVE)[inverse]
        return _Postings(hashes[kept], rows[kept], positions[kept], int((counts > STOP_ABOVE).sum()))


_Made = tuple[list[Sketches], list[pa.LargeListArray]]  # of a batch: by each plan, by each recipe


@dataclass
class _Gathered:
    """Facts of the works by row, and their shingles by key space."""

    plans: tuple[_Plan, ...]
    facts: list[WorkFacts] = field(default_factory=list)
    n_tokens: list[int | None] = field(default_factory=list)
    weights: list[int | None] = field(default_factory=list)
    shingles: dict[Space, _Shingles] = field(default_factory=dict)
    signatures: list[WorkSignatures] = field(default_factory=list)
    duplicates: int = 0

    def add(self, batch: list[tuple[WorkFacts, bool]], made: _Made) -> None:
        """Take in a batch of works, each with whether it has text, and what was made of them."""
        first = len(self.facts)
        sketches, signatures = made
        for each, column in zip(self.signatures, signatures, strict=True):
            each.add(first, column)
        self.facts += [facts for facts, _ in batch]
        has_text = [text for _, text in batch]
        counts = sketches[0]
        self.n_tokens += [n if text else None for text, n in zip(has_text, counts.n_tokens.tolist(), strict=True)]
        self.weights += [n if text else None for text, n in zip(has_text, counts.weights.tolist(), strict=True)]
        for plan, by_plan in zip(self.plans, sketches, strict=True):
            self.shingles.setdefault(plan.space, _Shingles()).add(first, by_plan)


def build_release(  # noqa: PLR0913 - options of one command
    facts: CollectionFacts,
    sources: Sequence[Path],
    target: Path,
    *,
    works_csv: Path | None = None,
    scaled: int = SCALED,
    sensitivity: str = NORMAL.name,
    signatures: Sequence[SignatureInfo] = (),
    jobs: int = 1,
    progress: Callable[[int], None] = lambda _: None,
) -> Built:
    """Build a release folder from folders of ``.txt`` (one work a file) and lists (one work a row).

    The folder is written beside ``target`` and moved there whole; a release that stood there is replaced. The same
    sources and facts give the same bytes. ``signatures`` are recipes by which the works are signed as well.
    ``progress`` is called with the number of works sketched so far.

    With ``sensitivity`` ``high`` the release has the shorter shingles as well, sampled at HIGH.scaled or at ``scaled``
    if that is finer, and serves audits of both sensitivities.

    Raises:
        UsageError: A source does not exist, or ``target`` holds something else.
        SchemeError: Signatures of a recipe cannot be made here.
        InputError: A list cannot be read, or not one work in the sources can be used.
        OutputError: The folder cannot be written; ``target`` is as it was.
    """
    if not _replaceable(target):
        raise UsageError(
            f"{target} is there already and holds something else than a release",
            advice="Choose another folder with -o.",
        )
    plans = _plans(scaled, sensitivity)
    refused: list[Refused] = []
    gathered = _Gathered(plans, signatures=gather_by(signatures))
    _gather(read_works(sources, works_csv, refused), gathered, jobs, progress)
    if not gathered.facts:
        first = f"; the first: {refused[0].place}: {refused[0].reason}" if refused else ""
        raise InputError(
            f"no work in {', '.join(map(str, sources))} can be used ({len(refused)} refused{first})",
            advice="Give folders of .txt files, or lists with a column of titles or identifiers.",
        )
    try:
        with replacing(target) as partial:
            info = _write(partial, facts, gathered)
            data = info.to_bytes()
            with (partial / RELEASE_FILE).open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
    except OSError as error:
        raise OutputError(
            f"{target} cannot be written ({os.strerror(error.errno) if error.errno else error})",
            advice="Free some disk space or choose another folder with -o.",
        ) from error
    return Built(info, "sha256:" + hashlib.sha256(data).hexdigest(), tuple(refused), gathered.duplicates)


def _plans(scaled: int, sensitivity: str) -> tuple[_Plan, ...]:
    largest_kept(scaled)  # says what is wrong with it
    plans = [_Plan(Space.TEXT_SHINGLE, NORMAL, scaled)]
    if shingling_named(sensitivity) == HIGH:
        plans.append(_Plan(Space.TEXT_SHORT, HIGH, min(scaled, HIGH.scaled)))
    return tuple(plans)


def _replaceable(target: Path) -> bool:
    """Whether nothing is lost when ``target`` is replaced: it is not there, empty, or a release and nothing else."""
    if not target.exists():
        return True
    if not target.is_dir():
        return False
    names = {path.name for path in target.iterdir()}
    return not names or (RELEASE_FILE in names and names <= _FILES)


def _gather(works: Iterator[Work], out: _Gathered, jobs: int, progress: Callable[[int], None]) -> None:
    """Sketch and sign works in batches on ``jobs`` threads; rows keep the order of the sources."""
    waiting: deque[tuple[list[tuple[WorkFacts, bool]], Future[_Made]]] = deque()
    recipes = [each.recipe for each in out.signatures]

    def make(column: pa.Array) -> _Made:
        sketches = [sketch_column(column, plan.scaled, plan.shingling) for plan in out.plans]
        return sketches, sign_works(column, recipes)

    def take_first() -> None:
        batch, made = waiting.popleft()
        out.add(batch, made.result())
        progress(len(out.facts))

    with ThreadPoolExecutor(max(1, jobs)) as pool:
        for batch in _batches(works, out):
            column = pa.array([work.text for work in batch], pa.large_string())
            kept = [(work.facts, work.text is not None) for work in batch]
            waiting.append((kept, pool.submit(make, column)))
            if len(waiting) > jobs:
                take_first()
        while waiting:
            take_first()


def _batches(works: Iterator[Work], out: _Gathered) -> Iterator[list[Work]]:
    """Works in batches of bounded size, each work once."""
    seen: set[WorkFacts] = set()
    batch: list[Work] = []
    size = 0
    for work in works:
        if work.facts in seen:
            out.duplicates += 1
            continue
        seen.add(work.facts)
        batch.append(work)
        size += len(work.text or "") + 100
        if size > _BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _write(folder: Path, facts: CollectionFacts, gathered: _Gathered) -> ReleaseInfo:
    """Write works and postings into a folder; returns what ``release.json`` shall say."""
    postings = {Space.IDENTIFIER: _sorted_identifiers(gathered.facts)}
    postings |= {plan.space: gathered.shingles[plan.space].sorted() for plan in gathered.plans}
    text = postings[Space.TEXT_SHINGLE]
    n_hashes = np.bincount(text.rows, minlength=len(gathered.facts))
    _write_works(folder / WORKS_FILE, facts.slug, gathered, n_hashes)
    sets, bands = _write_signatures(folder, gathered)
    postings |= bands
    names = (WORKS_FILE, POSTINGS_FILE, *([SIGNATURES_FILE] if sets else []))
    table = pa.table(
        [
            np.repeat(np.array(list(postings), np.uint8), [len(each.keys) for each in postings.values()]),
            np.concatenate([each.keys for each in postings.values()]),
            np.concatenate([each.rows for each in postings.values()]),
            np.concatenate([each.positions for each in postings.values()]),
        ],
        schema=POSTINGS_SCHEMA,
    )
    _write_parquet(folder / POSTINGS_FILE, table)
    return ReleaseInfo(
        slug=facts.slug,
        title=facts.title,
        kind=facts.kind,
        status=facts.status,
        release=facts.release,
        as_of=facts.as_of,
        references=facts.references,
        scheme=SchemeInfo(scaled=gathered.plans[0].scaled),
        short=_short_info(gathered, postings),
        works=len(gathered.facts),
        fingerprinted=int((n_hashes > 0).sum()),
        too_short=sum(n is not None and not h for n, h in zip(gathered.n_tokens, n_hashes.tolist(), strict=True)),
        identifiers=len(postings[Space.IDENTIFIER].keys),
        postings=len(table),
        stopped=text.stopped,
        signatures=sets,
        chance=_chance(gathered, gathered.plans[0], text),
        files={name: file_info(folder / name) for name in names},
        tool=f"findspot {__version__}",
    )


def _chance(gathered: _Gathered, plan: _Plan, postings: _Postings) -> ChanceInfo | None:
    """Chance matches between the works under one shingling."""
    arrays = (postings.keys, postings.rows, postings.positions)
    how = Counting(plan.shingling.k, CHAINS[plan.shingling.name])
    return measure_chance(*arrays, gathered.n_tokens, gathered.weights, how)


def _short_info(gathered: _Gathered, postings: Mapping[Space, _Postings]) -> ShortInfo | None:
    """What ``release.json`` says of the shorter shingles."""
    for plan in gathered.plans:
        if plan.space is Space.TEXT_SHORT:
            made = postings[plan.space]
            return ShortInfo(
                k=plan.shingling.k,
                scaled=plan.scaled,
                fingerprinted=len(np.unique(made.rows)),
                postings=len(made.keys),
                stopped=made.stopped,
                chance=_chance(gathered, plan, made),
            )
    return None


def _write_signatures(folder: Path, gathered: _Gathered) -> tuple[tuple[SignatureSet, ...], dict[Space, _Postings]]:
    """Write the signatures, if any were asked for; what ``release.json`` says of them, and their bands."""
    if not gathered.signatures:
        return (), {}
    sets, keys, rows = write_signatures(folder / SIGNATURES_FILE, gathered.signatures)
    return sets, {Space.SIGNATURE_BAND: _Postings(keys, rows, np.zeros(len(keys), np.uint32))}


def _sorted_identifiers(works: list[WorkFacts]) -> _Postings:
    """Keys of all identifiers and the rows that state them."""
    pairs = [(key64(identifier), row) for row, facts in enumerate(works) for identifier in facts.identifiers]
    pairs.sort()
    keys = np.array([key for key, _ in pairs], np.uint64)
    return _Postings(keys, np.array([row for _, row in pairs], np.uint32), np.zeros(len(pairs), np.uint32))


def _write_works(path: Path, slug: str, gathered: _Gathered, n_hashes: npt.NDArray[np.int64]) -> None:
    works = gathered.facts
    columns = [
        [work_id(slug, facts) for facts in works],
        [facts.title for facts in works],
        [facts.creator for facts in works],
        [list(facts.identifiers) for facts in works],
        [facts.year for facts in works],
        [facts.publisher for facts in works],
        [facts.language for facts in works],
        gathered.n_tokens,
        gathered.weights,
        n_hashes.astype(np.int32),
    ]
    arrays = [pa.array(column, kind.type) for column, kind in zip(columns, WORKS_SCHEMA, strict=True)]
    _write_parquet(path, pa.table(arrays, schema=WORKS_SCHEMA))


def work_id(slug: str, facts: WorkFacts) -> str:
    """Id of a work, stable from release to release while the facts that name it stay the same."""
    named = json.dumps([slug, facts.file, facts.title, facts.creator, facts.identifiers], ensure_ascii=False)
    return hashlib.sha256(named.encode()).hexdigest()[:16]


def _write_parquet(path: Path, table: pa.Table) -> None:
    plain = {"key": "DELTA_BINARY_PACKED"} if "key" in table.column_names else {}
    coded = [name for name in table.column_names if name not in plain]
    pq.write_table(table, path, compression="zstd", use_dictionary=coded, column_encoding=plain or None)
    with path.open("rb") as file:
        os.fsync(file.fileno())
