"""Signed tree heads: so many events, this root, signed then. They only grow, and no two have the same size."""

import logging
import time
from typing import Any

import rfc8785
from django.db import connection, transaction

from project.core.lookups import every_shop
from project.core.scope import shop_scope
from project.rights.ledger.keys import current_signer
from project.rights.ledger.stored import LedgerDamaged, StoredTree
from project.rights.models import LedgerHead, TreeHead
from project.shops.selectors import shop_facts

logger = logging.getLogger(__name__)

# What is signed begins with this, so that no other document of ours can be passed off as a head.
SIGNED_PREFIX = b"vouchsafe tree head v1\n"
_LOCK_CLASS = 0x737468  # "sth": one signer per shop at a time


def sign_head(*, shop_id: int) -> TreeHead | None:
    """Sign the ledger as it stands; None when the newest head covers it already.

    The head before is recomputed first: a ledger that no longer begins with what was signed is not signed again.
    Raises :class:`LedgerDamaged` then, and :class:`project.rights.ledger.keys.LogKeyUnusable` without a key.
    """
    with shop_scope(shop_id), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_CLASS, shop_id])
        size = entry_count(shop_id)
        before = latest_head()
        if size == 0 or (before is not None and before.tree_size >= size):
            return None
        log = shop_facts(shop_id).public_id
        stored = StoredTree(log)
        if before is not None and stored.root(before.tree_size).hex() != before.root_hash:
            raise LedgerDamaged(f"The first {before.tree_size} events are not those that were signed.")
        signer = current_signer()
        after = before.timestamp + 1 if before is not None else 0
        head = TreeHead(
            tree_size=size,
            root_hash=stored.root(size).hex(),
            timestamp=max(time.time_ns() // 1_000_000, after),
            key_id=signer.key_id,
        )
        head.signature = signer.sign(signed_bytes(head_document(head, log)))
        head.save()
        return head


def sign_due_heads() -> int:
    """Sign every shop's ledger that grew; returns how many. One that cannot be signed does not stop the others."""
    signed = 0
    for shop_id in every_shop():
        try:
            signed += sign_head(shop_id=shop_id) is not None
        except LedgerDamaged as error:
            logger.error("ledger.damaged", extra={"shop_id": shop_id, "reason": str(error)})
    return signed


def entry_count(shop_id: int) -> int:
    """How many events a shop's ledger has."""
    return LedgerHead.objects.filter(shop_id=shop_id).values_list("last_number", flat=True).first() or 0


def latest_head() -> TreeHead | None:
    return TreeHead.objects.order_by("-tree_size").first()


def head_of_size(size: int) -> TreeHead | None:
    return TreeHead.objects.filter(tree_size=size).first()


def head_document(head: TreeHead, log: str) -> dict[str, Any]:
    """A head as it is published. ``log``: the shop's public id."""
    return {
        "log": log,
        "tree_size": head.tree_size,
        "root_hash": head.root_hash,
        "timestamp": head.timestamp,
        "key_id": head.key_id,
        "signature": head.signature,
    }


def signed_bytes(document: dict[str, Any]) -> bytes:
    """What the signature is over: the prefix and the canonical JSON of everything else."""
    return SIGNED_PREFIX + rfc8785.dumps({name: value for name, value in document.items() if name != "signature"})


def head_bytes(document: dict[str, Any]) -> bytes:
    """A head with its signature as canonical JSON: what witnesses keep and what a time stamp is over."""
    return rfc8785.dumps(document)
