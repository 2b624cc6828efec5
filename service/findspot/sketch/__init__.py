"""FracMinHash sketches and their statistics; datasketch MinHash signatures and their bands."""

from findspot.sketch.estimate import Comparison, Share, compare, containment, coverage, jaccard, lost_to_cuts
from findspot.sketch.frac import Sketches, largest_kept, shingle_column, sketch_column
from findspot.sketch.lsh import NEAR_DUPLICATE, Banding, band_keys, choose_bands
from findspot.sketch.recipe import (
    RECIPE_KEY,
    RECIPES,
    SignatureInfo,
    check_makeable,
    differences,
    parse_recipe,
    recipe_from_json,
    require_same,
    stated_recipe,
)
from findspot.sketch.shingling import (
    HIGH,
    NORMAL,
    SHINGLINGS,
    Shingling,
    shingling_named,
    shingling_of,
)
from findspot.sketch.signature import (
    OWN_RECIPE,
    sign_rows,
    signature_array,
    signature_column,
    signature_values,
    sketch_and_sign,
    to_datasketch,
)
from findspot.sketch.signature import jaccard as signature_jaccard

__all__ = [
    "HIGH",
    "NEAR_DUPLICATE",
    "NORMAL",
    "OWN_RECIPE",
    "RECIPES",
    "RECIPE_KEY",
    "SHINGLINGS",
    "Banding",
    "Comparison",
    "Share",
    "Shingling",
    "SignatureInfo",
    "Sketches",
    "band_keys",
    "check_makeable",
    "choose_bands",
    "compare",
    "containment",
    "coverage",
    "differences",
    "jaccard",
    "largest_kept",
    "lost_to_cuts",
    "parse_recipe",
    "recipe_from_json",
    "require_same",
    "shingle_column",
    "shingling_named",
    "shingling_of",
    "sign_rows",
    "signature_array",
    "signature_column",
    "signature_jaccard",
    "signature_values",
    "sketch_and_sign",
    "sketch_column",
    "stated_recipe",
    "to_datasketch",
]
