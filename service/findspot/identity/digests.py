"""File digests and BitTorrent info hashes, as lower-case hexadecimal."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable

_HEX = re.compile(r"[0-9a-f]+")
_LABELS = {
    "md5": re.compile(r"(?:urn:)?md5[:\s]\s*", re.IGNORECASE),
    "sha1": re.compile(r"(?:urn:)?sha-?1[:\s]\s*", re.IGNORECASE),
    "sha256": re.compile(r"(?:urn:)?sha-?256[:\s]\s*", re.IGNORECASE),
}
_HEX_DIGITS = {"md5": 32, "sha1": 40, "sha256": 64}
# A file of no bytes is in every collection: equal digests of it are no evidence.
_OF_NOTHING = {kind: hashlib.new(kind, b"", usedforsecurity=False).hexdigest() for kind in _HEX_DIGITS}
_INFOHASH_LABEL = re.compile(r"(?:infohash:|(?:urn:)?(?:btih|btmh):)\s*", re.IGNORECASE)
_MAGNET_HASH = re.compile(r"[?&]xt(?:\.\d+)?=urn:(bt[im]h:[^&]*)", re.IGNORECASE)


def digest(kind: str) -> Callable[[str], str]:
    """The rule of one digest: hexadecimal of any case, labelled (``sha256:…``, ``urn:sha1:…``) or not.

    SHA-1 is also read in base 32, 32 characters, as ``urn:sha1:`` and some library catalogues write it. Source:
    RFC 1321 (MD5), FIPS 180-4 (SHA-1, SHA-256), RFC 4648 (hexadecimal, base 32).
    """
    length = _HEX_DIGITS[kind]

    def canonical(text: str) -> str:
        value = _LABELS[kind].sub("", text, count=1) if _LABELS[kind].match(text) else text
        value = value.lower()
        if kind == "sha1" and len(value) == 32:
            value = _from_base32(value)
        return _refuse_empty(_hex(value, (length,)), _OF_NOTHING[kind])

    return canonical


def infohash(text: str) -> str:
    """40 hexadecimal digits (version 1) or 64 (version 2), from a hash or a magnet link, of which all else is dropped.

    Of a hybrid torrent's magnet link the version 1 hash is taken; :func:`magnet_hashes` names both. Source: BEP 9
    (magnet links, ``btih`` in hexadecimal or base 32), BEP 52 (``btmh``, multihash ``1220`` + SHA-256), RFC 4648.
    """
    if text[:7].lower() == "magnet:":
        hashes = magnet_hashes(text)
        if not hashes:
            raise ValueError("has no BitTorrent info hash (xt=urn:btih: or urn:btmh:)")
        text = hashes[0]
    label = _INFOHASH_LABEL.match(text)
    value = (text[label.end() :] if label else text).lower()
    if len(value) == 32:
        value = _from_base32(value)
    if len(value) == 68 and value.startswith("1220"):  # multihash: SHA-256, 32 bytes
        value = value[4:]
    return _refuse_empty(_hex(value, (40, 64)), "")


def magnet_hashes(link: str) -> list[str]:
    """The ``btih:…`` and ``btmh:…`` parts of a magnet link, version 1 first."""
    found = _MAGNET_HASH.findall(link) or _MAGNET_HASH.findall(unquote(link))
    return sorted((part.strip() for part in found), key=lambda part: part[:4].lower())


def _from_base32(value: str) -> str:
    if _HEX.fullmatch(value):
        raise ValueError("has 32 hexadecimal digits, which is an MD5")
    try:
        return base64.b32decode(value.upper()).hex()
    except ValueError as error:  # binascii.Error, or a character beyond ASCII
        raise ValueError("is neither hexadecimal nor base 32") from error


def _hex(value: str, lengths: tuple[int, ...]) -> str:
    if not _HEX.fullmatch(value):
        raise ValueError("has characters other than hexadecimal digits")
    if len(value) not in lengths:
        wanted = " or ".join(str(n) for n in lengths)
        raise ValueError(f"has {len(value)} hexadecimal digits instead of {wanted}")
    return value


def _refuse_empty(value: str, of_nothing: str) -> str:
    if value == of_nothing:
        raise ValueError("is the digest of an empty file, which identifies nothing")
    if not value.strip("0"):
        raise ValueError("is all zeros, which identifies nothing")
    return value
