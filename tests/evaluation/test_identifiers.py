"""Identifiers written in other ways, and near misses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from findspot.evaluation.identifiers import OTHER, SAME, make_isbn, observe_identifiers
from findspot.evaluation.material import Listed
from findspot.evaluation.world import Settings, World
from findspot.identity import IdentifierError, parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@given(st.integers(0, 1_999_999))
def test_made_numbers_are_valid_and_their_other_forms_are_the_same(number: int) -> None:
    isbn = make_isbn(5 * number)
    for _, column, write in SAME:
        if column == "isbn":
            assert parse("isbn", write(isbn)).value == isbn


@given(st.integers(0, 1_999_999))
def test_near_misses_are_other_numbers_or_none(number: int) -> None:
    isbn = make_isbn(5 * number)
    for name, column, write in OTHER:
        if column != "isbn":
            continue
        try:
            assert parse("isbn", write(isbn)).value != isbn
            assert name != "wrong check digit"
        except IdentifierError:
            assert name == "wrong check digit"


NORMAL = Settings(("normal",))
LISTED = [Listed(f"A Work {n}", f"Writer {n}") for n in range(12)]


def test_every_work_is_tried_in_every_way(tmp_path: Path) -> None:
    seen = [o for some in observe_identifiers(LISTED, World(tmp_path, NORMAL), 1) for o in some]
    assert len(seen) == len(LISTED) * (len(SAME) + len(OTHER))
    assert {o.noise for o in seen if o.quantity == "false_negative_rate"} == {name for name, _, _ in SAME}
    assert {o.noise for o in seen if o.quantity == "false_positive_rate"} == {name for name, _, _ in OTHER}
    assert [o for o in seen if o.value] == []


@pytest.mark.parametrize(("ways", "quantity"), [(SAME, "false_negative_rate"), (OTHER, "false_positive_rate")])
def test_what_is_written_wrongly_shows(
    ways: tuple[tuple[str, str, Callable[[str], str]], ...],
    quantity: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Near misses in the place of the same, and the other way round: every trial is an error."""
    swapped = {"SAME": OTHER, "OTHER": SAME}
    for name, others in swapped.items():
        monkeypatch.setattr(f"findspot.evaluation.identifiers.{name}", others)
    seen = [o for some in observe_identifiers(LISTED, World(tmp_path, NORMAL), 1) for o in some]
    assert ways
    assert {o.value for o in seen if o.quantity == quantity} == {1.0}
