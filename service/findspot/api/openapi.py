"""The published OpenAPI document: ``python -m findspot.api.openapi > schemas/openapi.json``; a test compares them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from findspot.api.app import create_app
from findspot.api.settings import Settings


def document() -> str:
    """The document as it is published, with a newline at its end."""
    app = create_app(Settings(home=Path("unused")))  # the home is opened when a server starts, not here
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
