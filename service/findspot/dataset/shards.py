"""From what was given to the files to read: in a fixed order, under names that say nothing of the machine."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from findspot.dataset.formats import by_name
from findspot.dataset.source import Shard
from findspot.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MANIFEST_ENDING = ".manifest.parquet"

# Written beside the data by the `datasets` library: they describe it and hold no records.
_DESCRIPTIONS = {"dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json"}


def find_shards(paths: Sequence[Path], *, any_ending: bool = False) -> tuple[list[Shard], list[str]]:
    """The files of a dataset and the names of files in its folders that are no known format.

    Folders are walked to the bottom, symbolic links included, in sorted order of relative paths; names that start with
    a dot or an underscore are left out, as are manifests. Two inputs of one name stay apart: the second gets ``~2``.

    Args:
        paths: Files and folders.
        any_ending: Take every file of a folder, whatever its name: the format was given.

    Raises:
        UsageError: A path does not exist.
    """
    shards: list[Shard] = []
    unknown: list[str] = []
    seen: dict[str, int] = {}
    for path in paths:
        label = path.name if path.name not in ("", "..") else path.resolve().name
        seen[label] = seen.get(label, 0) + 1
        if seen[label] > 1:
            label = f"{label}~{seen[label]}"
        if not os.path.lexists(path):
            raise UsageError(f"{path} does not exist", advice="Check the path; inputs are files and folders.")
        if not os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where the folder above may not be searched
            shards.append(_shard(path, label))
            continue
        prefix = "" if len(paths) == 1 else f"{label}/"
        for shard in _walk(path, prefix):
            base = shard.path.name
            if shard.problem or ((any_ending or by_name(base)[0]) and base not in _DESCRIPTIONS):
                shards.append(shard)
            else:
                unknown.append(shard.name)
    return shards, unknown


def _walk(top: Path, prefix: str) -> Iterator[Shard]:
    """Files of a folder in sorted order of relative paths."""
    found: list[Shard] = []
    waiting: list[tuple[Path, frozenset[str]]] = [(top, frozenset())]
    while waiting:
        folder, above = waiting.pop()
        name = prefix + folder.relative_to(top).as_posix()
        real = os.path.realpath(folder)
        if real in above:
            found.append(Shard(folder, name, problem="is a link to a folder that holds it"))
            continue
        try:
            entries = sorted(folder.iterdir())
        except OSError as error:
            found.append(Shard(folder, name, problem=f"cannot be listed: {error.strerror}"))
            continue
        for entry in entries:
            if entry.name.startswith((".", "_")) or entry.name.endswith(MANIFEST_ENDING):
                continue
            if os.path.isdir(entry):  # noqa: PTH112
                waiting.append((entry, above | {real}))
            else:
                found.append(_shard(entry, prefix + entry.relative_to(top).as_posix()))
    yield from sorted(found, key=lambda shard: shard.name)


def _shard(path: Path, name: str) -> Shard:
    try:
        status = path.stat()
    except OSError as error:
        return Shard(path, name, problem=f"cannot be opened: {error.strerror}")
    if not stat.S_ISREG(status.st_mode):
        return Shard(path, name, problem="is no regular file")
    return Shard(path, name, status.st_size)
