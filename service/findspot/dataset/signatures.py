"""Signatures that the data bring along: which column they are in, by what recipe, and whether a row holds one.

Nothing is guessed: without a stated recipe the column is left alone, and the report says so.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from findspot.dataset.columns import resolve, signature_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from findspot.dataset.columns import Columns, Path
    from findspot.dataset.source import Source
    from findspot.sketch import SignatureInfo

KIND = pa.large_list(pa.uint64())

_LEAN_CODES = {"affine32": 1, "affine64": 2}


def find_columns(source: Source, seen: Mapping[Path, bool], metadata: Mapping[bytes, bytes] | None = None) -> Columns:
    """Decide what each column of a file is; ``seen`` as in :func:`~findspot.dataset.columns.resolve`.

    Raises:
        UsageError: A column that was asked for is not there, or none is of use.
        SchemeError: The file's signatures are of another recipe than those of the dataset.
    """
    options, name = source.options, source.shard.name
    info = source.recipe.of_file(metadata, name)
    path = signature_path(seen, stated=info is not None)
    hint = ""
    if info is None and path and not options.signatures:
        column = ".".join(path)
        source.tally.note(f"column {column} left alone: the recipe of its signatures is not stated", name)
        hint = f" How the signatures in {column} were made is said with --signature-recipe."
    return resolve(
        seen,
        text_column=options.text_column,
        id_column=options.id_column,
        where=name,
        signature=path if info is not None else None,
        hint=hint,
    )


def read_signatures(values: Sequence[Any] | pa.Array, info: SignatureInfo) -> tuple[pa.LargeListArray, dict[int, str]]:
    """A column as signatures, and the rows that hold something else, with the reason; those are null.

    Taken are lists of whole numbers, and the bytes of datasketch's ``LeanMinHash``.
    """
    if isinstance(values, pa.Array):
        plain = _plain_lists(values, info)
        if plain is not None:
            return plain, {}
        values = values.to_pylist()
    bad: dict[int, str] = {}
    good: list[Sequence[int] | None] = []
    for index, value in enumerate(values):
        made, reason = _one(value, info)
        good.append(made)
        if reason:
            bad[index] = reason
    return pa.array(good, KIND), bad


def _plain_lists(values: pa.Array, info: SignatureInfo) -> pa.LargeListArray | None:
    """A column of lists in which every value is as it should be; None where rows must be looked at one by one."""
    kind = values.type
    lists = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    if not any(test(kind) for test in lists) or not pa.types.is_integer(kind.value_type):
        return None
    try:
        made = values.cast(KIND)
    except pa.ArrowInvalid:  # a negative value
        return None
    lengths = set(pc.list_value_length(made).unique().to_pylist())
    flat = made.flatten()
    sound = lengths <= {None, info.permutations} and not flat.null_count
    return made if sound and (pc.max(flat).as_py() or 0) <= info.largest else None


def _one(value: object, info: SignatureInfo) -> tuple[Sequence[int] | None, str | None]:
    """The signature in one value, or the reason why there is none."""
    if value is None:
        return None, None
    if isinstance(value, bytes):
        return _lean(value, info)
    if not isinstance(value, list | tuple) or not all(type(item) is int for item in value):
        return None, "signature is no list of whole numbers"
    if len(value) != info.permutations:
        return None, f"signature has not the {info.permutations} values that its recipe states"
    if not all(0 <= item <= info.largest for item in value):
        return None, f"signature has a value that scheme {info.scheme} does not yield"
    return value, None


def _lean(data: bytes, info: SignatureInfo) -> tuple[Sequence[int] | None, str | None]:
    """The values in the bytes of a ``LeanMinHash``, little-endian, with or without padding before the values.

    The bytes state seed, number of values and scheme: they must be those of the recipe.
    """
    if len(data) < 12:
        return None, "signature is not in the bytes of a LeanMinHash"
    seed, count = struct.unpack_from("<qi", data)
    width = 8 if info.scheme == "affine64" else 4
    code = data[12] if count < 0 and len(data) > 12 else None
    start = len(data) - abs(count) * width
    if start not in ((12,) if count >= 0 else (13, 16)) or code != _LEAN_CODES.get(info.scheme):
        return None, f"signature is not in the bytes of a LeanMinHash of scheme {info.scheme}"
    if abs(count) != info.permutations:
        return None, f"signature has not the {info.permutations} values that its recipe states"
    if seed != info.seed:
        return None, f"signature states another seed than {info.seed}"
    return np.frombuffer(data, f"<u{width}", offset=start).tolist(), None
