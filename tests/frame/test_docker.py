"""The container files without a container engine: what is written is sound, and every command in them really works.

`test_its_commands_work` executes the Dockerfile step by step: the same COPY, RUN, HEALTHCHECK and CMD, in folders of
its own that stand for the image's. What is left out is the creation of the user, which needs root.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from findspot import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Step:
    """One instruction of a Dockerfile, its continuation lines joined."""

    instruction: str
    value: str


@pytest.fixture(scope="module")
def stages(checkout: Path) -> list[list[Step]]:
    """The Dockerfile's stages; each begins with its FROM."""
    lines = [s for s in (checkout / "docker/Dockerfile").read_text(encoding="utf-8").splitlines() if s[:1] != "#"]
    logical = re.sub(r"\\\n\s*", " ", "\n".join(lines)).splitlines()
    steps = [Step(*line.split(maxsplit=1)) for line in logical if line.strip()]
    starts = [i for i, step in enumerate(steps) if step.instruction == "FROM"]
    assert starts[0] == 0
    return [steps[a:b] for a, b in zip(starts, [*starts[1:], len(steps)], strict=True)]


@pytest.fixture(scope="module")
def service(checkout: Path) -> dict[str, Any]:
    """The one service of the compose file."""
    compose = yaml.safe_load((checkout / "docker/compose.yaml").read_text(encoding="utf-8"))
    assert set(compose) == {"services", "volumes"}
    (found,) = compose["services"].values()
    assert {v.split(":")[0] for v in found["volumes"]} == set(compose["volumes"])
    return dict(found)


def only(stage: list[Step], instruction: str) -> str:
    (found,) = (step.value for step in stage if step.instruction == instruction)
    return found


def test_bases_are_pinned_and_the_same(stages: list[list[Step]]) -> None:
    bases = {stage[0].value.split()[0] for stage in stages}
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+", bases.pop())


def test_runs_as_a_user_without_rights(stages: list[list[Step]]) -> None:
    final = stages[-1]
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", only(final, "USER"))
    after = final[[step.instruction for step in final].index("USER") :]
    assert {"VOLUME", "HEALTHCHECK", "CMD"} <= {step.instruction for step in after}


