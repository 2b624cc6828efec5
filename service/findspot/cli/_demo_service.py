"""The demo's way through the HTTP service: start it on a free port of the loopback, audit a manifest, stop it."""

from __future__ import annotations

import socket
import subprocess
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from findspot.cli.demo import DemoError, findspot, say

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

READY_SECONDS = 60
AUDIT_SECONDS = 300


class Service:
    """``findspot serve`` as a process of its own while the ``with`` block lasts; its log goes to ``serve.log``."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = environment
        self.port = _free_port()

    def __enter__(self) -> Self:
        import httpx

        with ExitStack() as stack:
            log = stack.enter_context((self.folder / "serve.log").open("wb"))
            say(f"$ findspot serve --port {self.port} &")
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                [*findspot(), "serve", "--host", "127.0.0.1", "--port", str(self.port)],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            stack.callback(self._stop)
            url = f"http://127.0.0.1:{self.port}"
            self.client = stack.enter_context(httpx.Client(base_url=url, timeout=AUDIT_SECONDS, trust_env=False))
            self._wait()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def audit(self, manifest: Path) -> dict[str, Any]:
        """Send the manifest, audit it, and return the report as JSON."""
        base = f"http://127.0.0.1:{self.port}/v1"
        say(f"$ curl --data-binary @{manifest.name} -H 'Content-Type: application/vnd.apache.parquet' {base}/manifests")
        media = {"Content-Type": "application/vnd.apache.parquet"}
        digest = self._ok(self.client.post("/v1/manifests", content=manifest.read_bytes(), headers=media))["digest"]
        body = f'{{"manifest": "{digest}"}}'
        say(f"$ curl --json '{body}' -H 'Prefer: wait' {base}/audits")
        headers = {"Prefer": "wait", "Content-Type": "application/json"}
        audit = self._ok(self.client.post("/v1/audits", content=body, headers=headers))
        audit = self._finished(audit)
        say(f"$ curl '{base}/audits/{audit['id']}/report?format=json'")
        return self._ok(self.client.get(f"/v1/audits/{audit['id']}/report", params={"format": "json"}))

    def _finished(self, audit: dict[str, Any]) -> dict[str, Any]:
        deadline = time.monotonic() + AUDIT_SECONDS
        while audit["status"] in ("queued", "running") and time.monotonic() < deadline:
            time.sleep(0.2)
            audit = self._ok(self.client.get(f"/v1/audits/{audit['id']}"))
        if audit["status"] != "succeeded":
            raise DemoError(f"the service's audit ended as {audit['status']}: {audit.get('error') or audit}")
        return audit

    def _ok(self, answer: httpx.Response) -> dict[str, Any]:
        if not answer.is_success:
            raise DemoError(f"the service answered {answer.status_code} to {answer.request.url}: {answer.text[:500]}")
        value: dict[str, Any] = answer.json()
        return value

    def _wait(self) -> None:
        import httpx

        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                if self.client.get("/readyz", timeout=5).is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        log = (self.folder / "serve.log").read_text(encoding="utf-8", errors="replace")
        raise DemoError(f"`findspot serve` did not become ready; its log ends with:\n{log[-2000:]}")

    def _stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
