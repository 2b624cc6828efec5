"""Chunks of 384 words of the books of a collection, as a pipeline cuts them: how many of them tell whose they are?

A chunk is cut at a random word of a random book and is one record. Counted is how many chunks share two sampled hashes
with their book (three, as sourmash's users are advised to ask for), how many have their book reported by our audit,
where each record of a dataset is one chunk, and how many have it reported by datasketch's indexes (``finders.py``).
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from findspot.sketch import sketch_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.clock import markdown
    from bench.finders import finders, sign
    from bench.trials import audit, install
else:
    from clock import markdown
    from finders import finders, sign
    from trials import audit, install

WORDS: Final = 384
GOALS: Final = {"2 hashes, scaled 64": 0.98, "2 hashes, scaled 16": 0.999}


def cut(rng: random.Random, texts: Sequence[str], count: int) -> list[tuple[int, str]]:
    """Number of the book, and chunk."""
    words = [text.split() for text in texts]
    out = []
    for _ in range(count):
        of = rng.randrange(len(texts))
        start = rng.randrange(len(words[of]) - WORDS)
        out.append((of, " ".join(words[of][start : start + WORDS])))
    return out


def hits(texts: Sequence[str], chunks: Sequence[tuple[int, str]], scaled: int) -> list[int]:
    """Sampled hashes that each chunk shares with its book."""
    books = sketch_column(pa.array(texts, pa.large_string()), scaled)
    of_book = [np.unique(books.hashes[books.offsets[n] : books.offsets[n + 1]]) for n in range(len(texts))]
    made = sketch_column(pa.array([chunk for _, chunk in chunks], pa.large_string()), scaled)
    out = []
    for n, (of, _) in enumerate(chunks):
        own = made.hashes[made.offsets[n] : made.offsets[n + 1]]
        out.append(int(np.isin(own, of_book[of]).sum()))
    return out


def reported(texts: Sequence[str], chunks: Sequence[tuple[int, str]]) -> float:
    """Share of the chunks whose book our audit reports; each dataset has at most one chunk of a book."""
    found = 0
    titles = [f"book-{n:03}" for n in range(len(texts))]
    waiting = list(chunks)
    with tempfile.TemporaryDirectory() as folder:
        releases = install(Path(folder), dict(zip(titles, texts, strict=True)))
        while waiting:
            taken: dict[int, str] = {}
            rest = []
            for of, chunk in waiting:
                if of in taken:
                    rest.append((of, chunk))
                else:
                    taken[of] = chunk
            report = audit(Path(folder), list(taken.values()), releases)
            named = {finding.work.title for finding in report.findings if finding.status == "open"}
            found += sum(titles[of] in named for of in taken)
            waiting = rest
    return found / len(chunks)


def chunk_recall(texts: Sequence[str], count: int) -> None:
    """Measure and print."""
    chunks = cut(random.Random(2), texts, count)
    shares: dict[str, float] = {}
    for scaled in (64, 16):
        shared = np.array(hits(texts, chunks, scaled))
        shares |= {f"{least} hashes, scaled {scaled}": float(np.mean(shared >= least)) for least in (2, 3)}
    shares["reported by our audit, scaled 64"] = reported(texts, chunks)
    signed = sign([chunk for _, chunk in chunks])
    for finder in finders(texts):
        found = sum(of in finder.works(signed, n) for n, (of, _) in enumerate(chunks))
        shares[finder.name] = found / len(chunks)
    print(f"\n## Chunks of {WORDS} words of {len(texts)} books, found: {count:,} chunks\n")
    rows = []
    for name, share in shares.items():
        goal = f"{GOALS[name]} {'met' if share >= GOALS[name] else 'missed'}" if name in GOALS else ""
        rows.append([name, f"{share:.4f}", goal])
    print(markdown(("how", "share", "goal"), rows))
