"""How long the command takes to start: the first time after installation, when kernels are compiled, and later.

The package is copied to a folder of its own, without compiled kernels, and every run is a fresh process there, on one
record of 12,000 words and a release of one work: what it takes is start-up. CPU is user and system time of the process.
Goals, on an idle machine: 10 s for the first start, 1 s for later ones.

    python bench/startup.py [--quick | --smoke]
"""

from __future__ import annotations

import compileall
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import findspot

if TYPE_CHECKING:
    from bench.clock import effort
else:
    from clock import effort

COMMANDS = {
    "--version": ("--version",),
    "fingerprint": ("fingerprint", "texts", "-o", "m.manifest.parquet"),
    "audit of texts": ("audit", "texts", "--exit-zero", "-o", "report.json"),
    "audit of a manifest": ("audit", "m.manifest.parquet", "--exit-zero", "-o", "report.json"),
    "lookup": ("lookup", "isbn:9780306406157"),
}


class Installation:
    """A copy of the package and a home folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        package = Path(findspot.__file__).parent
        checkout = package.parents[1]
        self.site = folder / "service"
        shutil.copytree(package, self.site / "findspot", ignore=shutil.ignore_patterns("__pycache__"))
        for room in ("schemas", "fingerprints"):
            if (checkout / room).is_dir():
                shutil.copytree(checkout / room, folder / room)
        compileall.compile_dir(self.site, quiet=1)
        (folder / "texts").mkdir()
        words = (f"word{n % 977} of{n % 389} row{n % 241}" for n in range(4000))
        (folder / "texts/record.txt").write_text(" ".join(words), "utf-8")

    def run(self, *arguments: str) -> tuple[float, float]:
        """CPU and wall seconds of a command."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("FINDSPOT_", "NUMBA_"))}
        environment = kept | {"PYTHONPATH": str(self.site), "FINDSPOT_HOME": str(self.folder / "home")}
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        command = [sys.executable, "-m", "findspot.cli.main", *arguments]
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            sys.exit(f"{' '.join(arguments)}: exit code {done.returncode}\n{done.stderr}")
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, wall

    def forget(self) -> None:
        """Remove the compiled kernels."""
        for folder in self.site.rglob("kernels-*"):
            shutil.rmtree(folder)


def spread(values: list[float]) -> str:
    """Median, least and most."""
    return f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


def main() -> None:
    """Measure and print."""
    first, later = {"full": (3, 11), "quick": (1, 5), "smoke": (1, 1)}[effort(__doc__)]
    with tempfile.TemporaryDirectory() as name:
        installed = Installation(Path(name))
        installed.run("collection", "build", "small", "texts", "-o", "release", "--as-of", "2026-01-01")
        installed.run("collection", "install", "release")
        print(f"| {'start of':33} | runs | {'CPU, s':18} | {'wall, s':20} |")
        print(f"| {'-' * 33} | ---: | {'-' * 17}: | {'-' * 19}: |")
        for command in ("fingerprint", "audit of texts"):
            runs = []
            for _ in range(first):
                installed.forget()
                runs.append(installed.run(*COMMANDS[command]))
            show(f"{command}, nothing compiled", runs)
        for command, arguments in COMMANDS.items():
            installed.run(*arguments)
            show(command, [installed.run(*arguments) for _ in range(later)])


def show(name: str, runs: list[tuple[float, float]]) -> None:
    """Print a row."""
    cpu, wall = (spread(list(values)) for values in zip(*runs, strict=True))
    print(f"| {name:33} | {len(runs):>4} | {cpu:>18} | {wall:>20} |")


if __name__ == "__main__":
    main()
