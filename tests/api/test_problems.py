"""Every error is a problem document, whoever raised it, and nothing of the inside gets out."""

from __future__ import annotations

import http.client
import logging
import socket
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi.responses import StreamingResponse

from findspot.api.guard import HEADERS
from findspot.api.server import Address, ListenError, listen
from findspot.api.settings import Settings, check_bind, host_of, is_loopback
from findspot.errors import UsageError

from .conftest import PARQUET, World, problem, running, upload

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI

UNKNOWN = "sha256:" + "0" * 64


def test_no_such_route_and_no_such_method(service: httpx.Client) -> None:
    assert problem(service.get("/v1/nothing"), 404)["detail"] == "no such route"
    answer = service.put("/v1/audits")
    problem(answer, 405)
    assert answer.headers["allow"] == "GET, POST"
    answer = service.patch(f"/v1/manifests/{UNKNOWN}")
    problem(answer, 405)
    assert answer.headers["allow"] == "DELETE, GET"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/v1/manifests/{UNKNOWN}"),
        ("DELETE", f"/v1/manifests/{UNKNOWN}"),
        ("GET", "/v1/audits/none"),
        ("GET", "/v1/audits/none/findings"),
        ("GET", "/v1/audits/none/report"),
        ("DELETE", "/v1/audits/none"),
        ("GET", "/v1/collections/none"),
    ],
)
def test_unknown_names_are_404_with_a_way_out(service: httpx.Client, method: str, path: str) -> None:
    document = problem(service.request(method, path), 404)
    assert document["type"] == "urn:findspot:problem:not-found"
    assert document["advice"]


def test_an_audit_of_what_is_not_here(service: httpx.Client, world: World) -> None:
    assert UNKNOWN in problem(service.post("/v1/audits", json={"manifest": UNKNOWN}), 404)["detail"]
    digest = upload(service, world.manifest)
    asked = {"manifest": digest, "collections": ["shadw"]}
    document = problem(service.post("/v1/audits", json=asked), 404)
    assert "shadw" in document["detail"]
    assert "shadow" in document["advice"]


@pytest.mark.parametrize("body", [b"{", b"", b"\xff\xfe", b'{"manifest": ' + b"[" * 100_000])
def test_a_body_that_is_no_json(service: httpx.Client, body: bytes) -> None:
    answer = service.post("/v1/audits", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    problem(answer, answer.status_code)


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/v1/audits", {}, "#/manifest"),
        ("/v1/audits", {"manifest": "sha256:short"}, "#/manifest"),
        ("/v1/audits", {"manifest": UNKNOWN, "polcy": {}}, "#/polcy"),
        ("/v1/audits", {"manifest": UNKNOWN, "collections": []}, "#/collections"),
        ("/v1/audits", {"manifest": UNKNOWN, "policy": {"min_coverage": "most"}}, "#/policy/min_coverage"),
        ("/v1/lookup", {"values": ["ok", 5]}, "#/values/1"),
        ("/v1/lookup", {"values": [], "records": []}, "#"),
        ("/v1/lookup", {"records": [{"identifiers": ["x"], "a/b~c": 1}]}, "#/records/0/a~1b~0c"),
    ],
)
def test_an_invalid_body_is_422_with_pointers(
    service: httpx.Client, path: str, body: dict[str, Any], pointer: str
) -> None:
    document = problem(service.post(path, json=body), 422)
    assert pointer in [fault["pointer"] for fault in document["errors"]]


def test_an_invalid_parameter_is_422_with_its_name(service: httpx.Client) -> None:
    document = problem(service.get("/v1/audits", params={"limit": 0}), 422)
    assert [fault["parameter"] for fault in document["errors"]] == ["limit"]
    problem(service.get("/v1/audits", params={"cursor": "not ours"}), 400)


def test_json_must_say_that_it_is_json(service: httpx.Client) -> None:
    """A page elsewhere can send a form or plain text without asking the browser's leave, but never JSON."""
    answer = service.post("/v1/audits", content=b'{"manifest": "x"}', headers={"Content-Type": "text/plain"})
    assert "application/json" in problem(answer, 415)["advice"]


@pytest.mark.parametrize("media", ["application/pdf", "text/plain", "", "multipart/form-data; boundary=x"])
def test_an_upload_of_another_type_is_415_and_lists_the_types(service: httpx.Client, media: str) -> None:
    answer = service.post("/v1/manifests", content=b"x", headers={"Content-Type": media} if media else {})
    assert "application/vnd.apache.parquet" in problem(answer, 415)["advice"]


