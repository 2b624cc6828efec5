"""A release: one immutable, dated version of a collection, as a folder of Parquet files and ``release.json``.

====================== ================================================================================================
``release.json``       what it is: collection facts, scheme, as-of date, counts, sha256 of the other files
``works.parquet``      one row a work: :data:`WORKS_SCHEMA`
``postings.parquet``   sorted by space and key: :data:`POSTINGS_SCHEMA`
``signatures.parquet`` optional, sorted by recipe and work: :data:`SIGNATURES_SCHEMA`
====================== ================================================================================================

It never contains text. Its digest is the sha256 of ``release.json``, which covers the others.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date
from enum import IntEnum
from typing import TYPE_CHECKING, Annotated, Literal, Self

import pyarrow as pa
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from findspot.errors import InputError, ReferenceDamagedError, SchemeError
from findspot.sketch import HIGH, NORMAL, Banding, Shingling, SignatureInfo
from findspot.text import SCHEME, UNICODE_VERSION, K

if TYPE_CHECKING:
    from pathlib import Path

    from findspot.sketch.chains import ChainRule

RELEASE_SCHEMA: Literal["findspot.release/1"] = "findspot.release/1"
RELEASE_FILE = "release.json"
WORKS_FILE = "works.parquet"
POSTINGS_FILE = "postings.parquet"
SIGNATURES_FILE = "signatures.parquet"  # only where the release was built with signatures
INDEX_FILE = "index.arrow"  # derived from the postings, no part of the release
INSTALL_AGAIN = "Install the release again from its source folder."

Status = Literal["pirated", "scraped", "disputed", "licensed", "commons"]


def _real_date(text: str) -> str:
    date.fromisoformat(text + "0001-01-01"[len(text) :])
    return text


def _plain_name(name: str) -> str:
    """A release is copied file by file: a name from it must not lead out of its folder."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name) or name in (RELEASE_FILE, INDEX_FILE):
        raise ValueError(f"{name!r} is no name of a file of a release")
    return name


