"""Every error as a problem document (RFC 9457): one form, whether a route, a check or the engine raised it."""

# Not `from __future__ import annotations`: pydantic reads these annotations.

import logging
import re
from collections.abc import Mapping, Sequence
from http.client import responses
from typing import Any
from uuid import uuid4

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from findspot.errors import FindspotError, UsageError

MEDIA_TYPE = "application/problem+json"

log = logging.getLogger("findspot.api")


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    detail: str
    pointer: str | None = Field(
        None, description="JSON Pointer into the body, as a URI fragment", examples=["#/values/0"]
    )
    parameter: str | None = Field(None, description="Name of the query parameter, path parameter or header")


class Problem(BaseModel):
    """An RFC 9457 problem document."""

    type: str = Field(description="`urn:findspot:problem:` and the kind, or `about:blank` for what HTTP itself says")
    title: str
    status: int
    detail: str
    instance: str = Field(description="Path of the request")
    advice: str = Field("", description="The way out, one sentence")
    errors: list[Fault] | None = Field(None, description="What is wrong with the request, item by item")
    trace_id: str | None = Field(None, description="Find the details in the service's log by it")


class TooLargeError(UsageError):
    """A request body is larger than the service takes."""

    status = 413
    kind = "too-large"


class MediaTypeError(UsageError):
    """A body of a type that the route does not take."""

    status = 415
    kind = "media-type"


class NotAcceptableError(UsageError):
    """None of the representations that the client accepts exists."""

    status = 406
    kind = "not-acceptable"


class NotFinishedError(UsageError):
    """The report of an audit that is not over."""

    status = 409
    kind = "not-finished"


class MalformedError(UsageError):
    """A header or a body that is not even well-formed."""

    status = 400
    kind = "malformed"


class MisdirectedError(UsageError):
    """A request for a host that this service does not answer for."""

    status = 421
    kind = "misdirected"


class NotReadyError(FindspotError):
    """A part that the service needs does not answer."""

    status = 503
    kind = "not-ready"


class ProblemResponse(JSONResponse):
    """A problem document with its media type."""

    media_type = MEDIA_TYPE


def problem(
    path: str,
    status: int,
    detail: str,
    *,
    kind: str = "",
    headers: Mapping[str, str] | None = None,
    **more: str | list[Fault],
) -> ProblemResponse:
    """A problem response; ``more`` holds further members of :class:`Problem`."""
    document = Problem(
        type=f"urn:findspot:problem:{kind}" if kind else "about:blank",
        title=responses.get(status, "Error"),
        status=status,
        detail=detail,
        instance=path,
        **more,
    )
    content = document.model_dump(mode="json", exclude_none=True)
    return ProblemResponse(content, status_code=status, headers=dict(headers or {}))


def of_error(path: str, error: FindspotError) -> ProblemResponse:
    """The problem document of one of our errors."""
    headers = {"Retry-After": "1"} if error.status == 503 or isinstance(error, NotFinishedError) else {}
    return problem(path, error.status, error.message, kind=error.kind, advice=error.advice, headers=headers)


def of_crash(path: str) -> ProblemResponse:
    """The problem document of the exception being handled: a trace id, and nothing of the inside."""
    trace = uuid4().hex
    log.exception("unexpected error, trace %s", trace)
    return problem(
        path,
        500,
        "the service met an error that is its own fault",
        kind="internal",
        advice="Report it with the trace id; the service's log has the details.",
        trace_id=trace,
    )


def install(app: FastAPI) -> None:
    """Make every error of the app a problem document."""

    @app.exception_handler(FindspotError)
    async def ours(request: Request, error: FindspotError) -> ProblemResponse:
        if error.status >= 500:
            log.error("%s: %s", error.kind, error.message)
        return of_error(request.url.path, error)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> ProblemResponse:
        detail = {404: "no such route", 405: f"{request.method} is not a method of this route"}
        known = error.detail == responses.get(error.status_code)
        words = detail.get(error.status_code, error.detail) if known else error.detail
        headers = {"Allow": _methods(request)} if error.status_code == 405 else error.headers
        return problem(request.url.path, error.status_code, words, headers=headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> ProblemResponse:
        faults = [_fault(item) for item in error.errors()]
        if any(item["type"] == "json_invalid" for item in error.errors()):
            return problem(request.url.path, 400, "the body is no JSON", kind="malformed", errors=faults)
        what = "; ".join(f"{fault.pointer or fault.parameter or 'body'}: {fault.detail}" for fault in faults[:3])
        return problem(request.url.path, 422, f"the request is not valid: {what}", kind="usage", errors=faults)


def _methods(request: Request) -> str:
    """Methods of a path, for ``Allow``: Starlette names those of the first route alone."""
    paths = request.app.openapi()["paths"].items()
    matching = [
        operations for path, operations in paths if re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), request.url.path)
    ]
    return ", ".join(sorted({method.upper() for operations in matching for method in operations}))


def _fault(item: Mapping[str, Any]) -> Fault:
    where: Sequence[str | int] = item["loc"]
    detail = str(item["msg"])
    if item["type"] == "json_invalid":
        reason = item.get("ctx", {}).get("error", "not well-formed")
        return Fault(detail=f"{reason} at character {where[-1]}", pointer="#")
    if where[0] == "body":
        steps = (str(step).replace("~", "~0").replace("/", "~1") for step in where[1:])
        return Fault(detail=detail, pointer="#" + "".join(f"/{step}" for step in steps))
    return Fault(detail=detail, parameter=str(where[-1]))
