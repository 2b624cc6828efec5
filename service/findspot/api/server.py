"""Run the service: bind first, so that a refusal is an error of the command and not of a server half started."""

from __future__ import annotations

import logging
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn

from findspot.api.app import create_app
from findspot.api.settings import check_bind
from findspot.errors import FindspotError
from findspot.store import Database

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp

    from findspot.api.settings import Settings

#: Seconds that requests in flight get when the service is told to stop.
GRACE = 5


class ListenError(FindspotError):
    """The address cannot be listened on."""

    kind = "cannot-listen"


@dataclass(frozen=True)
class Address:
    """Where to listen; ``insecure`` says that an address that other machines reach is wanted, without keys."""

    host: str = "127.0.0.1"
    port: int = 8000
    insecure: bool = False


def serve(
    settings: Settings,
    address: Address,
    *,
    log_level: str = "warning",
    announce: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve until told to stop (SIGINT, SIGTERM).

    Args:
        settings: Home directory and limits.
        address: Where to listen.
        log_level: Level of the log, on stderr; ``info`` says one line a request, with the route but not the path.
        announce: Told the URL once the port is bound.

    Raises:
        UsageError: The address is not loopback, and that is not wanted.
        ListenError: The address is in use or not ours.
        StoreError: The database in the home directory cannot be used.
    """
    check_bind(address.host, insecure=address.insecure)
    logging.basicConfig(level=log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    Database.in_home(settings.home).close()  # refused here with our words; the server's own start would say a traceback
    with listen(address) as listener:
        name = f"[{address.host}]" if ":" in address.host else address.host
        announce(f"http://{name}:{listener.getsockname()[1]}")
        server = uvicorn.Server(configure(create_app(settings), log_level))
        server.run(sockets=[listener])
    if not server.started:
        raise FindspotError("the service did not start", advice="The log above says why.")


def configure(app: ASGIApp, log_level: str = "warning") -> uvicorn.Config:
    """How uvicorn runs the service: quiet, without a say for proxies, and with the lifespan that opens the home."""
    return uvicorn.Config(
        app,
        log_config=None,
        log_level=log_level,
        access_log=False,  # it would say paths and queries; the guard logs routes
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        ws="none",
        timeout_graceful_shutdown=GRACE,
    )


def listen(address: Address) -> socket.socket:
    """A listening socket.

    Raises:
        ListenError: The address is in use, not ours or unknown.
    """
    try:
        places = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
        family, _, _, _, place = places[0]
        # Of protocol TCP by name: asyncio turns Nagle's delay off only then, which saves 40 ms an answer.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind(place)
            listener.listen(512)
        except BaseException:
            listener.close()
            raise
    except (OSError, OverflowError) as error:
        raise ListenError(
            f"cannot listen on {address.host} port {address.port}: {error}",
            advice="Choose another --port, or 0 for any free one.",
        ) from error
    return listener
