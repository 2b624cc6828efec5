"""Scheme ``fs1`` once more, slowly and in plain Python, from its description alone: what the kernel is held to.

It shares no code and no table with the kernel; Unicode properties come from ``unicodedata2``.
"""

from __future__ import annotations

import unicodedata2 as ucd

M64 = (1 << 64) - 1
SPACES = set("\t\n\v\f\r \u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000") | {chr(c) for c in range(0x2000, 0x200B)}
HYPHENS = set("-\u2010\u2011")
UNSPACED = [
    *[(0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3021, 0x3029)],
    *[(0x3038, 0x303C), (0x3041, 0x3096), (0x309D, 0x309F), (0x30A1, 0x30FA), (0x30FC, 0x312F), (0x31A0, 0x31BF)],
    *[(0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F), (0xF900, 0xFAFF)],
    *[(0x1AFF0, 0x1B16F), (0x20000, 0x3FFFF)],
]
DROPPED = [
    *[(0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F), (0x0670, 0x0670)],
    *[(0x06D6, 0x06ED), (0x0898, 0x08FF), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0x2DE0, 0x2DFF)],
    *[(0xA66F, 0xA69F), (0xFE00, 0xFE0F), (0xFE20, 0xFE2F), (0x10EFC, 0x10EFF), (0xE0100, 0xE01EF)],
]


def within(char: str, ranges: list[tuple[int, int]]) -> bool:
    return any(low <= ord(char) <= high for low, high in ranges)


def joined(text: str) -> str:
    """Words broken at line ends put together again, soft hyphens and other format characters dropped."""
    out = []
    i = 0
    while i < len(text):
        char = text[i]
        if char in HYPHENS and i + 1 < len(text) and text[i + 1] in SPACES and (i == 0 or text[i - 1] not in HYPHENS):
            i += 1
            while i < len(text) and text[i] in SPACES:
                i += 1
            continue
        out.append(char)
        i += 1
    return "".join(c for c in out if ucd.category(c) != "Cf")


def folded(char: str) -> str:
    if char in HYPHENS:
        return " "
    for _ in range(2):
        char = ucd.normalize("NFKD", char)
        char = "".join(c for c in char if not within(c, DROPPED)).casefold()
    char = "".join(c for c in ucd.normalize("NFKD", char) if not within(c, DROPPED))
    return "".join(c if ucd.category(c)[0] in "LMN" else " " for c in char if ucd.category(c) != "Cf")


def tokens(text: str) -> list[tuple[str, bool]]:
    """Tokens in order, each with whether it is a character of an unspaced script."""
    out: list[tuple[str, bool]] = []
    is_open = False  # the last token may go on
    for char in joined(text):
        for c in folded(char):
            if c == " ":
                is_open = False
            elif is_open and ucd.category(c)[0] == "M":
                out[-1] = (out[-1][0] + c, out[-1][1])
            elif ucd.category(c)[0] != "M" and within(c, UNSPACED):
                out.append((c, True))
                is_open = True
            elif is_open and not out[-1][1]:
                out[-1] = (out[-1][0] + c, False)
            else:
                out.append((c, False))
                is_open = True
    return out


def token_hash(token: str) -> int:
    data = token.encode()
    h = 0x243F6A8885A308D3
    for i in range(0, len(data), 8):
        h = ((h ^ int.from_bytes(data[i : i + 8], "little")) * 0x9FB21C651E98DF25) & M64
        h ^= h >> 32
    return h


def shingle_hash(hashes: list[int]) -> int:
    x = 0
    for h in hashes:
        x = (((x << 1) | (x >> 63)) & M64) ^ h
    x ^= x >> 32
    x = (x * 0xD6E8FEB86659FD93) & M64
    return x ^ (x >> 29)


def sketch(text: str, scaled: int) -> tuple[int, int, list[tuple[int, int]]]:
    """Tokens, unspaced ones among them, and (hash, token offset) of each sampled shingle, a hash at its first place."""
    all_tokens = tokens(text)
    hashes = [token_hash(token) for token, _ in all_tokens]
    out: dict[int, int] = {}
    for i in range(len(hashes) - 7):
        size = 14 if any(unspaced for _, unspaced in all_tokens[i : i + 8]) else 8
        if i + size <= len(hashes):
            h = shingle_hash(hashes[i : i + size])
            if h < (1 << 64) // scaled:
                out.setdefault(h, i)
    return len(hashes), sum(unspaced for _, unspaced in all_tokens), list(out.items())
