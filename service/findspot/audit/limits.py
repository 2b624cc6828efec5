"""What a report does not show, said in every report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from findspot.audit.model import Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from findspot.audit.catalogue import Catalogue
    from findspot.audit.model import Detection, Reference, SubjectReport

_ALWAYS = (
    "A match shows that text of a work, or an identifier of it, is in the dataset. It does not show where it was "
    "obtained, that it was used in training, or that its use infringes a right.",
    "A passage may be a quotation; the same passage in many records is one passage.",
    "A work that is not reported may be there in translation, in paraphrase, or in pieces too short to be sampled.",
)


def limits_of(
    subject: SubjectReport, references: Sequence[Reference], catalogue: Catalogue, detection: Detection | None
) -> tuple[str, ...]:
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
    out += _undetected(detection)
    return (*out, *_ALWAYS)


def _undetected(detection: Detection | None) -> list[str]:
    """What is too short to be seen in a dataset of this size."""
    out = []
    for script in detection.scripts if detection else ():
        which = "" if script.script == "spaced" else " in scripts without spaces"
        least = script.shortest[Level.PASSAGE]
        length = f"of fewer than {least:,} tokens" if least else "of any length"
        out.append(f"A verbatim passage {length}{which} may be missed in a dataset of this size.")
    return out
