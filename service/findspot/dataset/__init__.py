"""Datasets of any form, as records and their sketches; the manifest file.

The door is :func:`open_subject`; what comes out of it is described in :mod:`findspot.dataset.interface`.
"""

from findspot.dataset.data import Dataset, open_subject
from findspot.dataset.estimate import Size, estimate_tokens
from findspot.dataset.formats import FORMATS
from findspot.dataset.header import REDACTABLE, ManifestHeader
from findspot.dataset.interface import (
    RECORD_SCHEMA,
    SKETCHED_SCHEMA,
    ColumnMap,
    InputFile,
    Reader,
    ReadOptions,
    Subject,
    SubjectFacts,
    Tally,
)
from findspot.dataset.manifest import Manifest, ManifestInfo, open_manifest, write_manifest
from findspot.dataset.merkle import MerkleTree

__all__ = [
    "FORMATS",
    "RECORD_SCHEMA",
    "REDACTABLE",
    "SKETCHED_SCHEMA",
    "ColumnMap",
    "Dataset",
    "InputFile",
    "Manifest",
    "ManifestHeader",
    "ManifestInfo",
    "MerkleTree",
    "ReadOptions",
    "Reader",
    "Size",
    "Subject",
    "SubjectFacts",
    "Tally",
    "estimate_tokens",
    "open_manifest",
    "open_subject",
    "write_manifest",
]
