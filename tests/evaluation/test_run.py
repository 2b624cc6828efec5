"""The whole measurement on small data: right detectors are shown to be right, broken ones to be broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from findspot.audit import Level
from findspot.errors import UsageError
from findspot.evaluation import Settings, evaluate, read_layout, read_recipe
from findspot.evaluation.books import BookTrials, Condition, Design
from findspot.evaluation.recipe import EDITIONS, Edition
from findspot.evaluation.world import World

from .samples import words, write_layout

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from findspot.audit.model import ErrorRate
    from findspot.audit.rates import ErrorRates


NORMAL = Settings(("normal",))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_layout(tmp_path_factory.mktemp("eval") / "data")


@pytest.fixture(scope="module")
def measured(folder: Path) -> ErrorRates:
    return evaluate(read_layout(folder), NORMAL, quick=True)


def row(rates: ErrorRates, quantity: str, **stated: object) -> ErrorRate:
    wanted = {
        "sensitivity": "normal",
        "language": None,
        "length": None,
        "share": None,
        "chunk": None,
        "level": Level.FOUND,
        **stated,
    }
    (found,) = (
        r
        for r in rates.error_rates
        if r.quantity == quantity and all(getattr(r, name) == value for name, value in wanted.items())
    )
    return found


def test_a_detector_that_works_is_shown_to(measured: ErrorRates) -> None:
    assert row(measured, "false_positive_rate", noise="none").events == 0
    whole = row(measured, "false_negative_rate", noise="none", share=1.0, length=">=5k")
    assert (whole.events, whole.trials > 0) == (0, True)
    assert row(measured, "false_negative_rate", noise="edition").events == 0
    assert row(measured, "false_positive_rate", noise="same genre").events == 0
    assert row(measured, "false_negative_rate", noise="ocr, words lost <10 %", share=1.0).trials == 3
    assert row(measured, "false_negative_rate", detector="identifier", noise=None, level=None).estimate == 0.0
    by_signature = {"detector": "signature", "level": None}
    assert row(measured, "false_negative_rate", noise="none", share=1.0, **by_signature).events == 0
    assert row(measured, "false_positive_rate", noise="none", **by_signature).events == 0
    assert row(measured, "coverage_error", noise="none", level=None, length=">=5k").estimate < 0.05
    assert measured.data.works == 10


def test_the_same_data_and_seed_are_the_same_bytes(measured: ErrorRates, folder: Path) -> None:
    assert evaluate(read_layout(folder), Settings(("normal",), jobs=3), quick=True).to_json() == measured.to_json()
    other = evaluate(read_layout(folder), NORMAL, quick=True, seed=2)
    assert other.error_rates != measured.error_rates


class Blind(World):
    """A release that lacks the works: their titles are there, with other texts."""

    def collect(self, works: Mapping[str, str], *, signed: bool = False) -> None:
        super().collect({title: words(title, 3_000) for title in works}, signed=signed)


class Confused(World):
    """A release that holds under each title the text of another work."""

    def collect(self, works: Mapping[str, str], *, signed: bool = False) -> None:
        titles = list(works)
        super().collect(dict(zip(titles, [works[t] for t in titles[1:] + titles[:1]], strict=True)), signed=signed)


WHOLE = Design((Condition(512, 0.0),), seeds=1, most_texts=100)


@pytest.mark.parametrize(("blind", "quantity"), [(True, "false_negative_rate"), (False, "false_positive_rate")])
def test_a_broken_signature_detector_shows(blind: bool, quantity: str, folder: Path, tmp_path: Path) -> None:
    world = (Blind if blind else Confused)(tmp_path, NORMAL)
    design = Design((Condition(0, 0.0, "signature"),), seeds=1, most_texts=100)
    seen = [o for some in BookTrials("en", read_layout(folder).texts, design, 1).run(world) for o in some]
    values = {o.value for o in seen if o.quantity == quantity}
    assert values == {1.0} if blind else 1.0 in values


def events(world: World, folder: Path, quantity: str) -> list[float]:
    trials = BookTrials("en", read_layout(folder).texts, WHOLE, 1)
    seen = [o for some in trials.run(world) for o in some]
    return [o.value for o in seen if o.quantity == quantity and o.level is Level.PASSAGE]


def test_a_release_without_the_works_misses_every_one(folder: Path, tmp_path: Path) -> None:
    assert set(events(Blind(tmp_path, NORMAL), folder, "false_negative_rate")) == {1.0}


def test_a_release_that_confuses_works_reports_false_ones(folder: Path, tmp_path: Path) -> None:
    assert 1.0 in events(Confused(tmp_path, NORMAL), folder, "false_positive_rate")


def test_one_detector_may_be_measured_alone(folder: Path) -> None:
    rates = evaluate(read_layout(folder), detectors=["identifier"], quick=True)
    assert {r.sensitivity for r in rates.error_rates} == {"normal", "high"} == set(rates.scaled)
    assert {r.detector for r in rates.error_rates} == {"identifier"}
    with pytest.raises(UsageError, match="no detector 'tea leaves'"):
        evaluate(read_layout(folder), detectors=["tea leaves"])
    with pytest.raises(UsageError, match="no sensitivity 'highest'"):
        evaluate(read_layout(folder), Settings(("highest",)))


def test_too_few_texts_are_named(tmp_path: Path) -> None:
    rates = evaluate(read_layout(write_layout(tmp_path, books=3)), NORMAL, quick=True)
    assert any("en: 3 unrelated texts" in part for part in rates.data.left_out)
    assert row(rates, "false_negative_rate", noise="edition").events == 0


KJV = EDITIONS[0]


def test_the_recipe_reads_what_is_installed_and_names_the_rest() -> None:
    missing = Edition("findspot-no-such-edition", "1", "0" * 64, "None")
    old = Edition(KJV.package, "0.0.1", KJV.sha256, "Old")
    changed = Edition(KJV.package, KJV.version, "0" * 64, "Changed")
    material = read_recipe((KJV, missing, old, changed))
    assert len(material.texts) == 66
    assert [part.split(":")[1].split(",")[0].strip() for part in material.left_out] == [
        "is not installed",
        f"is version {KJV.version}",
        f"its text is not the one of {KJV.version}",
    ]
    (genesis,) = (text for text in material.texts if text.title == "Genesis")
    assert genesis.read().startswith("In the beginning God created the heaven and the earth")
    assert material.digest == read_recipe((KJV,)).digest != read_recipe((KJV,), "x").name


def test_without_any_text_the_recipe_says_how_to_get_them() -> None:
    with pytest.raises(UsageError, match="no labelled texts") as caught:
        read_recipe((Edition("findspot-no-such-edition", "1", "0" * 64, "None"),))
    assert "findspot[eval]" in caught.value.advice


def test_a_revision_is_an_edition_and_no_text_of_its_own() -> None:
    revised = Edition(KJV.package, KJV.version, KJV.sha256, "Revised", revises=KJV.package)
    material = read_recipe((KJV, revised))
    assert len(material.texts) == 66
    assert len(material.pairs) == 66
    assert {pair.noise for pair in material.pairs} == {"edition"}


@pytest.mark.slow
@pytest.mark.data
def test_real_books(test_data: Path) -> None:
    rates = evaluate(read_layout(test_data), Settings(("normal",), jobs=2), quick=True)
    long = {"noise": "none", "length": ">=5k"}
    assert row(rates, "false_negative_rate", share=1.0, **long).estimate <= 0.02
    assert row(rates, "false_positive_rate", noise="none").high <= 0.01
    assert row(rates, "coverage_error", level=None, **long).estimate <= 0.03
    assert len(rates.data.languages) >= 5
