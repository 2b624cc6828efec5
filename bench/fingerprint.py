"""Raw text to sketches and signatures on one core, in MB/s of UTF-8, beside what the same bytes cost others.

Measured are ``sketch_column`` (normalise, tokenise, shingle, hash, sample 1 in 64) and ``signature_column`` (MinHash of
128 permutations of the same shingles) on one Arrow column of records of 100 B, 2 kB, 12 kB and whole books, in five
languages. The process is pinned to one core; each figure is the median of
rounds in which all contenders take turns, in CPU time of the process. Beside it, in the same rounds, on the same bytes:

* datasketch: a MinHash signature of 128 permutations of the same shingles (8 words, 14 characters in Japanese) from raw
  text, with the fastest settings found: ``affine32``, shared permutations, ``update_batch``, Python's own ``hash`` of a
  tuple of words. It normalises nothing, and gets 0.4 MB of the texts.
* SHA-256 of every record, and a copy of the bytes: the floor of what a fingerprint can cost.

Then ``findspot fingerprint`` end to end, as a command on all cores: start, read, sketch, digest, write the manifest.

    python bench/fingerprint.py [--quick]
"""

from __future__ import annotations

import argparse
import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from datasketch import MinHash

from findspot.sketch import signature_column, sketch_column
from findspot.text import K_UNSPACED, K

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bench.texts import LANGUAGES, Words, books, listed, source
else:
    from texts import LANGUAGES, Words, books, listed, source

SIZES = {"100 B": 100, "2 kB": 2_000, "12 kB": 12_000, "books": 0}
LEAST_SECONDS = 0.02  # of one timing; shorter work is repeated
PEER_BYTES = 400_000  # the peer is given less, so that it does not take all the time
_MASK = 0xFFFFFFFF
_PERMUTATIONS = MinHash(128, scheme="affine32").permutations


def records(texts: Sequence[str], size: int) -> list[str]:
    """The texts cut into pieces of about ``size`` bytes; whole for 0."""
    if not size:
        return list(texts)
    out = []
    for text in texts:
        chars = max(1, round(size * len(text) / len(text.encode())))
        out += [text[at : at + chars] for at in range(0, len(text), chars)]
    return out


def head(texts: Sequence[str], n_bytes: int) -> list[str]:
    """The first texts, about ``n_bytes`` bytes, the last one cut."""
    out, room = [], n_bytes
    for text in texts:
        out.append(text[: max(1, room)])
        room -= len(out[-1].encode())
        if room <= 0:
            break
    return out


def signatures(texts: Sequence[str], language: str) -> None:
    """A datasketch MinHash of every text."""
    for text in texts:
        if language == "ja":
            shingles: Iterator[object] = (text[at : at + K_UNSPACED] for at in range(len(text) - K_UNSPACED + 1))
        else:
            words = text.encode().split()
            shingles = zip(*(words[at:] for at in range(K)), strict=False)
        made = MinHash(128, scheme="affine32", permutations=_PERMUTATIONS, hashfunc=_MASK.__and__)
        made.update_batch(map(hash, shingles))


def digests(values: Sequence[bytes]) -> None:
    """SHA-256 of every value."""
    for value in values:
        hashlib.sha256(value).digest()


def rate(work: Callable[[], object], n_bytes: int) -> float:
    """MB/s in CPU time of the process."""
    runs, start = 0, time.process_time()
    while (took := time.process_time() - start) < LEAST_SECONDS:
        work()
        runs += 1
    return runs * n_bytes / took / 1e6


def contenders(texts: Sequence[str], language: str) -> dict[str, tuple[Callable[[], object], int]]:
    """Work and bytes of each contender."""
    column = pa.array(texts, pa.large_string())
    raw = np.frombuffer(column.buffers()[2], np.uint8)
    encoded = [text.encode() for text in texts]
    few = head(texts, PEER_BYTES)
    n_bytes = sum(map(len, encoded))
    return {
        "sketch": (partial(sketch_column, column), n_bytes),
        "signature": (partial(signature_column, column), n_bytes),
        "datasketch": (partial(signatures, few, language), sum(len(text.encode()) for text in few)),
        "sha256": (partial(digests, encoded), n_bytes),
        "memcpy": (partial(np.copyto, np.empty_like(raw), raw), len(raw)),
    }


def measure(n_bytes: int, rounds: int) -> None:
    """All languages and sizes, in rounds."""
    columns = (
        *("language", "records", "MB", "sketch", "least-most", "signature", "least-most"),
        *("datasketch", "x", "x", "sha256", "memcpy"),
    )
    widths = (10, 7, 5, 7, 10, 9, 10, 10, 5, 5, 7, 7)
    print("MB/s, one core, median of", rounds, "rounds; x: our sketch, our signature / datasketch's signature")
    print(" ".join(name.rjust(width) for name, width in zip(columns, widths, strict=True)))
    cases = {
        (lang, size): contenders(records(books(lang, n_bytes), SIZES[size]), lang)
        for lang in LANGUAGES
        for size in SIZES
    }
    rates: dict[tuple[str, str, str], list[float]] = {}
    for _ in range(rounds):
        for (lang, size), works in cases.items():
            for name, (work, length) in works.items():
                rates.setdefault((lang, size, name), []).append(rate(work, length))
    for (lang, size), works in cases.items():
        middle = {name: statistics.median(rates[lang, size, name]) for name in works}
        cells = [LANGUAGES[lang], size, f"{works['sketch'][1] / 1e6:.1f}"]
        for name in ("sketch", "signature"):
            own = rates[lang, size, name]
            cells += [f"{middle[name]:.0f}", f"{min(own):.0f}-{max(own):.0f}"]
        cells.append(f"{middle['datasketch']:.1f}")
        cells += [f"{middle[name] / middle['datasketch']:.3g}" for name in ("sketch", "signature")]
        cells += [f"{middle[name]:.0f}" for name in ("sha256", "memcpy")]
        print(" ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True)))


def end_to_end(runs: int, n_generated: int) -> None:
    """Wall time of ``findspot fingerprint`` on a folder of books."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [path for _, path in listed()]
        if not paths:
            words = Words("en", seed=2)
            for n in range(n_generated):
                paths.append(Path(folder, f"{n}.txt"))
                paths[-1].write_text(words.text(300_000), "utf-8")
        command = [sys.executable, "-c", "from findspot.cli.main import run; run()", "fingerprint", *map(str, paths)]
        command += ["-o", str(Path(folder, "out.manifest.parquet"))]
        took = []
        for _ in range(runs):
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            took.append(time.perf_counter() - start)
    megabytes = sum(path.stat().st_size for path in paths) / 1e6 if listed() else n_generated * 0.3
    seconds = statistics.median(took)
    print(f"\nfindspot fingerprint, end to end: {len(paths)} books, {megabytes:.0f} MB, {os.cpu_count()} cores")
    print(f"  median {seconds:.2f} s ({min(took):.2f}-{max(took):.2f} in {runs} runs), {megabytes / seconds:.0f} MB/s")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="less text, three rounds")
    quick = parser.parse_args().quick
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_setaffinity") else set()
    for kernel in (sketch_column, signature_column):
        kernel(pa.array(["compile the kernels first"], pa.large_string()))
    print(source())
    if cores:
        os.sched_setaffinity(0, {max(cores)})
    measure(500_000 if quick else 8_000_000, 3 if quick else 11)
    if cores:
        os.sched_setaffinity(0, cores)
    end_to_end(2 if quick else 7, 50 if quick else 300)


if __name__ == "__main__":
    main()
