"""What is known of a work beside its text: the facts that a list, a file's metadata or a ``works.csv`` states."""

from __future__ import annotations

from dataclasses import dataclass


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
