"""A home with an installed collection, a tainted dataset's manifest, and services: in this process and in their own."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx
import pytest
import uvicorn

from findspot.api.app import create_app
from findspot.api.server import configure
from findspot.api.settings import Settings
from findspot.dataset import ReadOptions, open_subject, write_manifest
from findspot.reference import CollectionFacts, Library, build_release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi import FastAPI

PARQUET = {"Content-Type": "application/vnd.apache.parquet"}
ISBN = "9780306406157"


@dataclass(frozen=True)
class World:
    """What the services work on; made once, copied for each test that changes it."""

    home: Path
    manifest: Path
    data: Path
    present: tuple[str, ...]  # titles in the dataset
    absent: tuple[str, ...]


def prose(seed: int, n_words: int) -> str:
    """Words of nobody's: two seeds share no long sequence of them."""
    rnd = random.Random(seed)
    letters = "etaoinshrdlucm"
    words = ["".join(rnd.choices(letters, k=rnd.randint(2, 9))) for _ in range(3000)]
    return " ".join(rnd.choices(words, k=n_words))


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    root = tmp_path_factory.mktemp("world")
    books = {f"Book {n}": prose(n, 6000) for n in range(4)}
    source = root / "books"
    source.mkdir()
    with (source / "works.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "title", "creator", "isbn"])
        for n, (title, text) in enumerate(books.items()):
            (source / f"{n}.txt").write_text(text)
            rows.writerow([f"{n}.txt", title, f"Author {n}", ISBN if n == 0 else ""])
    facts = CollectionFacts(
        slug="shadow",
        title="Shadow library",
        kind="books",
        status="pirated",
        as_of="2026-01-01",
        release="2026-01-01",
    )
    build_release(facts, [source], root / "release", works_csv=source / "works.csv")
    Library(root / "home").install(root / "release")

    present = ("Book 0", "Book 1")
    records = [prose(100 + n, 300) for n in range(40)]
    for title in present:
        words = books[title].split()
        records += [" ".join(words[at : at + 400]) for at in range(0, len(words), 400)]
    random.Random(0).shuffle(records)
    data = root / "data.jsonl"
    data.write_text("".join(json.dumps({"id": str(n), "text": text}) + "\n" for n, text in enumerate(records)))
    write_manifest(open_subject([data], ReadOptions()), root / "data.manifest.parquet")
    return World(root / "home", root / "data.manifest.parquet", data, present, ("Book 2", "Book 3"))


@pytest.fixture
def home(world: World, tmp_path: Path) -> Path:
    """A copy of the home that the test may change."""
    return Path(shutil.copytree(world.home, tmp_path / "home"))


@contextlib.contextmanager
def running(settings: Settings, change: Callable[[FastAPI], None] = lambda _: None) -> Iterator[httpx.Client]:
    """The service in a thread of this process, on a real socket; ``change`` may alter the app before it starts."""
    app = create_app(settings)
    change(app)
    config = configure(app)
    config.port = 0
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the service did not start"
            time.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def service(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """One service for the tests of a module that do not mind each other."""
    copy = Path(shutil.copytree(world.home, tmp_path_factory.mktemp("service") / "home"))
    with running(Settings(home=copy, max_upload=50_000_000, max_wait=20)) as client:
        yield client


class Process:
    """``findspot serve`` as its own process on a free port of the loopback."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "findspot.cli.main", "serve", "--port", "0", "--home", str(self.home)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ})
        assert self.process.stderr is not None
        said = self.process.stderr.readline()
        assert "http://" in said, said + self.process.stderr.read()
        self.url = said.split()[2]
        self.client = httpx.Client(base_url=self.url, timeout=60)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                if self.client.get("/readyz").is_success:
                    return self
            time.sleep(0.02)
        self.__exit__()
        raise AssertionError("the service did not become ready")

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.stop(signal.SIGTERM)

    def stop(self, how: signal.Signals) -> tuple[int, str]:
        """Send a signal; returns the exit code and the rest of stderr."""
        self.process.send_signal(how)
        _, talk = self.process.communicate(timeout=30)
        return self.process.returncode, talk


def upload(client: httpx.Client, path: Path) -> str:
    answer = client.post("/v1/manifests", content=path.read_bytes(), headers=PARQUET)
    assert answer.status_code in (200, 201), answer.text
    return str(answer.json()["digest"])


def finished(client: httpx.Client, audit_id: str) -> dict[str, Any]:
    """The audit once it is over."""
    for _ in range(20):
        found: dict[str, Any] = client.get(f"/v1/audits/{audit_id}", params={"wait": 10}).json()
        if found["status"] not in ("queued", "running"):
            return found
    raise AssertionError(f"audit {audit_id} does not end: {found}")


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem document that an error must be."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == status
    assert {"type", "title", "detail", "instance"} <= document.keys()
    assert document["instance"] == answer.request.url.path
    return document
