"""Which works are one finding: by identifier, by text, over collections."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from findspot.audit import Finding, Level, Outcome, Report, Tier, run_audit
from findspot.dataset import ReadOptions, open_subject
from findspot.reference import CollectionFacts, Library, build_release

from ..accuracy.books import Book, Language, text_of
from ..accuracy.world import audit, place_sampled

if TYPE_CHECKING:
    from pathlib import Path

ISBN_10, ISBN_13 = "0306406152", "isbn:9780306406157"
OTHER_10, OTHER_13 = "080442957X", "isbn:9780804429573"
THIRD_13 = "isbn:9781780310008"
MD5 = "7b2a4d53fde834e801c26a2bab7e0240"
SHA1 = "48ede7c7377a41c5f18f3690fcfb7d56b3c1206f"


class Shelf:
    """A home to which a test adds collections, and datasets to audit against them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.library = Library(folder / "home")

    def collect(
        self, slug: str, works: list[dict[str, str]], texts: dict[str, Book] | None = None, status: str = "pirated"
    ) -> None:
        """A collection from a list of works; where ``texts`` has the work's ``file``, with that text."""
        folder = self.folder / f"{slug}.src"
        folder.mkdir()
        for name, book in (texts or {}).items():
            (folder / name).write_text(text_of(book), "utf-8")
        names = sorted({name for work in works for name in work})
        listed = self.folder / f"{slug}.csv"
        with listed.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(works)
        facts = CollectionFacts(slug=slug, title=slug, kind="books", status=status, as_of="2024", release="1")
        target = self.folder / f"{slug}.release"
        build_release(facts, [folder if texts else listed], target, works_csv=listed if texts else None)
        self.library.install(target)

    def audit(self, rows: list[dict[str, Any]], name: str = "train") -> Report:
        columns = {key: [row.get(key) for row in rows] for key in rows[0]}
        table = pa.table({key: pa.array(values, pa.string()) for key, values in columns.items()})
        pq.write_table(table, self.folder / "rows.parquet")
        subject = open_subject([self.folder / "rows.parquet"], ReadOptions(name=name))
        return run_audit(subject, self.library.open())


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def rows_of(book: Book, size: int = 400, **facts: str) -> list[dict[str, Any]]:
    return [{"text": text_of(book[at : at + size]), **facts} for at in range(0, len(book), size)]


def only(report: Report) -> Finding:
    (found,) = report.findings
    return found


@pytest.mark.parametrize(
    ("column", "stated", "listed", "value", "canonical"),
    [
        ("isbn", ISBN_10, "isbn13", "978-0-306-40615-7", ISBN_13),
        ("isbn13", "9780306406157", "isbn", "0-306-40615-2", ISBN_13),
        ("doi", "https://doi.org/10.1000/ABC", "doi", "10.1000/abc", "doi:10.1000/abc"),
        ("md5", MD5.upper(), "md5", MD5, f"md5:{MD5}"),
        ("sha1", SHA1, "sha1", SHA1.upper(), f"sha1:{SHA1}"),
        ("sha256", "ab" * 32, "sha256", "AB" * 32, "sha256:" + "ab" * 32),
        ("youtube_id", "https://youtu.be/dQw4w9WgXcQ?t=1", "youtube_id", "dQw4w9WgXcQ", "youtube:dQw4w9WgXcQ"),
        ("url", "https://www.youtube.com/watch?v=dQw4w9WgXcQ", "youtube_id", "dQw4w9WgXcQ", "youtube:dQw4w9WgXcQ"),
        ("magnet", f"magnet:?xt=urn:btih:{SHA1}&dn=x", "infohash", SHA1, f"infohash:{SHA1}"),
        ("imdb_id", "tt0111161", "imdb_id", "https://www.imdb.com/title/tt0111161/", "imdb:tt0111161"),
    ],
)
def test_an_identifier_is_enough(
    shelf: Shelf, column: str, stated: str, listed: str, value: str, canonical: str
) -> None:
    shelf.collect("shadow", [{"title": "A Book", listed: value}, {"title": "Another", listed: ""}])
    report = shelf.audit([{"text": "some words", column: None}, {"text": "other words", column: stated}])
    found = only(report)
    assert (found.tier, found.lane, found.detector, found.detectors) == (
        Tier.T1,
        "content",
        "identifier",
        ("identifier",),
    )
    assert (found.level, found.coverage, found.spans, found.status) == (None, None, (), "open")
    assert found.work.title == "A Book"
    assert canonical in found.work.identifiers
    (top,) = found.records.top
    assert (top.record_id, canonical in top.identifiers) == ("rows.parquet:1", True)
    assert report.verdict.outcome is Outcome.FAIL
    assert report.summary.records_matched == 1


