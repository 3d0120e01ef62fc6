"""The tree over a shop's events as they are stored.

PostgreSQL hashes the leaves, so that no body travels. The roots of full stretches of leaves are kept in the process:
they never change, and with them a proof over a hundred thousand events reads a few thousand hashes at most.
"""

import threading
from collections import OrderedDict

from django.db import connection

from project.core.errors import VouchsafeError
from project.core.scope import current_shop_id
from project.rights.ledger.tree import middle_of, node_hash, root

# A power of two, so that every stretch is a subtree.
STRETCH = 1024
# How many stretches are hashed by one statement: 2 MB of leaf hashes.
STRETCHES_AT_ONCE = 64
_KEPT = 65_536
_HASH_BYTES = 32

_kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
_kept_lock = threading.Lock()


class LedgerDamaged(VouchsafeError):
    """Events are missing or altered: nothing may be signed or proved over them. ``verify_ledger`` says which."""

    status = 500


class StoredTree:
    """Range hashes of the shop in scope. ``log``: the shop's public id, which names what is kept in the process."""

    def __init__(self, log: str) -> None:
        self._log = log
        self._shop_id = current_shop_id()
        self._near: dict[int, list[bytes]] = {}

    def root(self, size: int) -> bytes:
        """The root over the first ``size`` events. Raises :class:`LedgerDamaged` when some are missing."""
        return self.hash_of(0, size) if size else root(())

    def hash_of(self, start: int, end: int) -> bytes:
        """The hash of a range, as proofs need it."""
        if end - start == STRETCH and start % STRETCH == 0:
            return self._stretch(start, end)
        if start // STRETCH == (end - 1) // STRETCH:
            return root(self.leaves(start, end))
        middle = middle_of(start, end)
        if end - start > STRETCH:
            self._prepare(start, end)
        return node_hash(self.hash_of(start, middle), self.hash_of(middle, end))

    def leaves(self, start: int, end: int) -> list[bytes]:
        """The leaf hashes of the events ``start`` + 1 to ``end``, which lie in one stretch."""
        base = start - start % STRETCH
        if base not in self._near:
            # A proof asks for many parts of the stretch that its leaf lies in.
            self._near[base] = self._read(base, base + STRETCH)
        found = self._near[base][start - base : end - base]
        if len(found) != end - start:
            raise LedgerDamaged(f"Of the events {start + 1} to {end} some are missing.")
        return found

    def _read(self, start: int, end: int) -> list[bytes]:
        """The same of any length, as far as there are events."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT string_agg(sha256('\\x00'::bytea || convert_to(body, 'UTF8')), ''::bytea ORDER BY number), "
                "coalesce(max(number), %s) FROM rights_licence_event "
                "WHERE shop_id = %s AND number > %s AND number <= %s",
                [start, self._shop_id, start, end],
            )
            joined, last = cursor.fetchone()
        found = bytes(joined or b"")
        if len(found) != (last - start) * _HASH_BYTES:
            raise LedgerDamaged(f"Of the events {start + 1} to {last} some are missing.")
        return [found[at : at + _HASH_BYTES] for at in range(0, len(found), _HASH_BYTES)]

    def _prepare(self, start: int, end: int) -> None:
        """Hash what is missing of a long range in few statements instead of one per stretch."""
        first = start
        while first + STRETCH <= end:
            if self._get(first) is not None:
                first += STRETCH
                continue
            last = min(first + STRETCH * STRETCHES_AT_ONCE, end - (end - start) % STRETCH)
            leaves = self._read(first, last)
            if len(leaves) != last - first:
                raise LedgerDamaged(f"The events end before number {last}.")
            for at in range(first, last, STRETCH):
                self._put(at, root(leaves[at - first : at - first + STRETCH]))
            first = last

    def _stretch(self, start: int, end: int) -> bytes:
        found = self._get(start)
        if found is None:
            found = root(self.leaves(start, end))
            self._put(start, found)
        return found

    def _get(self, start: int) -> bytes | None:
        with _kept_lock:
            found = _kept.get((self._log, start))
            if found is not None:
                _kept.move_to_end((self._log, start))
            return found

    def _put(self, start: int, found: bytes) -> None:
        with _kept_lock:
            _kept[(self._log, start)] = found
            while len(_kept) > _KEPT:
                _kept.popitem(last=False)
