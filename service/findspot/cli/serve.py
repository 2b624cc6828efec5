"""``findspot serve``: the HTTP service on this machine."""

# Not `from __future__ import annotations`: typer reads these annotations.

from pathlib import Path
from typing import Annotated

import typer

from findspot.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="serve")(serve)


def serve(
    *,
    host: Annotated[str, typer.Option(envvar="FINDSPOT_HOST", help="Name or address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(envvar="FINDSPOT_PORT", min=0, max=65535, help="Port; 0 for any free one.")
    ] = 8000,
    home: Annotated[
        Path | None,
        typer.Option(
            envvar="FINDSPOT_HOME",
            help="Folder of the installed releases and the database.",
            show_default="the user's data folder",
        ),
    ] = None,
    max_upload: Annotated[int, typer.Option(envvar="FINDSPOT_MAX_UPLOAD", min=1, help="Largest upload, in bytes.")] = 8
    * 1024**3,
    insecure_bind: Annotated[
        bool,
        typer.Option(
            "--insecure-bind",
            envvar="FINDSPOT_INSECURE_BIND",
            help="Allow an address that other machines reach, and any Host header, although there are no keys.",
        ),
    ] = False,
    log_level: Annotated[
        str, typer.Option(envvar="FINDSPOT_LOG_LEVEL", help="debug, info, warning or error.")
    ] = "warning",
) -> None:
    """Serve audits over HTTP: upload manifests, ask for audits, read reports, look identifiers up."""
    if log_level not in ("debug", "info", "warning", "error"):
        raise UsageError(f"no log level {log_level!r}", advice="Levels: debug, info, warning, error.")
    try:
        from findspot.api import server
        from findspot.api.settings import Settings
    except ModuleNotFoundError as error:
        if error.name not in ("fastapi", "starlette", "uvicorn", "sqlmodel", "sqlalchemy", "anyio"):
            raise
        raise UsageError(
            f"the service needs {error.name}, which is not installed",
            advice="Install it: pip install 'findspot[service]'.",
        ) from error
    from findspot.reference import home_dir

    settings = Settings(home=home or home_dir(), max_upload=max_upload, loopback_only=not insecure_bind)
    server.serve(
        settings,
        server.Address(host, port, insecure_bind),
        log_level=log_level,
        announce=lambda url: typer.echo(f"findspot serves {url} from {settings.home}", err=True),
    )
