"""What unrelated works have in common: the calibration that stands in ``findspot/audit/chance.py``.

All texts of FINDSPOT_TEST_DATA, language by language, are held against each other with every shingle (scaled 1), by the
code that measures a release when it is built. A *stretch* is a window of a chain: so many shingles that two works share
in one order. Related pairs are left out as in a build (2 % of the smaller work); so are, here, shingles that stand in
more than a tenth of a language's texts (headers and notes of their publisher).

Printed for each language: works, tokens, pairs of tokens held against each other; stretches of at least so many
shingles; the share of them that is distinct (of one place of a work but one), and how these spread over the works: 1 as
evenly as chance would have it, more if works differ; the rates that follow at the usual sampling, each hash of a work
and token of a record.

    python bench/chance.py [--sensitivity high]
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from findspot.audit.chance import Calibration, rates_at
from findspot.reference.chance import Counting, measure_chance
from findspot.sketch import sketch_column
from findspot.sketch.chains import CHAINS
from findspot.sketch.shingling import Shingling, shingling_named

if TYPE_CHECKING:
    from pathlib import Path

    from bench.texts import listed, source

    from findspot.reference.release import ScriptChance
else:
    from texts import listed, source

LENGTHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
MOST_TEXTS = 0.1  # of a language's texts that a shingle may stand in
FEWEST = 6


@dataclass(frozen=True)
class Measured:
    """Counts of one language."""

    language: str
    chance: ScriptChance


def measure(language: str, paths: list[Path], shingling: Shingling) -> Measured | None:
    """Hold all texts of a language against each other."""
    hashes, rows, positions, tokens, weights = [], [], [], [], []
    for row, path in enumerate(paths):
        text = path.read_text(encoding="utf-8", errors="replace")
        sketch = sketch_column(pa.array([text], pa.large_string()), 1, shingling)
        hashes.append(sketch.hashes)
        positions.append(sketch.positions)
        rows.append(np.full(len(sketch.hashes), row, np.uint32))
        tokens.append(int(sketch.n_tokens[0]))
        weights.append(int(sketch.weights[0]))
    joined = np.concatenate(hashes)
    order = np.argsort(joined, kind="stable")
    joined = joined[order]
    _, of, counts = np.unique(joined, return_inverse=True, return_counts=True)
    kept = (counts <= max(FEWEST, MOST_TEXTS * len(paths)))[of]
    order = order[kept]
    how = Counting(shingling.k, CHAINS[shingling.name], LENGTHS)
    every = (np.concatenate(rows)[order], np.concatenate(positions)[order])
    found = measure_chance(joined[kept], *every, tokens, weights, how)
    script = found and (found.spaced or found.unspaced)
    return Measured(language, script) if script and any(script.seen) else None


def show(measured: Measured, scaled: int) -> None:
    """Print the figures of a language."""
    c = measured.chance
    size = f"{c.works} works, {c.tokens:,} tokens, {c.exposure:.3g} pairs of tokens"
    print(f"{measured.language}: {size}; {c.related} related")
    counts = (f"{n}: {seen}" for n, seen in zip(LENGTHS, c.seen, strict=True) if seen)
    print("  stretches of at least:", ", ".join(counts))
    together = zip(LENGTHS, c.seen, c.distinct, c.together, strict=True)
    for length, seen, distinct, pairs in together:
        if seen >= 100:
            print(f"  {length:>4}: distinct {distinct / seen:.2f}, by work {pairs / (distinct**2 * c.evenly):.2f}")
    lengths = tuple((n, seen) for n, seen in zip(LENGTHS[1:], c.seen[1:], strict=True) if seen)
    if not lengths:
        return
    calibration = Calibration(c.exposure, c.tokens, c.seen[0], lengths)
    print(f"  rates at scaled {scaled}:", " ".join(f"{rate:.1e}" for rate in rates_at(calibration, scaled)))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sensitivity", default="normal", help="normal or high")
    shingling = shingling_named(parser.parse_args().sensitivity)
    print(f"{source()}; sensitivity {shingling.name}")
    languages: dict[str, list[Path]] = {}
    for language, path in listed():
        if path.suffix == ".txt" and language:
            languages.setdefault(language, []).append(path)
    for language, paths in sorted(languages.items()):
        measured = measure(language, paths, shingling)
        if measured:
            show(measured, shingling.scaled)


if __name__ == "__main__":
    main()
