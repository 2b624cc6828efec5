"""The header of a manifest: what it was made from, how, and what was not read."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from findspot import __version__
from findspot.dataset.interface import ColumnMap, InputFile, Subject, SubjectFacts
from findspot.errors import InputError, SchemeError
from findspot.sketch import SHINGLINGS, Shingling, SignatureInfo, shingling_of
from findspot.text import SCHEME, UNICODE_VERSION, K

SCHEMA: Literal["findspot.manifest/1"] = "findspot.manifest/1"

#: Key of the header in the metadata of the Parquet file.
KEY = b"findspot"

#: Columns that ``redact`` can withhold.
REDACTABLE = ("language", "url", "title", "creator", "source", "acquired_at", "file_digests")


class ManifestTool(BaseModel):
    """The program that wrote the manifest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "findspot"
    version: str = __version__


class ManifestHeader(BaseModel):
    """Stands as JSON under the key ``findspot`` of the file's schema metadata."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    schema_: Literal["findspot.manifest/1"] = Field(default=SCHEMA, alias="schema")
    name: str
    version: str | None = None  # of the dataset
    tool: ManifestTool = ManifestTool()
    scheme: str = SCHEME
    k: int = K
    scaled: int = Field(ge=1)
    unicode: str = UNICODE_VERSION
    signature: SignatureInfo | None = None
    merkle_root: str = Field(pattern="^sha256:[0-9a-f]{64}$")
    records: int = Field(ge=0)
    tokens: int = Field(ge=0)
    too_short: int = Field(ge=0, default=0)  # records whose text is shorter than a shingle
    bytes: int = Field(ge=0)  # of UTF-8 text
    coverage: float = Field(ge=0, le=1)
    skipped: dict[str, int] = {}
    notes: dict[str, int] = {}
    samples: dict[str, list[str]] = {}
    inputs: tuple[InputFile, ...] = ()
    columns: tuple[ColumnMap, ...] = ()
    redacted: tuple[str, ...] = ()
    acquisition: dict[str, str] = {}
    licences: tuple[str, ...] = ()
    derived_from: tuple[str, ...] = ()

    @classmethod
    def of(cls, facts: SubjectFacts, subject: Subject, redacted: tuple[str, ...] = ()) -> ManifestHeader:
        """The header of a dataset with these facts."""
        return cls(
            name=facts.name,
            k=subject.shingling.k,
            scaled=subject.scaled,
            signature=subject.signature,
            merkle_root=facts.digest,
            records=facts.records,
            tokens=facts.tokens,
            too_short=facts.too_short,
            bytes=facts.bytes,
            coverage=facts.coverage,
            skipped=facts.skipped,
            notes=facts.notes,
            samples=facts.samples,
            inputs=facts.inputs,
            columns=facts.columns,
            redacted=redacted,
        )

    @property
    def shingling(self) -> Shingling:
        """The sensitivity with these shingle lengths; a header of none is not read."""
        return next(each for each in SHINGLINGS if each.k == self.k)

    def facts(self) -> SubjectFacts:
        """The facts of the dataset: the same as of the data it was made from."""
        return SubjectFacts(
            name=self.name,
            digest=self.merkle_root,
            records=self.records,
            tokens=self.tokens,
            too_short=self.too_short,
            bytes=self.bytes,
            coverage=self.coverage,
            skipped=dict(self.skipped),
            samples={reason: list(places) for reason, places in self.samples.items()},
            inputs=self.inputs,
            notes=dict(self.notes),
            columns=self.columns,
        )


class _Versions(BaseModel):
    """The part of a header of any version that says whether it can be read."""

    schema_: str = Field(alias="schema")
    scheme: str


def read_header(raw: bytes, name: str) -> ManifestHeader:
    """Parse and check a header.

    Raises:
        SchemeError: It is of another schema version or fingerprint scheme.
        InputError: It is no header.
    """
    damaged = "Make the manifest again: findspot fingerprint DATA -o MANIFEST."
    try:
        versions = _Versions.model_validate_json(raw)
    except ValidationError as error:
        raise InputError(f"{name}: the manifest's header says neither schema nor scheme", advice=damaged) from error
    if versions.schema_ != SCHEMA:
        raise SchemeError(
            f"{name}: is of schema {versions.schema_}, this program reads {SCHEMA}",
            advice="Make the manifest again, or use the version of findspot that wrote it.",
        )
    try:
        header = ManifestHeader.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{name}: header field {field}: {first['msg']}", advice=damaged) from error
    if header.scheme != SCHEME or shingling_of(header.k) is None:
        lengths = " or ".join(str(each.k) for each in SHINGLINGS)
        ours = f"{SCHEME} (k {lengths})"
        theirs = f"{header.scheme} (k {header.k})"
        raise SchemeError(
            f"{name}: its fingerprints are of scheme {theirs}, this program's are {ours}",
            advice="Fingerprints of two schemes cannot meet: make the manifest again from the data.",
        )
    return header
