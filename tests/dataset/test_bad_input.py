"""Bad rows and bad files: each has a reason and a place, costs coverage, or is an error that names it."""

from __future__ import annotations

import gzip
import json
import os
import random
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from findspot.dataset import stream
from findspot.errors import InputError, UsageError

from .writers import packed, records, sketched

if TYPE_CHECKING:
    from pathlib import Path

BAD_LINES = {
    b'{"text": "a"': "invalid JSON",
    b"not json": "invalid JSON",
    b"[1, 2]": "row is not a JSON object",
    b"null": "row is not a JSON object",
    b"3": "row is not a JSON object",
    b'{"text": "a", "text": "b"}': "JSON key given twice",
    b'{"text": "a", "m": {"k": 1, "k": 2}}': "JSON key given twice",
    b'{"text": "a\x00b"}': "NUL byte",
    b'{"text": "\xff\xfe"}': "invalid UTF-8",
    b'{"text": "\\ud800"}': "text is not valid Unicode",
    b'{"text": 5}': "text is not a string",
    b'{"text": ["a"]}': "text is not a string",
    b'{"text": "a"} {"text": "b"}': "invalid JSON",
    b'{"text": ' + b"[" * 200_000 + b"]" * 200_000 + b"}": "JSON nested too deeply",
}


@pytest.mark.parametrize(("line", "reason"), BAD_LINES.items(), ids=[str(n) for n in range(len(BAD_LINES))])
def test_bad_json_lines(tmp_path: Path, line: bytes, reason: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"text": "good"}\n\n' + line + b'\r\n{"text": "last"}')
    rows, tally = records(path)
    assert [(row["text"], row["ordinal"]) for row in rows] == [("good", 0), ("last", 2)]
    assert tally.skipped == {reason: 1}
    assert tally.samples == {reason: ["rows.jsonl:3"]}
    with pytest.raises(InputError, match=f"rows.jsonl:3: {reason}"):
        records(path, strict=True)


BAD_CSV_ROWS = {
    b"1": "wrong number of fields",
    b"1,b,c": "wrong number of fields",
    b"1,\xff": "invalid UTF-8",
    b'1,"a"b': "text after a closing quotation mark",
}


@pytest.mark.parametrize(("line", "reason"), BAD_CSV_ROWS.items())
def test_bad_csv_rows(tmp_path: Path, line: bytes, reason: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b'id,text\n0,"two\nlines"\n' + line + b"\n2,last\n")
    rows, tally = records(path)
    assert [(row["text"], row["ordinal"]) for row in rows] == [("two\nlines", 0), ("last", 2)]
    assert tally.samples == {reason: ["rows.csv:4"]}
    with pytest.raises(InputError, match=f"rows.csv:4: {reason}"):
        records(path, strict=True)


def test_a_quotation_mark_never_closed(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('id,text\n0,good\n1,"open\n2,lost\n')
    rows, tally = records(path)
    assert [row["text"] for row in rows] == ["good"]
    assert tally.samples == {"quotation mark never closed": ["rows.csv:3"]}


def test_bad_utf8_in_parquet(tmp_path: Path) -> None:
    binary = pa.array([b"good", b"\xff", None, "é".encode()])
    text = pa.Array.from_buffers(pa.string(), 4, binary.buffers())
    pq.write_table(pa.table({"text": text}), tmp_path / "rows.parquet")
    rows, tally = records(tmp_path / "rows.parquet")
    assert [(row["text"], row["ordinal"]) for row in rows] == [("good", 0), (None, 2), ("é", 3)]
    assert tally.samples == {"text is not valid Unicode": ["rows.parquet:2"]}


def test_an_endless_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "LINE_CAP", 1 << 20)
    monkeypatch.setattr(stream, "BLOCK", 1 << 16)
    path = tmp_path / "rows.jsonl.zst"
    path.write_bytes(zstandard.compress(b'{"text": "a"}\n{"text": "' + b"a" * (3 << 20)))
    with pytest.raises(InputError, match=r"rows\.jsonl\.zst:2: line longer than 1 MiB"):
        records(path)


def cut(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


def parquet_bytes() -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"text": ["some text"] * 100}), sink)
    return bytes(sink.getvalue())


def arrow_bytes() -> bytes:
    sink = pa.BufferOutputStream()
    made = pa.table({"text": ["some text"] * 100})
    with pa.ipc.new_file(sink, made.schema) as writer:
        writer.write_table(made)
    return bytes(sink.getvalue())


