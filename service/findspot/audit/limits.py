"""What a report does not show, said in every report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from findspot.audit.hits import Catalogue
    from findspot.audit.model import Reference, SubjectReport

_ALWAYS = (
    "A match shows that text of a work, or an identifier of it, is in the dataset. It does not show where it was "
    "obtained, that it was used in training, or that its use infringes a right.",
    "A passage may be a quotation; the same passage in many records is one passage.",
    "A work that is not reported may be there in translation, in paraphrase, or in pieces too short to be sampled.",
)


def limits_of(subject: SubjectReport, references: Sequence[Reference], catalogue: Catalogue) -> tuple[str, ...]:
    """Limits of one audit, the particular ones first."""
    out = []
    scaled = catalogue.scaled
    known_by_facts = [r for r in references if r.fingerprinted < r.works]
    if known_by_facts:
        without = sum(r.works - r.fingerprinted for r in known_by_facts)
        out.append(
            f"{without} of {sum(r.works for r in references)} works searched have no fingerprint: they can be found by "
            "identifier alone."
        )
    if subject.coverage < 1:
        out.append(f"{1 - subject.coverage:.2%} of the dataset was not read; see what was skipped.")
    shingling = catalogue.shingling
    if subject.too_short:
        out.append(
            f"{subject.too_short:,} of {subject.records:,} records are too short to judge: they have fewer than "
            f"{shingling.k} words, or {2 * shingling.k} ideographs or kana."
        )
    infos = [release.info for release in catalogue.releases]
    lacking = sorted(info.name for info in infos if info.fingerprinted and info.scaled(shingling) is None)
    if lacking:
        out.append(
            f"Commons without fingerprints of sensitivity {shingling.name} explain nothing here: {', '.join(lacking)}."
        )
    sampled = [(info.name, info.scaled(shingling)) for info in infos if info.status != "commons"]
    finer = sorted(f"{name} (1 in {own})" for name, own in sampled if own is not None and own < scaled)
    if finer:
        out.append(
            f"All was searched at the coarsest sampling, 1 in {scaled}; finer ones went unused: {', '.join(finer)}."
        )
    out.append(
        f"One shingle in {scaled} is sampled: a verbatim passage of {4 * scaled} words yields "
        f"{_hits(scaled, shingling.k)} sampled hashes on average, and two in one window are needed."
    )
    return (*out, *_ALWAYS)


def _hits(scaled: int, k: int) -> str:
    return f"{(4 * scaled - k + 1) / scaled:.1f}"
