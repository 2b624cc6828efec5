"""ISBN: every usual spelling has one form, every single slip of the pen is refused."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from findspot.identity import IdentifierError, parse, recognise

digits9 = st.text("0123456789", min_size=9, max_size=9)
separators = st.lists(
    st.sampled_from(["", "-", " ", "\u2011", "\u2013", "\u00a0", "--", " - "]), min_size=13, max_size=13
)
labels = st.sampled_from(["", "ISBN ", "isbn:", "ISBN-{n}: ", "ISBN{n}:", "urn:isbn:", "URN:ISBN:", "  "])


def weights_10(body: str) -> str:
    """Check digit by the definition in the manual: the smallest that makes the weighted sum a multiple of eleven."""
    for c in "0123456789X":
        if sum((10 - i) * (10 if d == "X" else int(d)) for i, d in enumerate(body + c)) % 11 == 0:
            return c
    raise AssertionError


def weights_13(body: str) -> str:
    for c in "0123456789":
        if sum((1, 3)[i % 2] * int(d) for i, d in enumerate(body + c)) % 10 == 0:
            return c
    raise AssertionError


def spelled(number: str, gaps: list[str], label: str) -> str:
    inner = "".join(d + gap for d, gap in zip(number, gaps, strict=False))
    return label.format(n=len(number)) + inner


@given(digits9, separators, labels, st.booleans())
def test_every_spelling_of_a_book_has_one_form(body: str, gaps: list[str], label: str, lower: bool) -> None:
    ten = body + weights_10(body)
    thirteen = "978" + body + weights_13("978" + body)
    raw10 = spelled(ten.lower() if lower else ten, gaps, label)
    assume(not re.match(r".*?97[89]\W+\d\W", raw10))  # the parts of a cut ISBN-13, see below
    assert parse("isbn", raw10).value == thirteen
    assert parse("isbn", spelled(thirteen, gaps, label)).value == thirteen


@given(digits9, st.integers(0, 9), st.sampled_from("0123456789X"))
def test_one_wrong_digit_of_an_isbn_10_is_refused(body: str, place: int, wrong: str) -> None:
    number = body + weights_10(body)
    assume(number[place] != wrong)
    with pytest.raises(IdentifierError):
        parse("isbn", number[:place] + wrong + number[place + 1 :])


@given(digits9, st.integers(0, 8))
def test_two_neighbours_of_an_isbn_10_in_the_wrong_order_are_refused(body: str, place: int) -> None:
    number = body + weights_10(body)
    assume(number[place] != number[place + 1])
    with pytest.raises(IdentifierError):
        parse("isbn", number[:place] + number[place + 1] + number[place] + number[place + 2 :])


@given(digits9, st.integers(3, 12), st.sampled_from("0123456789"))
def test_one_wrong_digit_of_an_isbn_13_is_refused(body: str, place: int, wrong: str) -> None:
    number = "978" + body + weights_13("978" + body)
    assume(number[place] != wrong)
    with pytest.raises(IdentifierError, match="check digit is wrong"):
        parse("isbn", number[:place] + wrong + number[place + 1 :])


@pytest.mark.parametrize(
    "raw",
    [
        "0306406152",
        "306406152",
        "SBN 306-40615-2",
        "9780306406157.0",
        "９７８-0-306-40615-7",
        "٩٧٨٠٣٠٦٤٠٦١٥٧",
        "\ufeff9780306406157\n",
    ],
)
def test_sbn_floats_and_digits_of_other_scripts(raw: str) -> None:
    assert parse("isbn", raw).canonical == "isbn:9780306406157"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("978030640615X", "check digit is wrong"),
        ("978030640615", "has 12 digits, an ISBN has 10 or 13"),
        ("97803064061577", "has 14 digits, an ISBN has 10 or 13"),
        ("5901234123457", "starts with 590, an ISBN-13 starts with 978 or 979"),
        ("9790060115615", "979-0 is printed music (ISMN), not a book"),
        ("9.78E+12", "a spreadsheet has rounded the number: its last digits are lost"),
        ("978-1-64313-7", "has 10 digits in the parts of an ISBN-13: its end is missing"),
        ("03064X6152", "has characters other than digits, hyphens, spaces and a final X"),
        ("", "is empty"),
        ("\u200b", "is empty"),
    ],
)
def test_refusals_say_what_is_wrong(raw: str, reason: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        parse("isbn", raw)
    assert caught.value.reason == reason
    assert caught.value.message.startswith("isbn ")
    assert caught.value.message.endswith(f": {reason}")
    assert caught.value.exit_code == 4


def test_a_message_names_kind_value_and_reason() -> None:
    with pytest.raises(IdentifierError) as caught:
        parse("isbn", " 978030640615X\n")
    assert caught.value.message == "isbn 978030640615X: check digit is wrong"


@given(digits9)
def test_nine_bare_digits_are_no_isbn_for_certain(body: str) -> None:
    assert recognise(body) is None
