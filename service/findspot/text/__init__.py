"""Bytes to tokens to shingle hashes: scheme ``fs1`` and its kernels."""

from findspot.text.scheme import K_UNSPACED, SCALED, SCHEME, UNICODE_VERSION, K

__all__ = ["K_UNSPACED", "SCALED", "SCHEME", "UNICODE_VERSION", "K"]
