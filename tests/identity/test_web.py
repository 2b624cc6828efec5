"""Links, videos, DOIs, films: the forms that people paste."""

from __future__ import annotations

import pytest

from findspot.identity import IdentifierError, parse

VIDEO = "dQw4w9WgXcQ"


@pytest.mark.parametrize(
    "raw",
    [
        VIDEO,
        f"https://www.youtube.com/watch?v={VIDEO}",
        f"http://youtube.com/watch?feature=share&v={VIDEO}&list=PLx&t=12s#t=3",
        f"https://m.youtube.com/watch?app=desktop&amp;v={VIDEO}",
        f"https://music.youtube.com/watch?v={VIDEO}&si=abc",
        f"https://youtu.be/{VIDEO}?si=abcdefghijk",
        f"youtu.be/{VIDEO}",
        f"www.youtube.com/watch?v={VIDEO}",
        f"https://www.youtube.com/shorts/{VIDEO}?feature=share",
        f"https://www.youtube.com/embed/{VIDEO}?rel=0",
        f"https://www.youtube-nocookie.com/embed/{VIDEO}",
        f"https://www.youtube.com/live/{VIDEO}",
        f"https://www.youtube.com/v/{VIDEO}&hl=en",
        f"https://www.youtube.com/e/{VIDEO}",
        f"https://i.ytimg.com/vi/{VIDEO}/hqdefault.jpg",
        f"https://img.youtube.com/vi/{VIDEO}/0.jpg",
        f"youtube:{VIDEO}",
        f"youtube {VIDEO}",
    ],
)
def test_every_form_of_link_to_a_video(raw: str) -> None:
    assert parse("youtube", raw).canonical == f"youtube:{VIDEO}"


@pytest.mark.parametrize(
    "raw",
    [
        "https://www.youtube.com/embed/videoseries?list=PLx",
        "https://www.youtube.com/embed/live_stream?channel=UCx",
        "https://www.youtube.com/@someone",
        "https://www.youtube.com/channel/UCabcdefghijk",
        "https://www.youtube.com/playlist?list=PLabcdefghi",
        "https://youtu.be/",
        f"https://notyoutube.com/watch?v={VIDEO}",
        f"https://youtube.com.example/watch?v={VIDEO}",
        VIDEO[:-1],
        VIDEO + "x",
    ],
)
def test_links_that_lead_to_no_video(raw: str) -> None:
    with pytest.raises(IdentifierError):
        parse("youtube", raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("HTTP://Example.COM", "http://example.com/"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("https://example.com:8443/a#b", "https://example.com:8443/a"),
        ("https://user:pass@example.com/a", "https://example.com/a"),
        ("https://example.com/?utm_source=x&id=1&fbclid=y&UTM_Medium=z&b=%3d", "https://example.com/?id=1&b=%3D"),
        ("https://s3.example/f?X-Amz-Signature=00&X-Amz-Credential=k&versionId=3", "https://s3.example/f?versionId=3"),
        ("https://example.com/a?token=hunter2", "https://example.com/a"),
        ("https://example.com/%7Euser/a b/ü", "https://example.com/~user/a%20b/%C3%BC"),
        ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
        ("http://[2001:DB8::1]:80/x", "http://[2001:db8::1]/x"),
        ("https://example.com/100%", "https://example.com/100%25"),
    ],
)
def test_one_spelling_of_a_link(raw: str, value: str) -> None:
    assert parse("url", raw).value == value


@pytest.mark.parametrize(
    "raw",
    [
        "example.com/a",
        "mailto:a@b.example",
        "https:///a",
        "https://exa mple.com/",
        "https://a:99999/",
        "http://[::1",
        "https://a..é/",
    ],
)
def test_what_is_no_link(raw: str) -> None:
    with pytest.raises(IdentifierError):
        parse("url", raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("10.1000/ABC", "10.1000/abc"),
        ("DOI: 10.1000/182.", "10.1000/182"),
        ("doi:10.1000/182", "10.1000/182"),
        ("info:doi/10.1000/182", "10.1000/182"),
        ("https://doi.org/10.1000/182?utm_source=x#y", "10.1000/182"),
        ("http://dx.doi.org/10.1002%2F(SICI)1%3C1::AID%3E3.0.CO;2-8", "10.1002/(sici)1<1::aid>3.0.co;2-8"),
        ("dx.doi.org/10.1000/182", "10.1000/182"),
        ("10.1000%2F182", "10.1000/182"),
        ("10.1000/a%41", "10.1000/a%41"),  # a bare DOI may hold a percent sign
        ("(see 10.1000/a(b))"[5:], "10.1000/a(b)"),
        ("10.1000/182”,", "10.1000/182"),
        ("10.1000/ÀB", "10.1000/Àb"),  # case is folded in ASCII alone
        ("10.0000/aaai.org/ocs/aaai::aaai12/4818", "10.0000/aaai.org/ocs/aaai::aaai12/4818"),
    ],
)
def test_one_spelling_of_a_doi(raw: str, value: str) -> None:
    assert parse("doi", raw).value == value


@pytest.mark.parametrize(
    "raw", ["10.1000", "10.1000/", "10.12/x", "10.1000/a b", "11.1000/a", "10/abc", "https://doi.org/"]
)
def test_what_is_no_doi(raw: str) -> None:
    with pytest.raises(IdentifierError):
        parse("doi", raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [("tt0111161", "tt0111161"), ("TT0111161", "tt0111161"), ("0114709", "tt0114709"), ("tt00111161", "tt0111161"),
     ("imdb.com/title/tt10872600", "tt10872600"), ("https://m.imdb.com/de/title/tt0111161/reviews", "tt0111161")],
)  # fmt: skip
def test_one_spelling_of_a_film(raw: str, value: str) -> None:
    assert parse("imdb", raw).value == value


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("imdb", "nm0000151"),
        ("imdb", "tt123"),
        ("imdb", "tt0000000"),
        ("isrc", "USRC1760783"),
        ("isrc", "12RC17607839"),
    ],
)
def test_what_is_no_film_and_no_recording(kind: str, raw: str) -> None:
    with pytest.raises(IdentifierError):
        parse(kind, raw)


@pytest.mark.parametrize("raw", ["US-RC1-76-07839", "usrc17607839", "ISRC US RC1 76 07839", "isrc:USRC17607839"])
def test_one_spelling_of_a_recording(raw: str) -> None:
    assert parse("isrc", raw).value == "USRC17607839"
