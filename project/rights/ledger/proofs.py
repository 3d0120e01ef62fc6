"""Proofs over the part of a shop's ledger that is signed. Reads only; all inside the shop's scope."""

from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

from project.core.errors import InvalidInput, NotFound
from project.core.scope import current_shop_id
from project.rights.ledger.heads import head_of_size, latest_head
from project.rights.ledger.stored import StoredTree
from project.rights.ledger.tree import consistency_path, inclusion_path
from project.rights.models import TreeHead


@dataclass(frozen=True)
class Inclusion:
    """Entry ``number`` (from 1) is in the tree of this size; hashes in hex."""

    number: int
    leaf_hash: str
    tree_size: int
    root_hash: str
    path: tuple[str, ...]


@dataclass(frozen=True)
class Consistency:
    """The tree of ``second`` entries begins with the tree of ``first`` entries; hashes in hex."""

    first: int
    second: int
    first_root: str
    second_root: str
    path: tuple[str, ...]


def newest_head() -> TreeHead:
    """The newest signed head. Raises :class:`NotFound` before the first one."""
    head = latest_head()
    if head is None:
        raise NotFound(_("This ledger has no signed head yet. One is made within seconds of its first entry."))
    return head


def signed_head(size: int) -> TreeHead:
    """The head over exactly ``size`` entries. Raises :class:`NotFound` where none was signed."""
    head = head_of_size(size)
    if head is None:
        raise NotFound(
            _("No head was signed over exactly %(size)d entries. The newest covers %(newest)d.")
            % {"size": size, "newest": newest_head().tree_size}
        )
    return head


def inclusion(log: str, number: int, size: int) -> Inclusion:
    """Proof that entry ``number`` is among the first ``size``. Raises :class:`InvalidInput` beyond what is signed."""
    _check_size("size", size)
    if not 1 <= number <= size:
        raise InvalidInput(
            _("Entry %(number)d is not in a tree of %(size)d entries; they count from 1.")
            % {"number": number, "size": size},
            fields={"leaf": [_("Choose an entry of the tree.")]},
        )
    stored = StoredTree(log)
    path = inclusion_path(number - 1, size, stored.hash_of)
    (leaf,) = stored.leaves(number - 1, number)
    return Inclusion(number, leaf.hex(), size, stored.root(size).hex(), _hex(path))


def consistency(log: str, first: int, second: int) -> Consistency:
    """Proof that the log only grew between two sizes. Raises :class:`InvalidInput` outside of what is signed."""
    _check_size("second", second)
    if not 1 <= first <= second:
        raise InvalidInput(
            _("The earlier tree must have between 1 and %(size)d entries, as many as the later one at most.")
            % {"size": second},
            fields={"first": [_("Choose a smaller number.")]},
        )
    stored = StoredTree(log)
    path = consistency_path(first, second, stored.hash_of)
    return Consistency(first, second, stored.root(first).hex(), stored.root(second).hex(), _hex(path))


def number_of_leaf(leaf_hash: str) -> int:
    """The number of the entry with this leaf hash. Raises :class:`NotFound`. Reads the whole ledger."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number FROM rights_licence_event WHERE shop_id = %s AND number <= %s "
            "AND sha256('\\x00'::bytea || convert_to(body, 'UTF8')) = %s LIMIT 1",
            [current_shop_id(), newest_head().tree_size, bytes.fromhex(leaf_hash)],
        )
        row = cursor.fetchone()
    if row is None:
        raise NotFound(_("No signed entry of this ledger has that leaf hash."))
    return int(row[0])


def _check_size(field: str, size: int) -> None:
    newest = newest_head().tree_size
    if not 1 <= size <= newest:
        raise InvalidInput(
            _("The newest signed head covers %(newest)d entries; choose a size from 1 to that.") % {"newest": newest},
            fields={field: [_("Choose a size that is signed.")]},
        )


def _hex(path: list[bytes]) -> tuple[str, ...]:
    return tuple(step.hex() for step in path)
