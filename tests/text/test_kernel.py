"""The kernel equals the plain description of the scheme: on nasty strings, under hypothesis, on real text."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from findspot.errors import UsageError
from findspot.sketch import sketch_column
from findspot.text import tables

_SPEC = importlib.util.spec_from_file_location("fs1_plain", Path(__file__).with_name("fs1_plain.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
plain = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(plain)

NASTY = [
    "",
    " ",
    "a",
    "one two three four five six seven",
    "one two three four five six seven eight",
    "“Don’t,” she said—“naïve café ﬁancée STRASSE straße Ærø…” and went on, well-known for it",
    "\u200bzero\u00adwidth e\u0301te\u0301 ½ ① ２０ İstanbul ΣΊΣΥΦΟΣ ᾳ ſs ŉ ǰ ΐ \ufdfa",
    "a con-\nnection of words, bro- ken at li\u2010\n   ne ends -- not here nor--\nat, -\nbut -  and e\u2011\u3000nd-",
    "日本語のテキストがここにありますそして続きます 中文也在这里 한국어 텍스트 हिन्दी पाठ ภาษาไทยก็มีอยู่ ລາວ ខ្មែរ မြန်မာ",
    "がぎぐげご か\u3099き\u3099く\u3099 ｶﾞｷﾞｸﾞ ㍿㌔㈱①日本12の語abcかなdef ゛か ํา กำ",
    "x" * 200 + " " + "長い" * 40,
    "12345678 123456789 1234567 " * 3,
    "—" * 100,
    "㈠",
    "one two three four five six ㈠ seven eight nine ten eleven twelve thirteen fourteen fifteen",
    "-" * 70 + " a " + "- " * 70,
    "’" * 30 + "a" + "’" * 33 + "b",
    "\U0001f600 emoji \U00020000\U00020001 \U0001f1eb\U0001f1f7 \u202eشكرا\u202c שלום עֲלֵיכֶם",
    "a\0b \x1c c\x1fd \x7f e",
    "ก\u0e48\u0e38 ก\u0e38\u0e48 ข\u0e48\u034f\u0e38 ค\u0e48\u200d\u0e38 ง\u0e48\u0301\u0e38 จ\u0e48-\n\u0e38 \u0e48",
    "क\u094d\u093c क\u093c\u094d क़\u094d",
    "ཀ\u0f74\u0f73\u0f71 ཀ\u0f81\u0f71 が\u093c か\u3099\u093c a\u094d\u093c é\u094d\u093c",
    "ก" + "\u0e48\u0e38" * 40 + "ข" + "\u0e38\u0301\u0e48" * 25 + "\u0e38" * 31,
    "漢字《かんじ》と｜振仮名《ふりがな》、《紅樓夢》《ゴジラ》《》《か-\nな》《かな"
    + "《"
    + "か" * 33
    + "》《"
    + "か" * 32
    + "》",
    "歴史 歷史 历史 氣 気 气 cœur coeur Ærø LØWE Łódź IŞIK ışık كتاب كـتاب کتاب یک ىك donʼt don’t",
    "Ა ა Ꭰ ꭰ \u1c89 \ua7cb \U00016ea0 𝔘𝔫𝔦 ﬀ ǅ Ω Å",
]


def check(texts: list[str], scaled: int) -> None:
    """Compare the kernel with the description, for a column that starts inside its buffers."""
    column = pa.concat_arrays(
        [pa.array(["left out, -\n日"], pa.large_string()), pa.array(texts, pa.large_string())]
    ).slice(1)
    got = sketch_column(column, scaled)
    for i, text in enumerate(texts):
        n_tokens, weight, whole, kept = plain.sketch(text, scaled)
        rows = slice(got.offsets[i], got.offsets[i + 1])
        assert (got.n_tokens[i], got.weights[i], got.wholes[i]) == (n_tokens, weight, whole or 0), text
        assert list(zip(got.hashes[rows].tolist(), got.positions[rows].tolist(), strict=True)) == kept, text


def test_nasty_strings() -> None:
    check(NASTY, 1)
    check([a + b for a in NASTY for b in NASTY], 3)


def test_rows_of_many_lengths_and_alphabets() -> None:
    rnd = random.Random(7)
    common = list("abcXYZ019 .,-'  \n")
    rare = [*"éÉ—’“”…ßﬁ中한がｶﾞ٣กำ", "\u00a0", "\u00ad", "\u0301", "\u3099", "\U0001f600", "\u2010", "\u0902"]
    texts = [
        "".join(rnd.choice(common if rnd.random() < share else rare) for _ in range(rnd.randrange(300)))
        for share in (0.99, 0.8, 0.3)
        for _ in range(300)
    ]
    check(texts, 2)


def test_rounds_of_the_buffer() -> None:
    """Texts longer than the kernel's buffer, cut inside words, characters, marks and hyphens."""
    rnd = random.Random(11)
    words = ["harbour", "sea", "naïve", "con-\nnected", "x" * 37, "日本", "が", "กำลัง", "1812", "--", "é" * 9]
    for kinds in (words[:2], words[:5], words):
        texts = [" ".join(rnd.choice(kinds) for _ in range(9000))[rnd.randrange(50) :] for _ in range(3)]
        check(
            [*texts, "".join(texts).replace(" ", ""), "か" + "\u3099" * 20_000 + "は" * 20, "w" * 40_000 + " end " * 9],
            4,
        )


