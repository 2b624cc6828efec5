"""What lets the command start and stop fast: settings of its own process, never of a program that imports findspot."""

from __future__ import annotations

import atexit
import gc
import sys
from typing import Any, Final

_OBJECTS: Final = 50_000  # made between two rounds of the garbage collector, 700 unless set


def hurry() -> None:
    """Set the process up, before anything heavy is imported. Halves the CPU time of a short command."""
    # Imports make a million objects that stay: looking through them again and again, and once more when the process
    # ends, takes longer than most audits.
    gc.set_threshold(_OBJECTS, 20, 20)
    atexit.register(gc.freeze)
    # numba loads scipy, if it is installed, for linear algebra in kernels; ours have none. An import of what is None
    # fails like that of a package which is not installed.
    modules: dict[str, Any] = sys.modules
    modules.setdefault("scipy", None)
