"""Signatures of real books: labelled pairs of editions, OCR and unrelated works."""

from __future__ import annotations

import csv
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from findspot.sketch import NEAR_DUPLICATE, SignatureInfo, band_keys, choose_bands, sign_rows, signature_jaccard
from findspot.sketch.elements import element_hashes

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

RECIPE = SignatureInfo(hash="sha1_hash32", shingle="word 5-grams", normaliser="lower, no punctuation")

pytestmark = [pytest.mark.data, pytest.mark.slow]


def test_signatures_tell_near_duplicates_from_other_books(test_data: Path) -> None:
    @cache
    def elements(name: str) -> npt.NDArray[np.uint64]:
        text = (test_data / name).read_text(encoding="utf-8", errors="replace")
        return np.unique(element_hashes([text], RECIPE)[0])

    @cache
    def signature(name: str) -> npt.NDArray[np.uint64]:
        hashes = elements(name)
        return sign_rows(hashes, np.array([0, len(hashes)]), RECIPE).astype(np.uint64)

    banding = choose_bands(NEAR_DUPLICATE, RECIPE.permutations)
    with (test_data / "pairs.csv").open(encoding="utf-8", newline="") as file:
        pairs = [row for row in csv.DictReader(file) if row["shingle"] == "word5" and row["a"].endswith(".txt")]
    held = near = met = 0
    for row in pairs:
        a, b = elements(row["a"]), elements(row["b"])
        common = len(np.intersect1d(a, b))
        truth = common / (len(a) + len(b) - common)
        one, two = signature(row["a"]), signature(row["b"])
        share = signature_jaccard(int((one == two).sum()), RECIPE.permutations)
        held += share.low <= truth <= share.high
        candidate = bool((band_keys(one, banding, RECIPE) == band_keys(two, banding, RECIPE)).any())
        assert abs(share.estimate - truth) < 5 * (truth * (1 - truth) / 128) ** 0.5 + 0.01, row
        if truth > 0.85:
            near += 1
            met += candidate
        if row["relation"].startswith("negative"):
            assert share.estimate < 0.1, row
            assert not candidate, row
    assert len(pairs) > 50
    assert near > 20
    assert met == near
    assert held >= 0.85 * len(pairs)  # pairs of one book's editions go wrong together
