"""Errors as a scanner makes them, at a given rate of characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import random

#: Of the errors, those that put another character; of the others, half drop one and half put a space after one.
_SUBSTITUTED = 0.6


def misread(text: str, rate: float, rng: random.Random) -> str:
    """Substitute, drop or split at ``rate`` per character; what is put comes from elsewhere in the same text."""
    if not rate or not text:
        return text
    draws = np.random.default_rng(rng.getrandbits(64))
    places = np.flatnonzero(draws.random(len(text)) < rate)
    kinds = draws.random(len(places))
    others = draws.integers(len(text), size=len(places))
    out, done = [], 0
    for place, kind, other in zip(places.tolist(), kinds.tolist(), others.tolist(), strict=True):
        out.append(text[done:place])
        if kind < _SUBSTITUTED:
            out.append(text[other])
        elif kind >= (1 + _SUBSTITUTED) / 2:
            out.append(text[place] + " ")
        done = place + 1
    out.append(text[done:])
    return "".join(out)


def noise_name(rate: float) -> str:
    """What rows call it: ``none``, ``characters 2 %``."""
    return f"characters {rate * 100:g} %" if rate else "none"
