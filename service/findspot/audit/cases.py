"""Cases: everything known against one work, whichever collections hold it.

The same work in several collections is one case. Works are the same where the dataset names them by one identifier,
where collections list them under one identifier, or where a copy in another collection explains their text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy.typing as npt

    from findspot.audit.attribution import Attributed
    from findspot.audit.catalogue import Catalogue
    from findspot.audit.hits import IdentifierHit
    from findspot.audit.signatures import Signed
    from findspot.reference import OpenRelease, WorkRow

    Sketches = dict[int, tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]]

SEVERITY = ("pirated", "scraped", "disputed", "licensed", "commons")
_ALIKE = 0.9  # Jaccard of two sketches that are one work in two collections


@dataclass
class Case:
    """Everything known against one work."""

    work: int
    release: OpenRelease
    row: WorkRow
    text: Attributed | None = None
    identifiers: list[IdentifierHit] = field(default_factory=list)
    signed: Signed | None = None
    also: list[Case] = field(default_factory=list)  # the same work in other collections

    @property
    def in_commons(self) -> bool:
        """Whether the collection that it was met in is a commons."""
        return self.release.info.status == "commons"

    @property
    def holders(self) -> list[Case]:
        """This case and those of the same work elsewhere, the gravest claim first."""
        return sorted(
            [self, *self.also], key=lambda c: (SEVERITY.index(c.release.info.status), c.release.info.slug, c.row.id)
        )

    def row_of(self, work: int) -> WorkRow:
        """Facts of one of the works that are this case."""
        return next(c.row for c in [self, *self.also] if c.work == work)


def find_cases(
    identifiers: Sequence[IdentifierHit],
    signed: Mapping[int, Signed],
    catalogue: Catalogue,
    attributed: Sequence[Attributed],
    sketches: Sketches,
) -> list[Case]:
    """One case a work, in order of attribution; then those known by signature, then those by identifier alone."""
    texts = {a.candidate.work: a for a in attributed}
    identified: dict[int, list[IdentifierHit]] = {}
    for hit in identifiers:
        identified.setdefault(hit.work, []).append(hit)
    works = list(dict.fromkeys([*texts, *sorted(signed), *sorted(identified)]))
    located = catalogue.locate(np.array(works, np.int64))
    cases = [
        Case(work, release, row, texts.get(work), identified.get(work, []), signed.get(work))
        for work, (release, row) in zip(works, located, strict=True)
    ]
    merged = _merge(cases, sketches)
    _add_holders(merged, catalogue)
    return merged


def _merge(cases: Sequence[Case], sketches: Sketches) -> list[Case]:
    """Cases of the same work as one: the first of them takes in the others, by however many steps they meet."""
    number = {case.work: n for n, case in enumerate(cases)}
    into: dict[int, Case] = {}

    def head(case: Case) -> Case:
        while case.work in into:
            case = into[case.work]
        return case

    for case, other in _same(cases, sketches):
        first, second = sorted((head(case), head(other)), key=lambda c: number[c.work])
        if first is not second:
            _fold(second, first)
            into[second.work] = first
    return [case for case in cases if case.work not in into]


def _same(cases: Sequence[Case], sketches: Sketches) -> Iterator[tuple[Case, Case]]:
    """Pairs of cases that are the same work."""
    by_work = {case.work: case for case in cases}
    stated: dict[str, Case] = {}
    listed: dict[str, dict[str, Case]] = {}
    for case in cases:
        for identifier in sorted({hit.identifier for hit in case.identifiers}):
            yield case, stated.setdefault(identifier, case)
        if case.in_commons:  # explains, and is not blamed with the others
            continue
        for identifier in case.row.identifiers:
            held = listed.setdefault(identifier, {})
            yield from ((case, other) for name, other in held.items() if name != case.release.info.name)
            held.setdefault(case.release.info.name, case)
        for explained_by, alike in _explainers(case, by_work, sketches):
            other = by_work[explained_by]
            if other.release is not case.release and not other.in_commons and alike(other) >= _ALIKE:
                yield case, other


def _explainers(
    case: Case, by_work: Mapping[int, Case], sketches: Sketches
) -> Iterator[tuple[int, Callable[[Case], float]]]:
    """Works that explain a case, by text and by signature, each with the measure of how alike the two are."""
    if case.text is not None and case.text.explained_by is not None:
        yield case.text.explained_by, lambda other: _jaccard(sketches[case.work][0], sketches[other.work][0])
    if case.signed is not None and case.signed.explained_by is not None:
        one, two = case.signed.values, by_work[case.signed.explained_by].signed
        yield case.signed.explained_by, lambda _: float((one == two.values).mean()) if two else 0.0


def _fold(case: Case, other: Case) -> None:
    """Let one case take in another; an open text goes before one that is explained."""
    other.also += [case, *case.also]
    if other.text is None or (
        other.text.explained_by is not None and case.text is not None and case.text.explained_by is None
    ):
        other.text = case.text or other.text
    if case.signed is not None:
        open_first = other.signed is None or (
            other.signed.explained_by is not None and case.signed.explained_by is None
        )
        first, second = (case.signed, other.signed) if open_first else (other.signed, case.signed)
        other.signed = first.joined(second) if first and second else first
    known = {(hit.record, hit.identifier) for hit in other.identifiers}
    other.identifiers += [hit for hit in case.identifiers if (hit.record, hit.identifier) not in known]


def _jaccard(a: npt.NDArray[np.uint64], b: npt.NDArray[np.uint64]) -> float:
    common = len(np.intersect1d(a, b, assume_unique=True))
    return common / max(1, len(a) + len(b) - common)


def _add_holders(cases: Sequence[Case], catalogue: Catalogue) -> None:
    """Collections that list the same work by its identifiers, though the dataset met it elsewhere."""
    known = {c.work for case in cases for c in [case, *case.also]}
    for case in cases:
        held = {c.release.info.slug for c in case.holders}
        named = sorted({i for c in case.holders for i in c.row.identifiers})
        for release, first in zip(catalogue.releases, catalogue.first, strict=False):
            if release.info.slug in held or release.info.status == "commons":
                continue
            rows = {work.row: work for works in release.find_identifiers(named).values() for work in works}
            for number, row in sorted(rows.items())[:1]:
                if first + number not in known:
                    case.also.append(Case(first + number, release, row))
