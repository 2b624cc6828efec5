"""International Standard Book Numbers: ISBN-13, ISBN-10 and the nine-digit SBN, with their check digits."""

from __future__ import annotations

import re

from findspot.identity.model import compatible

# "ISBN", "ISBN-13:", "ISBN 10: ", "urn:isbn:"; a 10 or 13 after a space is a label only before a colon.
_LABEL = re.compile(r"(?:urn:)?(?:isbn(?:[-_]?1[03](?=[:\s])|\s1[03](?=\s*:))?|sbn)[:\s]*", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s\-_.]+")
_SPREADSHEET = re.compile(r"\d[.,]?\d*e\+?\d+", re.IGNORECASE | re.ASCII)
# The registrant element has at least two digits, so this is the start of an ISBN-13 that lost its end.
_CUT_13 = re.compile(r"97[89][\s\-]+[0-9][\s\-]")
_FLOAT = re.compile(r"(\d{9,13})\.0", re.ASCII)


def isbn(text: str) -> str:
    """Thirteen digits, from an ISBN-13, ISBN-10 or SBN with or without hyphens, spaces and a label.

    Source: ISBN Users' Manual, 7th edition (International ISBN Agency), on structure, check digits and the 978 form
    of an ISBN-10; RFC 3187 and RFC 8254 for ``urn:isbn:``. Prefix 979-0 is left out: it belongs to printed music
    (ISMN, ISO 10957).
    """
    text = compatible(text)
    text = _LABEL.sub("", text, count=1) if _LABEL.match(text) else text
    whole = _FLOAT.fullmatch(text)  # a column of numbers with gaps is written as floats by data frame libraries
    if whole:
        text = whole[1]
    if _SPREADSHEET.fullmatch(text):
        raise ValueError("a spreadsheet has rounded the number: its last digits are lost")
    digits = _SEPARATORS.sub("", text).upper()
    if not re.fullmatch(r"[0-9]*X?", digits) or not digits:
        raise ValueError("has characters other than digits, hyphens, spaces and a final X")
    match len(digits):
        case 13:
            return _isbn13(digits)
        case 10:
            if _CUT_13.match(text):
                raise ValueError("has 10 digits in the parts of an ISBN-13: its end is missing")
            return _isbn13_of_isbn10(digits)
        case 9:  # before 1970 the leading 0 of the English-language group was not written
            return _isbn13_of_isbn10("0" + digits)
    raise ValueError(f"has {len(digits)} digit{'s' if len(digits) > 1 else ''}, an ISBN has 10 or 13")


def check_digit_13(first_twelve: str) -> str:
    """EAN check digit: weights 1 and 3 in turn, the sum is completed to a multiple of ten."""
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(first_twelve))
    return str(-total % 10)


def check_digit_10(first_nine: str) -> str:
    """ISBN-10 check digit: weights 10 down to 2, the sum is completed to a multiple of eleven; 10 is written X."""
    total = sum(int(d) * (10 - i) for i, d in enumerate(first_nine))
    return "0123456789X"[-total % 11]


def _isbn13(digits: str) -> str:
    if not digits.startswith(("978", "979")):
        raise ValueError(f"starts with {digits[:3]}, an ISBN-13 starts with 978 or 979")
    if digits[-1] != check_digit_13(digits[:12]):
        raise ValueError("check digit is wrong")
    if digits.startswith("9790"):
        raise ValueError("979-0 is printed music (ISMN), not a book")
    return digits


def _isbn13_of_isbn10(digits: str) -> str:
    if digits[-1] != check_digit_10(digits[:9]):
        raise ValueError("check digit is wrong")
    body = "978" + digits[:9]
    return body + check_digit_13(body)