LINES = b"".join(b'{"text": "%d"}\n' % number for number in range(3000))
BAD_FILES = {
    "empty.parquet": b"",
    "cut.parquet": cut(parquet_bytes()),
    "other.parquet": b"this is no parquet file at all",
    "cut.arrow": cut(arrow_bytes()),
    "empty.arrow": b"",
    "cut.jsonl.gz": cut(gzip.compress(LINES)),
    "cut.jsonl.zst": cut(zstandard.compress(LINES)),
    "head.jsonl.gz": b"\x1f\x8b\x08",
    "rows.parquet.gz": gzip.compress(parquet_bytes()),
    "binary.txt": b"\x7fELF\x00\x00\x01",
    "latin.txt": b"caf\xe9",
    "utf16.txt": "text".encode("utf-16"),
    "utf16.csv": "text\na\n".encode("utf-16"),
    "list.json": b'[{"text": "a"}, ',
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_alone_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(BAD_FILES[name])
    with pytest.raises(InputError, match=f"^{name}") as caught:
        sketched(tmp_path / name)
    assert caught.value.advice
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_among_good_ones_costs_coverage(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(BAD_FILES[name])
    (tmp_path / "good.jsonl").write_text('{"text": "a"}\n')
    rows, facts = sketched(tmp_path)
    assert "good.jsonl" in {row["shard"] for row in rows}
    assert len(facts.skipped) == 1
    [(reason, count)] = facts.skipped.items()
    assert reason.startswith("file not read: ")
    assert count == 1
    assert facts.samples[reason] == [name]
    assert 0 < facts.coverage < 1
    with pytest.raises(InputError, match=f"^{name}"):
        sketched(tmp_path, strict=True)


def test_nothing_but_bad_files(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"")
    (tmp_path / "b.txt").write_bytes(b"\x00")
    with pytest.raises(InputError, match=r"^a\.parquet"):
        sketched(tmp_path)


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.csv", "rows.tsv", "rows.jsonl.gz", "rows.csv.zst", "rows.json"])
@pytest.mark.parametrize("data", [b"", b"\n\n"])
def test_an_empty_file_is_an_empty_dataset(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(packed(name, data))
    rows, facts = sketched(tmp_path / name)
    assert rows == []
    assert facts.records == 0
    assert facts.coverage == 1.0


def test_a_folder_without_data_is_an_empty_dataset(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("words")
    _, facts = sketched(tmp_path)
    assert facts.records == 0
    assert facts.notes == {"file of no known format (not read)": 1}


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="absent does not exist"):
        sketched(tmp_path / "absent")


@pytest.mark.parametrize(
    "options", [{"input_format": "xml"}, {"encoding": "klingon"}, {"encoding": "hex"}, {"scaled": 0}]
)
def test_options_that_make_no_sense(tmp_path: Path, options: dict[str, str | int]) -> None:
    (tmp_path / "rows.jsonl").write_text('{"text": "a"}\n')
    with pytest.raises(UsageError):
        sketched(tmp_path / "rows.jsonl", **options)


def test_links_in_circles(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("words")
    (tmp_path / "self.txt").symlink_to(tmp_path / "self.txt")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    rows, facts = sketched(tmp_path)
    assert [row["record_id"] for row in rows] == ["good.txt"]
    assert {place for places in facts.samples.values() for place in places} == {"self.txt", "sub/up"}
    assert facts.coverage < 1
    with pytest.raises(InputError, match=r"self\.txt: cannot be opened"):
        sketched(tmp_path / "self.txt")


def test_what_is_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    with pytest.raises(InputError, match=r"pipe\.jsonl: is no regular file"):
        sketched(tmp_path / "pipe.jsonl")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "a"}\n')
    path.chmod(0)
    with pytest.raises(InputError, match=r"rows\.jsonl: cannot be read: Permission denied"):
        sketched(path)


def test_format_is_found_by_content_before_name(tmp_path: Path) -> None:
    (tmp_path / "rows.txt").write_bytes(parquet_bytes())
    assert len(records(tmp_path / "rows.txt")[0]) == 100
    (tmp_path / "rows.data").write_bytes(b'{"text": "a"}\n')
    assert len(records(tmp_path / "rows.data")[0]) == 1
    (tmp_path / "unknown").write_bytes(b"words")
    with pytest.raises(UsageError, match="unknown: cannot tell its format") as caught:
        records(tmp_path / "unknown")
    assert "--input-format" in caught.value.advice
    assert records(tmp_path / "unknown", input_format="txt")[0][0]["text"] == "words"


def test_coverage_falls_by_the_bytes_that_were_not_read(tmp_path: Path) -> None:
    (tmp_path / "good.jsonl").write_text('{"text": "a"}\n' * 10)
    size = (tmp_path / "good.jsonl").stat().st_size
    (tmp_path / "other.jsonl").write_text(json.dumps({"unknown": "x" * (3 * size - 16)}) + "\n")
    _, facts = sketched(tmp_path)
    assert [file.bytes for file in facts.inputs] == [size, 3 * size]
    assert facts.coverage == pytest.approx(0.25)


def test_a_file_that_breaks_off_counts_for_what_came_out(tmp_path: Path) -> None:
    noise = random.Random(5)
    lines = "".join(json.dumps({"text": noise.randbytes(3000).hex()}) + "\n" for _ in range(8000))
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(lines.encode(), 1)[:-10_000_000])
    (tmp_path / "good.jsonl").write_text('{"text": "a"}\n')
    rows, facts = sketched(tmp_path)
    assert 1000 < len(rows) < 8000
    assert 0.2 < facts.coverage < 0.95
    with pytest.raises(InputError, match="Truncated"):
        sketched(tmp_path / "cut.jsonl.gz")


def test_reasons_stay_few(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("words")
    for number in range(40):  # Arrow's messages name the number of bytes that are missing
        (tmp_path / f"{number:02}.arrow").write_bytes(b"\xff\xff\xff\xff" + (1000 + number).to_bytes(4, "little"))
    _, facts = sketched(tmp_path)
    assert sum(facts.skipped.values()) == 40
    assert len(facts.skipped) == 21
    assert facts.skipped["file not read: for other reasons"] == 20
