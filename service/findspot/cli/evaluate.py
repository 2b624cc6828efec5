"""``findspot eval``: the error rates of every detector, measured on labelled data through the real pipeline."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from findspot.cli.options import Jobs, Scaled, Sensitivity, say, usable_cores
from findspot.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from findspot.audit.model import ErrorRate
    from findspot.audit.rates import ErrorRates


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("eval")(evaluate)


def evaluate(
    data: Annotated[
        Path | None,
        typer.Option(
            envvar="FINDSPOT_DATA",
            help="Folder of labelled data (works.csv, pairs.csv, books/, ocr/). Else texts of installed packages.",
            show_default=False,
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(envvar="FINDSPOT_NAME", help="Name of the data in the rows. Else that of the folder."),
    ] = None,
    detector: Annotated[
        list[str] | None,
        typer.Option(envvar="FINDSPOT_DETECTOR", help="Measure this detector alone; may be repeated. Else all."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", envvar="FINDSPOT_OUTPUT", help="File to write the rates to, as JSON."),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", envvar="FINDSPOT_JSON", help="Print JSON instead of the table.")
    ] = False,
    show: Annotated[
        Path | None,
        typer.Option(envvar="FINDSPOT_SHOW", help="Print the table of a file of rates, and measure nothing."),
    ] = None,
    headlines: Annotated[
        bool, typer.Option("--headlines", envvar="FINDSPOT_HEADLINES", help="Keep only the rows that reports cite.")
    ] = False,
    quick: Annotated[
        bool, typer.Option("--quick", envvar="FINDSPOT_QUICK", help="Fewer texts, conditions and repetitions.")
    ] = False,
    seed: Annotated[int, typer.Option(envvar="FINDSPOT_SEED", help="Decides what is drawn.", min=0)] = 1,
    sensitivity: Sensitivity = None,
    scaled: Scaled = None,
    jobs: Jobs = 0,
) -> None:
    """Measure how often detectors miss works and report ones that are not there, on data whose truth is known.

    Exit codes: 0 measured, 2 usage, 4 the data cannot be read or the file not written.
    """
    if show is not None:
        from findspot.audit import read_rates

        _show(read_rates(show))
        return
    from findspot.evaluation import DETECTORS, Settings, read_layout, read_recipe
    from findspot.evaluation import evaluate as measure
    from findspot.report import write_text

    if output is not None and not output.parent.is_dir():
        raise UsageError(f"{output}: there is no folder {output.parent}", advice="Make it first.")
    material = read_layout(data, name) if data is not None else read_recipe(name=name or "bible")
    chosen = (sensitivity,) if sensitivity else Settings().sensitivities
    settings = Settings(chosen, scaled, jobs or usable_cores())
    with _progress() as progress:
        rates = measure(material, settings, detectors=detector or DETECTORS, seed=seed, quick=quick, progress=progress)
    if headlines:
        from findspot.audit.rates import is_headline

        rates = rates.model_copy(update={"error_rates": tuple(filter(is_headline, rates.error_rates))})
    for part in rates.data.left_out:
        say(f"left out: {part}")
    if output is not None:
        write_text(rates.to_json(), output)
        say(f"wrote {output}")
    if json:
        sys.stdout.write(rates.to_json())
    elif output is None:
        _show(rates)


class _progress:  # noqa: N801 - used as a function
    """One line on standard error that changes, on a terminal; nothing elsewhere."""

    def __enter__(self) -> Callable[[str], None]:
        from rich.console import Console

        self._status = Console(stderr=True).status("reading") if sys.stderr.isatty() else None
        if self._status is not None:
            self._status.start()
        return self._tell

    def _tell(self, what: str) -> None:
        if self._status is not None:
            self._status.update(what)

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()


def _show(rates: ErrorRates) -> None:
    """Print the rows that reports cite, as a table."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from findspot.audit.rates import is_headline
    from findspot.report.words import clean

    console = Console(highlight=False, markup=False)
    about = rates.data
    sampled = ", ".join(f"1 in {scaled} sampled ({name})" for name, scaled in rates.scaled.items())
    languages = ", ".join(about.languages) or "none"
    console.print(
        f"Measured on {clean(about.name)}: {about.works:,} texts, {about.tokens:,} words or characters, languages: "
        f"{languages}. Scheme {rates.scheme}, {sampled}."
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("Detector", "What", "Of which works"):
        table.add_column(title)
    for title in ("Events", "Trials", "Rate", "95 % interval"):
        table.add_column(title, justify="right", no_wrap=True)
    for row in filter(is_headline, rates.error_rates):
        level = f", {row.level}" if row.level else ""
        counted = ("" if row.events is None else f"{row.events:,}", f"{row.trials:,}")
        interval = f"{row.low:.4f}–{row.high:.4f}"
        what = _WHAT[row.quantity] + level
        detector = f"{row.detector}, {row.sensitivity}"
        table.add_row(detector, what, _where(row), *counted, f"{row.estimate:.4f}", interval)
    console.print(table)
    console.print(
        "A miss is a work without a finding of that level or a stronger one. Lengths are in words. All rows: --json."
    )


def _where(row: ErrorRate) -> str:
    """Which works a row is about: ``whole, >=5k, de``; lengths are in words."""
    share = None if row.share is None else "whole" if row.share == 1 else f"{row.share:.0%} there"
    noise = None if row.noise == "none" else row.noise
    return ", ".join(part for part in (share, row.length, row.language, noise) if part) or "all"


_WHAT = {
    "false_negative_rate": "missed",
    "false_positive_rate": "false",
    "coverage_error": "coverage: error",
    "coverage_bias": "coverage: bias",
    "interval_coverage": "interval holds",
}
