"""The signature detector: a record whose MinHash signature is nearly that of a work is a near-duplicate of it.

Signatures of records are looked up by their bands in the releases that carry signatures of the same recipe; every
candidate is verified with the full signatures. Which work a record is attributed to follows the rule for texts: the
commons first, then the work that is most alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from findspot.audit.model import Level
from findspot.sketch import (
    NEAR_DUPLICATE,
    Share,
    band_keys,
    differences,
    require_same,
    signature_jaccard,
    signature_values,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt
    import pyarrow as pa

    from findspot.audit.catalogue import Catalogue
    from findspot.dataset import SubjectFacts
    from findspot.reference import OpenRelease
    from findspot.reference.release import SignatureSet
    from findspot.sketch import SignatureInfo

    Ints = npt.NDArray[np.int64]
    Values = npt.NDArray[np.uint64]

_CHUNK = 1024  # records looked up at once: a text that thousands of works share makes many pairs
_MOSTLY = 0.5  # lower bound of the similarity from which a near-duplicate is found
_TOKENS = 64  # of the work from which it is: the whole of a shorter text may stand elsewhere by chance


@dataclass(frozen=True)
class SignatureHit:
    """A record that is a near-duplicate of a work."""

    work: int  # number of the work, over all releases searched
    record: int  # number of the record among those kept; its row, as long as the batch is worked on
    equal: int  # permutations that agree


@dataclass(frozen=True)
class Signed:
    """All near-duplicates of one work."""

    work: int
    hits: tuple[SignatureHit, ...]  # the most alike first
    values: Values  # signature of the work
    explained_by: int | None  # a work that all of these records are attributed to

    @property
    def records(self) -> dict[int, Share]:
        """Similarity of each record to the work, with its interval."""
        return {hit.record: signature_jaccard(hit.equal, len(self.values)) for hit in self.hits}

    def level(self, n_tokens: int | None) -> Level:
        """Level of the evidence: ``found`` where at least half of all that either holds is surely in both.

        A record that is the whole of a work is no quotation, unless the work is hardly longer than one.
        """
        surely = signature_jaccard(self.hits[0].equal, len(self.values)).low
        return Level.FOUND if surely >= _MOSTLY and (n_tokens or 0) >= _TOKENS else Level.PROBABLE

    def joined(self, other: Signed) -> Signed:
        """With the records of the same work in another collection."""
        known = {hit.record for hit in self.hits}
        more = [hit for hit in other.hits if hit.record not in known]
        return replace(self, hits=tuple(sorted([*self.hits, *more], key=lambda h: (-h.equal, h.record))))


class SignatureSearch:
    """Looks signatures of records up in the releases that carry any of their recipe."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.recipe: SignatureInfo | None = None
        self.looked_up = 0  # records with a signature that some release, commons aside, could be held against

    def find(self, batch: pa.RecordBatch, recipe: SignatureInfo | None) -> list[SignatureHit]:
        """Near-duplicates among the records of a sketched batch, by row."""
        if recipe is None:
            return []
        self.recipe = recipe
        meeting = list(self._meeting())
        rows, values = signature_values(batch.column("signature"), recipe)
        if any(release.info.status != "commons" for release, _, _ in meeting):
            self.looked_up += len(rows)
        found: list[SignatureHit] = []
        for start in range(0, len(rows), _CHUNK):
            part = values[start : start + _CHUNK]
            for release, first, number in meeting:
                at, works, equal = _alike(part, release, number)
                triples = zip(rows[start + at].tolist(), (works + first).tolist(), equal.tolist(), strict=True)
                found += [SignatureHit(work, row, n) for row, work, n in triples]
        return found

    def signed(self, hits: Sequence[SignatureHit]) -> dict[int, Signed]:
        """Hits by work, each record attributed to one work, the most alike; ties go to the smaller id."""
        by_work: dict[int, list[SignatureHit]] = {}
        by_record: dict[int, list[SignatureHit]] = {}
        for hit in hits:
            by_work.setdefault(hit.work, []).append(hit)
            by_record.setdefault(hit.record, []).append(hit)
        works = sorted(by_work)
        located = self._catalogue.locate(np.array(works, np.int64))
        rank = {
            work: (found[0].info.status != "commons", found[1].id) for work, found in zip(works, located, strict=True)
        }
        best = {
            record: min(own, key=lambda h: (rank[h.work][0], -h.equal, rank[h.work][1])).work
            for record, own in by_record.items()
        }
        values = self._values(works)
        out = {}
        for work in works:
            own = sorted(by_work[work], key=lambda h: (-h.equal, h.record))
            explained = None if any(best[hit.record] == work for hit in own) else best[own[0].record]
            out[work] = Signed(work, tuple(own), values[work], explained)
        return out

    def check(self, facts: SubjectFacts) -> None:
        """Refuse a dataset that has nothing but signatures where the releases' signatures are all of other recipes.

        Raises:
            SchemeError: They are; the message names the fields that differ.
        """
        if self.recipe is None or facts.tokens or self.looked_up:
            return
        for release in self._catalogue.releases:
            for made in release.info.signatures if release.info.status != "commons" else ():
                require_same(self.recipe, made.recipe, whose=facts.name, against=release.info.name)

    def method(self) -> dict[str, float | int | str] | None:
        """What the report says of the detector; None for a dataset without signatures."""
        if self.recipe is None:
            return None
        out: dict[str, float | int | str] = {**self.recipe.model_dump(), "threshold": NEAR_DUPLICATE}
        bandings = [release.info.signatures[number].banding for release, _, number in self._meeting()]
        if bandings:
            least = min(bandings, key=lambda b: b.chance(NEAR_DUPLICATE))
            recall = round(least.chance(NEAR_DUPLICATE), 4)
            out |= {"bands": least.bands, "rows": least.rows, "recall_at_threshold": recall}
        return out

    def limits(self) -> tuple[str, ...]:
        """What the report says that signatures do not show, and with which releases they could not be compared."""
        if self.recipe is None:
            return ()
        out = []
        for release in self._catalogue.releases:
            if release.info.status == "commons" or self._number(release) is not None:
                continue
            others = [differences(self.recipe, made.recipe) for made in release.info.signatures]
            nearest = sorted(others, key=len)[:1]
            why = f"they differ: {'; '.join(nearest[0])}" if nearest else "it has none"
            out.append(f"The dataset's signatures were not compared with those of {release.info.name}: {why}.")
        if self.looked_up:
            out.append(
                f"Signatures find records that are nearly a whole work (Jaccard {NEAR_DUPLICATE} and more), no part of "
                "one."
            )
        return tuple(out)

    def _number(self, release: OpenRelease) -> int | None:
        """Number of the recipe among those of a release."""
        recipes = [made.recipe for made in release.info.signatures]
        return recipes.index(self.recipe) if self.recipe in recipes else None

    def _meeting(self) -> Iterator[tuple[OpenRelease, int, int]]:
        """Releases with signatures of the recipe: the release, its first work, and the recipe's number in it."""
        for release, first in zip(self._catalogue.releases, self._catalogue.first, strict=False):
            number = self._number(release)
            if number is not None:
                yield release, first, number

    def _values(self, works: Sequence[int]) -> dict[int, Values]:
        """Signatures of some works."""
        out: dict[int, Values] = {}
        for release, first, number in self._meeting():
            own = np.array([work for work in works if first <= work < first + release.info.works], np.int64)
            out |= dict(zip(own.tolist(), release.signatures(number, own - first), strict=True))
        return out


def _alike(values: Values, release: OpenRelease, number: int) -> tuple[Ints, Ints, Ints]:
    """Near-duplicates of some signatures among the works of a release: place of the signature, work, equal values."""
    made: SignatureSet = release.info.signatures[number]
    postings = release.bands()
    query, at = postings.find(band_keys(values, made.banding, made.recipe).reshape(-1))
    pairs = np.unique((query // made.bands << 32) | postings.works[at].astype(np.int64))
    places, works = pairs >> 32, pairs & 0xFFFFFFFF
    needed, which = np.unique(works, return_inverse=True)
    if not len(needed):
        return places, works, works
    stored = release.signatures(number, needed)
    equal = np.concatenate(
        [
            (values[places[i : i + _CHUNK]] == stored[which[i : i + _CHUNK]]).sum(axis=1)
            for i in range(0, len(pairs), _CHUNK)
        ]
    )
    alike = equal >= NEAR_DUPLICATE * made.recipe.permutations
    return places[alike], works[alike], equal[alike].astype(np.int64)
