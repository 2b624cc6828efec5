"""Real files: books, lists and crawls as they are found."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from findspot.dataset import ReadOptions, open_manifest, open_subject, write_manifest

from .writers import sketched

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.data


def test_a_shelf_of_books(test_data: Path, tmp_path: Path) -> None:
    books = sorted((test_data / "books").rglob("*.txt"))
    subject = open_subject([test_data / "books"], ReadOptions(jobs=2))
    rows = [row for batch in subject.batches() for row in batch.select(["record_id", "sha256", "n_bytes"]).to_pylist()]
    assert len(rows) == len(books) > 400
    assert subject.facts().coverage == 1.0
    by_name = {row["record_id"]: row for row in rows}
    for path in books[::50]:
        data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
        row = by_name[path.relative_to(test_data / "books").as_posix()]
        assert (row["sha256"], row["n_bytes"]) == (sha256(data).hexdigest(), len(data))
    info = write_manifest(open_subject([test_data / "books"], ReadOptions()), tmp_path / "m")
    assert info.facts == subject.facts()
    assert sum(len(batch) for batch in open_manifest(info.path).batches()) == len(books)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("libgen/zlib_isbn.csv", "isbn"),
        ("libgen/scihub_dois.csv", "doi"),
        ("libgen/libgenrs_nonfiction.csv", "md5"),
        ("libgen/libgenrs_fiction_hashes.csv", "sha256"),
        ("films/condensed_movies_clips.csv", "youtube"),
        ("films/condensed_movies.csv", "imdb"),
        ("annas/aarecords.jsonl", "md5"),
    ],
)
def test_lists_are_records_without_text(test_data: Path, name: str, kind: str) -> None:
    rows, facts = sketched(test_data / "lists" / name)
    assert len(rows) == facts.records > 10
    assert facts.skipped == {}
    assert {row["sha256"] for row in rows} == {None}
    share = sum(any(i.startswith(f"{kind}:") for i in row["identifiers"] or ()) for row in rows) / len(rows)
    assert share > 0.9


@pytest.mark.parametrize("name", ["documents-000.jsonl", "cc_en_head-0174.jsonl"])
def test_crawled_pages(test_data: Path, name: str) -> None:
    rows, facts = sketched(test_data / "manifests" / "dolma" / name)
    assert facts.records == len(rows) > 0
    assert facts.coverage == 1.0
    assert all(row["n_tokens"] for row in rows)
    assert {row["source"] for row in rows} <= {"common-crawl"}
