"""``findspot collection``: build, install, list, show, verify and withdraw releases of collections."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from findspot.cli.options import Jobs, Scaled, Sensitivity, printable, say, usable_cores

if TYPE_CHECKING:
    from findspot.reference import Installed

collection_app = typer.Typer(
    name="collection", help="The collections that datasets are held against.", no_args_is_help=True
)

AsJson = Annotated[bool, typer.Option("--json", envvar="FINDSPOT_JSON", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add ``findspot collection``."""
    app.add_typer(collection_app)


@collection_app.command()
def build(
    slug: Annotated[str, typer.Argument(help="Short name of the collection: lower-case letters, digits, . _ -")],
    sources: Annotated[list[Path], typer.Argument(help="Folders of .txt files, and lists (.csv .tsv .jsonl .txt).")],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", envvar="FINDSPOT_OUTPUT", help="Release folder to write.", show_default=False),
    ],
    title: Annotated[
        str, typer.Option(envvar="FINDSPOT_TITLE", help="Title of the collection. Else its slug.", show_default=False)
    ] = "",
    kind: Annotated[
        str, typer.Option(envvar="FINDSPOT_KIND", help="books, papers, video, film, music or mixed.")
    ] = "mixed",
    status: Annotated[
        str,
        typer.Option(
            envvar="FINDSPOT_STATUS", help="pirated, scraped, disputed, licensed or commons: what is claimed of it."
        ),
    ] = "disputed",
    as_of: Annotated[
        str | None,
        typer.Option(
            envvar="FINDSPOT_AS_OF", help="Date of the collection's contents: YYYY, YYYY-MM or YYYY-MM-DD. Else today."
        ),
    ] = None,
    release: Annotated[
        str | None, typer.Option(envvar="FINDSPOT_RELEASE", help="Name of this release. Else the as-of date.")
    ] = None,
    reference: Annotated[
        list[str] | None,
        typer.Option(
            envvar="FINDSPOT_REFERENCE", help="Where the claim is made: docket, press, paper; may be repeated."
        ),
    ] = None,
    works: Annotated[
        Path | None,
        typer.Option(envvar="FINDSPOT_WORKS", help="CSV of facts with a column `file`: title, creator, isbn, …"),
    ] = None,
    signatures: Annotated[
        list[str] | None,
        typer.Option(
            envvar="FINDSPOT_COLLECTION_SIGNATURES",
            help="Sign the works by this recipe as well: fs1, JSON, or a file of JSON; may be repeated.",
        ),
    ] = None,
    sensitivity: Sensitivity = None,
    scaled: Scaled = None,
    jobs: Jobs = 0,
    as_json: AsJson = False,
) -> None:
    """Build a release from texts one lawfully holds and from lists. It holds fingerprints and facts, never text."""
    from findspot.reference import build_release, make_facts
    from findspot.sketch import NEAR_DUPLICATE, NORMAL, parse_recipe

    recipes = [parse_recipe(stated) for stated in signatures or ()]
    today = time.strftime("%Y-%m-%d", time.gmtime())
    as_of = as_of or today
    facts = make_facts(
        slug=slug,
        title=title or slug,
        kind=kind,
        status=status,
        as_of=as_of,
        release=release or as_of,
        references=tuple(reference or ()),
    )
    start = time.perf_counter()
    built = build_release(
        facts,
        sources,
        output,
        works_csv=works,
        scaled=scaled or NORMAL.scaled,
        sensitivity=sensitivity or NORMAL.name,
        signatures=recipes,
        jobs=jobs or usable_cores(),
    )
    for refused in built.refused[:20]:
        say(printable(f"refused {refused.place}: {refused.reason}"))
    if len(built.refused) > 20:
        say(f"… and {len(built.refused) - 20:,} more")
    info = built.info
    say(
        f"{info.name}: {info.works:,} works, {info.fingerprinted:,} with fingerprints, {info.too_short:,} too short, "
        f"{info.identifiers:,} identifiers; {len(built.refused):,} refused, {built.duplicates:,} repeated"
    )
    for made in info.signatures:
        say(
            f"{made.works:,} signed ({made.recipe}); {made.bands} bands of {made.rows} values: a record of Jaccard "
            f"{NEAR_DUPLICATE} is found with probability {made.banding.chance(NEAR_DUPLICATE):.3f}"
        )
    say(f"wrote {output} in {time.perf_counter() - start:.1f} s, {built.digest}")
    if as_json:
        refusals = [{"place": r.place, "reason": r.reason} for r in built.refused]
        typer.echo(
            json.dumps(
                {
                    "digest": built.digest,
                    "release": json.loads(info.to_bytes()),
                    "refused": refusals,
                    "duplicates": built.duplicates,
                },
                indent=2,
            )
        )


