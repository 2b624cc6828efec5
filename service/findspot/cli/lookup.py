"""``findspot lookup``: is this ISBN, digest or video in an installed collection?"""

from __future__ import annotations

import itertools
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from findspot.cli.options import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from findspot.identity import Identifier
    from findspot.reference import OpenRelease, WorkRow

_BATCH = 10_000  # identifiers of a list that are looked up at once
_SHOWN = 1_000  # rows of the table
_MISSING = 3  # exit code: nothing to look in, so that the answer is neither yes nor no


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("lookup")(lookup)


@dataclass(frozen=True)
class Hit:
    """One work of one release that states the identifier."""

    value: str  # as it was asked
    identifier: Identifier
    release: OpenRelease
    work: WorkRow


@dataclass
class Answer:
    """What was asked and what was found."""

    hits: list[Hit] = field(default_factory=list)
    absent: list[tuple[str, Identifier]] = field(default_factory=list)  # of single values; of a list only their number
    looked_up: int = 0
    found: int = 0
    unrecognised: int = 0


def lookup(
    values: Annotated[
        list[str] | None,
        typer.Argument(help="ISBN, DOI, md5, sha1, sha256, magnet link, video id, link…", show_default=False),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file", envvar="FINDSPOT_FILE", help="A list: .csv, .tsv, .jsonl, or .txt with one identifier a line."
        ),
    ] = None,
    collection: Annotated[
        list[str] | None,
        typer.Option(
            "--collection",
            envvar="FINDSPOT_COLLECTION",
            help="Look in SLUG or SLUG@RELEASE alone; may be given several times. Else in all installed.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Look up identifiers in the installed collections. The exit code is 0 whether they are found or not.

    Of a list, only what is found is printed, and the numbers of the rest are told.
    """
    from findspot.errors import UsageError
    from findspot.reference import Library, home_dir

    if not values and file is None:
        raise UsageError("nothing to look up", advice="Give one or more values, or a list with --file.")
    asked = [_recognised(value) for value in values or ()]
    releases = Library(home_dir()).open(collection or None)
    answer = Answer()
    _look_up(asked, releases, answer, keep_absent=True)
    if file is not None:
        _look_up_list(file, releases, answer)
    if as_json:
        typer.echo(json.dumps(_as_json(answer, releases), indent=2, ensure_ascii=False).encode())
    else:
        _print_table(answer, releases)
    if file is not None:
        _say(
            f"{file.name}: {answer.looked_up - len(asked):,} identifiers looked up, "
            f"{answer.unrecognised:,} rows and values not recognised"
        )
    if not releases:
        _say("no collection is installed: `findspot collection install DIR` adds one")
        raise typer.Exit(_MISSING)


def _recognised(value: str) -> tuple[str, Identifier]:
    """The value as it may be repeated, a magnet link without its trackers, and what it is."""
    from findspot.errors import UsageError
    from findspot.identity import KINDS, recognise, shown, why_not

    found = recognise(value)
    if found is None:
        raise UsageError(
            f"{shown(value)!r} is not recognised: {why_not(value)}",
            advice=f"Identifiers are {', '.join(KINDS)}; KIND:VALUE says which one is meant, as in infohash:2fd4e1c6….",
        )
    return (shown(value) if found.kind == "infohash" else value.strip()), found


def _look_up(
    asked: Sequence[tuple[str, Identifier]], releases: Sequence[OpenRelease], answer: Answer, *, keep_absent: bool
) -> None:
    """Look up a batch in every release and add what is found to the answer."""
    wanted = list(dict.fromkeys(identifier.canonical for _, identifier in asked))
    found = [(release, release.find_identifiers(wanted)) for release in releases]
    for value, identifier in asked:
        hits = [
            Hit(value, identifier, release, work)
            for release, works in found
            for work in works.get(identifier.canonical, ())
        ]
        answer.hits += hits
        answer.looked_up += 1
        answer.found += bool(hits)
        if not hits and keep_absent:
            answer.absent.append((value, identifier))


def _look_up_list(file: Path, releases: Sequence[OpenRelease], answer: Answer) -> None:
    identifiers = _of_list(file, answer)
    while batch := list(itertools.islice(identifiers, _BATCH)):
        _look_up(batch, releases, answer, keep_absent=False)


def _of_list(file: Path, answer: Answer) -> Iterator[tuple[str, Identifier]]:
    """The identifiers of a list's works; what is none is counted in the answer."""
    from findspot.identity import Identifier
    from findspot.reference.lists import Refused, read_list

    for row in read_list(file):
        if isinstance(row, Refused) or not row.identifiers:
            answer.unrecognised += 1
            continue
        for canonical in row.identifiers:
            kind, _, value = canonical.partition(":")
            yield canonical, Identifier(kind, value)


def _print_table(answer: Answer, releases: Sequence[OpenRelease]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("value", "recognised as", "collection", "status", "as of", "title", "creator"):
        table.add_column(name, overflow="fold")
    for hit in answer.hits[:_SHOWN]:
        info, work = hit.release.info, hit.work
        cells = (hit.value, hit.identifier.canonical, info.name, info.status, info.as_of, work.title, work.creator)
        table.add_row(*(Text(printable(str(cell)) if cell is not None else "–") for cell in cells))
    out = Console(highlight=False)
    if not out.is_terminal:
        out = Console(highlight=False, width=max(Console(width=1 << 20).measure(table).maximum, 80))
    if answer.hits:
        out.print(table)
    if len(answer.hits) > _SHOWN:
        out.print(f"… and {len(answer.hits) - _SHOWN:,} more: --json lists them all", soft_wrap=True)
    where = _where(releases)
    for value, identifier in answer.absent:
        out.print(f"{printable(value)} ({identifier.canonical}): {where}", markup=False, soft_wrap=True)
    if answer.looked_up > len(answer.absent) and not answer.hits:
        out.print(f"none of the list: {where}", markup=False, soft_wrap=True)
    if any(identifier.kind == "sha1" and ":" not in value for value, identifier in answer.absent):
        _say("40 hexadecimal digits are read as a SHA-1; btih:… asks for a BitTorrent info hash")


def _where(releases: Sequence[OpenRelease]) -> str:
    """Where a value that was not found was looked for."""
    days = sorted({release.info.as_of for release in releases})
    as_of = f" (as of {days[0]}{f' to {days[-1]}' if len(days) > 1 else ''})" if days else ""
    return f"not in any of {len(releases)} installed collection{'' if len(releases) == 1 else 's'}{as_of}"


def _as_json(answer: Answer, releases: Sequence[OpenRelease]) -> dict[str, object]:
    return {
        "schema": "findspot.lookup/1",
        "collections": [_release_json(release) for release in releases],
        "found": [
            {
                "value": hit.value,
                "identifier": hit.identifier.canonical,
                **{k: v for k, v in _release_json(hit.release).items() if k != "digest"},
                "work": {k: v for k, v in asdict(hit.work).items() if k not in ("row", "n_hashes")},
            }
            for hit in answer.hits
        ],
        "not_found": [{"value": value, "identifier": identifier.canonical} for value, identifier in answer.absent],
        "summary": {
            "looked_up": answer.looked_up,
            "found": answer.found,
            "not_found": answer.looked_up - answer.found,
            "unrecognised": answer.unrecognised,
        },
    }


def _release_json(release: OpenRelease) -> dict[str, object]:
    info = release.info
    return {
        "collection": info.slug,
        "release": info.release,
        "digest": release.digest,
        "as_of": info.as_of,
        "status": str(info.status),
    }


def _say(line: str) -> None:
    typer.echo(line, err=True)
