"""``findspot audit``: which works of the installed collections are in a dataset, and how much of each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from findspot.cli.options import (
    Encoding,
    IdColumn,
    InputFormat,
    Jobs,
    Name,
    Scaled,
    Sensitivity,
    SignatureRecipe,
    Strict,
    TextColumn,
    say,
    usable_cores,
)
from findspot.errors import UsageError

if TYPE_CHECKING:
    from findspot.audit import Report

#: Exit code of each outcome, the same for every format.
EXIT_CODES = {"pass": 0, "fail": 1, "inconclusive": 3}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("audit")(audit)


def audit(
    data: Annotated[
        list[Path] | None,
        typer.Argument(help="Files and folders of the dataset, or its manifest.", show_default=False),
    ] = None,
    collection: Annotated[
        list[str] | None,
        typer.Option(
            "--collection",
            envvar="FINDSPOT_COLLECTION",
            help="Search this collection, SLUG or SLUG@RELEASE; may be repeated. Else all that are installed.",
        ),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            envvar="FINDSPOT_FORMAT",
            help="text, json, md, html or csv. Else by the ending of -o, or text.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output", "-o", envvar="FINDSPOT_OUTPUT", help="File to write; may be repeated. Else standard output."
        ),
    ] = None,
    fail_on: Annotated[
        str,
        typer.Option(
            envvar="FINDSPOT_FAIL_ON",
            help="What fails: tiers T1…T5, the weakest level of text (passage, probable, found), or never.",
        ),
    ] = "T1,found",
    max_works: Annotated[
        int, typer.Option(envvar="FINDSPOT_MAX_WORKS", help="Works that may be there before the audit fails.", min=0)
    ] = 0,
    min_coverage: Annotated[
        float,
        typer.Option(
            envvar="FINDSPOT_MIN_COVERAGE", help="Share of the dataset that must have been read; else inconclusive."
        ),
    ] = 0.95,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", envvar="FINDSPOT_EXIT_ZERO", help="Exit with 0 whatever the verdict.")
    ] = False,
    error_rates: Annotated[
        Path | None,
        typer.Option(
            envvar="FINDSPOT_ERROR_RATES",
            help="Error rates that `findspot eval -o FILE` measured, for the report to cite. Else those shipped.",
            show_default=False,
        ),
    ] = None,
    plan: Annotated[
        bool,
        typer.Option(
            "--plan",
            envvar="FINDSPOT_PLAN",
            help="Print what this audit would detect and mistake, as text or json; read and write nothing.",
        ),
    ] = False,
    tokens: Annotated[
        str | None,
        typer.Option(
            "--tokens",
            envvar="FINDSPOT_TOKENS",
            help="With --plan: tokens of the dataset, such as 30M or 100G. Else from its header or files.",
        ),
    ] = None,
    text_column: TextColumn = None,
    id_column: IdColumn = None,
    input_format: InputFormat = None,
    encoding: Encoding = "utf-8",
    strict: Strict = False,
    sensitivity: Sensitivity = None,
    scaled: Scaled = None,
    jobs: Jobs = 0,
    name: Name = None,
    signature_recipe: SignatureRecipe = None,
) -> None:
    """Report which works of the installed collections are in a dataset, and how much of each.

    Exit codes: 0 the policy passes, 1 it fails, 2 usage, 3 inconclusive, 4 input or output failed.
    """
    from findspot.audit import make_policy, read_rates, run_audit
    from findspot.cli.plan import show_plan
    from findspot.dataset import ReadOptions, open_subject
    from findspot.reference import Library, home_dir
    from findspot.sketch import parse_recipe

    policy = make_policy({"fail_on": fail_on, "max_works": max_works, "min_coverage": min_coverage})
    outputs = _outputs(output or [], format)
    rates = read_rates(error_rates) if error_rates else None
    releases = Library(home_dir()).open(collection or None)
    options = ReadOptions(
        text_column=text_column,
        id_column=id_column,
        input_format=input_format,
        encoding=encoding,
        strict=strict,
        jobs=jobs or usable_cores(),
        sensitivity=sensitivity,
        scaled=scaled,
        name=name,
        signature_recipe=parse_recipe(signature_recipe) if signature_recipe else None,
    )
    if plan:
        show_plan(data or [], options, releases, tokens, format)
        return
    report = run_audit(open_subject(data or [], options), releases, policy, rates=rates)
    _show(report, outputs, format)
    if not exit_zero:
        raise typer.Exit(EXIT_CODES[report.verdict.outcome.value])


def _outputs(paths: list[Path], format: str | None) -> list[tuple[Path, str]]:
    """Each file with its format: wrong ones are refused before the audit, not after it."""
    from findspot.report import FORMATS, format_of

    if format is not None and format not in FORMATS:
        raise UsageError(f"there is no format {format!r}", advice=f"Formats are {', '.join(FORMATS)}.")
    for path in paths:
        if not path.parent.is_dir():
            raise UsageError(f"{path}: there is no folder {path.parent}", advice="Make it first.")
    return [(path, format or format_of(path)) for path in paths]


def _show(report: Report, outputs: list[tuple[Path, str]], format: str | None) -> None:
    from findspot.cli.report import print_report
    from findspot.report import write_report

    if not outputs:
        print_report(report, format or "text")
        return
    for path, kind in outputs:
        write_report(report, path, kind)
        say(f"wrote {path}")
    say(f"verdict: {report.verdict.outcome.value}: {'; '.join(report.verdict.reasons)}")