@collection_app.command()
def install(folder: Annotated[Path, typer.Argument(help="Release folder, as `collection build` writes it.")]) -> None:
    """Verify a release and make it searchable. A crash leaves the library as it was."""
    from findspot.reference import Library, home_dir

    installed = Library(home_dir()).install(folder)
    say(f"installed {installed.info.name}: {installed.info.works:,} works, {installed.digest}")


@collection_app.command("list")
def list_(
    withdrawn: Annotated[
        bool, typer.Option("--withdrawn", envvar="FINDSPOT_WITHDRAWN", help="Show withdrawn releases too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the installed releases."""
    from findspot.reference import Library, home_dir

    found = Library(home_dir()).installed(withdrawn=withdrawn)
    if as_json:
        typer.echo(json.dumps([_as_json(i) for i in found], indent=2, ensure_ascii=False))
    elif not found:
        say("no collection is installed: `findspot collection install DIR` adds one")
    else:
        _print_table(found)


@collection_app.command()
def show(
    name: Annotated[str, typer.Argument(help="SLUG or SLUG@RELEASE.")],
    works: Annotated[int, typer.Option(envvar="FINDSPOT_SHOW_WORKS", help="Print so many of its works.", min=0)] = 0,
    as_json: AsJson = False,
) -> None:
    """Show the releases of a collection."""
    from findspot.reference import Library, OpenRelease, home_dir

    found = Library(home_dir()).show(name)
    if as_json:
        typer.echo(json.dumps([_as_json(i) for i in found], indent=2, ensure_ascii=False))
        return
    for installed in found:
        for field, value in _as_json(installed).items():
            if value not in (None, []):
                typer.echo(f"{field:13s} {printable('; '.join(value) if isinstance(value, list) else str(value))}")
        opened = OpenRelease(installed.info, installed.digest, installed.folder)
        for work in opened.works(range(min(works, installed.info.works))):
            size = f"{work.n_tokens:,} tokens" if work.n_tokens else "facts alone"
            facts = f"{work.title or '—'} · {work.creator or '—'} · {size} · {' '.join(work.identifiers)}"
            typer.echo(f"  {work.id}  {printable(facts)}")


@collection_app.command()
def verify(name: Annotated[str, typer.Argument(help="SLUG or SLUG@RELEASE.")]) -> None:
    """Check every file of an installed release against the digests that it states."""
    from findspot.reference import Library, home_dir

    for installed in Library(home_dir()).verify(name):
        say(f"{installed.info.name}: whole, {installed.digest}")


@collection_app.command()
def withdraw(
    name: Annotated[str, typer.Argument(help="SLUG or SLUG@RELEASE.")],
    reason: Annotated[
        str, typer.Option(envvar="FINDSPOT_REASON", help="Why it is withdrawn; stays listed.")
    ] = "withdrawn",
) -> None:
    """Take a release out of use and remove its files; what it was stays listed."""
    from findspot.reference import Library, home_dir

    slug, _, release = name.partition("@")
    for installed in Library(home_dir()).withdraw(slug, release or None, reason=reason):
        say(f"withdrew {installed.info.name}: {reason}")


def _as_json(installed: Installed) -> dict[str, object]:
    info = installed.info
    return {
        "collection": info.slug,
        "release": info.release,
        "title": info.title,
        "kind": info.kind,
        "status": info.status,
        "as_of": info.as_of,
        "works": info.works,
        "fingerprinted": info.fingerprinted,
        "identifiers": info.identifiers,
        "scheme": info.scheme.name,
        "scaled": info.scheme.scaled,
        "sensitivity": "high" if info.short else "normal",
        "signatures": [str(made.recipe) for made in info.signatures],
        "digest": installed.digest,
        "references": list(info.references),
        "withdrawn": installed.withdrawn,
    }


def _print_table(found: list[Installed]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("collection", "release", "title", "status", "as of", "works", "fingerprinted"):
        table.add_column(column, overflow="fold", justify="right" if column in ("works", "fingerprinted") else "left")
    for installed in found:
        info = installed.info
        name = f"{info.slug} (withdrawn: {installed.withdrawn})" if installed.withdrawn else info.slug
        counts = [f"{info.works:,}", f"{info.fingerprinted:,}"]
        cells = (name, info.release, info.title, info.status, info.as_of, *counts)
        table.add_row(*(Text(printable(cell)) for cell in cells))
    out = Console(highlight=False)
    if not out.is_terminal:  # a file or a pipe has no right edge
        out = Console(highlight=False, width=max(Console(width=1 << 20).measure(table).maximum, 80))
    out.print(table)
