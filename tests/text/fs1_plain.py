"""Scheme ``fs1`` once more, slowly and in plain Python, from ``docs/fs1.md`` alone: what the kernel is held to.

It shares no code with the kernel; Unicode properties come from ``unicodedata2``, spellings from the published table.
"""

from __future__ import annotations

import re
import struct
from functools import cache
from pathlib import Path

import unicodedata2 as ucd

M64 = (1 << 64) - 1
SPACE = "[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
REMOVED = re.compile(
    f"(?<![-\u2010\u2011])[-\u2010\u2011]{SPACE}+|《[\u3041-\u3096\u3099-\u309f\u30a1-\u30ff]{{1,32}}》"
)
DROPPED = """300-36F 483-489 591-5C7 610-61A 640 64B-65F 670 6D6-6ED 7FA 898-8FF 1AB0-1AFF 1DC0-1DFF 20D0-20FF 2DE0-2DFF
    A66F-A69F FE00-FE0F FE20-FE2F 10EFC-10EFF E0100-E01EF"""
SEPARATORS = "2B9-2BF 2C8 A78B-A78C"
CHARACTERS = """2E80-2FDF 3005-3007 3021-3029 3038-303C 3041-3096 309D-309F 30A1-30FA 30FC-312F 31A0-31BF 31F0-31FF
    3400-4DBF 4E00-9FFF F900-FAFF 12000-1254F 13000-143FF 14400-1467F 16FE0-18DFF 1AFF0-1B2FF 20000-3FFFF"""
LETTERS = """E00-EFF 1000-109F 1780-17FF 1950-19DF 1A20-1AAF 1B00-1B7F A980-A9FF AA00-AA7F AA80-AADF 116D0-116FF
    11700-1174F"""
TABLE = Path(__file__).resolve().parents[2] / "schemas" / "fs1-orthography.tsv"


@cache
def ranges(text: str) -> list[tuple[int, int]]:
    pairs = [part.split("-") for part in text.split()]
    return [(int(pair[0], 16), int(pair[-1], 16)) for pair in pairs]


@cache
def within(char: str, text: str) -> bool:
    return any(low <= ord(char) <= high for low, high in ranges(text))


@cache
def spellings() -> dict[str, str]:
    rows = [line.split("\t") for line in TABLE.read_text("ascii").splitlines() if not line.startswith("#")]
    return {chr(int(code, 16)): "".join(chr(int(c, 16)) for c in to.split()) for code, to in rows}


def casefold(char: str) -> str:
    """CaseFolding.txt; capitals that are newer than Python's Unicode are told by their names."""
    if char.casefold() == char and ucd.category(char) == "Lu" and "CAPITAL" in ucd.name(char):
        return str(ucd.lookup(ucd.name(char).replace("CAPITAL", "SMALL")))
    return char.casefold()


@cache
def folded(char: str) -> str:
    """What a character becomes: kept characters, and a space for each separator."""
    if 0xD800 <= ord(char) < 0xE000 or ucd.category(char) in ("Cn", "Co"):
        return " "
    if char in "-\u2010\u2011":
        return " "
    for _ in range(3):
        char = "".join(casefold(c) for c in ucd.normalize("NFKD", char) if not within(c, DROPPED))
    char = "".join(spellings().get(c, c) for c in char)
    return "".join(
        c if ucd.category(c)[0] in "LMN" and not within(c, SEPARATORS) else " " for c in char if ucd.category(c) != "Cf"
    )


def characters(text: str) -> list[str]:
    """Kept characters and separators (spaces), the marks in order."""
    out: list[str] = []
    run = 0  # marks at the end that are sorted together
    at = 0
    for removed in [*REMOVED.finditer(text), None]:
        for char in text[at : removed.start() if removed else len(text)]:
            kept = folded(char)
            if not kept and not ucd.combining(char):
                run = 0
            for c in kept:
                order = ucd.combining(c)
                run = run % 30 + 1 if order else 0
                place = len(out)
                while run and place > len(out) - run + 1 and ucd.combining(out[place - 1]) > order:
                    place -= 1
                out.insert(place, c)
        run = 0
        at = removed.end() if removed else at
    return out


def tokens(text: str) -> list[tuple[str, int]]:
    """Tokens in order, each with its weight."""
    out: list[tuple[str, int]] = []
    is_open = False  # the last token may go on
    for c in characters(text):
        mark = ucd.category(c)[0] == "M"
        weight = 4 if mark or c == " " else 2 if within(c, CHARACTERS) else 1 if within(c, LETTERS) else 4
        if c == " ":
            is_open = False
        elif is_open and (mark or weight == out[-1][1] == 4):
            out[-1] = (out[-1][0] + c, out[-1][1])
        else:
            out.append((c, weight))
            is_open = True
    return out


@cache
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


def sketch(text: str, scaled: int, k: int = 8) -> tuple[int, int, int | None, list[tuple[int, int]]]:
    """Number of tokens, their weight, the whole-text hash, and (hash, position) of each sampled shingle."""
    found = tokens(text)
    hashes, weights = [token_hash(token) for token, _ in found], [weight for _, weight in found]
    out: dict[int, int] = {}
    end, weight = 0, 0
    for start in range(len(found)):
        while weight < 4 * k and end < len(found):
            weight += weights[end]
            end += 1
        if weight < 4 * k:
            break
        h = shingle_hash(hashes[start:end])
        if h < (1 << 64) // scaled:
            out.setdefault(h, start)
        weight -= weights[start]
    whole = shingle_hash(hashes) if 0 < sum(weights) < 4 * k else None
    return len(found), sum(weights), whole, list(out.items())


def to_bytes(sketched: tuple[int, int, int | None, list[tuple[int, int]]], scaled: int, k: int = 8) -> bytes:
    """The sketch as section 5 writes it."""
    n_tokens, weight, _, kept = sketched
    head = struct.pack("<4s3I2Q", b"FS1\0", k, scaled % (1 << 32), len(kept), n_tokens, weight)
    return (
        head
        + struct.pack(f"<{len(kept)}Q", *(h for h, _ in kept))
        + struct.pack(f"<{len(kept)}I", *(p for _, p in kept))
    )
