"""The signature detector: candidates by bands, verified, one finding a work beside text and identifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasketch import MinHash

from findspot.audit import Finding, Level, Outcome, Policy, Report, Tier, run_audit
from findspot.dataset import ReadOptions, open_subject, write_manifest
from findspot.errors import SchemeError
from findspot.reference import CollectionFacts, Library, build_release
from findspot.sketch import OWN_RECIPE, RECIPE_KEY, SignatureInfo, signature_jaccard

from ..accuracy.books import Book, Language, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FOREIGN = SignatureInfo(hash="sha1_hash32", shingle="word 5-grams", normaliser="lower", seed=4)
LANGUAGE = Language(77)
BOOKS = [LANGUAGE.book(2_000) for _ in range(4)]


def values(text: str, info: SignatureInfo = FOREIGN) -> list[int]:
    """As a pipeline with datasketch would have it."""
    words = text.lower().split()
    made = MinHash(info.permutations, seed=info.seed, scheme=info.scheme)
    made.update_batch([" ".join(words[i : i + 5]).encode() for i in range(len(words) - 4)])
    return [int(value) for value in made.digest()]


class Shelf:
    """A home with collections that carry signatures, and datasets that are held against them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.library = Library(folder / "home")

    def collect(
        self,
        slug: str,
        books: Sequence[str],
        status: str = "pirated",
        recipes: Sequence[SignatureInfo] = (FOREIGN,),
        works: str = "",
    ) -> None:
        folder = self.folder / f"{slug}.src"
        folder.mkdir()
        for number, text in enumerate(books):
            (folder / f"{slug} {number}.txt").write_text(text, "utf-8")
        facts = CollectionFacts(slug=slug, title=slug, kind="books", status=status, as_of="2024", release="1")
        table = None
        if works:
            table = self.folder / f"{slug}.csv"
            table.write_text(works)
        build_release(facts, [folder], self.folder / slug, signatures=recipes, works_csv=table)
        self.library.install(self.folder / slug)

    def audit(self, columns: dict[str, Any], stated: SignatureInfo | None = FOREIGN, **options: Any) -> Report:
        table = pa.table(columns)
        if stated:
            table = table.replace_schema_metadata({RECIPE_KEY: stated.model_dump_json()})
        pq.write_table(table, self.folder / "rows.parquet")
        return run_audit(open_subject([self.folder / "rows.parquet"], ReadOptions(**options)), self.library.open())


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def text(number: int, start: int = 0, end: int | None = None) -> str:
    book: Book = BOOKS[number]
    return text_of(book[start:end])


def only(report: Report) -> Finding:
    [finding] = report.findings
    return finding


def test_signatures_alone_find_a_whole_work(shelf: Shelf) -> None:
    shelf.collect("shadow", [text(0), text(1)])
    others = [text_of(LANGUAGE.book(500)) for _ in range(20)]
    report = shelf.audit({"id": [*map(str, range(21))], "minhash": [values(t) for t in [*others, text(0)]]})
    finding = only(report)
    assert (finding.tier, finding.level, finding.detector) == (Tier.T2, Level.FOUND, "signature")
    assert finding.detectors == ("signature",)
    assert finding.work.title == "shadow 0"
    assert finding.coverage is None
    assert finding.records.count == 1
    [record] = finding.records.top
    assert record.record_id == "20"
    assert record.containment is None
    assert record.jaccard is not None
    assert (record.jaccard.estimate, record.jaccard.high) == (1, 1)
    assert record.jaccard.low == pytest.approx(0.97, abs=0.01)
    assert report.verdict.outcome is Outcome.FAIL
    assert report.summary.records_matched == 1
    assert report.summary.works == 1
    method = report.method.detectors["signature"]
    assert {key: method[key] for key in ("scheme", "seed", "threshold", "bands", "rows", "permutations")} == {
        "scheme": "affine32",
        "seed": 4,
        "threshold": 0.8,
        "bands": 21,
        "rows": 6,
        "permutations": 128,
    }
    assert method["recall_at_threshold"] == pytest.approx(1 - (1 - 0.8**6) ** 21, abs=1e-4)
    assert any("no part of one" in limit for limit in report.limits)


