"""How much evidence it takes: thresholds for this dataset and these works, from the rate of chance matches.

The number of false regions of strength m that a work shows is negative binomial: its mean follows from the work's
hashes and the dataset's tokens (:mod:`findspot.audit.chance`), its dispersion from how much works differ. A work
reaches a level when at any strength it shows at least R regions, R being the least number for which

    works * strengths * P(X >= R) <= alpha

so that, by Bonferroni's inequality over works and strengths, an audit has at most ``alpha`` false works of that level
on average, whatever the dependence between them. Single passages are reported from the strength at which all works
together are expected to show one false passage at most.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from findspot.audit.chance import HIGH_SPACED, HIGH_UNSPACED, SPACED, UNSPACED, Calibration, Chance, Measured, combine
from findspot.audit.model import Level
from findspot.sketch import shingling
from findspot.sketch.chains import CHAINS, STRENGTHS, ChainRule

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from findspot.sketch.shingling import Shingling

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

#: Expected number of false works, or passages, of a whole audit.
ALPHA = {Level.PASSAGE: 1.0, Level.PROBABLE: 0.1, Level.FOUND: 0.01}

#: Fewest regions, however unlikely they are: of lone hits, which need no copy, and of chains.
FEWEST = {Level.PROBABLE: (5, 2), Level.FOUND: (10, 3)}

FEWEST_WHOLE = 4  # matched hashes of a near-duplicate of a whole work
_MOST_STRENGTH = 64  # of a passage
_FIRST_TAILS = 64
_STEPS = 8  # sizes of works for each doubling: thresholds are those of the next larger one


@dataclass(frozen=True)
class Sensitivity:
    """What is sampled, what counts as a cluster of hits, and the calibration that belongs to both."""

    shingling: Shingling
    chains: ChainRule
    spaced: Calibration
    unspaced: Calibration
    lone_in: int | None = None  # in coverage a lone hit counts only where its record has at most so many sampled hashes


NORMAL = Sensitivity(shingling.NORMAL, CHAINS["normal"], SPACED, UNSPACED)
HIGH = Sensitivity(shingling.HIGH, CHAINS["high"], HIGH_SPACED, HIGH_UNSPACED, lone_in=6)
SENSITIVITIES = {each.shingling.name: each for each in (NORMAL, HIGH)}


@dataclass(frozen=True)
class Table:
    """Least numbers of regions for works of one kind of script: a row a size, a column a strength."""

    sizes: Ints  # sampled hashes of a work, rising
    least: dict[Level, Ints]  # of PROBABLE and FOUND
    chances: dict[Level, Floats]  # probability that chance alone reaches the level, by size
    whole: Ints  # matched hashes from which a near-duplicate of the whole work is found, by size

    def row(self, sizes: Ints) -> Ints:
        """Row of works of some sizes."""
        return np.asarray(np.searchsorted(self.sizes, sizes).clip(max=len(self.sizes) - 1), np.int64)


@dataclass(frozen=True)
class Rule:
    """What evidence takes in one audit.

    Args:
        tokens: of the dataset.
        works: fingerprinted works that are tested, the commons left out.
        hashes: sampled hashes of all works in scripts with spaces, and of those without.
        scaled: sampling.
        largest: sampled hashes of the largest work.
        spaced: rates of chance for works in scripts with spaces.
        unspaced: and for those without.
        sensitivity: what counts as a cluster of hits.
    """

    tokens: int
    works: int
    hashes: tuple[int, int] = (0, 0)
    scaled: int = 64
    largest: int = 1 << 14
    spaced: Chance = field(default_factory=lambda: combine(SPACED, [], 64))
    unspaced: Chance = field(default_factory=lambda: combine(UNSPACED, [], 64))
    sensitivity: Sensitivity = NORMAL

    @cached_property
    def tables(self) -> tuple[Table, Table]:
        """Thresholds for works in scripts with spaces, and without."""
        return self._table(self.spaced), self._table(self.unspaced)

    @cached_property
    def passage(self) -> int:
        """Strength from which a single region is a passage."""
        for strength in range(2, _MOST_STRENGTH):
            if self.false_passages(strength) <= ALPHA[Level.PASSAGE]:
                return strength
        return _MOST_STRENGTH

    def false_passages(self, strength: int) -> float:
        """Expected number of false regions of a strength in all works together."""
        pairs = zip((self.spaced, self.unspaced), self.hashes, strict=True)
        return sum(hashes * chance.density_at(strength, self.tokens) for chance, hashes in pairs)

    def chance_share(self, *, unspaced: bool = False) -> float:
        """Share of an absent work's shingles expected in the dataset."""
        return (self.unspaced if unspaced else self.spaced).share(self.tokens)

    def whole(self, size: int, *, unspaced: bool = False) -> int:
        """Matched hashes from which a near-duplicate of a whole work of so many hashes is found."""
        table = self.tables[unspaced]
        return int(table.whole[table.row(np.array([size]))[0]])

    def _table(self, chance: Chance) -> Table:
        steps = math.ceil(_STEPS * math.log2(max(2, self.largest)))
        sizes = np.unique(np.ceil(2 ** (np.arange(steps + 1) / _STEPS)).astype(np.int64))
        density = chance.density(self.tokens)
        least = {level: np.empty((len(sizes), len(STRENGTHS)), np.int64) for level in FEWEST}
        chances = {level: np.zeros(len(sizes)) for level in FEWEST}
        for row, size in enumerate(sizes.tolist()):
            for column, mean in enumerate((size * density).tolist()):
                tails = self._tails(mean, chance.dispersion[column], size + 1)
                for level, fewest in FEWEST.items():
                    allowed = ALPHA[level] / max(1, self.works) / len(STRENGTHS)
                    enough = int(np.searchsorted(-tails, -allowed))
                    needed = max(fewest[STRENGTHS[column] > 1], enough)
                    least[level][row, column] = needed if needed <= size else size + 1  # more than there can be
                    chances[level][row] += tails[needed] if needed <= size else 0.0
        whole = [self._whole(chance, size) for size in sizes.tolist()]
        return Table(sizes, least, chances, np.array(whole))

    def _tails(self, mean: float, dispersion: float, most: int) -> Floats:
        """Tails as far as any level needs them."""
        allowed = min(ALPHA[level] for level in FEWEST) / max(1, self.works) / len(STRENGTHS)
        tails = tail(mean, dispersion, min(most, _FIRST_TAILS))
        while len(tails) <= most and tails[-1] > allowed:
            tails = tail(mean, dispersion, min(most, 4 * len(tails)))
        return tails

    def _whole(self, chance: Chance, size: int) -> int:
        allowed = ALPHA[Level.FOUND] / max(1, self.works)
        for strength in range(FEWEST_WHOLE, _MOST_STRENGTH):
            if size * chance.density_at(strength, self.tokens) <= allowed:
                return strength
        return _MOST_STRENGTH


