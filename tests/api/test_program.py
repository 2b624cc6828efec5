"""What tells two programs apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import findspot
from findspot.api.program import program

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_code_and_shipped_data_name_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, shipped = tmp_path / "findspot", tmp_path / "fingerprints"
    (code / "audit").mkdir(parents=True)
    (shipped / "releases" / "a").mkdir(parents=True)
    (code / "__init__.py").write_text("")
    monkeypatch.setattr(findspot, "__file__", str(code / "__init__.py"))
    monkeypatch.setattr("findspot.api.program.data_dir", lambda _: shipped)
    seen = [program.__wrapped__()]
    for path in (code / "audit" / "engine.py", shipped / "releases" / "a" / "release.json", shipped / "list.yaml"):
        path.write_text("one")
        seen.append(program.__wrapped__())
        path.write_text("two")
        seen.append(program.__wrapped__())
    assert len(set(seen)) == len(seen)
    assert seen[-1] == program.__wrapped__()
    assert seen[0].startswith(findspot.__version__ + "+")
