"""Collections and their releases: build them, install them, search them."""

from findspot.reference.build import Built, build_release
from findspot.reference.facts import CollectionFacts, WorkFacts, make_facts
from findspot.reference.library import Installed, Library, home_dir
from findspot.reference.open_release import OpenRelease, WorkRow, WorkSketches, shipped_releases
from findspot.reference.release import Kind, ReleaseInfo, Status, read_release, verify_files

__all__ = [
    "Built",
    "CollectionFacts",
    "Installed",
    "Kind",
    "Library",
    "OpenRelease",
    "ReleaseInfo",
    "Status",
    "WorkFacts",
    "WorkRow",
    "WorkSketches",
    "build_release",
    "home_dir",
    "make_facts",
    "read_release",
    "shipped_releases",
    "verify_files",
]
