"""Bytes to tokens to shingle hashes: scheme ``fs1`` and its kernels."""

from findspot.text.scheme import SCALED, SCHEME, UNICODE_VERSION, WORD, K

__all__ = ["SCALED", "SCHEME", "UNICODE_VERSION", "WORD", "K"]
