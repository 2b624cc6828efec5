"""One small module per command; each has a ``register(app)`` that adds it. Heavy imports wait until a command runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from findspot.cli import audit, collection, demo, evaluate, fingerprint, lookup, report, serve

if TYPE_CHECKING:
    from collections.abc import Callable

    import typer

COMMANDS: tuple[Callable[[typer.Typer], None], ...] = (
    audit.register,
    collection.register,
    demo.register,
    evaluate.register,
    fingerprint.register,
    lookup.register,
    report.register,
    serve.register,
)
