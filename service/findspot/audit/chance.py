"""The rate of chance matches: what unrelated works have in common, and how much of that an audit must expect.

Two sources are combined. The *calibration* that ships with the program was measured on real books with every shingle
(``python bench/chance.py`` prints its figures). What a *release* carries was measured on its own works at its own
sampling. The fewer decoys a release has, the more the calibration decides.

The expected number of false regions of strength m of a work with n sampled hashes in D tokens is

    mean = rate_m * n * D'        D' = min(D, distinct_m * max(D, tokens))

``rate_m`` is what one record and one work have in common, for each hash and token. Records quote the same places again
and again, and a region counts once: ``distinct_m`` is the share of what was seen among ``tokens`` tokens that stands in
places of its own. So D' is D while a dataset is small, and grows no faster than linearly beyond ``tokens``; measured,
it grows more slowly, so that the mean is an upper bound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from findspot.sketch.chains import STRENGTHS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from findspot.reference.release import ScriptChance

    Floats = npt.NDArray[np.float64]

#: Beyond the longest stretch observed: as many more as could have gone unseen (the rule of three), and how fast they
#: become rare. Measured between 16 and 64 shingles the number falls with the power 2 to 5 of the length.
TAIL_COUNT = 3.0
TAIL_POWER = 3.0

#: How the share of a work's shingles that chance finds grows with the dataset, where most are repeats.
SHARE_GROWTH = 0.7

#: Weight of the calibration against a release, in events: lone hits, and regions of which so many are stronger.
RATE_WEIGHT = 2.0
RATIO_WEIGHT = 10.0
DISPERSION_WEIGHT = 2.0


@dataclass(frozen=True)
class Calibration:
    """Stretches of text that unrelated works share."""

    pairs: float  # of tokens that were held against each other
    tokens: int  # of the works
    hits: int  # shingles in common
    lengths: tuple[tuple[int, int], ...]  # stretches of at least so many shingles, from 2 up
    distinct: float = 0.5  # share of them in places of their own
    dispersion: float = 5.0  # 1/r: how much works differ, as a negative binomial has it


#: English books, plays and speeches, and Japanese prose: ``python bench/chance.py``, "en" and "ja".
SPACED = Calibration(
    pairs=7.64e13,
    tokens=8_905_900,
    hits=11_672,
    lengths=((2, 1398), (3, 1014), (4, 864), (6, 500), (8, 312), (12, 140), (16, 102), (24, 46), (32, 46), (48, 12)),
)
UNSPACED = Calibration(
    pairs=2.15e12,
    tokens=1_558_540,
    hits=6_692,
    lengths=(
        *((2, 341), (3, 283), (4, 282), (6, 250), (8, 214), (12, 184)),
        *((16, 180), (24, 104), (32, 90), (48, 36), (64, 2), (96, 2)),
    ),
)

#: The same with the shingles of sensitivity ``high``: ``python bench/chance.py --sensitivity high``.
HIGH_SPACED = Calibration(
    pairs=7.59e13,
    tokens=8_905_900,
    hits=673_370,
    lengths=(
        *((2, 61_520), (3, 8880), (4, 2228), (6, 718), (8, 560), (12, 320)),
        *((16, 180), (24, 82), (32, 46), (48, 14), (64, 12)),
    ),
)
HIGH_UNSPACED = Calibration(
    pairs=2.14e12,
    tokens=1_558_540,
    hits=13_002,
    lengths=(
        *((2, 1854), (3, 844), (4, 470), (6, 314), (8, 260), (12, 194)),
        *((16, 160), (24, 106), (32, 56), (48, 4), (64, 2), (96, 2)),
    ),
)


@dataclass(frozen=True)
class Chance:
    """What an audit expects of unrelated text in one kind of script. Tuples have one figure a strength."""

    rates: tuple[float, ...]  # for each hash of a work and token of a record
    distinct: tuple[float, ...]
    tokens: float
    dispersion: tuple[float, ...]  # 1/r of the negative binomial

    def density(self, tokens: float) -> Floats:
        """Expected number of chance regions of each strength, for each hash of a work."""
        distinct = np.array(self.distinct)
        reached = np.minimum(tokens, distinct * max(tokens, self.tokens))
        return np.array(self.rates) * reached

    def density_at(self, strength: int, tokens: float) -> float:
        """The same at any strength: geometric between those that were measured, and beyond the last."""
        log = np.log(np.maximum(self.density(tokens), 1e-300))
        at = np.array(STRENGTHS)
        if strength <= at[-1]:
            return float(math.exp(np.interp(strength, at, log)))
        slope = (log[-1] - log[-2]) / (at[-1] - at[-2])
        return float(math.exp(log[-1] + slope * (strength - at[-1])))

    def share(self, tokens: float) -> float:
        """Share of an absent work's shingles expected among so many tokens of a dataset: no bound, an estimate."""
        grown = self.distinct[0] * self.tokens * (tokens / self.tokens) ** SHARE_GROWTH
        return float(min(0.5, self.rates[0] * min(tokens, grown)))


