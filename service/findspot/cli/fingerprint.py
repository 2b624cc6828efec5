"""``findspot fingerprint``: a dataset becomes a manifest, which holds no text."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from findspot.dataset import ManifestInfo


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("fingerprint")(fingerprint)


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def fingerprint(  # noqa: PLR0917 - one parameter an option
    data: Annotated[list[Path], typer.Argument(help="Files and folders of the dataset.", show_default=False)],
    output: Annotated[
        Path, typer.Option("--output", "-o", envvar="FINDSPOT_OUTPUT", help="Manifest to write.", show_default=False)
    ],
    text_column: Annotated[
        str | None,
        typer.Option(
            envvar="FINDSPOT_TEXT_COLUMN", help="Column of the text, dotted if nested: meta.body. Else found."
        ),
    ] = None,
    id_column: Annotated[
        str | None, typer.Option(envvar="FINDSPOT_ID_COLUMN", help="Column of the record ids. Else found, or made.")
    ] = None,
    input_format: Annotated[
        str | None,
        typer.Option(envvar="FINDSPOT_INPUT_FORMAT", help="parquet, arrow, jsonl, csv, tsv or txt. Else found."),
    ] = None,
    encoding: Annotated[
        str, typer.Option(envvar="FINDSPOT_ENCODING", help="Encoding of jsonl, csv, tsv and txt.")
    ] = "utf-8",
    strict: Annotated[
        bool, typer.Option("--strict", envvar="FINDSPOT_STRICT", help="Stop at the first row or file that is no good.")
    ] = False,
    scaled: Annotated[
        int, typer.Option(envvar="FINDSPOT_SCALED", help="Keep one shingle hash in so many.", min=1)
    ] = 64,
    jobs: Annotated[
        int, typer.Option(envvar="FINDSPOT_JOBS", help="Threads; 0 for one a core.", min=0, show_default=False)
    ] = 0,
    name: Annotated[
        str | None, typer.Option(envvar="FINDSPOT_NAME", help="Name of the dataset. Else that of the file or folder.")
    ] = None,
    redact: Annotated[
        str, typer.Option(envvar="FINDSPOT_REDACT", help="Columns to withhold, as in url,title.", show_default=False)
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the facts as JSON on standard output.")] = False,
) -> None:
    """Make the manifest of a dataset: digests, identifiers and sketches of its records. No text leaves the machine."""
    from findspot.dataset import ReadOptions, open_subject, write_manifest

    options = ReadOptions(
        text_column=text_column,
        id_column=id_column,
        input_format=input_format,
        encoding=encoding,
        strict=strict,
        jobs=jobs or usable_cores(),
        scaled=scaled,
        name=name,
    )
    start = time.perf_counter()
    withheld = [column.strip() for column in redact.split(",") if column.strip()]
    info = write_manifest(open_subject(data, options), output, redact=withheld)
    _tell(info, time.perf_counter() - start)
    if as_json:
        typer.echo(json.dumps(_as_json(info), indent=2, ensure_ascii=False))


def _tell(info: ManifestInfo, seconds: float) -> None:
    """Say on standard error what was read, skipped and written."""
    facts = info.facts
    for columns in facts.columns:
        pairs = dict.fromkeys((*columns.facts, *((kind or "any", column) for kind, column in columns.identifiers)))
        others = ", ".join(f"{what} from {column}" for what, column in pairs)
        text = f"text from column {columns.text}" if columns.text else "no text column: identifiers only"
        _say(f"read {text}, ids from {columns.id or 'row numbers'}{f', {others}' if others else ''}")
    size = facts.bytes / 1e6
    rate = f", {size / seconds:.0f} MB/s" if facts.bytes and seconds else ""
    _say(f"{facts.name}: {facts.records:,} records, {facts.tokens:,} tokens, {size:,.1f} MB of text{rate}")
    for kind, counts in (("skipped", facts.skipped), ("note", facts.notes)):
        for reason, count in counts.items():
            _say(f"{kind}: {count:,} × {reason} ({', '.join(facts.samples.get(reason, ()))})")
    if facts.coverage < 1:
        _say(f"coverage: {min(facts.coverage, 0.9999):.2%} of the dataset was read")
    if not facts.records:
        _say("nothing was read: the manifest is empty")
    withheld = f", without {', '.join(info.header.redacted)}" if info.header.redacted else ""
    _say(f"wrote {info.path}: {info.bytes:,} bytes{withheld}, {facts.digest}")


def _say(line: str) -> None:
    typer.echo(line, err=True)


def _as_json(info: ManifestInfo) -> dict[str, object]:
    header = info.header.model_dump(mode="json")
    return {"manifest": str(info.path), "manifest_bytes": info.bytes, "digest": info.facts.digest, **header}
