"""Texts as they are cut, compared and misread."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from findspot.evaluation.books import Condition, Placed, draw
from findspot.evaluation.editions import lost_words
from findspot.evaluation.noise import misread, noise_name
from findspot.evaluation.texts import (
    LENGTHS,
    Body,
    body_of,
    compared,
    excerpts,
    length_bin,
    trimmed,
    unrelated,
)

from .samples import words

JAPANESE = "吾輩は猫である。名前はまだ無い。\nどこで生れたかとんと見当がつかぬ。" * 40


def test_units_are_words_or_characters() -> None:
    assert body_of("It was  a dark\nnight.").units == ["It", "was", "a", "dark", "night."]
    body = body_of(JAPANESE)
    assert len(body) == len(JAPANESE.replace("\n", ""))
    assert body.part(0, 4).written == "吾輩は猫"
    assert body_of("").written == ""


@given(st.integers(0, 30_000), st.integers(0, 99))
def test_excerpts_are_disjoint_parts_in_order(n: int, seed: int) -> None:
    body = Body([str(i) for i in range(n)])
    parts = excerpts(body, 3, random.Random(seed))
    joined = [unit for part in parts for unit in part.units]
    assert joined == body.units[: len(joined)]
    assert all(len(part) >= LENGTHS[0][1] for part in parts)
    assert bool(parts) == (n >= LENGTHS[0][1])


@pytest.mark.parametrize(
    ("n", "name"), [(1, "<1k"), (999, "<1k"), (1_000, "1k-5k"), (5_000, "5k-20k"), (10**7, ">100k")]
)
def test_bins_of_length(n: int, name: str) -> None:
    assert length_bin(n) == name


@given(
    st.integers(200, 5_000), st.sampled_from([0.05, 0.2, 0.5, 1.0]), st.sampled_from([64, 512, 0]), st.integers(0, 99)
)
def test_the_exact_share_is_that_of_the_units_drawn(n: int, share: float, chunk: int, seed: int) -> None:
    work = Placed("w", Body([str(i) for i in range(n)]), share)
    taken, exact = draw(work, Condition(chunk, 0.0), random.Random(seed))
    units = [unit for body in taken for unit in body.units]
    assert len(units) == len(set(units)) == round(exact * n)
    assert exact == pytest.approx(share, abs=0.51 / n)
    assert max(map(len, taken)) <= (chunk or n)


def test_a_work_that_is_absent_yields_nothing() -> None:
    assert draw(Placed("w", body_of(words("x", 300)), 0.0), Condition(64, 0.0), random.Random(1)) == ([], 0.0)


def test_related_texts_are_left_out() -> None:
    text = words("one", 3_000)
    copied = words("two", 2_000) + " " + " ".join(text.split()[500:600])
    bodies = [(name, body_of(t)) for name, t in [("one", text), ("copied", copied), ("other", words("three", 3_000))]]
    assert unrelated(bodies) == (["one", "other"], ["copied"])
    assert compared(bodies[0][1]).tolist() == compared(body_of(text.upper().replace(" ", ", "))).tolist()
    assert unrelated([]) == ([], [])


def test_notes_that_many_texts_carry_are_cut_off() -> None:
    note = words("licence", 200)
    texts = [words(f"book {n}", 2_000) for n in range(4)]
    bodies = [body_of(f"{note} {text} {note}") for text in texts]
    assert [body.written for body in trimmed(bodies)] == texts
    assert [body.written for body in trimmed(bodies[:2])] == [body.written for body in bodies[:2]]
    assert trimmed([]) == []


@pytest.mark.parametrize("rate", [0.005, 0.05])
@pytest.mark.parametrize("text", [words("noise", 20_000), JAPANESE * 20])
def test_errors_come_at_their_rate(text: str, rate: float) -> None:
    noisy = misread(text, rate, random.Random(3))
    assert noisy == misread(text, rate, random.Random(3))
    assert noisy != misread(text, rate, random.Random(4))
    unharmed = (1 - rate) ** 5
    kept = sum(noisy[n : n + 5] in text for n in range(0, len(noisy), 97)) / len(range(0, len(noisy), 97))
    assert kept == pytest.approx(unharmed, abs=0.05)


def test_no_errors_leave_the_text_alone() -> None:
    assert misread("as it is", 0.0, random.Random(1)) == "as it is"
    assert misread("", 0.5, random.Random(1)) == ""
    assert [noise_name(rate) for rate in (0.0, 0.005, 0.02)] == ["none", "characters 0.5 %", "characters 2 %"]


@pytest.mark.parametrize(("changed", "name"), [(0, "<10 %"), (20, "10-30 %"), (60, ">30 %")])
def test_words_that_a_scan_lost(changed: int, name: str) -> None:
    truth = [f"w{n}" for n in range(100)]
    assert lost_words(Body(truth), Body(["?"] * changed + truth[changed:])) == name
