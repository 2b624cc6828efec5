"""Merkle tree of RFC 6962 (section 2.1) over any number of leaves, in memory of the order of their logarithm."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


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
        self.extend([data])

    def extend(self, data: Iterable[bytes]) -> None:
        """Append the leaves of ``data``, in order."""
        nodes = [sha256(b"\x00" + leaf).digest() for leaf in data]
        old, waiting = self._leaves, self._subtrees
        self._leaves += len(nodes)
        kept: list[bytes] = []
        while nodes or old:  # one level of the tree at a time, from the leaves up
            if old & 1:
                nodes.insert(0, waiting.pop())
            if len(nodes) & 1:
                kept.append(nodes.pop())
            nodes = [sha256(b"\x01" + a + b).digest() for a, b in zip(nodes[::2], nodes[1::2], strict=True)]
            old >>= 1
        self._subtrees = kept[::-1]

    def root(self) -> bytes:
        """The 32-byte root of the leaves so far; of none, the digest of nothing."""
        if not self._subtrees:
            return sha256().digest()
        node = self._subtrees[-1]
        for subtree in reversed(self._subtrees[:-1]):
            node = sha256(b"\x01" + subtree + node).digest()
        return node
