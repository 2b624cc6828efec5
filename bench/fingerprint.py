"""Raw text to sketches and signatures, in MB/s of UTF-8, beside other programs and beside what memory allows.

One process, pinned to one core; each figure is the median, with the least and the most, of rounds in which all have
turns, in CPU time of the process; ratios are medians of the ratios of the rounds. Parts:

1. Programs: English books in records of 12 kB. Ours is ``sketch_column`` (normalise, tokenise, shingle, hash, keep 1
   hash in 64), ``signature_column`` (MinHash of 128 permutations), and both from one reading. The others make 128
   hashes, or keep 1 in 64, of shingles of 8 words, with the fastest settings that were found, and must first tell a
   shortened text from an unrelated one. "Input" says what a program is given: raw text, or raw text whose shingles
   this script hashes in numpy. A result that cannot be stored depends on the key that Python draws for ``hash`` in
   each process (PYTHONHASHSEED), so that it cannot be kept or compared with another process's. Slow ones get the first
   records of the same text, as many as they do in a quarter second. ``make bench`` installs the programs; without it
   there is datasketch alone.
2. Limits over the same bytes: a copy, xxh3_64 and SHA-256 of each record.
3. The MinHash loop alone, hashes given.
4. Languages, and records from 50 bytes to one document of 50 MB.
5. Two threads, each with half of the column, against one: wall time.
6. ``findspot fingerprint`` end to end, as a command, on all cores.

    python bench/fingerprint.py [--quick | --smoke]
"""

from __future__ import annotations

import hashlib
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from findspot.sketch import signature_column, sketch_and_sign, sketch_column
from findspot.sketch.kernel import minhash_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.clock import effort, in_turns, markdown, pin, ratio, spread, unpin
    from bench.peers import Contender, load
    from bench.peers.door import GIVEN
    from bench.texts import LANGUAGES, Words, books, listed, source

    Work = tuple[Callable[[], object], int]
else:
    from clock import effort, in_turns, markdown, pin, ratio, spread, unpin
    from peers import Contender, load
    from peers.door import GIVEN
    from texts import LANGUAGES, Words, books, listed, source

SIZES = {"50 B": 50, "100 B": 100, "500 B": 500, "2 kB": 2_000, "12 kB": 12_000, "whole books": 0}
WHOLE = 50_000_000  # bytes of the one long document
RECORD = 12_000  # bytes of a record that others are timed on
TIMES = 4  # that two threads do their halves in one timing
TURN = 0.25  # seconds of one turn of a slow program
TARGETS = {"datasketch": (100, 50), "rensa": (60, 30), "gaoya": (25, 13), "daft": (18, 8)}
GOALS = {"en": 500, "fr": 350, "de": 350, "ja": 60, "zh": 60}  # MB/s of sketches, of records of 2 kB and more
OURS: dict[str, Callable[[pa.Array], object]] = {
    "sketch": sketch_column,
    "signature": signature_column,
    "both": sketch_and_sign,
}


def records(texts: Sequence[str], size: int) -> list[str]:
    """The texts cut into pieces of about ``size`` bytes; whole for 0."""
    if not size:
        return list(texts)
    out = []
    for text in texts:
        chars = max(1, round(size * len(text) / len(text.encode())))
        out += [text[at : at + chars] for at in range(0, len(text), chars)]
    return out


def column_of(texts: Sequence[str]) -> tuple[pa.Array, int]:
    """The texts as an Arrow column, and their bytes."""
    return pa.array(texts, pa.large_string()), sum(len(text.encode()) for text in texts)


