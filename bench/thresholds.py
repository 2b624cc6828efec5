"""Whether thresholds hold: false works and passages expected by the rule beside those that real books and models show.

Three parts.

*Real runs*. The texts of FINDSPOT_TEST_DATA are split at random into works and a dataset, cut into records of 512
tokens; works are judged as an audit does, with the rule of that many tokens and works, what the works measure of chance
being part of it. Pairs of texts that share 2 % of the smaller (editions) are left out: whatever is reported is false.
Printed: work x dataset pairs, false works of each level beside what the rule expects, regions of each strength beside
what the rate expects. Then all works at once against all other texts, the largest run that the data allows.

*Models, 1 M to 100 G tokens, 10 to 200,000 works*. Expected false works of each level: by the rule's own law (negative
binomial), and by a bootstrap: each work is one of the real texts, with its own rate of chance regions, counted with
every shingle and thinned to the sampling, so that texts that quote or repeat formulas are drawn as often as they are
there. Both grow linearly with the dataset, which is more than they do.

*Power*. Works that are there, their sampling simulated, judged by the same code as an audit, beside the figures that
``audit --plan`` prints, which are lower bounds.

    python bench/thresholds.py [--splits 200] [--trials 200]
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from scipy.stats import binom  # type: ignore[import-untyped]

from findspot.audit.chance import Measured
from findspot.audit.evidence import judge, judge_all
from findspot.audit.hits import Hits
from findspot.audit.model import Level
from findspot.audit.plan import plan
from findspot.audit.thresholds import ALPHA, Rule, make_rule
from findspot.reference.chance import measure_chance, mostly_unspaced
from findspot.sketch import sketch_column
from findspot.sketch.chains import CHAINS, STRENGTHS, cut_windows, find_chains
from findspot.text import K

if TYPE_CHECKING:
    import numpy.typing as npt
    from bench.texts import listed, source

    Ints = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]
    Floats = npt.NDArray[np.float64]
else:
    from texts import listed, source

RECORD = 512  # tokens of a record
RELATED = 0.02
SCALED = 64
LEVELS = (Level.PASSAGE, Level.PROBABLE, Level.FOUND)


@dataclass(frozen=True)
class Texts:
    """Sketches of all texts, and what unrelated ones have in common."""

    tokens: Ints
    weights: Ints
    hashes: npt.NDArray[np.uint64]
    owner: Ints
    position: Ints
    scaled: int

    @cached_property
    def sizes(self) -> Ints:
        """Sampled hashes of each text."""
        return np.bincount(self.owner, minlength=len(self.tokens)).astype(np.int64)

    @cached_property
    def unspaced(self) -> Bools:
        """Texts in scripts without spaces."""
        return mostly_unspaced(self.tokens, self.weights)

    @cached_property
    def shared(self) -> tuple[Ints, Ints]:
        """Pairs of postings with one hash: of the record, and of the work, of unrelated texts."""
        order = np.argsort(self.hashes, kind="stable")
        new = np.diff(self.hashes[order], prepend=self.hashes[order][:1]) != 0
        start = np.flatnonzero(np.append(True, new[1:]))
        times = np.diff(np.append(start, len(order)))
        group = np.repeat(np.arange(len(start)), times)
        a = np.repeat(order, times[group])
        nth = np.arange(len(a)) - np.repeat(np.cumsum(times[group]) - times[group], times[group])
        b = order[np.repeat(start[group], times[group]) + nth]
        apart = self.owner[a] != self.owner[b]
        a, b = a[apart], b[apart]
        pair, of, common = np.unique(
            self.owner[a] * len(self.tokens) + self.owner[b], return_inverse=True, return_counts=True
        )
        first, second = np.divmod(pair, len(self.tokens))
        related = common >= RELATED * np.minimum(self.sizes[first], self.sizes[second])
        if self.scaled > 1:  # as found with every shingle: a sample of a short text is too small to tell
            related = np.isin(pair, _related_pairs())
        else:
            _RELATED.append(pair[related])
        kept = ~related[of]
        return a[kept], b[kept]


_RELATED: list[Ints] = []


def _related_pairs() -> Ints:
    return _RELATED[0]


def read(scaled: int) -> Texts:
    """Sketch all texts."""
    hashes, owner, positions = [], [], []
    tokens: list[int] = []
    weights: list[int] = []
    for path in (path for _, path in listed() if path.suffix == ".txt"):
        sketch = sketch_column(
            pa.array([path.read_text(encoding="utf-8", errors="replace")], pa.large_string()), scaled
        )
        hashes.append(sketch.hashes)
        positions.append(sketch.positions.astype(np.int64))
        owner.append(np.full(len(sketch.hashes), len(tokens), np.int64))
        tokens.append(int(sketch.n_tokens[0]))
        weights.append(int(sketch.weights[0]))
    counts = np.array(tokens), np.array(weights)
    return Texts(*counts, np.concatenate(hashes), np.concatenate(owner), np.concatenate(positions), scaled)


def hits_between(texts: Texts, works: Bools, data: Bools) -> Hits:
    """Hits of unrelated pairs of a work and a text of the dataset, cut into records."""
    record, work = texts.shared
    chosen = works[texts.owner[work]] & data[texts.owner[record]]
    chosen &= texts.position[record] % RECORD <= RECORD - K  # shingles that the end of a record cuts are not there
    record, work = record[chosen], work[chosen]
    number = texts.owner[record] * 10_000_000 + texts.position[record] // RECORD
    place = texts.position[record] % RECORD
    order = np.lexsort((place, number, texts.owner[work]))
    one = np.unique(number, return_inverse=True)[1]
    none = np.full(len(order), -1, np.int64)
    return Hits(texts.owner[work][order], texts.position[work][order], one[order], place[order], none, none)


def rule_of(texts: Texts, works: Bools, tokens: int) -> Rule:
    """The rule of an audit of these works, with what they measure of chance."""
    mine = works[texts.owner]
    order = np.argsort(texts.hashes[mine], kind="stable")
    arrays = (texts.hashes[mine][order], texts.owner[mine][order].astype(np.uint32), texts.position[mine][order])
    found = measure_chance(
        arrays[0], arrays[1], arrays[2].astype(np.uint32), texts.tokens.tolist(), texts.weights.tolist()
    )
    measured = tuple(
        [Measured(script, texts.scaled)] if script else []
        for script in ((found.spaced, found.unspaced) if found else (None, None))
    )
    sizes = np.where(works, texts.sizes, 0)
    return make_rule(tokens, sizes, texts.unspaced, texts.scaled, (measured[0], measured[1]))


@dataclass
class Seen:
    """Counts of real runs, and what was expected."""

    pairs: int = 0
    false: dict[Level, int] | None = None
    expected: Floats | None = None  # by level
    regions: Floats | None = None  # by strength from 2
    predicted: Floats | None = None

    def add(self, texts: Texts, works: Bools, data: Bools) -> None:
        """Judge works against a dataset, or all works each against all others where the two are one."""
        tokens = int(texts.tokens[data].sum())
        rule = rule_of(texts, works, tokens)
        sizes = np.where(works, texts.sizes, 0)
        hits = hits_between(texts, works, data)
        levels = [evidence.level for _, _, evidence in judge_all(hits, sizes, texts.unspaced, rule)]
        order = list(LEVELS)
        self.pairs += int((sizes > 0).sum())
        self.false = {
            level: (self.false or {}).get(level, 0)
            + sum(order.index(got) >= order.index(level) for got in levels if got is not None)
            for level in LEVELS
        }
        expected = {e.level: e.expected_false for e in plan(rule, sizes, texts.unspaced).levels}
        self.expected = np.array([expected[level] for level in LEVELS]) + (
            0 if self.expected is None else self.expected
        )
        group = np.cumsum((np.diff(hits.work, prepend=-1) != 0) | (np.diff(hits.record, prepend=-1) != 0))
        chain = find_chains(group, hits.place, hits.at, CHAINS["normal"])
        windows = cut_windows(hits.work, hits.at, chain, K, CHAINS["normal"])
        regions = np.array([len(np.unique(_places(windows, least))) for least in STRENGTHS[1:]])
        self.regions = regions + (0 if self.regions is None else self.regions)
        predicted = np.array([rule.false_passages(least) for least in STRENGTHS[1:]])
        self.predicted = predicted + (0 if self.predicted is None else self.predicted)

    def show(self, name: str) -> None:
        """Print what was seen beside what was expected."""
        assert self.false is not None
        assert self.expected is not None
        assert self.regions is not None
        assert self.predicted is not None
        print(f"{name}: {self.pairs:,} work x dataset pairs")
        for level, expected in zip(LEVELS, self.expected.tolist(), strict=True):
            print(f"  {level:>9} or stronger: {self.false[level]:>6} false, {expected:.3g} expected at most")
        for least, seen, expected in zip(STRENGTHS[1:], self.regions.tolist(), self.predicted.tolist(), strict=True):
            print(f"  regions of {least:>2} hits or more: {seen:>6.0f}, {expected:.3g} expected at most")


def _places(windows: object, least: int) -> Ints:
    strong = windows.strength >= least  # type: ignore[attr-defined]
    places: Ints = windows.group[strong] * 10_000_000 + windows.start[strong] // 256  # type: ignore[attr-defined]
    return places


def real(texts: Texts, splits: int) -> None:
    """Half of the texts against the other half, again and again; then all against all."""
    rng = np.random.default_rng(11)
    halves = Seen()
    for _ in range(splits):
        works = rng.random(len(texts.tokens)) < 0.5
        halves.add(texts, works, ~works)
    halves.show(f"scaled {texts.scaled}, {splits} splits")
    everything = Seen()
    every = np.ones(len(texts.tokens), bool)
    everything.add(texts, every, every)
    everything.show(f"scaled {texts.scaled}, every text against all {int(texts.tokens.sum()):,} tokens")


def grown(texts: Texts) -> None:
    """How much of all texts chance finds in a part of the others: a place of a work counts once."""
    rng = np.random.default_rng(7)
    every = np.ones(len(texts.tokens), bool)
    print(f"scaled {texts.scaled}: share of all sampled hashes found in unrelated texts, by the share of these taken")
    for part in (0.125, 0.25, 0.5, 1.0):
        shares = []
        for _ in range(20 if part < 1 else 1):
            hits = hits_between(texts, every, rng.random(len(every)) < part)
            shares.append(len(np.unique(hits.work.astype(np.int64) << 32 | hits.at)) / len(texts.hashes))
        print(f"  {part:>5}: {np.mean(shares):.3e}")


def own_rates(every: Texts) -> Floats:
    """Chance regions of each spaced text at each strength, for each of its hashes and token: ``(texts, strengths)``.

    Counted with every shingle, a place of a work but once, with the probability that a sample shows it so strong.
    """
    record, work = every.shared
    group = every.owner[record] * len(every.tokens) + every.owner[work]
    of = np.unique(group, return_inverse=True)[1]
    chain = find_chains(of, every.position[record], every.position[work], CHAINS["normal"])
    windows = cut_windows(every.owner[work], every.position[work], chain, K, CHAINS["normal"])
    same = ~every.unspaced
    facing = every.tokens[same].sum() - every.tokens
    exposure = every.tokens / SCALED * facing
    rates = np.zeros((len(every.tokens), len(STRENGTHS)))
    place = windows.group * 1_000_000 + windows.start // 256
    places, at_place = np.unique(place, return_inverse=True)
    for at, least in enumerate(STRENGTHS):
        shown = np.zeros(len(places))
        np.maximum.at(shown, at_place, binom.sf(least - 1, windows.strength, 1 / SCALED))
        rates[:, at] = np.bincount(places // 1_000_000, shown, len(every.tokens)) / exposure
    rates[:, 0] = np.bincount(every.owner[np.unique(work)], minlength=len(every.tokens)) / SCALED / exposure
    return np.asarray(rates[same & (every.tokens > SCALED * 8)], np.float64)


def models(texts: Texts, rates: Floats) -> None:
    """Expected false works for every size of dataset and collection."""
    kept = ~texts.unspaced & (texts.tokens > SCALED * 8)
    sizes = np.maximum(1, texts.tokens[kept] // SCALED)
    print(f"expected false works of an audit, at most {ALPHA[Level.PROBABLE]} probable and {ALPHA[Level.FOUND]} found;")
    print("works as the texts are, by the rule's law and by a bootstrap of the texts' own rates")
    print("    tokens    works  passage from   probable: law  bootstrap   found: law  bootstrap")
    for tokens in (10**6, 10**7, 10**8, 10**9, 10**10, 10**11):
        for works in (10, 100, 1_000, 10_000, 200_000):
            drawn = np.resize(sizes, works)
            rule = make_rule(tokens, drawn, np.zeros(works, bool), SCALED)
            table = rule.tables[0]
            rows = table.row(sizes)
            means = sizes[:, None] * rates * tokens
            room = np.maximum(1, sizes * SCALED // 256)[:, None]  # regions that there can be
            filled = 1 - np.exp(-means / room)
            law = {level: works * table.chances[level][rows].mean() for level in (Level.PROBABLE, Level.FOUND)}
            own = {
                level: works * binom.sf(table.least[level][rows] - 1, room, filled).sum(axis=1).clip(max=1).mean()
                for level in (Level.PROBABLE, Level.FOUND)
            }
            figures = [f"{value:.2g}" for level in law for value in (law[level], own[level])]
            print(f"{tokens:>10.0e} {works:>8,} {rule.passage:>13} " + " ".join(f"{f:>12}" for f in figures))


def simulated(rng: np.random.Generator, tokens: int, share: float, length: int, rule: Rule) -> Level | None:
    """Level of a work that is there, its sample and records drawn at random."""
    at = np.flatnonzero(rng.random(tokens - K + 1) < 1 / SCALED)
    size = len(at)
    record = at // length
    records = -(-tokens // length)
    drawn = rng.permutation(records)[: max(1, round(share * records))]
    at = at[np.isin(record, drawn) & (at % length <= length - K)]
    none = np.full(len(at), -1, np.int64)
    hits = Hits(np.zeros(len(at), np.int64), at, at // length, at % length, none, none)
    return judge(hits, max(1, size), rule).level


def power(trials: int) -> None:
    """Works that are there: how often each level is reached, beside the plan."""
    rng = np.random.default_rng(5)
    print("works that are there: share that reaches a level, measured (as planned)")
    print("    tokens   works    work  share records      probable         found")
    for tokens, works in ((10**6, 30), (10**8, 1_000), (10**10, 10_000)):
        sizes = np.full(works, 1_500)
        rule = make_rule(tokens, sizes, np.zeros(works, bool), SCALED)
        for p in plan(rule, sizes, np.zeros(works, bool)).scripts[0].power:
            got = [simulated(rng, p.work_tokens, p.share, p.record_tokens, rule) for _ in range(trials)]
            probable = sum(level in (Level.PROBABLE, Level.FOUND) for level in got) / trials
            found = sum(level is Level.FOUND for level in got) / trials
            figures = f"{probable:.2f} ({p.probable:.2f})   {found:.2f} ({p.found:.2f})"
            print(f"{tokens:>10.0e} {works:>7,} {p.work_tokens:>7,} {p.share:>6} {p.record_tokens:>7}   {figures}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splits", type=int, default=200)
    parser.add_argument("--trials", type=int, default=200)
    options = parser.parse_args()
    print(source())
    every = read(1)
    rates = own_rates(every)
    models(every, rates)
    for scaled in (64, 16):
        real(read(scaled), options.splits)
    grown(read(1))
    power(options.trials)


if __name__ == "__main__":
    main()
