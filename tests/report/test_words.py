"""Numbers, foreign text and coverage strips as readers see them."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from findspot.audit.model import Estimate, ExplainedBy, Outcome, Verdict, Work
from findspot.report import strip, words

from .samples import failing, finding, inconclusive, passing, report

SPANS = st.lists(st.tuples(st.integers(-50, 1200), st.integers(-50, 1200)), max_size=60)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.9981, "99.8 %"),
        (0.99999, ">99.9 %"),
        (0.42, "42 %"),
        (0.0421, "4.2 %"),
        (0.00003, "0.003 %"),
        (0.00000001, "<0.0001 %"),
    ],
)
def test_percent(value: float, said: str) -> None:
    assert words.percent(value) == said


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_what_is_not_all_is_not_shown_as_all_nor_something_as_nothing(value: float) -> None:
    assert words.percent(value) not in ("100 %", "0 %")


def test_intervals() -> None:
    value = Estimate(estimate=0.42, low=0.4, high=0.44)
    assert words.fraction(value) == "0.42 [0.40–0.44]"
    assert words.fraction(Estimate(estimate=0.1003, low=0.0982, high=0.1022)) == "0.100 [0.098–0.102]"
    assert words.fraction(Estimate(estimate=0.9978, low=0.994, high=1.0)) == "0.998 [0.994–1.000]"
    assert words.fraction(Estimate(estimate=0.9999, low=0.91, high=1.0)) == ">0.999 [0.910–1.000]"
    assert words.fraction(Estimate(estimate=1.0, low=1.0, high=1.0)) == "1.00 [1.00–1.00]"
    assert words.percents(value) == "42 % [40 % to 44 %]"
    assert words.fraction(Estimate(estimate=0.0008, low=0.00001, high=0.004)) == "0.0008 [<0.0001–0.004]"
    assert words.counts(Estimate(estimate=21000, low=20100, high=21900)) == "21,000 [20,100–21,900]"


@pytest.mark.parametrize(("n_bytes", "said"), [(0, "0 bytes"), (999, "999 bytes"), (3_100_000, "3.1 MB")])
def test_size(n_bytes: int, said: str) -> None:
    assert words.size(n_bytes) == said


def test_headlines() -> None:
    assert words.headline(failing()) == "Overlap found: the policy fails"
    assert words.headline(inconclusive()) == "The audit cannot answer for this dataset"
    assert words.headline(passing()) == "No overlap found within coverage 100 % of the dataset"
    tolerated = report(verdict=Verdict(outcome=Outcome.PASS, reasons=()))
    assert words.headline(tolerated) == "The policy passes, with overlap found within coverage 99.8 % of the dataset"
    explained = tuple(f for f in tolerated.findings if f.status == "explained")
    assert words.headline(tolerated.model_copy(update={"findings": explained})).startswith("No open overlap found")


def test_what_explains_a_finding_is_named_by_title_where_known() -> None:
    made = failing()
    names = {f.id: group.name for group in words.explanations(made) for f in group.findings}
    assert names[made.findings[12].id] == "Middle Distance (w3 in books3@2020-10)"
    assert names[made.findings[13].id] == "kjv-ecclesiastes (bible@2024-01)"


def test_what_explains_most_comes_first() -> None:
    once, twice = (ExplainedBy(work=work, collection="bible", release="1", title=work) for work in ("Job", "Ruth"))
    explained = [
        finding(n, f"{n}", None, status="explained", explained_by=by) for n, by in enumerate((once, twice, twice))
    ]
    groups = words.explanations(report(findings=tuple(explained)))
    assert [(group.title, [f.work.title for f in group.findings]) for group in groups] == [
        ("Ruth", ["1", "2"]),
        ("Job", ["0"]),
    ]


def test_some_names_and_a_count() -> None:
    assert words.some(["A", "B"]) == "A; B"
    assert words.some(["A", "B", "C", "D"], 2) == "A; B; and 2 more"


@given(st.text(), st.integers(2, 400))
def test_shown_text_is_one_line_without_controls(text: str, limit: int) -> None:
    shown = words.clean(text, limit)
    assert len(shown) <= limit
    assert shown == " ".join(shown.split())
    assert not any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def test_a_work_without_title_goes_by_its_identifier_or_id() -> None:
    assert words.work_name(Work(id="w1", title=None, creator=None, identifiers=("isbn:1",))) == "isbn:1"
    assert words.work_name(Work(id="w1", title=" ", creator=None)) == "w1"


def _covered(spans: list[tuple[int, int]], length: int) -> list[bool]:
    held = [False] * length
    for start, end in spans:
        for i in range(max(0, start), min(length, end)):
            held[i] = True
    return held


@given(SPANS, st.integers(1, 1000))
def test_merged_spans_hold_the_same_tokens(spans: list[tuple[int, int]], length: int) -> None:
    merged = strip.merged(spans, length)
    assert _covered(merged, length) == _covered(spans, length)
    assert all(a < b for a, b in merged)
    assert all(left[1] < right[0] for left, right in pairwise(merged))


@given(SPANS, st.integers(1, 1000), st.integers(1, 40))
def test_a_block_is_drawn_where_tokens_are(spans: list[tuple[int, int]], length: int, width: int) -> None:
    drawn = strip.blocks(spans, length, width)
    held = _covered(spans, length)
    assert len(drawn) == width
    assert (set(drawn) <= {strip.EMPTY}) == (not any(held))
    if all(held):
        assert set(drawn) == {"█"}


def test_blocks_by_example() -> None:
    assert strip.blocks([(0, 100), (250, 300)], 400, 4) == "█·▅·"


@given(SPANS, st.integers(1, 1000), st.integers(1, 600))
def test_shades_are_apart_and_mark_every_cell_that_holds_tokens(
    spans: list[tuple[int, int]], length: int, cells: int
) -> None:
    runs = strip.shades(spans, length, cells)
    assert all(x >= 0 and width > 0 and x + width <= cells and 1 <= shade <= 4 for x, width, shade in runs)
    for (x, width, shade), (next_x, _, next_shade) in pairwise(runs):
        assert x + width < next_x or (x + width == next_x and shade != next_shade)
    marked = {x + i for x, width, _ in runs for i in range(width)}
    held = _covered(spans, length)
    assert marked == {i for i in range(cells) if any(held[i * length // cells : -(-(i + 1) * length // cells)])}


@given(st.lists(st.tuples(st.integers(0, 999), st.integers(1, 40)), min_size=1), st.integers(100, 500))
def test_the_ink_of_a_strip_is_the_share_of_the_work(starts: list[tuple[int, int]], cells: int) -> None:
    spans = [(start * 100, min(100_000, (start + width) * 100)) for start, width in starts]
    share = sum(_covered(spans, 100_000)) / 100_000
    runs = strip.shades(spans, 100_000, cells)
    ink = sum(width * shade / strip.SHADES for _, width, shade in runs) / cells
    touched = sum(width for _, width, shade in runs if shade < strip.SHADES) + 2 * len(runs)
    assert abs(ink - share) <= touched / (strip.SHADES * cells)


def test_many_short_spans_are_no_solid_bar() -> None:
    spans = [(i * 100, i * 100 + 25) for i in range(2000)]
    assert strip.shades(spans, 200_000) == [(0, 500, 1)]


def test_a_short_span_leaves_a_trace() -> None:
    assert strip.shades([(500, 501), (99_999, 100_000)], 100_000) == [(2, 1, 1), (499, 1, 1)]


def test_the_strip_in_words() -> None:
    assert strip.place(finding(1, "A", None)) == "One stretch between 33 % and 67 % of the work's length."
    assert "Not known" in strip.place(finding(1, "A", None, spans=()))
    assert strip.token_ranges([(0, 5200), (9100, 14800)]) == "0–5,200; 9,100–14,800"
    assert strip.token_ranges([(0, 1)] * 15, limit=2) == "0–1; 0–1; and 13 more"
