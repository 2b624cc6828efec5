"""Look-ups: one result a value, in order, with what was searched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .conftest import ISBN

if TYPE_CHECKING:
    import httpx


def look(service: httpx.Client, **asked: Any) -> dict[str, Any]:
    answer = service.post("/v1/lookup", json=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("value", [ISBN, "0-306-40615-2", "ISBN 978-0-306-40615-7", f"isbn:{ISBN}"])
def test_every_spelling_of_an_isbn_finds_the_work(service: httpx.Client, value: str) -> None:
    [result] = look(service, values=[value])["results"]
    assert result["identifier"] == f"isbn:{ISBN}"
    [match] = result["matches"]
    assert (match["collection"], match["release"], match["as_of"], match["status"]) == (
        "shadow",
        "2026-01-01",
        "2026-01-01",
        "pirated",
    )
    assert (match["work"]["title"], match["work"]["creator"]) == ("Book 0", "Author 0")
    assert f"isbn:{ISBN}" in match["work"]["identifiers"]


def test_results_come_in_order_with_reasons(service: httpx.Client) -> None:
    values = ["9780306406158", ISBN, "what is this", "9780131103627", ISBN]
    found = look(service, values=values)
    assert [result["value"] for result in found["results"]] == values
    assert [len(result["matches"]) for result in found["results"]] == [0, 1, 0, 0, 1]
    assert [result["identifier"] is None for result in found["results"]] == [True, False, True, False, False]
    assert "check digit" in found["results"][0]["problem"]
    assert found["results"][3]["problem"] is None
    assert [each["collection"] for each in found["searched"]] == ["shadow"]


def test_records_say_which_record_a_result_belongs_to(service: httpx.Client) -> None:
    found = look(service, records=[{"identifiers": []}, {"identifiers": [ISBN, "doi:10.1000/182"]}])
    assert [(result["record"], result["identifier"]) for result in found["results"]] == [
        (1, f"isbn:{ISBN}"),
        (1, "doi:10.1000/182"),
    ]


def test_a_named_collection(service: httpx.Client) -> None:
    for name in ("shadow", "shadow@2026-01-01"):
        [result] = look(service, values=[ISBN], collections=[name])["results"]
        assert len(result["matches"]) == 1


def test_nothing_asked_is_nothing_answered(service: httpx.Client) -> None:
    assert look(service, values=[])["results"] == []
