"""What is known of a collection, and of a work beside its text, as its builder, a list or a file states it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from findspot.errors import UsageError
from findspot.reference.release import AsOf, Kind, ReleaseName, Slug, Status


@dataclass(frozen=True)
class WorkFacts:
    """Bibliographic facts of one work; ``None`` where the source does not say."""

    file: str | None = None  # the text it was read from, relative to its source folder, "/" between parts
    title: str | None = None
    creator: str | None = None
    identifiers: tuple[str, ...] = ()  # canonical, sorted, each once: "isbn:9780000000002"
    year: str | None = None
    publisher: str | None = None
    language: str | None = None


class CollectionFacts(BaseModel):
    """What a collection is, as its builder states it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slug: Slug
    title: Annotated[str, Field(min_length=1)]
    kind: Kind
    status: Status
    as_of: AsOf
    release: ReleaseName
    references: tuple[str, ...] = ()


#: Options of the command by field, and what each takes.
_OPTIONS = {
    "slug": ("SLUG", "up to 100 lower-case letters, digits, '.', '_' and '-', a letter or digit first"),
    "title": ("--title", "some text"),
    "kind": ("--kind", f"one of {', '.join(get_args(Kind))}"),
    "status": ("--status", f"one of {', '.join(get_args(Status))}"),
    "as_of": ("--as-of", "a date: YYYY, YYYY-MM or YYYY-MM-DD"),
    "release": ("--release", "up to 100 letters, digits, '.', '_' and '-', a letter or digit first"),
    "references": ("--reference", "some text"),
}


def make_facts(**values: object) -> CollectionFacts:
    """Facts of a collection from a command's options.

    Raises:
        UsageError: One of them makes no sense.
    """
    try:
        return CollectionFacts.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        option, expected = _OPTIONS.get(field, (field, first["msg"]))
        raise UsageError(
            f"{option} {first['input']!r}: expected {expected}",
            advice="`findspot collection build --help` says what each option takes.",
        ) from error
