"""The table of kinds: round trips, arbitrary text, labels, cells, columns, keys."""

from __future__ import annotations

import base64
import hashlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from findspot.errors import InputError, UsageError
from findspot.identity import (
    COLUMNS,
    KINDS,
    RULES,
    Identifier,
    IdentifierError,
    column_kind,
    key64,
    parse,
    read_cell,
    recognise,
    split_cell,
    why_not,
)

SHA1 = "48ede7c7377a41c5f18f3690fcfb7d56b3c1206f"
EXAMPLES = {
    "isbn": ["978-0-306-40615-7", "0-8044-2957-X"],
    "doi": ["10.1002/(SICI)(1997)5:1<1::AID-NT1>3.0.CO;2-8", "doi:10.1000.10/123"],
    "md5": ["7B2A4D53FDE834E801C26A2BAB7E0240"],
    "sha1": [SHA1, "urn:sha1:JDW6PRZXPJA4L4MPG2IPZ635K2Z4CIDP"],
    "sha256": ["sha256:" + "aB" * 32],
    "infohash": ["urn:btih:" + SHA1, "urn:btmh:1220" + "cd" * 32],
    "youtube": ["dQw4w9WgXcQ", "___________"],
    "imdb": ["tt0111161", "tt10872600"],
    "isrc": ["US-RC1-76-07839"],
    "url": ["HTTP://Example.COM:80/a?utm_source=x&b=1#c", "https://bücher.example/%7euser/ü?q=ß"],
}


def test_there_are_examples_of_every_kind() -> None:
    assert tuple(EXAMPLES) == KINDS == tuple(RULES)
    assert all(rule.source for rule in RULES.values())


@pytest.mark.parametrize(("kind", "raw"), [(kind, raw) for kind, raws in EXAMPLES.items() for raw in raws])
def test_the_canonical_form_is_recognised_as_itself(kind: str, raw: str) -> None:
    once = parse(kind, raw)
    assert recognise(once.canonical) == once
    assert parse(kind, once.value) == once
    assert parse(kind, once.canonical) == once


@given(st.sampled_from(KINDS), st.text() | st.text("0123456789abcdefxXt10./:-?=&%+ []@", max_size=40))
def test_arbitrary_text_is_parsed_or_refused(kind: str, raw: str) -> None:
    try:
        once = parse(kind, raw)
    except IdentifierError:
        return
    assert recognise(once.canonical) == once
    assert key64(once.canonical) < 2**64


@given(st.text(string.printable + "éß٣\u200b\ud800").map(lambda tail: "https://" + tail))
def test_arbitrary_links_have_a_stable_form_without_user_and_fragment(raw: str) -> None:
    try:
        once = parse("url", raw)
    except IdentifierError:
        return
    assert parse("url", once.value) == once
    assert "#" not in once.value
    assert "@" not in once.value.split("/")[2]
    assert once.value.isascii()


@given(st.text())
def test_any_text_is_recognised_or_there_is_a_reason(raw: str) -> None:
    assert recognise(raw) is not None or why_not(raw)


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("9780306406157", "isbn:9780306406157"),
        ("ISBN 0-306-40615-2", "isbn:9780306406157"),
        ("isbn-10: 0306406152", "isbn:9780306406157"),
        (SHA1.upper(), f"sha1:{SHA1}"),
        (f"btih:{SHA1}", f"infohash:{SHA1}"),
        (f"magnet:?dn=a&xt=urn:btih:{SHA1}&tr=udp%3A%2F%2Ftracker%3A80%2Fkey", f"infohash:{SHA1}"),
        ("magnet:?xt=urn:btih:JDW6PRZXPJA4L4MPG2IPZ635K2Z4CIDP", f"infohash:{SHA1}"),
        ("1220" + "0f" * 32, "infohash:" + "0f" * 32),
        ("0f" * 32, "sha256:" + "0f" * 32),
        ("SHA-256: " + "0F" * 32, "sha256:" + "0f" * 32),
        ("youtube dQw4w9WgXcQ", "youtube:dQw4w9WgXcQ"),
        ("dQw4w9WgXcQ", "youtube:dQw4w9WgXcQ"),
        ("https://youtu.be/dQw4w9WgXcQ?t=3", "youtube:dQw4w9WgXcQ"),
        ("https://doi.org/10.1000/182", "doi:10.1000/182"),
        ("https://www.imdb.com/title/tt0111161/?ref_=nv", "imdb:tt0111161"),
        ("https://www.youtube.com/@someone", "url:https://www.youtube.com/@someone"),
        ("url:https://youtu.be/dQw4w9WgXcQ", "url:https://youtu.be/dQw4w9WgXcQ"),
        ("USRC17607839", "isrc:USRC17607839"),
    ],
)
def test_recognised(raw: str, canonical: str) -> None:
    assert str(recognise(raw)) == canonical


@pytest.mark.parametrize(
    "raw",
    ["", " ", "1984", "information", "Information", "twenty-fours", "12345678901", "2020-01-0148", "a\ud800b",
     "9780306406158", "306406152", "isbn:1", "tt123", "10.1/x", "ftp://", "http://[", "javascript:alert(1)",
     "d41d8cd98f00b204e9800998ecf8427e", "0" * 40, "JDW6PRZXPJA4L4MPG2IPZ635K2Z4CIDP", "magnet:?dn=x"],
)  # fmt: skip
def test_not_recognised_with_a_reason(raw: str) -> None:
    assert recognise(raw) is None
    assert why_not(raw)


