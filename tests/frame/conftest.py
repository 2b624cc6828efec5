"""The frame is tested from outside: by the files of the checkout and by real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def checkout() -> Path:
    """Top of the checkout."""
    top = Path(__file__).parents[2]
    assert (top / "pyproject.toml").is_file()
    return top


@pytest.fixture(scope="session")
def bare_env() -> dict[str, str]:
    """The environment without settings of Findspot, of this virtual environment or of pytest."""
    dropped = ("FINDSPOT_", "PYTHON", "PYTEST_", "VIRTUAL_ENV", "MAKE", "MFLAGS", "COVERAGE")
    return {k: v for k, v in os.environ.items() if not k.startswith(dropped)}


@pytest.fixture(scope="session")
def run(bare_env: dict[str, str]) -> Run:
    """Run a command to its end and return it; with ``check`` (the default) a failure shows all that it printed."""

    def runner(
        *command: str | Path, cwd: Path, check: bool = True, timeout: float = 600, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env={**bare_env, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if check and done.returncode:
            pytest.fail(f"{command} exited with {done.returncode}\n{done.stdout}\n{done.stderr}", pytrace=False)
        return done

    return runner


@pytest.fixture(scope="session")
def wheel(checkout: Path, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = (sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, checkout)
    run(*build, cwd=folder)
    (built,) = folder.glob("findspot-*.whl")
    return built