@dataclass(frozen=True)
class Measured:
    """What one release carries for one kind of script, with its sampling."""

    chance: ScriptChance
    scaled: int


def combine(calibration: Calibration, measured: Sequence[Measured], scaled: int) -> Chance:
    """Calibration and releases together.

    The rate of lone hits is a Gamma posterior, and never less than the calibration's: works in several languages have
    nothing in common and would dilute it. The others follow as ratios from one strength to the next, Beta posteriors,
    so that what a release has few of does not decide alone. A release that is sampled finer than the audit has stronger
    regions than the audit will see: its ratios are then upper bounds.
    """
    prior = rates_at(calibration, scaled)
    seen, distinct, together, evenly = (np.zeros(len(STRENGTHS)) for _ in range(4))
    exposure = 0.0
    for one in measured:
        kept = np.array([one.scaled / scaled, *[1.0] * (len(STRENGTHS) - 1)])
        seen += kept * one.chance.seen
        distinct += kept * one.chance.distinct
        together += np.array(one.chance.together, float)
        evenly += np.array(one.chance.distinct, float) ** 2 * one.chance.evenly
        exposure += one.chance.exposure * one.scaled / scaled
    rates = [max(prior[0], (RATE_WEIGHT + seen[0]) / (RATE_WEIGHT / prior[0] + exposure))]
    for at in range(1, len(STRENGTHS)):
        ratio = (RATIO_WEIGHT * prior[at] / prior[at - 1] + seen[at]) / (RATIO_WEIGHT + seen[at - 1])
        rates.append(rates[-1] * min(1.0, ratio))
    spread = (DISPERSION_WEIGHT * (1 + calibration.dispersion) + together) / (DISPERSION_WEIGHT + evenly) - 1
    return Chance(
        tuple(float(rate) for rate in rates),
        tuple(((RATIO_WEIGHT * calibration.distinct + distinct) / (RATIO_WEIGHT + seen)).clip(max=1.0).tolist()),
        float(max([calibration.tokens, *(one.chance.tokens for one in measured)])),
        tuple(np.maximum(spread, calibration.dispersion).tolist()),
    )


def rates_at(calibration: Calibration, scaled: int, window: int = 1024) -> Floats:
    """Chance regions of a strength or more, for each hash of a work and token of a record: ``(strengths,)``."""
    lengths = [length for length, _ in calibration.lengths]
    counts = [count for _, count in calibration.lengths]
    last = lengths[-1]
    while lengths[-1] * 2 <= window:
        lengths.append(lengths[-1] * 2)
        counts.append(0)
    beyond = [TAIL_COUNT * min(1.0, (last / length)) ** TAIL_POWER for length in lengths]
    total = np.array(counts) + np.array(beyond)
    upper = [*(length - 1 for length in lengths[1:]), window]  # each stretch as long as its class allows
    each = total - np.append(total[1:], 0)
    regions = [sum(each * [binomial_tail(length, 1 / scaled, m) for length in upper]) for m in STRENGTHS]
    rates = np.array(regions) * scaled / calibration.pairs
    rates[0] = calibration.hits / calibration.pairs
    return np.minimum.accumulate(rates)


@lru_cache(maxsize=1 << 14)
def binomial_tail(n: int, p: float, least: int) -> float:
    """P(X >= least) for X binomial, without the terms so far up that they add nothing."""
    if least <= 0:
        return 1.0
    if n < least or p <= 0:
        return 0.0
    if p >= 1:
        return 1.0
    i = np.arange(min(n, max(least, math.ceil(n * p)) + math.ceil(12 * math.sqrt(n * p)) + 60))
    log = n * math.log1p(-p) + np.append(0.0, np.cumsum(np.log((n - i) / (i + 1) * p / (1 - p))))
    mass = np.exp(log)
    return float(min(1.0, mass[least:].sum()))
