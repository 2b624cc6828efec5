"""Every command block of the README runs, in the order of the page, in a folder that looks like a fresh checkout.

A block is what stands between ```sh and ```. All are run by one `sh -e`; a comment `# exit code N` after a command says
that this one ends with N. Blocks that show output (```text) must consist of lines that the commands have
printed; `…` stands for lines left out.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RAN = ("sh",)
SHOWN = ("text",)


@pytest.fixture(scope="module")
def blocks(checkout: Path) -> list[tuple[str, str]]:
    return BLOCK.findall((checkout / "README.md").read_text(encoding="utf-8"))


@pytest.fixture
def folder(checkout: Path, tmp_path: Path) -> Path:
    """A checkout of links to this one, with this environment as its .venv."""
    top = tmp_path / "findspot"
    top.mkdir()
    for path in checkout.iterdir():
        if path.name not in (".venv", ".git", "dist", "build", "findspot-demo") and not path.name.endswith("_cache"):
            (top / path.name).symlink_to(path)
    (top / ".venv").mkdir()
    for path in Path(sys.prefix).iterdir():
        (top / ".venv" / path.name).symlink_to(path)
    ready = top / ".venv/.findspot-ready"
    ready.unlink(missing_ok=True)
    ready.touch()
    return top


def test_every_block_is_either_run_or_checked(blocks: list[tuple[str, str]]) -> None:
    assert {kind for kind, _ in blocks} == {*RAN, *SHOWN}


@pytest.mark.slow
def test_commands_run_and_print_what_the_page_shows(
    blocks: list[tuple[str, str]], folder: Path, bare_env: dict[str, str]
) -> None:
    commands = "\n".join(script for kind, script in blocks if kind in RAN)
    printed = shell(commands, folder, bare_env)
    said = {squeeze(line) for line in printed.splitlines()}
    for kind, text in blocks:
        if kind in SHOWN:
            missing = [line for line in text.splitlines() if squeeze(line) not in said | {"", "…"}]
            assert missing == [], f"the README shows lines that no command prints; they print:\n{printed}"


def shell(script: str, folder: Path, env: dict[str, str]) -> str:
    """Run ``script`` in one shell, its own process group, so that a service left running by it is ended too."""
    command = r"^((?:.*\\\n)*.*?) *# exit code (\d+).*$"
    checked = re.sub(command, r"code=0; \1 || code=$?; [ $code -eq \2 ]", script, flags=re.MULTILINE)
    checked = checked.replace("8000", str(free_port()))
    path = f"{folder}/.venv/bin:{env['PATH']}"
    process = subprocess.Popen(
        ["sh", "-euc", checked],
        cwd=folder,
        env={**env, "PATH": path, "FINDSPOT_HOME": str(folder / "home")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        printed, _ = process.communicate(timeout=600)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0, printed
    return printed


def squeeze(line: str) -> str:
    """A line without differences in white space, which the width of a terminal makes."""
    return re.sub(r"\s+", " ", line).strip()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
