"""Merkle tree of RFC 6962 (section 2.1) over any number of leaves, in memory of the order of their logarithm."""

from __future__ import annotations

from hashlib import sha256


class MerkleTree:
    """Takes leaves in order and knows their root at any time.

    Holds the roots of the complete subtrees only, largest first: one for each bit that is set in the number of leaves.
    """

    def __init__(self) -> None:
        self._subtrees: list[bytes] = []
        self._leaves = 0

    def __len__(self) -> int:
        return self._leaves

    def add(self, data: bytes) -> None:
        """Append the leaf of ``data``."""
        node = sha256(b"\x00" + data).digest()
        count = self._leaves
        while count & 1:  # two complete subtrees of one size make the next larger one
            node = sha256(b"\x01" + self._subtrees.pop() + node).digest()
            count >>= 1
        self._subtrees.append(node)
        self._leaves += 1

    def root(self) -> bytes:
        """The 32-byte root of the leaves so far; of none, the digest of nothing."""
        if not self._subtrees:
            return sha256().digest()
        node = self._subtrees[-1]
        for subtree in reversed(self._subtrees[:-1]):
            node = sha256(b"\x01" + subtree + node).digest()
        return node
