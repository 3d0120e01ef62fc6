"""P4 and the arithmetic: known trees, and proofs that hold for exactly what they prove."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.rights.ledger.tree import (
    EMPTY_ROOT,
    Frontier,
    consistency_path,
    extends,
    includes,
    inclusion_path,
    leaf_hash,
    ranges_of,
    root,
)

# The entries and roots that implementations of RFC 6962 (Certificate Transparency) have tested with since 2013.
ENTRIES = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
ENTRIES.append(bytes.fromhex("606162636465666768696a6b6c6d6e6f"))
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
FLIPS = st.tuples(st.integers(0, 31), st.integers(0, 7))


def naive(entries: list[bytes]) -> bytes:
    """The definition, word for word, and nothing in common with the code under test."""
    if not entries:
        return sha256().digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return sha256(b"\x01" + naive(entries[:k]) + naive(entries[k:])).digest()


def flipped(value: bytes, at: tuple[int, int]) -> bytes:
    byte, bit = at
    changed = bytearray(value)
    changed[byte] ^= 1 << bit
    return bytes(changed)


@pytest.mark.parametrize("size", range(9))
def test_p4_known_trees_of_sizes_0_to_8_match(size: int) -> None:
    assert root(LEAVES[:size]).hex() == ROOTS[size] == naive(ENTRIES[:size]).hex()


def test_p4_known_inclusion_proofs_match() -> None:
    assert [step.hex() for step in inclusion_path(0, 8, ranges_of(LEAVES))] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    assert [step.hex() for step in inclusion_path(5, 8, ranges_of(LEAVES))] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_p4_known_consistency_proofs_match() -> None:
    assert consistency_path(1, 1, ranges_of(LEAVES)) == []
    assert [step.hex() for step in consistency_path(6, 8, ranges_of(LEAVES))] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_every_tree_has_the_root_of_the_definition_leaf_by_leaf(entries: list[bytes]) -> None:
    frontier = Frontier()
    assert frontier.root() == EMPTY_ROOT
    for size, entry in enumerate(entries, start=1):
        frontier.add(leaf_hash(entry))
        assert frontier.size == size
        assert frontier.root() == naive(entries[:size])


@st.composite
def trees(draw: st.DrawFn) -> tuple[list[bytes], int, int]:
    """Leaf hashes, a leaf's index, and an earlier size."""
    size = draw(st.integers(1, 130))
    leaves = [leaf_hash(n.to_bytes(2, "big")) for n in range(size)]
    return leaves, draw(st.integers(0, size - 1)), draw(st.integers(1, size))


@given(trees(), FLIPS, st.integers(0, 10), st.integers(1, 200))
def test_every_inclusion_proof_holds_and_every_altered_one_fails(
    tree: tuple[list[bytes], int, int], at: tuple[int, int], which: int, by: int
) -> None:
    leaves, index, _earlier = tree
    size, top = len(leaves), root(leaves)
    path = inclusion_path(index, size, ranges_of(leaves))
    assert includes(leaf=leaves[index], index=index, size=size, path=path, root=top)
    assert not includes(leaf=flipped(leaves[index], at), index=index, size=size, path=path, root=top)
    assert not includes(leaf=leaves[index], index=index, size=size, path=path, root=flipped(top, at))
    assert not includes(leaf=leaves[index], index=index, size=size, path=[*path, top], root=top)
    other = (index + by) % size
    if other != index:
        assert not includes(leaf=leaves[index], index=other, size=size, path=path, root=top)
    if path:
        changed = list(path)
        changed[which % len(path)] = flipped(changed[which % len(path)], at)
        assert not includes(leaf=leaves[index], index=index, size=size, path=changed, root=top)
        assert not includes(leaf=leaves[index], index=index, size=size, path=path[:-1], root=top)
    assert not includes(leaf=leaves[index], index=size, size=size, path=path, root=top)
    assert not includes(leaf=leaves[index], index=-1, size=size, path=path, root=top)


@given(trees(), FLIPS, st.integers(0, 10))
def test_every_consistency_proof_holds_and_every_altered_one_fails(
    tree: tuple[list[bytes], int, int], at: tuple[int, int], which: int
) -> None:
    leaves, _index, first = tree
    second, top, old = len(leaves), root(leaves), root(leaves[:first])
    path = consistency_path(first, second, ranges_of(leaves))
    facts = {"first": first, "first_root": old, "second": second, "second_root": top}
    assert extends(**facts, path=path)  # type: ignore[arg-type]
    assert not extends(**{**facts, "first_root": flipped(old, at)}, path=path)  # type: ignore[arg-type]
    assert not extends(**{**facts, "second_root": flipped(top, at)}, path=path)  # type: ignore[arg-type]
    assert not extends(**facts, path=[*path, top])  # type: ignore[arg-type]
    assert not extends(**{**facts, "first": 0}, path=path)  # type: ignore[arg-type]
    assert not extends(**{**facts, "first": second + 1}, path=path)  # type: ignore[arg-type]
    if path:
        changed = list(path)
        changed[which % len(path)] = flipped(changed[which % len(path)], at)
        assert not extends(**facts, path=changed)  # type: ignore[arg-type]
        assert not extends(**facts, path=path[:-1])  # type: ignore[arg-type]


@given(trees(), FLIPS)
def test_no_proof_joins_a_forked_tree_to_the_one_before(
    tree: tuple[list[bytes], int, int], at: tuple[int, int]
) -> None:
    leaves, index, first = tree
    forked = list(leaves)
    forked[index] = flipped(forked[index], at)
    path = consistency_path(first, len(leaves), ranges_of(forked))
    joined = extends(
        first=first, first_root=root(leaves[:first]), second=len(leaves), second_root=root(forked), path=path
    )
    # A leaf after the earlier tree may be what it likes; one inside it may not.
    assert joined is (index >= first)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_a_proof_for_a_leaf_outside_is_refused(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        inclusion_path(index, size, ranges_of(LEAVES))


@pytest.mark.parametrize(("first", "second"), [(0, 3), (4, 3)])
def test_a_proof_between_sizes_that_do_not_follow_is_refused(first: int, second: int) -> None:
    with pytest.raises(ValueError, match="larger"):
        consistency_path(first, second, ranges_of(LEAVES))
