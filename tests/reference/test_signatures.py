"""Releases that carry signatures of their works."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasketch import MinHash, MinHashLSH

from findspot.errors import InputError, ReferenceDamagedError, SchemeError
from findspot.reference import Library, OpenRelease
from findspot.reference.release import SIGNATURES_SCHEMA, Space, read_release
from findspot.reference.signatures import StoredSignatures
from findspot.sketch import NEAR_DUPLICATE, OWN_RECIPE, SignatureInfo, band_keys, signature_column

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from findspot.reference import Built

    Build = Callable[..., Built]
    Text = Callable[..., str]

FOREIGN = SignatureInfo(
    hash="sha1_hash64", shingle="word 3-grams", normaliser="none", scheme="affine64", permutations=64, seed=3
)


@pytest.fixture
def release(tmp_path: Path, build: Build, text_of: Text) -> OpenRelease:
    """Three texts, one too short to sign, and a work without text, by two recipes."""
    texts = {"a.txt": text_of(1), "b.txt": "too short", "c.txt": text_of(2), "d.txt": text_of(3)}
    build(texts=texts, lists={"l.csv": "title\nListed\n"}, signatures=[OWN_RECIPE, FOREIGN, OWN_RECIPE])
    Library(tmp_path / "home").install(tmp_path / "release")
    [opened] = Library(tmp_path / "home").open()
    return opened


def test_the_works_are_signed_by_every_recipe_once(release: OpenRelease, text_of: Text) -> None:
    sets = release.info.signatures
    assert [made.recipe for made in sets] == [OWN_RECIPE, FOREIGN]
    assert [made.works for made in sets] == [3, 3]
    texts = pa.array([text_of(n) for n in (1, 2, 3)])
    for number, made in enumerate(sets):
        stored = release.signatures(number, np.array([3, 0, 2]))
        assert stored[[1, 2, 0]].tolist() == signature_column(texts, made.recipe).to_pylist()
    table = pq.read_table(release.folder / "signatures.parquet")
    assert table.schema.equals(SIGNATURES_SCHEMA)
    assert list(zip(table["recipe"].to_pylist(), table["work"].to_pylist(), strict=True)) == [
        (0, 0), (0, 2), (0, 3), (1, 0), (1, 2), (1, 3)
    ]  # fmt: skip


def test_every_band_of_every_work_has_its_posting(release: OpenRelease) -> None:
    postings = pq.read_table(release.folder / "postings.parquet", filters=[("space", "=", int(Space.SIGNATURE_BAND))])
    expected = []
    for number, made in enumerate(release.info.signatures):
        works = np.array([0, 2, 3])
        keys = band_keys(release.signatures(number, works), made.banding, made.recipe)
        expected += [(key, work) for work, row in zip(works.tolist(), keys.tolist(), strict=True) for key in row]
    assert list(zip(postings["key"].to_pylist(), postings["work"].to_pylist(), strict=True)) == sorted(expected)
    assert set(postings["position"].to_pylist()) == {0}


def test_bands_find_what_the_lsh_of_datasketch_finds_with_the_same_bands(release: OpenRelease) -> None:
    made = release.info.signatures[0]
    works = np.array([0, 2, 3])
    stored = release.signatures(0, works)
    lsh = MinHashLSH(params=(made.bands, made.rows), num_perm=128)
    for work, values in zip(works.tolist(), stored, strict=True):
        lsh.insert(work, MinHash(hashvalues=values, scheme="affine32"))
    rng = np.random.default_rng(4)
    bands = release.bands()
    met = 0
    for share in np.linspace(0.1, 1, 60):
        query = np.where(rng.random(128) < share, stored[rng.integers(3)], rng.integers(0, 1 << 32, 128, np.uint64))
        _, at = bands.find(band_keys(query[None, :], made.banding, made.recipe)[0])
        found = set(bands.works[at].tolist())
        assert found == set(lsh.query(MinHash(hashvalues=query, scheme="affine32")))
        met += bool(found)
    assert 20 < met < 60
    assert made.banding.chance(NEAR_DUPLICATE) > 0.99


def test_the_same_sources_make_the_same_bytes_whatever_the_number_of_threads(
    tmp_path: Path, build: Build, text_of: Text
) -> None:
    texts = {f"{n}.txt": text_of(n, 300) for n in range(30)}
    one = build("one", texts=texts, signatures=[FOREIGN], jobs=1)
    two = build("two", texts=texts, signatures=[FOREIGN], jobs=3)
    assert one.digest == two.digest
    plain = build("one", texts=texts)  # replaces it, and leaves nothing of it behind
    assert plain.info.signatures == ()
    assert not (tmp_path / "one/signatures.parquet").exists()


def test_a_recipe_that_cannot_be_followed_is_refused_before_anything_is_written(tmp_path: Path, build: Build) -> None:
    with pytest.raises(SchemeError, match="hash 'xxh32' cannot be made here"):
        build(texts={"a.txt": "text"}, signatures=[FOREIGN.model_copy(update={"hash": "xxh32"})])
    assert not (tmp_path / "release").exists()


def damage(release: OpenRelease, change: Callable[[pa.Table], pa.Table]) -> None:
    path = release.folder / "signatures.parquet"
    table = change(pq.read_table(path))
    path.unlink()
    pq.write_table(table, path)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda t: t.drop(["work"]), "its columns are others"),
        (lambda t: t.slice(1), "a work that its bands name is not in it"),
        (lambda t: t.slice(0, 0), "empty or not sorted"),
        (lambda t: pa.concat_tables([t, t]), "empty or not sorted"),
        (
            lambda t: t.set_column(2, t.schema.field(2), pa.array([[1, 2]] * len(t), t.schema.field(2).type)),
            "another length",
        ),
    ],
)
def test_a_file_that_is_not_as_it_should_be_is_named(release: OpenRelease, change: Any, reason: str) -> None:
    damage(release, change)
    stored = StoredSignatures(release.folder, release.info)  # a release as a whole would show its size first
    with pytest.raises(ReferenceDamagedError, match=reason):
        stored.of(0, np.array([0]))


def test_a_release_without_its_file_is_refused(tmp_path: Path, build: Build, text_of: Text) -> None:
    build(texts={"a.txt": text_of(1)}, signatures=[OWN_RECIPE])
    info, digest = read_release(tmp_path / "release")
    shutil.copytree(tmp_path / "release", tmp_path / "copy")
    (tmp_path / "copy/signatures.parquet").unlink()
    with pytest.raises(ReferenceDamagedError, match=r"signatures\.parquet"):
        OpenRelease(info, digest, tmp_path / "copy")
    stated = info.model_copy(update={"files": {n: f for n, f in info.files.items() if n != "signatures.parquet"}})
    (tmp_path / "copy/release.json").write_bytes(stated.to_bytes())
    with pytest.raises(InputError, match=r"signatures\.parquet is not among the files"):
        read_release(tmp_path / "copy")


def test_bands_that_do_not_fit_are_refused(tmp_path: Path, build: Build, text_of: Text) -> None:
    build(texts={"a.txt": text_of(1)}, signatures=[OWN_RECIPE])
    path = tmp_path / "release/release.json"
    path.write_text(path.read_text().replace('"rows": 6', '"rows": 7'))
    with pytest.raises(InputError, match="21 bands of 7 are more than 128 permutations"):
        read_release(tmp_path / "release")


def test_a_release_without_signatures_has_none_to_compare(tmp_path: Path, build: Build, text_of: Text) -> None:
    built = build(texts={"a.txt": text_of(1)})
    opened = OpenRelease(built.info, built.digest, tmp_path / "release")
    assert len(opened.bands().keys) == 0
    with pytest.raises(ReferenceDamagedError):
        opened.signatures(0, np.array([0]))
