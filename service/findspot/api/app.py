"""The application: parts made when it starts, routes, and one form for every error."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from fastapi import FastAPI

from findspot.api import audits, collections, health, lookup, manifests, problems, reports
from findspot.api.guard import Guard
from findspot.api.state import References, State
from findspot.jobs import Worker
from findspot.reference import Library
from findspot.store import Database, LocalBlobs, finish_removals

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from findspot.api.settings import Settings

#: Version of the HTTP contract, not of the program: it changes when a route or a field does.
API_VERSION = "1.0.0"

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": problems.Problem, "description": "The request cannot be answered"},
    "5XX": {"model": problems.Problem, "description": "The service cannot answer"},
}


def create_app(settings: Settings) -> FastAPI:
    """The service as an ASGI application; the home directory is opened when a server starts it."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        state = await to_thread.run_sync(_open, settings)
        app.state.findspot = state
        state.worker.start()
        try:
            yield
        finally:
            await to_thread.run_sync(state.worker.stop)
            state.database.close()

    app = FastAPI(
        title="Findspot",
        summary="Which known works are in a training dataset, how much of each, on what evidence.",
        version=API_VERSION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        responses=_PROBLEMS,
    )
    app.add_middleware(Guard, settings=settings)
    problems.install(app)
    for room in (health, manifests, audits, reports, lookup, collections):
        app.include_router(room.router)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _open(settings: Settings) -> State:
    database = Database.in_home(settings.home)
    blobs = LocalBlobs(settings.home / "blobs")
    blobs.sweep()
    finish_removals(database, blobs)
    references = References(Library(settings.home))
    return State(settings, database, blobs, references, Worker(settings.home, database, blobs))


def _openapi(app: FastAPI) -> dict[str, Any]:
    """FastAPI's document, with problems under their own media type and without the answer it expects for 422."""
    if app.openapi_schema is None:
        document = FastAPI.openapi(app)
        for path in document["paths"].values():
            for operation in path.values():
                answers = operation["responses"]
                answers.pop("422", None)
                for code in ("4XX", "5XX"):
                    answers[code]["content"] = {problems.MEDIA_TYPE: answers[code]["content"]["application/json"]}
        for name in ("HTTPValidationError", "ValidationError"):
            document["components"]["schemas"].pop(name, None)
        app.openapi_schema = document
    return app.openapi_schema
