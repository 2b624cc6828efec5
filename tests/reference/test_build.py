"""Building a release: what goes into its files, what is refused, and that the same sources make the same bytes."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from findspot.errors import InputError, UsageError
from findspot.identity import key64
from findspot.reference import Built, make_facts, read_release, verify_files
from findspot.reference import build as building
from findspot.reference.release import POSTINGS_SCHEMA, WORKS_SCHEMA, Space
from findspot.reference.sources import read_works
from findspot.sketch import sketch_column

if TYPE_CHECKING:
    from pathlib import Path

Build = Any  # Callable[..., Built]
Text = Any  # Callable[..., str]

FACTS = {
    "slug": "shadow", "title": "T", "kind": "books", "status": "pirated", "as_of": "2020", "release": "1",
}  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def works(folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(folder / "works.parquet").to_pylist()
    return rows


def test_files_hold_what_the_sources_say(tmp_path: Path, build: Build, text_of: Text) -> None:
    texts = {"a/one.txt": text_of(1), "two.txt": text_of(2, 900), "short.txt": "seven words are not enough for one"}
    lists = {
        "list.csv": "title,author,isbn\nListed,Someone,0306406152\n",
        "list.jsonl": '{"title": "Filmed", "youtube_id": "dQw4w9WgXcQ"}\n',
        "list.txt": "10.1000/182\n",
    }
    (tmp_path / "works.csv").write_text(
        "file,title,creator,isbn,year,publisher,language\na/one.txt,One,X,080442957X,1999,P,en\ntwo.txt,,,,,,\n",
        encoding="utf-8",
    )
    built: Built = build(texts=texts, lists=lists, works_csv=tmp_path / "works.csv", references=("Docket 1",))
    folder = tmp_path / "release"
    assert sorted(contents(folder)) == ["postings.parquet", "release.json", "works.parquet"]
    info, digest = read_release(folder)
    assert (info, digest) == (built.info, built.digest)
    assert digest == "sha256:" + hashlib.sha256((folder / "release.json").read_bytes()).hexdigest()
    verify_files(folder, info)
    assert (info.works, info.fingerprinted, info.too_short, info.references) == (6, 2, 1, ("Docket 1",))
    assert built.refused == ()

    assert pq.read_schema(folder / "works.parquet").equals(WORKS_SCHEMA)
    rows = works(folder)
    assert [(w["title"], w["creator"], w["n_tokens"]) for w in rows] == [
        ("One", "X", 2000), ("short", None, 7), ("two", None, 900),
        ("Listed", "Someone", None), ("Filmed", None, None), (None, None, None),
    ]  # fmt: skip
    assert (rows[0]["year"], rows[0]["publisher"], rows[0]["language"]) == ("1999", "P", "en")
    digests = {name: hashlib.new(name, texts["a/one.txt"].encode()).hexdigest() for name in ("md5", "sha1", "sha256")}
    assert rows[0]["identifiers"] == ["isbn:9780804429573", *(f"{name}:{value}" for name, value in digests.items())]
    assert len({w["work_id"] for w in rows}) == 6

    expected = {(int(Space.IDENTIFIER), key64(i), row, 0) for row, w in enumerate(rows) for i in w["identifiers"]}
    assert len(expected) == info.identifiers
    for row, name in [(0, "a/one.txt"), (2, "two.txt")]:
        sketch = sketch_column(pa.array([texts[name]], pa.large_string()), 64)
        assert rows[row]["n_hashes"] == len(sketch.hashes) > 0
        pairs = zip(sketch.hashes.tolist(), sketch.positions.tolist(), strict=True)
        expected |= {(int(Space.TEXT_SHINGLE), key, row, position) for key, position in pairs}
    table = pq.read_table(folder / "postings.parquet")
    assert table.schema.equals(POSTINGS_SCHEMA)
    found = list(zip(*(table[name].to_pylist() for name in table.column_names), strict=True))
    assert found == sorted(expected)
    assert info.postings == len(found)


def test_no_text_is_in_a_release(tmp_path: Path, build: Build, text_of: Text) -> None:
    build(texts={"one.txt": text_of(1, 5000)}, scaled=1)
    cells = json.dumps(works(tmp_path / "release")) + (tmp_path / "release" / "release.json").read_text(
        encoding="utf-8"
    )
    assert [word for word in set(text_of(1, 5000).split()) if word in cells] == []


def test_the_same_sources_make_the_same_bytes(
    tmp_path: Path, build: Build, text_of: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "_BATCH_CHARACTERS", 20_000)  # several batches
    texts = {f"{i:02d}.txt": text_of(i, 300 + 40 * i) for i in range(20)}
    lists = {"list.csv": "title,isbn\n" + "".join(f"Title {i},\n" for i in range(500))}
    done: list[int] = []
    build("first", texts, lists, progress=done.append)
    assert len(done) > 3
    assert done == sorted(done)
    assert done[-1] == 520
    first = contents(tmp_path / "first")
    for jobs in (1, 2, 7):
        build("again", texts, lists, jobs=jobs)
        assert contents(tmp_path / "again") == first
    build("other", {**texts, "00.txt": text_of(99)}, lists)
    assert contents(tmp_path / "other")["release.json"] != first["release.json"]


def test_a_work_keeps_its_id_from_release_to_release(tmp_path: Path, build: Build) -> None:
    build("old", lists={"old.csv": "title,isbn\nA,0306406152\n"})
    build("new", lists={"new.csv": "title,isbn\nB,\nA,0306406152\n"}, release="2")
    assert works(tmp_path / "new")[1]["work_id"] == works(tmp_path / "old")[0]["work_id"]


def test_what_cannot_be_used_is_refused_with_its_reason(tmp_path: Path, build: Build, text_of: Text) -> None:
    texts = {
        "b.txt": b"",
        "c.txt": b" \n\xe2\x80\x83",
        "d.txt": b"\xef\xbb\xbf",
        "e.txt": b"text\0text",
        "f.txt": "für immer".encode("latin-1"),
        "g.txt": b"\xff\xfea",
        "kept.txt": text_of(1),
        "utf16.txt": "geöffnet ".encode("utf-16"),
        "README.md": b"no work",
        "folder.txt/within.txt": b"one two",
    }
    folder = tmp_path / "release-texts"
    folder.mkdir()
    (folder / "gone.txt").symlink_to("nowhere")
    os.mkfifo(folder / "pipe.txt")
    (tmp_path / "works.csv").write_text("file,title\nkept.txt,Kept\nmissing.txt,M\nb.txt,B\n", encoding="utf-8")
    built: Built = build(texts=texts, lists={"l.csv": "isbn\n1\n0306406152\n"}, works_csv=tmp_path / "works.csv")
    assert [(r.place, r.reason) for r in built.refused] == [
        ("b.txt", "is empty"),
        ("c.txt", "is empty"),
        ("d.txt", "is empty"),
        ("e.txt", "is no text: it holds NUL characters"),
        ("f.txt", "is not UTF-8 (byte 1): convert it first"),
        ("g.txt", "is not UTF-16 (byte 2): convert it first"),
        ("gone.txt", "is a link to nothing"),
        ("pipe.txt", "is no file"),
        ("l.csv:2", "isbn 1: has 1 digit, an ISBN has 10 or 13"),
        (f"{tmp_path / 'works.csv'}: missing.txt", "no such file in the sources"),
    ]
    assert [w["title"] for w in works(tmp_path / "release")] == ["within", "Kept", "utf16", None]


def test_a_file_whose_name_is_no_utf_8(tmp_path: Path, build: Build, text_of: Text) -> None:
    folder = tmp_path / "release-texts"
    folder.mkdir()
    try:
        (folder / os.fsdecode(b"f\xfcr_immer.txt")).write_text(text_of(1), encoding="utf-8")
    except OSError:
        pytest.skip("this file system refuses such names")
    build(texts={})
    assert works(tmp_path / "release")[0]["title"] == "f\ufffdr immer"


def test_a_work_stated_twice_is_taken_once(build: Build) -> None:
    row = "A,0306406152\n"
    built: Built = build(lists={"a.csv": f"title,isbn\n{row}{row}A,\n", "b.csv": f"title,isbn\n{row}"})
    assert (built.info.works, built.duplicates) == (2, 2)


def test_hashes_that_too_many_works_share_are_left_out(
    tmp_path: Path, build: Build, text_of: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "STOP_ABOVE", 2)
    shared = {"a.txt": text_of(1) + " " + text_of(2), "b.txt": text_of(1) + " " + text_of(3)}
    build("alone", {"c.txt": text_of(1)}, scaled=8)
    build("two", shared, scaled=8)
    built: Built = build("three", {**shared, "c.txt": text_of(1)}, scaled=8)
    alone, two, three = ([w["n_hashes"] for w in works(tmp_path / name)] for name in ("alone", "two", "three"))
    assert built.info.stopped == alone[0] > 100
    assert three == [two[0] - alone[0], two[1] - alone[0], 0]
    assert built.info.fingerprinted == 2


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ("title\nA\n", UsageError, "no column 'file' in works.csv: the columns are: 'title'"),
        ("file\na.txt\na.txt\n", UsageError, "works.csv:3: file 'a.txt' is already in works.csv:2"),
        ("file,isbn\na.txt,1\n", InputError, "works.csv:2: isbn 1: has 1 digit"),
    ],
)
def test_a_works_csv_with_faults(
    tmp_path: Path, build: Build, content: str, error: type[Exception], message: str
) -> None:
    (tmp_path / "works.csv").write_text(content, encoding="utf-8")
    with pytest.raises(error, match=f"^{message}"):
        build(texts={"a.txt": "text"}, works_csv=tmp_path / "works.csv")
    assert not (tmp_path / "release").exists()


def test_sources_that_cannot_be_used(tmp_path: Path, build: Build) -> None:
    with pytest.raises(
        InputError, match=r"no work in .*release-texts can be used \(1 refused; the first: a\.txt: is empty\)"
    ):
        build(texts={"a.txt": ""})
    with pytest.raises(InputError, match=r"no work in .* can be used \(0 refused\)"):
        build("none", texts={"a.md": "text"})
    with pytest.raises(InputError, match=r"a\.csv: no recognised column"):
        build(texts={"b.txt": "some text"}, lists={"a.csv": "x,y\n1,2\n"})
    with pytest.raises(UsageError, match=r"gone does not exist") as caught:
        building.build_release(make_facts(**FACTS), [tmp_path / "gone"], tmp_path / "release")
    assert caught.value.advice == "Give folders of .txt files or lists of works."
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "none-texts", "release-texts"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"slug": "Shadow Library"}, "SLUG 'Shadow Library': expected up to 100 lower-case letters"),
        ({"slug": "../up"}, "SLUG '../up'"),
        ({"slug": "x" * 101}, "SLUG 'xxx"),
        ({"slug": "shadow\n"}, "SLUG 'shadow\\n'"),
        ({"kind": "book"}, "--kind 'book': expected one of books, papers, video, film, music, mixed"),
        ({"status": "stolen"}, "--status 'stolen': expected one of pirated, scraped, disputed, licensed, commons"),
        ({"as_of": "last year"}, "--as-of 'last year': expected a date: YYYY, YYYY-MM or YYYY-MM-DD"),
        ({"as_of": "2020-02-30"}, "--as-of '2020-02-30'"),
        ({"as_of": "2020-13"}, "--as-of '2020-13'"),
        ({"as_of": "0000"}, "--as-of '0000'"),
        ({"as_of": "٢٠٢٠"}, "--as-of '٢٠٢٠'"),
        ({"release": "a/b"}, "--release 'a/b'"),
        ({"release": ".."}, "--release '..'"),
        ({"title": ""}, "--title ''"),
    ],
)
def test_facts_that_make_no_sense_name_their_option(wrong: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_facts(**{**FACTS, **wrong})
    assert caught.value.message.startswith(message)
    assert "--help" in caught.value.advice


@pytest.mark.parametrize("as_of", ["2020", "2020-02", "2020-02-29"])
def test_dates(as_of: str) -> None:
    assert make_facts(**{**FACTS, "as_of": as_of}).as_of == as_of


def test_a_list_without_identifiers_makes_a_release_without_postings(tmp_path: Path, build: Build) -> None:
    built: Built = build(lists={"l.csv": "title\nA\nB\n"})
    assert (built.info.works, built.info.postings) == (2, 0)
    assert works(tmp_path / "release")[0]["n_tokens"] is None


def test_facts_of_a_file_without_a_title_take_it_from_the_name(tmp_path: Path) -> None:
    (tmp_path / "texts" / "deep").mkdir(parents=True)
    (tmp_path / "texts" / "deep" / "A_long__title.txt").write_text("words", encoding="utf-8")
    (tmp_path / "texts" / "_.txt").write_text("words", encoding="utf-8")
    found = [work.facts for work in read_works([tmp_path / "texts"], None, [])]
    assert [(f.file, f.title) for f in found] == [("_.txt", "_.txt"), ("deep/A_long__title.txt", "A long title")]
