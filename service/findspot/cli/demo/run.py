"""The demo: the whole way from a list of pirated books to a report, on texts that anyone may have.

Every step runs the real command in a process of its own and prints it first, so that the demo is also a lesson.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

from findspot.cli.demo.stage import DemoError, findspot, say
from findspot.errors import OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from findspot.cli.demo.library import Truth

SLUG = "demo-library"
#: How far a measured share may be from the truth before the demo calls it wrong; more than sampling can explain.
TOLERANCE = 0.1
#: What the demo writes into its folder. Only these are removed when it runs again.
_FILES = (
    "truth.csv",
    "works.csv",
    "dataset.parquet",
    "dataset.manifest.parquet",
    "report.json",
    "report.html",
    "serve.log",
)
_FOLDERS = ("library", "release", "home")


class Demo:
    """One run of the demo in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"

    def run(self, *, http: bool) -> None:
        """Run all steps.

        Raises:
            UsageError: An extra is not installed, or the folder holds something else.
            DemoError: A step failed, a present book was missed or measured wrongly, or an absent one reported.
        """
        from findspot.cli.demo.library import read_books, write_dataset, write_library

        books = read_books()
        if http:
            _require_service()
        self._prepare()
        say(f"A stand-in shadow library and a dataset with parts of it, in {self.folder}\n")
        say("The commands below work in that folder, as you could type them:\n")
        say(f"$ cd {shlex.quote(str(self.folder))}; export FINDSPOT_HOME=$PWD/home\n")
        write_library(books, self.folder / "library", self.folder / "works.csv")
        truth = write_dataset(books, self.folder / "dataset.parquet", self.folder / "truth.csv")

        say("1. The library becomes a release: fingerprints and facts of each book, no text. It is installed.\n")
        self.command(*_BUILD)
        self.command("collection", "install", "release")
        say("2. The dataset is audited. The verdict is `fail`, and so is the exit code: pirated books are in it.\n")
        report = self._audit("dataset.parquet", "-o", "report.json", "-o", "report.html", text_column="text")
        if http:
            self._over_http(report)
        say("" if http else "The service was left out, as --no-http says.\n")
        say("The report:\n")
        self.command("report", "render", "report.json")
        problems = compare(truth, report)
        say(f"report.html  {self.folder / 'report.html'}")
        say(f"report.json  {self.folder / 'report.json'}")
        if problems:
            raise DemoError(
                "the demo did not go as expected: " + "; ".join(problems),
                advice=f"The dataset and its truth are in {self.folder}; please report this with the two files.",
            )
        say("\nEvery book that is in the dataset was reported, and no other. The audit's own exit code was 1 (fail).")

    def command(self, *arguments: str, expect: int = 0) -> str:
        """Run ``findspot ARGUMENTS`` in the demo's folder and home; its standard output.

        Raises:
            DemoError: It exits with another code than ``expect``.
        """
        say("$ findspot " + shlex.join(arguments))
        done = subprocess.run(  # noqa: S603 - our own command, with arguments of our own
            [*findspot(), *arguments],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != expect:
            call = f"findspot {shlex.join(arguments)}"
            raise DemoError(f"`{call}` exited with {done.returncode} instead of {expect}:\n{done.stderr.strip()}")
        say(done.stderr + done.stdout)
        return done.stdout

    def environment(self) -> dict[str, str]:
        """The caller's environment with a home of the demo's own and no other setting of Findspot."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("FINDSPOT_")}
        return {**kept, "FINDSPOT_HOME": str(self.home), "PYTHONUTF8": "1"}

    def _prepare(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            foreign = {p.name for p in self.folder.iterdir()} - {*_FILES, *_FOLDERS}
            if foreign:
                raise UsageError(
                    f"{self.folder} holds something that the demo did not write: {sorted(foreign)[0]}",
                    advice="Choose another folder with --out.",
                )
            for name in _FOLDERS:
                shutil.rmtree(self.folder / name, ignore_errors=True)
            for name in _FILES:
                (self.folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(
                f"cannot write to {self.folder}: {error}", advice="Choose another folder with --out."
            ) from error

    def _audit(self, data: str, *options: str, text_column: str | None = None) -> dict[str, Any]:
        column = ("--text-column", text_column) if text_column else ()
        self.command("audit", data, *column, *options, expect=1)
        report: dict[str, Any] = json.loads((self.folder / "report.json").read_text(encoding="utf-8"))
        return report

    def _over_http(self, report: dict[str, Any]) -> None:
        from findspot.cli.demo.service import Service

        say("3. The same over HTTP. What is sent is a manifest: digests and sketches of the records, no text.\n")
        self.command("fingerprint", "dataset.parquet", "--text-column", "text", "-o", "dataset.manifest.parquet")
        with Service(self.folder, self.environment()) as service:
            answer = service.audit(self.folder / "dataset.manifest.parquet")
        if answer["findings"] != report["findings"] or answer["verdict"] != report["verdict"]:
            raise DemoError("the service and the command disagree on the same dataset")
        say(f"The service's findings are the command's: {len(answer['findings'])}, equal in every field.\n")


_BUILD = (
    *("collection", "build", SLUG, "library", "-o", "release", "--works", "works.csv"),
    *("--title", "Stand-in shadow library (books of the King James Bible)"),
    *("--kind", "books", "--status", "pirated", "--as-of", "2026-01-01"),
)


def compare(truth: Sequence[Truth], report: dict[str, Any]) -> list[str]:
    """Print the truth beside the measurement; what is wrong: books missed, mismeasured, or reported for nothing."""
    from rich.console import Console
    from rich.table import Table

    found = {f["work"]["title"]: f for f in report["findings"] if f["status"] == "open"}
    table = Table(title="Truth and measurement, share of each book", title_justify="left", box=None)
    for name in ("book", "in the dataset", "measured", "95 % interval", "level"):
        table.add_column(name, justify="left" if name in ("book", "level") else "right")
    problems = []
    for row in truth:
        finding = found.pop(row.title, None)
        coverage = (finding or {}).get("coverage") or {}
        if bool(finding) != bool(row.words_in_dataset):
            problems.append(f"{row.title}: {'missed' if finding is None else 'reported, but it is not there'}")
        elif coverage and abs(coverage["estimate"] - row.share) > TOLERANCE:
            problems.append(f"{row.title}: measured {coverage['estimate']:.3f}, and the truth is {row.share:.3f}")
        table.add_row(
            row.title,
            f"{row.share:.3f}",
            f"{coverage['estimate']:.3f}" if coverage else "-",
            f"{coverage['low']:.3f} to {coverage['high']:.3f}" if coverage else "-",
            (finding or {}).get("level") or "not reported",
        )
    problems.extend(f"{title}: reported, but it is no book of the library" for title in found)
    Console(highlight=False, soft_wrap=True).print(table)
    return problems


def _require_service() -> None:
    try:
        import fastapi  # noqa: F401
        import httpx  # noqa: F401
        import sqlmodel  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise UsageError(
            f"the service is not installed: no package {error.name}",
            advice='Install it with: pip install "findspot[service,demo]", or leave it out with --no-http.',
        ) from error
