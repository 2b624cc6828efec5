"""Which program answers: its version, and the digest of its code."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import findspot


@cache
def program() -> str:
    """``version+digest`` of the package's Python files.

    An audit that another program answered is asked anew. The version alone does not tell two programs apart: a
    checkout, a patched installation and a development build all have the one that was set last.
    """
    root = Path(findspot.__file__).parent
    code = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        code.update(f"{path.relative_to(root).as_posix()}\0".encode())
        code.update(hashlib.sha256(path.read_bytes()).digest())
    return f"{findspot.__version__}+{code.hexdigest()[:16]}"
