"""Every measurement still runs: with next to no text, in seconds, and with no program but ours and datasketch."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"
TITLES = {
    "fingerprint": ("Raw text", "Limits", "The loop of MinHash", "Languages", "Two threads", "end to end"),
    "accuracy": ("beside datasketch", "Our audit", "Chunks of 384 words", "Works that are not there"),
    "intervals": ("containment, both ways", "Jaccard", "coverage", "score, by 1/3: ours", "goals: met"),
    "startup": ("audit of texts, nothing compiled", "audit of a manifest", "lookup"),
    "audit": ("collection: 200 books", "--jobs 0: median", "--jobs 1: median"),
}

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", TITLES)
def test_script_runs_and_prints_its_parts(name: str, tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "FINDSPOT_TEST_DATA"}
    done = subprocess.run(
        [sys.executable, "-W", "error", BENCH / f"{name}.py", "--smoke"],
        env=environment | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [title for title in TITLES[name] if title not in done.stdout] == []
    assert "nan" not in done.stdout
    assert not list(tmp_path.iterdir())


def test_what_a_script_prints_goes_into_its_place_of_the_page(tmp_path: Path) -> None:
    (tmp_path / "bench").mkdir()
    (tmp_path / "docs").mkdir()
    script, page, printed = (tmp_path / name for name in ("bench/paste.py", "docs/bench.md", "printed.txt"))
    script.write_bytes((BENCH / "paste.py").read_bytes())
    page.write_text("a\n<!-- bench/x.py -->\nold\n<!-- end of bench/x.py -->\nb\n", "utf-8")
    printed.write_text("real books of /some/where; 2 cores\n\n## Part\n\n| 1 |\n", "utf-8")
    subprocess.run([sys.executable, script, "x", printed], check=True)
    pasted = "a\n<!-- bench/x.py -->\n\nreal books; 2 cores\n\n### Part\n\n| 1 |\n\n<!-- end of bench/x.py -->\nb\n"
    assert page.read_text("utf-8") == pasted
    done = subprocess.run([sys.executable, script, "y", printed], check=False, capture_output=True, text=True)
    assert done.returncode
    assert "no place for what bench/y.py prints" in done.stderr
    assert page.read_text("utf-8") == pasted


def test_page_has_a_place_for_the_scripts_that_print_tables() -> None:
    page = (BENCH.parent / "docs" / "bench.md").read_text("utf-8")
    for name in ("fingerprint", "audit", "accuracy"):
        assert page.count(f"<!-- bench/{name}.py -->") == page.count(f"<!-- end of bench/{name}.py -->") == 1


def test_scripts_that_make_runs_are_there() -> None:
    listed = re.search(r"^BENCHES := (.*)$", (BENCH.parent / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert listed
    assert [name for name in listed[1].split() if not (BENCH / f"{name}.py").is_file()] == []


def test_every_program_that_is_measured_is_installed_in_a_fixed_version() -> None:
    programs = {path.stem.replace("_", "-") for path in (BENCH / "peers").glob("*.py")}
    programs -= {"--init--", "door", "shingles", "datasketch"}  # datasketch is one of our own requirements
    listed = set(re.findall(r"^([\w-]+)==[\w.]+$", (BENCH / "requirements.txt").read_text("utf-8"), re.MULTILINE))
    assert programs
    assert programs <= listed


@pytest.mark.data
@pytest.mark.parametrize("name", ["chance", "unspaced"])
def test_script_measures_real_books(name: str, test_data: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", BENCH / f"{name}.py"],
        env=os.environ | {"FINDSPOT_TEST_DATA": str(test_data)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"[1-9]", done.stdout)
    assert "nan" not in done.stdout
