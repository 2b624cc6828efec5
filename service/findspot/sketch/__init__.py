"""FracMinHash sketches and their statistics."""

from findspot.sketch.estimate import Share, containment, total
from findspot.sketch.frac import Sketches, largest_kept, sketch_column

__all__ = ["Share", "Sketches", "containment", "largest_kept", "sketch_column", "total"]
