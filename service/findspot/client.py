"""The Python client of the HTTP service.

    with Client("http://127.0.0.1:8000") as service:
        manifest = service.upload_manifest(Path("my.manifest.parquet"))
        report = service.audit(manifest["digest"])

What the service refuses arrives as :class:`ServiceError` with the words of its problem document.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self

import httpx
from pydantic import ValidationError

from findspot import __version__
from findspot.audit.model import Report
from findspot.errors import FindspotError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

MANIFEST_TYPE = "application/vnd.apache.parquet"

_CHUNK = 1 << 20

#: Pauses before the second, third and fourth try, in seconds. Only what is the same when done twice is tried again, and
#: here that is everything: manifests are named by their bytes, audits by what they ask.
_PAUSES = (0.2, 0.6, 1.8)

#: Longest wait that one request asks of the service, in seconds; a longer one is several requests.
_ONE_WAIT = 20.0

_Json = dict[str, Any]


class ServiceError(FindspotError):
    """The service refused, failed, or could not be reached.

    ``http_status`` is the status of its answer, or ``None`` when there was none; ``problem`` is its problem document.
    """

    kind = "service"
    status = 502

    def __init__(
        self,
        message: str,
        *,
        advice: str = "",
        http_status: int | None = None,
        problem: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, advice=advice)
        self.http_status = http_status
        self.problem = dict(problem or {})


class Client:
    """A connection to one service; close it, or use it in a ``with`` block."""

    def __init__(self, base_url: str, *, timeout: float = 60.0, transport: httpx.BaseTransport | None = None) -> None:
        """Prepare a client; nothing is sent yet.

        Args:
            base_url: Of the service, without ``/v1``.
            timeout: Seconds that each step of a request may take: connecting, sending a piece, reading a piece.
            transport: Another way to send requests than the network.
        """
        self._timeout = timeout
        try:
            self._http = httpx.Client(
                base_url=base_url,
                timeout=timeout,
                transport=transport,
                headers={"User-Agent": f"findspot/{__version__}"},
            )
        except httpx.InvalidURL as error:
            raise ServiceError(
                f"{base_url!r} is no URL: {error}", advice="Give one such as http://127.0.0.1:8000."
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def upload_manifest(self, path: Path) -> _Json:
        """Upload a manifest file, piece by piece; the answer holds its ``digest``.

        Raises:
            InputError: The file cannot be read.
            ServiceError: The service refused it.
        """
        try:
            size = path.stat().st_size
            path.open("rb").close()
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}") from error
        headers = {"Content-Type": MANIFEST_TYPE, "Content-Length": str(size)}
        return _json(self._send("POST", "/v1/manifests", content=lambda: _pieces(path), headers=headers))

    def start_audit(
        self, manifest: str, collections: Sequence[str] | None = None, policy: Mapping[str, Any] | None = None
    ) -> _Json:
        """Ask for an audit and return it as it is, usually queued.

        Args:
            manifest: Digest of an uploaded manifest.
            collections: ``slug`` or ``slug@release``; by default every collection that is installed there.
            policy: Fields of the policy; the service's defaults for the rest.
        """
        body: _Json = {"manifest": manifest}
        if collections is not None:
            body["collections"] = list(collections)
        if policy is not None:
            body["policy"] = dict(policy)
        return _json(self._send("POST", "/v1/audits", json=body))

    def audit(
        self,
        manifest: str,
        collections: Sequence[str] | None = None,
        policy: Mapping[str, Any] | None = None,
        *,
        wait: float | None = None,
    ) -> Report:
        """Ask for an audit, wait for it, and return its report.

        Args:
            manifest: Digest of an uploaded manifest.
            collections: See :meth:`start_audit`.
            policy: See :meth:`start_audit`.
            wait: Seconds to wait at most; by default as long as it takes.

        Raises:
            ServiceError: The audit failed or was cancelled, the time was over, or the service could not be reached.
        """
        started = self.start_audit(manifest, collections, policy)
        return self.wait_for(str(started["id"]), wait=wait)

    def wait_for(self, audit_id: str, *, wait: float | None = None) -> Report:
        """Wait for an audit that was asked for, and return its report; see :meth:`audit`."""
        deadline = None if wait is None else time.monotonic() + wait
        while True:
            left = _ONE_WAIT if deadline is None else deadline - time.monotonic()
            step = max(0.0, min(left, _ONE_WAIT, self._timeout / 2))
            found = _json(self._send("GET", f"/v1/audits/{audit_id}", params={"wait": step}))
            if found["status"] == "succeeded":
                return self._report(audit_id)
            if found["status"] in ("failed", "cancelled"):
                raise _unsuccessful(found)
            if deadline is not None and time.monotonic() >= deadline:
                raise ServiceError(
                    f"audit {audit_id} is still {found['status']} after {wait:g} s",
                    advice="It goes on there: wait for it again, or longer.",
                )

    def report(self, audit_id: str, format: str = "json") -> str:  # noqa: A002
        """The report of a finished audit in one of the service's formats: json, md, html, text, csv.

        Raises:
            ServiceError: There is no such audit or format, or the audit has not succeeded.
        """
        return self._send("GET", f"/v1/audits/{audit_id}/report", params={"format": format}).text

    def lookup(self, values: Sequence[str], collections: Sequence[str] | None = None) -> list[_Json]:
        """Look identifiers up: one result a value, with its ``identifier`` and ``matches``."""
        body: _Json = {"values": list(values)}
        if collections is not None:
            body["collections"] = list(collections)
        results: list[_Json] = _json(self._send("POST", "/v1/lookup", json=body))["results"]
        return results

    def collections(self) -> list[_Json]:
        """The collections that are installed there, with their releases."""
        found: list[_Json] = _json(self._send("GET", "/v1/collections"))["collections"]
        return found

    def _report(self, audit_id: str) -> Report:
        try:
            return Report.model_validate_json(self.report(audit_id))
        except ValidationError as error:
            raise ServiceError(
                f"the service's report is not one that this version reads: {error.errors()[0]['msg']}",
                advice="Use the same version of findspot here and there.",
            ) from error

    def _send(
        self,
        method: str,
        path: str,
        *,
        content: Callable[[], Iterator[bytes]] | None = None,
        **more: Any,  # noqa: ANN401
    ) -> httpx.Response:
        """Send a request, again after connection errors; ``content`` is called anew for each try."""
        for pause in (*_PAUSES, None):
            try:
                answer = self._http.request(method, path, content=content() if content else None, **more)
            except httpx.TransportError as error:
                # A refusal before the body was read closes the connection: the server's word may be lost with it.
                if pause is None or isinstance(error, httpx.UnsupportedProtocol):
                    raise ServiceError(
                        f"{method} {self._http.base_url.join(path)}: {error or type(error).__name__}",
                        advice="Is `findspot serve` running there?",
                    ) from error
                time.sleep(pause)
                continue
            if answer.is_success:
                return answer
            if answer.status_code != 503 or pause is None:
                raise _refused(answer)
            time.sleep(pause)
        raise AssertionError("the last try returns or raises")


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            yield piece


def _json(answer: httpx.Response) -> _Json:
    try:
        content = answer.json()
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise ServiceError(
            f"{answer.request.url} did not answer with a JSON object", advice="Is this a findspot service?"
        )
    return content


def _refused(answer: httpx.Response) -> ServiceError:
    """The error of a problem document, or of whatever else something on the way answered."""
    problem: Mapping[str, Any] = {}
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        problem = _json(answer)
    detail = problem.get("detail") or f"{answer.request.url.path}: {answer.status_code} {answer.reason_phrase}"
    trace = f" (trace {problem['trace_id']})" if "trace_id" in problem else ""
    return ServiceError(
        f"{detail}{trace}", advice=problem.get("advice", ""), http_status=answer.status_code, problem=problem
    )


def _unsuccessful(audit: Mapping[str, Any]) -> ServiceError:
    error = audit.get("error")
    if not error:
        return ServiceError(f"audit {audit['id']} was {audit['status']}", advice="Ask for it again.")
    return ServiceError(
        f"audit {audit['id']} failed at stage {error['stage']}: {error['detail']}",
        advice=error["advice"],
        problem=error,
    )
