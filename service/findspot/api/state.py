"""What the routes share: the store, the releases, the worker. Made once, when the service starts."""

# Not `from __future__ import annotations`: FastAPI reads the annotation of the dependency.

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from findspot.api.problems import MediaTypeError
from findspot.api.settings import Settings
from findspot.jobs import Worker
from findspot.reference import Library, OpenRelease
from findspot.store import Database, LocalBlobs


class References:
    """The installed releases, opened once and kept while they stay installed. Safe for several threads."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._kept: dict[str, OpenRelease] = {}
        self._lock = threading.Lock()

    def open(self, names: Sequence[str] | None = None) -> list[OpenRelease]:
        """Releases by ``slug`` or ``slug@release``, or the newest of every collection.

        Raises:
            NotFoundError: A name is not installed.
            ReferenceDamagedError: Files of a release are missing or damaged.
        """
        opened = self.library.open(names)  # every time, because it notices what is missing; the rest is read once
        installed = {release.digest for release in self.library.installed()}
        with self._lock:
            self._kept = {digest: release for digest, release in self._kept.items() if digest in installed}
            return [self._kept.setdefault(release.digest, release) for release in opened]


@dataclass(frozen=True)
class State:
    """The parts of one running service."""

    settings: Settings
    database: Database
    blobs: LocalBlobs
    references: References
    worker: Worker


def _state(request: Request) -> State:
    state = request.app.state.findspot
    assert isinstance(state, State)  # noqa: S101 (the lifespan puts it there before the first request)
    return state


async def _json_only(request: Request) -> None:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise MediaTypeError(
            f"a body of type {media} is not taken" if media else "the request does not state the type of its body",
            advice="Send JSON, with Content-Type: application/json.",
        )


#: For routes that take JSON: a page elsewhere may send text or a form without asking, but not this.
JSON_ONLY = Depends(_json_only)

Here = Annotated[State, Depends(_state)]
