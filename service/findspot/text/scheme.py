"""Constants of fingerprint scheme ``fs1``: how text becomes tokens, tokens become shingles, shingles become hashes.

Changing any of them makes another scheme; files carry the scheme's name, and two schemes never meet.
"""

from __future__ import annotations

from typing import Final

SCHEME: Final = "fs1"
UNICODE_VERSION: Final = "18.0.0"

#: Words of a shingle.
K: Final = 8

#: What a token weighs: a word; a character of a script written without spaces, where a word has two on average; one of
#: a script where it has four. A shingle is the shortest run of tokens that weighs ``K * WORD``: 8 words of English, 16
#: characters of Chinese, 32 of Thai. Measured by ``bench/unspaced.py``.
WORD: Final = 4
CHARACTER: Final = 2
LETTER: Final = 1

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

#: Ruby: ``《``, one to RUBY_MOST kana, ``》``. Aozora Bunko and web novels write a word's reading so; it is left out.
RUBY_OPEN: Final = 0x300A
RUBY_CLOSE: Final = 0x300B
RUBY_MOST: Final = 32
RUBY_KANA: Final = ((0x3041, 0x3096), (0x3099, 0x309F), (0x30A1, 0x30FF))

#: Letters and marks in canonical order are sorted in runs of at most this many (UAX #15, Stream-Safe Text Format).
MARKS_MOST: Final = 30

#: Scripts written without spaces whose every character is a token of weight CHARACTER. Inclusive ranges.
CHARACTERS: Final = (
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
    (0xF900, 0xFAFF),
    (0x12000, 0x1254F),  # Cuneiform
    (0x13000, 0x143FF),  # Egyptian hieroglyphs
    (0x14400, 0x1467F),  # Anatolian hieroglyphs
    (0x16FE0, 0x18DFF),  # Tangut, Khitan
    (0x1AFF0, 0x1B2FF),  # Kana extended, Nushu
    (0x20000, 0x3FFFF),  # CJK ideographs, supplementary planes
)

#: Those whose every letter, with its marks, is a token of weight LETTER.
LETTERS: Final = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x1950, 0x19DF),  # Tai Le, New Tai Lue
    (0x1A20, 0x1AAF),  # Tai Tham
    (0x1B00, 0x1B7F),  # Balinese
    (0xA980, 0xA9FF),  # Javanese, Myanmar extended
    (0xAA00, 0xAA7F),  # Cham, Myanmar extended
    (0xAA80, 0xAADF),  # Tai Viet
    (0x116D0, 0x116FF),  # Myanmar extended
    (0x11700, 0x1174F),  # Ahom
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


#: Letters that count as punctuation, since texts write them so: apostrophes and quotation marks of phonetic alphabets.
SEPARATORS: Final = ((0x02B9, 0x02BF), (0x02C8, 0x02C8), (0xA78B, 0xA78C))

#: Letters that are dropped: they only stretch a line (Arabic tatweel, N'Ko lajanyalan, Syriac and Mandaic ones).
STRETCHES: Final = ((0x0640, 0x0640), (0x07FA, 0x07FA))


def in_ranges(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    """Whether a code point lies in one of some inclusive ranges."""
    return any(low <= code <= high for low, high in ranges)


def weight_of(code: int) -> int:
    """Weight of the token that a letter or digit is part of."""
    if in_ranges(code, CHARACTERS):
        return CHARACTER
    return LETTER if in_ranges(code, LETTERS) else WORD
