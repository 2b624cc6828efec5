"""What a dataset is held against: the works of some releases under one numbering, at a sampling where all meet."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from findspot.audit.chance import Measured
from findspot.errors import SchemeError
from findspot.sketch import NORMAL, Shingling
from findspot.sketch.chains import CHAINS, STRENGTHS
from findspot.text import SCHEME

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from findspot.dataset import Subject
    from findspot.reference import OpenRelease, WorkRow

    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Catalogue:
    """The works of several releases under one numbering."""

    releases: tuple[OpenRelease, ...]
    scaled: int  # the coarsest sampling of all that meet
    shingling: Shingling = NORMAL  # of the dataset, and so of the fingerprints it is held against

    @property
    def first(self) -> list[int]:
        """Number of the first work of each release, and the number of works."""
        return list(accumulate((release.info.works for release in self.releases), initial=0))

    def sketch_sizes(self) -> Ints:
        """Number of sampled hashes of every work."""
        return np.concatenate(
            [np.zeros(0, np.int64), *(r.sketch_sizes(self.scaled, self.shingling) for r in self.releases)]
        )

    def unspaced(self) -> npt.NDArray[np.bool_]:
        """Which works are in a script without spaces."""
        return np.concatenate([np.zeros(0, bool), *(release.unspaced() for release in self.releases)])

    def measured_chance(self) -> tuple[list[Measured], list[Measured]]:
        """What the releases say of chance matches, for scripts with spaces and without.

        Commons say nothing of it: licences repeat each other on purpose.
        """
        out: tuple[list[Measured], list[Measured]] = ([], [])
        for info in (release.info for release in self.releases if release.info.status != "commons"):
            chance, scaled = info.chance_of(self.shingling), info.scaled(self.shingling)
            if chance is None or scaled is None or not chance.is_of(CHAINS[self.shingling.name], STRENGTHS):
                continue
            for script, held in zip((chance.spaced, chance.unspaced), out, strict=True):
                if script is not None:
                    held.append(Measured(script, scaled))
        return out

    def sketches(self, works: Ints) -> dict[int, tuple[npt.NDArray[np.uint64], Ints]]:
        """Hashes and positions of some works, each in order of the hashes: one scan of the index of each release."""
        out = {}
        for release, low, high in zip(self.releases, self.first, self.first[1:], strict=False):
            rows = np.unique(works[(works >= low) & (works < high)] - low).astype(np.uint32)
            if not len(rows):
                continue
            found = release.sketches(rows, self.scaled, self.shingling)
            ends = np.searchsorted(found.works, rows, "right").tolist()
            for row, start, end in zip(rows.tolist(), [0, *ends], ends, strict=False):
                out[low + row] = found.hashes[start:end], found.positions[start:end].astype(np.int64)
        return out

    def locate(self, works: Ints) -> list[tuple[OpenRelease, WorkRow]]:
        """Release and facts of some works, in the order given."""
        first = self.first
        out: list[tuple[OpenRelease, WorkRow] | None] = [None] * len(works)
        for release, low, high in zip(self.releases, first, first[1:], strict=False):
            at = np.flatnonzero((works >= low) & (works < high))
            for place, row in zip(at.tolist(), release.works((works[at] - low).tolist()), strict=True):
                out[place] = (release, row)
        return [found for found in out if found is not None]


def meet(subject: Subject, releases: Sequence[OpenRelease]) -> Catalogue:
    """Bring a dataset and some releases together at the coarsest of their samplings.

    Raises:
        SchemeError: The dataset is fingerprinted with another scheme, or a release that is not of the commons lacks
            the dataset's sensitivity.
    """
    if subject.scheme != SCHEME:
        raise SchemeError(
            f"{subject.name} is fingerprinted with scheme {subject.scheme}, the releases with {SCHEME}",
            advice="Make the manifest again with this version of Findspot: `findspot fingerprint DATA -o MANIFEST`.",
        )
    return catalogue_for(subject.name, subject.shingling, subject.scaled, releases)


def catalogue_for(name: str, shingling: Shingling, scaled: int, releases: Sequence[OpenRelease]) -> Catalogue:
    """Releases under one numbering, at the coarsest sampling of all.

    Raises:
        SchemeError: A release that is not of the commons lacks the sensitivity.
    """
    sampled = [release.info.scaled(shingling) for release in releases]
    for release, own in zip(releases, sampled, strict=True):
        info = release.info
        if own is None and info.fingerprinted and info.status != "commons":
            raise SchemeError(
                f"{info.name} has no fingerprints of sensitivity {shingling.name}, which {name} has",
                advice=f"Build it again with `findspot collection build {info.slug} … --sensitivity {shingling.name}`, "
                "or leave it out with --collection.",
            )
    return Catalogue(tuple(releases), max([scaled, *(n for n in sampled if n is not None)]), shingling)
