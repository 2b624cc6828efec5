"""The manifest file: the facts and rows of its data, the same bytes each time, and a refusal of all that is odd."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from findspot.dataset import (
    SKETCHED_SCHEMA,
    ManifestHeader,
    ReadOptions,
    Subject,
    manifest,
    open_manifest,
    open_subject,
    write_manifest,
)
from findspot.errors import FindspotError, InputError, SchemeError, UsageError

from .writers import sketched

ROWS = [
    {"text": " ".join(f"w{n}" for n in range(900)), "url": "https://youtu.be/dQw4w9WgXcQ", "title": "One"},
    {"text": "", "title": "Two"},
    {"text": None, "url": "https://example.org/x", "isbn": "9780306406157"},
    {"text": "short", "isbn": "no"},
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS) + "bad line\n")
    return path


@pytest.fixture
def made(tmp_path: Path, data: Path) -> Path:
    return write_manifest(open_subject([data], ReadOptions()), tmp_path / "rows.manifest.parquet").path


def consumed(subject: Subject) -> list[dict[str, Any]]:
    batches = list(subject.batches())
    assert all(batch.schema == SKETCHED_SCHEMA for batch in batches)
    return [row for batch in batches for row in batch.to_pylist()]


def test_rows_and_facts_are_those_of_the_data(data: Path, made: Path) -> None:
    rows, facts = sketched(data)
    subject = open_subject([made], ReadOptions(scaled=1000))
    assert consumed(subject) == rows
    assert subject.facts() == facts
    assert facts.skipped == {"invalid JSON": 1}
    assert (subject.name, subject.scaled) == ("rows.jsonl", 64)


texts = st.lists(st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]))), max_size=12)


@settings(max_examples=40, deadline=None)
@given(texts=texts)
def test_facts_of_any_texts(texts: list[str | None]) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "rows.parquet"
        pq.write_table(pa.table({"text": pa.array(texts, pa.string())}), path)
        rows, facts = sketched(path, scaled=2)
        info = write_manifest(open_subject([path], ReadOptions(scaled=2, jobs=2)), Path(name) / "m")
        subject = open_manifest(info.path)
        assert consumed(subject) == rows
        assert subject.facts() == facts == info.facts


def test_header_stands_in_the_schema_metadata(made: Path) -> None:
    raw = pq.read_schema(made).metadata[b"findspot"]
    header = json.loads(raw)
    assert header["schema"] == "findspot.manifest/1"
    assert (header["records"], header["scaled"], header["k"]) == (4, 64, 8)
    assert header["inputs"][0]["name"] == "rows.jsonl"
    assert ManifestHeader.model_validate_json(raw) == open_manifest(made).header


def test_same_data_same_bytes(tmp_path: Path, data: Path, made: Path) -> None:
    again = write_manifest(open_subject([data], ReadOptions(jobs=3)), tmp_path / "again")
    assert again.path.read_bytes() == made.read_bytes()
    copy = write_manifest(open_manifest(made), tmp_path / "copy")
    assert copy.path.read_bytes() == made.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again", "copy", "rows.jsonl", "rows.manifest.parquet"]


def test_row_groups_are_bounded(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "_GROUP_ROWS", 1)
    others = [data.with_name(f"{number}.jsonl") for number in range(3)]
    for other in others:
        other.write_bytes(data.read_bytes())
    monkeypatch.setattr("findspot.dataset.fingerprint.BATCH_ROWS", 2)
    info = write_manifest(open_subject(others, ReadOptions()), tmp_path / "m")
    assert pq.ParquetFile(info.path).num_row_groups == 6
    consumed(open_manifest(info.path))


def test_no_text_is_in_the_file(made: Path) -> None:
    assert "text" not in pq.read_schema(made).names
    assert b"w17 w18" not in made.read_bytes()


def test_redaction_withholds_and_says_so(tmp_path: Path, data: Path) -> None:
    info = write_manifest(open_subject([data], ReadOptions()), tmp_path / "m", redact=["url", "title"])
    subject = open_manifest(info.path)
    rows = consumed(subject)
    assert subject.header.redacted == ("title", "url")
    assert {row["url"] for row in rows} == {row["title"] for row in rows} == {None}
    assert [row["identifiers"] for row in rows] == [["youtube:dQw4w9WgXcQ"], None, ["isbn:9780306406157"], None]
    assert subject.facts() == sketched(data)[1]  # the digest too: it is of the data
    content = info.path.read_bytes()
    assert b"example.org" not in content
    with pytest.raises(UsageError, match="already withholds"):
        write_manifest(subject, tmp_path / "n", redact=["source"])
    with pytest.raises(UsageError, match="record_id cannot be withheld"):
        write_manifest(open_subject([data], ReadOptions()), tmp_path / "n", redact=["record_id"])


def rewritten(path: Path, change: Any = None, header: Any = None, **columns: Any) -> Path:
    """The manifest with another header or other columns."""
    table = pq.read_table(path)
    meta = json.loads(table.schema.metadata[b"findspot"])
    for name, values in columns.items():
        index = table.schema.get_field_index(name)
        table = table.set_column(index, table.schema.field(index), pa.array(values, table.schema.field(index).type))
    table = change(table) if change else table
    meta = {**meta, **(header or {})}
    table = table.replace_schema_metadata({b"findspot": json.dumps(meta).encode()})
    pq.write_table(table, path)
    return path


def opened(path: Path) -> list[dict[str, Any]]:
    return consumed(open_manifest(path))


def test_rewriting_alone_changes_nothing(made: Path) -> None:
    assert opened(rewritten(made)) == opened(made)


@pytest.mark.parametrize(
    ("header", "error", "message"),
    [
        ({"schema": "findspot.manifest/9"}, SchemeError, r"findspot\.manifest/9.*findspot\.manifest/1"),
        ({"scheme": "fs0"}, SchemeError, r"fs0 \(k 8\).*fs1 \(k 8 or 5\)"),
        ({"k": 6}, SchemeError, r"fs1 \(k 6\).*fs1 \(k 8 or 5\)"),
        ({"records": 3}, InputError, "has 4 rows, its header states 3"),
        ({"records": -1}, InputError, "header field records"),
        ({"colour": "red"}, InputError, "header field colour"),
        ({"merkle_root": f"sha256:{'0' * 64}"}, InputError, "records are not those"),
        ({"scaled": 1 << 20}, InputError, "above the limit"),
    ],
)
def test_headers_that_are_refused(made: Path, header: Any, error: type[FindspotError], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        opened(rewritten(made, header=header))
    assert caught.value.advice


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"sha256": ["0" * 64] * 4}, "records are not those"),
        ({"sha256": ["x"] * 4}, "no SHA-256"),
        ({"positions": [[1], [], None, []]}, "differ in length"),
        ({"n_tokens": [-1] * 4}, "negative"),
    ],
)
def test_values_that_are_refused(made: Path, columns: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        opened(rewritten(made, **columns))


def test_columns_that_are_missing_or_of_another_type(made: Path) -> None:
    content = made.read_bytes()
    with pytest.raises(InputError, match="column sketch is missing"):
        opened(rewritten(made, lambda table: table.drop_columns("sketch")))
    made.write_bytes(content)
    with pytest.raises(InputError, match="column ordinal is string, not int64"):
        opened(rewritten(made, lambda t: t.set_column(2, "ordinal", t["ordinal"].cast(pa.string()))))


def test_damage_is_found_wherever_it_is(made: Path) -> None:
    content = made.read_bytes()
    rows, facts = opened(made), open_manifest(made).header.facts()
    made.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError):
        opened(made)
    for place in range(0, len(content), 7):
        made.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        try:
            found = opened(made)
        except (InputError, SchemeError):
            continue
        # What passes is in the file's footer: statistics, and words of the header that no digest covers.
        assert found == rows
        assert open_manifest(made).header.facts().digest == facts.digest


def test_what_is_no_manifest(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["a"]}), tmp_path / "m.manifest.parquet")
    with pytest.raises(InputError, match=r"m\.manifest\.parquet: is Parquet without the header"):
        open_subject([tmp_path / "m.manifest.parquet"], ReadOptions())
    with pytest.raises(UsageError, match="does not exist"):
        open_manifest(tmp_path / "absent")


def test_a_manifest_goes_alone(data: Path, made: Path) -> None:
    with pytest.raises(UsageError, match="together with other inputs"):
        open_subject([data, made], ReadOptions())


def test_a_manifest_among_data_is_not_read_as_data(data: Path, made: Path) -> None:
    made.rename(made.with_name("renamed.parquet"))
    rows, facts = sketched(data.parent)
    assert {row["shard"] for row in rows} == {"rows.jsonl"}
    assert facts.samples["file not read: is a manifest among data"] == ["renamed.parquet"]


def test_where_it_cannot_be_written(tmp_path: Path, data: Path) -> None:
    with pytest.raises(UsageError, match="folder does not exist"):
        write_manifest(open_subject([data], ReadOptions()), tmp_path / "no" / "m")
    with pytest.raises(UsageError, match="is a folder"):
        write_manifest(open_subject([data], ReadOptions()), tmp_path)


def test_an_unreadable_dataset_leaves_the_old_manifest(data: Path, made: Path) -> None:
    before = made.read_bytes()
    with pytest.raises(InputError):
        write_manifest(open_subject([data], ReadOptions(strict=True)), made)
    assert made.read_bytes() == before
    assert sorted(path.name for path in made.parent.iterdir()) == ["rows.jsonl", "rows.manifest.parquet"]


def test_a_full_disk_leaves_the_old_manifest(data: Path, made: Path) -> None:
    script = """
import resource, signal, sys
from pathlib import Path
from findspot.dataset import ReadOptions, open_subject, write_manifest
from findspot.errors import OutputError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
try:
    write_manifest(open_subject([Path(sys.argv[1])], ReadOptions()), Path(sys.argv[2]))
except OutputError as error:
    print(error.message)
"""
    before = made.read_bytes()
    done = subprocess.run([sys.executable, "-c", script, data, made], capture_output=True, text=True, check=True)
    assert "rows.manifest.parquet: cannot be written" in done.stdout
    assert done.stderr == ""
    assert made.read_bytes() == before
    assert sorted(path.name for path in made.parent.iterdir()) == ["rows.jsonl", "rows.manifest.parquet"]
