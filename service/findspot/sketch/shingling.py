"""How text is cut into shingles and how many are kept: named, frozen sets of parameters, one for each sensitivity.

``normal`` is what everything uses unless told otherwise. ``high`` has shorter shingles and samples four times as many:
it still finds text of which a scanner misread 5 % of the characters, at four times the memory for references. Sketches
of two shinglings never meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from findspot.errors import UsageError
from findspot.text import SCALED, K


@dataclass(frozen=True)
class Shingling:
    """Parameters of the sketches of one sensitivity."""

    name: str  # of the sensitivity
    k: int  # words of a shingle: its tokens weigh as much together
    scaled: int  # one shingle hash in so many is kept, unless the caller says otherwise


NORMAL: Final = Shingling("normal", K, SCALED)
HIGH: Final = Shingling("high", 5, 16)
SHINGLINGS: Final = (NORMAL, HIGH)


def shingling_named(sensitivity: str) -> Shingling:
    """The shingling of a sensitivity.

    Raises:
        UsageError: There is no such sensitivity.
    """
    for found in SHINGLINGS:
        if found.name == sensitivity:
            return found
    raise UsageError(
        f"there is no sensitivity {sensitivity!r}",
        advice=f"Sensitivities are {' and '.join(each.name for each in SHINGLINGS)}.",
    )


def shingling_of(k: int) -> Shingling | None:
    """The shingling with shingles of ``k`` words; None if there is none."""
    return next((each for each in SHINGLINGS if each.k == k), None)
