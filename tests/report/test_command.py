"""``findspot report render`` as a person or a script runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from findspot.report import FORMATS, load_report, render, write_report

from .samples import failing

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "report.json"
    write_report(failing(), path)
    return path


def findspot(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FINDSPOT_")}
    command = [sys.executable, "-m", "findspot.cli.main", *map(str, arguments)]
    return subprocess.run(command, env=kept | environment, capture_output=True, timeout=120, check=False)


@pytest.mark.parametrize("format_", FORMATS)
def test_standard_output_is_the_rendering(format_: str, written: Path) -> None:
    done = findspot("report", "render", written, "--format", format_, PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode() == render(failing(), format_)
    assert done.stderr == b""


def test_the_output_gives_the_format(written: Path, tmp_path: Path) -> None:
    done = findspot("report", "render", written, "-o", tmp_path / "page.html")
    assert (done.returncode, done.stdout) == (0, b"")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == render(failing(), "html")


def test_options_have_environment_twins(written: Path, tmp_path: Path) -> None:
    out = tmp_path / "again.txt"
    done = findspot("report", "render", written, FINDSPOT_FORMAT="json", FINDSPOT_OUTPUT=str(out))
    assert done.returncode == 0
    assert load_report(out) == failing()


def test_errors_have_their_exit_codes_and_say_the_way_out(written: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"schema": "findspot.report/1", "id": 3}')
    for code, message, arguments in (
        (2, "--format", (written, "-o", tmp_path / "report.docx")),
        (2, "Did you mean html", (written, "--format", "htm")),
        (4, "field id", (broken,)),
        (4, "cannot be read", (tmp_path / "none.json",)),
        (4, "cannot be written", (written, "-o", tmp_path / "none" / "r.html")),
    ):
        done = findspot("report", "render", *arguments)
        assert done.returncode == code
        assert message in done.stderr.decode()
        assert "Traceback" not in done.stderr.decode()
        assert done.stdout == b""


def test_the_command_loads_no_renderer_before_it_runs() -> None:
    look = "import sys, findspot.cli.main; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, timeout=60, check=True)
    assert not {"jinja2", "pydantic", "findspot.report"} & set(done.stdout.split())
