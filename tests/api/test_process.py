"""The service as a process of its own: what the command prints, what signals do, and what a killed one leaves."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from findspot.audit import Policy, run_audit
from findspot.audit.model import Report
from findspot.dataset import ReadOptions, open_manifest, open_subject, write_manifest
from findspot.reference import Library
from findspot.report import render

from .conftest import Process, World, finished, problem, prose, upload

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.slow


def serve(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "findspot.cli.main", "serve", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
        check=False,
    )


def findings(report: Report) -> Any:
    made = json.loads(render(report, "json"))
    return [made[part] for part in ("subject", "references", "method", "verdict", "summary", "findings")]


def test_upload_audit_report_restart(home: Path, world: World) -> None:
    with Process(home) as service:
        digest = upload(service.client, world.manifest)
        answer = service.client.post("/v1/audits", json={"manifest": digest})
        audit = finished(service.client, answer.json()["id"])
        assert audit["status"] == "succeeded", audit
        report = service.client.get(audit["links"]["report"]).text
        page = service.client.get(audit["links"]["report"], params={"format": "html"}).text
        service.stop(signal.SIGKILL)
    with Process(home) as service:
        assert service.client.get(audit["links"]["self"]).json() == audit
        assert service.client.get(audit["links"]["report"]).text == report
        assert service.client.get(audit["links"]["report"], params={"format": "html"}).text == page
        assert service.client.post("/v1/audits", json={"manifest": digest}).json() == audit
    engine = run_audit(open_manifest(world.manifest), Library(world.home).open(), Policy())
    assert findings(Report.model_validate_json(report)) == findings(engine)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory, world: World) -> Path:
    """A manifest whose audit takes long enough to be killed: the tainted data, and a lot beside it."""
    root = tmp_path_factory.mktemp("large")
    words = prose(77, 200_000).split()
    with (root / "large.jsonl").open("w") as file:
        file.write(world.data.read_text())
        for n in range(60_000):
            at = (n * 7919) % 190_000
            file.write(json.dumps({"id": f"large-{n}", "text": " ".join(words[at : at + 60])}) + "\n")
    made = root / "large.manifest.parquet"
    write_manifest(open_subject([root / "large.jsonl"], ReadOptions(jobs=2)), made)
    return made


def statuses(home: Path) -> list[tuple[str, str | None, int]]:
    connection = sqlite3.connect(home / "findspot.sqlite", timeout=30)
    try:
        return connection.execute("SELECT status, report, attempt FROM audits ORDER BY seq").fetchall()
    finally:
        connection.close()


def test_killed_in_the_middle_of_an_audit(home: Path, large: Path, world: World) -> None:
    """Kill it as soon as it runs; what is left never lies, and the next start finishes it."""
    with Process(home) as service:
        digest = upload(service.client, large)
        for n in range(50):  # an audit may be over before it is seen to run: then try with another question
            asked = {"manifest": digest, "policy": {"max_works": n}}
            audit_id = service.client.post("/v1/audits", json=asked).json()["id"]
            while statuses(home)[-1][0] == "queued":
                time.sleep(0.001)
            service.process.send_signal(signal.SIGSTOP)  # so that it cannot end between the look and the kill
            os.waitid(os.P_PID, service.process.pid, os.WSTOPPED | os.WNOWAIT)
            if statuses(home)[-1][0] == "running":
                break
            service.process.send_signal(signal.SIGCONT)
        service.process.send_signal(signal.SIGKILL)
        service.process.wait()
    left = statuses(home)
    assert left[-1][:2] == ("running", None), "no audit was caught while it ran"
    assert all((status == "succeeded") == (report is not None) for status, report, _ in left)
    with Process(home) as service:
        audit = finished(service.client, audit_id)
        assert (audit["status"], audit["attempt"]) == ("succeeded", 2)
        report = Report.model_validate_json(service.client.get(audit["links"]["report"]).text)
    assert sorted(finding.work.title or "" for finding in report.open) == sorted(world.present)
    engine = run_audit(open_manifest(large), Library(world.home).open(), Policy(max_works=n))
    assert findings(report) == findings(engine)


def test_a_running_audit_is_cancelled_at_its_next_batch(home: Path, large: Path) -> None:
    with Process(home) as service:
        digest = upload(service.client, large)
        for n in range(50):
            body = {"manifest": digest, "policy": {"max_works": n}}
            audit = service.client.post("/v1/audits", json=body).json()
            while statuses(home)[-1][0] == "queued":
                time.sleep(0.001)
            answer = service.client.delete(audit["links"]["self"])
            if answer.status_code == 202:
                break
            assert "succeeded" in problem(answer, 409)["detail"]  # it was quicker: try with another question
        assert (answer.status_code, answer.json()["cancelling"]) == (202, True)
        ended = finished(service.client, audit["id"])
        assert ended["status"] in ("cancelled", "succeeded")  # the answer may be quicker still, and then it is kept
        assert (ended["status"] == "succeeded") == ("report" in ended["links"])


def test_an_orderly_stop_puts_the_audit_back(home: Path, large: Path) -> None:
    with Process(home) as service:
        digest = upload(service.client, large)
        audit_id = service.client.post("/v1/audits", json={"manifest": digest}).json()["id"]
        code, talk = service.stop(signal.SIGTERM)
    assert code in (0, -signal.SIGTERM), talk  # uvicorn raises the signal again once it has stopped
    assert "Traceback" not in talk
    [(status, _, attempt)] = statuses(home)
    assert (status, attempt) in (("queued", 0), ("succeeded", 1))
    with Process(home) as service:
        assert finished(service.client, audit_id)["status"] == "succeeded"


def test_killed_while_uploading(home: Path, world: World) -> None:
    with (
        Process(home) as service,
        socket.create_connection(("127.0.0.1", service.client.base_url.port or 0)) as wire,
    ):
        head = "POST /v1/manifests HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n"
        wire.sendall((head + "Content-Type: application/vnd.apache.parquet\r\n\r\n").encode() + b"x" * 1000)
        while not list((home / "blobs" / "staging").iterdir()):
            time.sleep(0.01)
        service.process.send_signal(signal.SIGKILL)
        service.process.wait()
    [part] = (home / "blobs" / "staging").iterdir()
    os.utime(part, (0, 0))
    with Process(home) as service:
        assert not part.exists()
        assert service.client.get("/v1/audits").json() == {"audits": [], "next": None}
        upload(service.client, world.manifest)


def test_two_services_on_one_home(home: Path, world: World) -> None:
    """One works; the other serves the same state, and takes the work over when the first is killed."""
    with Process(home) as first, Process(home) as second:
        digest = upload(second.client, world.manifest)
        audit_id = second.client.post("/v1/audits", json={"manifest": digest}).json()["id"]
        assert finished(second.client, audit_id)["status"] == "succeeded"
        assert first.client.get(f"/v1/audits/{audit_id}").json()["status"] == "succeeded"
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
        body = {"manifest": digest, "policy": {"max_works": 5}}
        audit_id = second.client.post("/v1/audits", json=body).json()["id"]
        assert finished(second.client, audit_id)["status"] == "succeeded"


def test_it_listens_on_loopback_only_and_only_answers_for_it(home: Path) -> None:
    with Process(home) as service:
        assert service.url.startswith("http://127.0.0.1:")
        problem(service.client.get("/livez", headers={"Host": "evil.example"}), 421)


def test_another_address_is_refused_with_the_reason(home: Path) -> None:
    refused = serve("--host", "0.0.0.0", "--home", str(home))
    assert refused.returncode == 2
    assert "no keys" in refused.stderr
    assert "--insecure-bind" in refused.stderr
    refused = serve(FINDSPOT_HOST="0.0.0.0", FINDSPOT_HOME=str(home))
    assert refused.returncode == 2


def test_an_address_in_use(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = serve("--home", str(home), FINDSPOT_PORT=port)
    assert refused.returncode == 4
    assert port in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_database_of_another_version(home: Path) -> None:
    with Process(home):
        pass
    connection = sqlite3.connect(home / "findspot.sqlite")
    connection.execute("UPDATE meta SET value = '999'")
    connection.commit()
    connection.close()
    refused = serve("--port", "0", "--home", str(home))
    assert refused.returncode == 4
    assert "999" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_without_the_service_extra_the_way_out_is_said(tmp_path: Path) -> None:
    """A module that is not there, as in an environment without the extra."""
    (tmp_path / "fastapi.py").write_text("raise ModuleNotFoundError(\"No module named 'fastapi'\", name='fastapi')")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    refused = serve("--port", "0", "--home", str(tmp_path / "home"), PYTHONPATH=path)
    assert refused.returncode == 2
    assert "findspot[service]" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_level_that_does_not_exist() -> None:
    refused = serve("--log-level", "loud")
    assert refused.returncode == 2
    assert "warning" in refused.stderr
