"""Uploads: named by their bytes, checked to the end, refused with a reason."""

from __future__ import annotations

import hashlib
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest

from findspot.api.settings import Settings
from findspot.dataset import ReadOptions, open_subject

from .conftest import PARQUET, World, problem, running, upload

if TYPE_CHECKING:
    from pathlib import Path

    import httpx


def files(home: Path) -> list[Path]:
    return [path for path in (home / "blobs").rglob("*") if path.is_file()]


def test_an_upload_is_named_by_its_bytes_and_twice_is_once(home: Path, world: World) -> None:
    content = world.manifest.read_bytes()
    with running(Settings(home=home)) as client:
        first = client.post("/v1/manifests", content=content, headers=PARQUET)
        again = client.post("/v1/manifests", content=content, headers=PARQUET)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()
        made = first.json()
        assert made["digest"] == "sha256:" + hashlib.sha256(content).hexdigest()
        assert first.headers["location"] == f"/v1/manifests/{made['digest']}" == made["links"]["self"]
        assert client.get(first.headers["location"]).json() == made
    assert len(files(home)) == 1


def test_the_facts_are_those_of_the_data(service: httpx.Client, world: World) -> None:
    subject = open_subject([world.data], ReadOptions())
    for _ in subject.batches():
        pass
    facts = subject.facts()
    made = service.get(f"/v1/manifests/{upload(service, world.manifest)}").json()
    assert (made["records"], made["tokens"], made["bytes"], made["subject_digest"], made["scheme"]) == (
        facts.records,
        facts.tokens,
        facts.bytes,
        facts.digest,
        subject.scheme,
    )
    assert made["size"] == world.manifest.stat().st_size


def test_the_same_upload_from_many_at_once(home: Path, world: World) -> None:
    content = world.manifest.read_bytes()
    with running(Settings(home=home)) as client, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.post("/v1/manifests", content=content, headers=PARQUET), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["digest"] for answer in answers}) == 1
    assert len(files(home)) == 1


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_truncated_manifest_is_refused_and_not_kept(home: Path, world: World, share: float) -> None:
    content = world.manifest.read_bytes()
    with running(Settings(home=home)) as client:
        document = problem(
            client.post("/v1/manifests", content=content[: int(len(content) * share)], headers=PARQUET), 422
        )
        assert "upload" in document["detail"]
        assert str(home) not in document["detail"]
        assert ".part" not in document["detail"]
    assert files(home) == []


def test_a_manifest_damaged_inside_is_refused(home: Path, world: World) -> None:
    content = bytearray(world.manifest.read_bytes())
    for at in range(200, len(content) // 2, 97):
        content[at] ^= 0xFF
    with running(Settings(home=home)) as client:
        problem(client.post("/v1/manifests", content=bytes(content), headers=PARQUET), 422)
    assert files(home) == []


def test_an_upload_that_breaks_off_leaves_nothing(home: Path) -> None:
    with running(Settings(home=home)) as client:
        with socket.create_connection((client.base_url.host, client.base_url.port or 0)) as wire:
            head = "POST /v1/manifests HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n"
            wire.sendall((head + f"Content-Type: {PARQUET['Content-Type']}\r\n\r\n").encode() + b"x" * 1000)
            while not files(home):
                time.sleep(0.01)
        while files(home):
            time.sleep(0.01)
        assert client.get("/readyz").status_code == 200


def test_a_removed_manifest_is_gone(home: Path, world: World) -> None:
    with running(Settings(home=home)) as client:
        digest = upload(client, world.manifest)
        assert client.delete(f"/v1/manifests/{digest}").status_code == 204
        problem(client.get(f"/v1/manifests/{digest}"), 404)
        problem(client.post("/v1/audits", json={"manifest": digest}), 404)
    assert files(home) == []


@pytest.mark.parametrize("media", ["application/x-ndjson", "application/jsonl", "application/x-ndjson; charset=utf-8"])
def test_a_small_dataset_is_fingerprinted_here(service: httpx.Client, world: World, media: str) -> None:
    answer = service.post("/v1/manifests", content=world.data.read_bytes(), headers={"Content-Type": media})
    assert answer.status_code in (200, 201), answer.text
    by_manifest = service.get(f"/v1/manifests/{upload(service, world.manifest)}").json()
    assert answer.json()["subject_digest"] == by_manifest["subject_digest"]
    again = service.post("/v1/manifests", content=world.data.read_bytes(), headers={"Content-Type": media})
    assert (again.status_code, again.json()["digest"]) == (200, answer.json()["digest"])


def test_an_upload_has_the_sensitivity_that_is_asked_for(home: Path) -> None:
    table = b"text\none two three four five six seven eight nine ten\n"
    headers = {"Content-Type": "text/csv"}
    with running(Settings(home=home)) as client:
        post = partial(client.post, "/v1/manifests", content=table, headers=headers)
        assert [post(params={"sensitivity": each}).json()["scaled"] for each in ("normal", "high")] == [64, 16]
        document = problem(post(params={"sensitivity": "hihg"}), 422)
        assert "there is no sensitivity 'hihg'" in document["detail"]


def test_a_manifest_of_another_sensitivity_is_refused(service: httpx.Client, world: World) -> None:
    post = partial(service.post, "/v1/manifests", content=world.manifest.read_bytes(), headers=PARQUET)
    assert post(params={"sensitivity": "normal"}).status_code in (200, 201)
    document = problem(post(params={"sensitivity": "high"}), 409)
    assert "are of sensitivity normal, not high" in document["detail"]


def test_a_csv_with_its_text_column_and_name(home: Path) -> None:
    table = b"id,body\n1,one two three four five six seven eight nine ten\n2,and another one\n"
    headers = {"Content-Type": "text/csv"}
    with running(Settings(home=home)) as client:
        query = {"text_column": "body", "name": "my set"}
        made = client.post("/v1/manifests", content=table, headers=headers, params=query).json()
        assert (made["name"], made["records"], made["tokens"]) == ("my set", 2, 13)
        document = problem(
            client.post("/v1/manifests", content=table, headers=headers, params={"text_column": "nope"}), 422
        )
        assert "nope" in document["detail"]
        assert str(home) not in document["detail"]
    assert len(files(home)) == 1


def test_signatures_of_an_upload_are_read_by_the_recipe_of_the_request(home: Path, tmp_path: Path) -> None:
    recipe = {"hash": "sha1_hash32", "shingle": "word 5-grams", "normaliser": "lower", "permutations": 4}
    lines = b"".join(b'{"minhash": [%d, 2, 3, 4]}\n' % n for n in range(3))
    headers = {"Content-Type": "application/x-ndjson"}
    secret = tmp_path / "recipe.json"
    secret.write_text(json.dumps(recipe))
    with running(Settings(home=home)) as client:
        query = {"signature_recipe": json.dumps(recipe)}
        made = client.post("/v1/manifests", content=lines, headers=headers, params=query).json()
        assert (made["records"], made["tokens"]) == (3, 0)
        for stated in ("nothing", str(secret)):  # a request names no file of the server
            query = {"signature_recipe": stated}
            document = problem(client.post("/v1/manifests", content=lines, headers=headers, params=query), 422)
            assert "the signature recipe" in document["detail"]
