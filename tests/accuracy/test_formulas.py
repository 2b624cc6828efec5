"""Works full of common formulas: what they share with a dataset of the same kind is no copy of any of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from findspot.audit import Level, run_audit
from findspot.audit.catalogue import Catalogue
from findspot.audit.engine import terms_of
from findspot.dataset import ReadOptions, open_subject
from findspot.reference import Library

from .books import Book, Language, text_of
from .world import by_title, install, write_dataset

if TYPE_CHECKING:
    from pathlib import Path

    from findspot.audit import Report

PRESENT = "there 0"


class Formulaic(Language):
    """Books of which a tenth are stretches of 60 words from one stock."""

    def formulas(self, n: int) -> list[Book]:
        return [self.book(60) for _ in range(n)]

    def with_formulas(self, words: int, stock: list[Book]) -> Book:
        out: Book = []
        while len(out) < words:
            out += [*self.book(540), *stock[int(self.rng.integers(len(stock)))]]
        return out


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    """Thirty such books as a collection, one of them in a dataset of thirty others, in chunks."""
    folder = tmp_path_factory.mktemp("formulas")
    language = Formulaic(81)
    stock = language.formulas(150)
    books = {f"absent {n}": language.with_formulas(20_000, stock) for n in range(29)}
    books[PRESENT] = language.with_formulas(20_000, stock)
    install(folder / "home", "shadow", {title: text_of(book) for title, book in books.items()})
    records = [text_of(chunk) for chunk in language.chunks(books[PRESENT], 512, 0.5)]
    for _ in range(30):
        records += [text_of(chunk) for chunk in language.chunks(language.with_formulas(20_000, stock), 512)]
    data = write_dataset(folder / "train.parquet", records)
    return folder, run_audit(open_subject([data], ReadOptions()), Library(folder / "home").open())


def test_the_collection_says_how_formulaic_it_is(audited: tuple[Path, Report]) -> None:
    (release,) = Library(audited[0] / "home").open()
    assert release.info.chance is not None
    assert release.info.chance.spaced is not None
    assert release.info.chance.spaced.seen[1] > 100
    own = terms_of(Catalogue((release,), 64), 600_000).rule
    bare = terms_of(Catalogue((), 64), 600_000).rule
    assert own.spaced.rates[1] > 100 * bare.spaced.rates[1]


def test_formulas_are_no_works(audited: tuple[Path, Report]) -> None:
    findings = by_title(audited[1])
    wrong = [title for title, f in findings.items() if title != PRESENT and f.level in (Level.FOUND, Level.PROBABLE)]
    assert wrong == []


def test_a_book_that_is_there_is_found_all_the_same(audited: tuple[Path, Report]) -> None:
    finding = by_title(audited[1])[PRESENT]
    assert (finding.level, finding.status) == (Level.FOUND, "open")
    assert finding.coverage is not None
    assert finding.coverage.estimate == pytest.approx(0.55, abs=0.06)  # half of it, and formulas of the other half
