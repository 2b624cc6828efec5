"""What came of an audit: its findings page by page, its report in every format."""

# Not `from __future__ import annotations`: FastAPI reads these annotations.

import difflib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Response

from findspot.api.audits import Cursor, decode_cursor, encode_cursor
from findspot.api.models import FindingPage
from findspot.api.problems import NotAcceptableError, NotFinishedError
from findspot.api.program import program
from findspot.api.state import Here
from findspot.audit.model import Report
from findspot.errors import UsageError
from findspot.report import FORMATS, MEDIA_TYPES, load_report, render
from findspot.store import AuditRow, ConflictError, Status, audits

router = APIRouter(prefix="/v1/audits/{audit_id}", tags=["audits"])

_ENDED = {Status.FAILED: "failed", Status.CANCELLED: "was cancelled"}
_TYPES = {name: media.partition(";")[0] for name, media in MEDIA_TYPES.items()}
_REPORT: dict[int | str, dict[str, Any]] = {
    200: {
        "model": Report,
        "description": "The report",
        "content": {media: {"schema": {"type": "string"}} for name, media in _TYPES.items() if name != "json"},
    },
    304: {"description": "The client has it already"},
}


def _finished(here: Here, audit_id: str) -> tuple[AuditRow, Path]:
    """A succeeded audit and the file of its report.

    Raises:
        NotFinishedError: It is queued or running.
        ConflictError: It failed or was cancelled, and will never have a report.
    """
    with here.database.read() as session:
        row = audits.find_audit(session, audit_id)
    if not Status(row.status).final:
        raise NotFinishedError(
            f"audit {row.id} has no report yet, it is {row.status}",
            advice=f"Wait for it: GET /v1/audits/{row.id}?wait=30.",
        )
    if row.report is None:
        why = f": {row.error['detail']}" if row.error else ""
        raise ConflictError(
            f"audit {row.id} has no report, it {_ENDED[Status(row.status)]}{why}", advice="Ask for it again."
        )
    return row, here.blobs.path(row.report)


Finished = Annotated[tuple[AuditRow, Path], Depends(_finished)]


@router.get("/findings", operation_id="listFindings")
def findings(
    finished: Finished,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: Cursor = None,
    status: Annotated[Literal["open", "explained"] | None, Query(description="Only findings of this status")] = None,
) -> FindingPage:
    """The findings of a finished audit, in the order of its report."""
    row, path = finished
    every = [each for each in _load(path).findings if status in (None, each.status)]
    begin = decode_cursor(cursor) if cursor else 0
    end = begin + limit
    after = None
    if end < len(every):
        after = f"/v1/audits/{row.id}/findings?limit={limit}&cursor={encode_cursor(end)}"
        after += f"&status={status}" if status else ""
        response.headers["Link"] = f'<{after}>; rel="next"'
    return FindingPage(audit=row.id, total=len(every), findings=every[begin:end], next=after)


@router.get("/report", operation_id="getReport", response_class=Response, responses=_REPORT)
def report(
    finished: Finished,
    format: Annotated[str | None, Query(description=f"One of {', '.join(FORMATS)}; wins over Accept")] = None,
    accept: Annotated[str | None, Header()] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The report of a finished audit, in the format that `format` or `Accept` names; JSON by default."""
    chosen = format or _accepted(accept)
    if chosen not in FORMATS:
        near = difflib.get_close_matches(chosen, FORMATS, n=1)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise UsageError(f"no report format is called {chosen!r}", advice=f"{hint}Formats: {', '.join(FORMATS)}.")
    row, path = finished
    tag = f'"{(row.report or "").removeprefix("sha256:")[:32]}-{chosen}-{program()}"'
    headers = {"ETag": tag, "Vary": "Accept", "Cache-Control": "private, no-cache"}
    if tag in (if_none_match or ""):
        return Response(status_code=304, headers=headers)
    content = path.read_bytes() if chosen == "json" else render(_load(path), chosen).encode()
    return Response(content, media_type=MEDIA_TYPES[chosen], headers=headers)


@lru_cache(maxsize=4)
def _load(path: Path) -> Report:
    """A stored report; the path is its digest, so what was read once never changes."""
    return load_report(path)


def _accepted(accept: str | None) -> str:
    """The format that an ``Accept`` header prefers (RFC 9110, section 12.5.1); the order of FORMATS breaks ties."""
    ranges = [_range(item) for item in (accept or "*/*").split(",") if item.strip()]
    offered = ("json", *(name for name in FORMATS if name != "json"))
    scored = [(_quality(_TYPES[name], ranges), name) for name in offered]
    quality, chosen = max(scored, key=lambda pair: pair[0])
    if quality <= 0:
        raise NotAcceptableError(
            f"no report is of type {accept}", advice=f"Accept one of {', '.join(_TYPES[name] for name in offered)}."
        )
    return chosen


def _range(item: str) -> tuple[str, float]:
    media, *parameters = (part.strip().lower() for part in item.split(";"))
    quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
    try:
        return media, float(quality)
    except ValueError:
        return media, 1.0


def _quality(media: str, ranges: list[tuple[str, float]]) -> float:
    """Quality of the most specific range that ``media`` is in; 0 if it is in none."""
    for known in (media, media.partition("/")[0] + "/*", "*/*"):
        for stated, quality in ranges:
            if stated == known:
                return quality
    return 0.0
