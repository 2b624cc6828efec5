"""The Merkle root against the recursive definition of RFC 6962, section 2.1."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from findspot.dataset import MerkleTree


def by_definition(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + by_definition(leaves[:split]) + by_definition(leaves[split:])).digest()


def root(leaves: list[bytes]) -> bytes:
    tree = MerkleTree()
    for leaf in leaves:
        tree.add(leaf)
    assert len(tree) == len(leaves)
    return tree.root()


@given(st.lists(st.binary(max_size=4), max_size=70))
def test_root_is_that_of_the_definition(leaves: list[bytes]) -> None:
    assert root(leaves) == by_definition(leaves)


@given(st.lists(st.lists(st.binary(max_size=4), max_size=20), max_size=8))
def test_leaves_may_come_in_batches_of_any_size(batches: list[list[bytes]]) -> None:
    tree = MerkleTree()
    for batch in batches:
        tree.extend(batch)
    leaves = [leaf for batch in batches for leaf in batch]
    assert len(tree) == len(leaves)
    assert tree.root() == by_definition(leaves)


def test_every_size_up_to_a_few_powers_of_two() -> None:
    leaves = [bytes([number]) for number in range(130)]
    for size in range(len(leaves) + 1):
        assert root(leaves[:size]) == by_definition(leaves[:size])


def test_known_values_of_certificate_transparency() -> None:
    # Test vectors of the reference implementation (google/certificate-transparency, merkle_tree_test.cc).
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    leaves = [bytes.fromhex(value) for value in inputs]
    assert root(leaves[:1]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert root(leaves[:2]).hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert root(leaves).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def test_memory_is_logarithmic() -> None:
    tree = MerkleTree()
    for number in range(100_000):
        tree.add(number.to_bytes(4, "big"))
    assert len(tree._subtrees) <= 17
