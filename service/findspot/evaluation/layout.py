"""Labelled data in a folder: ``works.csv``, ``pairs.csv``, the texts that they name, and scans in ``ocr/``.

``works.csv`` has a row for each text (``file``, ``title``, ``author``, ``lang`` or ``language``, ``sha256``);
``pairs.csv`` one for each labelled pair (``a``, ``b``, ``relation``; a relation that begins with "negative" says that
the two share nothing but their genre). Scans are ``NAME.gt.txt`` beside ``NAME.ENGINE.txt``, or JSON Lines with a page
a line: the truth in ``gt`` or ``gs``, what engines read in ``ocr`` or columns of their names. Parts that are missing
are named and left out.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath

from findspot.errors import InputError
from findspot.evaluation.material import Listed, Material, Pair, Scan
from findspot.evaluation.texts import Text

TRUTHS = ("gt", "gs")
_PAGE_FACTS = ("page", "id", "lang", "language", "licence", "license", "source")
_ADVICE = "The layout is described in docs/error-rates.md."


def read_layout(folder: Path, name: str | None = None) -> Material:
    """Find the labelled texts of a folder; they are read when they are wanted.

    Raises:
        InputError: There is no such folder, a table or text in it cannot be read, or it holds nothing to measure with.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder", advice="Give the folder of the labelled data.")
    left_out: list[str] = []
    rows = _table(folder, "works.csv", ("file",), left_out)
    texts = {t.name: t for row in rows if (t := _text(folder, row, left_out)) is not None}
    pairs = tuple(_pairs(_table(folder, "pairs.csv", ("a", "b", "relation"), left_out), texts, left_out))
    scans = tuple(_scans(folder / "ocr")) if (folder / "ocr").is_dir() else ()
    if not scans:
        left_out.append("ocr/: no scans with their ground truth")
    books = tuple(t for t in texts.values() if t.name.startswith("books/"))
    if not books:
        left_out.append("books/: no text that works.csv names")
    if not (books or pairs or scans):
        raise InputError(f"{folder}: holds no labelled data ({'; '.join(left_out)})", advice=_ADVICE)
    used = {t.name for t in books} | {t.name for pair in pairs for t in (pair.a, pair.b)}
    digests = [(n, _digest(folder / n)) for n in sorted(used)]
    digests += [(path.relative_to(folder).as_posix(), _digest(path)) for path in _files(folder / "ocr")]
    return Material(
        name=name or folder.resolve().name,
        digests=tuple(digests),
        texts=books,
        pairs=pairs,
        scans=scans,
        listed=tuple(_listed(rows)),
        left_out=left_out,
        option="--data DIR",
    )


def _table(folder: Path, name: str, columns: tuple[str, ...], left_out: list[str]) -> list[dict[str, str]]:
    path = folder / name
    if not path.is_file():
        left_out.append(f"{name}: is not there")
        return []
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [column for column in columns if column not in (reader.fieldnames or ())]
            if missing:
                raise InputError(f"{path}: has no column {missing[0]}", advice=_ADVICE)
            return [{k: v or "" for k, v in row.items() if k} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read ({error})", advice=_ADVICE) from error


def _text(folder: Path, row: dict[str, str], left_out: list[str]) -> Text | None:
    """The text of a row of ``works.csv``; other files than texts are none."""
    name = row["file"]
    parts = PurePosixPath(name).parts
    if not name.endswith((".txt", ".tsv")) or parts[0] == "ocr":
        return None
    path = folder / name
    if ".." in parts or PurePosixPath(name).is_absolute() or not path.is_file():
        left_out.append(f"works.csv: {name}: no such file")
        return None
    language = row.get("language") or row.get("lang") or _language_of(name)
    title = row.get("title") or path.stem
    return Text(name, title, row.get("author") or row.get("creator") or "", language, partial(_read, path))


def _language_of(name: str) -> str:
    found = re.match(r"books/([a-z]{2,3})(?:[-/])", name)
    return found[1] if found else "und"


def _read(path: Path) -> str:
    """The text of a file; of a table of verses, the last column."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    return "\n".join(line.rsplit("\t", 1)[-1] for line in text.splitlines()) if path.suffix == ".tsv" else text


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error


def _pairs(rows: list[dict[str, str]], texts: dict[str, Text], left_out: list[str]) -> list[Pair]:
    out = []
    for row in rows:
        relation = row["relation"].lower()
        if relation.startswith("ocr"):
            continue  # the scans themselves are measured, page by page
        a, b = texts.get(row["a"]), texts.get(row["b"])
        if a is None or b is None:
            left_out.append(f"pairs.csv: {row['a']} and {row['b']}: one of them is no text of works.csv")
            continue
        out.append(Pair(a, b, None if relation.startswith("negative") else "edition"))
    return out


def _listed(rows: list[dict[str, str]]) -> list[Listed]:
    """The works that ``works.csv`` lists, each title once."""
    out: dict[str, Listed] = {}
    for row in rows:
        title = row.get("title", "")
        if title:
            out.setdefault(title, Listed(title, row.get("author", ""), row.get("sha256", "")))
    return list(out.values())


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []


def _scans(folder: Path) -> list[Scan]:
    """Scans of both forms, by name; pages go before the whole text of the same scan."""
    out = []
    for path in _files(folder):
        name = path.relative_to(folder.parent).as_posix()
        if path.name.endswith(".gt.txt"):
            stem = path.name.removesuffix("gt.txt")
            if not list(path.parent.glob(f"{stem}*.jsonl")):
                engines = sorted(p for p in path.parent.glob(f"{stem}*.txt") if p != path)
                out += [Scan(f"{name} {e.name}", "und", partial(_whole_scan, path, e)) for e in engines]
        elif path.suffix == ".jsonl":
            first = _pages(path, most=1)[:1]
            for engine in _engines(first[0]) if first else ():
                language = str(first[0].get("lang") or first[0].get("language") or "und")
                out.append(Scan(f"{name} {engine}", language, partial(_paged_scan, path, engine)))
    return out


def _whole_scan(truth: Path, output: Path) -> list[tuple[str, str]]:
    return [(_read(truth), _read(output))]


def _engines(page: dict[str, object]) -> list[str]:
    """Columns that hold what an engine read."""
    if not any(truth in page for truth in TRUTHS):
        return []
    return sorted(k for k, v in page.items() if isinstance(v, str) and k not in (*TRUTHS, *_PAGE_FACTS))


def _pages(path: Path, most: int | None = None) -> list[dict[str, object]]:
    out: list[dict[str, object]] = []
    try:
        with path.open(encoding="utf-8") as stream:
            out.extend(map(json.loads, islice(stream, most)))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}:{len(out) + 1}: is no page of a scan ({error})", advice=_ADVICE) from error
    for number, page in enumerate(out, 1):
        if not isinstance(page, dict):
            raise InputError(f"{path}:{number}: is no page of a scan (no object)", advice=_ADVICE)
    return out


def _paged_scan(path: Path, engine: str) -> list[tuple[str, str]]:
    """Truth and output of each page that has both."""
    pairs = []
    for page in _pages(path):
        truth = next((page[name] for name in TRUTHS if name in page), None)
        output = page.get(engine)
        if isinstance(truth, str) and isinstance(output, str):
            pairs.append((truth, output))
    return pairs
