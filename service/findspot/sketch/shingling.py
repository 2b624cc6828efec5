"""How text is cut into shingles and how many are kept: named, frozen sets of parameters, one for each sensitivity.

``normal`` is what everything uses unless told otherwise. ``high`` has shorter shingles and samples four times as many:
it still finds text of which a scanner misread 5 % of the characters, at four times the memory for references. Sketches
of two shinglings never meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from findspot.errors import UsageError
from findspot.text import K_UNSPACED, SCALED, K


@dataclass(frozen=True)
class Shingling:
    """Parameters of the sketches of one sensitivity."""

    name: str  # of the sensitivity
    k: int  # tokens of a shingle
    k_unspaced: int  # characters of a shingle that touches a script written without spaces
    scaled: int  # one shingle hash in so many is kept, unless the caller says otherwise


NORMAL: Final = Shingling("normal", K, K_UNSPACED, SCALED)
HIGH: Final = Shingling("high", 5, 10, 16)
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


def shingling_of(k: int, k_unspaced: int) -> Shingling | None:
    """The shingling with these lengths; None if there is none."""
    return next((each for each in SHINGLINGS if (each.k, each.k_unspaced) == (k, k_unspaced)), None)
