"""Whether the 95 % intervals of sketches hold the truth 95 times in 100, and how far off the estimates are.

Part 1 samples as a sketch does: every hash of a set is kept with probability 1 / scaled, so that the sample size is
random too, around n. For every quantity, truth, n and scaled with n·p of at least 5 (n·(1 - p) may be anything), so
many samples are drawn: how often the interval holds the truth, and the root mean square error beside theory,
sqrt(p (1 - p) (1 - 1/scaled) / n). Monte-Carlo noise of a cell's coverage is printed (one standard error).

Part 2 draws nothing: given n, the number of matches is hypergeometric, and the probability that an interval holds the
truth is a sum. It goes over every truth that a set can have from 0.01 to 0.99 (at most 981 of them), small n one by
one, and does the same for other intervals: why the count is moved outwards by a third of a hash.

Goals: coverage of at least 0.93 in every cell and of 0.93 to 0.97 on average; error at most 1.2 times theory. The exit
code is 1 if one is missed.

    python bench/intervals.py [--quick | --smoke]
"""

from __future__ import annotations

import itertools
import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from findspot.sketch import lost_to_cuts
from findspot.sketch.estimate import OUTWARDS, Z95, interval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt
    from bench.clock import effort

    Floats = npt.NDArray[np.float64]
    Ends = tuple[Floats, Floats]
else:
    from clock import effort

TRUTHS = (0.01, *(i / 20 for i in range(1, 20)), 0.99)
SIZES = (20, 35, 50, 100, 200, 500, 1000, 2000, 5000)
SCALED = (2, 16, 64, 1000)
LEAST = 5  # n·p
GOAL_WORST, GOAL_MEAN, GOAL_ERROR = 0.93, (0.93, 0.97), 1.2
CHUNK, K = 128, 8  # tokens of the chunks that a work is cut into, and of a shingle


@dataclass
class Cell:
    """One quantity, truth, n and scaled."""

    truth: float
    n: int
    scaled: int
    held: float
    error: float  # of theory


def draw(rng: np.random.Generator, hashes: int, scaled: int, times: int) -> Floats:
    """How many of so many hashes are kept, so often."""
    return rng.binomial(hashes, 1 / scaled, times).astype(np.float64)


def part(share: float, size: int) -> int:
    """So many of ``size`` hashes are the share: sets are made of whole hashes, and all but one are not all."""
    return min(size - 1, round(share * size))


def containment(rng: np.random.Generator, truth: float, n: int, scaled: int, times: int) -> Iterator[Cell]:
    """A in B and B in A: two sets of n·scaled hashes that share some."""
    size = n * scaled
    common = part(truth, size)
    shared = draw(rng, common, scaled, times)
    for _ in range(2):
        yield judge(shared, shared + draw(rng, size - common, scaled, times), common / size, n, scaled)


def jaccard(rng: np.random.Generator, truth: float, n: int, scaled: int, times: int) -> Iterator[Cell]:
    """Two sets with n·scaled hashes in their union, a third of those that are not shared in A."""
    size = n * scaled
    common = part(truth, size)
    shared, of_a = draw(rng, common, scaled, times), (size - common) // 3
    others = draw(rng, of_a, scaled, times) + draw(rng, size - common - of_a, scaled, times)
    yield judge(shared, shared + others, common / size, n, scaled)


def coverage(rng: np.random.Generator, truth: float, n: int, scaled: int, times: int) -> Iterator[Cell]:
    """A work of n·scaled shingles of whose text a share is there, in chunks: a part of its shingles is cut."""
    size, cut = n * scaled, lost_to_cuts(K, CHUNK)
    there = part(truth * (1 - cut), size)
    shared = draw(rng, there, scaled, times)
    yield judge(shared, shared + draw(rng, size - there, scaled, times), there / size / (1 - cut), n, scaled, cut)


def judge(x: Floats, n_drawn: Floats, truth: float, n: int, scaled: int, cut: float = 0.0) -> Cell:
    """A cell from its samples; an empty sample gives no estimate and is left out."""
    x, n_drawn = x[n_drawn > 0], n_drawn[n_drawn > 0]
    low, high = (np.minimum(1, end / (1 - cut)) for end in interval(x, n_drawn, scaled))
    held = ((low <= truth + 1e-12) & (truth - 1e-12 <= high)).mean()
    error = math.sqrt(((np.minimum(1, x / n_drawn / (1 - cut)) - truth) ** 2).mean())
    p = truth * (1 - cut)
    theory = math.sqrt(p * (1 - p) * (1 - 1 / scaled) / n) / (1 - cut)
    return Cell(truth, n, scaled, float(held), error / theory)


QUANTITIES: dict[str, Callable[[np.random.Generator, float, int, int, int], Iterator[Cell]]] = {
    "containment, both ways": containment,
    "Jaccard": jaccard,
    f"coverage, {CHUNK}-token chunks": coverage,
}