def make_rule(
    tokens: int,
    sizes: Ints,
    unspaced: npt.NDArray[np.bool_],
    scaled: int,
    measured: tuple[Sequence[Measured], Sequence[Measured]] = ((), ()),
    sensitivity: Sensitivity = NORMAL,
    commons: npt.NDArray[np.bool_] | None = None,
) -> Rule:
    """The rule of an audit.

    Args:
        tokens: of the dataset.
        sizes: sampled hashes of every work.
        unspaced: which works are in a script without spaces.
        scaled: sampling.
        measured: what the releases carry for scripts with spaces, and without.
        sensitivity: what counts as a cluster of hits.
        commons: works that explain others and are not reported: none of them can be reported by mistake.
    """
    tested = sizes if commons is None else np.where(commons, 0, sizes)
    return Rule(
        tokens=tokens,
        works=int((tested > 0).sum()),
        hashes=(int(tested[~unspaced].sum()), int(tested[unspaced].sum())),
        scaled=scaled,
        largest=int(sizes.max(initial=2)),
        spaced=combine(sensitivity.spaced, measured[0], scaled),
        unspaced=combine(sensitivity.unspaced, measured[1], scaled),
        sensitivity=sensitivity,
    )


def tail(mean: float, dispersion: float, most: int) -> Floats:
    """P(X >= r) for r = 0 … ``most``: X negative binomial, of variance ``mean + dispersion * mean**2``."""
    shape = 1 / dispersion
    p = mean / (mean + shape)
    if p <= 0:
        return np.append(1.0, np.zeros(most))
    k = np.arange(1, most + 1)
    steps = np.log(p) + np.log(k - 1 + shape) - np.log(k)
    log = shape * math.log1p(-p) + np.append(0.0, np.cumsum(steps))
    mass = np.exp(log)
    ratio = p * max(1.0, (most + shape) / (most + 1))  # of each further term to the one before, at most
    beyond = mass[-1] * ratio / (1 - ratio) if ratio < 1 else 1.0
    tails = np.cumsum(mass[::-1])[::-1] + beyond
    return np.asarray(np.minimum(1.0, tails), np.float64)
