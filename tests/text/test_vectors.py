"""The published vectors: kernel and plain implementation are held to them, and they hold what the page says."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import struct
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from findspot.sketch import sketch_column
from findspot.text import SCHEME, UNICODE_VERSION, K

_SPEC = importlib.util.spec_from_file_location("fs1_vectors", Path(__file__).with_name("vectors.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
made = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(made)

PUBLISHED: dict[str, Any] = json.loads(made.PATH.read_text("ascii"))
SHORT = [v for v in PUBLISHED["vectors"] if "text" in v]
LONG = [v for v in PUBLISHED["vectors"] if "repeat" in v]


def named(vector: dict[str, Any]) -> str:
    return str(vector["name"])


def test_they_are_of_this_scheme() -> None:
    assert (PUBLISHED["scheme"], PUBLISHED["unicode"], PUBLISHED["k"]) == (SCHEME, UNICODE_VERSION, K)
    assert {named(v) for v in SHORT} == {*made.TEXTS, "prose, sampled"}
    assert {named(v) for v in LONG} == set(made.LONG)


@pytest.mark.parametrize("vector", SHORT, ids=named)
def test_plain_implementation(vector: dict[str, Any]) -> None:
    assert {"name": vector["name"], "text": vector["text"], **made.vector(vector["text"], vector["scaled"])} == vector


@pytest.mark.parametrize("vector", SHORT, ids=named)
def test_kernel(vector: dict[str, Any]) -> None:
    got = sketch_column(pa.array([vector["text"]]), vector["scaled"])
    assert (got.n_tokens[0], got.weights[0]) == (vector["n_tokens"], vector["weight"])
    assert [f"{h:016x}" for h in got.hashes.tolist()] == vector["hashes"]
    assert got.positions.tolist() == vector["positions"]
    assert f"{int(got.wholes[0]):016x}" == (vector["whole"] or "0" * 16)


@pytest.mark.parametrize("vector", LONG, ids=named)
def test_kernel_on_long_texts(vector: dict[str, Any]) -> None:
    text = made.long_text(vector["repeat"], vector["times"])
    got = sketch_column(pa.array([text], pa.large_string()), vector["scaled"])
    assert (got.n_tokens[0], got.weights[0], len(got.hashes)) == tuple(
        vector[name] for name in ("n_tokens", "weight", "n_hashes")
    )
    head = struct.pack("<4s3I2Q", b"FS1\0", K, vector["scaled"], len(got.hashes), got.n_tokens[0], got.weights[0])
    data = head + got.hashes.astype("<u8").tobytes() + got.positions.astype("<u4").tobytes()
    assert hashlib.sha256(data).hexdigest() == vector["sha256"]


@pytest.mark.slow
def test_the_file_is_what_the_plain_implementation_writes() -> None:
    assert made.to_json(made.document()) == made.PATH.read_text("ascii")


def test_spellings_meet() -> None:
    hashes = {v["name"]: v["hashes"] for v in SHORT}
    assert hashes["composed"] == hashes["decomposed"]
    assert hashes["Chinese"] == hashes["Chinese, traditional"]
    assert hashes["Japanese"] == hashes["Japanese with ruby"]
    assert hashes["seven words: too short"] == []
    assert hashes["eight words: one shingle"] == hashes["prose"][-1:]