def simulate(times: int) -> bool:
    """Part 1; whether the goals are met."""
    print(f"1. {times:,} samples a cell; noise of a cell's coverage {math.sqrt(0.95 * 0.05 / times):.4f}")
    print(
        f"{'quantity':28} {'scaled':>6} {'cells':>6} {'mean':>7} {'worst':>7}  {'at':24} {'error / theory, most':>20}"
    )
    met = True
    for (name, make), scaled in itertools.product(QUANTITIES.items(), SCALED):
        cells: list[Cell] = []
        for truth, n in itertools.product(TRUTHS, SIZES):
            if n * truth >= LEAST:
                seed = [sum(name.encode()), scaled, n, round(100 * truth)]
                cells += make(np.random.default_rng(seed), truth, n, scaled, times)
        mean = math.fsum(c.held for c in cells) / len(cells)
        worst, error = min(cells, key=lambda c: c.held), max(c.error for c in cells)
        met &= worst.held >= GOAL_WORST and GOAL_MEAN[0] <= mean <= GOAL_MEAN[1] and error <= GOAL_ERROR
        place = f"p = {worst.truth:.4g}, n = {worst.n:,}"
        print(f"{name:28} {scaled:>6} {len(cells):>6} {mean:>7.4f} {worst.held:>7.4f}  {place:24} {error:>20.3f}")
    return met


def wald(x: Floats, n: Floats, scaled: Floats) -> Ends:
    """The textbook's interval."""
    p = x / n
    half = Z95 * np.sqrt(p * (1 - p) / n * (1 - 1 / scaled))
    return p - half, p + half


def agresti_coull(x: Floats, n: Floats, scaled: Floats) -> Ends:
    """Wald's around Wilson's centre (Agresti & Coull 1998)."""
    size = n / (1 - 1 / scaled)
    centre = (x / n * size + Z95**2 / 2) / (size + Z95**2)
    half = Z95 * np.sqrt(centre * (1 - centre) / (size + Z95**2))
    return centre - half, centre + half


def score(outwards: float, *, finite: bool = True) -> Callable[[Floats, Floats, Floats], Ends]:
    """Ours, with the count moved outwards by so many hashes, with or without the finite population correction."""
    return lambda x, n, scaled: interval(x, n, scaled if finite else 1 << 60, outwards)


METHODS = {
    "Wald": wald,
    "Agresti-Coull": agresti_coull,
    "score, by 0 (Wilson)": score(0.0),
    "score, by 1/4": score(0.25),
    "score, by 1/3: ours": score(OUTWARDS),
    "score, by 1/2 (Newcombe)": score(0.5),
    "ours, as if endless": score(OUTWARDS, finite=False),
}


def hypergeometric(n: int, size: int, marked: Floats) -> Floats:
    """Probability of 0 … n marked ones among n of ``size``: shape (n + 1, len(marked))."""
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, size + 1)))])  # of factorials
    m, x = marked.astype(np.int64), np.arange(n + 1)[:, None]
    possible = (x <= m) & (n - x <= size - m)
    in_x, out_x = np.minimum(x, m), np.minimum(n - x, size - m)
    log = logs[m] - logs[in_x] - logs[m - in_x] + logs[size - m] - logs[out_x] - logs[size - m - out_x]
    chances: Floats = np.where(possible, np.exp(log - (logs[size] - logs[n] - logs[size - n])), 0.0)
    return chances


def enumerate_all(sizes: list[int]) -> bool:
    """Part 2; whether the goals are met."""
    print(f"\n2. given n, exactly; n = {sizes[0]} … {sizes[-1]:,}, {len(sizes)} of them; every truth")
    print(f"{'interval':28} scaled   cells    mean   worst  {'at':24} below 0.93  width")
    met = True
    for scaled in SCALED:
        held: dict[str, list[Floats]] = {name: [] for name in METHODS}
        width: dict[str, list[Floats]] = {name: [] for name in METHODS}
        places: list[tuple[int, float]] = []
        for n in sizes:
            size = n * scaled
            marked = np.unique(np.round(np.linspace(0.01, 0.99, 981 if n < 300 else 99) * size))
            marked = marked[(marked * n >= LEAST * size) & (marked >= 0.01 * size) & (marked <= 0.99 * size)]
            chances, truth, x = hypergeometric(n, size, marked), marked / size, np.arange(n + 1.0)
            places += [(n, p) for p in truth.tolist()]
            for name, method in METHODS.items():
                low, high = method(x, np.full(n + 1, float(n)), np.full(n + 1, float(scaled)))
                holds = (low[:, None] <= truth + 1e-12) & (truth - 1e-12 <= high[:, None])
                held[name].append((chances * holds).sum(0))
                width[name].append(((high - low)[:, None] * chances).sum(0))
        for name, parts in held.items():
            all_held, widths = np.concatenate(parts), np.concatenate(width[name])
            n, p = places[int(all_held.argmin())]
            if "ours" in name and "endless" not in name:
                met &= bool(all_held.min() >= GOAL_WORST and GOAL_MEAN[0] <= all_held.mean() <= GOAL_MEAN[1])
            relative = float((widths / np.concatenate(width["score, by 0 (Wilson)"])).mean())
            print(
                f"{name:28} {scaled:>6} {len(all_held):>7} {all_held.mean():>7.4f} {all_held.min():>7.4f}  "
                f"{f'p = {p:.4f}, n = {n:,}':24} {(all_held < GOAL_WORST).mean():>10.2%} {relative:>6.3f}"
            )
    return met


def main() -> int:
    """Measure, print, judge."""
    times, step, most = {"full": (50_000, 1, 5000), "quick": (10_000, 5, 500), "smoke": (5_000, 20, 100)}[
        effort(__doc__)
    ]
    simulated = simulate(times)
    sizes = [n for n in (*range(20, 60, step), 65, 80, 100, 150, 200, 500, 1000, 2000, 5000) if n <= most]
    exact = enumerate_all(sizes)
    print(f"\ngoals: {'met' if simulated and exact else 'MISSED'} (part 1 {simulated}, part 2 {exact})")
    return 0 if simulated and exact else 1


if __name__ == "__main__":
    sys.exit(main())
