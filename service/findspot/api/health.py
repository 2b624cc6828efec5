"""Is it there, can it work, what is it."""

# Not `from __future__ import annotations`: FastAPI reads these annotations.

from fastapi import APIRouter

from findspot import __version__
from findspot.api.models import Health, Links, Version
from findspot.api.problems import NotReadyError
from findspot.api.state import Here
from findspot.audit.model import SCHEMA
from findspot.errors import FindspotError
from findspot.text import SCHEME

router = APIRouter(tags=["health"])


@router.get("/", operation_id="index")
def index() -> Links:
    """Where things are."""
    links = {
        "manifests": "/v1/manifests",
        "audits": "/v1/audits",
        "lookup": "/v1/lookup",
        "collections": "/v1/collections",
        "openapi": "/openapi.json",
        "live": "/livez",
        "ready": "/readyz",
        "version": "/version",
    }
    return Links(name="findspot", version=__version__, links=links)


@router.get("/livez", operation_id="live")
async def live() -> Health:
    """The process answers."""
    return Health(status="ok")


@router.get("/readyz", operation_id="ready")
def ready(here: Here) -> Health:
    """The database answers and has the version of this program, and every installed release opens."""
    try:
        here.database.check()
        here.references.open([release.info.name for release in here.references.library.installed()])
    except FindspotError as error:
        raise NotReadyError(error.message, advice=error.advice) from error
    return Health(status="ok")


@router.get("/version", operation_id="version")
async def version() -> Version:
    """The program's version, and the formats that it reads and writes."""
    return Version(version=__version__, scheme=SCHEME, report=SCHEMA)
