"""What an audit can detect, in words and tables that the renderings and ``audit --plan`` share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from findspot.audit.model import Level

if TYPE_CHECKING:
    from findspot.audit.model import Detection, ScriptDetection

_SCRIPTS = {"spaced": "scripts with spaces between words", "unspaced": "scripts without spaces between words"}


def facts(detection: Detection) -> list[str]:
    """The shortest passage and the false findings to expect, a sentence each."""
    levels = {level.level: level for level in detection.levels}
    expected = ", ".join(f"{figure(levels[level].expected_false)} {level}" for level in reversed(Level))
    out = [
        f"False findings to expect by chance in {detection.tokens:,} tokens and {detection.works:,} "
        f"fingerprinted work{'' if detection.works == 1 else 's'}: {expected}; the rule allows "
        + ", ".join(f"{figure(levels[level].alpha)}" for level in reversed(Level))
        + "."
    ]
    for script in detection.scripts:
        where = f", {_SCRIPTS[script.script]}" if len(detection.scripts) > 1 or script.script == "unspaced" else ""
        lengths = ", ".join(f"{_tokens(script.shortest.get(level))} for {level}" for level in Level)
        out.append(f"Shortest verbatim passage in one record that is detected 19 times in 20{where}: {lengths}.")
    return out


def power_title(script: ScriptDetection, detection: Detection) -> str:
    """Title of the table of power."""
    where = f", {_SCRIPTS[script.script]}" if len(detection.scripts) > 1 or script.script == "unspaced" else ""
    return f"Probability of found, and of probable or found, by share of the work and tokens of the records{where}"


def power_header(script: ScriptDetection) -> tuple[str, ...]:
    """Columns of the table of power: the work's length, then a share and a length of records each."""
    first = script.power[0].work_tokens if script.power else 0
    columns = [f"{p.share * 100:.0f} % in {p.record_tokens}" for p in script.power if p.work_tokens == first]
    return ("Tokens", *columns)


def power_rows(script: ScriptDetection) -> list[tuple[str, ...]]:
    """A row for each length of work."""
    lengths = list(dict.fromkeys(p.work_tokens for p in script.power))
    cells = {
        n: [f"{_chance(p.found)} ({_chance(p.probable)})" for p in script.power if p.work_tokens == n] for n in lengths
    }
    return [(f"{length:,}", *cells[length]) for length in lengths]


def needed_header(detection: Detection) -> tuple[str, ...]:
    """Columns of the table of thresholds: a strength each."""
    return ("Work, tokens", *(f"{strength} hit{'s' if strength > 1 else ''}" for strength in detection.strengths))


def needed_rows(script: ScriptDetection) -> list[tuple[str, ...]]:
    """Regions that are needed for ``found``, and for ``probable`` in brackets."""
    return [
        (
            f"{row.work_tokens:,}",
            *(f"{f or '–'} ({p or '–'})" for f, p in zip(row.found, row.probable, strict=True)),
        )
        for row in script.thresholds
    ]


def figure(value: float) -> str:
    """``0.00163`` as ``0.0016``, ``1.0`` as ``1``."""
    return f"{value:.2g}"


def _chance(value: float) -> str:
    if 0.995 <= value < 1:
        return ">0.99"
    return "0" if value < 0.005 else f"{value:.2f}".removesuffix(".00")


def _tokens(value: int | None) -> str:
    return f"{value:,} tokens" if value else "none"
