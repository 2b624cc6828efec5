"""How much of a work is in the dataset, once it is there: estimated from all its hits.

Two figures that are never mixed. *Coverage* is the share of the work's sampled hashes met anywhere, corrected for the
shingles that the edges of chunks cut and for chance. *Aligned coverage* is the share of the work's tokens that chains of
hits span: it survives noise, since a chain bridges what errors destroyed between its hits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from findspot.audit.evidence import chance_share
from findspot.sketch import Share, containment

if TYPE_CHECKING:
    import numpy.typing as npt

    from findspot.audit.hits import Hits

    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Coverage:
    """How much of a work is there, and where."""

    share: Share
    aligned: float
    spans: tuple[tuple[int, int], ...]  # token ranges of the work
    matched: int  # distinct sampled hashes of the work that were met
    of_records: float  # share of the supporting records' tokens that the work spans


@dataclass(frozen=True)
class _Fragments:
    """The stretches of records that come from a work, one a chain or lone hit; and for each hit, which one it is in."""

    record: Ints
    begin: Ints  # in the record
    end: Ints
    shift: Ints  # from record to work, at the fragment's begin
    shift_end: Ints
    of_hit: Ints


def measure(
    hits: Hits, chain: Ints, lengths: Ints, *, size: int, n_tokens: int, k: float, scaled: int, tokens: int
) -> Coverage:
    """Coverage of one work.

    Args:
        hits: of this work alone.
        chain: of each hit, as :func:`findspot.audit.evidence.find_chains` numbers them.
        lengths: tokens of each hit's record.
        size: sampled hashes of the work.
        n_tokens: of the work.
        k: tokens of its shingles, on average.
        scaled: sampling.
        tokens: of the dataset.
    """
    fragments = _fragments(hits, chain, lengths, k, scaled)
    stretch = np.maximum(fragments.end - fragments.begin, k).astype(np.float64)
    weight = (stretch / (stretch - k + 1))[fragments.of_hit]
    order = np.lexsort((weight, hits.at))
    at, weight = hits.at[order], weight[order]
    distinct = np.ones(len(at), bool)
    distinct[1:] = at[1:] != at[:-1]
    matched = int(distinct.sum())
    mean_weight = float(weight[distinct].mean())
    begin = np.clip(fragments.begin + fragments.shift, 0, n_tokens)
    end = np.clip(fragments.end + fragments.shift_end, 0, n_tokens)
    spans = union(begin, end)
    whole = np.unique(fragments.record, return_index=True)[1]
    first_hit = np.zeros(len(fragments.record), np.int64)
    first_hit[fragments.of_hit[::-1]] = np.arange(len(hits))[::-1]
    return Coverage(
        _corrected(matched, size, scaled, mean_weight, chance_share(tokens)),
        min(1.0, sum(b - a for a, b in spans) / max(1, n_tokens)),
        tuple(spans),
        matched,
        min(1.0, float(stretch.sum() / max(1, lengths[first_hit[whole]].sum()))),
    )


def _corrected(matched: int, size: int, scaled: int, weight: float, chance: float) -> Share:
    """Share of the work that is there: each hit stands for ``weight`` shingles, since chunk edges cut the others.

    A fragment of L tokens keeps L - k + 1 of the L shingles that begin in it: the bias (k - 1) / L. What chance would
    have found is taken off first.
    """
    raw = containment(min(matched, size), size, scaled)
    return Share(*(min(1.0, max(0.0, (value - chance) / (1 - chance)) * weight) for value in raw))


def _fragments(hits: Hits, chain: Ints, lengths: Ints, k: float, scaled: int) -> _Fragments:
    """Stretch every chain by the mean gap between sampled hashes, within its record.

    A lone hit is stretched only where its record is so short that no second one was to be expected.
    """
    lone = chain < 0
    label = np.where(lone, chain.max(initial=-1) + 1 + np.arange(len(chain)), chain)
    _, of_hit = np.unique(label, return_inverse=True)
    order = np.lexsort((hits.place, of_hit))
    first = order[np.flatnonzero(np.diff(of_hit[order], prepend=-1))]
    last = order[np.flatnonzero(np.diff(of_hit[order], append=-1))]
    reach = np.where(lone[first] & (lengths[first] > 2 * scaled + k), 0, scaled)
    width = int(np.ceil(k))
    begin = np.maximum(0, hits.place[first] - reach)
    end = np.minimum(lengths[first], hits.place[last] + width + reach)
    return _Fragments(
        hits.record[first], begin, end, hits.at[first] - hits.place[first], hits.at[last] - hits.place[last], of_hit
    )


def union(begin: Ints, end: Ints) -> list[tuple[int, int]]:
    """Union of ranges, as ranges that do not touch."""
    out: list[tuple[int, int]] = []
    order = np.lexsort((end, begin))
    for low, high in zip(begin[order].tolist(), end[order].tolist(), strict=True):
        if out and low <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        elif high > low:
            out.append((low, high))
    return out
