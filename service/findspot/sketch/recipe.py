"""How a MinHash signature was made: the recipe that two signatures must share before they can be compared.

A signature carries no trace of its making, so a recipe is stated beside it: in the header of a manifest, in
``release.json``, in the schema metadata of a foreign file under :data:`RECIPE_KEY`, or by the command's option.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from findspot.errors import SchemeError, UsageError
from findspot.text import SCHEME

#: Key of a recipe, as JSON, in the schema metadata of a foreign Parquet or Arrow file.
RECIPE_KEY: Final = b"findspot.signature"

#: Hash functions of elements that this program computes, and the bits of what they yield.
HASH_BITS: Final = {"fs1_upper32": 32, "fs1": 64, "sha1_hash32": 32, "sha1_hash64": 64}

_OWN_SHINGLE = f"{SCHEME} shingles"
_GRAMS = re.compile(r"(word|character) ([1-9][0-9]{0,3})-grams")
_NORMALISERS = ("none", "lower", "lower, no punctuation")

SignatureScheme = Literal["affine32", "affine64", "legacy"]
_Words = Annotated[str, Field(min_length=1, max_length=100)]


class SignatureInfo(BaseModel):
    """A recipe. Signatures meet only where all six fields agree.

    ``hash``, ``shingle`` and ``normaliser`` may say anything that a pipeline calls its own; :func:`check_makeable`
    tells which of them this program can make itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scheme: SignatureScheme = "affine32"  # of the permutations, as datasketch 2 names them
    permutations: Annotated[int, Field(ge=1, le=65536)] = 128
    seed: Annotated[int, Field(ge=0, lt=1 << 32)] = 1
    hash: _Words = "fs1_upper32"  # of an element, to an integer
    shingle: _Words = _OWN_SHINGLE  # what an element is
    normaliser: _Words = SCHEME  # what is done to a text before it is cut into elements

    @model_validator(mode="after")
    def _fits(self) -> SignatureInfo:
        if self.scheme == "affine32" and HASH_BITS.get(self.hash, 32) > 32:
            raise ValueError(f"scheme affine32 takes hashes of 32 bits, {self.hash} has 64")
        return self

    @property
    def largest(self) -> int:
        """The largest value that a signature can hold, which is also that of an empty set."""
        return (1 << 64) - 1 if self.scheme == "affine64" else (1 << 32) - 1

    @property
    def own(self) -> bool:
        """Whether its elements are the shingles of this program's own scheme."""
        return self.shingle == _OWN_SHINGLE

    @property
    def grams(self) -> tuple[str, int]:
        """Unit (``word`` or ``character``) and length of the elements of a recipe that is not our own."""
        found = _GRAMS.fullmatch(self.shingle)
        if found is None:
            raise SchemeError(
                f"signatures of shingle {self.shingle!r} cannot be made here",
                advice=f"What can be made: {_OWN_SHINGLE!r}, 'word N-grams' and 'character N-grams'.",
            )
        return found[1], int(found[2])

    def __str__(self) -> str:
        """All six fields in one line."""
        return ", ".join(f"{name} {getattr(self, name)}" for name in type(self).model_fields)


#: Recipes that have a name. Others are spelled out as JSON.
RECIPES: Final = {"fs1": SignatureInfo()}


def parse_recipe(stated: str) -> SignatureInfo:
    """A recipe from an option: its name, JSON as such, or the path of a file that holds JSON.

    Raises:
        UsageError: It is none of these, or a field makes no sense.
    """
    if stated in RECIPES or stated.lstrip().startswith("{"):
        return stated_recipe(stated)
    try:
        return recipe_from_json(Path(stated).read_text(encoding="utf-8"), stated)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"the signature recipe {stated} is no name of one, no JSON, and no file that can be read",
            advice=f"Names are {', '.join(RECIPES)}; as JSON: {_example()}",
        ) from error


def stated_recipe(stated: str) -> SignatureInfo:
    """A recipe from a request: its name or JSON. No file is looked at.

    Raises:
        UsageError: It is neither, or a field makes no sense.
    """
    return RECIPES[stated] if stated in RECIPES else recipe_from_json(stated, "the signature recipe")


def recipe_from_json(text: str | bytes, where: str) -> SignatureInfo:
    """A recipe as JSON. All fields but ``hash``, ``shingle`` and ``normaliser`` may be left out.

    Raises:
        UsageError: It is no JSON, or a field makes no sense.
    """
    try:
        return _Stated.model_validate_json(text).made()
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise UsageError(
            f"{where}: {f'field {field}: ' if field else ''}{first['msg'].removeprefix('Value error, ')}",
            advice=f"A recipe is written as {_example()}",
        ) from error


class _Stated(SignatureInfo):
    """A recipe that someone else states: what its elements are is never taken for granted."""

    hash: _Words
    shingle: _Words
    normaliser: _Words

    def made(self) -> SignatureInfo:
        return SignatureInfo(**self.model_dump())


def _example() -> str:
    made = SignatureInfo(hash="sha1_hash32", shingle="word 5-grams", normaliser="lower")
    return made.model_dump_json()


def check_makeable(info: SignatureInfo) -> None:
    """Refuse a recipe by which this program cannot make signatures itself, by the field that it cannot follow.

    Raises:
        SchemeError: It cannot; the message names field and value.
    """
    hashes = [name for name in HASH_BITS if name.startswith("fs1") == info.own]
    normalisers = (SCHEME,) if info.own else _NORMALISERS
    _ = None if info.own else info.grams
    for field, value, known in (("hash", info.hash, hashes), ("normaliser", info.normaliser, normalisers)):
        if value not in known:
            raise SchemeError(
                f"signatures of {field} {value!r} cannot be made here",
                advice=f"With shingle {info.shingle!r} the {field} may be {', '.join(map(repr, known))}.",
            )


def differences(theirs: SignatureInfo, ours: SignatureInfo) -> list[str]:
    """The fields in which two recipes differ, as ``seed 1 against 2``."""
    pairs = ((name, getattr(theirs, name), getattr(ours, name)) for name in type(ours).model_fields)
    return [f"{name} {one} against {other}" for name, one, other in pairs if one != other]


def require_same(theirs: SignatureInfo, ours: SignatureInfo, *, whose: str, against: str, advice: str = "") -> None:
    """Refuse to compare signatures of two recipes; ``advice`` is the way out where it is not to build a release anew.

    Raises:
        SchemeError: A field differs; the message names each that does, with both values.
    """
    found = differences(theirs, ours)
    if found:
        raise SchemeError(
            f"the signatures of {whose} and of {against} cannot be compared: {'; '.join(found)}",
            advice=advice or _way_out(theirs),
        )


def _way_out(theirs: SignatureInfo) -> str:
    try:
        check_makeable(theirs)
    except SchemeError:
        return "Releases with the dataset's recipe cannot be made here. Audit its text, or sign it by another recipe."
    stated = theirs.model_dump_json()
    return f"Build the release with the dataset's recipe: findspot collection build … --signatures '{stated}'"
