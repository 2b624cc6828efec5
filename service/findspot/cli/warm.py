"""Compile the kernels now, so that no later start has to: ``python -m findspot.cli.warm``.

For whoever installs Findspot where its users cannot write, in an image or for many: what is compiled lies beside the
modules and is found there (:mod:`findspot.text.jit`). The real commands run once on a few words; what they make is
thrown away. A processor unlike this one compiles again, by itself.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import typer

from findspot.cli.main import app
from findspot.cli.start import hurry

_TEXT = " ".join(f"word{n % 977} of{n % 389} row{n % 241}" for n in range(4000))


def warm() -> Path | None:
    """Run what uses kernels; the folder of the text kernel, None if it could not be kept."""
    from findspot.text.kernel import sample_column

    with TemporaryDirectory(prefix="findspot-") as name:
        scratch = Path(name)
        texts, release, manifest = scratch / "texts", scratch / "release", scratch / "m.manifest.parquet"
        texts.mkdir()
        (texts / "warm.txt").write_text(_TEXT, "utf-8")
        before = os.environ.get("FINDSPOT_HOME")
        os.environ["FINDSPOT_HOME"] = str(scratch / "home")
        try:
            _run("collection", "build", "warm", texts, "-o", release, "--signatures", "fs1", "--as-of", "2026-01-01")
            _run("collection", "install", release)
            _run("fingerprint", texts, "-o", manifest, "--signatures")
            _run("audit", manifest, "--exit-zero", "-o", scratch / "report.json")
        finally:
            del os.environ["FINDSPOT_HOME"]
            if before is not None:
                os.environ["FINDSPOT_HOME"] = before
    kept = sample_column.stats.cache_path
    return Path(kept) if kept else None


def _run(*arguments: str | Path) -> None:
    app([str(argument) for argument in arguments], standalone_mode=False)


if __name__ == "__main__":
    hurry()
    start = time.perf_counter()
    folder = warm()
    typer.echo(f"compiled kernels lie in {folder or 'no folder'} ({time.perf_counter() - start:.1f} s)", err=True)
    raise SystemExit(0 if folder else 4)
