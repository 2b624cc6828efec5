"""The table of identifier kinds, and what can be asked of it: parse, recognise, split a cell, key."""

from __future__ import annotations

import hashlib
import json
import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from findspot.errors import UsageError
from findspot.identity.codes import doi, imdb, isrc
from findspot.identity.digests import digest, infohash, magnet_hashes
from findspot.identity.isbn import isbn
from findspot.identity.model import Identifier, IdentifierError, Rule, clean
from findspot.identity.web import is_video_link, looks_like_video, url, youtube

if TYPE_CHECKING:
    from collections.abc import Mapping

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.kind: rule
        for rule in (
            Rule("isbn", isbn, "ISBN Users' Manual, 7th edition; RFC 3187, RFC 8254 (urn:isbn)"),
            Rule("doi", doi, "DOI Handbook; ISO 26324"),
            Rule("md5", digest("md5"), "RFC 1321; RFC 4648"),
            Rule("sha1", digest("sha1"), "FIPS 180-4; RFC 4648"),
            Rule("sha256", digest("sha256"), "FIPS 180-4; RFC 4648"),
            Rule("infohash", infohash, "BEP 9, BEP 52; RFC 4648"),
            Rule("youtube", youtube, "YouTube Data API and IFrame player documentation"),
            Rule("imdb", imdb, "IMDb non-commercial datasets, field tconst"),
            Rule("isrc", isrc, "ISO 3901; ISRC Handbook"),
            Rule("url", url, "RFC 3986, section 6.2"),
        )
    }
)
KINDS: tuple[str, ...] = tuple(RULES)

#: Usual names of columns, in lower case with underscores, and the kind that they hold; see :func:`column_kind`.
COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        name: kind
        for kind, names in {
            "isbn": "isbn isbns isbn10 isbn13 isbn_10 isbn_13 eisbn ebook_isbn print_isbn identifierwodash",
            "doi": "doi dois",
            "md5": "md5 md5sum file_md5",
            "sha1": "sha1 sha_1 sha1sum file_sha1",
            "sha256": "sha256 sha_256 sha256sum file_sha256",
            "infohash": "infohash info_hash infohashes btih btmh magnet magnet_link torrent_hash",
            "youtube": "youtube_id youtubeid youtube yt_id ytid video_id videoid",
            "imdb": "imdb_id imdbid imdb tconst",
            "isrc": "isrc isrcs",
            "url": "url urls",
        }.items()
        for name in names.split()
    }
)

_PERSON = b"findspot-id-1"  # part of the format: changing it changes every posting of every release
_SEPARATOR = re.compile(r"\s*[,;|]\s*")
# A DOI and a link may hold commas and semicolons: there, only one that the next identifier follows separates.
_BEFORE_NEXT = {
    "doi": re.compile(
        r"\s*[,;|]\s*(?=10\.\d{4,9}[./]|doi:|(?:https?://)?(?:dx\.)?doi\.org/)|\s+(?=10\.\d{4,9}/)", re.I
    ),
    "url": re.compile(r"\s*[,;|]\s*(?=(?:https?|ftp)://)|\s+(?=(?:https?|ftp)://)", re.I),
    "youtube": re.compile(r"\s*[,;|]\s*|\s+(?=(?:https?)://)", re.I),
}
_BEFORE_MAGNET = re.compile(r"[\s,;|]+(?=magnet:)", re.IGNORECASE)  # a torrent's name may hold any of them
_LABEL = re.compile(r"(?:urn:)?([a-z][a-z0-9-]*):", re.IGNORECASE)
_LABELLED = {
    **{kind: kind for kind in KINDS},
    "isbn10": "isbn",
    "isbn13": "isbn",
    "sbn": "isbn",
    "btih": "infohash",
    "btmh": "infohash",
    "magnet": "infohash",
    "info": "doi",  # info:doi/10.1000/182
}
_ISBN_LIKE = re.compile(r"(?:isbn|sbn|97[89]|[0-9][-\s0-9]{8,16}[0-9xX]\W*$)", re.IGNORECASE)
_LINK = re.compile(r"[a-z]+://|(?:(?:www|m|dx)\.)?(?:youtube\.com|youtu\.be|doi\.org|imdb\.com)/", re.IGNORECASE)
#: Forms that a bare string is known by, besides those of :func:`_bare_kinds`.
_FORMS = tuple(
    (re.compile(form, re.IGNORECASE), kind)
    for form, kind in (
        (r"10\.", "doi"),
        (r"doi\s", "doi"),
        (r"isbn|sbn\s", "isbn"),
        (r"tt[0-9]+$", "imdb"),
        (r"imdb\s", "imdb"),
        (r"[0-9a-f]{32}$", "md5"),
        (r"md5\s", "md5"),
        (r"[0-9a-f]{40}$", "sha1"),
        (r"sha-?1\s", "sha1"),
        (r"[0-9a-f]{64}$", "sha256"),
        (r"sha-?256\s", "sha256"),
        (r"1220[0-9a-f]{64}$", "infohash"),
        (r"isrc\s", "isrc"),
        (r"youtube\s", "youtube"),
    )
)


