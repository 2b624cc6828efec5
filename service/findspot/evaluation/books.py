"""Trials with whole books: works cut from them, of which some are in a dataset, in part, in chunks, misread."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from findspot.evaluation.compare import Tried, observe
from findspot.evaluation.noise import misread, noise_name
from findspot.evaluation.texts import Body, body_of, excerpts, length_bin, trimmed, unrelated

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from findspot.evaluation.compare import Observation
    from findspot.evaluation.texts import Text
    from findspot.evaluation.world import World

SHARES = (0.05, 0.2, 0.5, 1.0)
FEWEST_TEXTS = 4
FEW_UNITS = 1_000_000
#: Units of a language's texts that take part, and of each dataset's other text: memory stays bounded.
MOST_UNITS = 12_000_000
MOST_BACKGROUND = 1_500_000
_LONG_RECORD = 2048  # units of a record of other text, where those of works have any length
_EXCERPTS = 3  # of one text and length, at most


@dataclass(frozen=True)
class Condition:
    """How the present works are written into a dataset."""

    chunk: int  # units of a record at most; 0: all that is there of a work is one record
    noise: float  # errors per character
    detector: str = "text"  # signatures are of whole works, each one record


@dataclass(frozen=True)
class Design:
    """What is tried: each condition, in so many collections."""

    conditions: tuple[Condition, ...]
    seeds: int
    most_texts: int

    def of(self, detectors: Collection[str]) -> Design:
        """The conditions that tell something of some detectors."""
        return replace(self, conditions=tuple(c for c in self.conditions if c.detector in detectors))

    @property
    def signed(self) -> bool:
        """Whether signatures are needed."""
        return any(c.detector == "signature" for c in self.conditions)


FULL = Design(
    (
        *(Condition(chunk, 0.0) for chunk in (64, 128, 512, 2048, 0)),
        *(Condition(512, rate) for rate in (0.005, 0.01, 0.02, 0.05)),
        *(Condition(0, rate, "signature") for rate in (0.0, 0.005, 0.01, 0.02)),
    ),
    seeds=4,
    most_texts=250,
)
QUICK = Design(
    (
        *(Condition(chunk, 0.0) for chunk in (64, 512, 0)),
        Condition(512, 0.02),
        Condition(0, 0.0, "signature"),
        Condition(0, 0.005, "signature"),
    ),
    seeds=2,
    most_texts=60,
)


@dataclass(frozen=True)
class Placed:
    """A work of the collection; ``share`` of it is to be in the dataset."""

    title: str
    body: Body
    share: float

    def tried(self, language: str, condition: Condition, exact: float) -> Tried:
        """The work as it is judged."""
        noise = noise_name(condition.noise)
        share = self.share or None
        return Tried(self.title, language, length_bin(len(self.body)), noise, condition.chunk, share, exact)


class BookTrials:
    """The trials of one language."""

    def __init__(self, language: str, texts: Sequence[Text], design: Design, seed: int) -> None:
        self.language = language
        self.design = design
        self.seed = seed
        chosen = random.Random(f"{seed}/{language}").sample(texts, min(len(texts), design.most_texts))
        bodies: dict[str, Body] = {}
        for text in chosen:
            body = body_of(text.read())
            if sum(map(len, bodies.values())) + len(body) <= MOST_UNITS:
                bodies[text.name] = body
        bodies = dict(zip(bodies, trimmed(list(bodies.values())), strict=True))
        kept, self.related = unrelated(bodies.items())
        self.bodies = [bodies[name] for name in kept]

    @property
    def enough(self) -> bool:
        """Whether there are texts enough to try anything."""
        return len(self.bodies) >= FEWEST_TEXTS

    @property
    def repeats(self) -> int:
        """Collections that are tried: more where the texts are short, so that rates are known well."""
        few = sum(map(len, self.bodies)) < FEW_UNITS
        return self.design.seeds * (1 + 2 * few) if self.enough else 0

    @property
    def datasets(self) -> int:
        """Datasets that :meth:`run` makes and audits."""
        return self.repeats * len(self.design.conditions)

    def run(self, world: World) -> Iterator[list[Observation]]:
        """The observations on each dataset."""
        for number in range(self.repeats):
            rng = random.Random(f"{self.seed}/{self.language}/{number}")
            works, others = self._split(rng, number)
            world.collect({work.title: work.body.written for work in works}, signed=self.design.signed)
            background = {size: _background(others, size) for size in self._sizes}
            for condition in self.design.conditions:
                records, tried = list(background[condition.chunk]), []
                for work in works if condition.detector == "text" else map(whole, works):
                    taken, exact = draw(work, condition, rng)
                    records += [misread(body.written, condition.noise, rng) for body in taken]
                    tried.append(work.tried(self.language, condition, exact))
                rng.shuffle(records)
                reports = world.audit(records, signed=condition.detector == "signature")
                yield observe(condition.detector, reports, tried)

    @property
    def _sizes(self) -> set[int]:
        return {condition.chunk for condition in self.design.conditions}

    def _split(self, rng: random.Random, number: int) -> tuple[list[Placed], list[Body]]:
        """Half of the texts become works, every other one of them present; the rest is other text."""
        shuffled = rng.sample(self.bodies, len(self.bodies))
        half = (len(shuffled) + 1) // 2
        works: list[Placed] = []
        for n, body in enumerate(shuffled[:half]):
            for part in excerpts(body, _EXCERPTS, rng):
                place = len(works)
                share = SHARES[(place // 2 + number) % len(SHARES)] if place % 2 == n % 2 else 0.0
                works.append(Placed(f"work-{place:04d}", part, share))
        return works, shuffled[half:]


def whole(work: Placed) -> Placed:
    """The work with all of it present, if any was to be."""
    return replace(work, share=float(work.share > 0))


def draw(work: Placed, condition: Condition, rng: random.Random) -> tuple[list[Body], float]:
    """Records of a work, its share of it at random, and the exact share that they are.

    Records are no longer than the share itself, so that a small share of a short work is a small share.
    """
    wanted = round(work.share * len(work.body))
    if not wanted:
        return [], 0.0
    size = min(condition.chunk or wanted, wanted)
    if not condition.chunk:
        start = rng.randrange(len(work.body) - wanted + 1)
        return [work.body.part(start, start + wanted)], wanted / len(work.body)
    taken: list[Body] = []
    left = wanted
    for chunk in rng.sample(cut := work.body.chunks(size), len(cut)):
        taken.append(chunk.part(0, left))
        left -= len(taken[-1])
        if not left:
            break
    return taken, wanted / len(work.body)


def _background(others: Sequence[Body], chunk: int) -> list[str]:
    """Text of no work, as much of each as fits."""
    chunk = chunk or _LONG_RECORD
    each = max(chunk, MOST_BACKGROUND // max(1, len(others)))
    return [body.written for other in others for body in other.part(0, each).chunks(chunk)]
