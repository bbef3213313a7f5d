"""Merkle trees as RFC 6962 defines them."""

import hashlib

import pytest

from lienthong.common.merkle import leaf_hash, odd_leaf, path_to, paths_to, root_by, root_of


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word by word."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + by_definition(leaves[:split]) + by_definition(leaves[split:])).digest()


@pytest.mark.parametrize("size", [*range(1, 20), 31, 32, 33, 100])
def test_every_leaf_is_proven_and_nothing_else(size: int) -> None:
    leaves = [bytes([number]) * 32 for number in range(size)]
    root = root_of(leaves)
    assert root == by_definition(leaves)
    paths = paths_to(leaves, range(size))
    for index, leaf in enumerate(leaves):
        path = path_to(leaves, index)
        assert path == paths[index]
        assert root_by(leaf, index, size, path) == root
        assert root_by(b"other", index, size, path) != root
        assert root_by(leaf, index, size, [*path, root]) is None
        assert not path or root_by(leaf, index, size, path[:-1]) is None
        assert size == 1 or root_by(leaf, (index + 1) % size, size, path) != root


def test_a_node_does_not_pass_for_a_leaf() -> None:
    leaves = [b"a" * 32, b"b" * 32]
    assert root_of([leaf_hash(leaves[0]) + leaf_hash(leaves[1])]) != root_of(leaves)
    assert root_by(b"a", 1, 1, []) is None
    with pytest.raises(ValueError, match="leaves"):
        root_of([])
    with pytest.raises(IndexError):
        path_to(leaves, 2)
    with pytest.raises(IndexError):
        paths_to(leaves, [0, -1])


@pytest.mark.parametrize("size", range(2, 40))
def test_the_one_leaf_that_is_too_many_is_found(size: int) -> None:
    leaves = [n.to_bytes(2, "big") for n in range(size)]
    for index in range(size):
        assert odd_leaf(leaves, root_of(leaves[:index] + leaves[index + 1 :])) == index
    assert odd_leaf(leaves, root_of(leaves)) is None
    assert odd_leaf(leaves, root_of([*leaves[1:-1], b"another"])) is None
