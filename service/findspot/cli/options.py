"""Options that several commands share: how a dataset is read, and where the releases are."""

from __future__ import annotations

import os
from typing import Annotated

import typer

TextColumn = Annotated[
    str | None,
    typer.Option(
        "--text-column",
        envvar="FINDSPOT_TEXT_COLUMN",
        help="Column of the text, dotted if nested: meta.body. Else found.",
    ),
]
IdColumn = Annotated[
    str | None,
    typer.Option("--id-column", envvar="FINDSPOT_ID_COLUMN", help="Column of the record ids. Else found, or made."),
]
InputFormat = Annotated[
    str | None,
    typer.Option(
        "--input-format", envvar="FINDSPOT_INPUT_FORMAT", help="parquet, arrow, jsonl, csv, tsv or txt. Else found."
    ),
]
Encoding = Annotated[
    str, typer.Option("--encoding", envvar="FINDSPOT_ENCODING", help="Encoding of jsonl, csv, tsv and txt.")
]
Strict = Annotated[
    bool, typer.Option("--strict", envvar="FINDSPOT_STRICT", help="Stop at the first row or file that is no good.")
]
Scaled = Annotated[
    int | None,
    typer.Option(
        "--scaled",
        envvar="FINDSPOT_SCALED",
        help="Keep one shingle hash in so many. Else 64, or 16 with --sensitivity high.",
        min=1,
        show_default=False,
    ),
]
Sensitivity = Annotated[
    str | None,
    typer.Option(
        "--sensitivity",
        envvar="FINDSPOT_SENSITIVITY",
        help="normal or high. high also finds badly scanned and heavily edited text; it needs releases built with it.",
        show_default=False,
    ),
]
Jobs = Annotated[
    int, typer.Option("--jobs", envvar="FINDSPOT_JOBS", help="Threads; 0 for one a core.", min=0, show_default=False)
]
Name = Annotated[
    str | None,
    typer.Option("--name", envvar="FINDSPOT_NAME", help="Name of the dataset. Else that of the file or folder."),
]
SignatureRecipe = Annotated[
    str | None,
    typer.Option(
        "--signature-recipe",
        envvar="FINDSPOT_SIGNATURE_RECIPE",
        help="How the signatures in the data were made: fs1, JSON, or a file of JSON. Else as the files state.",
    ),
]


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def printable(text: str) -> str:
    """Titles and names come from anywhere: control characters, which could move a terminal's cursor, become �."""
    return "".join(c if c.isprintable() else "�" for c in text)


def say(line: str) -> None:
    """Tell the person at the terminal: on standard error, where it is in no one's way."""
    typer.echo(line, err=True)
