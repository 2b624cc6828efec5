"""Lists of works: rows that are taken, rows that are refused with their places, files that cannot be read."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from findspot.errors import FindspotError, InputError, UsageError
from findspot.reference.facts import WorkFacts
from findspot.reference.lists import Refused, read_list, read_works_csv

if TYPE_CHECKING:
    from pathlib import Path

MD5 = "7b2a4d53fde834e801c26a2bab7e0240"
SHA1 = "48ede7c7377a41c5f18f3690fcfb7d56b3c1206f"


def read(folder: Path, name: str, content: str | bytes) -> tuple[list[WorkFacts], list[Refused]]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    rows = list(read_list(path))
    return [r for r in rows if isinstance(r, WorkFacts)], [r for r in rows if isinstance(r, Refused)]


def test_a_csv_with_facts_and_several_identifiers_in_a_cell(tmp_path: Path) -> None:
    works, refused = read(
        tmp_path,
        "books.csv",
        "ID,Title,Author,Identifier,IdentifierWODash,MD5,Doi,Year,Publisher,Language,Locator,Uploader\n"
        f'1,Handbook of Herbs,"Peter, K.V.","1855737213, 9781855737211",1855737213,{MD5.upper()},,2004,CRC,English,'
        "a\\b.pdf,someone\n",
    )
    assert refused == []
    assert works == [
        WorkFacts(
            title="Handbook of Herbs",
            creator="Peter, K.V.",
            identifiers=("isbn:9781855737211", f"md5:{MD5}"),
            year="2004",
            publisher="CRC",
            language="English",
        )
    ]


def test_links_magnets_and_uploaders_are_not_kept(tmp_path: Path) -> None:
    works, refused = read(
        tmp_path,
        "films.jsonl",
        json.dumps(
            {
                "title": "A film",
                "magnet": f"magnet:?xt=urn:btih:{SHA1}&dn=A.Film.by.somebody&tr=http%3A%2F%2Ftracker%2Fpasskey",
                "link": "https://pirate.example/a",
                "identifier": "https://pirate.example/b",
                "uploader": "somebody",
                "url": "https://user:pass@studio.example/film?utm_source=x",
            }
        ),
    )
    assert refused == []
    assert works == [WorkFacts(title="A film", identifiers=(f"infohash:{SHA1}", "url:https://studio.example/film"))]


def test_jsonl_values_of_every_type(tmp_path: Path) -> None:
    works, refused = read(
        tmp_path,
        "list.jsonl",
        '{"title": "A\\n\\ud800 B", "authors": [{"name": "X"}, "Y", null], "isbn": [9780306406157, "0-8044-2957-X"]}\n'
        "\n"
        '{"title": null, "isbn": 9780306406157.0, "year": 1999.0, "language": true, "publisher": {"x": 1}}\n'
        '{"isbn": true}\n'
        "[1]\n"
        "{nonsense\n"
        '{"isbn": null, "author": "nobody"}\n',
    )
    assert [(w.title, w.creator, w.identifiers, w.year) for w in works] == [
        ("A ? B", "X; Y", ("isbn:9780306406157", "isbn:9780804429573"), None),
        (None, None, ("isbn:9780306406157",), "1999"),
    ]
    assert [(r.place, r.reason) for r in refused] == [
        ("list.jsonl:4", "states neither a title nor an identifier"),
        ("list.jsonl:5", "is no JSON object"),
        ("list.jsonl:6", "is not JSON: Expecting property name enclosed in double quotes at column 2"),
        ("list.jsonl:7", "states neither a title nor an identifier"),
    ]


def test_a_bare_list_is_one_identifier_a_line(tmp_path: Path) -> None:
    works, refused = read(
        tmp_path,
        "list.txt",
        "\ufeff# comment, 9780306406157\n\n978 0 306 40615 7 - \r\n978030640615\n978-0-306-40615-8\nhello\n"
        f"btih:{SHA1}\nhttps://youtu.be/dQw4w9WgXcQ\n306406152\n",
    )
    assert [w.identifiers for w in works] == [
        ("isbn:9780306406157",), (f"infohash:{SHA1}",), ("youtube:dQw4w9WgXcQ",),
    ]  # fmt: skip
    assert [r.place for r in refused] == ["list.txt:4", "list.txt:5", "list.txt:6", "list.txt:9"]
    assert refused[0].reason == "no isbn: has 12 digits, an ISBN has 10 or 13"
    assert refused[1].reason == "no isbn: check digit is wrong"
    assert refused[2].reason.startswith("is none of isbn, doi")


def test_a_malformed_value_is_refused_and_the_work_is_kept(tmp_path: Path) -> None:
    works, refused = read(
        tmp_path,
        "list.csv",
        f"title,isbn,md5\nKept,9780306406158,{MD5}\n,9780306406158,\nFine,nan,NULL\n,,\nLong,1,2,3\nShort\n",
    )
    assert [(w.title, w.identifiers) for w in works] == [("Kept", (f"md5:{MD5}",)), ("Fine", ()), ("Short", ())]
    wrong = "isbn 9780306406158: check digit is wrong"
    assert refused == [
        Refused("list.csv:2", wrong, row=False),
        Refused("list.csv:3", wrong),
        Refused("list.csv:6", "has 4 cells, the header has 3"),
    ]


def test_an_open_quote_costs_one_row(tmp_path: Path) -> None:
    rows = [f'"Title {i}, with a comma",9780306406157' for i in range(1000)]
    rows[10] = '"Open,9780306406157'
    rows[500] = '"Broken"quote,9780306406157'
    rows[999] = '"At the end,9780306406157'
    works, refused = read(tmp_path, "list.csv", "title,isbn\n" + "\n".join(rows))
    assert [r.place for r in refused] == ["list.csv:12", "list.csv:502", "list.csv:1001"]
    assert len(works) == 997


def test_cells_over_several_lines_keep_the_numbers_of_the_lines(tmp_path: Path) -> None:
    works, refused = read(tmp_path, "list.csv", 'title,isbn\n"Two\nlines",9780306406157\n,1\n')
    assert works[0].title == "Two lines"
    assert refused[0].place == "list.csv:4"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_of_a_csv_is_the_one_that_gives_known_columns(tmp_path: Path, delimiter: str) -> None:
    content = f"\ufeffNo{delimiter}ISBN-13{delimiter}Title\n1{delimiter}9780306406157{delimiter}A\n"
    works, refused = read(tmp_path, "list.csv", content)
    assert (works, refused) == ([WorkFacts(title="A", identifiers=("isbn:9780306406157",))], [])


def test_two_columns_of_one_name_are_both_read(tmp_path: Path) -> None:
    works, _ = read(tmp_path, "list.tsv", "isbn\tisbn\n9780306406157\t0-8044-2957-X\n")
    assert works[0].identifiers == ("isbn:9780306406157", "isbn:9780804429573")


def test_utf_16_as_spreadsheets_write_it(tmp_path: Path) -> None:
    works, refused = read(tmp_path, "list.tsv", "title\tisbn\r\nÜber\t9780306406157\r\n".encode("utf-16"))
    assert (works[0].title, refused) == ("Über", [])


def test_a_row_in_another_encoding_is_refused_alone(tmp_path: Path) -> None:
    works, refused = read(tmp_path, "list.csv", "title\nfür\n".encode() + "für\n".encode("latin-1") + b"good\n")
    assert [w.title for w in works] == ["für", "good"]
    assert refused == [Refused("list.csv:3", "is not UTF-8")]


def test_a_line_without_end_is_refused_alone(tmp_path: Path) -> None:
    works, refused = read(tmp_path, "list.txt", "9780306406157\n" + "9" * 3_000_000 + "\n0-8044-2957-X\n")
    assert len(works) == 2
    assert refused == [Refused("list.txt:2", "line is longer than 1,048,576 characters")]


def test_titles_from_file_names_where_no_column_states_one(tmp_path: Path) -> None:
    works, refused = read(tmp_path, "list.csv", "fname\n./a/Aces_Abroad.txt\nDark-Kisses.txt\nu4616.txt\n419912.txt\n")
    assert [w.title for w in works] == ["Aces Abroad", "Dark Kisses"]
    assert len(refused) == 2


@pytest.mark.parametrize(
    ("year", "kept"), [("0", None), ("0000", None), ("1999", "1999"), ("1999-05-01", "1999"), ("c1890", "1890")]
)
def test_years(tmp_path: Path, year: str, kept: str | None) -> None:
    works, _ = read(tmp_path, "list.csv", f"title,year\nA,{year}\n")
    assert works[0].year == kept


@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_compressed_lists_and_truncated_ones(tmp_path: Path, ending: str) -> None:
    content = b"isbn\n" + b"9780306406157\n" * 20_000
    packed = gzip.compress(content) if ending == ".gz" else zstandard.compress(content)
    works, refused = read(tmp_path, "list.csv" + ending, packed)
    assert (len(works), refused) == (20_000, [])
    with pytest.raises(InputError, match=r"list\.csv\.(gz|zst): cannot be read") as caught:
        read(tmp_path, "list.csv" + ending, packed[: len(packed) * 2 // 3])
    assert str(tmp_path) not in str(caught.value)


def test_a_file_without_known_columns_names_those_it_has_and_those_that_are_known(tmp_path: Path) -> None:
    for name, content in [("list.csv", "a,b\n1,2\n"), ("list.jsonl", '{"a": 1, "b": 2}\n')]:
        with pytest.raises(InputError, match="no recognised column; the columns are: 'a', 'b'") as caught:
            read(tmp_path, name, content)
        assert "title, creator|author, isbn" in caught.value.advice
        assert caught.value.exit_code == 4


def test_an_empty_table_has_no_known_column(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the columns are: none"):
        read(tmp_path, "list.csv", "")


def test_what_is_no_list_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"list\.xlsx: a list ends in \.csv"):
        read(tmp_path, "list.xlsx", b"PK")
    with pytest.raises(InputError, match=r"gone\.csv: cannot be read: No such file"):
        list(read_list(tmp_path / "gone.csv"))
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match=r"folder\.csv: cannot be read"):
        list(read_list(tmp_path / "folder.csv"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([".csv", ".tsv", ".jsonl", ".txt"]), st.binary() | st.text('isbn,\n\r"97806;\t{}:#').map(str.encode)
)
def test_arbitrary_bytes_are_read_or_refused(tmp_path: Path, ending: str, content: bytes) -> None:
    for start in (b"", b"isbn,title\n", b'{"isbn": 1}\n', b"isbn\ttitle\r\n"):
        try:
            works, _ = read(tmp_path, "list" + ending, start + content)
        except FindspotError as error:
            assert "list" + ending in error.message  # noqa: PT017
        else:
            assert all(w.title or w.identifiers for w in works)


def works_csv(folder: Path, content: str) -> dict[str, WorkFacts]:
    path = folder / "works.csv"
    path.write_text(content, encoding="utf-8")
    return read_works_csv(path)


def test_facts_by_file(tmp_path: Path) -> None:
    assert works_csv(tmp_path, "File,title,author,isbn\n./a/b.txt,A,X,0306406152\nc\\d.txt,,,\n") == {
        "a/b.txt": WorkFacts(file="a/b.txt", title="A", creator="X", identifiers=("isbn:9780306406157",)),
        "c/d.txt": WorkFacts(file="c/d.txt"),
    }


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ("title\nA\n", UsageError, "no column 'file' in works.csv: the columns are: 'title'"),
        ("", UsageError, "no column 'file' in works.csv"),
        ("file\na.txt\nb.txt\n./a.txt\n", UsageError, "works.csv:4: file 'a.txt' is already in works.csv:2"),
        ("file,title\n,A\n", InputError, "works.csv:2: column 'file' is empty"),
        ("file,isbn\na.txt,1\n", InputError, "works.csv:2: isbn 1: has 1 digit, an"),
        ("file\na,b\n", InputError, "works.csv:2: has 2 cells, the header has 1"),
    ],
)
def test_a_works_csv_with_faults_is_refused_whole(
    tmp_path: Path, content: str, error: type[FindspotError], message: str
) -> None:
    with pytest.raises(error) as caught:
        works_csv(tmp_path, content)
    assert caught.value.message.startswith(message)
    assert caught.value.advice


def counted(path: Path) -> tuple[int, int, int, set[str]]:
    """Works, refused rows, refused values, distinct identifiers."""
    works = rows = values = 0
    found: set[str] = set()
    for item in read_list(path):
        if isinstance(item, WorkFacts):
            works += 1
            found.update(item.identifiers)
        elif item.row:
            rows += 1
        else:
            values += 1
    return works, rows, values, found


@pytest.mark.data
def test_the_books3_isbns(test_data: Path) -> None:
    works, rows, values, found = counted(test_data / "lists" / "books3" / "Books2_ISBNs.txt")
    assert (works, rows, values) == (130_525, 873, 0)  # + 4 comments or blank lines
    assert len(found) == 129_319  # unique and valid, as the list's description counts them


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "counts", "kinds"),
    [
        ("books3/jilltxt-test_isbns.txt", (13, 1, 0), {"isbn": 13}),
        ("bookcorpus/books_in_bookcorpus.csv", (2367, 8673, 0), {}),
        ("bookcorpus/bookcorpusopen_2020-08-27-epub_urls.txt", (18_060, 0, 0), {"url": 17_754}),
        ("films/condensed_movies.csv", (3631, 0, 0), {"imdb": 3631}),
        ("films/condensed_movies_clips.csv", (34_185, 0, 1), {"imdb": 3613, "youtube": 34_184}),
        ("libgen/libgenrs_fiction.csv", (100, 0, 0), {"md5": 100, "isbn": 3}),
        ("libgen/libgenrs_nonfiction.csv", (100, 0, 2), {"md5": 100, "isbn": 113, "doi": 5}),
        ("libgen/libgenrs_fiction_hashes.csv", (100, 0, 1), {"md5": 100, "sha1": 99, "sha256": 100}),
        ("libgen/libgenli_editions.csv", (11, 89, 0), {}),
        ("libgen/scihub_dois.csv", (27, 0, 0), {"doi": 27}),
        ("libgen/zlib_isbn.csv", (100, 0, 0), {"isbn": 47}),
    ],
)
def test_real_lists(test_data: Path, name: str, counts: tuple[int, int, int], kinds: dict[str, int]) -> None:
    *read, found = counted(test_data / "lists" / name)
    assert tuple(read) == counts
    seen: dict[str, int] = {}
    for identifier in found:
        kind = identifier.partition(":")[0]
        seen[kind] = seen.get(kind, 0) + 1
    assert seen == kinds


@pytest.mark.data
def test_the_facts_of_the_real_books(test_data: Path) -> None:
    works = read_works_csv(test_data / "works.csv")
    assert len(works) >= 469
    assert all(len(w.identifiers) == 1 and w.identifiers[0].startswith("sha256:") for w in works.values())
    assert works["books/en-us-gov/inaugural/1941-Roosevelt.txt"].year == "1941"
