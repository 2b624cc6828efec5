"""``findspot audit --plan``: what an audit would detect and mistake, before anything runs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import typer

from findspot.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from findspot.audit import Plan
    from findspot.dataset import ReadOptions
    from findspot.reference import OpenRelease

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9, "t": 10**12}


def parse_tokens(text: str) -> int:
    """``100G`` as 100,000,000,000; also ``1.5M``, ``20k``, ``1e9``.

    Raises:
        UsageError: It is no number of tokens.
    """
    match = re.fullmatch(r"(\d[\d_,]*(?:\.\d+)?(?:e\d{1,2})?)\s*([kmgbt]?)", text.strip().lower())
    if not match:
        raise UsageError(f"--tokens {text!r}: expected a number of tokens", advice="Such as 250000, 30M or 100G.")
    return max(1, round(float(match[1].replace(",", "").replace("_", "")) * _UNITS[match[2]]))


def show_plan(
    data: Sequence[Path], options: ReadOptions, releases: Sequence[OpenRelease], tokens: str | None, format: str | None
) -> None:
    """Print the plan of an audit: nothing is read but headers and sizes of files, and nothing is written.

    Raises:
        UsageError: There is neither a dataset nor a number of tokens, or no such format.
    """
    from findspot.audit import plan_audit
    from findspot.dataset import estimate_tokens

    if format not in (None, "text", "json"):
        raise UsageError(f"a plan has no format {format!r}", advice="Formats of a plan are text and json.")
    stated = parse_tokens(tokens) if tokens is not None else None
    if not data and stated is None:
        raise UsageError("no dataset was given", advice="Name its files, or its size with --tokens 30M.")
    size = estimate_tokens(data, options, stated)
    plan = plan_audit(size, releases)
    typer.echo(_json(plan) if format == "json" else _text(plan), nl=False)


def _json(plan: Plan) -> str:
    from findspot.report.as_json import plain

    return json.dumps(plain(plan), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _text(plan: Plan) -> str:
    from findspot.report import detection as words

    d = plan.detection
    held = ", ".join(f"{r.collection}@{r.release}" for r in plan.references) or "no collection"
    lines = [
        f"Plan: {plan.name}, {d.tokens:,} tokens ({plan.tokens_from}), held against {held}.",
        f"Sensitivity {plan.sensitivity}: shingles of {plan.k} tokens, 1 in {d.scaled} sampled.",
        "",
        *(f"- {fact}" for fact in words.facts(d)),
    ]
    for script in d.scripts:
        lines += ["", words.power_title(script, d), *_table(words.power_header(script), words.power_rows(script))]
        title = "Regions of so many hits that make a work found (probable in brackets)"
        lines += ["", title, *_table(words.needed_header(d), words.needed_rows(script))]
    lines += ["", f"A single region is a passage from {d.passage_strength} hits.", f"{d.correction}."]
    return "\n".join(lines) + "\n"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [header, *rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(header))]
    return ["  " + "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
