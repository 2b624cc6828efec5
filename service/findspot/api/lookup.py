"""Which collections hold the work of an identifier."""

# Not `from __future__ import annotations`: FastAPI reads these annotations.

from collections.abc import Iterable

from fastapi import APIRouter

from findspot.api.models import (
    LookupAnswer,
    LookupMatch,
    LookupRequest,
    LookupResult,
    LookupWork,
    PinnedRelease,
)
from findspot.api.state import JSON_ONLY, Here
from findspot.identity import recognise, why_not
from findspot.reference import OpenRelease, WorkRow

router = APIRouter(prefix="/v1", tags=["lookup"])


@router.post("/lookup", operation_id="lookup", dependencies=[JSON_ONLY])
def lookup(here: Here, asked: LookupRequest) -> LookupAnswer:
    """Look up ISBNs, DOIs, file digests, info hashes, video ids… in the newest release of every collection.

    An empty `matches` says that no work in the collections under `searched` states this identifier, and no more.
    """
    releases = here.references.open(asked.collections)
    values = list(_values(asked))
    known = [recognise(value) for _, value in values]
    wanted = sorted({identifier.canonical for identifier in known if identifier is not None})
    matches: dict[str, list[LookupMatch]] = {}
    for release in releases:
        for identifier, works in release.find_identifiers(wanted).items():
            matches.setdefault(identifier, []).extend(_match(release, work) for work in works)
    results = [
        LookupResult(
            value=value,
            record=record,
            identifier=identifier.canonical if identifier else None,
            problem=None if identifier else why_not(value),
            matches=matches.get(identifier.canonical, []) if identifier else [],
        )
        for (record, value), identifier in zip(values, known, strict=True)
    ]
    return LookupAnswer(results=results, searched=[pinned(release) for release in releases])


def pinned(release: OpenRelease) -> PinnedRelease:
    """The name and digest of a release."""
    return PinnedRelease(collection=release.info.slug, release=release.info.release, digest=release.digest)


def _values(asked: LookupRequest) -> Iterable[tuple[int | None, str]]:
    for value in asked.values or ():
        yield None, value
    for number, record in enumerate(asked.records or ()):
        for value in record.identifiers:
            yield number, value


def _match(release: OpenRelease, work: WorkRow) -> LookupMatch:
    return LookupMatch(
        collection=release.info.slug,
        release=release.info.release,
        as_of=release.info.as_of,
        status=release.info.status,
        work=LookupWork(
            id=work.id,
            title=work.title,
            creator=work.creator,
            identifiers=list(work.identifiers),
            year=work.year,
            publisher=work.publisher,
            language=work.language,
        ),
    )
