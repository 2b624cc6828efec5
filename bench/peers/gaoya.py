"""gaoya: MinHash in Rust, from text, straight into an index: that is the only way in, so its index is timed as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gaoya.minhash import MinHashStringIndex

from .door import RAW, Contender, K, identity

if TYPE_CHECKING:
    from collections.abc import Sequence


def _index(texts: Sequence[str]) -> tuple[Any, Sequence[str]]:
    made = MinHashStringIndex(
        hash_size=32,
        jaccard_threshold=0.5,
        num_bands=16,
        band_size=8,
        analyzer="word",
        lowercase=True,
        ngram_range=(K, K),
        id_container="smallvec",
    )
    for number, text in enumerate(texts):
        made.insert_document(number, text)
    return made, texts


def _found(made: tuple[Any, Sequence[str]], one: int, other: int) -> float:
    """It tells no similarity: 1 for a text that is found, 0 for one that is not."""
    index, texts = made
    return float(other in index.query(texts[one]))


def contenders(program: str) -> list[Contender]:
    """128 hashes of 32 bits; its containers and bulk insertion were no faster."""
    return [Contender(program, "insert_document, 16 x 8 of 32 bits", RAW, True, _index, _found, identity)]
