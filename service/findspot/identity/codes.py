"""Identifiers of papers, recordings and films: DOI, ISRC, IMDb."""

from __future__ import annotations

import re
import string
from urllib.parse import unquote

from findspot.identity.model import compatible

_DOI_LINK = re.compile(r"(?:https?://)?(?:(?:dx|www)\.)?doi\.org/", re.IGNORECASE)
_DOI_LABEL = re.compile(r"(?:info:doi/|urn:doi:|doi:|doi(?=\s))\s*", re.IGNORECASE)
_DOI = re.compile(r"10\.[0-9]{4,9}(?:\.[0-9]+)*/\S+")
_TO_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_CLOSES = {")": "(", "]": "[", "}": "{", ">": "<"}
_ISRC_LABEL = re.compile(r"ISRC[:\s]\s*")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_IMDB_LINK = re.compile(r"(?:https?://)?(?:[a-z]+\.)?imdb\.com/(?:[a-z]{2}(?:-[a-z]{2})?/)?title/", re.IGNORECASE)
_IMDB_LABEL = re.compile(r"imdb[:\s]\s*", re.IGNORECASE)
_IMDB = re.compile(r"(?:tt)?([0-9]{7,10})", re.IGNORECASE)


def doi(text: str) -> str:
    """Prefix and suffix in lower case, ``10.1000/182``, from a bare DOI, a labelled one or a doi.org link.

    Links are percent-decoded and lose query and fragment; punctuation that a sentence put behind the DOI is dropped.
    Source: DOI Handbook (doi.org/the-identifier/resources/handbook), 2.2 syntax and 2.4 case insensitivity, which is
    of ASCII letters only; ISO 26324.
    """
    link = _DOI_LINK.match(text)
    if link:
        text = unquote(re.split(r"[?#]", text[link.end() :], maxsplit=1)[0])
    label = _DOI_LABEL.match(text)
    if label:
        text = text[label.end() :]
    if "/" not in text and "%2f" in text.lower():
        text = unquote(text)
    text = _without_trailing_punctuation(text).translate(_TO_LOWER)
    if not text.startswith("10."):
        shortened = " (a shortDOI names no registrant: resolve it first)" if text.startswith("10/") else ""
        raise ValueError(f"a DOI starts with 10. and a registrant's number{shortened}")
    if not _DOI.fullmatch(text) or not text.isprintable():
        raise ValueError("a DOI is 10., a registrant of 4 to 9 digits, a slash and a suffix without spaces")
    return text


def _without_trailing_punctuation(text: str) -> str:
    """Drop what a sentence put there: full stops, commas, quotes, and brackets that were not opened inside."""
    while text:
        last = text[-1]
        opener = _CLOSES.get(last)
        unbalanced = opener is not None and text.count(last) > text.count(opener)
        if not unbalanced and last not in ".,;:!?'\"”’»":
            break
        text = text[:-1].rstrip()
    return text


def isrc(text: str) -> str:
    """Twelve characters in upper case, ``USRC17607839``, with or without hyphens.

    Source: ISO 3901:2019 and the ISRC Handbook (IFPI): five characters of prefix, two digits of the year, five of
    the designation.
    """
    text = compatible(text).upper()
    text = _ISRC_LABEL.sub("", text, count=1) if _ISRC_LABEL.match(text) else text
    value = re.sub(r"[-\s]", "", text)
    if not _ISRC.fullmatch(value):
        raise ValueError("an ISRC is 2 letters, 3 letters or digits, and 7 digits")
    return value


def imdb(text: str) -> str:
    """``tt`` and at least seven digits, from an id, its bare number or a title's page.

    Source: IMDb non-commercial datasets (developer.imdb.com), field ``tconst``: numbers are padded to seven digits.
    """
    link = _IMDB_LINK.match(text)
    if link:
        text = re.split(r"[/?#]", text[link.end() :], maxsplit=1)[0]
    elif label := _IMDB_LABEL.match(text):
        text = text[label.end() :]
    number = _IMDB.fullmatch(text)
    if not number:
        raise ValueError("an IMDb title is tt and at least 7 digits")
    if not int(number[1]):
        raise ValueError("is all zeros, which identifies nothing")
    return f"tt{int(number[1]):07d}"
