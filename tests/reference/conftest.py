"""Texts, and releases that are built from them."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from findspot.reference import Built, build_release, make_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


def prose(seed: int, words: int = 2000) -> str:
    """Words that another seed does not put into the same order."""
    chosen = random.Random(seed)
    return " ".join("".join(chosen.choices("abcdefgh", k=5)) for _ in range(words))


@pytest.fixture(scope="session")
def text_of() -> Callable[..., str]:
    return prose


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Built]:
    """Build ``tmp_path / name`` from texts by file name and from lists by file name."""

    def make(
        name: str = "release",
        texts: Mapping[str, str | bytes] | None = None,
        lists: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Built:
        facts = {"slug": "shadow", "title": "Shadow", "kind": "books", "status": "pirated", "as_of": "2020-10"}
        facts |= {key: options.pop(key) for key in list(options) if key in {*facts, "release", "references"}}
        facts.setdefault("release", facts["as_of"])
        sources = []
        if texts is not None:
            sources.append(tmp_path / f"{name}-texts")
            for file, text in texts.items():
                path = sources[0] / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text.encode() if isinstance(text, str) else text)
        for file, content in (lists or {}).items():
            (tmp_path / file).write_text(content, encoding="utf-8")
            sources.append(tmp_path / file)
        return build_release(make_facts(**facts), sources, tmp_path / name, **options)

    return make
