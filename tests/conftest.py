"""What every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Folder of the real books and lists, from ``FINDSPOT_TEST_DATA``; the test is skipped without it."""
    folder = os.environ.get("FINDSPOT_TEST_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("real data not here: set FINDSPOT_TEST_DATA to their folder")
    return Path(folder)
