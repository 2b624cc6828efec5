"""A seeded generator of books: made-up words by Zipf's law, phrases that all books share, sentences and lines.

Real prose repeats itself: common words follow each other, and whole phrases of eight words and more stand in books that
have nothing else in common. Shared phrases are what an audit must not take for copying, so the generator makes more of
them than prose does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Ids = npt.NDArray[np.int64]

Book = list[str]  # words as written, with the marks and line ends that follow them

_ONSETS = ["", "b", "br", "d", "f", "g", "gl", "h", "k", "l", "m", "n", "p", "r", "s", "st", "t", "tr", "v", "w"]
_VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "ou", "é"]
_CODAS = ["", "", "n", "r", "s", "t", "l", "m", "nd", "st"]


@dataclass
class Language:
    """Words with spaces between them."""

    seed: int
    n_words: int = 6000
    n_phrases: int = 4000
    phrase_share: float = 0.02  # of the draws
    rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        self.words = np.array(self._vocabulary(), object)
        ranks = np.arange(1, self.n_words + 1)
        self.cumulative = np.cumsum(1 / (ranks + 2.7) ** 1.05)
        self.phrases = [self.draw(min(9, 2 + int(n))) for n in self.rng.geometric(0.35, self.n_phrases)]
        self.phrase_cumulative = np.cumsum(1 / (np.arange(1, self.n_phrases + 1) + 10.0))

    def _vocabulary(self) -> list[str]:
        made: dict[str, None] = {}
        while len(made) < self.n_words:
            syllables = int(self.rng.integers(1, 4))
            made.setdefault("".join(self._pick(part) for _ in range(syllables) for part in (_ONSETS, _VOWELS, _CODAS)))
        return sorted(made, key=len)  # common words are short

    def _pick(self, parts: list[str]) -> str:
        return parts[int(self.rng.integers(len(parts)))]

    def draw(self, n: int) -> Ids:
        """Independent words, as ids."""
        at: Ids = np.searchsorted(self.cumulative, self.rng.random(n) * self.cumulative[-1])
        return at.clip(max=self.n_words - 1)

    def ids(self, n: int) -> Ids:
        """A text of ``n`` words, as ids: single words, and phrases from the common stock."""
        single = self.draw(n)
        parts: list[Ids] = []
        at = length = 0
        while length < n:
            gap = int(self.rng.geometric(self.phrase_share))
            drawn = self.rng.random() * self.phrase_cumulative[-1]
            phrase = self.phrases[min(int(np.searchsorted(self.phrase_cumulative, drawn)), self.n_phrases - 1)]
            parts += [single[at : at + gap], phrase]
            at += gap
            length += gap + len(phrase)
        return np.concatenate(parts)[:n]

    def written(self, ids: Ids) -> Book:
        """Words as written: capitals where sentences begin, marks where they end, some line ends."""
        ends = self.rng.random(len(ids)) < 1 / 14
        commas = self.rng.random(len(ids)) < 1 / 11
        lines = self.rng.random(len(ids)) < 1 / 12
        starts = np.concatenate([[True], ends[:-1]])
        plain = self.words[ids].tolist()
        return [
            (w.capitalize() if s else w) + ("." if e else "," if c else "") + ("\n" if n else "")
            for w, s, e, c, n in zip(
                plain, starts.tolist(), ends.tolist(), commas.tolist(), lines.tolist(), strict=True
            )
        ]

    def book(self, n: int) -> Book:
        """A book of ``n`` words."""
        return self.written(self.ids(n))

    def revised(self, book: Book, share: float) -> Book:
        """Another edition: some words are others."""
        out = list(book)
        changed = np.flatnonzero(self.rng.random(len(book)) < share)
        for at, word in zip(changed.tolist(), self.words[self.draw(len(changed))].tolist(), strict=True):
            out[at] = word
        return out

    def misread(self, book: Book, share: float) -> Book:
        """As a scanner reads it: in some words a letter is lost, doubled or another."""
        out = list(book)
        for at in np.flatnonzero(self.rng.random(len(book)) < share).tolist():
            word = out[at]
            place = int(self.rng.integers(len(word)))
            out[at] = word[:place] + ("", word[place] * 2, "ß")[int(self.rng.integers(3))] + word[place + 1 :]
        return out

    def chunks(self, book: Book, size: int, share: float = 1.0) -> list[Book]:
        """The book cut into chunks of ``size`` words, of which a share is kept at random."""
        cut = [book[at : at + size] for at in range(0, len(book), size)]
        kept = self.rng.permutation(len(cut))[: max(1, round(share * len(cut)))]
        return [cut[at] for at in sorted(kept.tolist())]


def text_of(words: Book) -> str:
    """Words as one text."""
    return " ".join(words)


@dataclass
class UnspacedLanguage(Language):
    """Words of one to three characters, written without spaces; ``kana`` puts a particle after most of them."""

    kana: bool = False

    def _vocabulary(self) -> list[str]:
        made: dict[str, None] = {}
        while len(made) < self.n_words:
            size = int(self.rng.integers(1, 4))
            made.setdefault("".join(chr(int(c)) for c in self.rng.integers(0x4E00, 0x4E00 + 2500, size)))
        return sorted(made, key=len)

    def written(self, ids: Ids) -> Book:
        """Single characters: Han words, particles between them, full stops and line ends that are no tokens."""
        particles = "はがをにのでとも"
        out: Book = []
        for word in self.words[ids].tolist():
            out += word
            if self.kana and self.rng.random() < 0.7:
                out.append(particles[int(self.rng.integers(len(particles)))])
            if self.rng.random() < 1 / 9:
                out[-1] += "。" if self.rng.random() < 0.8 else "。\n"
        return out

    def book(self, n: int) -> Book:
        """A book of ``n`` characters."""
        return self.written(self.ids(n))[:n]