def parse(kind: str, raw: str) -> Identifier:
    """Read one identifier of a known kind.

    Raises:
        IdentifierError: The value is no identifier of that kind; the message says why.
        UsageError: There is no such kind.
    """
    rule = RULES.get(kind)
    if rule is None:
        raise UsageError(f"no identifier kind {kind!r}", advice=f"Kinds: {', '.join(KINDS)}.")
    try:
        text = clean(raw)
        own = kind + ":"
        if text[: len(own)].lower() == own:
            text = clean(text[len(own) :])
        return Identifier(kind, rule.canonical(text))
    except ValueError as error:
        raise IdentifierError(kind, raw, str(error)) from error


def recognise(raw: str) -> Identifier | None:
    """Find out which kind a bare or labelled string is, or None when it is none for certain.

    A label (``isbn:``, ``urn:sha1:``, ``magnet:``…) decides alone. Without one: 32, 40 and 64 hexadecimal digits are
    MD5, SHA-1 and SHA-256 (an info hash needs its label); ten or thirteen digits are an ISBN when the check digit
    says so, nine never; a link to a video, a DOI or a film is that, any other link a url.
    """
    try:
        text = clean(raw)
    except ValueError:
        return None
    for kind in _candidates(text):
        try:
            return parse(kind, text)
        except IdentifierError:
            continue
    return None


def why_not(raw: str) -> str:
    """Why :func:`recognise` finds no identifier in ``raw``: the reason of the kind that it resembles most."""
    try:
        text = clean(raw)
    except ValueError as error:
        return str(error)
    likely = _candidates(text) or (("isbn",) if _ISBN_LIKE.match(text) else ())
    for kind in likely[:1]:
        try:
            parse(kind, text)
        except IdentifierError as error:
            return f"no {kind}: {error.reason}"
    return f"is none of {', '.join(KINDS)}"


def _candidates(text: str) -> tuple[str, ...]:
    """Kinds to try, in order."""
    labelled = _kind_of_label(text)
    if labelled:
        return (labelled,)
    if _LINK.match(text):
        return _link_kinds(text)
    for form, kind in _FORMS:
        if form.match(text):
            return (kind,)
    return _bare_kinds(text)


def _bare_kinds(text: str) -> tuple[str, ...]:
    """Kinds that have a form of their own: an ISBN of 10 or 13 digits, an ISRC, a video's id."""
    digits = sum(c.isdecimal() for c in text) + (text[-1] in "xXＸｘ")
    if digits in (10, 13) and not any(c.isalpha() for c in text[:-1]):
        return ("isbn",)
    if len(text) in (12, 15) and text[:2].isalpha() and text[-5:].isdecimal():
        return ("isrc",)
    return ("youtube",) if looks_like_video(text) else ()


def _link_kinds(text: str) -> tuple[str, ...]:
    lower = text.lower()
    if is_video_link(text):
        return ("youtube", "url")
    if "doi.org/" in lower:
        return ("doi", "url")
    if "imdb.com/" in lower:
        return ("imdb", "url")
    return ("url",)


def _kind_of_label(text: str) -> str:
    label = _LABEL.match(text)
    if not label or text[label.end() : label.end() + 2] == "//":
        return ""
    return _LABELLED.get(label[1].lower().replace("-", ""), "")


def column_kind(name: str) -> str | None:
    """The kind that a column of this name usually holds, whatever its case and separators, or None."""
    return COLUMNS.get(re.sub(r"[\s\-]+", "_", name.strip().lstrip("\ufeff").lower()))


def read_cell(kind: str, cell: str) -> tuple[list[Identifier], list[IdentifierError]]:
    """Read all identifiers of a cell, which may hold several: between commas, semicolons or bars, or a JSON list.

    A link of a ``url`` column that leads to a video, a DOI or a film yields that identifier as well, so that two
    spellings of it meet. A hybrid torrent's magnet link yields both its hashes.

    Returns:
        The identifiers, each once, in their order, and one error for each value that is none.
    """
    found: dict[Identifier, None] = {}
    errors: list[IdentifierError] = []
    for piece in split_cell(kind, cell):
        try:
            found[parse(kind, piece)] = None
        except IdentifierError as error:
            errors.append(error)
            continue
        if kind == "url" and (other := recognise(piece)) is not None:
            found[other] = None
    return list(found), errors


def split_cell(kind: str, cell: str) -> list[str]:
    """The single values of a cell, stripped, without empty ones."""
    values = _json_list(cell) if cell.lstrip().startswith("[") else None
    if values is None:
        separator = _BEFORE_MAGNET if "magnet:" in cell else _BEFORE_NEXT.get(kind, _SEPARATOR)
        values = separator.split(cell)
    pieces: list[str] = []
    for value in values:
        piece = value.strip()
        hashes = magnet_hashes(piece) if kind == "infohash" and piece[:7].lower() == "magnet:" else []
        pieces.extend(hashes or ([piece] if piece else []))
    return pieces


def _json_list(cell: str) -> list[str] | None:
    try:
        values = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, list) or not all(isinstance(v, str | int | None) for v in values):
        return None
    return [str(v) for v in values if v is not None]


def key64(canonical: str) -> int:
    """The 64-bit posting key of a canonical identifier, 0 <= key < 2**64.

    BLAKE2b (RFC 7693) of its UTF-8 bytes, digest of 8 bytes, personalised with ``findspot-id-1``, read as a
    little-endian integer. The key is part of the release format: it never changes.
    """
    hashed = hashlib.blake2b(canonical.encode(), digest_size=8, person=_PERSON)
    return int.from_bytes(hashed.digest(), "little")