def checked(contender: Contender, texts: Sequence[str]) -> None:
    """Nothing is timed that cannot tell a shortened text from an unrelated one.

    Raises:
        SystemExit: It cannot.
    """
    whole, unrelated = texts[0], texts[-1]
    made = contender.run(contender.prepare([whole, whole[: len(whole) * 19 // 20], unrelated]))
    likeness = contender.likeness(made, 0, 1), contender.likeness(made, 0, 2)
    if not (likeness[0] > 0.75 and likeness[1] < 0.1):
        raise SystemExit(f"{contender.program}, {contender.how}: likeness of 0.95 and 0 estimated as {likeness}")


def slice_of(contender: Contender, texts: Sequence[str], seconds: float) -> Work:
    """Work of about so many seconds at most: the first records."""
    count, took = 4, 0.0
    while True:
        given = contender.prepare(texts[:count])
        start = time.process_time()
        contender.run(given)
        took = max(1e-6, time.process_time() - start)
        if took * 3 > seconds or count >= len(texts):
            break
        count *= 4
    taken = texts[: max(1, round(min(count, len(texts)) * seconds / took))]
    return partial(contender.run, contender.prepare(taken)), sum(len(text.encode()) for text in taken)


def programs(texts: list[str], rounds: int, seconds: float) -> None:
    """Parts 1 to 3."""
    contenders, missing = load()
    column, n_bytes = column_of(texts)
    works: dict[str, Work] = {name: (partial(work, column), n_bytes) for name, work in OURS.items()}
    works |= limits(texts, column, n_bytes)
    works["loop"] = loop(column, n_bytes)
    numbered = dict(enumerate(contenders))
    timed: dict[str | int, Work] = dict(works.items())
    for number, contender in numbered.items():
        checked(contender, texts)
        timed[number] = slice_of(contender, texts, seconds)
    rates = in_turns(timed, rounds)
    print(f"\n## Raw text, English, records of {RECORD / 1000:g} kB: {n_bytes / 1e6:.1f} MB, {rounds} rounds\n")
    rows = [[f"Findspot, {name}", "raw text", "yes", spread(rates[name]), "", "", ""] for name in OURS]
    for number, contender in numbered.items():
        if contender.stage != GIVEN:
            rows.append(row(contender, rates, rates[number]))
    header = ("program", "input", "stored", "MB/s", "our sketch / it", "our signature / it", "goals")
    print(markdown(header, rows, 3))
    for name, reason in missing.items():
        print(f"not here: {name} ({reason})")
    print("\n## Limits over the same bytes\n")
    rows = [[name, spread(rates[name])] for name in works if name not in {*OURS, "loop"}]
    print(markdown(("what", "MB/s"), rows))
    print("\n## The loop of MinHash alone, 128 permutations, hashes given: MB/s of the text that they stand for\n")
    rows = [["Findspot", spread(rates["loop"]), ""]]
    for number, contender in numbered.items():
        if contender.stage == GIVEN:
            factor = f"{ratio(rates['loop'], rates[number]):.2g}"
            rows.append([f"{contender.program}, {contender.how}", spread(rates[number]), factor])
    print(markdown(("program", "MB/s", "ours / it"), rows))


def row(contender: Contender, rates: dict[str | int, list[float]], own: list[float]) -> list[str]:
    """One program and setting."""
    factors = [ratio(rates[name], own) for name in ("sketch", "signature")]
    name = contender.program.split()[0]
    goals = ""
    if name in TARGETS:
        parts = (
            f"{goal}x {'met' if factor >= goal else 'missed'}"
            for goal, factor in zip(TARGETS[name], factors, strict=True)
        )
        goals = ", ".join(parts)
    shown = [f"{contender.program}, {contender.how}", contender.stage, "yes" if contender.stored else "no"]
    return [*shown, spread(own), *(f"{factor:.3g}" for factor in factors), goals]


def limits(texts: Sequence[str], column: pa.Array, n_bytes: int) -> dict[str, Work]:
    """What the same bytes cost whoever reads them."""
    raw = np.frombuffer(column.buffers()[2], np.uint8)
    encoded = [text.encode() for text in texts]
    works: dict[str, Work] = {"copy (np.copyto)": (partial(np.copyto, np.empty_like(raw), raw), n_bytes)}
    try:
        from xxhash import xxh3_64_digest  # noqa: PLC0415 - of the environment of the other programs
    except ImportError:
        print("not here: xxhash")
    else:
        works["xxh3_64 of each record"] = (lambda: [xxh3_64_digest(value) for value in encoded], n_bytes)
    works["SHA-256 of each record"] = (lambda: [hashlib.sha256(value).digest() for value in encoded], n_bytes)
    return works


def loop(column: pa.Array, n_bytes: int) -> Work:
    """Our MinHash of given hashes."""
    drawn = np.random.default_rng(1)
    shingles = sketch_column(column, 1)
    a = drawn.integers(0, 1 << 31, 128, np.uint32) * np.uint32(2) + np.uint32(1)
    b = drawn.integers(0, 1 << 32, 128, np.uint32)
    out = np.empty((len(column), 128), np.uint32)
    work = partial(minhash_rows, shingles.hashes, shingles.offsets, a, b, out)
    work()
    return work, n_bytes


def languages(n_bytes: int, whole: int, rounds: int) -> None:
    """Part 4."""
    cases = {
        (LANGUAGES[lang], size): (lang, column_of(records(books(lang, n_bytes), length)))
        for lang in LANGUAGES
        for size, length in SIZES.items()
    }
    every = "".join(books("en", whole))
    long = (every * (whole // len(every) + 1))[:whole]
    cases[LANGUAGES["en"], f"one of {whole / 1e6:.3g} MB"] = "en", column_of([long])
    works: dict[tuple[str, str, str], Work] = {
        (*case, name): (partial(work, column), size)
        for case, (_, (column, size)) in cases.items()
        for name, work in OURS.items()
    }
    rates = in_turns(works, rounds)
    print(f"\n## Languages and lengths of records: MB/s, {rounds} rounds\n")
    rows = []
    for (language, size), (lang, (column, length)) in cases.items():
        middle = statistics.median(rates[language, size, "sketch"])
        judged = lang in GOALS and length / len(column) >= 1_900
        goal = f"{GOALS[lang]} {'met' if middle >= GOALS[lang] else 'missed'}" if judged else ""
        shown = [spread(rates[language, size, name]) for name in OURS]
        rows.append([language, size, f"{length / 1e6:.1f}", *shown, goal])
    print(markdown(("language", "records", "MB", *OURS, "goal for sketches"), rows, 2))


def threads(texts: list[str], rounds: int) -> None:
    """Part 5."""
    column, n_bytes = column_of(texts)
    ends = list(accumulate(len(text) for text in texts))
    middle = next(n for n, end in enumerate(ends, 1) if end * 2 >= ends[-1])
    halves = [column.slice(0, middle), column.slice(middle)]
    print(f"\n## Two threads, half of the column each, against one: {n_bytes / 1e6:.0f} MB, {rounds} rounds\n")
    rows = []
    with ThreadPoolExecutor(2) as pool:
        for name, once in OURS.items():
            work = partial(again, once)
            list(pool.map(work, halves))
            alone, both, cpu = [], [], []
            for _ in range(rounds):
                start, used = time.perf_counter(), time.process_time()
                work(column)
                alone.append(time.perf_counter() - start)
                used_alone = time.process_time() - used
                start, used = time.perf_counter(), time.process_time()
                list(pool.map(work, halves))
                both.append(time.perf_counter() - start)
                cpu.append((time.process_time() - used) / used_alone)
            gains = [one / two for one, two in zip(alone, both, strict=True)]
            shown = [f"{TIMES * n_bytes / statistics.median(took) / 1e6:,.0f}" for took in (alone, both)]
            gain = f"{statistics.median(gains):.2f} ({min(gains):.2f}–{max(gains):.2f})"
            rows.append([name, *shown, gain, f"{statistics.median(cpu):.2f}", f"{best(alone) / best(both):.2f}"])
    header = ("what", "one thread, MB/s", "two", "gain", "CPU time, two / one", "gain, best runs")
    print(markdown(header, rows))


def again(work: Callable[[pa.Array], object], column: pa.Array) -> None:
    """The same several times: handing work to a thread shall not be what is measured."""
    for _ in range(TIMES):
        work(column)


def best(took: Sequence[float]) -> float:
    """The least: other work on the machine only adds."""
    return min(took)


def end_to_end(runs: int, n_generated: int) -> None:
    """Part 6."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [path for _, path in listed()][: None if n_generated > 1 else 3]
        if not paths:
            words = Words("en", seed=2)
            for n in range(n_generated):
                paths.append(Path(folder, f"{n}.txt"))
                paths[-1].write_text(words.text(300_000), "utf-8")
        megabytes = sum(path.stat().st_size for path in paths) / 1e6
        command = [sys.executable, "-c", "from findspot.cli.main import run; run()", "fingerprint", *map(str, paths)]
        command += ["-o", str(Path(folder, "out.manifest.parquet"))]
        took = []
        for _ in range(runs):
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            took.append(time.perf_counter() - start)
    seconds = statistics.median(took)
    print(f"\n## findspot fingerprint, end to end: {len(paths)} books, {megabytes:.1f} MB, {os.cpu_count()} cores\n")
    print(f"median {seconds:.2f} s ({min(took):.2f}–{max(took):.2f} in {runs} runs), {megabytes / seconds:.0f} MB/s")


def main() -> None:
    """Measure and print."""
    asked = effort(__doc__)
    n_bytes, whole, rounds, turn = {
        "full": (8_000_000, WHOLE, 11, TURN),
        "quick": (1_000_000, 10_000_000, 3, 0.1),
        "smoke": (60_000, 100_000, 1, 0.001),
    }[asked]
    os.environ["RAYON_NUM_THREADS"] = "1"  # of programs in Rust: they start their threads when first called
    print(f"{source()}; Python {platform.python_version()}, {os.cpu_count()} cores")
    for work in OURS.values():
        work(pa.array(["compile the kernels first"], pa.large_string()))
    english = records(books("en", n_bytes), RECORD)
    cores = pin()
    programs(english, rounds, turn)
    languages(n_bytes, whole, rounds)
    unpin(cores)
    threads(records(books("en", 4 * n_bytes), RECORD), rounds)  # all different: repeated texts would be dropped as such
    end_to_end(*{"full": (7, 300), "quick": (2, 50), "smoke": (1, 1)}[asked])


if __name__ == "__main__":
    main()