def test_marks_are_sorted_where_the_buffer_ends() -> None:
    rnd = random.Random(5)
    marks = ["\u0e48", "\u0e38", "\u0e3a", "\u0301", "\u0f73", "\u034f", "\u3099"]
    texts = []
    for length in range(16_384 - 140, 16_384 + 10, 3):
        run = "".join(rnd.choice(marks[: rnd.randrange(1, 8)]) for _ in range(rnd.choice((3, 40, 90))))
        texts.append(
            "w" * (length - 5 - length % 7) + " " * (length % 7) + "กx"[length % 2] + run + "ขค end of it " * 9
        )
    check(texts, 1)


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=120), max_size=6))
@settings(max_examples=300, deadline=None)
def test_any_text(texts: list[str]) -> None:
    check(texts, 1)


@given(
    st.lists(
        st.sampled_from(
            [
                *"a7日か-\n éกำ《》漢氣œ",
                "bc",
                "\u3099",
                "\u00ad",
                "\u0e48",
                "\u0e38",
                "\u0f73",
                "\u0f71",
                "\u034f",
                "\u0301",
            ]
        ),
        max_size=60,
    )
)
@settings(max_examples=500, deadline=None)
def test_awkward_neighbours(parts: list[str]) -> None:
    check(["".join(parts)], 1)


@pytest.mark.data
@pytest.mark.parametrize("folder", ["en-100novels", "fr-eltec", "de-eltec", "es-lexos", "ru-ruslit", "ja", "zh-lexos"])
def test_real_text(test_data: Path, folder: str) -> None:
    files = sorted((test_data / "books" / folder).rglob("*.txt"))[:4]
    texts = [path.read_text(encoding="utf-8", errors="replace")[:60_000] for path in files]
    check(texts + [text[i : i + 700] for text in texts for i in range(0, 20_000, 700)], 16)


def test_kinds_of_columns() -> None:
    texts = ["a rose is a rose is a rose is a flower", None, "and so it goes on and on and on again"]
    large = sketch_column(pa.array(texts, pa.large_string()), 1)
    small = sketch_column(pa.array(texts, pa.string()), 1)
    assert large.hashes.tolist() == small.hashes.tolist()
    assert large.n_tokens.tolist() == [11, 0, 10]
    assert sketch_column(pa.array([], pa.large_string())).offsets.tolist() == [0]
    with pytest.raises(TypeError, match="int64"):
        sketch_column(pa.array([1, 2]))
    with pytest.raises(UsageError, match="scaled"):
        sketch_column(pa.array(["a"]), 0)


@given(st.text(max_size=400), st.integers(1, 6), st.integers(2, 5))
@settings(max_examples=100, deadline=None)
def test_sketches_nest(text: str, fine: int, factor: int) -> None:
    """A coarser sketch is a filter of a finer one."""
    column = pa.array([text * 3])
    threshold = (1 << 64) // (fine * factor)
    finer = [h for h in sketch_column(column, fine).hashes.tolist() if h < threshold]
    assert finer == sketch_column(column, fine * factor).hashes.tolist()


def test_shipped_table_is_the_one_of_the_pinned_unicode_version() -> None:
    built, shipped = tables.build(), tables.fold_table()
    for name in ("ascii", "pages", "values", "orders", "expansions"):
        assert (getattr(built, name) == getattr(shipped, name)).all(), (
            f"run `python -m findspot.text.tables`: {name} differs"
        )


@pytest.mark.slow
def test_what_a_pipeline_normalised_stays_the_same() -> None:
    """Every character, in each normal form and folded already, folds to the same."""
    for code in range(0x80, 0x30000):
        char = chr(code)
        folded = plain.folded(char)
        assert "".join(map(plain.folded, folded)) == folded, f"{code:X}"
        for form in ("NFC", "NFD", "NFKC", "NFKD"):
            other = "".join(map(plain.folded, plain.ucd.normalize(form, char)))
            assert other.split() == folded.split(), f"{code:X} {form}"
