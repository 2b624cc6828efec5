"""Trials with labelled pairs and with real scans: one text in the collection, the other in the dataset."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

from findspot.evaluation.compare import Tried, observe
from findspot.evaluation.texts import Body, body_of, length_bin, unrelated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from findspot.evaluation.compare import Observation
    from findspot.evaluation.material import Pair, Scan
    from findspot.evaluation.world import World

CHUNK = 512
MOST_OF_ONE_WORK = 6  # pairs: nine editions of one novel make 36 that are much alike
SCANNED_UNITS = 2_000  # of a work that is cut from a scan
#: How badly a scan is read: name, and the share of words lost that is too much for it.
LOST = (("<10 %", 0.1), ("10-30 %", 0.3), (">30 %", 2.0))


def rounds_of(pairs: Sequence[Pair], seed: int) -> list[list[Pair]]:
    """Positive pairs in rounds, so that no two pairs of one round share a work; few pairs of each work are taken."""
    group: dict[str, str] = {}

    def root(name: str) -> str:
        while group.setdefault(name, name) != name:
            name = group[name]
        return name

    for pair in pairs:
        group[root(pair.a.name)] = root(pair.b.name)
    of_work: dict[str, list[Pair]] = {}
    for pair in sorted(pairs, key=lambda p: (p.a.name, p.b.name)):
        of_work.setdefault(root(pair.a.name), []).append(pair)
    rng = random.Random(f"{seed}/pairs")
    taken = [rng.sample(some, min(len(some), MOST_OF_ONE_WORK)) for some in of_work.values()]
    return [[some[n] for some in taken if n < len(some)] for n in range(max(map(len, taken), default=0))]


def observe_editions(
    pairs: Sequence[Pair], world: World, seed: int, detector: str = "text"
) -> Iterator[list[Observation]]:
    """Works of which another edition is in the dataset: in chunks for texts, as one record for signatures."""
    chunk, signed = (CHUNK, False) if detector == "text" else (0, True)
    for chosen in rounds_of([pair for pair in pairs if pair.noise], seed):
        bodies = {f"work-{n:04d}": body_of(pair.a.read()) for n, pair in enumerate(chosen)}
        world.collect({title: body.written for title, body in bodies.items()}, signed=signed)
        records = [part.written for pair in chosen for part in body_of(pair.b.read()).chunks(chunk)]
        tried = [
            Tried(title, pair.a.language, length_bin(len(body)), str(pair.noise), chunk)
            for (title, body), pair in zip(bodies.items(), chosen, strict=True)
        ]
        yield observe(detector, world.audit(records, signed=signed), tried)


def observe_negatives(pairs: Sequence[Pair], world: World) -> Iterator[list[Observation]]:
    """Works of which only texts of the same genre are in the dataset, labelled as unrelated."""
    of_work: dict[str, list[Pair]] = {}
    for pair in pairs:
        if pair.noise is None:
            of_work.setdefault(pair.a.name, []).append(pair)
    for some in of_work.values():
        body = body_of(some[0].a.read())
        world.collect({"work": body.written})
        records = [chunk.written for pair in some for chunk in body_of(pair.b.read()).chunks(CHUNK)]
        tried = [Tried("work", some[0].a.language, length_bin(len(body)), "same genre", CHUNK, exact=0.0)]
        yield observe("text", world.audit(records), tried)


def observe_scan(scan: Scan, world: World) -> Iterator[list[Observation]]:
    """Works cut from a scan's ground truth; of every other one, what the engine read is in the dataset."""
    works = {f"work-{n:04d}": pages for n, pages in enumerate(_cut(scan.read()))}
    kept, _ = unrelated((title, truth) for title, (truth, _) in works.items())
    if len(kept) < 2:
        return
    world.collect({title: works[title][0].written for title in kept})
    records, tried = [], []
    for n, title in enumerate(kept):
        truth, output = works[title]
        present = n % 2 == 0
        if present:
            records += [chunk.written for chunk in output.chunks(CHUNK)]
        share, exact = (1.0, None) if present else (None, 0.0)
        noise = f"ocr, words lost {lost_words(truth, output)}"
        tried.append(Tried(title, scan.language, length_bin(len(truth)), noise, CHUNK, share, exact))
    yield observe("text", world.audit(records), tried)


def lost_words(truth: Body, output: Body) -> str:
    """How many words of the truth the output does not hold, wherever it has them: a bin of :data:`LOST`."""
    there, read = (Counter(unit.casefold().strip(".,;:!?") for unit in body.units) for body in (truth, output))
    share = (there - read).total() / max(1, there.total())
    return next((name for name, most in LOST if share < most), LOST[-1][0])


def _cut(pages: list[tuple[str, str]]) -> list[tuple[Body, Body]]:
    """Runs of pages with at least :data:`SCANNED_UNITS` of truth; what is left over at the end is left out."""
    out: list[tuple[Body, Body]] = []
    truths: list[str] = []
    outputs: list[str] = []
    for truth, output in pages:
        truths.append(truth)
        outputs.append(output)
        whole = body_of("\n".join(truths))
        if len(whole) >= SCANNED_UNITS:
            out.append((whole, body_of("\n".join(outputs))))
            truths, outputs = [], []
    return out
