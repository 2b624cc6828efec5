"""Bands: chosen as datasketch chooses them, with the probability that the formula states."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import numpy as np
import pytest
from datasketch.lsh import _optimal_param

from findspot.sketch import OWN_RECIPE, Banding, SignatureInfo, band_keys, choose_bands


@pytest.mark.parametrize(("threshold", "count"), [(0.8, 128), (0.5, 64), (0.9, 128), (0.3, 100), (0.7, 17), (0.95, 1)])
@pytest.mark.parametrize("weights", [(0.5, 0.5), (0.1, 0.9), (0.001, 0.999)])
def test_bands_are_those_that_datasketch_would_choose(
    threshold: float, count: int, weights: tuple[float, float]
) -> None:
    needless, missed = weights
    made = choose_bands(threshold, count, missed, needless)
    assert (made.bands, made.rows) == _optimal_param(threshold, count, needless, missed)


def test_the_bands_that_releases_are_built_with_find_nearly_all() -> None:
    for count in (64, 128, 256):
        banding = choose_bands(0.8, count)
        assert banding.bands * banding.rows <= count
        assert banding.chance(0.8) > 0.99
    assert choose_bands(0.8, 128).chance(0.3) < 0.02


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_a_threshold_that_is_none_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="no bands"):
        choose_bands(threshold, 128)


@pytest.mark.parametrize("similarity", [0.5, 0.7, 0.8, 0.9])
def test_candidates_are_as_frequent_as_the_formula_says(similarity: float) -> None:
    rng = np.random.default_rng(int(similarity * 100))
    banding, trials = Banding(10, 5), 4000
    one = rng.integers(0, 1 << 63, (trials, 128), np.uint64)
    differ = rng.random(one.shape) >= similarity
    other = np.where(differ, rng.integers(0, 1 << 63, one.shape, np.uint64), one)
    met = (band_keys(one, banding, OWN_RECIPE) == band_keys(other, banding, OWN_RECIPE)).any(axis=1).mean()
    chance = banding.chance(similarity)
    assert met == pytest.approx(chance, abs=4 * (chance * (1 - chance) / trials) ** 0.5 + 1e-3)


def plain_key(values: list[int], band: int, info: SignatureInfo) -> int:
    """The key as docs/formats/release.md describes it."""

    def mix(x: int) -> int:
        for multiplier in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
            x = (x ^ (x >> 33)) * multiplier % (1 << 64)
        return x ^ (x >> 33)

    fields = (info.scheme, info.permutations, info.seed, info.hash, info.shingle, info.normaliser)
    digest = hashlib.sha256("\n".join(map(str, fields)).encode()).digest()
    key = mix((int.from_bytes(digest[:8], "little") + band) % (1 << 64))
    for value in values:
        key = mix(key ^ value)
    return key


def test_keys_are_those_of_the_description() -> None:
    rng = np.random.default_rng(3)
    signatures = rng.integers(0, 1 << 32, (3, 128), np.uint64)
    banding = Banding(21, 6)
    keys = band_keys(signatures, banding, OWN_RECIPE)
    assert keys.shape == (3, 21)
    for row, signature in zip(keys.tolist(), signatures.tolist(), strict=True):
        assert row == [plain_key(signature[6 * i : 6 * i + 6], i, OWN_RECIPE) for i in range(21)]


def test_equal_values_in_two_bands_or_of_two_recipes_do_not_meet() -> None:
    same = np.zeros((1, 128), np.uint64)
    recipes = [
        OWN_RECIPE.model_copy(update=change) for change in ({}, {"seed": 2}, {"hash": "fs1"}, {"scheme": "legacy"})
    ]
    keys = np.sort(np.concatenate([band_keys(same, Banding(21, 6), info)[0] for info in recipes])).tolist()
    assert all(a != b for a, b in pairwise(keys))
