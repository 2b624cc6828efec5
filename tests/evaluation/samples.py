"""A small folder of labelled data, made from a seed, and reports made by hand."""

from __future__ import annotations

import csv
import hashlib
import json
import random
from typing import TYPE_CHECKING, Any

from findspot.audit.model import (
    Estimate,
    Finding,
    Level,
    Method,
    Outcome,
    Records,
    Report,
    SubjectReport,
    Summary,
    Tier,
    Tool,
    Verdict,
    Work,
)

if TYPE_CHECKING:
    from pathlib import Path

_NOTHING = Estimate(estimate=0, low=0, high=0)


def words(seed: str, n: int) -> str:
    """A text of made-up words; the same for the same seed, and no other seed's."""
    rng = random.Random(seed)
    common = ["the", "of", "and", "a", "to", "in"]
    known = ["".join(rng.choices("abcdefghiklmnoprstuvw", k=rng.randint(3, 9))) for _ in range(900)]
    return " ".join(rng.choice(common if rng.random() < 0.3 else known) for _ in range(n))


def write_layout(folder: Path, *, books: int = 10, pairs: bool = True, scans: bool = True) -> Path:
    """The layout with books of 300 to 9,000 words, an edition and a negative pair, and a scan of 24 pages."""
    rows = []
    for n in range(books):
        name = f"books/en-made/book-{n}.txt"
        _write(folder / name, words(f"book {n}", 300 + (n * 1_900) % 9_000))
        rows.append(
            {
                "file": name,
                "title": f"Book {n}",
                "author": f"Writer {n}",
                "lang": "en",
                "sha256": hashlib.sha256(name.encode()).hexdigest(),
            }
        )
    labelled = []
    if pairs:
        text = words("work", 4_000).split()
        _write(folder / "editions/work/first.txt", " ".join(text))
        _write(folder / "editions/work/second.txt", " ".join(w + "e" if n % 40 == 0 else w for n, w in enumerate(text)))
        names = ["editions/work/first.txt", "editions/work/second.txt"]
        rows += [{"file": n, "title": n, "author": "", "lang": "en", "sha256": ""} for n in names]
        labelled = [[*names, "same work, another edition"], [names[0], rows[0]["file"], "negative: same genre"]]
        _table(folder / "pairs.csv", ["a", "b", "relation"], labelled)
    _table(folder / "works.csv", list(rows[0]), [list(row.values()) for row in rows])
    if scans:
        pages = [words(f"page {n}", 500) for n in range(24)]
        lines = [{"id": n, "lang": "en", "gs": p, "ocr": p.replace("the", "tbe")} for n, p in enumerate(pages)]
        _write(folder / "ocr/made/scan.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    return folder


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _table(path: Path, header: list[str], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])


def finding(title: str, **changes: Any) -> Finding:
    """An open finding of half of a work, at level found, unless changed."""
    values: dict[str, Any] = {
        "id": title,
        "collection": "labelled",
        "collections": ("labelled",),
        "release": "1",
        "work": Work(id=title, title=title, creator=None),
        "lane": "content",
        "tier": Tier.T3,
        "detector": "text",
        "detectors": ("text",),
        "level": Level.FOUND,
        "coverage": Estimate(estimate=0.5, low=0.4, high=0.6),
        "coverage_aligned": 0.5,
        "matched": 30,
        "sampled": 60,
        "regions": 5,
        "spans": ((0, 300),),
        "records": Records(count=3, top=()),
        "explained_by": None,
        "status": "open",
    }
    return Finding(**(values | changes))


def report(*findings: Finding) -> Report:
    """A report of some findings."""
    return Report(
        id="",
        created="2026-01-01T00:00:00Z",
        tool=Tool(name="findspot", version="0"),
        subject=SubjectReport(name="made", digest="sha256:0", records=1, tokens=1, bytes=1, coverage=1.0),
        references=(),
        method=Method(scheme="x", k=8, scaled=64, detectors={}),
        verdict=Verdict(outcome=Outcome.PASS, reasons=()),
        summary=Summary(
            works=0,
            records_matched=0,
            tokens_matched=_NOTHING,
            share_of_tokens=_NOTHING,
            share_of_records=0,
            collections=(),
        ),
        findings=findings,
        limits=(),
    )
