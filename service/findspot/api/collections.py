"""The collections that datasets are held against."""

# Not `from __future__ import annotations`: FastAPI reads these annotations.

from collections.abc import Sequence

from fastapi import APIRouter

from findspot.api.models import Collection, CollectionList, Release
from findspot.api.state import Here
from findspot.errors import NotFoundError
from findspot.reference import Installed

router = APIRouter(prefix="/v1/collections", tags=["collections"])


@router.get("", operation_id="listCollections")
def collections(here: Here) -> CollectionList:
    """Every collection with an installed release, by slug; withdrawn releases are listed too."""
    by_slug: dict[str, list[Installed]] = {}
    for installed in here.references.library.installed(withdrawn=True):
        by_slug.setdefault(installed.info.slug, []).append(installed)
    return CollectionList(collections=[_collection(releases) for _, releases in sorted(by_slug.items())])


@router.get("/{slug}", operation_id="getCollection")
def collection(here: Here, slug: str) -> Collection:
    """One collection and its releases."""
    found = [each for each in here.references.library.installed(withdrawn=True) if each.info.slug == slug]
    if not found:
        raise NotFoundError(
            f"no collection {slug!r} is installed", advice="GET /v1/collections lists the collections here."
        )
    return _collection(found)


def _collection(releases: Sequence[Installed]) -> Collection:
    newest_first = sorted(releases, key=lambda each: (each.info.as_of, each.info.release), reverse=True)
    newest = next((each for each in newest_first if each.withdrawn is None), newest_first[0]).info
    return Collection(
        slug=newest.slug,
        title=newest.title,
        kind=newest.kind,
        status=newest.status,
        references=list(newest.references),
        releases=[_release(each) for each in newest_first],
        links={"self": f"/v1/collections/{newest.slug}"},
    )


def _release(installed: Installed) -> Release:
    info = installed.info
    return Release(
        release=info.release,
        as_of=info.as_of,
        digest=installed.digest,
        works=info.works,
        fingerprinted=info.fingerprinted,
        identifiers=info.identifiers,
        scheme=info.scheme.name,
        scaled=info.scheme.scaled,
        withdrawn=installed.withdrawn,
    )
