"""Recipes of signatures: stated, refused by name, and the elements that they name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from findspot.errors import SchemeError, UsageError
from findspot.sketch import OWN_RECIPE, SignatureInfo, check_makeable, parse_recipe, recipe_from_json, require_same
from findspot.sketch.elements import cut, element_hashes, normalise

if TYPE_CHECKING:
    from pathlib import Path

FOREIGN = SignatureInfo(hash="sha1_hash32", shingle="word 5-grams", normaliser="lower")

OTHER = {
    "scheme": "legacy",
    "permutations": 64,
    "seed": 2,
    "hash": "xxh32",
    "shingle": "word 6-grams",
    "normaliser": "none",
}


def test_a_recipe_is_stated_by_name_as_json_or_in_a_file(tmp_path: Path) -> None:
    assert parse_recipe("fs1") == OWN_RECIPE
    text = json.dumps({"hash": "sha1_hash32", "shingle": "word 5-grams", "normaliser": "lower"})
    assert parse_recipe(text) == FOREIGN
    path = tmp_path / "recipe.json"
    path.write_text(FOREIGN.model_dump_json())
    assert parse_recipe(str(path)) == FOREIGN


@pytest.mark.parametrize(
    ("stated", "named"),
    [
        ("nothing", "no name of one"),
        ("{", "Invalid JSON"),
        ('{"hash": "sha1_hash32", "shingle": "word 5-grams"}', "normaliser"),
        ('{"hash": "sha1_hash32", "shingle": "word 5-grams", "normaliser": "lower", "scheme": "sha"}', "scheme"),
        ('{"hash": "sha1_hash32", "shingle": "x", "normaliser": "lower", "permutations": 0}', "permutations"),
        ('{"hash": "sha1_hash32", "shingle": "x", "normaliser": "lower", "seed": -1}', "seed"),
        ('{"hash": "sha1_hash32", "shingle": "x", "normaliser": "lower", "salt": 1}', "salt"),
        ('{"hash": "sha1_hash64", "shingle": "x", "normaliser": "lower"}', "affine32 takes hashes of 32 bits"),
    ],
)
def test_a_recipe_that_makes_no_sense_is_refused_by_field(stated: str, named: str) -> None:
    with pytest.raises(UsageError, match=named) as caught:
        parse_recipe(stated)
    assert '"shingle":"word 5-grams"' in caught.value.advice


@pytest.mark.parametrize("field", sorted(OTHER))
def test_signatures_of_two_recipes_are_refused_by_the_field_that_differs(field: str) -> None:
    theirs = SignatureInfo(**(FOREIGN.model_dump() | {field: OTHER[field]}))
    with pytest.raises(SchemeError, match=f"data.*shadow@1.*: {field} {OTHER[field]} against") as caught:
        require_same(theirs, FOREIGN, whose="data", against="shadow@1")
    assert str(getattr(FOREIGN, field)) in caught.value.message
    assert all(f"{other} " not in caught.value.message.split(": ", 1)[1] for other in OTHER if other != field)
    wanted = "cannot be made here" if field == "hash" else theirs.model_dump_json()
    assert wanted in caught.value.advice
    require_same(theirs, theirs, whose="data", against="shadow@1")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"hash": "xxh32"}, "hash 'xxh32'"),
        ({"hash": "fs1_upper32"}, "hash 'fs1_upper32'"),
        ({"normaliser": "ours"}, "normaliser 'ours'"),
        ({"shingle": "sentences"}, "shingle 'sentences'"),
        ({"shingle": "word 0-grams"}, "shingle 'word 0-grams'"),
    ],
)
def test_what_cannot_be_made_here_is_refused_by_field(changes: dict[str, Any], named: str) -> None:
    check_makeable(FOREIGN)
    with pytest.raises(SchemeError, match=named):
        check_makeable(SignatureInfo(**(FOREIGN.model_dump() | changes)))


def test_our_own_shingles_are_hashed_by_our_own_hash_alone() -> None:
    with pytest.raises(SchemeError, match="hash 'sha1_hash32'"):
        check_makeable(SignatureInfo(hash="sha1_hash32"))
    check_makeable(SignatureInfo(hash="fs1", scheme="affine64"))


def test_elements_are_cut_as_the_recipe_says() -> None:
    assert cut("a b\t c\nd", "word", 3) == {"a b c", "b c d"}
    assert cut("a b", "word", 3) == set()
    assert cut("abcab", "character", 2) == {"ab", "bc", "ca"}
    assert cut("a", "character", 2) == set()
    assert normalise("Don't STOP, Öl!", "none") == "Don't STOP, Öl!"
    assert normalise("Don't STOP, Öl!", "lower") == "don't stop, öl!"
    assert normalise("Don't STOP, Öl!", "lower, no punctuation") == "dont stop öl"


@given(st.lists(st.none() | st.text(alphabet="ab ", max_size=20), max_size=5))
def test_each_text_has_its_elements_once(texts: list[str | None]) -> None:
    info = FOREIGN.model_copy(update={"shingle": "character 2-grams", "normaliser": "none"})
    hashes, counts = element_hashes(texts, info)
    assert counts == [len({t[i : i + 2] for i in range(len(t) - 1)}) if t else 0 for t in texts]
    assert sum(counts) == len(hashes)
    assert not len(hashes) or int(hashes.max()) < 1 << 32


def test_a_recipe_survives_being_written_down() -> None:
    assert recipe_from_json(FOREIGN.model_dump_json(), "file") == FOREIGN
    assert "permutations 128" in str(FOREIGN)
