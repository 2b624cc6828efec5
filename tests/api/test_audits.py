"""Audits over HTTP: the engine's answer, once, in every format, and no report before there is one."""

from __future__ import annotations

import csv
import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from findspot.api.settings import Settings
from findspot.audit import Policy, run_audit
from findspot.audit.model import Report
from findspot.dataset import open_manifest
from findspot.jobs import HomeLock
from findspot.reference import Library
from findspot.report import FORMATS, MEDIA_TYPES, render

from .conftest import World, finished, problem, running, upload

if TYPE_CHECKING:
    from pathlib import Path

    import httpx


@pytest.fixture(scope="module")
def engine(world: World) -> Report:
    """What the engine says of the manifest, without any service."""
    return run_audit(open_manifest(world.manifest), Library(world.home).open(), Policy())


@pytest.fixture(scope="module")
def done(service: httpx.Client, world: World) -> dict[str, Any]:
    """A finished audit of the manifest."""
    answer = service.post("/v1/audits", json={"manifest": upload(service, world.manifest)})
    return finished(service, answer.json()["id"])


def content(report: Report) -> dict[str, Any]:
    """A report as JSON without the time of its making."""
    made: dict[str, Any] = json.loads(render(report, "json"))
    made.pop("created")
    return made


def test_the_report_is_the_engines(service: httpx.Client, done: dict[str, Any], engine: Report, world: World) -> None:
    assert done["status"] == "succeeded", done
    got = Report.model_validate_json(service.get(done["links"]["report"]).text)
    assert content(got) == content(engine)
    assert sorted(finding.work.title or "" for finding in got.open) == sorted(world.present)
    assert done["verdict"] == {"outcome": "fail", "reasons": list(engine.verdict.reasons)}
    assert done["findings"] == len(engine.findings)


def test_an_audit_says_what_it_was_of(service: httpx.Client, done: dict[str, Any], world: World) -> None:
    assert done["manifest"] == upload(service, world.manifest)
    [release] = Library(world.home).installed()
    assert done["collections"] == [{"collection": "shadow", "release": "2026-01-01", "digest": release.digest}]
    assert done["policy"] == Policy().model_dump(mode="json")
    assert done["created"] <= done["started"] <= done["finished"]
    assert (done["error"], done["stage"], done["cancelling"], done["attempt"]) == (None, None, False, 1)
    assert service.get(done["links"]["self"]).json() == done
    assert service.get(done["links"]["manifest"]).status_code == 200