def test_a_compressed_upload_is_415(service: httpx.Client) -> None:
    answer = service.post("/v1/manifests", content=b"x", headers={**PARQUET, "Content-Encoding": "gzip"})
    assert "gzip" in problem(answer, 415)["detail"]


def test_uploads_have_a_limit(home: Path, world: World) -> None:
    with running(Settings(home=home, max_upload=1000)) as client:
        problem(client.post("/v1/manifests", content=world.manifest.read_bytes(), headers=PARQUET), 413)
        pieces = (b"x" * 100 for _ in range(20))  # no Content-Length: counted as it comes
        problem(client.post("/v1/manifests", content=pieces, headers=PARQUET), 413)
    assert [path for path in (home / "blobs").rglob("*") if path.is_file()] == []


def test_other_bodies_have_a_limit(home: Path) -> None:
    headers = {"Content-Type": "application/json"}
    with running(Settings(home=home, max_body=1000)) as client:
        problem(client.post("/v1/lookup", content=b" " * 1001, headers=headers), 413)
        problem(client.post("/v1/lookup", content=(b" " * 100 for _ in range(20)), headers=headers), 413)


def test_an_unexpected_error_says_a_trace_and_nothing_else(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    def boom() -> None:
        raise RuntimeError("the secret of the inside")

    with (
        caplog.at_level(logging.ERROR),
        running(Settings(home=home), lambda app: app.add_api_route("/boom", boom)) as client,
    ):
        answer = client.get("/boom")
    document = problem(answer, 500)
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert document["trace_id"] in caplog.text
    assert "the secret of the inside" in caplog.text


def test_an_error_after_the_answer_began_cuts_the_connection(home: Path) -> None:
    def half() -> StreamingResponse:
        def pieces() -> Any:
            yield b"begun"
            raise RuntimeError("half-way")

        return StreamingResponse(pieces())

    def change(app: FastAPI) -> None:
        app.add_api_route("/half", half, response_model=None)

    with running(Settings(home=home), change) as client, pytest.raises(httpx.RemoteProtocolError):
        client.get("/half")


def test_only_the_loopback_host_is_answered_for(service: httpx.Client, home: Path) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000", "10.0.0.1", ""):
        document = problem(service.get("/livez", headers={"Host": host}), 421)
        assert "loopback" in document["detail"]
    for host in ("localhost", "LOCALHOST:9", "127.0.0.1:1", "127.3.2.1", "[::1]:8000", "[::1]"):
        assert service.get("/livez", headers={"Host": host}).status_code == 200
    with running(Settings(home=home, loopback_only=False)) as client:
        assert client.get("/livez", headers={"Host": "findspot.example"}).status_code == 200


def test_a_request_without_a_host_is_refused(service: httpx.Client) -> None:
    with socket.create_connection((service.base_url.host, service.base_url.port or 0)) as wire:
        wire.sendall(b"GET /livez HTTP/1.0\r\n\r\n")
        answer = http.client.HTTPResponse(wire)
        answer.begin()
        assert answer.status == 421


@pytest.mark.parametrize("path", ["/livez", "/nothing", "/v1/audits", "/openapi.json"])
def test_every_answer_carries_the_security_headers(service: httpx.Client, path: str) -> None:
    answer = service.get(path)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "server" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers


def test_no_other_origin_may_ask(service: httpx.Client) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = service.options("/v1/audits", headers=asked)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", ""])
def test_listening_where_others_connect_needs_to_be_wanted(host: str) -> None:
    with pytest.raises(UsageError, match="no keys"):
        check_bind(host, insecure=False)
    check_bind(host, insecure=True)


def test_loopback_names() -> None:
    for host in ("127.0.0.1", "127.9.9.9", "localhost", "::1", "[::1]"):
        check_bind(host, insecure=False)
    assert host_of("[::1]:80") == "::1"
    assert host_of("localhost:80") == "localhost"
    assert not is_loopback("localhost@evil")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_listening(host: str) -> None:
    if host == "::1" and not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with listen(Address(host, 0)) as listener:
        assert listener.proto == socket.IPPROTO_TCP  # asyncio sets TCP_NODELAY only on such sockets
        port = listener.getsockname()[1]
        with pytest.raises(ListenError, match=str(port)):
            listen(Address(host, port))
    with pytest.raises(ListenError, match=r"no\.such\.host\.invalid"):
        listen(Address("no.such.host.invalid", 0))