def test_a_near_miss_is_explained_by_the_kind_it_resembles() -> None:
    assert why_not("978-0-306-40615-8") == "no isbn: check digit is wrong"
    assert why_not("978030640615") == "no isbn: has 12 digits, an ISBN has 10 or 13"
    assert why_not("d41d8cd98f00b204e9800998ecf8427e") == (
        "no md5: is the digest of an empty file, which identifies nothing"
    )
    assert why_not("Emma") == f"is none of {', '.join(KINDS)}"


def test_an_unknown_kind_is_a_usage_error_that_lists_the_kinds() -> None:
    with pytest.raises(UsageError, match="no identifier kind 'issn'") as caught:
        parse("issn", "0000-0000")
    assert "isbn" in caught.value.advice


@pytest.mark.parametrize(
    ("kind", "raw"),
    [("url", "https://user:hunter2@"), ("infohash", "magnet:?tr=http://t/hunter2"), ("doi", "https://x/?key=hunter2")],
)
def test_messages_repeat_no_links(kind: str, raw: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(kind, raw)
    assert "hunter2" not in str(caught.value)


@given(st.binary(min_size=20, max_size=20).filter(any))
def test_hexadecimal_and_base_32_of_a_hash_are_one(digest: bytes) -> None:
    in_32 = base64.b32encode(digest).decode()
    wanted = Identifier("infohash", digest.hex())
    assert parse("infohash", digest.hex().upper()) == wanted
    assert parse("infohash", "magnet:?xt=urn:btih:" + in_32.lower()) == wanted
    assert parse("sha1", in_32).value == digest.hex()


@given(st.sampled_from(["md5", "sha1", "sha256"]), st.binary(min_size=1))
def test_digests_of_any_case_and_label(kind: str, content: bytes) -> None:
    value = hashlib.new(kind, content).hexdigest()
    for raw in (value, value.upper(), f"{kind}:{value}", f" {kind.upper()}:{value.upper()} ", f"urn:{kind}:{value}"):
        assert recognise(raw) == Identifier(kind, value)


@pytest.mark.parametrize("kind", ["md5", "sha1", "sha256"])
def test_the_digest_of_nothing_is_refused(kind: str) -> None:
    with pytest.raises(IdentifierError, match="empty file"):
        parse(kind, hashlib.new(kind, b"").hexdigest())


def test_an_md5_among_sha1_is_named() -> None:
    with pytest.raises(IdentifierError, match="which is an MD5"):
        parse("sha1", "7b2a4d53fde834e801c26a2bab7e0240")


def test_a_cell_holds_several_identifiers() -> None:
    found, errors = read_cell("isbn", "9780849312175,0849312175; 0-471-87251-3 | 1855737213")
    assert [i.value for i in found] == ["9780849312175", "9781855737211"]
    assert [e.reason for e in errors] == ["check digit is wrong"]
    assert split_cell("isbn", '["9780849312175", 849312175, null]') == ["9780849312175", "849312175"]
    assert split_cell("isbn", "[9780849312175]") == ["9780849312175"]
    assert split_cell("md5", " , ;") == []


def test_separators_inside_dois_and_links_do_not_split_them() -> None:
    sici = "10.1002/(sici)(1997)5:1<1::aid-nt1>3.0.co;2-8"
    assert split_cell("doi", f"{sici}; doi:10.1000/1,2, https://doi.org/10.1000/3") == [
        sici, "doi:10.1000/1,2", "https://doi.org/10.1000/3",
    ]  # fmt: skip
    assert split_cell("url", "http://a.example/x,y;z|http://b.example/") == [
        "http://a.example/x,y;z",
        "http://b.example/",
    ]


def test_a_hybrid_magnet_link_yields_both_hashes() -> None:
    magnet = f"magnet:?xt=urn:btmh:1220{'cd' * 32}&xt=urn:btih:{SHA1}&dn=Some, name; here&tr=http%3A%2F%2Ft"
    found, errors = read_cell("infohash", magnet)
    assert {i.value for i in found} == {SHA1, "cd" * 32}
    assert not errors
    assert parse("infohash", magnet).value == SHA1


def test_a_link_to_a_video_is_both() -> None:
    found, _ = read_cell("url", "https://www.youtube.com/watch?v=dQw4w9WgXcQ&utm_medium=mail")
    assert [str(i) for i in found] == ["url:https://www.youtube.com/watch?v=dQw4w9WgXcQ", "youtube:dQw4w9WgXcQ"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("ISBN-13", "isbn"), ("isbn_10", "isbn"), (" MD5 ", "md5"), ("\ufeffdoi", "doi"), ("Info Hash", "infohash"),
     ("videoid", "youtube"), ("imdbid", "imdb"), ("title", None), ("", None)],
)  # fmt: skip
def test_columns_by_their_usual_names(name: str, kind: str | None) -> None:
    assert column_kind(name) == kind
    assert set(COLUMNS.values()) == set(KINDS)


def test_keys_are_part_of_the_format() -> None:
    """A change of these values breaks every published release."""
    assert key64("isbn:9780306406157") == 9983240877851765690
    assert key64("doi:10.1000/ü") == 7610625841658910620
