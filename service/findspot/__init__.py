"""Findspot: which known works are in a training dataset, how much of each, on what evidence."""

__version__ = "0.1.0"
