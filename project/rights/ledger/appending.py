"""Appending to a shop's licence ledger: one numbered row per event, in the transaction that it tells of.

An event names the hash of the one before it. The signed tree heads show *that* the ledger was altered, these links show
*where*: `verify_ledger` names the first bad entry by them.
"""

from collections.abc import Mapping
from typing import Any

import rfc8785
from django.db import connection
from django.utils import timezone

from project.core.scope import current_shop_id
from project.rights.ledger.tree import leaf_hash
from project.rights.models import LicenceEvent

# 1: without ``prev``.
FORMAT_VERSION = 2


def append_event(kind: str, facts: Mapping[str, Any]) -> int:
    """Write the next event of the shop in scope; returns its number. ``facts``: ids, codes, numbers, hashes only.

    Costs the same however long the ledger is. The row lock on the ledger's head orders the writers of a shop, so the
    event before is committed and seen.
    """
    shop_id = current_shop_id()
    number = _next_number(shop_id)
    now = timezone.now()
    body = {
        "v": FORMAT_VERSION,
        "number": number,
        "type": kind,
        "at": now.isoformat(),
        "prev": _hash_of_event(number - 1),
        **facts,
    }
    LicenceEvent.objects.create(number=number, body=rfc8785.dumps(body).decode(), at=now)
    return number


def _hash_of_event(number: int) -> str | None:
    """The leaf hash of an event; None before the first one."""
    body = LicenceEvent.objects.filter(number=number).values_list("body", flat=True).first()
    return None if body is None else leaf_hash(body.encode()).hex()


def _next_number(shop_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO rights_ledger_head (shop_id, last_number) VALUES (%s, 1) "
            "ON CONFLICT (shop_id) DO UPDATE SET last_number = rights_ledger_head.last_number + 1 "
            "RETURNING last_number",
            [shop_id],
        )
        return int(cursor.fetchone()[0])
