"""Uploads: streamed to the disk, checked, and kept under the digest of their bytes."""

# Not `from __future__ import annotations`: FastAPI reads these annotations.

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response, status
from starlette.requests import ClientDisconnect

from findspot.api.models import Digest, Manifest
from findspot.api.problems import MalformedError, MediaTypeError, TooLargeError
from findspot.api.state import Here, State
from findspot.dataset import ReadOptions, open_manifest, open_subject, write_manifest
from findspot.errors import InputError
from findspot.sketch import stated_recipe
from findspot.store import ManifestRow, Staged, add_manifest, find_manifest, remove_manifest

router = APIRouter(prefix="/v1/manifests", tags=["manifests"])

MANIFEST_TYPE = "application/vnd.apache.parquet"

#: Datasets that the service makes a manifest of, and the reader for each.
DATA_TYPES = {
    "application/x-ndjson": "jsonl",
    "application/jsonl": "jsonl",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
}

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            media: {"schema": {"type": "string", "format": "binary"}} for media in (MANIFEST_TYPE, *DATA_TYPES)
        },
    }
}
_CREATED: dict[int | str, dict[str, Any]] = {201: {"model": Manifest, "description": "It is new here"}}


@router.post("", operation_id="uploadManifest", openapi_extra=_BODY, responses=_CREATED)
async def upload(
    request: Request,
    response: Response,
    here: Here,
    name: Annotated[str | None, Query(max_length=200, description="Name of an uploaded dataset")] = None,
    text_column: Annotated[str | None, Query(max_length=200, description="Text column of an uploaded dataset")] = None,
    signature_recipe: Annotated[
        str | None, Query(max_length=1000, description="Recipe of the signatures in an uploaded dataset: fs1, or JSON")
    ] = None,
    sensitivity: Annotated[
        str | None, Query(max_length=20, description="normal or high; a manifest must have it")
    ] = None,
) -> Manifest:
    """Upload a manifest, or a small dataset to be fingerprinted here.

    The same bytes twice are one resource: 201 when it is new, 200 when it was here.
    """
    media = _media_type(request)
    recipe = stated_recipe(signature_recipe) if signature_recipe else None
    with here.blobs.stage() as staged:
        await _receive(request, here, staged)
        if media == MANIFEST_TYPE:
            row, fresh = await to_thread.run_sync(_keep, here, staged, sensitivity)
        else:
            options = ReadOptions(
                text_column=text_column,
                input_format=DATA_TYPES[media],
                name=name or "upload",
                signature_recipe=recipe,
                sensitivity=sensitivity,
            )
            row, fresh = await to_thread.run_sync(_fingerprint, here, staged, options)
    response.status_code = status.HTTP_201_CREATED if fresh else status.HTTP_200_OK
    response.headers["Location"] = f"/v1/manifests/{row.digest}"
    return _manifest(row)


@router.get("/{digest}", operation_id="getManifest")
def get(here: Here, digest: Digest) -> Manifest:
    """What is known of an uploaded manifest."""
    with here.database.read() as session:
        return _manifest(find_manifest(session, digest))


@router.delete("/{digest}", operation_id="deleteManifest", status_code=status.HTTP_204_NO_CONTENT)
def delete(here: Here, digest: Digest) -> None:
    """Forget a manifest's bytes. Reports of finished audits stay; an unfinished audit of it is a conflict."""
    remove_manifest(here.database, here.blobs, digest)


def _media_type(request: Request) -> str:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding != "identity":
        raise MediaTypeError(f"a body in the coding {coding} is not taken", advice="Send it without Content-Encoding.")
    if media != MANIFEST_TYPE and media not in DATA_TYPES:
        raise MediaTypeError(
            f"a body of type {media} is not taken" if media else "the request does not state the type of its body",
            advice=f"Content-Type is one of {', '.join((MANIFEST_TYPE, *DATA_TYPES))}.",
        )
    return media


async def _receive(request: Request, here: State, staged: Staged) -> None:
    limit = here.settings.max_upload
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > limit:
        raise _too_large(limit)
    try:
        async for chunk in request.stream():
            if staged.size + len(chunk) > limit:
                raise _too_large(limit)
            if chunk:
                await to_thread.run_sync(staged.write, chunk)
    except ClientDisconnect as error:
        raise MalformedError("the upload ended before its end") from error
    if staged.size == 0:
        raise InputError("the upload is empty", advice="Send the manifest's bytes as the body of the request.")


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(
        f"the upload is larger than {limit} bytes",
        advice="Fingerprint the dataset in several parts, or raise FINDSPOT_MAX_UPLOAD.",
    )


def _keep(here: State, staged: Staged, sensitivity: str | None) -> tuple[ManifestRow, bool]:
    """Read a staged manifest to its end, because only then is it known to be whole, and keep it."""
    digest = staged.finish()
    with _named("the upload", staged.path):
        subject = open_manifest(staged.path)
        subject.require(sensitivity)
        for _ in subject.batches():
            pass
        facts = subject.facts()
    row = ManifestRow(
        digest=digest,
        name=facts.name,
        scheme=subject.scheme,
        scaled=subject.scaled,
        records=facts.records,
        tokens=facts.tokens,
        bytes=facts.bytes,
        size=staged.size,
        subject_digest=facts.digest,
    )
    with here.database.write() as session:
        return add_manifest(session, here.blobs, staged, row)


def _fingerprint(here: State, data: Staged, options: ReadOptions) -> tuple[ManifestRow, bool]:
    """Make the manifest of a staged dataset, and keep the manifest; the dataset goes."""
    data.finish()
    folder = data.path.with_suffix(".data.part")  # with this ending it is swept if the process is killed
    folder.mkdir()
    try:
        # A name of its own: it goes into the manifest, which must be the same for the same bytes.
        path = data.path.replace(folder / f"upload.{options.input_format}")
        made = folder / "upload.manifest.parquet"
        with _named("the upload", path):
            write_manifest(open_subject([path], options), made)
        with here.blobs.stage() as staged, made.open("rb") as manifest:
            while chunk := manifest.read(1 << 20):
                staged.write(chunk)
            return _keep(here, staged, options.sensitivity)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _named(name: str, path: Path) -> Iterator[None]:
    """Call a staged file what its sender knows it as, in the errors about it."""
    try:
        yield
    except InputError as error:
        error.message = error.message.replace(str(path), name).replace(path.name, name)
        raise


def _manifest(row: ManifestRow) -> Manifest:
    facts = row.model_dump(exclude={"removed"})
    return Manifest(**facts, links={"self": f"/v1/manifests/{row.digest}", "audits": "/v1/audits"})