def test_an_isbn_within_the_text_is_no_finding(shelf: Shelf) -> None:
    shelf.collect("shadow", [{"title": "A Book", "isbn": ISBN_10}])
    report = shelf.audit([{"text": f"See A Book, ISBN {ISBN_10}, for more.", "isbn": OTHER_10}])
    assert report.findings == ()
    assert report.verdict.outcome is Outcome.PASS


def test_one_isbn_in_two_collections_is_one_finding(shelf: Shelf) -> None:
    shelf.collect("aaa", [{"title": "A Book", "isbn": ISBN_10}], status="disputed")
    shelf.collect("zzz", [{"title": "A book (retail)", "isbn": ISBN_13.removeprefix("isbn:")}])
    report = shelf.audit([{"text": "words", "isbn": ISBN_10}])
    found = only(report)
    assert (found.collection, found.collections) == ("zzz", ("zzz", "aaa"))  # the gravest claim first
    assert [c.works_matched for c in report.summary.collections if c.collection in found.collections] == [1, 1]
    assert report.summary.works == 1


def test_works_joined_by_one_that_has_both_identifiers(shelf: Shelf) -> None:
    """A has one ISBN, C another, B both: the dataset names both, and it is one work in three collections."""
    shelf.collect("aaa", [{"title": "A Book", "isbn": ISBN_10}])
    shelf.collect("bbb", [{"title": "A Book", "isbn": f"{ISBN_10}; {OTHER_10}"}])
    shelf.collect("ccc", [{"title": "A Book", "isbn": OTHER_10}])
    report = shelf.audit([{"text": "x", "isbn": ISBN_10}, {"text": "y", "isbn": OTHER_10}])
    found = only(report)
    assert found.collections == ("aaa", "bbb", "ccc")
    assert found.records.count == 2


def test_a_list_that_states_the_isbn_of_a_text_is_named_too(shelf: Shelf) -> None:
    book = Language(1).book(6_000)
    shelf.collect("texts", [{"file": "b.txt", "title": "B", "isbn": ISBN_10}], {"b.txt": book})
    shelf.collect("list", [{"title": "B", "isbn": ISBN_10}], status="scraped")
    found = only(shelf.audit(rows_of(book)))
    assert (found.tier, found.level, found.collections) == (Tier.T2, Level.FOUND, ("texts", "list"))


def test_text_and_identifier_are_one_finding(shelf: Shelf) -> None:
    book = Language(2).book(6_000)
    shelf.collect("texts", [{"file": "b.txt", "title": "B", "isbn": ISBN_10}], {"b.txt": book})
    report = shelf.audit(rows_of(book, isbn=ISBN_10))
    found = only(report)
    assert (found.tier, found.detectors, found.level) == (Tier.T1, ("identifier", "text"), Level.FOUND)
    assert found.coverage is not None
    assert found.coverage.estimate > 0.97
    assert found.records.count == 15
    assert all(top.identifiers == (ISBN_13,) and top.matched for top in found.records.top)


@pytest.mark.parametrize("slugs", [("aaa", "bbb"), ("bbb", "aaa")])
def test_identifier_in_one_collection_and_text_in_both(shelf: Shelf, slugs: tuple[str, str]) -> None:
    """One collection knows the ISBN and the text, another the same text alone: one finding, whatever their order."""
    book = Language(3).book(6_000)
    shelf.collect(slugs[0], [{"file": "b.txt", "title": "B", "isbn": ISBN_10}], {"b.txt": book})
    shelf.collect(slugs[1], [{"file": "c.txt", "title": "B"}], {"c.txt": [*book[:5_990], *book[:10]]})
    found = only(shelf.audit(rows_of(book, isbn=ISBN_10)))
    assert set(found.collections) == set(slugs)
    assert (found.tier, found.level) == (Tier.T1, Level.FOUND)


