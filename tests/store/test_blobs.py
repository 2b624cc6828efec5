"""Blobs: named by what they hold, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from findspot.errors import NotFoundError, OutputError
from findspot.store import LocalBlobs, is_digest
from findspot.store.blobs import StagedFile


def test_bytes_come_back_under_their_digest(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    digest = blobs.put(b"a manifest")
    assert digest == "sha256:" + hashlib.sha256(b"a manifest").hexdigest()
    assert blobs.path(digest).read_bytes() == b"a manifest"
    assert blobs.has(digest)


def test_nothing_stays_behind_when_staging_is_given_up(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    with blobs.stage() as staged:
        staged.write(b"half of it")
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_the_same_bytes_from_many_threads_are_one_blob(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    content = os.urandom(100_000)
    with ThreadPoolExecutor(8) as pool:
        digests = list(pool.map(blobs.put, [content] * 8))
    assert len(set(digests)) == 1
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [blobs.path(digests[0])]


@given(chunks=st.lists(st.binary(max_size=50), max_size=8))
def test_chunks_do_not_matter(tmp_path_factory: pytest.TempPathFactory, chunks: list[bytes]) -> None:
    blobs = LocalBlobs(tmp_path_factory.mktemp("blobs"))
    with blobs.stage() as staged:
        for chunk in chunks:
            staged.write(chunk)
        assert staged.size == sum(map(len, chunks))
        digest = blobs.keep(staged)
    assert blobs.path(digest).read_bytes() == b"".join(chunks)
    assert digest == blobs.put(b"".join(chunks))


def test_a_removed_blob_is_gone_and_removing_twice_is_no_error(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    digest = blobs.put(b"x")
    blobs.remove(digest)
    blobs.remove(digest)
    assert not blobs.has(digest)
    with pytest.raises(NotFoundError, match=digest):
        blobs.path(digest)


@pytest.mark.parametrize("name", ["", "sha256:", "sha256:../../../etc/passwd", "sha256:" + "A" * 64, "md5:" + "0" * 64])
def test_only_digests_name_blobs(tmp_path: Path, name: str) -> None:
    assert not is_digest(name)
    assert not LocalBlobs(tmp_path).has(name)
    LocalBlobs(tmp_path).remove(name)


def test_a_full_disk_is_an_output_error() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with pytest.raises(OutputError, match="No space left"), Path("/dev/full").open("wb", buffering=0) as file:
        StagedFile(Path("/dev/full"), file).write(b"x")


def test_a_folder_that_cannot_be_made_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="staging"):
        LocalBlobs(tmp_path / "file" / "blobs")


def test_only_staged_files_that_nobody_writes_to_are_swept(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    dead = tmp_path / "staging" / "1-dead.part"
    dead.write_bytes(b"of a killed process")
    long_ago = time.time() - 10_000
    os.utime(dead, (long_ago, long_ago))
    with blobs.stage() as staged:
        assert blobs.sweep() == 1
        assert staged.path.exists()
    assert not dead.exists()
