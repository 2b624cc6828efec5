"""The rate of chance, and the thresholds that follow from it: held to direct sums and to what they promise."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, nbinom  # type: ignore[import-untyped]

from findspot.audit.chance import SPACED, UNSPACED, Measured, binomial_tail, combine, rates_at
from findspot.audit.model import Level
from findspot.audit.plan import plan
from findspot.audit.thresholds import ALPHA, FEWEST, Rule, make_rule, tail
from findspot.reference.release import ScriptChance

quick = settings(max_examples=25, deadline=None)
tokens = st.integers(10**5, 10**11)
works = st.integers(1, 200_000)


def measured(seen: tuple[int, ...], exposure: int, distinct: tuple[int, ...] | None = None) -> Measured:
    """A release with such counts, its works all alike."""
    distinct = distinct or seen
    together = tuple(d * d // 50 for d in distinct)
    counts = ScriptChance(
        works=50,
        pairs=2_450,
        related=0,
        tokens=5_000_000,
        exposure=exposure,
        seen=seen,
        distinct=distinct,
        together=together,
        evenly=0.02,
    )
    return Measured(counts, 64)


@given(st.integers(0, 3_000), st.floats(1e-4, 1), st.integers(0, 60))
@quick
def test_binomial_tail(n: int, p: float, least: int) -> None:
    assert binomial_tail(n, p, least) == pytest.approx(float(binom.sf(least - 1, n, p)), rel=1e-8, abs=1e-14)


@given(st.floats(1e-9, 300), st.floats(0.05, 20), st.integers(1, 300))
@quick
def test_negative_binomial_tail_is_exact_and_never_too_small(mean: float, dispersion: float, most: int) -> None:
    shape = 1 / dispersion
    got = tail(mean, dispersion, most)
    exact = nbinom.sf(np.arange(most + 1) - 1, shape, shape / (shape + mean))
    assert len(got) == most + 1
    assert (got >= exact * (1 - 1e-7) - 1e-13).all()
    assert (np.diff(got) <= 1e-12).all()
    assert got[0] == pytest.approx(1)
    if got[-1] < 1e-6:  # the bound on what lies beyond is loose only where much does
        assert got == pytest.approx(exact, rel=1e-6, abs=2e-6)


@pytest.mark.parametrize("calibration", [SPACED, UNSPACED])
@pytest.mark.parametrize("scaled", [1, 4, 16, 64, 256, 4096])
def test_stronger_regions_are_rarer(calibration: object, scaled: int) -> None:
    rates = rates_at(calibration, scaled)  # type: ignore[arg-type]
    assert (np.diff(rates) <= 0).all()
    assert (rates > 0).all()


def test_finer_sampling_shows_stronger_regions() -> None:
    per_token = [rates_at(SPACED, scaled) / scaled for scaled in (4, 16, 64, 256)]  # regions for each token of a work
    for finer, coarser in pairwise(per_token):
        assert (finer >= coarser).all()


@given(tokens, works, st.integers(2, 20_000))
@quick
def test_an_audit_expects_no_more_false_works_than_the_rule_allows(tokens: int, works: int, size: int) -> None:
    sizes = np.full(min(works, 1_000), size)
    rule = Rule(tokens, works, hashes=(works * size, 0), largest=size)
    table = rule.tables[0]
    for level in FEWEST:
        each = table.chances[level][table.row(sizes[:1])]
        assert works * float(each[0]) <= ALPHA[level] * (1 + 1e-9)
    if rule.passage < 64:
        assert rule.false_passages(rule.passage) <= ALPHA[Level.PASSAGE]


@given(tokens, works)
@quick
def test_thresholds_rise_with_tokens_works_and_size(tokens: int, works: int) -> None:
    def least(tokens: int, works: int) -> dict[Level, np.ndarray]:
        return Rule(tokens, works, hashes=(works * 500, 0), largest=2_000).tables[0].least

    base, more_data, more_works = least(tokens, works), least(3 * tokens, works), least(tokens, 3 * works)
    for level, fewest in FEWEST.items():
        assert (more_data[level] >= base[level]).all()
        assert (more_works[level] >= base[level]).all()
        assert (np.diff(base[level], axis=0) >= 0).all()  # larger works show more by chance
        sizes = Rule(tokens, works, largest=2_000).tables[0].sizes
        large = sizes >= 10
        assert (base[level][large, 0] >= fewest[0]).all()
        assert (base[level][large, 1:] >= fewest[1]).all()
    found, probable = base[Level.FOUND], base[Level.PROBABLE]
    assert (found >= probable).all()


def test_passages_must_be_longer_in_more_data() -> None:
    strengths = [Rule(10**n, 500, hashes=(500_000, 0)).passage for n in range(5, 12)]
    assert strengths == sorted(strengths)
    assert strengths[0] == 2
    assert strengths[-1] > 10


def test_whole_works_take_more_hashes_in_more_data() -> None:
    few = [Rule(10**n, 10_000).whole(6) for n in range(4, 11)]
    assert few == sorted(few)
    assert few[0] == 4
    assert few[-1] > 6  # more than there are: nothing so short is found


def test_without_works_of_its_own_a_release_says_nothing() -> None:
    plain = combine(SPACED, [], 64)
    tiny = combine(SPACED, [measured((0,) * 7, 10**6)], 64)
    assert tiny.rates == pytest.approx(plain.rates, rel=1e-3)
    assert tiny.distinct == pytest.approx(plain.distinct)


def test_a_release_full_of_formulas_raises_the_rates() -> None:
    plain = combine(SPACED, [], 64)
    formulas = combine(SPACED, [measured((4_000, 900, 500, 300, 100, 40, 10), 10**11)], 64)
    assert all(more > 5 * less for more, less in zip(formulas.rates, plain.rates, strict=True))
    assert formulas.rates[0] == pytest.approx(4_000 / 1e11, rel=0.2)


def test_strangers_do_not_dilute_the_rates() -> None:
    """Works in several languages have nothing in common: that says nothing of one language."""
    plain = combine(SPACED, [], 64)
    mixed = combine(SPACED, [measured((5, 1, 0, 0, 0, 0, 0), 10**13)], 64)
    assert mixed.rates[0] == plain.rates[0]
    assert mixed.rates[3] > plain.rates[3] / 5


def test_a_large_release_speaks_for_itself() -> None:
    """Where long stretches are known to be rare, whole works are found in more data."""
    seen = (2_000_000, 100_000, 5_000, 250, 3, 0, 0)
    large = combine(SPACED, [measured(seen, round(2_000_000 / 1.5e-10))], 64)
    assert large.rates[2] == pytest.approx(large.rates[0] * 5_000 / 2_000_000, rel=0.05)
    assert large.rates[5] < combine(SPACED, [], 64).rates[5]


def test_repeats_of_one_place_count_once() -> None:
    seen = (10_000, 5_000, 4_000, 3_000, 2_000, 1_000, 500)
    headers = combine(SPACED, [measured(seen, 10**12, tuple(n // 100 for n in seen))], 64)
    apart = combine(SPACED, [measured(seen, 10**12)], 64)
    assert headers.rates == apart.rates
    assert (headers.density(1e9) < 0.03 * apart.density(1e9)).all()
    assert headers.density(1e3) == pytest.approx(apart.density(1e3))  # what is seen first is new


@given(st.floats(1, 1e12), st.floats(1, 100))
@quick
def test_expectations_grow_with_the_dataset_and_no_faster(tokens: float, factor: float) -> None:
    chance = combine(SPACED, [measured((900, 90, 9, 1, 0, 0, 0), 10**12, (90, 9, 2, 1, 0, 0, 0))], 64)
    less, more = chance.density(tokens), chance.density(tokens * factor)
    assert (more >= less * (1 - 1e-12)).all()
    assert (more <= less * factor * (1 + 1e-12)).all()


@pytest.mark.parametrize(("tokens", "works"), [(10**6, 10), (10**8, 500), (10**10, 20_000), (10**11, 200_000)])
def test_plan(tokens: int, works: int) -> None:
    sizes = np.random.default_rng(3).integers(1, 4_000, works)
    unspaced = np.arange(works) % 9 == 0
    detection = plan(make_rule(tokens, sizes, unspaced, 64), sizes, unspaced)
    assert (detection.tokens, detection.works) == (tokens, works)
    assert [level.level for level in detection.levels] == [Level.PASSAGE, Level.PROBABLE, Level.FOUND]
    assert all(0 <= level.expected_false <= level.alpha for level in detection.levels)
    assert [script.script for script in detection.scripts] == ["spaced", "unspaced"]
    for script in detection.scripts:
        for p in script.power:
            assert 0 <= p.found <= p.probable <= p.passage <= 1
        by_share = {(p.work_tokens, p.record_tokens, p.share): p.found for p in script.power}
        for (length, record, share), found in by_share.items():
            if share < 1:
                assert found <= by_share[length, record, 1.0] + 0.02
        lengths = [script.shortest[level] or 10**9 for level in (Level.PASSAGE, Level.PROBABLE, Level.FOUND)]
        assert lengths == sorted(lengths)
    again = plan(make_rule(tokens, sizes, unspaced, 64), sizes, unspaced)
    assert again == detection


def test_more_data_is_harder() -> None:
    sizes, spaced = np.full(200, 1_500), np.zeros(200, bool)
    plans = [plan(make_rule(10**n, sizes, spaced, 64), sizes, spaced).scripts[0] for n in range(6, 12)]
    for easy, hard in pairwise(plans):
        assert (easy.shortest[Level.PASSAGE] or 10**9) <= (hard.shortest[Level.PASSAGE] or 10**9)
        for a, b in zip(easy.power, hard.power, strict=True):
            assert b.found <= a.found