def test_one_text_under_one_isbn_in_two_revisions(shelf: Shelf) -> None:
    """Two collections hold revisions of one book under its ISBN; the dataset holds both: still one finding."""
    language = Language(4)
    book = language.book(8_000)
    revision = [*book[:4_000], *language.book(4_000)]
    shelf.collect("aaa", [{"file": "b.txt", "title": "B", "isbn": ISBN_10}], {"b.txt": book})
    shelf.collect("bbb", [{"file": "c.txt", "title": "B", "isbn": ISBN_10}], {"c.txt": revision})
    found = only(shelf.audit(rows_of([*book, *revision])))
    assert found.collections == ("aaa", "bbb")


def test_the_same_book_twice_in_one_collection_is_open_once(shelf: Shelf) -> None:
    book = Language(5).book(6_000)
    works = [{"file": "a.txt", "title": "A"}, {"file": "b.txt", "title": "B"}]
    shelf.collect("texts", works, {"a.txt": book, "b.txt": [*book, "end"]})
    report = shelf.audit(rows_of(book))
    assert sorted(f.status for f in report.findings) == ["explained", "open"]
    still_open, other = report.findings
    assert other.explained_by is not None
    assert other.explained_by.work == still_open.work.id
    assert report.summary.works == 1


def test_a_book_of_the_commons_explains_a_pirated_copy(shelf: Shelf) -> None:
    book = Language(6).book(6_000)
    shelf.collect("texts", [{"file": "a.txt", "title": "A"}], {"a.txt": book})
    shelf.collect("library", [{"file": "b.txt", "title": "B"}], {"b.txt": [*book, "end"]}, status="commons")
    report = shelf.audit(rows_of(book))
    found = only(report)
    assert found.status == "explained"
    assert found.explained_by is not None
    assert found.explained_by.collection == "library"
    assert report.verdict.outcome is Outcome.PASS
    assert (report.summary.works, report.summary.records_matched) == (0, 0)


def test_what_only_the_commons_name_is_not_counted(shelf: Shelf) -> None:
    shelf.collect("library", [{"title": "A Book", "isbn": ISBN_10}], status="commons")
    shelf.collect("shadow", [{"title": "Another", "isbn": OTHER_10}])
    report = shelf.audit([{"text": "words", "isbn": ISBN_10}])
    assert report.findings == ()
    assert report.summary.records_matched == 0
    assert report.summary.share_of_records == 0


def test_tokens_of_the_commons_are_not_counted(shelf: Shelf) -> None:
    """An open work that quotes the commons at length: the quoted stretches come from the commons."""
    language = Language(7)
    psalm = language.book(20_000)
    citing = [*language.book(5_000), *psalm]
    shelf.collect("library", [{"file": "p.txt", "title": "P"}], {"p.txt": psalm}, status="commons")
    shelf.collect("shadow", [{"file": "c.txt", "title": "C"}], {"c.txt": citing})
    report = shelf.audit(rows_of(citing, size=500))
    assert only(report).status == "open"
    assert report.summary.tokens_matched.high < 10_000


def test_a_whole_book_stays_one_beside_records_that_match_by_chance(shelf: Shelf) -> None:
    """T2 asks that its records consist of it: a long record that shares one phrase is none of its records."""
    language = Language(8)
    book = language.book(12_000)
    shelf.collect("texts", [{"file": "a.txt", "title": "A"}], {"a.txt": book})
    noise, at = [], 0
    for _ in range(10):  # phrases of twelve words, each in a long record of its own
        at = place_sampled(book, 12, 1, first=at + 12)
        around = language.book(4_000)
        noise.append({"text": text_of([*around[:2_000], *book[at : at + 12], *around[2_000:]])})
    assert only(shelf.audit(rows_of(book))).tier is Tier.T2
    assert only(shelf.audit([*rows_of(book), *noise])).tier is Tier.T2


