"""Merkle trees by RFC 9162 §2.1: roots, inclusion and consistency proofs, and how they are checked. Pure.

Proofs are made out of hashes of ranges: ``hash_of(start, end)`` is the root over the leaves ``start`` to ``end`` (not
included). A list gives them by :func:`ranges_of`; the database by :class:`project.rights.ledger.stored.StoredTree`.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

RangeHash = Callable[[int, int], bytes]

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry; the prefix keeps an entry from passing for a node."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree's right edge: enough to add leaves one by one and to know the root, in the space of its height."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Each trailing one bit of the size is a full subtree that the new leaf completes to a larger one."""
        size = self.size
        while size & 1:
            leaf = node_hash(self._peaks.pop(), leaf)
            size >>= 1
        self._peaks.append(leaf)
        self.size += 1

    def copy(self) -> "Frontier":
        """Another frontier at the same place, to try a leaf out."""
        other = Frontier()
        other.size, other._peaks = self.size, list(self._peaks)
        return other

    def root(self) -> bytes:
        if not self._peaks:
            return EMPTY_ROOT
        found = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            found = node_hash(peak, found)
        return found


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    return frontier.root()


def ranges_of(leaves: Sequence[bytes]) -> RangeHash:
    """Range hashes of a list of leaf hashes."""
    return lambda start, end: root(leaves[start:end])


def middle_of(start: int, end: int) -> int:
    """Where a range of at least two leaves splits: after the largest power of two that is smaller than its length."""
    return start + (1 << ((end - start - 1).bit_length() - 1))


def inclusion_path(index: int, size: int, hash_of: RangeHash) -> list[bytes]:
    """The hashes that lead from leaf ``index`` (from 0) to the root over ``size`` leaves, leaf's side first."""
    if not 0 <= index < size:
        raise ValueError("the leaf lies outside the tree")

    def path(start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = middle_of(start, end)
        if index < middle:
            return [*path(start, middle), hash_of(middle, end)]
        return [*path(middle, end), hash_of(start, middle)]

    return path(0, size)


def consistency_path(first: int, second: int, hash_of: RangeHash) -> list[bytes]:
    """The hashes that show that the tree over ``second`` leaves begins with the tree over ``first`` leaves."""
    if not 0 < first <= second:
        raise ValueError("the earlier tree has at least one leaf and is not larger than the later one")

    def path(start: int, end: int, *, is_known: bool) -> list[bytes]:
        if first == end:
            return [] if is_known else [hash_of(start, end)]
        middle = middle_of(start, end)
        if first <= middle:
            return [*path(start, middle, is_known=is_known), hash_of(middle, end)]
        return [*path(middle, end, is_known=False), hash_of(start, middle)]

    return path(0, second, is_known=True)


def includes(*, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether ``path`` proves the leaf at ``index`` in the tree of that size and root (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    inner, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if inner & 1 or inner == last:
            found = node_hash(step, found)
            while inner and not inner & 1:
                inner, last = inner >> 1, last >> 1
        else:
            found = node_hash(found, step)
        inner, last = inner >> 1, last >> 1
    return last == 0 and found == root


def extends(*, first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether ``path`` proves that the second tree begins with the first (RFC 9162 §2.1.4.2)."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not path and first_root == second_root
    # A first tree of a power of two is itself the first step; the proof leaves out what is known.
    steps = [first_root, *path] if first & (first - 1) == 0 else list(path)
    if not path:
        return False
    inner, last = first - 1, second - 1
    while inner & 1:
        inner, last = inner >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if inner & 1 or inner == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while inner and not inner & 1:
                inner, last = inner >> 1, last >> 1
        else:
            new = node_hash(new, step)
        inner, last = inner >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root
