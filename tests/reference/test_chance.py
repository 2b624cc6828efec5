"""What unrelated works have in common: counted pair by pair in plain words, and carried by the release."""

from __future__ import annotations

import json
import random
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from findspot.errors import InputError
from findspot.reference import build_release, make_facts, read_release
from findspot.reference import chance as room
from findspot.reference.chance import measure_chance
from findspot.sketch.chains import CHAINS, STRENGTHS, cut_windows, find_chains
from findspot.text import K

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from findspot.reference import Built
    from findspot.reference.release import ChanceInfo, ScriptChance

Work = dict[int, int]  # position of each hash


def works_of(seed: int, n: int, phrases: int) -> list[Work]:
    """Works of a few hundred hashes; each holds some stretches from a common stock."""
    rng = random.Random(seed)
    stock = [[rng.randrange(1 << 60) for _ in range(rng.randint(1, 9))] for _ in range(12)]
    works = []
    for _ in range(n):
        hashes = [rng.randrange(1 << 60) for _ in range(rng.randint(20, 400))]
        for _ in range(phrases):
            at = rng.randrange(len(hashes))
            hashes[at:at] = rng.choice(stock)
        places = sorted(rng.sample(range(40 * len(hashes)), len(hashes)))
        works.append(dict(zip(reversed(hashes), reversed(places), strict=True)))  # each at its first place
    return works


def measured(works: list[Work]) -> ChanceInfo | None:
    rows = [(h, row, at) for row, work in enumerate(works) for h, at in work.items()]
    table = np.array(sorted(rows), np.uint64).reshape(-1, 3)
    tokens = [max(work.values(), default=0) + K for work in works]
    return measure_chance(
        table[:, 0], table[:, 1].astype(np.uint32), table[:, 2].astype(np.uint32), tokens, [4 * n for n in tokens]
    )


def plainly(works: list[Work]) -> tuple[list[int], int, int, set[tuple[int, int]]]:
    """Seen at each strength, exposure, related pairs and what of which work was hit, one pair after the other."""
    seen, exposure, related, hit = [0] * len(STRENGTHS), 0, 0, set()
    for (a, record), (b, work) in permutations(enumerate(works), 2):
        common = sorted(record.keys() & work.keys())
        if len(common) >= 8 and len(common) >= 0.02 * min(len(record), len(work)):
            related += 1
            continue
        exposure += len(work) * (max(record.values()) + K)
        hit |= {(b, h) for h in common}
        place, at = (np.array([side[h] for h in common], np.int64) for side in (record, work))
        one = np.zeros(len(common), np.int64)
        windows = cut_windows(one, at, find_chains(one, place, at, CHAINS["normal"]), K, CHAINS["normal"])
        seen[0] += len(common)
        for n, least in enumerate(STRENGTHS[1:], 1):
            seen[n] += int((windows.strength >= least).sum())
        del a
    return seen, exposure, related, hit


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 9), st.integers(0, 3))
def test_counts_are_those_of_every_pair(seed: int, n: int, phrases: int) -> None:
    works = works_of(seed, n, phrases)
    found = measured(works)
    assert found is not None
    assert found.spaced is not None
    assert found.unspaced is None
    seen, exposure, related, hit = plainly(works)
    got = found.spaced
    assert list(got.seen) == seen
    assert (got.exposure, got.related, got.pairs) == (max(1, exposure), related, n * (n - 1) - related)
    assert got.distinct[0] == len(hit)
    each = [sum(work == number for work, _ in hit) for number in range(n)]
    assert got.together[0] == sum(y * (y - 1) for y in each)
    assert got.tokens == sum(max(work.values()) + K for work in works)


def test_the_size_of_batches_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    works = works_of(3, 20, 4)
    whole = measured(works)
    monkeypatch.setattr(room, "BATCH_PAIRS", 7)
    assert measured(works) == whole


