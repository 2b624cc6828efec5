"""Whether it is there, whether it can work, what it has."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from findspot import __version__
from findspot.api.settings import Settings
from findspot.reference import Library

from .conftest import ISBN, problem, running

if TYPE_CHECKING:
    from pathlib import Path

    import httpx
    import pytest


def test_health_version_and_index(service: httpx.Client) -> None:
    assert service.get("/livez").json() == {"status": "ok"}
    assert service.get("/readyz").json() == {"status": "ok"}
    assert service.get("/version").json()["version"] == __version__
    for link in service.get("/").json()["links"].values():
        assert service.get(link).status_code in (200, 405), link


def test_not_ready_when_a_release_lost_its_files(home: Path) -> None:
    with running(Settings(home=home)) as client:
        assert client.get("/readyz").status_code == 200
        Library(home).installed()[0].folder.joinpath("works.parquet").unlink()
        answer = client.get("/readyz")
        assert "shadow" in problem(answer, 503)["detail"]
        assert answer.headers["retry-after"]
        assert client.get("/livez").status_code == 200


def test_an_empty_home_is_ready(tmp_path: Path) -> None:
    with running(Settings(home=tmp_path / "new")) as client:
        assert client.get("/readyz").status_code == 200
        assert client.get("/v1/collections").json() == {"collections": []}


def test_collections(service: httpx.Client) -> None:
    listed = service.get("/v1/collections").json()["collections"]
    assert [each["slug"] for each in listed] == ["shadow"]
    assert service.get(listed[0]["links"]["self"]).json() == listed[0]
    assert (listed[0]["title"], listed[0]["kind"], listed[0]["status"]) == ("Shadow library", "books", "pirated")
    [release] = listed[0]["releases"]
    assert (release["release"], release["works"], release["fingerprinted"], release["withdrawn"]) == (
        "2026-01-01",
        4,
        4,
        None,
    )


def test_a_withdrawn_release_is_listed_but_not_searched(home: Path) -> None:
    with running(Settings(home=home)) as client:
        assert client.post("/v1/lookup", json={"values": [ISBN]}).json()["results"][0]["matches"]
        Library(home).withdraw("shadow", reason="a mistake in the list")
        [release] = client.get("/v1/collections/shadow").json()["releases"]
        assert release["withdrawn"] == "a mistake in the list"
        assert client.post("/v1/lookup", json={"values": [ISBN]}).json() == {
            "results": [
                {"value": ISBN, "record": None, "identifier": f"isbn:{ISBN}", "problem": None, "matches": []},
            ],
            "searched": [],
        }
        problem(client.post("/v1/lookup", json={"values": [ISBN], "collections": ["shadow"]}), 404)


def test_the_log_says_routes_and_never_paths(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "findspot.access"), running(Settings(home=home)) as client:
        client.get("/v1/collections/my-secret-slug", params={"x": "my-secret-query"})
        client.get("/my-secret-path")
    assert "GET /v1/collections/{slug} 404" in caplog.text
    assert "GET - 404" in caplog.text
    assert "secret" not in "".join(r.getMessage() for r in caplog.records if r.name.startswith("findspot"))
