"""What the command's own process is spared, and programs that import findspot keep."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def test_the_command_loads_kernels_without_scipy(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("one two three four five six seven eight nine ten " * 20, "utf-8")
    command = ["-m", "findspot.cli.main", "fingerprint", "text.txt", "-o", "m.manifest.parquet"]
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    loaded = set(re.findall(r"^import time:.*\|\s*([\w.]+)$", done.stderr, re.MULTILINE))
    assert {"numba", "findspot.text.kernel"} <= loaded
    assert not [name for name in loaded if name.startswith(("scipy._", "scipy.version", "datasketch"))]


def test_a_program_that_imports_findspot_keeps_its_scipy_and_its_collector() -> None:
    code = "import gc; before = gc.get_threshold(); import findspot.cli.main, findspot.sketch, scipy.linalg; "
    code += "print(gc.get_threshold() == before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "True"), done.stderr
