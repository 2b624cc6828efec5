"""What one service is told when it starts."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from findspot.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

GIB = 1024**3


@dataclass(frozen=True)
class Settings:
    """Where the service keeps its things, and what it lets in.

    ``loopback_only`` holds as long as there are no keys: the service then answers only requests that name a loopback
    host, so that no web page can reach it through a name that it points at 127.0.0.1 (DNS rebinding).
    """

    home: Path
    max_upload: int = 8 * GIB  # bytes of one upload
    max_body: int = 4 * 1024**2  # bytes of any other request
    max_wait: float = 60.0  # seconds that a request may wait for an audit
    loopback_only: bool = True


def check_bind(host: str, *, insecure: bool) -> None:
    """Refuse to listen where others can connect.

    Raises:
        UsageError: ``host`` is no loopback address and ``insecure`` is not set.
    """
    if insecure or is_loopback(host):
        return
    raise UsageError(
        f"{host} can be reached from other machines, and this service has no keys: anybody who connects could read "
        "every report and delete manifests",
        advice="Listen on 127.0.0.1, or say --insecure-bind if something in front of it lets only the right people in.",
    )


def is_loopback(host: str) -> bool:
    """Whether a host name or address, as in a ``Host`` header without its port, means this machine only."""
    if host.lower() in ("localhost", "localhost."):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def host_of(header: str) -> str:
    """The host in a ``Host`` header: ``"[::1]:8000"`` is ``"::1"``, ``"localhost:8000"`` is ``"localhost"``."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0]