def test_copies_only_what_is_there_and_what_the_ignore_file_lets_through(
    stages: list[list[Step]], checkout: Path
) -> None:
    ignore = (checkout / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignore
    let_through = {line[1:] for line in ignore if line.startswith("!")}
    copies = [step.value for stage in stages for step in stage if step.instruction == "COPY"]
    sources = {word for value in copies if "--from" not in value for word in value.split()[:-1]}
    assert sources == let_through
    assert [source for source in sources if not (checkout / source).exists()] == []
    assert "ADD" not in {step.instruction for stage in stages for step in stage}


def test_no_secret_and_no_cache_stays_in_the_image(stages: list[list[Step]]) -> None:
    runs = [step.value for stage in stages for step in stage if step.instruction == "RUN"]
    installs = [c for value in runs for c in value.split("&&") if re.search(r"pip (install|wheel)", c)]
    assert installs
    assert all("--no-cache-dir" in c and ("--constraint" in c or "--no-deps" in c) for c in installs)
    assert "ARG" not in {step.instruction for stage in stages for step in stage}


def test_compose_locks_the_container_down(service: dict[str, Any], checkout: Path, stages: list[list[Step]]) -> None:
    assert (checkout / "docker" / service["build"]["context"]).resolve() == checkout
    assert (checkout / service["build"]["dockerfile"]).is_file()
    assert service["image"] == f"findspot:{__version__}"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert [t.split(":")[0] for t in service["tmpfs"]] == ["/tmp"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert service["volumes"][0].split(":")[1] == only(stages[-1], "VOLUME")


def test_writes_only_to_the_volume(stages: list[list[Step]]) -> None:
    environment = dict(word.split("=", 1) for word in shlex.split(only(stages[-1], "ENV")))
    volume = only(stages[-1], "VOLUME")
    assert environment["FINDSPOT_HOME"] == volume
    assert environment["XDG_CACHE_HOME"].startswith(f"{volume}/")


def test_both_files_check_health_in_the_same_way(service: dict[str, Any], stages: list[list[Step]]) -> None:
    options, command = only(stages[-1], "HEALTHCHECK").split(" CMD ", 1)
    assert ["CMD", *json.loads(command)] == service["healthcheck"]["test"]
    for name in ("interval", "timeout", "retries"):
        assert f"--{name}={service['healthcheck'][name]}" in options


@pytest.mark.slow
def test_its_commands_work(stages: list[list[Step]], checkout: Path, bare_env: dict[str, str], tmp_path: Path) -> None:
    image = Image(tmp_path, checkout, bare_env)
    for stage in stages:
        image.play(stage)
    home = tmp_path / "var/lib/findspot"
    rooms = {path.relative_to(tmp_path / "opt").parts[-5] for path in (tmp_path / "opt").rglob("*.nbi")}
    assert rooms == {"text", "sketch", "reference"}, "the kernels were not compiled into the image"
    assert not any(home.iterdir()), "building left something on the volume"

    health = only(stages[-1], "HEALTHCHECK").split(" CMD ", 1)[1]
    port = free_port()
    check = [word.replace("8000", str(port)) for word in json.loads(health)]
    assert image.exec(check).returncode, "the health check passes with no service there"
    command = [word.replace("8000", str(port)) for word in json.loads(only(stages[-1], "CMD"))]
    with image.served(command):
        deadline = time.monotonic() + 60
        while image.exec(check).returncode and time.monotonic() < deadline:
            time.sleep(0.2)
        healthy = image.exec(check)
        assert healthy.returncode == 0, healthy.stderr
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
            assert answer.status == 200


class Image:
    """Folders under ``root`` that stand for those of the image; paths in commands are rewritten to them."""

    FOLDERS = ("/opt/findspot", "/build", "/dist", "/src", "/var/lib/findspot")

    def __init__(self, root: Path, checkout: Path, env: dict[str, str]) -> None:
        self.root, self.checkout = root, checkout
        self.cwd = root
        (root / "bin").mkdir()
        (root / "bin/python").symlink_to(sys.executable)
        self.env = {**env, "PATH": f"{root}/bin:{env['PATH']}", "HOME": str(root)}

    def inside(self, text: str) -> str:
        """``text`` with the image's folders replaced."""
        names = "|".join(map(re.escape, self.FOLDERS))
        return re.sub(rf"(?<![\w.])({names})(?=[/:\s\"']|$)", lambda m: f"{self.root}{m[1]}", text)

    def play(self, stage: list[Step]) -> None:
        """Execute the steps that make files or settings."""
        for step in stage:
            if step.instruction == "COPY" and "--from" not in step.value:
                self._copy(step.value.split())
            elif step.instruction == "WORKDIR":
                self.cwd = Path(self.inside(step.value))
                self.cwd.mkdir(parents=True, exist_ok=True)
            elif step.instruction == "ENV":
                settings = dict(word.split("=", 1) for word in shlex.split(self.inside(step.value)))
                self.env |= {k: v.replace("$PATH", self.env["PATH"]) for k, v in settings.items()}
            elif step.instruction == "RUN" and "useradd" in step.value:
                (self.root / "var/lib/findspot").mkdir(parents=True)
            elif step.instruction == "RUN":
                done = self.exec(["sh", "-ec", self.inside(step.value)])
                assert done.returncode == 0, f"RUN {step.value}\n{done.stdout}\n{done.stderr}"

    def exec(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Run ``command`` as the image would."""
        program = shutil.which(command[0], path=self.env["PATH"])
        assert program, command
        return subprocess.run(
            [program, *command[1:]],
            cwd=self.cwd,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    @contextmanager
    def served(self, command: list[str]) -> Iterator[None]:
        """The image's CMD as a process while the block lasts."""
        program = shutil.which(command[0], path=self.env["PATH"])
        assert program
        with (self.root / "log").open("wb") as log:
            process = subprocess.Popen([program, *command[1:]], cwd=self.cwd, env=self.env, stdout=log, stderr=log)
            try:
                yield
            finally:
                process.terminate()
                process.wait(timeout=30)

    def _copy(self, words: list[str]) -> None:
        *sources, target = words
        place = self.cwd / self.inside(target)  # an absolute target stays one
        for origin in (self.checkout / source for source in sources):
            at = place / origin.name if target.endswith("/") else place
            at.parent.mkdir(parents=True, exist_ok=True)
            if origin.is_dir():
                shutil.copytree(origin, at, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(origin, at)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
