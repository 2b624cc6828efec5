"""The posting index, held to a plain dict, to DuckDB over the same Parquet, and to damage."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from findspot.errors import FindspotError, ReferenceDamagedError
from findspot.identity import key64
from findspot.reference import Built, Library, OpenRelease
from findspot.reference.index import PostingIndex, Postings
from findspot.reference.release import INDEX_FILE, Space
from findspot.sketch import OWN_RECIPE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Build = Any
Text = Any

LAST = (1 << 64) - 1
# anywhere, at both ends, and crowded where a search that expects them to be spread must look for long
KEYS = st.one_of(
    st.integers(0, LAST),
    st.sampled_from([0, 1, LAST - 1, LAST, 1 << 63, (1 << 53) + 1, (1 << 58) - 1, 1 << 58]),
    st.integers(0, 40),
    st.integers(LAST - 40, LAST),
    st.integers((1 << 62) - 20, (1 << 62) + 20),
)
RUNS = st.lists(st.tuples(KEYS, st.integers(1, 1500) | st.just(1)), max_size=40)


def plain_find(keys: list[int], queries: list[int]) -> list[tuple[int, int]]:
    """Places in the queries and in the keys, found without any search."""
    places: dict[int, list[int]] = {}
    for at, key in enumerate(keys):
        places.setdefault(key, []).append(at)
    return [(q, at) for q, key in enumerate(queries) for at in places.get(key, [])]


def make_postings(keys: list[int], highest: float) -> Postings:
    works = np.arange(len(keys), dtype=np.uint32)
    return Postings(np.array(keys, np.uint64), works, works, highest)


@settings(deadline=None)  # the first call compiles
@given(RUNS, st.lists(KEYS, max_size=60), st.data())
def test_find_equals_a_dict(runs: list[tuple[int, int]], queries: list[int], data: st.DataObject) -> None:
    keys = sorted(key for key, times in runs for _ in range(times))
    if keys:
        queries = queries + data.draw(st.lists(st.sampled_from(keys), max_size=10))
    highest = data.draw(st.sampled_from([2.0**64, float(max(keys, default=0) + 1)]))
    query_at, posting_at = make_postings(keys, highest).find(np.array(queries, np.uint64))
    assert list(zip(query_at.tolist(), posting_at.tolist(), strict=True)) == plain_find(keys, queries)


@pytest.mark.parametrize("crowd", ["even", "low", "high", "all one key", "two heaps"])
def test_find_equals_a_dict_at_size(crowd: str) -> None:
    chosen = random.Random(3)
    draw: Callable[[], int] = {
        "even": lambda: chosen.randrange(1 << 64),
        "low": lambda: chosen.randrange(1 << 64) ** 4 >> 192,
        "high": lambda: LAST - (chosen.randrange(1 << 64) ** 4 >> 192),
        "all one key": lambda: 77,
        "two heaps": lambda: chosen.choice([5, LAST - 5]) + chosen.randrange(-5, 6),
    }[crowd]
    keys = sorted(draw() for _ in range(1000 if crowd in ("all one key", "two heaps") else 20_000))
    queries = [*chosen.choices(keys, k=3), *(draw() for _ in range(300)), 0, LAST]
    query_at, posting_at = make_postings(keys, 2.0**64).find(np.array(queries, np.uint64))
    assert list(zip(query_at.tolist(), posting_at.tolist(), strict=True)) == plain_find(keys, queries)


@pytest.fixture
def installed(tmp_path: Path, build: Build, text_of: Text) -> OpenRelease:
    """A release with twenty texts, some of which share passages, and a list, with and without identifiers."""
    texts = {f"{i:02d}.txt": f"{text_of(i)} {text_of(i // 4 + 100, 500)}" for i in range(20)}
    isbns = "".join(f"Title {i},{i % 7 + 9780000000000 if i % 3 else ''}\n" for i in range(60))
    lists = {"l.csv": "title,isbn,doi\n" + isbns + "D,,10.1000/182\nE,,10.1000/182\n"}
    build(texts=texts, lists=lists, scaled=16, sensitivity="high", signatures=[OWN_RECIPE])
    Library(tmp_path / "home").install(tmp_path / "release")
    [release] = Library(tmp_path / "home").open()
    return release


def found_in(release: OpenRelease, space: Space, queries: list[int]) -> set[tuple[int, int, int]]:
    postings = PostingIndex(release.folder, release.info, release.digest).postings(space)
    query_at, at = postings.find(np.array(queries, np.uint64))
    rows = zip(query_at.tolist(), postings.works[at].tolist(), postings.positions[at].tolist(), strict=True)
    found = set(rows)
    assert len(found) == len(at)
    return found


@pytest.mark.parametrize("space", list(Space))
def test_find_equals_duckdb(installed: OpenRelease, space: Space) -> None:
    database = duckdb.connect()
    postings = database.read_parquet(str(installed.folder / "postings.parquet"))
    stored = [row[0] for row in postings.filter(f"space = {int(space)}").project("key").fetchall()]
    assert len(stored) > 100 or space is Space.IDENTIFIER
    chosen = random.Random(11)
    queries = [*stored, *chosen.choices(stored, k=50), *(chosen.randrange(1 << 64) for _ in range(200)), 0, LAST]
    chosen.shuffle(queries)
    asked = pa.table({"place": pa.array(range(len(queries))), "key": pa.array(queries, pa.uint64())})
    database.register("asked", asked)
    expected = database.sql(
        f"SELECT place, work, position FROM asked JOIN postings USING (key) WHERE space = {int(space)}"
    ).fetchall()
    assert found_in(installed, space, queries) == set(expected)


def test_identifiers_are_found_by_the_facts(installed: OpenRelease) -> None:
    found = installed.find_identifiers(["doi:10.1000/182", "doi:10.1000/183", "doi:10.1000/182"])
    assert {key: [work.title for work in works] for key, works in found.items()} == {"doi:10.1000/182": ["D", "E"]}
    assert installed.find_identifiers([]) == {}


def test_two_identifiers_with_one_key_are_told_apart(
    tmp_path: Path, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    import findspot.reference.build as building  # noqa: PLC0415 - its name is bound to the function in the room's door
    import findspot.reference.open_release as opening  # noqa: PLC0415

    for module in (building, opening):
        monkeypatch.setattr(module, "key64", lambda identifier: key64("the same for all") + 0 * len(identifier))
    build(lists={"l.csv": "title,doi\nA,10.1000/1\nB,10.1000/2\n"})
    Library(tmp_path / "home").install(tmp_path / "release")
    [release] = Library(tmp_path / "home").open()
    found = release.find_identifiers(["doi:10.1000/2", "doi:10.1000/3"])
    assert {key: [work.title for work in works] for key, works in found.items()} == {"doi:10.1000/2": ["B"]}


@pytest.mark.parametrize("coarser", [16, 64, 100, 5000, 1 << 32])
def test_a_coarser_search_equals_a_coarser_release(
    tmp_path: Path, build: Build, installed: OpenRelease, text_of: Text, coarser: int
) -> None:
    texts = {f"{i:02d}.txt": f"{text_of(i)} {text_of(i // 4 + 100, 500)}" for i in range(20)}
    built: Built = build("coarse", texts, scaled=coarser)
    coarse = OpenRelease(built.info, built.digest, tmp_path / "coarse")
    fine, other = installed.text(coarser), coarse.text(coarser)
    for name in ("keys", "works", "positions"):
        assert getattr(fine, name).tolist() == getattr(other, name).tolist()
    assert installed.sketch_sizes(coarser).tolist() == coarse.sketch_sizes(coarser).tolist() + [0] * 62
    rows = np.array([17, 3], np.uint32)
    fine_sketches, other_sketches = installed.sketches(rows, coarser), coarse.sketches(rows, coarser)
    assert fine_sketches.hashes.tolist() == other_sketches.hashes.tolist()
    assert fine_sketches.works.tolist() == sorted(other_sketches.works.tolist())
    queries = [*other.keys.tolist(), *installed.text(16).keys.tolist(), LAST]
    for mine, yours in zip(
        fine.find(np.array(queries, np.uint64)), other.find(np.array(queries, np.uint64)), strict=True
    ):
        assert mine.tolist() == yours.tolist()


def test_a_release_without_postings(tmp_path: Path, build: Build) -> None:
    built: Built = build(lists={"l.csv": "title\nA\n"})
    release = OpenRelease(built.info, built.digest, tmp_path / "release")
    assert release.find_identifiers(["doi:10.1000/182"]) == {}
    assert release.sketch_sizes(64).tolist() == [0]
    assert release.sketch_sizes(128).tolist() == [0]
    assert len(release.sketches(np.array([0], np.uint32), 64).hashes) == 0
    assert [work.title for work in release.works([0])] == ["A"]


@pytest.mark.parametrize("damage", ["deleted", "empty", "cut", "half", "not Arrow", "of another release", "a folder"])
def test_a_damaged_index_is_built_again(tmp_path: Path, build: Build, installed: OpenRelease, damage: str) -> None:
    path = installed.folder / INDEX_FILE
    whole = path.read_bytes()
    path.unlink()
    if damage == "of another release":
        other: Built = build("other", lists={"o.csv": "isbn\n0306406152\n"})
        OpenRelease(other.info, other.digest, tmp_path / "other")
        (tmp_path / "other" / INDEX_FILE).rename(path)
    elif damage == "a folder":
        path.mkdir()
    elif damage != "deleted":
        path.write_bytes({"empty": b"", "cut": whole[:-1], "half": whole[: len(whole) // 2], "not Arrow": b"x"}[damage])
    again = OpenRelease(installed.info, installed.digest, installed.folder)
    assert again.text(16).keys.tolist() == installed.text(16).keys.tolist()
    assert len(again.find_identifiers(["doi:10.1000/182"])) == 1
    if damage != "a folder":
        assert path.read_bytes() == whole
        assert not list(installed.folder.glob(".*"))


def test_a_flipped_byte_is_no_crash(tmp_path: Path, build: Build) -> None:
    built: Built = build(lists={"l.csv": "title,isbn\nA,0306406152\nB,080442957X\n"})
    folder = tmp_path / "release"
    OpenRelease(built.info, built.digest, folder)
    path = folder / INDEX_FILE
    whole = path.read_bytes()
    for at in range(0, len(whole), 2):
        path.unlink()  # never under a map that is still open
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            release = OpenRelease(built.info, built.digest, folder)
            works = release.find_identifiers(["isbn:9780306406157"])
        except FindspotError as error:
            assert isinstance(error, ReferenceDamagedError)  # noqa: PT017
        else:
            assert {key: [w.title for w in found] for key, found in works.items()} in (
                {"isbn:9780306406157": ["A"]},
                {},
            )


def test_postings_that_are_not_as_stated_are_refused(installed: OpenRelease) -> None:
    fewer = installed.info.model_copy(update={"postings": installed.info.postings - 1})
    with pytest.raises(ReferenceDamagedError, match=r"is not .* sorted postings"):
        PostingIndex(installed.folder, fewer, "sha256:other")
    (installed.folder / "postings.parquet").write_bytes(b"no Parquet")
    with pytest.raises(ReferenceDamagedError, match=r"shadow@2020-10: postings\.parquet cannot be read"):
        PostingIndex(installed.folder, installed.info, "sha256:other")
    with pytest.raises(ReferenceDamagedError, match=r"postings\.parquet has 10 bytes, not"):
        OpenRelease(installed.info, installed.digest, installed.folder)
