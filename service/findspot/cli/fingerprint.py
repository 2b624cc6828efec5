"""``findspot fingerprint``: a dataset becomes a manifest, which holds no text."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from findspot.cli.options import (
    Encoding,
    IdColumn,
    InputFormat,
    Jobs,
    Name,
    Scaled,
    Sensitivity,
    SignatureRecipe,
    Strict,
    TextColumn,
    say,
    usable_cores,
)

if TYPE_CHECKING:
    from findspot.dataset import ManifestInfo


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("fingerprint")(fingerprint)


def fingerprint(
    data: Annotated[list[Path], typer.Argument(help="Files and folders of the dataset.", show_default=False)],
    output: Annotated[
        Path, typer.Option("--output", "-o", envvar="FINDSPOT_OUTPUT", help="Manifest to write.", show_default=False)
    ],
    text_column: TextColumn = None,
    id_column: IdColumn = None,
    input_format: InputFormat = None,
    encoding: Encoding = "utf-8",
    strict: Strict = False,
    sensitivity: Sensitivity = None,
    scaled: Scaled = None,
    jobs: Jobs = 0,
    name: Name = None,
    signature_recipe: SignatureRecipe = None,
    signatures: Annotated[
        bool,
        typer.Option("--signatures", envvar="FINDSPOT_SIGNATURES", help="Add datasketch MinHash signatures (slower)."),
    ] = False,
    redact: Annotated[
        str, typer.Option(envvar="FINDSPOT_REDACT", help="Columns to withhold, as in url,title.", show_default=False)
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the facts as JSON on standard output.")] = False,
) -> None:
    """Make the manifest of a dataset: digests, identifiers and sketches of its records. No text leaves the machine."""
    from findspot.dataset import ReadOptions, open_subject, write_manifest
    from findspot.sketch import parse_recipe

    options = ReadOptions(
        text_column=text_column,
        id_column=id_column,
        input_format=input_format,
        encoding=encoding,
        strict=strict,
        jobs=jobs or usable_cores(),
        sensitivity=sensitivity,
        scaled=scaled,
        name=name,
        signature_recipe=parse_recipe(signature_recipe) if signature_recipe else None,
        signatures=signatures,
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
        text = f"text from column {columns.text}" if columns.text else "no text column"
        if columns.signature:
            text += f", signatures from column {columns.signature}"
        say(f"read {text}, ids from {columns.id or 'row numbers'}{f', {others}' if others else ''}")
    size = facts.bytes / 1e6
    rate = f", {size / seconds:.0f} MB/s" if facts.bytes and seconds else ""
    say(f"{facts.name}: {facts.records:,} records, {facts.tokens:,} tokens, {size:,.1f} MB of text{rate}")
    for kind, counts in (("skipped", facts.skipped), ("note", facts.notes)):
        for reason, count in counts.items():
            say(f"{kind}: {count:,} × {reason} ({', '.join(facts.samples.get(reason, ()))})")
    if facts.coverage < 1:
        say(f"coverage: {min(facts.coverage, 0.9999):.2%} of the dataset was read")
    if not facts.records:
        say("nothing was read: the manifest is empty")
    withheld = f", without {', '.join(info.header.redacted)}" if info.header.redacted else ""
    say(f"wrote {info.path}: {info.bytes:,} bytes{withheld}, {facts.digest}")


def _as_json(info: ManifestInfo) -> dict[str, object]:
    header = info.header.model_dump(mode="json")
    return {"manifest": str(info.path), "manifest_bytes": info.bytes, "digest": info.facts.digest, **header}
