"""Other programs that make signatures or sketches of text: one module a program, one door.

Each module has ``contenders()``, the settings of that program worth timing. The shingles are ours in all of them: 8
words, 128 permutations, one hash in 64 in a sketch.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version

from .door import Contender, identity, positions_equal

__all__ = ["PROGRAMS", "Contender", "identity", "load", "positions_equal"]

PROGRAMS = ("datasketch", "rensa", "gaoya", "daft", "sourmash", "datatrove", "text_dedup")


def load() -> tuple[list[Contender], dict[str, str]]:
    """Contenders of all programs that can be imported here; and why the others cannot."""
    found: list[Contender] = []
    missing: dict[str, str] = {}
    for name in PROGRAMS:
        try:
            module = import_module(f".{name}", __name__)
            found += module.contenders(f"{name} {version(name.replace('_', '-'))}")
        except Exception as error:  # noqa: BLE001 - a program of others may fail as it likes; the table says how
            missing[name] = f"{type(error).__name__}: {error}".splitlines()[0]
    return found, missing
