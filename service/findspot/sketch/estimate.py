"""Statistics of FracMinHash samples: containment, Jaccard, coverage, each with its interval and the counts behind it.

A sketch keeps a hash ``h`` of a set A when ``h < 2**64 / scaled``, so every hash of A is kept with probability
``1 / scaled``, on its own, and one that A shares with B is kept in both sketches or in neither. Of the n hashes of A
that were kept, x are shared; n is random, but once it is known every n of A's N hashes are equally likely to be the
sample. So x is hypergeometric, whatever n turned out to be, and all statements here are made given n:

- ``x / n`` is unbiased for the share C of A that is in B (Broder 1997, Irber et al. 2022). Hera, Pierce-Ward and
  Koslicki 2023 divide it by ``1 - (1 - 1/scaled)**N``; that removes the bias of counting an empty sketch as 0, and
  there is none to remove where an empty sketch gives no estimate at all, as here.
- Its variance is ``C (1 - C) / n`` times the finite population correction ``(N - n) / (N - 1)``, which is
  ``1 - 1/scaled`` but for terms of order 1/n, since n / N is about 1 / scaled (Cochran 1977, chapters 2 and 3). The
  intervals therefore use the effective size ``n / (1 - 1/scaled)``.
- The interval inverts the score test (Wilson 1927; Brown, Cai and DasGupta 2001 on why Wald's must not be used), with
  the count moved outwards by a third of a hash. Moved by none (Wilson's own), it holds the truth 0.88 to 0.90 of the
  time at worst, mostly near 1; moved by a half, the usual correction for continuity (Newcombe 1998), it is
  never below 0.95 and wider than need be. A third is the least simple fraction that keeps 0.93 everywhere:
  ``bench/intervals.py`` prints all this, ``docs/adr/0008-statistics.md`` tells the choice.
- No match in n leaves the upper bound ``3 / n`` (Hanley and Lippman-Hand 1983).

Sources:
    Broder 1997, *On the resemblance and containment of documents*.
    Brown, Cai & DasGupta 2001, *Interval estimation for a binomial proportion*, Statistical Science 16.
    Cochran 1977, *Sampling Techniques*, 3rd edition.
    Hanley & Lippman-Hand 1983, *If nothing goes wrong, is everything all right?*, JAMA 249.
    Hera, Pierce-Ward & Koslicki 2023, *Deriving confidence intervals for mutation rates across a wide range of
    evolutionary distances using FracMinHash*, Genome Research 33.
    Irber et al. 2022, *Lightweight compositional analysis of metagenomes with FracMinHash and minimum metagenome
    covers*, bioRxiv.
    Newcombe 1998, *Two-sided confidence intervals for the single proportion*, Statistics in Medicine 17.
    Wilson 1927, *Probable inference, the law of succession, and statistical inference*, JASA 22.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Hashes = npt.NDArray[np.uint64]

#: Standard errors on either side of a 95 % interval.
Z95: Final = 1.959963984540054

#: How far the count is moved outwards before the score test is inverted, in hashes.
OUTWARDS: Final = 1 / 3


class Share(NamedTuple):
    """A share with its 95 % interval and the counts behind it: ``matched`` (x) of ``sampled`` (n) hashes."""

    estimate: float
    low: float
    high: float
    matched: int
    sampled: int


class Comparison(NamedTuple):
    """What two sketches say of two sets; None where a sketch is empty and says nothing."""

    a_in_b: Share | None
    b_in_a: Share | None
    jaccard: Share | None
    scaled: int  # at which they met


def interval(
    matched: npt.ArrayLike, sampled: npt.ArrayLike, scaled: npt.ArrayLike, outwards: float = OUTWARDS
) -> tuple[Floats, Floats]:
    """Ends of the 95 % intervals of ``matched / sampled``, element by element; the module says how and why.

    Args:
        matched: counts x, ``0 <= x <= n``.
        sampled: counts n, positive.
        scaled: sampling, 1 or more; 1 is the whole set, and the interval a point.
        outwards: hashes by which x is moved before the score test is inverted.

    Returns:
        Lower and upper ends, in 0 to 1, of the broadcast shape.
    """
    x, n, every = np.broadcast_arrays(
        np.asarray(matched, np.float64), np.asarray(sampled, np.float64), np.asarray(scaled, np.float64)
    )
    share = x / n
    z2 = Z95 * Z95 * (1 - 1 / every) / n  # z squared over the effective size
    ends = []
    for sign in (-1, 1):
        p = np.clip((x + sign * outwards) / n, 0, 1)
        ends.append((p + z2 / 2 + sign * np.sqrt(z2 * (p * (1 - p) + z2 / 4))) / (1 + z2))
    low = np.where(x == 0, 0.0, np.clip(ends[0], 0, share))
    high = np.where(x == 0, np.minimum(1, 3 / n), np.where(x == n, 1.0, np.clip(ends[1], share, 1)))
    whole = every == 1
    return np.where(whole, share, low), np.where(whole, share, high)


def containment(matched: int, sampled: int, scaled: int) -> Share:
    """Share of a set A that is contained in another: x of the n hashes in A's sketch are in the other's.

    Args:
        matched: x, hashes of A's sketch that the other set has.
        sampled: n, hashes of A's sketch.
        scaled: sampling of A, not finer than the other's.

    Raises:
        ValueError: ``sampled`` is not positive, ``matched`` is not between 0 and ``sampled``, ``scaled`` is below 1.
    """
    if sampled <= 0 or not 0 <= matched <= sampled:
        raise ValueError(f"{matched} of {sampled} is no share")
    if scaled < 1:
        raise ValueError(f"scaled is {scaled}; it is 1 or more")
    low, high = interval(matched, sampled, scaled)
    return Share(matched / sampled, float(low), float(high), matched, sampled)


def jaccard(shared: int, n_a: int, n_b: int, scaled: int) -> Share:
    """Jaccard similarity, the share of the union of A and B that is in both.

    The sketch of a union is the union of the sketches, so ``n_a + n_b - shared`` hashes are a sample of it, of which
    ``shared`` lie in both: a containment like any other.

    Args:
        shared: hashes in both sketches.
        n_a: hashes in A's sketch.
        n_b: hashes in B's sketch.
        scaled: sampling of both.

    Raises:
        ValueError: more are shared than a sketch has, both sketches are empty, or ``scaled`` is below 1.
    """
    if not 0 <= shared <= min(n_a, n_b):
        raise ValueError(f"sketches of {n_a} and {n_b} hashes do not share {shared}")
    return containment(shared, n_a + n_b - shared, scaled)


def coverage(matched: int, sampled: int, scaled: int, *, cut: float = 0.0) -> Share:
    """Share of a work's text that is in a dataset: containment of the work, less what cutting it up destroyed.

    A dataset that holds the work in pieces lacks the shingles that stood across the cuts. Where a share C of the text
    is there, ``C (1 - cut)`` of its shingles are, so the estimate and both ends are divided by ``1 - cut``.

    Args:
        matched: hashes of the work's sketch that are in the dataset.
        sampled: hashes of the work's sketch.
        scaled: sampling of the work.
        cut: share of the shingles of the text that is there which cuts destroyed, as :func:`lost_to_cuts` gives it.

    Raises:
        ValueError: as :func:`containment`; or ``cut`` is not in 0 to 1, 1 excluded.
    """
    if not 0 <= cut < 1:
        raise ValueError(f"a share of {cut} of the shingles cannot be cut")
    found = containment(matched, sampled, scaled)
    estimate, low, high = (min(1.0, value / (1 - cut)) for value in found[:3])
    return Share(estimate, low, high, matched, sampled)


def lost_to_cuts(k: float, chunk: float) -> float:
    """Share of a text's shingles that stand across a cut when it is cut after every ``chunk`` tokens: (k - 1) / chunk.

    Args:
        k: tokens of a shingle.
        chunk: tokens of a piece, on average.

    Raises:
        ValueError: pieces are shorter than a shingle, so that no shingle is left.
    """
    if not 1 <= k <= chunk:
        raise ValueError(f"no shingle of {k} tokens fits into a piece of {chunk}")
    return (k - 1) / chunk


def compare(a: Hashes, b: Hashes, scaled: int, scaled_b: int | None = None) -> Comparison:
    """Containment both ways and Jaccard of two sets, from their sketches.

    Sketches of different ``scaled`` meet at the coarser: a coarse sketch is the low end of a fine one.

    Args:
        a: ``uint64``, hashes of A's sketch, strictly ascending.
        b: ``uint64``, of B's, likewise.
        scaled: sampling of A, and of B unless ``scaled_b`` says otherwise.
        scaled_b: sampling of B.

    Raises:
        ValueError: hashes are not ascending, or a ``scaled`` is below 1.
    """
    other = scaled if scaled_b is None else scaled_b
    if min(scaled, other) < 1:
        raise ValueError(f"scaled is {min(scaled, other)}; it is 1 or more")
    coarser = max(scaled, other)
    kept = [_kept(hashes, coarser) for hashes in (a, b)]
    n_a, n_b = map(len, kept)
    few, many = sorted(kept, key=len)
    at = np.minimum(np.searchsorted(many, few), max(0, len(many) - 1))
    shared = int((many[at] == few).sum()) if len(few) else 0
    return Comparison(
        containment(shared, n_a, coarser) if n_a else None,
        containment(shared, n_b, coarser) if n_b else None,
        jaccard(shared, n_a, n_b, coarser) if n_a or n_b else None,
        coarser,
    )


def _kept(hashes: Hashes, scaled: int) -> Hashes:
    """The hashes that a sketch at ``scaled`` keeps."""
    if not (hashes[1:] > hashes[:-1]).all():
        raise ValueError("the hashes of a sketch are not in ascending order, each once")
    return hashes[: np.searchsorted(hashes, np.uint64((1 << 64) // scaled - 1), side="right")]
