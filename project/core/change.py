"""A change: state, audit and the news of it, committed together (law 10).

    with change(shop_id=shop.id, actor_id=user.id) as unit:
        ...conditional updates...
        unit.audit("item.approved", "item", item.public_id, reason="ok")
        unit.emit(ItemsApproved(item_ids=(item.public_id,)))

Nested changes join the outermost one. Numbers are taken last, right before the commit, under the shop's row
lock, so that they are gapless, stand in commit order, and the lock is held as briefly as can be.
"""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from project.core.errors import ScopeMissing
from project.core.events import Event
from project.core.models import AuditEntry
from project.core.scope import shop_scope

logger = logging.getLogger(__name__)


@dataclass
class Change:
    """The open unit of work of one shop."""

    shop_id: int
    actor_id: int | None
    events: list[Event] = field(default_factory=list)
    entries: list[AuditEntry] = field(default_factory=list)

    def emit(self, event: Event) -> None:
        """Tell the shop's subscribers, once this change is committed."""
        self.events.append(event)

    def audit(self, action: str, object_type: str, object_id: str, **data: Any) -> None:
        """Record who did what; ``data`` holds ids, codes and numbers only, never text or names."""
        self.entries.append(
            AuditEntry(
                shop_id=self.shop_id,
                actor_id=self.actor_id,
                action=action,
                object_type=object_type,
                object_id=object_id,
                data=data,
            )
        )


_open: ContextVar[Change | None] = ContextVar("vouchsafe_change", default=None)
_wakers: list[Callable[[int], None]] = []


def on_news(waker: Callable[[int], None]) -> None:
    """Register what is called with the shop's id after a commit that left news (the relay's alarm clock)."""
    _wakers.append(waker)


@contextmanager
def change(*, shop_id: int, actor_id: int | None = None) -> Iterator[Change]:
    """Open a transaction with audit and outbox, in the shop's scope; joins an open change of the same shop."""
    outer = _open.get()
    if outer is not None:
        if outer.shop_id != shop_id:
            raise ScopeMissing("One change belongs to one shop.")
        with transaction.atomic(savepoint=False):
            yield outer
        return
    unit = Change(shop_id=shop_id, actor_id=actor_id)
    token = _open.set(unit)
    try:
        with shop_scope(shop_id), transaction.atomic():
            yield unit
            _write(unit)
    finally:
        _open.reset(token)


def _write(unit: Change) -> None:
    if unit.entries:
        AuditEntry.objects.bulk_create(unit.entries)
    if not unit.events:
        return
    last = _take_numbers(unit.shop_id, len(unit.events))
    _tell(unit, last - len(unit.events) + 1)
    transaction.on_commit(lambda: _wake(unit.shop_id), robust=True)


def _tell(unit: Change, first: int) -> None:
    """Write the news under its numbers, all as one JSON text.

    An import tells of a hundred thousand items in one change, with the shop's row locked; an array of JSON texts, as
    ``bulk_create`` sends it, is quoted twice by the driver and took a tenth of the whole import.
    """
    rows = [[first + offset, event.name, event.data()] for offset, event in enumerate(unit.events)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_outbox (shop_id, number, event, data, created_at) "
            "SELECT %s, (row->>0)::bigint, row->>1, row->2, %s "
            "FROM jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS told (row, place) ORDER BY place",
            [unit.shop_id, timezone.now(), json.dumps(rows)],
        )


def _take_numbers(shop_id: int, count: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_stream (shop_id, last_number) VALUES (%s, %s) "
            "ON CONFLICT (shop_id) DO UPDATE SET last_number = core_stream.last_number + EXCLUDED.last_number "
            "RETURNING last_number",
            [shop_id, count],
        )
        row = cursor.fetchone()
    return int(row[0])


def _wake(shop_id: int) -> None:
    for waker in _wakers:
        try:
            waker(shop_id)
        except Exception:  # the sweep finds what a failed alarm missed; the change itself is safe
            logger.warning("outbox.wake_failed", extra={"shop_id": shop_id}, exc_info=True)
