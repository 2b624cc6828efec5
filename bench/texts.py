"""Texts that the measurements run on: real books where ``FINDSPOT_TEST_DATA`` names their folder, else made-up ones."""

from __future__ import annotations

import csv
import os
import random
from functools import cache
from pathlib import Path

import numpy as np

LANGUAGES = {"en": "English", "fr": "French", "de": "German", "ru": "Russian", "ja": "Japanese", "zh": "Chinese"}

_SYLLABLES = {
    "en": ("b br d f g h k l m n p r s st t th w", "a e i o u ea ou"),
    "fr": ("b ch d f g j l m n p qu r s t v", "a e é è i o u ou eau ê"),
    "de": ("b d f g h k l m n r s sch t w z", "a ä e ei i o ö u ü ie"),
    "ru": ("б в г д ж з к л м н п р с т ч ш", "а е и о у ы я ю"),
}
_UNSPACED = ("ja", "zh")
_HAN = "".join(map(chr, range(0x4E00, 0x4E00 + 2000)))
_KANA = "はがをにのでともしたれいなるかっす"


class Words:
    """A made-up language: words by Zipf's law, with commas, full stops and line ends."""

    def __init__(self, language: str, seed: int, n_words: int = 20_000) -> None:
        self._rng = np.random.default_rng([seed, *language.encode()])
        self._between = "" if language in _UNSPACED else " "
        drawn = random.Random(f"{seed} {language}")
        words = sorted({self._word(language, drawn) for _ in range(n_words)}, key=lambda word: (len(word), word))
        ends = ("", "", "", "", "", "", "", "", "", "", "," + self._between, "." + ("\n" if self._between else ""))
        self._written = np.array([word + end + self._between for word in words for end in ends], object)
        shares = 1 / (np.arange(1, len(words) + 1) + 2.7)
        self._cumulative = np.cumsum(np.repeat(shares, len(ends)))
        sample = self._draw(10_000)
        self._bytes = len(sample.encode()) / 10_000

    def _word(self, language: str, rng: random.Random) -> str:
        if language in _UNSPACED:
            return "".join(rng.choices(_HAN, k=rng.randint(1, 2)) + rng.choices(_KANA, k=2 * (language == "ja")))
        onsets, vowels = (part.split() for part in _SYLLABLES[language])
        return "".join(rng.choice(onsets) + rng.choice(vowels) for _ in range(rng.randint(1, 4)))

    def _draw(self, n: int) -> str:
        at = np.searchsorted(self._cumulative, self._rng.random(n) * self._cumulative[-1])
        return "".join(self._written[at.clip(max=len(self._written) - 1)].tolist())

    def text(self, n_bytes: int) -> str:
        """About ``n_bytes`` bytes of text, other text with every call."""
        return self._draw(max(1, round(n_bytes / self._bytes)))


def test_data() -> Path | None:
    """Folder of the real books, if there is one."""
    folder = os.environ.get("FINDSPOT_TEST_DATA")
    return Path(folder) if folder else None


@cache
def listed() -> tuple[tuple[str, Path], ...]:
    """Language and path of every real book in ``works.csv``; none without the folder."""
    folder = test_data()
    if folder is None:
        return ()
    with Path(folder, "works.csv").open(encoding="utf-8", newline="") as rows:
        return tuple((row["lang"], folder / row["file"]) for row in csv.DictReader(rows))


@cache
def books(language: str, n_bytes: int, book_bytes: int = 500_000) -> tuple[str, ...]:
    """Whole books in one language, about ``n_bytes`` bytes of them or all there are."""
    if not listed():
        words = Words(language, seed=1)
        return tuple(words.text(book_bytes) for _ in range(max(1, n_bytes // book_bytes)))
    out: list[str] = []
    held = 0
    for path in (path for lang, path in listed() if lang == language):
        if held >= n_bytes:
            break
        out.append(path.read_text(encoding="utf-8", errors="replace"))
        held += len(out[-1].encode())
    return tuple(out)


def source() -> str:
    """Where the texts are from, for the first line of a measurement."""
    folder = test_data()
    return f"real books of {folder}" if folder else "made-up texts (FINDSPOT_TEST_DATA names a folder of real books)"
