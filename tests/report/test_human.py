"""The renderings that people read: a terminal, a job summary, a page."""

from __future__ import annotations

import random
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.cells import cell_len

from findspot.audit.model import ExplainedBy, Outcome, Report, Verdict, Work
from findspot.report import as_html, as_markdown, as_text, render

from .samples import ALL, INFOHASH, XSS, failing, finding, inconclusive, novel, passing, report, subject, summary

PEOPLE = ["text", "md", "html"]


class Page(HTMLParser):
    """Elements, attributes and text of a page, and whether its elements are closed in order."""

    VOID = frozenset({"meta", "br", "img", "link"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.stack or self.stack[-1] not in ("style", "script"):
            self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def gfm(text: str) -> Page:
    """Markdown as GitHub takes it: with tables, with HTML let through."""
    return Page(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text))


@pytest.mark.parametrize("format_", PEOPLE)
def test_everything_a_reader_needs_is_there(format_: str) -> None:
    said = " ".join(render(failing(), format_).split())
    for fact in ("FAIL", "31,254", "2.7 %", "431,000", "15,871,332", "99.8 %", "196,640", "3.1 %", "2020-10-25"):
        assert fact in said
    for name in ("吾輩は猫である", "Преступление", "ألف ليلة وليلة", "Library Genesis", "invalid UTF-8"):
        assert name in said
    for limit in failing().limits:
        assert limit in said
    assert "Middle Distance" in said
    assert said.index("FAIL") < said.index("2.7 %") < said.index("3.1 %") < said.index("The Long Voyage Home")


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("name", ALL)
def test_text_keeps_its_width_and_has_no_colour_codes(name: str, width: int) -> None:
    text = as_text.render(ALL[name](), width=width)
    assert "\x1b" not in text
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert not any(line != line.rstrip() for line in text.splitlines())


def test_text_has_colours_when_asked() -> None:
    assert "\x1b[" in render(failing(), "text", colour=True)


def test_text_shows_interval_level_and_strip() -> None:
    text = render(failing(), "text")
    assert "0.42 [0.40–0.44]" in text
    assert "T3 passage" in text
    assert re.search(r"\|·+▆████▆·+\|", text)
    assert INFOHASH in text


@pytest.mark.parametrize("format_", PEOPLE)
def test_a_title_cannot_send_control_codes(format_: str) -> None:
    said = render(report(findings=(finding(1, "a\x1b[31mb\u202ec\x00d\r\ne\u2028f", "g\nh"),)), format_)
    assert not set(said) & set("\x1b\x00\r\u202e\u2028")
    assert "�[31mbc�d e f" in said.replace("\\", "")


@pytest.mark.parametrize("format_", PEOPLE)
def test_lanes_are_apart(format_: str) -> None:
    said = render(failing(), format_)
    content, acquisition = said.split("Is the work in the data?")[1].split("How did the data get there?")
    assert "The Long Voyage Home" in content
    assert "infohash" not in content
    assert "infohash" in acquisition


@pytest.mark.parametrize("format_", PEOPLE)
def test_inconclusive_says_why_and_how_much_was_read(format_: str) -> None:
    said = " ".join(render(inconclusive(), format_).split())
    assert "INCONCLUSIVE" in said
    assert "the policy asks for at least 95 %" in said
    assert "41 %" in said
    assert "900,112" in said


@pytest.mark.parametrize("format_", PEOPLE)
def test_what_is_left_out_is_counted(format_: str) -> None:
    many = tuple(finding(n, f"Title {n} " + "長い" * 70, "C") for n in range(3000))
    said = render(report(findings=many), format_)
    shown = {int(n) for n in re.findall(r"Title (\d+) ", said)}
    left = re.search(r"([\d,]+) more open findings are in", said)
    assert left is not None
    assert shown == set(range(len(shown)))
    assert len(shown) + int(left.group(1).replace(",", "")) == 3000
    assert len(shown) >= 200


@pytest.mark.parametrize("format_", PEOPLE)
def test_many_explained_findings_are_counted_by_what_explains_them(format_: str) -> None:
    by = ExplainedBy(work="kjv-psalms", collection="bible", release="2024-01")
    many = tuple(finding(n, f"Sermon {n}", None, status="explained", explained_by=by) for n in range(500))
    said = render(report(findings=many), format_)
    assert "kjv-psalms" in said
    assert len(said) < 400_000
    assert re.search(r"explained by .*kjv-psalms|kjv-psalms .*\| 500 \|", said)


def test_markdown_stays_below_the_limit_of_a_step_summary() -> None:
    title = "<|`" * 200
    lanes = ("content", "acquisition")
    many = tuple(novel(n, title, title, 90_000, 0.4, collections=(title,) * 5, lane=lanes[n % 2]) for n in range(1500))
    many += tuple(finding(n, title, title, status="explained", work=Work(id=f"{n}{title}", title=title, creator=None),
        explained_by=ExplainedBy(work=f"{n}{title}", collection="c", release=title)) for n in range(1000))  # fmt: skip
    skipped = tuple(subject().skipped[0].model_copy(update={"reason": title}) for _ in range(5000))
    references = failing().references * 2000
    made = report(
        findings=many,
        subject=subject(name=title, digest=title, skipped=skipped),
        references=references,
        limits=(title,) * 5000,
        verdict=Verdict(outcome=Outcome.FAIL, reasons=(title,) * 5000),
        summary=summary().model_copy(update={"collections": summary().collections * 2000}),
    )
    said = render(made, "md")
    assert len(said.encode()) < as_markdown.MAX_BYTES
    for part in ("Open findings, content", "Open findings, acquisition", "Explained", "Held against", "Method"):
        assert f"## {part}" in said


def test_markdown_takes_titles_literally() -> None:
    text = render(failing(), "md")
    assert "<script" not in text
    page = gfm(text)
    assert {tag for tag, _ in page.tags} <= {
        "h1", "h2", "p", "ul", "li", "strong", "br", "table", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip
    assert XSS in "".join(page.text)


@settings(max_examples=60)
@given(st.text(st.sampled_from("ab1 `|*_<>[]()!&\\#-~@:$/.\n"), min_size=1, max_size=30))
def test_any_title_is_one_literal_cell_of_markdown(title: str) -> None:
    page = gfm(as_markdown.table(("A", "B:"), [title], lambda text: (as_markdown.literal(text), "1")))
    assert [tag for tag, _ in page.tags] == ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"]
    said = "".join(page.text).replace("\u200b", "").split()
    assert said == ["A", "B", *title.split(), "1"]


@pytest.mark.parametrize("title", ["# h", "- x", "1. x", "+ x", "= x", ": x"])
def test_a_reason_is_no_block_of_markdown(title: str) -> None:
    page = gfm(as_markdown.items([title]))
    assert [tag for tag, _ in page.tags] == ["ul", "li"]
    assert "".join(page.text).strip() == title


def test_markdown_notifies_nobody_and_keeps_release_names() -> None:
    assert "@\u200bsomeone" in as_markdown.literal("by @someone")
    assert as_markdown.literal("books3@2020") == "books3@2020"


def _html(made: Report) -> Page:
    return Page(render(made, "html"))


@pytest.mark.parametrize("name", ALL)
def test_the_page_is_well_formed_and_loads_nothing(name: str) -> None:
    page = _html(ALL[name]())
    assert page.stack == []
    assert not page.all("link")
    assert not page.all("img")
    assert len(page.all("script")) == 1
    for _, attributes in page.tags:
        assert not {"src", "style", "onclick", "onerror", "onload"} & set(attributes)
        assert (attributes.get("href") or "#").startswith("#")
    assert "url(" not in render(ALL[name](), "html")
    assert "@import" not in render(ALL[name](), "html")


def test_the_page_forbids_all_but_its_own_style_and_script() -> None:
    text = render(failing(), "html")
    policy = next(m["content"] for m in Page(text).all("meta") if m.get("http-equiv"))
    assert policy is not None
    assert "default-src 'none'" in policy
    for tag in ("style", "script"):
        inline = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert inline is not None
        assert as_html.source_hash(inline.group(1)) in policy


def test_the_page_takes_titles_literally() -> None:
    text = render(failing(), "html")
    assert "<script>alert(1)" not in text
    assert "<img" not in text
    assert "<b>bold" not in text
    assert XSS in "".join(Page(text).text)


def test_links_lead_somewhere_and_ids_are_unique() -> None:
    page = _html(failing())
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    for link in page.all("a"):
        assert (link["href"] or "").removeprefix("#") in ids
    for _, attributes in page.tags:
        if "aria-labelledby" in attributes:
            assert attributes["aria-labelledby"] in ids


def test_every_strip_has_words_for_those_who_cannot_see_it() -> None:
    page = _html(failing())
    drawings = page.all("svg")
    assert drawings
    assert all(d.get("aria-labelledby") or d.get("aria-hidden") == "true" for d in drawings)
    assert "One stretch between 33 % and 67 % of the work's length." in "".join(page.text)


def test_every_table_has_a_caption_and_scoped_headings() -> None:
    page = _html(failing())
    assert len(page.all("table")) == len(page.all("caption"))
    assert all(cell.get("scope") in ("col", "row", "rowgroup") for cell in page.all("th"))


def test_the_strip_is_drawn_from_the_spans() -> None:
    page = _html(report(findings=(finding(1, "A", None, spans=((30_000, 60_000), (60_100, 60_120))),)))
    drawn = [(p["class"], p["d"]) for p in page.all("path")]
    assert drawn == [("mark s1", "M166 10h1"), ("mark s2", "M333 10h1"), ("mark s4", "M167 10h166")]
    assert [u["href"] for u in page.all("use")] == [f"#{g['id']}" for g in page.all("g")]  # once more in the evidence


def test_the_page_of_a_hundred_long_novels_in_thousands_of_pieces_is_small() -> None:
    rng = random.Random(5)
    novels = []
    for n in range(100):
        starts = rng.sample(range(0, 300_000, 64), 3000)
        spans = tuple((start, start + rng.randrange(8, 64)) for start in sorted(starts))
        novels.append(novel(n, f"Title {n}", "C", 300_000, 0.4, spans=spans))
    assert len(render(report(findings=tuple(novels)), "html").encode()) < 1_500_000


def test_a_page_of_nothing_found_has_no_empty_table() -> None:
    text = render(passing(), "html")
    assert "<p>No overlap found within coverage 100\u00a0%" in text
    assert "sortable" not in re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
