"""Memory is bounded by the batch, not by the dataset."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import zstandard

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import re, sys
from pathlib import Path
from findspot.dataset import ReadOptions, open_subject, write_manifest
info = write_manifest(open_subject([Path(sys.argv[1])], ReadOptions(jobs=2)), Path(sys.argv[2]))
# Not getrusage: its peak begins with that of the process that started this one.
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text()).group(1)
print(info.facts.records, info.facts.bytes, peak)
"""


@pytest.mark.slow
def test_a_gigabyte_of_json_lines(tmp_path: Path) -> None:
    draw = random.Random(7)
    words = [f"word{number}" for number in range(5000)]
    lines = [json.dumps({"id": n, "text": " ".join(draw.choices(words, k=300))}) + "\n" for n in range(4000)]
    block = "".join(lines).encode()
    times = (1 << 30) // len(block) + 1
    path = tmp_path / "rows.jsonl.zst"
    with path.open("wb") as file, zstandard.ZstdCompressor().stream_writer(file) as writer:
        for _ in range(times):
            writer.write(block)
    command = [sys.executable, "-c", SCRIPT, str(path), str(tmp_path / "m")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    records, size, peak = map(int, done.stdout.split())
    assert records == 4000 * times
    assert size > 1_000_000_000
    assert peak < 700 * 1024  # kilobytes, the interpreter and its libraries included
