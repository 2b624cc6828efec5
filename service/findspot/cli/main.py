"""The command: assembles the sub-commands, and turns every Findspot error into one message and its exit code."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer

from findspot import __version__
from findspot.cli import COMMANDS
from findspot.cli.start import hurry
from findspot.errors import FindspotError

app = typer.Typer(
    name="findspot",
    help="Which known works are in a training dataset, how much of each, on what evidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def findspot(version: bool = typer.Option(False, "--version", help="Print the version and stop.")) -> None:
    """Which known works are in a training dataset, how much of each, on what evidence."""
    if version:
        typer.echo(f"findspot {__version__}")
        raise typer.Exit


for _register in COMMANDS:
    _register(app)


def run() -> NoReturn:
    """Entry point of the ``findspot`` command."""
    hurry()
    try:
        app()
    except FindspotError as error:
        from rich.console import Console

        talk = Console(stderr=True, highlight=False, soft_wrap=True)
        talk.print(f"findspot: {error.message}", style="bold red", markup=False)
        if error.advice:
            talk.print(error.advice, markup=False)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(4)
    sys.exit(0)


if __name__ == "__main__":
    run()