def test_a_large_release_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    works = works_of(4, 40, 3)
    whole = measured(works)
    monkeypatch.setattr(room, "MOST_PAIRS", 2_000)
    part = measured(works)
    assert whole is not None
    assert part is not None
    a, b = whole.spaced, part.spaced
    assert a is not None
    assert b is not None
    assert 0 < b.tokens < a.tokens
    assert 0 < b.seen[0] < a.seen[0]
    assert b.seen[0] / b.exposure == pytest.approx(a.seen[0] / a.exposure, rel=0.5)  # the rate is the same


def test_nothing_can_be_compared() -> None:
    assert measured([]) is None
    assert measured([{5: 1}]) is None
    assert measured([{}, {5: 1}]) is None


def spaced(built: Built) -> ScriptChance:
    assert built.info.chance is not None
    assert built.info.chance.spaced is not None
    return built.info.chance.spaced


def formulas(text_of: Callable[..., str], n: int) -> dict[str, str]:
    """Books of 6,000 words, with stretches of 40 words from a common stock in some of them."""
    stock = [text_of(1_000 + i, 40) for i in range(20)]
    rng = random.Random(1)
    return {
        f"{book}.txt": " ".join(
            part for i in range(12) for part in (text_of(50 * book + i, 500), *rng.sample(stock, n))
        )
        for book in range(12)
    }


def test_a_release_carries_its_rate(build: Callable[..., Built], text_of: Callable[..., str], tmp_path: Path) -> None:
    without = spaced(build("plain", texts=formulas(text_of, 0), scaled=4))
    built = build("formulas", texts=formulas(text_of, 1), scaled=4)
    found = spaced(built)
    assert without.seen == (0,) * 7
    assert without.exposure > 10**6
    assert found.seen[0] > 100
    assert found.seen[3] > 10
    assert read_release(tmp_path / "formulas")[0] == built.info


def test_editions_are_no_decoys(build: Callable[..., Built], text_of: Callable[..., str]) -> None:
    text = text_of(1)
    found = spaced(build(texts={"a.txt": text, "b.txt": text + " again", "c.txt": text_of(2)}, scaled=4))
    assert (found.works, found.related, found.pairs) == (3, 2, 4)
    assert found.seen[0] == 0


def change(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "release.json"
    data = json.loads(path.read_text("utf-8"))
    edit(data)
    path.write_text(json.dumps(data), "utf-8")


def test_a_release_without_it_is_read(build: Callable[..., Built], text_of: Callable[..., str], tmp_path: Path) -> None:
    build(texts={"a.txt": text_of(1), "b.txt": text_of(2)})
    change(tmp_path / "release", lambda data: data.pop("chance"))
    assert read_release(tmp_path / "release")[0].chance is None


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        (lambda c: c["spaced"].update(exposure=0), "chance.spaced.exposure"),
        (lambda c: c["spaced"].update(seen=[1, 2]), "chance.spaced"),
        (lambda c: c["spaced"]["distinct"].__setitem__(0, 10**9), "chance.spaced"),
        (lambda c: c["spaced"]["seen"].__setitem__(0, -1), "chance.spaced.seen.0"),
        (lambda c: c["spaced"].update(evenly=float("nan")), "chance.spaced.evenly"),
        (lambda c: c.update(strengths=[1, 2]), "chance"),
        (lambda c: c["spaced"].pop("pairs"), "chance.spaced.pairs"),
    ],
)
def test_damaged_counts_are_refused(
    build: Callable[..., Built],
    text_of: Callable[..., str],
    tmp_path: Path,
    edit: Callable[[dict[str, Any]], object],
    field: str,
) -> None:
    build(texts={"a.txt": text_of(1), "b.txt": text_of(2)})
    change(tmp_path / "release", lambda data: edit(data["chance"]))
    with pytest.raises(InputError) as caught:
        read_release(tmp_path / "release")
    assert f"{field}:" in caught.value.message


def test_the_same_works_give_the_same_counts(text_of: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    for name, text in formulas(text_of, 1).items():
        (tmp_path / "texts" / name).write_text(text, "utf-8")
    facts = make_facts(slug="a", title="A", kind="books", status="pirated", as_of="2024", release="1")
    made = {build_release(facts, [tmp_path / "texts"], tmp_path / f"r{jobs}", jobs=jobs).digest for jobs in (1, 3)}
    assert len(made) == 1
