"""FracMinHash sketches and their statistics."""

from findspot.sketch.frac import Sketches, largest_kept, sketch_column

__all__ = ["Sketches", "largest_kept", "sketch_column"]