@pytest.mark.parametrize(("words", "reported"), [(1900, True), (1000, False), (400, False)])
def test_a_part_of_a_work_is_none(shelf: Shelf, words: int, reported: bool) -> None:
    shelf.collect("shadow", [text(0)])
    report = shelf.audit({"minhash": [values(text(0, 0, words))]})
    if reported:
        estimate = only(report).records.top[0].jaccard
        assert estimate is not None
        assert estimate.low <= 1900 / 2000 <= estimate.high
    else:
        assert not report.findings
        assert report.verdict.outcome is Outcome.PASS


def test_text_and_signature_of_a_work_are_one_finding(shelf: Shelf) -> None:
    shelf.collect("shadow", [text(0), text(1)])
    report = shelf.audit({"text": [text(0), text(2)], "minhash": [values(text(0)), values(text(2))]})
    finding = only(report)
    assert finding.detectors == ("text", "signature")
    assert (finding.detector, finding.tier, finding.level) == ("text", Tier.T2, Level.FOUND)
    assert finding.coverage is not None
    assert finding.records.count == 1
    assert finding.records.top[0].jaccard is not None
    assert finding.records.top[0].matched > 0


def test_the_tier_is_that_of_the_stronger_evidence(shelf: Shelf) -> None:
    """A record with half the text, but the signature of the whole: the finding rests on the signature."""
    shelf.collect("shadow", [text(0)])
    finding = only(shelf.audit({"text": [text(0, 0, 1200)], "minhash": [values(text(0))]}))
    assert finding.coverage is not None
    assert finding.coverage.estimate < 0.8
    assert (finding.tier, finding.detector) == (Tier.T2, "signature")
    assert set(finding.detectors) == {"signature", "text"}


def test_identifier_and_signature_of_a_work_are_one_finding(shelf: Shelf) -> None:
    shelf.collect("shadow", [text(0)], works="file,title,isbn\nshadow 0.txt,A Book,9780306406157\n")
    finding = only(shelf.audit({"isbn": ["0306406152", None], "minhash": [None, values(text(0))]}))
    assert (finding.tier, finding.detectors) == (Tier.T1, ("identifier", "signature"))
    assert finding.records.count == 2
    assert [record.jaccard is None for record in finding.records.top] == [True, False]


def test_the_same_work_in_two_collections_is_one_finding(shelf: Shelf) -> None:
    shelf.collect("shadow", [text(0)])
    shelf.collect("mirror", [text(0, 0, 1990)], status="scraped")
    finding = only(shelf.audit({"minhash": [values(text(0)), values(text(0, 0, 1990))]}))
    assert finding.collections == ("shadow", "mirror")
    assert finding.records.count == 2
    assert finding.status == "open"


def test_two_editions_in_one_collection_are_open_once(shelf: Shelf) -> None:
    shelf.collect("shadow", [text(0), text(0, 0, 1800)])
    report = shelf.audit({"minhash": [values(text(0))]})
    assert [(f.work.title, f.status) for f in report.findings] == [("shadow 0", "open"), ("shadow 1", "explained")]
    assert report.findings[1].explained_by is not None
    assert report.findings[1].explained_by.work == report.findings[0].work.id
    assert report.summary.works == 1


def test_a_work_of_the_commons_explains(shelf: Shelf) -> None:
    shelf.collect("shadow", [text(0)])
    shelf.collect("commons", [text(0, 0, 1900)], status="commons")
    report = shelf.audit({"minhash": [values(text(0))]})
    finding = only(report)
    assert finding.status == "explained"
    assert finding.explained_by is not None
    assert finding.explained_by.collection == "commons"
    assert report.verdict.outcome is Outcome.PASS
    assert report.summary.records_matched == 0


def test_the_whole_of_a_short_text_may_stand_elsewhere_by_chance(shelf: Shelf) -> None:
    shelf.collect("shadow", [text(0, 0, 40)])
    report = shelf.audit({"minhash": [values(text(0, 0, 40))]})
    assert (only(report).tier, only(report).level) == (Tier.T2, Level.PROBABLE)
    assert report.verdict.outcome is Outcome.PASS
    assert Policy(fail_on=("T2",)).fails(only(report), {"shadow": "pirated"})


