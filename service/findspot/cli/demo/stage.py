"""What every part of the demo uses: its error, its voice, and how to start this very Findspot."""

from __future__ import annotations

import sys

import typer

from findspot.errors import FindspotError


class DemoError(FindspotError):
    """The demo did not go as its own truth says it should."""

    kind = "demo"


def findspot() -> list[str]:
    """How to start this very Findspot in a process of its own."""
    return [sys.executable, "-m", "findspot.cli.main"]


def say(text: str) -> None:
    """Print to standard output at once, in order with what other processes print."""
    typer.echo(text)
    sys.stdout.flush()
