"""Trials with lists: identifiers written in other ways must meet, and near misses must not."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from findspot.evaluation.compare import Tried, observe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from findspot.evaluation.compare import Observation
    from findspot.evaluation.material import Listed
    from findspot.evaluation.world import World

#: Prefixes of the English language group, with which made-up numbers are formed.
_REGISTRANT = "97814"


def _digit_13(twelve: str) -> str:
    return str(-sum(int(d) * (3, 1)[i % 2 == 0] for i, d in enumerate(twelve)) % 10)


def _digit_10(nine: str) -> str:
    return "0123456789X"[-sum(int(d) * (10 - i) for i, d in enumerate(nine)) % 11]


def make_isbn(number: int) -> str:
    """A valid ISBN-13, another one for every number below ten million."""
    twelve = f"{_REGISTRANT}{number % 10_000_000:07d}"
    return twelve + _digit_13(twelve)


def isbn_10(isbn: str) -> str:
    """The ISBN-10 of an ISBN-13 that begins with 978."""
    return isbn[3:12] + _digit_10(isbn[3:12])


def _hyphens(isbn: str) -> str:
    return f"{isbn[:3]}-{isbn[3]}-{isbn[4:8]}-{isbn[8:12]}-{isbn[12]}"


def _wrong_digit(isbn: str) -> str:
    return isbn[:12] + str((int(isbn[12]) + 5) % 10)


def _changed(text: str) -> str:
    """One character, the last, is another."""
    return text[:-1] + ("1" if text[-1] != "1" else "2")


#: Ways to write the same identifier: name, column of the dataset, and how it is written there.
SAME: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("as listed", "isbn", str),
    ("hyphens", "isbn", _hyphens),
    ("label and spaces", "isbn", lambda x: "ISBN " + _hyphens(x).replace("-", " ")),
    ("urn", "isbn", lambda x: f"urn:isbn:{x}"),
    ("isbn-10", "isbn", isbn_10),
    ("isbn-10 with hyphens", "isbn", lambda x: f"{isbn_10(x)[0]}-{isbn_10(x)[1:5]}-{isbn_10(x)[5:9]}-{isbn_10(x)[9]}"),
    ("doi link", "doi", lambda x: f"https://doi.org/{x}"),
    ("doi in capitals", "doi", lambda x: f"doi:{x.upper()}"),
    ("digest in capitals", "sha256", str.upper),
)
#: Near misses: another identifier, or none.
OTHER: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("wrong check digit", "isbn", _wrong_digit),
    ("other edition", "isbn", lambda x: make_isbn(int(x[5:12]) + 1)),
    ("other edition, isbn-10", "isbn", lambda x: isbn_10(make_isbn(int(x[5:12]) + 1))),
    ("other doi", "doi", _changed),
    ("other digest", "sha256", _changed),
)


def observe_identifiers(listed: Sequence[Listed], world: World, seed: int) -> Iterator[list[Observation]]:
    """Every work once with each way of writing and each near miss."""
    if not listed:
        return
    rng = random.Random(f"{seed}/identifiers")
    numbers = rng.sample(range(2_000_000), len(listed))
    rows = [
        {
            "title": f"{n:05d} {work.title}",
            "creator": work.creator,
            "isbn": make_isbn(5 * number),  # the next number is no one's
            "doi": f"10.5555/work.{number}0",
            "sha256": work.sha256 or f"{rng.getrandbits(256):064x}",
        }
        for n, (work, number) in enumerate(zip(listed, numbers, strict=True))
    ]
    for row in rows:
        row["sha256"] = row["sha256"][:-1] + "0"  # what ends with 1 is no one's
    world.collect_list(rows)
    for ways, exact in ((SAME, None), (OTHER, 0.0)):
        for turn in range(len(ways)):
            chosen = [(row, ways[(n + turn) % len(ways)]) for n, row in enumerate(rows)]
            reports = world.audit_facts([{column: write(row[column])} for row, (_, column, write) in chosen])
            tried = [Tried(_shown(row["title"]), "", "", name, exact=exact) for row, (name, _, _) in chosen]
            yield observe("identifier", reports, tried)


def _shown(title: str) -> str:
    """A title as a release holds it."""
    return " ".join(title.split())
