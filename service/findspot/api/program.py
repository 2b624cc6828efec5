"""Which program answers: its version, and the digest of its code and of the facts that ship with it."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import findspot
from findspot.shipped import data_dir


@cache
def program() -> str:
    """``version+digest`` of the package's Python files, its shipped releases and its catalogue.

    An audit that another program answered is asked anew. The version alone does not tell two programs apart: a
    checkout, a patched installation and a development build all have the one that was set last.
    """
    seen = hashlib.sha256()
    # A release's `release.json` holds the digests of its other files.
    places = ((Path(findspot.__file__).parent, "*.py"), *((data_dir("fingerprints"), name) for name in _SHIPPED))
    for root, pattern in places:
        for path in sorted(root.rglob(pattern)):
            seen.update(f"{path.relative_to(root).as_posix()}\0".encode())
            seen.update(hashlib.sha256(path.read_bytes()).digest())
    return f"{findspot.__version__}+{seen.hexdigest()[:16]}"


_SHIPPED = ("release.json", "*.yaml")
