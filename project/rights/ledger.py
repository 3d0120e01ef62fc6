"""Appending to a shop's licence ledger: one numbered row per event, in the transaction that it tells of."""

from collections.abc import Mapping
from typing import Any

import rfc8785
from django.db import connection
from django.utils import timezone

from project.core.scope import current_shop_id
from project.rights.models import LicenceEvent

FORMAT_VERSION = 1


def append_event(kind: str, facts: Mapping[str, Any]) -> int:
    """Write the next event of the shop in scope; returns its number. ``facts``: ids, codes, numbers, hashes only."""
    shop_id = current_shop_id()
    now = timezone.now()
    number = _next_number(shop_id)
    body = {"v": FORMAT_VERSION, "number": number, "type": kind, "at": now.isoformat(), **facts}
    LicenceEvent.objects.create(number=number, body=rfc8785.dumps(body).decode(), at=now)
    return number


def _next_number(shop_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO rights_ledger_head (shop_id, last_number) VALUES (%s, 1) "
            "ON CONFLICT (shop_id) DO UPDATE SET last_number = rights_ledger_head.last_number + 1 "
            "RETURNING last_number",
            [shop_id],
        )
        return int(cursor.fetchone()[0])
