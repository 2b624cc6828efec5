"""Constants of fingerprint scheme ``fs1``: how text becomes tokens, tokens become shingles, shingles become hashes.

Changing any of them makes another scheme; files carry the scheme's name, and two schemes never meet.
"""

from __future__ import annotations

from typing import Final

SCHEME: Final = "fs1-draft"
UNICODE_VERSION: Final = "18.0.0"

#: Tokens of a shingle, and characters of one that touches a script written without spaces.
K: Final = 8
K_UNSPACED: Final = 14

#: One shingle hash in ``SCALED`` is kept unless the caller says otherwise.
SCALED: Final = 64

#: Token hash: ``h = SEED``; for each zero-padded little-endian 8-byte block ``b``: ``h = (h ^ b) * K1; h ^= h >> 32``.
SEED: Final = 0x243F6A8885A308D3
K1: Final = 0x9FB21C651E98DF25
#: Shingle hash: ``x`` = XOR of the token hashes, each rotated left by its distance from the shingle's last token;
#: ``x ^= x >> 32; x *= K2; x ^= x >> 29``.
K2: Final = 0xD6E8FEB86659FD93

#: Characters that join a word broken at a line end when white space follows and no other hyphen precedes.
HYPHENS: Final = "\u002d\u2010\u2011"
WHITE_SPACE: Final = (
    "\t\n\v\f\r \u0085\u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
)

#: Scripts written without spaces between words: every character is a token. Inclusive ranges of code points.
UNSPACED: Final = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # CJK radicals
    (0x3005, 0x3007),  # ideographic iteration, closing and zero
    (0x3021, 0x3029),  # Hangzhou numerals
    (0x3038, 0x303C),
    (0x3041, 0x3096),  # Hiragana
    (0x309D, 0x309F),
    (0x30A1, 0x30FA),  # Katakana
    (0x30FC, 0x312F),  # long vowel mark, iteration marks, Bopomofo
    (0x31A0, 0x31BF),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # CJK ideographs
    (0x4E00, 0x9FFF),
    (0xA9E0, 0xA9FF),  # Myanmar extended
    (0xAA60, 0xAA7F),
    (0xF900, 0xFAFF),
    (0x1AFF0, 0x1B16F),  # Kana extended
    (0x20000, 0x3FFFF),  # CJK ideographs, supplementary planes
)

#: Combining marks that are dropped: the general ones and those of Latin, Greek, Cyrillic, Hebrew and Arabic. Other
#: scripts' marks are letters (が is not か).
DROPPED_MARKS: Final = (
    (0x0300, 0x036F),
    (0x0483, 0x0489),
    (0x0591, 0x05C7),
    (0x0610, 0x061A),
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x06D6, 0x06ED),
    (0x0898, 0x08FF),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0x2DE0, 0x2DFF),
    (0xA66F, 0xA69F),
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFE20, 0xFE2F),
    (0x10EFC, 0x10EFF),
    (0xE0100, 0xE01EF),
)


def in_ranges(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    """Whether a code point lies in one of some inclusive ranges."""
    return any(low <= code <= high for low, high in ranges)
