"""The Python client: the engine's report through the wire, and problems as errors."""

from __future__ import annotations

import http.server
import json
import threading
from typing import TYPE_CHECKING

import pytest

from findspot.api.settings import Settings
from findspot.audit import Policy, run_audit
from findspot.client import Client, ServiceError
from findspot.dataset import open_manifest
from findspot.errors import InputError
from findspot.jobs import HomeLock
from findspot.reference import Library

from .conftest import ISBN, World, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

UNKNOWN = "sha256:" + "0" * 64


@pytest.fixture
def client(service: httpx.Client) -> Iterator[Client]:
    with Client(str(service.base_url)) as made:
        yield made


def test_from_the_manifest_to_the_report(client: Client, world: World) -> None:
    manifest = client.upload_manifest(world.manifest)
    report = client.audit(manifest["digest"], ["shadow"], {"max_works": 1}, wait=30)
    engine = run_audit(open_manifest(world.manifest), Library(world.home).open(), Policy(max_works=1))
    assert report.findings == engine.findings
    assert report.verdict == engine.verdict
    [one] = [client.start_audit(manifest["digest"], ["shadow"], {"max_works": 1})]
    assert client.wait_for(one["id"]) == report
    assert json.loads(client.report(one["id"])) == json.loads(report.model_dump_json(by_alias=True))
    assert client.report(one["id"], "md").startswith("#")


def test_lookup_and_collections(client: Client) -> None:
    [known, unknown] = client.lookup([ISBN, "nothing"])
    assert known["matches"][0]["work"]["title"] == "Book 0"
    assert unknown["identifier"] is None
    assert [each["slug"] for each in client.collections()] == ["shadow"]


def test_problems_are_errors_with_their_words(client: Client, world: World) -> None:
    with pytest.raises(ServiceError, match=UNKNOWN) as caught:
        client.audit(UNKNOWN)
    assert caught.value.http_status == 404
    assert "POST /v1/manifests" in caught.value.advice
    assert caught.value.problem["type"] == "urn:findspot:problem:not-found"
    digest = client.upload_manifest(world.manifest)["digest"]
    with pytest.raises(ServiceError, match="shadw") as caught:
        client.audit(digest, ["shadw"])
    assert "shadow" in caught.value.advice
    with pytest.raises(ServiceError, match="max_works") as caught:
        client.audit(digest, policy={"max_works": -1})
    assert caught.value.http_status == 422


def test_a_file_that_cannot_be_read(client: Client, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gone"):
        client.upload_manifest(tmp_path / "gone.manifest.parquet")
    (tmp_path / "other.parquet").write_bytes(b"no parquet")
    with pytest.raises(ServiceError, match="upload"):
        client.upload_manifest(tmp_path / "other.parquet")


def test_an_audit_that_does_not_end_in_time_goes_on(home: Path, world: World) -> None:
    lock = HomeLock(home / "worker.lock")
    assert lock.acquire()
    with running(Settings(home=home)) as service, Client(str(service.base_url)) as client:
        digest = client.upload_manifest(world.manifest)["digest"]
        with pytest.raises(ServiceError, match="still queued"):
            client.audit(digest, wait=0.1)
        service.delete(f"/v1/audits/{client.start_audit(digest)['id']}")
        audit = client.start_audit(digest)
        Library(home).withdraw("shadow", reason="a mistake")
        lock.release()
        with pytest.raises(ServiceError, match=r"failed at stage open: .*shadow"):
            client.wait_for(audit["id"])


def test_nobody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("findspot.client._PAUSES", (0.0,))
    with Client("http://127.0.0.1:1") as client, pytest.raises(ServiceError, match=r"127\.0\.0\.1:1") as caught:
        client.collections()
    assert "findspot serve" in caught.value.advice
    assert caught.value.exit_code == 4


def test_an_address_that_is_none() -> None:
    for url in ("ftp://127.0.0.1", "not a url"):
        with pytest.raises(ServiceError), Client(url) as client:
            client.collections()


class Flaky(http.server.BaseHTTPRequestHandler):
    """Hangs up on the first two requests, then answers."""

    seen = 0
    body = b""

    def do_POST(self) -> None:
        type(self).seen += 1
        if type(self).seen <= 2:
            self.connection.close()
            return
        type(self).body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = b'{"digest": "sha256:1"}'
        self.send_response(201)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_GET(self) -> None:
        answer = b"<html>a proxy's page</html>"
        self.send_response(502 if self.path.startswith("/v1/collections") else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def flaky() -> Iterator[str]:
    Flaky.seen = 0
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Flaky) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_upload_is_tried_again_from_its_beginning(
    flaky: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("findspot.client._PAUSES", (0.0, 0.0))
    path = tmp_path / "m"
    path.write_bytes(b"some bytes" * 1000)
    with Client(flaky) as client:
        assert client.upload_manifest(path)["digest"] == "sha256:1"
    assert Flaky.body == path.read_bytes()
    assert Flaky.seen == 3


def test_an_answer_that_is_no_answer_of_ours(flaky: str) -> None:
    with Client(flaky) as client:
        with pytest.raises(ServiceError, match="502"):
            client.collections()
        with pytest.raises(ServiceError, match="JSON"):
            client.wait_for("x")