def test_ids_stay_when_scores_change(shelf: Shelf) -> None:
    language = Language(9)
    one, two = language.book(8_000), language.book(8_000)
    works = [{"file": "a.txt", "title": "A"}, {"file": "b.txt", "title": "B"}]
    shelf.collect("texts", works, {"a.txt": one, "b.txt": two})
    small = shelf.audit(rows_of([*one[:3_000], *two]))
    large = shelf.audit(rows_of([*one, *two[:3_000]]))
    ids = [{f.work.title: f.id for f in report.findings} for report in (small, large)]
    assert ids[0] == ids[1]
    assert len(set(ids[0].values())) == 2
    scores = [{f.work.title: f.matched for f in report.findings} for report in (small, large)]
    assert scores[0] != scores[1]
    renamed = shelf.audit(rows_of([*one, *two]), name="validation")
    assert not {f.id for f in renamed.findings} & set(ids[0].values())


def test_audit_without_anything(shelf: Shelf) -> None:
    report = shelf.audit([{"text": "a few words"}])
    assert report.verdict.outcome is Outcome.INCONCLUSIVE
    assert report.findings == ()


def test_helper_reads_what_was_installed(shelf: Shelf) -> None:
    shelf.collect("shadow", [{"title": "A", "isbn": ISBN_10}])
    pq.write_table(pa.table({"text": ["words"], "isbn": [THIRD_13]}), shelf.folder / "d.parquet")
    assert audit(shelf.folder / "home", shelf.folder / "d.parquet").findings == ()


def test_the_whole_of_a_short_work_is_found(shelf: Shelf) -> None:
    """Three regions need more text than a short work has; but the whole of a work is no quotation from it."""
    short, other = Language(31).book(700), Language(32).book(40_000)
    shelf.collect("shadow", [{"title": "A story", "file": "a.txt"}], {"a.txt": short})
    whole = only(shelf.audit([*rows_of(short, 700), *rows_of(other)]))
    assert (whole.tier, whole.level, whole.regions < 3) == (Tier.T2, Level.FOUND, True)
    part = only(shelf.audit([*rows_of(short[:400]), *rows_of(other)]))
    assert (part.tier, part.level) == (Tier.T3, Level.PASSAGE)


def test_a_chance_hit_in_a_long_record_is_no_record_of_the_work(shelf: Shelf) -> None:
    book, other = Language(33).book(20_000), Language(34).book(40_000)
    shelf.collect("shadow", [{"title": "A Book", "file": "a.txt"}], {"a.txt": book})
    sampled = place_sampled(book, 8, 1)
    phrase = book[sampled : sampled + 8]
    stray = {"text": text_of([*other[:2000], *phrase, *other[2000:4000]])}
    report = shelf.audit([*rows_of(book[4000:14_000]), stray, *rows_of(other[4000:])])
    found = only(report)
    assert found.records.count == len(rows_of(book[4000:14_000])) == report.summary.records_matched


def test_a_report_says_when_finer_sampling_went_unused(shelf: Shelf, tmp_path: Path) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "a.txt").write_text(text_of(Language(35).book(5_000)), "utf-8")
    for slug, scaled in (("fine", 16), ("coarse", 64)):
        facts = CollectionFacts(slug=slug, title=slug, kind="books", status="pirated", as_of="2024", release="1")
        build_release(facts, [texts], tmp_path / slug, scaled=scaled)
        shelf.library.install(tmp_path / slug)
    report = shelf.audit([{"text": "nothing of theirs"}])
    assert report.method.scaled == 64
    assert any("fine@1 (1 in 16)" in limit for limit in report.limits)
    assert not any("coarse@1" in limit for limit in report.limits)


@pytest.mark.parametrize("size", [64, 400, 5_000])
def test_the_share_of_tokens_does_not_depend_on_how_text_is_cut(shelf: Shelf, size: int) -> None:
    book, other = Language(36).book(30_000), Language(37).book(60_000)
    shelf.collect("shadow", [{"title": "A Book", "file": "a.txt"}], {"a.txt": book})
    rows = [*rows_of(book, size), *rows_of(other, size)]
    report = shelf.audit(rows)
    share = report.summary.share_of_tokens
    truth = sum(len(row["text"].split()) for row in rows_of(book, size)) / sum(len(row["text"].split()) for row in rows)
    assert share.low <= truth <= share.high
    assert share.high - share.low < 0.06
