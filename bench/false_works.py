"""Works that are not in a dataset: how many does our audit report all the same?

A pair is one work of a collection and one dataset that holds neither the work nor an edition of it. In each round the
texts of one language, all that there are, are split into halves, editions of a work together: one half is the
collection, the other, in chunks of one size, is the dataset, so that every work of the collection makes a pair.
Nothing is left out: the texts quote the Bible, each other and proverbs, some carry the same licence, and the Bible is
one of them. Editions are texts that ``pairs.csv`` calls the same work, that have one title and author, or of which one
has at least a fifth of the other's shingles.
"""

from __future__ import annotations

import csv
import random
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from findspot.sketch import sketch_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.clock import markdown
    from bench.texts import LANGUAGES, Words, test_data
    from bench.trials import CHUNKS, audit, chunks_of, install
else:
    from clock import markdown
    from texts import LANGUAGES, Words, test_data
    from trials import CHUNKS, audit, chunks_of, install

SAME = 0.2  # of the shingles of one text in the other: editions
ORDER = ("en", "fr", "en", "de")  # of the rounds: there are most English books
MADE_UP = 20
LEVELS = ("found", "probable", "passage")


@cache
def listed_texts(language: str) -> tuple[list[str], list[str]]:
    """Names and texts of all works of a language; made-up ones without the folder of real ones."""
    folder = test_data()
    if folder is None:
        words = Words(language, seed=4)
        return [f"{LANGUAGES[language]} {n}" for n in range(MADE_UP)], [words.text(100_000) for _ in range(MADE_UP)]
    with Path(folder, "works.csv").open(encoding="utf-8", newline="") as rows:
        names = [row["file"] for row in csv.DictReader(rows) if row["lang"] == language]
    return names, [(folder / name).read_text("utf-8", errors="replace") for name in names]


@cache
def same_works(language: str) -> list[list[int]]:
    """Numbers of the texts, editions of one work together."""
    names, texts = listed_texts(language)
    sketches = sketch_column(pa.array(texts, pa.large_string()), 16)
    hashes = [np.unique(sketches.hashes[a:b]) for a, b in zip(sketches.offsets, sketches.offsets[1:], strict=False)]
    joined = list(range(len(texts)))

    def root(n: int) -> int:
        while joined[n] != n:
            n = joined[n]
        return n

    every, of = np.concatenate(hashes), np.repeat(np.arange(len(texts)), [len(own) for own in hashes])
    order = np.argsort(every, kind="stable")
    every, of = every[order], of[order]
    for n, own in enumerate(hashes):
        starts, ends = np.searchsorted(every, own), np.searchsorted(every, own, "right")
        shared = np.bincount(np.concatenate([of[a:b] for a, b in zip(starts, ends, strict=True)] or [of[:0]]))
        for other in np.flatnonzero(shared >= SAME * max(1, len(own))).tolist():
            joined[root(n)] = root(other)
    for one, other in stated(names):
        joined[root(one)] = root(other)
    groups: dict[int, list[int]] = {}
    for n in range(len(texts)):
        groups.setdefault(root(n), []).append(n)
    return list(groups.values())


def stated(names: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs that the folder's own lists call the same work."""
    folder = test_data()
    if folder is None:
        return []
    number = {name: n for n, name in enumerate(names)}
    with Path(folder, "pairs.csv").open(encoding="utf-8", newline="") as rows:
        pairs = [
            (number[row["a"]], number[row["b"]])
            for row in csv.DictReader(rows)
            if not row["relation"].startswith("negative") and row["a"] in number and row["b"] in number
        ]
    with Path(folder, "works.csv").open(encoding="utf-8", newline="") as rows:
        facts = {row["file"]: (row["title"].lower(), row["author"].lower()) for row in csv.DictReader(rows)}
    first: dict[tuple[str, str], int] = {}
    for name, n in number.items():
        if all(facts[name]):
            pairs.append((n, first.setdefault(facts[name], n)))
    return pairs


def one_round(language: str, seed: int, least: int | None) -> tuple[int, list[tuple[str, str]]]:
    """Pairs of one split, and level and title of what is reported."""
    names, texts = listed_texts(language)
    rng = random.Random(f"{language} {seed}")
    groups = rng.sample(same_works(language), len(same_works(language)))
    half = len(groups) // 2
    collection = {f"{n:04}": texts[n][:least] for group in groups[:half] for n in group}
    size = CHUNKS[seed // 4 % len(CHUNKS)]
    records = [chunk for group in groups[half:] for n in group for chunk in chunks_of(texts[n][:least], size)]
    rng.shuffle(records)
    with tempfile.TemporaryDirectory() as folder:
        report = audit(Path(folder), records, install(Path(folder), collection))
    found = [
        (str(finding.level), names[int(str(finding.work.title))])
        for finding in report.findings
        if finding.status == "open"
    ]
    return len(collection), found


def false_works(wanted: int, least: int | None = None) -> None:
    """Rounds over the languages until there are so many pairs; what was reported.

    Args:
        wanted: Pairs.
        least: Characters of a text that are used; all if not given.
    """
    pairs, rounds = 0, 0
    tally: dict[str, list[int]] = {language: [0, 0, 0, 0] for language in ORDER}
    named: dict[tuple[str, str], int] = {}
    while pairs < wanted:
        language = ORDER[rounds % len(ORDER)]
        count, found = one_round(language, rounds, least)
        rounds, pairs = rounds + 1, pairs + count
        tally[language][0] += count
        for level, name in found:
            tally[language][1 + LEVELS.index(level)] += 1
            named[level, name] = named.get((level, name), 0) + 1
    print(f"\n## Works that are not there: {pairs:,} pairs of work and dataset, {rounds} datasets\n")
    rows = [[LANGUAGES[language], *(f"{n:,}" for n in counts)] for language, counts in tally.items() if counts[0]]
    rows.append(["all", *(f"{sum(counts):,}" for counts in zip(*tally.values(), strict=True))])
    print(markdown(("language", "pairs", *(f"reported as {level}" for level in LEVELS)), rows))
    for (level, name), times in sorted(named.items()):
        print(f"{level}, {times} times: {name}")
