"""Audits: asked for, waited for, read, cancelled."""

# Not `from __future__ import annotations`: FastAPI reads these annotations.

import base64
import binascii
import re
import time
from typing import Annotated

import anyio
from anyio import to_thread
from fastapi import APIRouter, Header, Query, Request, Response, status

from findspot.api.models import Audit, AuditError, AuditPage, AuditRequest, AuditVerdict, PinnedRelease, Status
from findspot.api.problems import MalformedError
from findspot.api.program import program
from findspot.api.state import JSON_ONLY, Here, State
from findspot.errors import SchemeError
from findspot.reference import OpenRelease
from findspot.store import AuditRow, ManifestRow, audits, find_manifest
from findspot.store import Status as Stored
from findspot.store.audits import Question

router = APIRouter(prefix="/v1/audits", tags=["audits"])

#: Seconds after which a client should look again.
RETRY_AFTER = "1"

_WAIT = re.compile(r"\s*wait\s*(?:=\s*\"?(\d{1,9})\"?)?\s*")

Wait = Annotated[float, Query(ge=0, description="Seconds to wait for the audit to end; the service may wait less")]
Cursor = Annotated[str | None, Query(max_length=100, description="The `next` of the page before")]


@router.post(
    "",
    operation_id="createAudit",
    status_code=status.HTTP_202_ACCEPTED,
    dependencies=[JSON_ONLY],
    responses={200: {"model": Audit, "description": "It is finished already"}},
)
async def create(
    here: Here,
    request: Request,
    response: Response,
    asked: AuditRequest,
    prefer: Annotated[str | None, Header(description="`wait=N`: seconds to wait for the audit to end")] = None,
) -> Audit:
    """Ask for an audit. The same manifest, releases and policy are one audit: asking twice gives the first one."""
    row = await to_thread.run_sync(_ask, here, asked)
    wait = _preferred_wait(prefer, here.settings.max_wait)
    if wait is not None:
        response.headers["Preference-Applied"] = f"wait={wait:g}"
        row = await _wait_for(here, request, row.id, wait)
    response.headers["Location"] = f"/v1/audits/{row.id}"
    if Stored(row.status).final:
        response.status_code = status.HTTP_200_OK
    else:
        response.headers["Retry-After"] = RETRY_AFTER
    return as_audit(row)


@router.get("", operation_id="listAudits")
def list_audits(
    here: Here,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: Cursor = None,
    status: Annotated[Status | None, Query(description="Only audits of this status")] = None,
) -> AuditPage:
    """The audits here, newest first."""
    before = decode_cursor(cursor) if cursor else None
    only = Stored(status) if status else None
    with here.database.read() as session:
        rows = audits.page_of_audits(session, limit + 1, before, only)
    after = None
    if len(rows) > limit:
        after = f"/v1/audits?limit={limit}&cursor={encode_cursor(rows[limit - 1].seq or 0)}"
        after += f"&status={status}" if status else ""
        response.headers["Link"] = f'<{after}>; rel="next"'
    return AuditPage(audits=[as_audit(row) for row in rows[:limit]], next=after)


@router.get("/{audit_id}", operation_id="getAudit")
async def get(here: Here, request: Request, response: Response, audit_id: str, wait: Wait = 0) -> Audit:
    """Where an audit is; with `wait`, once it has ended or the time is over."""
    row = await _wait_for(here, request, audit_id, min(wait, here.settings.max_wait))
    if not Stored(row.status).final:
        response.headers["Retry-After"] = RETRY_AFTER
    return as_audit(row)


@router.delete(
    "/{audit_id}",
    operation_id="cancelAudit",
    responses={202: {"model": Audit, "description": "It is running, and will stop at its next batch"}},
)
def cancel(here: Here, response: Response, audit_id: str) -> Audit:
    """Cancel an audit: a queued one at once, a running one soon. A finished one is a conflict."""
    with here.database.write() as session:
        row = audits.cancel(session, audit_id)
    if row.status == Stored.RUNNING:
        response.status_code = status.HTTP_202_ACCEPTED
    return as_audit(row)


def as_audit(row: AuditRow) -> Audit:
    """A row as the service answers it."""
    here = f"/v1/audits/{row.id}"
    links = {"self": here, "manifest": f"/v1/manifests/{row.manifest}"}
    verdict = None
    if row.status == Stored.SUCCEEDED:
        links |= {"findings": f"{here}/findings", "report": f"{here}/report"}
        verdict = AuditVerdict.model_validate({"outcome": row.outcome, "reasons": row.reasons})
    facts = row.model_dump(include={"id", "status", "stage", "manifest", "policy", "attempt", "findings"})
    return Audit(
        **facts,
        created=row.created,
        started=row.started,
        finished=row.finished,
        cancelling=row.cancel and row.status == Stored.RUNNING,
        collections=[PinnedRelease.model_validate(release) for release in row.releases],
        error=AuditError.model_validate(row.error) if row.error else None,
        verdict=verdict,
        links=links,
    )


def encode_cursor(place: int) -> str:
    """An opaque name of a place in a list."""
    return base64.urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> int:
    """The place that :func:`encode_cursor` named.

    Raises:
        MalformedError: It did not come from here.
    """
    try:
        return int(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error) as error:
        raise MalformedError("the cursor is not one of ours", advice="Follow the `next` of the page before.") from error


def _ask(here: State, asked: AuditRequest) -> AuditRow:
    releases = here.references.open(asked.collections)
    with here.database.write() as session:
        manifest = find_manifest(session, asked.manifest)
        _check_schemes(manifest, releases)
        question = Question(
            manifest=manifest.digest,
            releases=tuple(
                {"collection": each.info.slug, "release": each.info.release, "digest": each.digest} for each in releases
            ),
            policy=asked.policy.model_dump(mode="json"),
            program=program(),
        )
        row, _ = audits.ask(session, question)
    here.worker.wake()
    return row


def _check_schemes(manifest: ManifestRow, releases: list[OpenRelease]) -> None:
    for release in releases:
        if release.info.scheme.name != manifest.scheme:
            raise SchemeError(
                f"the manifest has fingerprints of scheme {manifest.scheme}, {release.info.name} of "
                f"{release.info.scheme.name}",
                advice="Make the manifest again with the version of findspot that made the release, or the reverse.",
            )


def _preferred_wait(prefer: str | None, most: float) -> float | None:
    """Seconds that ``Prefer: wait=N`` asks for (RFC 7240); a bare ``wait`` is as long as the service will."""
    for preference in (prefer or "").split(","):
        if found := _WAIT.fullmatch(preference.partition(";")[0]):
            return min(float(found[1]), most) if found[1] else most
    return None


async def _wait_for(here: State, request: Request, audit_id: str, seconds: float) -> AuditRow:
    """The audit once it is over, or as it is after ``seconds``. No session is held in between."""
    deadline = time.monotonic() + seconds
    pause = 0.02
    while True:
        row = await to_thread.run_sync(_find, here, audit_id)
        left = deadline - time.monotonic()
        if Stored(row.status).final or left <= 0 or await request.is_disconnected():
            return row
        await anyio.sleep(min(pause, left))
        pause = min(pause * 1.5, 0.5)


def _find(here: State, audit_id: str) -> AuditRow:
    with here.database.read() as session:
        return audits.find_audit(session, audit_id)
