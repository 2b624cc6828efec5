"""FracMinHash sketches and their statistics; datasketch MinHash signatures."""

from findspot.sketch.estimate import Share, containment
from findspot.sketch.frac import Sketches, largest_kept, sketch_column
from findspot.sketch.signature import (
    SIGNATURE_PERMUTATIONS,
    SIGNATURE_SCHEME,
    SIGNATURE_SEED,
    signature_column,
)

__all__ = [
    "SIGNATURE_PERMUTATIONS",
    "SIGNATURE_SCHEME",
    "SIGNATURE_SEED",
    "Share",
    "Sketches",
    "containment",
    "largest_kept",
    "signature_column",
    "sketch_column",
]