@pytest.mark.parametrize("name", FORMATS)
def test_the_report_in_every_format(service: httpx.Client, done: dict[str, Any], name: str) -> None:
    where = done["links"]["report"]
    report = Report.model_validate_json(service.get(where).text)
    for answer in (
        service.get(where, params={"format": name}),
        service.get(
            where, headers={"Accept": f"application/pdf, {MEDIA_TYPES[name].partition(';')[0]};q=0.5, */*;q=0.1"}
        ),
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"] == MEDIA_TYPES[name]
        assert answer.text == render(report, name)


def test_the_csv_has_a_row_a_finding(service: httpx.Client, done: dict[str, Any]) -> None:
    text = service.get(done["links"]["report"], params={"format": "csv"}).text
    assert len(list(csv.DictReader(io.StringIO(text)))) == done["findings"]


def test_formats_that_do_not_exist(service: httpx.Client, done: dict[str, Any]) -> None:
    where = done["links"]["report"]
    document = problem(service.get(where, params={"format": "jsn"}), 422)
    assert "Did you mean json?" in document["advice"]
    assert "text/html" in problem(service.get(where, headers={"Accept": "application/pdf"}), 406)["advice"]
    problem(service.get(where, headers={"Accept": "text/html;q=0"}), 406)


def test_a_report_that_the_client_has_is_not_sent_again(service: httpx.Client, done: dict[str, Any]) -> None:
    first = service.get(done["links"]["report"])
    again = service.get(done["links"]["report"], headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = service.get(
        done["links"]["report"], params={"format": "md"}, headers={"If-None-Match": first.headers["etag"]}
    )
    assert other.status_code == 200


def test_findings_come_in_pages(service: httpx.Client, done: dict[str, Any]) -> None:
    report = service.get(done["links"]["report"]).json()
    seen: list[Any] = []
    where: str | None = f"{done['links']['findings']}?limit=1"
    while where:
        answer = service.get(where)
        page = answer.json()
        assert page["total"] == len(report["findings"])
        assert len(page["findings"]) == 1
        seen += page["findings"]
        where = page["next"]
        assert answer.headers.get("link") == (f'<{where}>; rel="next"' if where else None)
    assert seen == report["findings"]
    assert len(seen) >= 2


def test_findings_by_status(service: httpx.Client, done: dict[str, Any]) -> None:
    everything = service.get(done["links"]["findings"]).json()["findings"]
    for status in ("open", "explained"):
        page = service.get(done["links"]["findings"], params={"status": status}).json()
        assert page["findings"] == [each for each in everything if each["status"] == status]


def test_asking_twice_is_one_audit(service: httpx.Client, done: dict[str, Any]) -> None:
    for body in (
        {"manifest": done["manifest"]},
        {"manifest": done["manifest"], "collections": ["shadow@2026-01-01", "shadow"]},
        {"manifest": done["manifest"], "policy": {"min_coverage": 0.95, "fail_on": ["T1", "found"]}},
    ):
        answer = service.post("/v1/audits", json=body)
        assert answer.status_code == 200
        assert answer.json() == done
        assert answer.headers["location"] == done["links"]["self"]


def test_another_program_answers_for_itself(
    service: httpx.Client, done: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("findspot.api.audits.program", lambda: "a changed engine")
    answer = service.post("/v1/audits", json={"manifest": done["manifest"]}, headers={"Prefer": "wait"})
    assert answer.json()["id"] != done["id"]


def test_another_policy_is_another_audit_with_its_own_verdict(service: httpx.Client, done: dict[str, Any]) -> None:
    body = {"manifest": done["manifest"], "policy": {"fail_on": ["never"]}}
    answer = service.post("/v1/audits", json=body, headers={"Prefer": "respond-async, wait=20"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["preference-applied"] == "wait=20"
    assert answer.json()["id"] != done["id"]
    assert answer.json()["verdict"]["outcome"] == "pass"
    assert answer.json()["findings"] == done["findings"]


@pytest.mark.parametrize("prefer", ["wait", "wait=10", 'wait="10"', "handling=strict, wait=10; x=y", "wait = 10"])
def test_prefer_wait_answers_with_the_finished_audit(
    service: httpx.Client, done: dict[str, Any], prefer: str, request: pytest.FixtureRequest
) -> None:
    number = 2 + len(request.node.name)  # another question for each, which no other test asks
    body = {"manifest": done["manifest"], "policy": {"max_works": number}}
    answer = service.post("/v1/audits", json=body, headers={"Prefer": prefer})
    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")


def test_many_asking_the_same_at_once_get_one_audit(service: httpx.Client, done: dict[str, Any]) -> None:
    body = {"manifest": done["manifest"], "policy": {"max_works": 1000}}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: service.post("/v1/audits", json=body), range(8)))
    assert {answer.status_code for answer in answers} <= {200, 202}
    assert len({answer.json()["id"] for answer in answers}) == 1


def test_before_it_is_finished_there_is_no_report(home: Path, world: World) -> None:
    """The row is written as a client's request would leave it, while another process holds the worker's lock."""
    lock = HomeLock(home / "worker.lock")
    assert lock.acquire()
    with running(Settings(home=home)) as client:
        digest = upload(client, world.manifest)
        answer = client.post("/v1/audits", json={"manifest": digest}, headers={"Prefer": "wait=0"})
        queued = answer.json()
        assert (answer.status_code, queued["status"], queued["verdict"]) == (202, "queued", None)
        assert answer.headers["retry-after"]
        assert answer.headers["location"] == queued["links"]["self"]
        assert "report" not in queued["links"]
        for part in ("report", "findings"):
            refused = client.get(f"{queued['links']['self']}/{part}")
            assert "queued" in problem(refused, 409)["detail"]
            assert refused.headers["retry-after"]
        # asked again it is the same audit, still 202; its manifest cannot go
        again = client.post("/v1/audits", json={"manifest": digest})
        assert (again.status_code, again.json()["id"]) == (202, queued["id"])
        assert queued["id"] in problem(client.delete(f"/v1/manifests/{digest}"), 409)["detail"]
        # as soon as the other process is gone, this one works
        lock.release()
        assert finished(client, queued["id"])["status"] == "succeeded"
        assert client.delete(f"/v1/manifests/{digest}").status_code == 204
        assert client.get(f"{queued['links']['self']}/report").status_code == 200


def test_cancelling(home: Path, world: World) -> None:
    lock = HomeLock(home / "worker.lock")
    assert lock.acquire()
    with running(Settings(home=home)) as client:
        digest = upload(client, world.manifest)
        queued = client.post("/v1/audits", json={"manifest": digest}).json()
        answer = client.delete(queued["links"]["self"])
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
        assert client.delete(queued["links"]["self"]).status_code == 200
        refused = client.get(f"{queued['links']['self']}/report")
        assert "was cancelled" in problem(refused, 409)["detail"]
        assert "retry-after" not in refused.headers
        # asked again, it is a new one
        another = client.post("/v1/audits", json={"manifest": digest}).json()
        assert another["id"] != queued["id"]
        lock.release()
        assert finished(client, another["id"])["status"] == "succeeded"
        assert client.get(queued["links"]["self"]).json()["status"] == "cancelled"
        assert "succeeded" in problem(client.delete(another["links"]["self"]), 409)["detail"]


def test_an_audit_that_fails_says_where_and_why(home: Path, world: World) -> None:
    lock = HomeLock(home / "worker.lock")
    assert lock.acquire()
    with running(Settings(home=home)) as client:
        queued = client.post("/v1/audits", json={"manifest": upload(client, world.manifest)}).json()
        Library(home).withdraw("shadow", reason="a mistake in the list")
        lock.release()
        failed = finished(client, queued["id"])
        assert failed["status"] == "failed"
        assert (failed["error"]["stage"], failed["error"]["kind"]) == ("open", "not-found")
        assert "shadow" in failed["error"]["detail"]
        assert failed["verdict"] is None
        assert "shadow" in problem(client.get(f"{queued['links']['self']}/report"), 409)["detail"]


def test_waiting_ends_when_the_audit_does(home: Path, world: World) -> None:
    lock = HomeLock(home / "worker.lock")
    assert lock.acquire()
    with running(Settings(home=home, max_wait=30)) as client:
        queued = client.post("/v1/audits", json={"manifest": upload(client, world.manifest)}).json()
        short = client.get(queued["links"]["self"], params={"wait": 0.1}).json()
        assert short["status"] == "queued"
        threading.Timer(0.2, lock.release).start()
        assert client.get(queued["links"]["self"], params={"wait": 30}).json()["status"] == "succeeded"


def test_the_list_comes_in_pages_newest_first(home: Path, world: World) -> None:
    with running(Settings(home=home)) as client:
        digest = upload(client, world.manifest)
        ids = [
            client.post("/v1/audits", json={"manifest": digest, "policy": {"max_works": n}}).json()["id"]
            for n in range(5)
        ]
        seen: list[str] = []
        where: str | None = "/v1/audits?limit=2"
        while where:
            page = client.get(where).json()
            seen += [each["id"] for each in page["audits"]]
            where = page["next"]
        assert seen == ids[::-1]
        for audit_id in ids:
            finished(client, audit_id)
        assert client.get("/v1/audits", params={"status": "failed"}).json() == {"audits": [], "next": None}
        page = client.get("/v1/audits", params={"status": "succeeded", "limit": 3}).json()
        assert [each["id"] for each in page["audits"]] == ids[:1:-1]
        rest = client.get(page["next"]).json()
        assert [each["id"] for each in rest["audits"]] == ids[1::-1]


def test_no_collection_installed(tmp_path: Path, world: World) -> None:
    """Without a reference nothing can be said: the verdict is inconclusive, as the command's is."""
    with running(Settings(home=tmp_path / "empty")) as client:
        queued = client.post("/v1/audits", json={"manifest": upload(client, world.manifest)}).json()
        assert finished(client, queued["id"])["verdict"]["outcome"] == "inconclusive"
