"""Where the published data lie: inside an installed package, or at the top of a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Literal


def data_dir(kind: Literal["schemas", "fingerprints"]) -> Path:
    """Folder of the shipped ``schemas`` or ``fingerprints``.

    A wheel carries them as ``findspot/_shipped/…``; an editable install reads the checkout, which ``force-include``
    does not reach.
    """
    package = Path(__file__).resolve().parent
    packed = package / "_shipped" / kind
    return packed if packed.is_dir() else package.parents[1] / kind
