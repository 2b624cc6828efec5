"""One contract for all readers: the same rows make the same record batches, whatever the format."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .writers import WRITERS, packed, records

ROWS = [
    {
        "id": f"doc-{number}",
        "text": text,
        "lang": "en",
        "link": "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "Title": " A title ",
        "author": "",
        "isbn13": isbn,
        "pile_set_name": "Books3",
        "other": "never read",
    }
    for number, (text, isbn) in enumerate(
        [
            ("plain words", "978-0-00-000000-2"),
            ('two\nlines, "quoted"\tand\r\nmore', ""),
            ("Привет, 世界 — が\u2028か 😀", "9780000000002; 0306406152"),
            ("", "123"),
            ("long " * 5000, "9780306406157"),
        ]
    )
]


@pytest.fixture(params=list(WRITERS))
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return WRITERS[request.param](tmp_path, ROWS)


def test_same_rows_through_every_format(written: Path) -> None:
    rows, tally = records(written)
    assert [row["text"] for row in rows] == [row["text"] for row in ROWS]
    assert [row["record_id"] for row in rows] == [row["id"] for row in ROWS]
    assert [row["ordinal"] for row in rows] == list(range(len(ROWS)))
    expected = {
        "shard": written.name,
        "language": "en",
        "url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "title": "A title",
        "creator": None,
        "source": "Books3",
        "acquired_at": None,
        "file_digests": None,
    }
    for row in rows:
        assert {name: row[name] for name in expected} == expected
    video = ["url:https://www.youtube.com/watch?v=dQw4w9WgXcQ", "youtube:dQw4w9WgXcQ"]
    assert [row["identifiers"] for row in rows] == [
        ["isbn:9780000000002", *video],
        video,
        ["isbn:9780000000002", "isbn:9780306406157", *video],
        video,
        ["isbn:9780306406157", *video],
    ]
    assert tally.skipped == {}
    assert tally.notes == {"isbn not valid (row kept)": 1}


def test_ids_are_made_where_none_are(written: Path) -> None:
    rows, _ = records(written, id_column="author")
    assert [row["record_id"] for row in rows] == [f"{written.name}:{number}" for number in range(len(ROWS))]


def test_text_column_by_name(written: Path) -> None:
    rows, _ = records(written, text_column="Title")
    assert {row["text"] for row in rows} == {" A title "}


texts = st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=8)


@pytest.mark.parametrize("form", list(WRITERS))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(texts=texts)
def test_any_texts_pass_every_format(form: str, texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        rows, tally = records(WRITERS[form](Path(folder), [{"n": "x", "text": text} for text in texts]))
    assert [row["text"] for row in rows] == texts
    assert tally.skipped == {}


@settings(max_examples=50, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\ufeff")))
def test_any_text_passes_a_text_file(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "one.txt"
        path.write_bytes(text.encode())
        rows, _ = records(path)
    assert [row["text"] for row in rows] == [text]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1", "cp1252", "utf-8-sig"])
@pytest.mark.parametrize("name", ["rows.jsonl", "rows.csv", "rows.tsv.gz", "one.txt.zst"])
def test_other_encodings(tmp_path: Path, name: str, encoding: str) -> None:
    body = {"rows.jsonl": '{"text": "café"}\n', "one.txt.zst": "café"}.get(name, "text\ncafé\n")
    (tmp_path / name).write_bytes(packed(name.replace(".gz", ".zst"), body.encode(encoding)))
    rows, _ = records(tmp_path / name, encoding=encoding)
    assert [row["text"] for row in rows] == ["café"]
