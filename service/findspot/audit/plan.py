"""What an audit can detect and what it will mistake, before it runs: from its rule alone.

Power is computed for works that are there verbatim, in records of one length. Of L tokens L - k + 1 shingles are
sampled independently, so the strength of a record is binomial, and so is the number of records of a strength. It is a
lower bound: of the strengths at which a level can be reached, the likeliest alone counts.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from findspot.audit.chance import binomial_tail
from findspot.audit.model import Detection, Level, LevelDetection, Needed, Power, ScriptDetection
from findspot.audit.thresholds import ALPHA, FEWEST
from findspot.sketch.chains import STRENGTHS

if TYPE_CHECKING:
    import numpy.typing as npt

    from findspot.audit.thresholds import Rule

    Ints = npt.NDArray[np.int64]

WORK_TOKENS = (1_000, 5_000, 20_000, 100_000)
SHARES = (1.0, 0.2, 0.05)
RECORD_TOKENS = (512, 64)
SURE = 0.95  # probability with which the shortest passage is detected
_LONGEST = WORK_TOKENS[-1]  # passage that is looked for

CORRECTION = (
    "Bonferroni over works and strengths: works x strengths x P(X >= regions) <= alpha, X negative binomial with the "
    "measured rate of chance; passages: expected number in all works"
)


def plan(rule: Rule, sizes: Ints, unspaced: npt.NDArray[np.bool_]) -> Detection:
    """What the rule of an audit detects.

    Args:
        rule: of the audit.
        sizes: sampled hashes of every work.
        unspaced: which works are in a script without spaces.
    """
    scripts = [_Script(rule, kind) for kind, hashes in enumerate(rule.hashes) if hashes]
    return Detection(
        tokens=rule.tokens,
        works=rule.works,
        scaled=rule.scaled,
        correction=CORRECTION,
        strengths=STRENGTHS,
        passage_strength=rule.passage,
        levels=tuple(
            LevelDetection(
                level=level, alpha=ALPHA[level], expected_false=_figure(_false(rule, level, sizes, unspaced))
            )
            for level in (Level.PASSAGE, *FEWEST)
        ),
        scripts=tuple(script.detection() for script in scripts),
    )


def _false(rule: Rule, level: Level, sizes: Ints, unspaced: npt.NDArray[np.bool_]) -> float:
    """False findings expected of all works: of a level or a stronger one."""
    if level is Level.PASSAGE:
        return rule.false_passages(rule.passage)
    total = 0.0
    for kind, table in enumerate(rule.tables):
        mine = sizes[(unspaced == kind) & (sizes > 0)]
        total += float(table.chances[level][table.row(mine)].sum())
    return total


def _figure(value: float) -> float:
    """Three digits: the same report on every machine."""
    return float(f"{value:.3g}")


class _Script:
    """One kind of script under a rule."""

    def __init__(self, rule: Rule, kind: int) -> None:
        self._rule = rule
        self._table = rule.tables[kind]
        self._kind = kind
        shingling, chains = rule.sensitivity.shingling, rule.sensitivity.chains
        self._k = 2 * shingling.k if kind else shingling.k  # of Chinese and Japanese: two characters weigh a word
        self._region, self._window = chains.region, chains.window

    def detection(self) -> ScriptDetection:
        """Everything that is said of this kind of script."""
        chance = self._rule.unspaced if self._kind else self._rule.spaced
        return ScriptDetection(
            script="unspaced" if self._kind else "spaced",
            k=self._k,
            hashes=self._rule.hashes[self._kind],
            chance=tuple(_figure(value) for value in chance.density(self._rule.tokens).tolist()),
            shortest={level: self._shortest(level) for level in (Level.PASSAGE, *FEWEST)},
            power=tuple(
                self._power(tokens, share, length)
                for length in RECORD_TOKENS
                for tokens in WORK_TOKENS
                for share in SHARES
            ),
            thresholds=tuple(self._needed(tokens) for tokens in WORK_TOKENS),
        )

    def _size(self, tokens: int) -> int:
        return max(1, (tokens - self._k + 1) // self._rule.scaled)

    def _least(self, tokens: int, level: Level) -> list[int]:
        row = self._table.row(np.array([self._size(tokens)]))[0]
        return [int(least) for least in self._table.least[level][row]]

    def _needed(self, tokens: int) -> Needed:
        most = self._size(tokens)
        probable, found = (
            tuple(least if least <= most else None for least in self._least(tokens, level)) for level in FEWEST
        )
        return Needed(work_tokens=tokens, probable=probable, found=found)

    def _sampled(self, tokens: int, least: int) -> float:
        """Probability that so many tokens hold at least so many sampled shingles."""
        return binomial_tail(max(0, tokens - self._k + 1), 1 / self._rule.scaled, least)

    def _power(self, tokens: int, share: float, length: int) -> Power:
        records = max(1, math.ceil(share * tokens / length - 0.5))
        one = self._sampled(min(length, self._window), self._rule.passage)
        probable, found = (
            max(
                self._regions(tokens, share, length, least, needed)
                for least, needed in zip(STRENGTHS, self._least(tokens, level), strict=True)
            )
            for level in FEWEST
        )
        probable = max(probable, found)
        passage = max(probable, 1 - (1 - one) ** records)
        rounded = {"passage": passage, "probable": probable, "found": found}
        return Power(
            work_tokens=tokens,
            share=share,
            record_tokens=length,
            **{name: round(value, 3) for name, value in rounded.items()},
        )

    def _regions(self, tokens: int, share: float, length: int, least: int, needed: int) -> float:
        """Probability that records of a work, drawn at random, show so many regions of a strength."""
        shown = self._sampled(min(length, self._window), least)
        records = max(1, math.ceil(share * tokens / length - 0.5))
        apart = binomial_tail(records, shown, needed)  # each record a region of its own
        if length >= self._region:
            return apart
        # places where a region may begin, each region taking up its length of the work
        rate = share * (length - self._k + 1) / length / self._rule.scaled if least == 1 else share * shown / length
        places = max(0, tokens - self._region * (needed - 1))
        return min(apart, binomial_tail(places, min(1.0, rate), needed))

    def _shortest(self, level: Level) -> int | None:
        """Tokens of the shortest passage in one record that reaches a level with probability SURE."""
        low, high = 1, _LONGEST
        if self._passage(level, high) < SURE:
            return None
        while low < high:
            middle = (low + high) // 2
            if self._passage(level, middle) >= SURE:
                high = middle
            else:
                low = middle + 1
        return low

    def _passage(self, level: Level, length: int) -> float:
        """Probability that a verbatim passage of a long work, in one record, reaches a level."""
        if level is Level.PASSAGE:
            return max(self._windows(length, self._rule.passage, 1), self._passage(Level.PROBABLE, length))
        needed = self._least(_LONGEST, level)
        chances = [self._windows(length, least, n) for least, n in zip(STRENGTHS[1:], needed[1:], strict=True)]
        lone = binomial_tail(max(0, length - self._region * (needed[0] - 1)), 1 / self._rule.scaled, needed[0])
        return max(*chances, lone)

    def _windows(self, length: int, least: int, needed: int) -> float:
        """Probability that the windows of a passage show so many regions of a strength."""
        full, rest = divmod(length, self._window)
        each, last = self._sampled(self._window, least), self._sampled(rest, least)
        return last * binomial_tail(full, each, needed - 1) + (1 - last) * binomial_tail(full, each, needed)
