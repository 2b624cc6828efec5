"""Statistics of FracMinHash samples: a share, its interval, and what the sample size allows to say.

Sources: Irber et al. 2022 (FracMinHash); Hera, Pierce-Ward & Koslicki 2023 (bias and intervals); Wilson 1927 (score
interval); Hanley & Lippman-Hand 1983 (no event in n: the upper bound 3/n).
"""

from __future__ import annotations

import math
from typing import NamedTuple

Z95 = 1.959963984540054


class Share(NamedTuple):
    """A share with its 95 % interval."""

    estimate: float
    low: float
    high: float


def containment(matched: int, sampled: int, scaled: int) -> Share:
    """Share of a set that is contained in another, from its FracMinHash sample.

    ``matched / sampled`` is unbiased given that the sample is not empty. The interval is Wilson's, with the correction
    for a sample that is one in ``scaled`` of a finite set; with no match it reaches up to ``3 / sampled``.

    Raises:
        ValueError: ``sampled`` is not positive, or ``matched`` not between 0 and ``sampled``.
    """
    if sampled <= 0 or not 0 <= matched <= sampled:
        raise ValueError(f"{matched} of {sampled} is no share")
    share = matched / sampled
    if scaled == 1:
        return Share(share, share, share)
    if matched == 0:
        return Share(0.0, 0.0, min(1.0, 3 / sampled))
    n = sampled / (1 - 1 / scaled)
    z2 = Z95 * Z95 / n
    centre = (share + z2 / 2) / (1 + z2)
    half = Z95 / (1 + z2) * math.sqrt(share * (1 - share) / n + z2 / (4 * n))
    return Share(share, max(0.0, centre - half), 1.0 if matched == sampled else min(1.0, centre + half))