# names become names of files: nothing in them leads elsewhere, and they fit
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=100)]
ReleaseName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)]
AsOf = Annotated[str, Field(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"), AfterValidator(_real_date)]
FileName = Annotated[str, AfterValidator(_plain_name)]
Count = Annotated[int, Field(ge=0)]
Kind = Literal["books", "papers", "video", "film", "music", "mixed"]


class Space(IntEnum):
    """Key spaces of postings: one for each way of finding a work."""

    IDENTIFIER = 1
    TEXT_SHINGLE = 3
    TEXT_SHORT = 4  # shingles of sensitivity high
    SIGNATURE_BAND = 5


WORKS_SCHEMA = pa.schema(
    [
        pa.field("work_id", pa.string(), nullable=False),
        pa.field("title", pa.string()),
        pa.field("creator", pa.string()),
        pa.field("identifiers", pa.list_(pa.string())),
        pa.field("year", pa.string()),
        pa.field("publisher", pa.string()),
        pa.field("language", pa.string()),
        pa.field("n_tokens", pa.int64()),  # null for a work known by its facts alone
        pa.field("weight", pa.int64()),  # of the tokens: 4 a word, less a character of a script without spaces
        pa.field("n_hashes", pa.int32(), nullable=False),  # sampled hashes among the postings
    ]
)

POSTINGS_SCHEMA = pa.schema(
    [
        pa.field("space", pa.uint8(), nullable=False),
        pa.field("key", pa.uint64(), nullable=False),
        pa.field("work", pa.uint32(), nullable=False),  # row of works.parquet
        pa.field("position", pa.uint32(), nullable=False),  # token offset in the work; 0 outside text
    ]
)

SIGNATURES_SCHEMA = pa.schema(
    [
        pa.field("recipe", pa.uint8(), nullable=False),  # number of the recipe among those of release.json
        pa.field("work", pa.uint32(), nullable=False),  # row of works.parquet
        pa.field("signature", pa.list_(pa.uint64()), nullable=False),
    ]
)


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class SchemeInfo(_Value):
    """Fingerprint scheme and parameters."""

    name: str = SCHEME
    k: int = K
    scaled: Annotated[int, Field(ge=1, le=1 << 32)]
    unicode: str = UNICODE_VERSION


class FileInfo(_Value):
    """Digest and size of one file of a release."""

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    bytes: Count


class ScriptChance(_Value):
    """What works of a release have in common though they are not related: counted as decoys for each other.

    One figure of each tuple for every strength of :class:`ChanceInfo`.
    """

    works: Count
    pairs: Count  # ordered pairs of works that were compared, the related ones left out
    related: Count  # ordered pairs left out: editions, anthologies, the same text twice
    tokens: Count  # of the works that were taken as records, each once
    exposure: Annotated[int, Field(ge=1)]  # sum over the pairs of hashes of the one x tokens of the other
    seen: tuple[Count, ...]  # hits (strength 1), or windows of chains with so many hits, over all pairs
    distinct: tuple[Count, ...]  # the same, of one place of a work but one
    together: tuple[Count, ...]  # sum over works of y (y - 1), y being what is distinct in a work
    evenly: Annotated[
        float, Field(ge=0, le=1, allow_inf_nan=False)
    ]  # what that sum would be without clusters / distinct^2

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if not len(self.seen) == len(self.distinct) == len(self.together) > 0:
            raise ValueError("seen, distinct and together are not of one length")
        if any(d > s for s, d in zip(self.seen, self.distinct, strict=True)):
            raise ValueError("more is distinct than was seen")
        return self


class ChanceInfo(_Value):
    """Rate of chance matches, measured when the release was built, for each kind of script."""

    drift: Count
    window: Count
    region: Count
    strengths: tuple[Annotated[int, Field(ge=1)], ...]
    spaced: ScriptChance | None = None
    unspaced: ScriptChance | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for script in (self.spaced, self.unspaced):
            if script is not None and len(script.seen) != len(self.strengths):
                raise ValueError("as many counts as strengths are needed")
        return self

    def is_of(self, rule: ChainRule, strengths: tuple[int, ...]) -> bool:
        """Whether it was measured as an audit by this rule counts."""
        return (self.drift, self.window, self.region, self.strengths) == (
            rule.drift,
            rule.window,
            rule.region,
            strengths,
        )


class ShortInfo(_Value):
    """The shorter shingles of sensitivity ``high``, in a key space of their own."""

    k: int
    scaled: Annotated[int, Field(ge=1, le=1 << 32)]
    fingerprinted: Count  # works with at least one sampled hash
    postings: Count
    stopped: Count  # hashes left out because too many works share them
    chance: ChanceInfo | None = None


class SignatureSet(_Value):
    """Signatures of works by one recipe, and how they are cut into bands."""

    recipe: SignatureInfo
    works: Count  # that have one
    bands: Annotated[int, Field(ge=1)]
    rows: Annotated[int, Field(ge=1)]  # values of one band

    @model_validator(mode="after")
    def _fits(self) -> SignatureSet:
        if self.bands * self.rows > self.recipe.permutations:
            raise ValueError(f"{self.bands} bands of {self.rows} are more than {self.recipe.permutations} permutations")
        return self

    @property
    def banding(self) -> Banding:
        """Bands and rows."""
        return Banding(self.bands, self.rows)


class ReleaseInfo(_Value):
    """What ``release.json`` says."""

    schema_: Annotated[Literal["findspot.release/1"], Field(alias="schema")] = RELEASE_SCHEMA
    slug: Slug
    title: str
    kind: Kind
    status: Status
    release: ReleaseName
    as_of: AsOf
    references: tuple[str, ...] = ()  # where the claim is made: docket, press, paper
    scheme: SchemeInfo
    short: ShortInfo | None = None  # none: the release serves sensitivity normal alone
    works: Count
    fingerprinted: Count
    too_short: Count  # works with text that yielded no hash
    identifiers: Count
    postings: Count
    stopped: Count  # hashes left out because too many works share them
    signatures: Annotated[tuple[SignatureSet, ...], Field(max_length=256)] = ()
    chance: ChanceInfo | None = None  # none in releases of earlier versions, and of works without text
    files: dict[FileName, FileInfo]
    tool: str

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, serialize_by_alias=True)

    @field_validator("files")
    @classmethod
    def _is_whole(cls, files: dict[str, FileInfo]) -> dict[str, FileInfo]:
        missing = {WORKS_FILE, POSTINGS_FILE} - files.keys()
        if missing:
            raise ValueError(f"{min(missing)} is not among the files")
        return files

    @model_validator(mode="after")
    def _has_its_signatures(self) -> ReleaseInfo:
        if self.signatures and SIGNATURES_FILE not in self.files:
            raise ValueError(f"{SIGNATURES_FILE} is not among the files")
        return self

    @property
    def name(self) -> str:
        """``slug@release``, as the command takes it."""
        return f"{self.slug}@{self.release}"

    def scaled(self, shingling: Shingling) -> int | None:
        """Sampling of its fingerprints of a sensitivity; None if it has none of that."""
        if shingling == NORMAL:
            return self.scheme.scaled
        return self.short.scaled if self.short is not None else None

    def fingerprinted_for(self, shingling: Shingling) -> int:
        """Works with at least one sampled hash of a sensitivity."""
        if shingling == NORMAL:
            return self.fingerprinted
        return self.short.fingerprinted if self.short is not None else 0

    def chance_of(self, shingling: Shingling) -> ChanceInfo | None:
        """Chance matches under a sensitivity, where they were measured."""
        if shingling == NORMAL:
            return self.chance
        return self.short.chance if self.short is not None else None

    def to_bytes(self) -> bytes:
        """The bytes of ``release.json``."""
        data = self.model_dump(mode="json", by_alias=True)
        data = {name: value for name, value in data.items() if value is not None}
        return (json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def read_release(folder: Path) -> tuple[ReleaseInfo, str]:
    """Read ``release.json`` of a folder. Returns it and the release's digest.

    Raises:
        InputError: The folder holds no release, or one this version cannot read.
        SchemeError: Its fingerprints are of another scheme.
    """
    path = folder / RELEASE_FILE
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{folder} is no release: {RELEASE_FILE} cannot be read ({error.strerror})",
            advice="`findspot collection build SLUG SOURCE… -o DIR` makes one.",
        ) from error
    try:
        info = ReleaseInfo.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InputError(
            f"{path}: {field}: {first['msg']}", advice="It is damaged, or was made by another version of Findspot."
        ) from error
    made = (info.scheme.name, info.scheme.k, info.scheme.unicode)
    ours = (SCHEME, K, UNICODE_VERSION)
    if made != ours:
        raise SchemeError(
            f"{info.name} is fingerprinted with scheme {_scheme(*made)}, this Findspot uses {_scheme(*ours)}",
            advice="Fingerprints of two schemes cannot be compared. Build the release again with this version.",
        )
    short = info.short
    if short is not None and short.k != HIGH.k:
        raise SchemeError(
            f"{info.name} has short shingles of {short.k} words, this Findspot uses {HIGH.k}",
            advice="Fingerprints of two lengths cannot be compared. Build the release again with this version.",
        )
    return info, "sha256:" + hashlib.sha256(data).hexdigest()


def _scheme(name: str, k: int, unicode: str) -> str:
    return f"{name} (k {k}; Unicode {unicode})"


def verify_files(folder: Path, info: ReleaseInfo, *, digests: bool = True) -> None:
    """Hold the files of a release to ``release.json``: sizes, and digests unless told otherwise.

    Raises:
        ReferenceDamagedError: A file is missing or is not the one stated.
    """
    for name, stated in info.files.items():
        path = folder / name
        try:
            size = path.stat().st_size
            if size != stated.bytes:
                raise ReferenceDamagedError(
                    f"{info.name}: {name} has {size} bytes, not {stated.bytes}", advice=INSTALL_AGAIN
                )
            if digests and file_info(path).sha256 != stated.sha256:
                raise ReferenceDamagedError(
                    f"{info.name}: {name} does not have the sha256 stated", advice=INSTALL_AGAIN
                )
        except OSError as error:
            raise ReferenceDamagedError(
                f"{info.name}: {name} cannot be read ({error.strerror})", advice=INSTALL_AGAIN
            ) from error


def file_info(path: Path) -> FileInfo:
    """Digest and size of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return FileInfo(sha256=digest.hexdigest(), bytes=file.tell())
