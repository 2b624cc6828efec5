"""Labelled data in a folder: what is found, what is named as missing, what is refused."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from findspot.errors import InputError
from findspot.evaluation import read_layout

from .samples import write_layout

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_layout(tmp_path / "data")


def test_everything_is_found(folder: Path) -> None:
    material = read_layout(folder)
    assert (material.name, len(material.texts), material.languages) == ("data", 10, ("en",))
    assert [pair.noise for pair in material.pairs] == ["edition", None]
    (scan,) = material.scans
    assert (scan.language, len(scan.read())) == ("en", 24)
    assert scan.read()[0][0] != scan.read()[0][1]
    assert len(material.listed) == 12
    assert material.left_out == []
    assert material.texts[1].read().split()[0]


def test_the_digest_is_that_of_names_and_contents(folder: Path, tmp_path: Path) -> None:
    first = read_layout(folder).digest
    shutil.copytree(folder, tmp_path / "elsewhere")
    assert read_layout(tmp_path / "elsewhere", "other name").digest == first
    with (folder / "books/en-made/book-3.txt").open("a") as stream:
        stream.write("x")
    assert read_layout(folder).digest != first


@pytest.mark.parametrize(
    ("gone", "left", "named"),
    [
        ("pairs.csv", {"texts": 10, "pairs": 0, "scans": 1}, "pairs.csv"),
        ("ocr", {"texts": 10, "pairs": 2, "scans": 0}, "ocr/"),
        ("works.csv", {"texts": 0, "pairs": 0, "scans": 1}, "works.csv"),
        ("books/en-made/book-3.txt", {"texts": 9, "pairs": 2, "scans": 1}, "book-3.txt"),
        ("editions", {"texts": 10, "pairs": 0, "scans": 1}, "first.txt"),
    ],
)
def test_missing_parts_are_named_and_left_out(folder: Path, gone: str, left: dict[str, int], named: str) -> None:
    path = folder / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    material = read_layout(folder)
    assert {name: len(getattr(material, name)) for name in left} == left
    assert any(named in part for part in material.left_out)


def test_pages_may_name_several_engines_and_whole_texts_stand_beside(folder: Path) -> None:
    pages = [{"page": "1", "lang": "de", "gt": "wahr", "abbyy": "wabr", "tesseract": "w4hr"}]
    (folder / "ocr/a.pages.jsonl").write_text("".join(json.dumps(p) + "\n" for p in pages))
    for name in ("a.gt.txt", "a.abbyy.txt", "b.gt.txt", "b.one.txt", "b.two.txt"):
        (folder / "ocr" / name).write_text(name)
    scans = {scan.name: scan for scan in read_layout(folder).scans}
    assert sorted(scans) == [
        "ocr/a.pages.jsonl abbyy",
        "ocr/a.pages.jsonl tesseract",
        "ocr/b.gt.txt b.one.txt",
        "ocr/b.gt.txt b.two.txt",
        "ocr/made/scan.jsonl ocr",
    ]
    assert scans["ocr/a.pages.jsonl abbyy"].read() == [("wahr", "wabr")]
    assert scans["ocr/b.gt.txt b.two.txt"].read() == [("b.gt.txt", "b.two.txt")]


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("works.csv", "name,title\na,b\n", r"works\.csv: has no column file"),
        ("pairs.csv", "a,b\nx,y\n", r"pairs\.csv: has no column relation"),
        ("works.csv", b"file\n\xff\xfe\n", r"works\.csv: cannot be read"),
        ("ocr/bad.jsonl", '{"gs": "a", "ocr": "b"}\nno json\n', r"bad\.jsonl:2"),
        ("ocr/bad.jsonl", "[1]\n", r"bad\.jsonl:1"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(
    folder: Path, file: str, content: str | bytes, message: str
) -> None:
    (folder / file).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InputError, match=message):
        [scan.read() for scan in read_layout(folder).scans]


def test_a_folder_without_labelled_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no labelled data .*works\.csv"):
        read_layout(tmp_path)
    with pytest.raises(InputError, match="is no folder"):
        read_layout(tmp_path / "none")


def test_names_that_lead_out_of_the_folder_are_left_out(folder: Path) -> None:
    with (folder / "works.csv").open("a") as stream:
        stream.write("../secret.txt,Secret,,en,\n/etc/passwd.txt,Other,,en,\n")
    (folder.parent / "secret.txt").write_text("secret")
    material = read_layout(folder)
    assert len(material.texts) == 10
    assert sum("no such file" in part for part in material.left_out) == 2
