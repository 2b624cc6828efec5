"""The measurement as a whole: every trial of some material, through the real pipeline, as error rates."""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from findspot import __version__
from findspot.audit.model import Tool
from findspot.audit.rates import ErrorRates, MeasuredOn
from findspot.errors import UsageError
from findspot.evaluation.books import FEWEST_TEXTS, FULL, QUICK, BookTrials
from findspot.evaluation.editions import observe_editions, observe_negatives, observe_scan
from findspot.evaluation.identifiers import observe_identifiers
from findspot.evaluation.rates import rows_of
from findspot.evaluation.world import Settings, World
from findspot.sketch import shingling_named
from findspot.text import SCHEME

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from findspot.evaluation.compare import Observation
    from findspot.evaluation.material import Material

DETECTORS = ("identifier", "signature", "text")
_QUICK_LISTED = 100
_QUICK_SCANS = 3


@dataclass
class Evaluation:
    """One measurement under way."""

    material: Material
    settings: Settings
    seed: int
    quick: bool
    progress: Callable[[str], None]
    left_out: list[str] = field(default_factory=list)
    works: int = 0
    tokens: int = 0

    def observations(self, detectors: Collection[str], world: World) -> Iterator[Observation]:
        """What is seen of some detectors."""
        if "identifier" in detectors:
            yield from self._identifiers(world)
        if {"text", "signature"} & set(detectors):
            yield from self._books(world, detectors)
            yield from self._pairs(world, detectors)
        if "text" in detectors:
            yield from self._scans(world)

    def _identifiers(self, world: World) -> Iterator[Observation]:
        self.progress("identifiers")
        listed = random.Random(f"{self.seed}/listed").sample(self.material.listed, len(self.material.listed))
        for seen in observe_identifiers(listed[: _QUICK_LISTED if self.quick else None], world, self.seed):
            yield from seen

    def _books(self, world: World, detectors: Collection[str]) -> Iterator[Observation]:
        design = (QUICK if self.quick else FULL).of(detectors)
        for language in self.material.languages:
            self.progress(f"books, {language}: reading")
            texts = [text for text in self.material.texts if text.language == language]
            trials = BookTrials(language, texts, design, self.seed)
            if trials.related:
                self.left_out.append(f"{language}: {len(trials.related)} texts that share text with others")
            if not trials.enough:
                self.left_out.append(f"{language}: {len(trials.bodies)} unrelated texts, {FEWEST_TEXTS} are needed")
                continue
            self.works += len(trials.bodies)
            self.tokens += sum(map(len, trials.bodies))
            for number, seen in enumerate(trials.run(world), 1):
                self.progress(f"books, {language}: dataset {number} of {trials.datasets}")
                yield from seen

    def _pairs(self, world: World, detectors: Collection[str]) -> Iterator[Observation]:
        self.progress("labelled pairs")
        for detector in sorted({"text", "signature"} & set(detectors)):
            for seen in observe_editions(self.material.pairs, world, self.seed, detector):
                yield from seen
        if "text" in detectors:
            for seen in observe_negatives(self.material.pairs, world):
                yield from seen

    def _scans(self, world: World) -> Iterator[Observation]:
        for scan in self.material.scans[: _QUICK_SCANS if self.quick else None]:
            self.progress(f"scan {scan.name}")
            for seen in observe_scan(scan, world):
                yield from seen


def evaluate(
    material: Material,
    settings: Settings | None = None,
    *,
    detectors: Collection[str] = DETECTORS,
    seed: int = 1,
    quick: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> ErrorRates:
    """Measure detectors on labelled data. The same material, settings and seed give the same rates.

    Args:
        material: the labelled data.
        settings: what is measured.
        detectors: names from :data:`DETECTORS`.
        seed: decides which works are there, which parts of them, and their errors.
        quick: fewer conditions, texts and repetitions.
        progress: is told what is being tried.

    Raises:
        UsageError: There is no such detector or sensitivity.
        InputError: A text cannot be read.
    """
    unknown = sorted(set(detectors) - set(DETECTORS))
    if unknown:
        raise UsageError(f"there is no detector {unknown[0]!r}", advice=f"Detectors are {', '.join(DETECTORS)}.")
    settings = settings or Settings()
    for sensitivity in settings.sensitivities:
        shingling_named(sensitivity)
    evaluation = Evaluation(material, settings, seed, quick, progress, list(material.left_out))
    with tempfile.TemporaryDirectory(prefix="findspot-eval-") as folder:
        world = World(Path(folder), settings)
        observations = list(evaluation.observations(detectors, world))
    return ErrorRates(
        tool=Tool(name="findspot", version=__version__),
        command=_command(material, settings, detectors, seed, quick),
        scheme=SCHEME,
        scaled=dict(sorted(world.scaled.items())),
        seed=seed,
        data=MeasuredOn(
            name=material.name,
            digest=material.digest,
            works=evaluation.works,
            tokens=evaluation.tokens,
            languages=material.languages,
            left_out=tuple(evaluation.left_out),
        ),
        error_rates=tuple(rows_of(observations, material.name)),
    )


def _command(material: Material, settings: Settings, detectors: Collection[str], seed: int, quick: bool) -> str:
    """The command that measures this again, without paths."""
    options = [material.option, "--quick" if quick else ""]
    if set(detectors) != set(DETECTORS):
        options += [f"--detector {name}" for name in sorted(detectors)]
    if settings.sensitivities != Settings().sensitivities:
        options += [f"--sensitivity {name}" for name in settings.sensitivities]
    options += [f"--scaled {settings.scaled}" if settings.scaled else "", f"--seed {seed}"]
    return " ".join(["findspot eval", *filter(None, options)])
