"""``findspot report``: what can be done with a report that an audit wrote."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from findspot.audit.model import Report

report_app = typer.Typer(name="report", help="Work with a report that an audit wrote.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add ``findspot report``."""
    app.add_typer(report_app)


@report_app.callback()
def report() -> None:
    """Work with a report that an audit wrote."""


@report_app.command()
def render(
    report: Annotated[Path, typer.Argument(help="A report in JSON, as `findspot audit --format json` writes it.")],
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            envvar="FINDSPOT_FORMAT",
            help="text, json, md, html or csv; that of the output's ending, or text, if not given.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", envvar="FINDSPOT_OUTPUT", help="File to write; standard output if not given."),
    ] = None,
) -> None:
    """Show a report in another format. The exit code is 0 whatever the verdict: the audit gave its own."""
    from findspot.report import load_report, write_report

    loaded = load_report(report)
    if output is None:
        print_report(loaded, format or "text")
    else:
        write_report(loaded, output, format)


def print_report(report: Report, format: str) -> None:
    """Render to standard output: UTF-8 in a pipe; as wide as a terminal, in colours unless ``NO_COLOR`` is set."""
    from findspot.report import render as rendered

    if not sys.stdout.isatty():
        typer.echo(rendered(report, format).encode(), nl=False)
        return
    width = max(60, min(shutil.get_terminal_size((100, 24)).columns, 140))
    typer.echo(rendered(report, format, width=width, colour=not os.environ.get("NO_COLOR")), nl=False)
