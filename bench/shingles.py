"""How long a shingle has to be: what errors leave of it, and what unrelated books have in common, for 4 to 8 words.

Half of the books of a language are references, the other half are foreign text, both in sketches of 1 in 16. Printed
for each length: the share of a reference's sampled shingles that chance finds among the foreign text; windows of at
least 2 and 3 hits in foreign chunks of 512 words, for each work; and the share of chunks of the references, with errors
in 2 and 5 % of the characters, that hold such a window.

    python bench/shingles.py
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from findspot.sketch import Shingling, sketch_column
from findspot.sketch.chains import CHAINS, cut_windows, find_chains

if TYPE_CHECKING:
    import numpy.typing as npt
    from bench.noisy import chunks_of, misread, shuffled
    from bench.texts import source

    from findspot.sketch import Sketches

    Ints = npt.NDArray[np.int64]
else:
    from noisy import chunks_of, misread, shuffled
    from texts import source

SCALED = 16
BOOKS = 10  # whose chunks are misread


def sketched(texts: list[str], k: int) -> Sketches:
    """Sketches of some texts."""
    return sketch_column(pa.array(texts, pa.large_string()), SCALED, Shingling(str(k), k, SCALED))


def rows_of(sketches: Sketches) -> Ints:
    """Row of each hash."""
    return np.repeat(np.arange(len(sketches.n_tokens)), np.diff(sketches.offsets))


def hits_of(works: Sketches, records: Sketches) -> tuple[Ints, Ints, Ints, Ints]:
    """Work, record, place in the work and in the record of every hash that both have."""
    order = np.argsort(works.hashes, kind="stable")
    keys, owner, at = works.hashes[order], rows_of(works)[order], works.positions[order].astype(np.int64)
    low, high = (np.searchsorted(keys, records.hashes, side) for side in ("left", "right"))
    times = high - low
    query = np.repeat(np.arange(len(times)), times)
    posting = np.repeat(low - (np.cumsum(times) - times), times) + np.arange(times.sum())
    return owner[posting], rows_of(records)[query], at[posting], records.positions[query].astype(np.int64)


def windows_of(works: Sketches, records: Sketches, k: int) -> tuple[Ints, Ints, Ints]:
    """Work, record and strength of every window of a chain."""
    work, record, at, place = hits_of(works, records)
    _, pair = np.unique(work * len(records.n_tokens) + record, return_inverse=True)
    rule = CHAINS["high"]
    found = cut_windows(np.arange(len(pair)), at, find_chains(pair, place, at, rule), k, rule)
    return work[found.group], record[found.group], found.strength


def measure(language: str, texts: list[str]) -> None:
    """Print a row for each length."""
    half = len(texts) // 2
    references, foreign = texts[:half], [piece for text in texts[half:] for piece in chunks_of(text, 512, language)]
    mine = [(n, piece) for n, text in enumerate(references[:BOOKS]) for piece in chunks_of(text, 512, language)]
    misread_chunks = {}
    for rate in (0.02, 0.05):
        rng = random.Random(f"{language} {rate}")
        misread_chunks[rate] = [misread(piece, rate, rng) for _, piece in mine]
    owner = np.array([n for n, _ in mine])
    for k in (4, 5, 6, 7, 8):
        works, others = sketched(references, k), sketched(foreign, k)
        work, _, at, _ = hits_of(works, others)
        met = len(np.unique(work * (1 << 32) + at))
        _, _, strength = windows_of(works, others, k)
        false = [float((strength >= least).sum() / half) for least in (2, 3)]
        recall = []
        for chunks in misread_chunks.values():
            of, record, strong = windows_of(works, sketched(chunks, k), k)
            own = of == owner[record]
            recall += [len(np.unique(record[own & (strong >= least)])) / len(mine) for least in (2, 3)]
        print(
            f"{language} {k} {met / len(works.hashes):>9.5f} {false[0]:>9.3f} {false[1]:>7.3f}   "
            + "  ".join(f"{value:.3f}" for value in recall)
        )


def main() -> None:
    """Measure and print."""
    print(source())
    print("       chance   false windows   chunks, 2 % errors  chunks, 5 % errors")
    print("   k    share        2       3       2      3      2      3")
    for language in ("en", "fr", "de", "es", "ru"):
        texts = shuffled(language, 64, 2_000)
        measure(language, random.Random(3).sample(texts, len(texts)))


if __name__ == "__main__":
    main()
