"""Texts cut and misread, for measurements; unrelated books; edit distance."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from findspot.sketch import sketch_column

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.texts import books
else:
    from texts import books

LETTERS = "ceoailrnmtfsuvhbdg1l0"
UNSPACED = ("ja", "zh")


def misread(text: str, rate: float, rng: random.Random) -> str:
    """Text as a scanner reads it, with ``rate`` errors a character."""
    if not rate:
        return text
    out = []
    for character in text:
        drawn = rng.random() / rate
        if drawn < 0.6:
            out.append(rng.choice(LETTERS))
        elif drawn >= 0.8:
            out.append(character if drawn >= 1 else character + " ")
    return "".join(out)


def character_errors(truth: str, read: str) -> int:
    """Edit distance: Myers's bit-parallel algorithm, one row of the matrix in one integer."""
    if not truth:
        return len(read)
    last, everything = 1 << (len(truth) - 1), (1 << len(truth)) - 1
    places: dict[str, int] = {}
    for at, character in enumerate(truth):
        places[character] = places.get(character, 0) | 1 << at
    up, down, distance = everything, 0, len(truth)
    for character in read:
        same = places.get(character, 0)
        across = (((same & up) + up) ^ up) | same | down
        more, less = down | ~(across | up) & everything, up & across
        distance += bool(more & last) - bool(less & last)
        more, less = (more << 1 | 1) & everything, less << 1 & everything
        same |= down
        up, down = less | ~(same | more) & everything, more & same
    return distance


def chunks_of(text: str, size: int, language: str = "en") -> list[str]:
    """The text cut after every ``size`` words, or characters of a script without spaces."""
    if language in UNSPACED:
        text = re.sub(r"\s+", "", text)
        return [text[at : at + size] for at in range(0, len(text), size)]
    starts = [match.start() for match in re.finditer(r"\S+", text)][::size]
    return [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]


def sentences_of(text: str) -> list[str]:
    """Single sentences."""
    return [part for part in re.split(r"(?<=[.!?])[\"'”’)]*\s+", re.sub(r"\s+", " ", text)) if part.strip()]


def tweets_of(text: str, most: int = 280) -> list[str]:
    """Whole words, ``most`` characters of them."""
    return re.findall(rf"\S.{{0,{most - 1}}}(?=\s|$)", re.sub(r"\s+", " ", text))


def unrelated(texts: Iterable[str], most: int, least: int) -> list[str]:
    """The first texts, ``most`` at most, of ``least`` tokens, that share at most 1 % of their shingles with others."""
    kept: list[str] = []
    seen = np.zeros(0, np.uint64)
    for text in texts:
        if len(kept) == most:
            break
        sketch = sketch_column(pa.array([text], pa.large_string()), 16)
        if sketch.n_tokens[0] >= least and np.isin(sketch.hashes, seen).mean() <= 0.01:
            kept.append(text)
            seen = np.union1d(seen, sketch.hashes)
    return kept


def shuffled(language: str, most: int, least: int) -> list[str]:
    """Unrelated books of a language, in an order of its own."""
    found = books(language, 40_000_000)
    return unrelated(random.Random(1).sample(found, len(found)), most, least)
