"""The demo's way through the HTTP service: start it on a free port of the loopback, audit a manifest, stop it."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self
from urllib.request import ProxyHandler, build_opener

from findspot.cli.demo.stage import DemoError, findspot, say

if TYPE_CHECKING:
    from pathlib import Path

READY_SECONDS = 60
AUDIT_SECONDS = 300


class Service:
    """``findspot serve`` as a process of its own while the ``with`` block lasts; its log goes to ``serve.log``."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = environment
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        import httpx

        from findspot.client import Client

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
            # With a transport of its own it goes past any proxy that the environment names.
            self.client = stack.enter_context(Client(self.url, transport=httpx.HTTPTransport()))
            self._wait()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def audit(self, manifest: Path) -> dict[str, Any]:
        """Send the manifest, audit it, and return the report as it is in JSON."""
        base = f"{self.url}/v1"
        say(f"$ curl --data-binary @{manifest.name} -H 'Content-Type: application/vnd.apache.parquet' {base}/manifests")
        digest = self.client.upload_manifest(manifest)["digest"]
        say(f'$ curl --json \'{{"manifest": "{digest}"}}\' {base}/audits')
        audit = self.client.start_audit(digest)["id"]
        say(f"$ curl '{base}/audits/{audit}/report?format=json'")
        self.client.wait_for(audit, wait=AUDIT_SECONDS)
        report: dict[str, Any] = json.loads(self.client.report(audit, "json"))
        return report

    def _wait(self) -> None:
        ready = build_opener(ProxyHandler({}))
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with ready.open(f"{self.url}/readyz", timeout=5):
                    return
            except OSError:  # not listening yet, or not ready: HTTPError is one too
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
