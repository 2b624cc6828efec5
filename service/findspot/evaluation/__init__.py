"""Measured error rates: labelled data in, through the real pipeline, rows of errors with intervals out.

The door is :func:`evaluate`; :func:`read_layout` and :func:`read_recipe` find the labelled data.
"""

from findspot.evaluation.layout import read_layout
from findspot.evaluation.material import Listed, Material, Pair, Scan
from findspot.evaluation.recipe import EDITIONS, INSTALL, read_recipe
from findspot.evaluation.run import DETECTORS, evaluate
from findspot.evaluation.texts import Text
from findspot.evaluation.world import Settings

__all__ = [
    "DETECTORS",
    "EDITIONS",
    "INSTALL",
    "Listed",
    "Material",
    "Pair",
    "Scan",
    "Settings",
    "Text",
    "evaluate",
    "read_layout",
    "read_recipe",
]
