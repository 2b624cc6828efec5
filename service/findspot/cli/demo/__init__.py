"""``findspot demo``: a stand-in shadow library and a tainted dataset, end to end."""

from __future__ import annotations

from pathlib import Path

import typer


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""

    @app.command()
    def demo(
        out: Path = typer.Option(Path("findspot-demo"), "--out", envvar="FINDSPOT_DEMO_OUT", help="Folder to work in."),
        http: bool = typer.Option(True, "--http/--no-http", help="Audit once more through the HTTP service."),
    ) -> None:
        """A stand-in shadow library and a tainted dataset, end to end, with the truth beside the findings."""
        from findspot.cli.demo.run import Demo

        Demo(out.absolute()).run(http=http)