OTHER: dict[str, Any] = {
    "scheme": "legacy",
    "permutations": 64,
    "seed": 2,
    "hash": "xxh32",
    "shingle": "word 6-grams",
    "normaliser": "none",
}


@pytest.mark.parametrize("field", sorted(OTHER))
def test_signatures_of_another_recipe_are_refused_by_name(shelf: Shelf, field: str) -> None:
    shelf.collect("shadow", [text(0)])
    other = SignatureInfo(**(FOREIGN.model_dump() | {field: OTHER[field]}))
    columns: dict[str, Any] = {"minhash": [values(text(0), other)]}
    ours = getattr(FOREIGN, field)
    with pytest.raises(
        SchemeError, match=f"rows.parquet and of shadow@1 cannot be compared: {field} {OTHER[field]} against {ours}\n"
    ):
        shelf.audit(columns, other)
    report = shelf.audit(columns | {"text": [text(0)]}, other)  # the text can be compared: the report says what was not
    assert only(report).detectors == ("text",)
    assert any(f"not compared with those of shadow@1: they differ: {field} " in limit for limit in report.limits)
    assert "recall_at_threshold" not in report.method.detectors["signature"]


def test_releases_of_several_recipes_serve_datasets_of_each(shelf: Shelf) -> None:
    shelf.collect("shadow", [text(0)], recipes=[OWN_RECIPE, FOREIGN])
    shelf.collect("plain", [text(1)], recipes=[])
    assert only(shelf.audit({"minhash": [values(text(0))]})).detector == "signature"
    report = shelf.audit({"text": [text(0)]}, None, signatures=True)
    assert only(report).detectors == ("text", "signature")
    assert any("not compared with those of plain@1: it has none" in limit for limit in report.limits)


def test_without_any_signatures_to_compare_with_an_audit_cannot_tell(shelf: Shelf) -> None:
    shelf.collect("plain", [text(0)], recipes=[])
    report = shelf.audit({"minhash": [values(text(0))]})
    assert report.verdict.outcome is Outcome.INCONCLUSIVE
    assert "nor signatures that could be compared" in report.verdict.reasons[0]


def test_a_signature_of_nothing_is_like_no_other(shelf: Shelf) -> None:
    shelf.collect("shadow", ["too short to sign", text(0)])
    report = shelf.audit({"minhash": [values("too short to sign"), values("")]})
    assert not report.findings


def test_a_manifest_audits_to_the_findings_of_its_data(shelf: Shelf) -> None:
    shelf.collect("shadow", [text(0), text(1)])
    data = shelf.audit({"minhash": [values(text(0)), values(text(1, 0, 1900)), None]})
    path = shelf.folder / "rows.manifest.parquet"
    write_manifest(open_subject([shelf.folder / "rows.parquet"], ReadOptions()), path)
    manifest = run_audit(open_subject([path], ReadOptions()), shelf.library.open())
    assert len(data.findings) == 2
    assert manifest.model_dump(exclude={"created"}) == data.model_dump(exclude={"created"})


def test_many_records_of_many_works_are_found_in_any_number_of_batches(shelf: Shelf) -> None:
    texts = [text_of(LANGUAGE.book(300)) for _ in range(40)]
    shelf.collect("shadow", texts)
    rows = [values(texts[n % 40]) for n in range(1500)]
    report = shelf.audit({"minhash": rows})
    assert len(report.findings) == 40
    assert sum(f.records.count for f in report.findings) == 1500
    assert report.summary.records_matched == 1500


def test_a_verified_near_duplicate_is_found_whatever_the_number_of_permutations() -> None:
    """At the threshold the lower bound is above one half, and so the level is ``found``."""
    for count in (16, 64, 128, 256):
        least = next(n for n in range(count + 1) if n >= 0.8 * count)
        assert signature_jaccard(least, count).low >= 0.5
