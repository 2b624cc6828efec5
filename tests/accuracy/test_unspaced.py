"""Text without spaces, generated: Han characters alone, and Han with kana between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from findspot.audit import Level

from .books import UnspacedLanguage
from .world import audit, by_title, install, write_dataset

if TYPE_CHECKING:
    from pathlib import Path

    from findspot.audit import Finding

SHARES = {"whole": 1.0, "half": 0.5, "fifth": 0.2}


@pytest.fixture(scope="module", params=[False, True], ids=["han", "han and kana"])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Finding, float]]:
    """Findings with the share that is there; six works, three of them there."""
    folder: Path = tmp_path_factory.mktemp("unspaced")
    language = UnspacedLanguage(31 + request.param, kana=request.param)
    texts, truth, records = {}, {}, []
    for title, share in SHARES.items():
        book = language.book(30_000)
        kept = language.chunks(book, 512, share)
        texts[title] = "".join(book)
        truth[title] = sum(map(len, kept)) / len(book)
        records += ["".join(chunk) for chunk in kept]
    for n in range(3):
        texts[f"absent {n}"] = "".join(language.book(30_000))
        records += ["".join(chunk) for chunk in language.chunks(language.book(30_000), 512)]
    records = [records[at] for at in language.rng.permutation(len(records))]
    install(folder / "home", "shadow", texts)
    report = audit(folder / "home", write_dataset(folder / "train.parquet", records))
    findings = by_title(report)
    assert sorted(findings) == sorted(truth)
    return {title: (finding, truth[title]) for title, finding in findings.items()}


@pytest.mark.parametrize("title", SHARES)
def test_found_with_its_coverage(found: dict[str, tuple[Finding, float]], title: str) -> None:
    finding, truth = found[title]
    assert (finding.level, finding.status) == (Level.FOUND, "open")
    assert finding.work.n_tokens == 30_000
    assert finding.coverage is not None
    assert finding.coverage.estimate == pytest.approx(truth, abs=0.03)
    assert finding.coverage.low <= truth <= finding.coverage.high
