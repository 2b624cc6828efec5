"""Which column is what: found by name, asked for, nested, or missing with an error that names what is there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from findspot.dataset.records import read_value
from findspot.errors import UsageError
from findspot.identity import read_cell

from .writers import records, sketched

if TYPE_CHECKING:
    from pathlib import Path

NESTED = [
    {"_id": 1, "meta": {"body": "inner", "url": "https://example.org/a", "authors": ["A", "B"], "deep": {"x": "y"}}},
    {"_id": 2, "meta": None},
]


def as_jsonl(folder: Path, rows: list[dict[str, Any]]) -> Path:
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder / "rows.jsonl"


def as_parquet(folder: Path, rows: list[dict[str, Any]]) -> Path:
    pq.write_table(pa.Table.from_pylist(rows), folder / "rows.parquet")
    return folder / "rows.parquet"


@pytest.mark.parametrize("write", [as_jsonl, as_parquet])
@pytest.mark.parametrize(("column", "texts"), [("meta.body", ["inner", None]), ("meta.deep.x", ["y", None])])
def test_nested_columns(tmp_path: Path, write: Any, column: str, texts: list[str | None]) -> None:
    rows, _ = records(write(tmp_path, NESTED), text_column=column)
    assert [row["text"] for row in rows] == texts
    assert [row["record_id"] for row in rows] == ["1", "2"]
    assert rows[0]["url"] == "https://example.org/a"
    assert rows[0]["creator"] == "A; B"
    assert rows[0]["identifiers"] == ["url:https://example.org/a"]
    assert rows[1]["url"] is None


@pytest.mark.parametrize("write", [as_jsonl, as_parquet])
def test_a_column_whose_name_has_a_dot(tmp_path: Path, write: Any) -> None:
    rows, _ = records(write(tmp_path, [{"meta.body": "outer", "meta": {"body": "inner"}}]), text_column="meta.body")
    assert [row["text"] for row in rows] == ["outer"]


@pytest.mark.parametrize("write", [as_jsonl, as_parquet])
@pytest.mark.parametrize("option", ["text_column", "id_column"])
def test_missing_column_names_those_there(tmp_path: Path, write: Any, option: str) -> None:
    with pytest.raises(UsageError, match=r"rows\.(jsonl|parquet): there is no column boddy") as caught:
        records(write(tmp_path, NESTED), **{"text_column": "meta.body", option: "boddy"})
    assert "_id, meta, meta.body, meta.url, meta.authors, meta.deep, meta.deep.x" in caught.value.advice
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("write", [as_jsonl, as_parquet])
def test_no_text_column_to_be_found(tmp_path: Path, write: Any) -> None:
    with pytest.raises(UsageError, match="no column is known as text") as caught:
        records(write(tmp_path, [{"foo": "a", "bar": 1}]))
    assert "--text-column. The columns are: foo, bar." in caught.value.advice


@pytest.mark.parametrize("write", [as_jsonl, as_parquet])
def test_a_text_column_of_numbers(tmp_path: Path, write: Any) -> None:
    with pytest.raises(UsageError, match="column bar holds no text"):
        records(write(tmp_path, [{"text": "a", "bar": 1}]), text_column="bar")


def test_text_columns_go_by_rank(tmp_path: Path) -> None:
    rows, _ = records(as_jsonl(tmp_path, [{"body": "b", "Content": "c", "document": "d"}]))
    assert rows[0]["text"] == "c"


def test_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("text,n,n\na,b,c\n")
    with pytest.raises(Exception, match="column 'n' stands twice"):
        records(tmp_path / "rows.csv")
    twice = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["text", "text"])
    pq.write_table(twice, tmp_path / "twice.parquet")
    with pytest.raises(Exception, match="two columns are called 'text'"):
        records(tmp_path / "twice.parquet")


def test_a_book_list_has_no_text(tmp_path: Path) -> None:
    (tmp_path / "books.csv").write_text(
        "isbn,title,author,md5\n"
        "0-306-40615-2,A Book,Someone,D41D8CD98F00B204E9800998ECF8427E\n"
        "not one,Other,,0123456789abcdef0123456789abcdef\n"
    )
    rows, facts = sketched(tmp_path / "books.csv")
    assert [row["identifiers"] for row in rows] == [["isbn:9780306406157"], ["md5:0123456789abcdef0123456789abcdef"]]
    assert [row["title"] for row in rows] == ["A Book", "Other"]
    assert {row[name] for row in rows for name in ("sha256", "n_tokens", "n_bytes")} == {None}
    assert facts.records == 2
    assert facts.tokens == 0
    assert facts.coverage == 1.0
    assert facts.notes == {"isbn not valid (row kept)": 1, "md5 not valid (row kept)": 1}
    assert facts.samples["isbn not valid (row kept)"] == ["books.csv:3"]


def test_identifiers_of_any_kind(tmp_path: Path) -> None:
    rows, tally = records(
        as_jsonl(
            tmp_path,
            [
                {"text": "a", "identifiers": ["isbn:9780306406157", "10.1000/182", "what"]},
                {"text": "b", "identifiers": "doi:10.1000/182"},
                {"text": "c"},
            ],
        )
    )
    assert [row["identifiers"] for row in rows] == [
        ["isbn:9780306406157", "doi:10.1000/182"],
        ["doi:10.1000/182"],
        None,
    ]
    assert tally.notes == {"identifier not recognised (row kept)": 1}


def test_identifiers_one_level_down(tmp_path: Path) -> None:
    row = {"title": "t", "identifiers": {"md5": ["0123456789abcdef0123456789abcdef"], "zlib": ["1"]}}
    rows, _ = records(as_jsonl(tmp_path, [row]))
    assert rows[0]["identifiers"] == ["md5:0123456789abcdef0123456789abcdef"]


def test_facts_that_are_no_strings(tmp_path: Path) -> None:
    rows, _ = records(
        as_jsonl(
            tmp_path, [{"text": "a", "id": 7, "title": 1984, "timestamp": 1.5, "language": {"x": 1}, "source": True}]
        )
    )
    facts = {name: rows[0][name] for name in ("record_id", "title", "acquired_at", "language", "source")}
    assert facts == {"record_id": "7", "title": "1984", "acquired_at": "1.5", "language": None, "source": None}


@pytest.mark.parametrize(
    ("value", "kind", "said"),
    [
        (0, pa.timestamp("s"), "1970-01-01T00:00:00"),
        (1, pa.timestamp("ns"), "1970-01-01T00:00:00"),
        (1_000_000, pa.timestamp("us", tz="Europe/Rome"), "1970-01-01T00:00:01Z"),
        (1 << 60, pa.timestamp("us"), str(1 << 60)),
        (0, pa.date32(), "1970-01-01"),
    ],
)
def test_dates_of_arrow_columns(tmp_path: Path, value: int, kind: pa.DataType, said: str) -> None:
    made = pa.table({"text": ["a"], "timestamp": pa.array([value], kind)})
    pq.write_table(made, tmp_path / "rows.parquet")
    assert records(tmp_path / "rows.parquet")[0][0]["acquired_at"] == said


def test_facts_that_are_not_utf8(tmp_path: Path) -> None:
    broken = pa.Array.from_buffers(pa.string(), 1, pa.array([b"caf\xe9"]).buffers())
    pq.write_table(pa.table({"text": ["a"], "title": broken, "isbn": broken}), tmp_path / "rows.parquet")
    rows, tally = records(tmp_path / "rows.parquet")
    assert (rows[0]["title"], rows[0]["identifiers"]) == ("caf\ufffd", None)
    assert tally.notes == {"isbn not valid (row kept)": 1}


hosts = st.sampled_from(
    ["example.org", "youtube.com", "m.youtube.com", "youtu.be", "doi.org", "www.imdb.com", "EX.org", "a"]
)
paths = st.text(st.sampled_from("aB1/._~-%?&=#:,; é"), max_size=20)


@given(scheme=st.sampled_from(["http", "https", "HTTP"]), host=hosts, path=paths)
def test_the_short_way_for_links_finds_what_the_long_one_does(scheme: str, host: str, path: str) -> None:
    link = f"{scheme}://{host}/{path}"
    short = [canonical for canonical, problem in read_value("url", link) if not problem]
    assert short == [identifier.canonical for identifier in read_cell("url", link)[0]]
