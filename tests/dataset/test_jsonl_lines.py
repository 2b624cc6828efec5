"""Lines of JSON parsed where they stand in a block: the same as each line parsed by itself, whatever is on them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from findspot.dataset import read_jsonl
from findspot.dataset.read_jsonl import Line, _lines, _parsed

USUAL = [
    b'{"id": 1, "text": "a"}',
    '{"text": "“tr\u00e8s” \\n \\ud83d\\ude00"}'.encode(),
    b'{"a": {"b": [1, {"c": null}]}}',
]
ODD = [
    *(
        b"",
        b" ",
        b"\t",
        b"null",
        b"7",
        b'"{}"',
        b"[]",
        b"[{}]",
        b"{",
        b"}",
        b"{}{}",
        b'{"a": 1} {"a": 2}',
        b'{"a": 1},',
    ),
    *(
        b' {"a": 1}',
        b'{"a": 1} ',
        b'{"a": 1}\r',
        b'{"a": 1}\r\r',
        b"\r",
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
    ),
    *(b'{"a":', b"1}", b'{"a": "', b'"}', b'{"a": [', b"]}", b'{"a": "\t"}', b'{"a": "\x00"}', b"\x00", b"{'a': 1}"),
    *(b'{"a": NaN}', b'{"a": 1e999}', b'{"a": "\\ud800"}', b'{"a": "\xff"}', b"\xef\xbb\xbf{}", b"{}\x0b", b"{}\x85"),
    *(b"{}\xe2\x80\xa8", b'{"a": "\xe2\x80\xa8"}', b"\xc2\xa0", b'{"a":' * 2000, b"[" * 2000, b"{" * 20),
]


def one_by_one(block: bytes) -> list[Line]:
    return [_parsed(line) for line in block.removesuffix(b"\n").split(b"\n")] if block else []


def outcomes(lines: list[Line]) -> list[tuple[str, str]]:
    """Objects as text, so that NaN equals itself and -0.0 is not 0."""
    return [(json.dumps(made), reason) for made, _, reason in lines]


@given(st.lists(st.sampled_from(USUAL) | st.sampled_from(ODD), max_size=12), st.booleans())
def test_any_lines_are_read_as_if_each_stood_alone(lines: list[bytes], ended: bool) -> None:
    block = b"\n".join(lines) + b"\n" * ended
    assert outcomes(list(_lines(block))) == outcomes(one_by_one(block))


@given(st.lists(st.text(st.sampled_from('{}[]",:a1 \\\r\n'), max_size=12).map(str.encode), max_size=6))
def test_any_characters_are_read_as_if_each_line_stood_alone(parts: list[bytes]) -> None:
    block = b"\n".join(parts)
    assert outcomes(list(_lines(block))) == outcomes(one_by_one(block))


def test_usual_lines_take_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_jsonl, "_parsed", lambda line: pytest.fail(f"{line!r} was parsed by itself"))
    made = [made for made, _, _ in _lines(b'{"a": 1}\n{"a": "\xc3\xa9"}\r\n{}')]
    assert made == [{"a": 1}, {"a": "é"}, {}]


def test_objects_over_several_lines_are_not_parsed_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []

    def scan(text: str, start: int) -> tuple[dict[str, object], int]:
        begun.append(start)
        return {}, len(text)

    monkeypatch.setattr(read_jsonl, "_scan", scan)
    assert len(list(_lines(b'{"a":\n' * 10_000))) == 10_000
    assert len(begun) < 100
