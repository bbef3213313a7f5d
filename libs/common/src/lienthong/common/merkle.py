"""Merkle trees of RFC 6962 section 2.1 over SHA-256: one root for many leaves, and a short proof for each.

A leaf and a node are hashed with different first bytes, so that none can pass for the other.
"""

import hashlib
from collections.abc import Sequence


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaves in their order. Raises ValueError for none at all."""
    if not leaves:
        raise ValueError("a tree has leaves")
    return _levels(leaves)[-1][0]


def path_to(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """What proves that leaf `index` is under the root, from the bottom up. Raises IndexError."""
    return paths_to(leaves, [index])[0]


def paths_to(leaves: Sequence[bytes], indices: Sequence[int]) -> list[list[bytes]]:
    """The same for several leaves of one tree, which is built once. Raises IndexError."""
    if any(not 0 <= index < len(leaves) for index in indices):
        raise IndexError(*indices)
    below_root = _levels(leaves)[:-1]
    return [_path(below_root, index) for index in indices]


def root_by(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a path from leaf `index` of `size` leads to (RFC 9162 section 2.1.3.2); None if it is no path."""
    if not 0 <= index < size:
        return None
    place, last, found, rest = index, size - 1, leaf_hash(leaf), list(path)
    while last:
        if place & 1 or place != last:
            if not rest:
                return None
            beside = rest.pop(0)
            found = _node(beside, found) if place & 1 else _node(found, beside)
        place, last = place >> 1, last >> 1
    return None if rest else found


def _path(below_root: Sequence[Sequence[bytes]], index: int) -> list[bytes]:
    path: list[bytes] = []
    for level in below_root:
        beside = index ^ 1
        if beside < len(level):
            path.append(level[beside])
        index >>= 1
    return path


def odd_leaf(leaves: Sequence[bytes], root: bytes) -> int | None:
    """Which one leaf is too many: the others lead to this root. None where no single one is."""
    if len(leaves) < 2:
        return None
    before, behind = _levels(leaves[:-1]), _levels(leaves[1:])
    return next((index for index in range(len(leaves)) if _root_without(before, behind, index) == root), None)


def _root_without(before: Sequence[Sequence[bytes]], behind: Sequence[Sequence[bytes]], index: int) -> bytes:
    """The root without leaf `index`: what stands in front of it is as in `before`, what follows it as in `behind`.

    On each level at most one node, `mixed`, is above leaves of both.
    """
    mixed = b""
    for level in range(1, len(before)):
        place, below = index >> level, level - 1
        if place << level == index or place >= len(before[level]):
            continue
        children: list[bytes] = []
        for child in range(2 * place, min(2 * place + 2, len(before[below]))):
            if (child + 1) << below <= index:
                children.append(before[below][child])
            else:
                children.append(behind[below][child] if child << below >= index else mixed)
        mixed = _node(*children) if len(children) > 1 else children[0]
    return mixed or (behind if index == 0 else before)[-1][0]


def _levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """All levels, the leaves' hashes first; a node without a neighbour goes up as it is, which is RFC 6962's split."""
    levels = [[leaf_hash(leaf) for leaf in leaves]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        above = [_node(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
        levels.append(above + below[len(below) // 2 * 2 :])
    return levels


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
