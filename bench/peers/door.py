"""What is timed, and what every way of timing it shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

K: Final = 8
PERMUTATIONS: Final = 128
SCALED: Final = 64

RAW: Final = "raw text"
NUMPY: Final = "raw text; shingles hashed in numpy by this script"
GIVEN: Final = "hashes given"


@dataclass(frozen=True)
class Contender:
    """One program with one setting.

    Attributes:
        program: Name and version.
        how: The setting, in a few words.
        stage: What ``run`` is given: ``RAW``, ``NUMPY`` or ``GIVEN``.
        stored: Whether another process makes the same of the same text, so that the result may be kept.
        run: What is timed: makes a signature or sketch of each text.
        likeness: Estimated Jaccard similarity of two texts, by their numbers, from what ``run`` made.
        prepare: Makes what ``run`` is given of the texts; not timed.
    """

    program: str
    how: str
    stage: str
    stored: bool
    run: Callable[[Any], Any]
    likeness: Callable[[Any, int, int], float]
    prepare: Callable[[Sequence[str]], Any]


def identity(texts: Sequence[str]) -> Sequence[str]:
    """The texts: for those who take them as they are."""
    return texts


def positions_equal(made: Any, one: int, other: int) -> float:  # noqa: ANN401 - rows of numbers, of any kind
    """Likeness of two MinHash signatures."""
    return float(np.mean(np.asarray(made[one]) == np.asarray(made[other])))
