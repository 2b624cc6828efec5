"""The outermost layer: which hosts, how large a body, which headers, what the log says, and no exception beyond it."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from fastapi import HTTPException

from findspot.api import problems
from findspot.api.settings import host_of, is_loopback

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from findspot.api.settings import Settings

access = logging.getLogger("findspot.access")

#: Said of every answer. The pages carry their own style, and nothing else may load or run.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}

#: The one route whose body goes to the disk as it comes, with its own limit.
UPLOAD = "/v1/manifests"


class Guard:
    """ASGI middleware around all routes; only Starlette's own error page, which is thus never shown, lies outside."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through, or answer it here."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = time.monotonic()
        status = 0

        async def guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _with_our_headers(message["headers"])
            await send(message)

        try:
            refusal = self._refusal(scope)
            if refusal is not None:
                await refusal(scope, receive, guarded)
            else:
                await self.app(scope, self._limited(scope, receive), guarded)
        except Exception:
            if status:  # too late for another answer: let the server cut the connection
                raise
            await problems.of_crash(scope["path"])(scope, receive, guarded)
        finally:
            # The route's template, never the path: ids, names and queries stay out of the log.
            route = getattr(scope.get("route"), "path", "-")
            access.info("%s %s %d %.1f ms", scope["method"], route, status, 1000 * (time.monotonic() - begun))

    def _refusal(self, scope: Scope) -> problems.ProblemResponse | None:
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        if self.settings.loopback_only and not is_loopback(host_of(host)):
            error = problems.MisdirectedError(
                "this service answers only for the loopback host",
                advice="Use http://127.0.0.1 or http://localhost, or start it with --insecure-bind.",
            )
            return problems.of_error(scope["path"], error)
        length = headers.get(b"content-length", b"0")
        if _limits(scope) and length.isdigit() and int(length) > self.settings.max_body:
            return problems.of_error(scope["path"], self._too_large())
        return None

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        """Count a body that does not state its length."""
        if not _limits(scope):
            return receive
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.settings.max_body:
                # FastAPI passes its own exception through; any other would become "error parsing the body".
                raise HTTPException(413, self._too_large().message)
            return message

        return counted

    def _too_large(self) -> problems.TooLargeError:
        return problems.TooLargeError(
            f"the body is larger than {self.settings.max_body} bytes", advice="Ask in several requests."
        )


def _limits(scope: Scope) -> bool:
    return not (scope["method"] == "POST" and scope["path"] == UPLOAD)


def _with_our_headers(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    stated = {name.lower() for name, _ in headers}
    ours = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
    return [*headers, *(item for item in ours if item[0] not in stated)]
