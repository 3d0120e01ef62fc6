"""Subscribers of the outbox and their delivery.

Delivery is recorded per (row, subscriber). A subscriber re-reads state, so repeats and delays are harmless. A
failing pair is retried with growing pauses, then parked visibly, so that other rows and other subscribers go on; what
is parked is tried again every hour until it is done (law 2).

Subscribers that ask servers of others have a relay of their own: a peer that hangs holds up its own news and no
others.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from project.core.events import StoredEvent
from project.core.models import Delivery, OutboxRow
from project.core.scope import shop_scope

logger = logging.getLogger(__name__)

Handler = Callable[[StoredEvent], None]

MAX_ATTEMPTS = 8
FIRST_PAUSE_SECONDS = 1
LONGEST_PAUSE_SECONDS = 3600
BATCH_ROWS = 200
PARKED_AT_ONCE = 100
ADVISORY_LOCK_CLASS = 0x766F75  # "vou": keeps our advisory locks apart from others in the same database
OUTSIDE_LOCK_CLASS = 0x766F78  # "vox": of the relay to subscribers that ask servers of others
EVERY_EVENT = "*"


def _always() -> bool:
    return True


@dataclass(frozen=True)
class Subscriber:
    """A named reaction to some events (``EVERY_EVENT`` for all). ``outside``: it waits for a server of others.
    ``enabled``: whether this installation wants it."""

    name: str
    events: frozenset[str]
    handle: Handler
    outside: bool = False
    enabled: Callable[[], bool] = _always

    def listens_to(self, event: str) -> bool:
        return event in self.events or EVERY_EVENT in self.events

    def wants(self, event: str) -> bool:
        return self.listens_to(event) and self.enabled()


_subscribers: dict[str, Subscriber] = {}


def subscriber(
    name: str, *events: str, outside: bool = False, enabled: Callable[[], bool] = _always
) -> Callable[[Handler], Handler]:
    """Register a handler. It runs in the relay, inside the shop's scope, at least once per event."""

    def register(handle: Handler) -> Handler:
        _subscribers[name] = Subscriber(name, frozenset(events), handle, outside, enabled)
        return handle

    return register


def subscribers() -> Iterable[Subscriber]:
    """All registered subscribers, in order of registration."""
    return tuple(_subscribers.values())


def relay_shop(shop_id: int, *, outside: bool = False) -> int:
    """Deliver what is due to a shop's own subscribers, or to those that ask servers of others; returns how many
    deliveries were made.

    One relay of each kind per shop at a time: a second one returns at once, for the first looks again before it ends.
    """
    delivered = 0
    after = 0
    while True:
        with _relay_lock(shop_id, OUTSIDE_LOCK_CLASS if outside else ADVISORY_LOCK_CLASS) as locked:
            if not locked:
                return delivered
            while rows := _unsettled(shop_id, after):
                delivered += sum(_deliver_row(row, outside) for row in rows)
                after = rows[-1].number
        # A row committed after the last look, whose alarm found the lock taken, is caught here.
        if not _unsettled(shop_id, after):
            return delivered


def retry_parked(shop_id: int) -> int:
    """Try once more what was parked and is due again; returns how many got through."""
    done = 0
    for outside, lock_class in ((False, ADVISORY_LOCK_CLASS), (True, OUTSIDE_LOCK_CLASS)):
        with _relay_lock(shop_id, lock_class) as locked:
            if locked:
                done += _retry(shop_id, {each.name: each for each in _subscribers.values() if each.outside == outside})
    return done


def _retry(shop_id: int, by_name: Mapping[str, Subscriber]) -> int:
    # What nobody here wants any more is not even looked at, or it would stand in the way of the rest for ever.
    wanted = [name for name, each in by_name.items() if each.enabled()]
    due = _parked(shop_id).filter(subscriber__in=wanted, next_attempt_at__lte=timezone.now())
    rows = due.order_by("next_attempt_at")[:PARKED_AT_ONCE]
    return sum(_attempt(delivery.row, by_name[delivery.subscriber], delivery)[0] for delivery in rows)


def _parked(shop_id: int) -> QuerySet[Delivery]:
    return Delivery.objects.filter(shop_id=shop_id, parked_at__isnull=False, done_at__isnull=True).select_related("row")


def has_outside_news(shop_id: int) -> bool:
    """Whether a subscriber that asks a server of others has something due or waiting in this shop."""
    wanted = [each for each in _subscribers.values() if each.outside and each.enabled()]
    names = {event for each in wanted for event in each.events}
    if not names:
        return False
    rows = OutboxRow.objects.filter(shop_id=shop_id, settled_at__isnull=True)
    return (rows if EVERY_EVENT in names else rows.filter(event__in=names)).exists()


@contextmanager
def _relay_lock(shop_id: int, lock_class: int) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [lock_class, shop_id])
        locked = bool(cursor.fetchone()[0])
    try:
        yield locked
    finally:
        if locked:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [lock_class, shop_id])


def _unsettled(shop_id: int, after: int) -> list[OutboxRow]:
    rows = OutboxRow.objects.filter(shop_id=shop_id, settled_at__isnull=True, number__gt=after)
    return list(rows.order_by("number")[:BATCH_ROWS])


def _deliver_row(row: OutboxRow, outside: bool) -> int:
    wanted = [s for s in _subscribers.values() if s.wants(row.event)]
    known = {d.subscriber: d for d in Delivery.objects.filter(row=row, shop_id=row.shop_id)}
    now = timezone.now()
    made = 0
    open_left = False
    for each in wanted:
        delivery = known.get(each.name)
        if delivery and (delivery.done_at or delivery.parked_at):
            continue
        if each.outside != outside or (delivery and delivery.next_attempt_at and delivery.next_attempt_at > now):
            open_left = True
            continue
        done, parked = _attempt(row, each, delivery)
        made += done
        open_left = open_left or not (done or parked)
    if not open_left:
        OutboxRow.objects.filter(id=row.id, shop_id=row.shop_id, settled_at__isnull=True).update(settled_at=now)
    return made


def _attempt(row: OutboxRow, to: Subscriber, before: Delivery | None) -> tuple[bool, bool]:
    """Returns whether it is done, and whether it is parked instead."""
    attempts = (before.attempts if before else 0) + 1
    event = StoredEvent(row.id, row.shop_id, row.number, row.event, row.data, row.created_at)
    try:
        with shop_scope(row.shop_id), transaction.atomic():
            to.handle(event)
            _record(row, to, attempts, done_at=timezone.now())
    except Exception as error:
        now = timezone.now()
        parked_at = (before.parked_at if before else None) or (now if attempts >= MAX_ATTEMPTS else None)
        logger.exception("outbox.delivery_failed", extra={"shop_id": row.shop_id, "number": row.number, "to": to.name})
        _record(
            row,
            to,
            attempts,
            next_attempt_at=now + _pause_after(attempts),
            parked_at=parked_at,
            error=type(error).__name__,
        )
        return False, parked_at is not None
    return True, False


def _pause_after(attempts: int) -> timedelta:
    doublings = min(attempts - 1, 30)  # far beyond the longest pause
    return timedelta(seconds=min(FIRST_PAUSE_SECONDS * 2**doublings, LONGEST_PAUSE_SECONDS))


def _record(
    row: OutboxRow,
    to: Subscriber,
    attempts: int,
    *,
    done_at: datetime | None = None,
    next_attempt_at: datetime | None = None,
    parked_at: datetime | None = None,
    error: str = "",
) -> None:
    delivery = Delivery(
        shop_id=row.shop_id,
        row=row,
        subscriber=to.name,
        attempts=attempts,
        done_at=done_at,
        next_attempt_at=next_attempt_at,
        parked_at=parked_at,
        error=error,
    )
    Delivery.objects.bulk_create(
        [delivery],
        update_conflicts=True,
        unique_fields=["row", "subscriber"],
        update_fields=["attempts", "done_at", "next_attempt_at", "parked_at", "error"],
    )


def finished_deliveries(shop_id: int, number: int) -> dict[str, datetime]:
    """Which subscribers are done with the shop's row of this number, and since when."""
    done = Delivery.objects.filter(shop_id=shop_id, row__number=number, row__shop_id=shop_id, done_at__isnull=False)
    return {name: at for name, at in done.values_list("subscriber", "done_at") if at is not None}


def event_name(shop_id: int, number: int) -> str:
    """The name of the event that has this number in the shop; ``""`` for none."""
    rows = OutboxRow.objects.filter(shop_id=shop_id, number=number)
    return rows.values_list("event", flat=True).first() or ""


def was_told_at(shop_id: int, event: str, at: datetime) -> bool:
    """Whether the change whose news were written at this moment told of such an event; all its rows have one moment."""
    return OutboxRow.objects.filter(shop_id=shop_id, event=event, created_at=at).exists()


def parked_deliveries(shop_id: int) -> list[Delivery]:
    """What failed again and again, newest first: shown on the studio's Today page until it is done."""
    return list(_parked(shop_id).order_by("-parked_at")[:PARKED_AT_ONCE])


def put_parked_back(shop_id: int) -> int:
    """Somebody has mended the cause: put every parked delivery of the shop back in line; returns how many."""
    with transaction.atomic():
        parked = _parked(shop_id).select_related(None)
        row_ids = list(parked.values_list("row_id", flat=True))
        count = parked.update(parked_at=None, next_attempt_at=None, attempts=0)
        OutboxRow.objects.filter(shop_id=shop_id, id__in=row_ids).update(settled_at=None)
    return count


def deliveries_of(shop_id: int, event: str, **data: str) -> list[tuple[OutboxRow, dict[str, Delivery]]]:
    """The rows of an event whose data holds these values, each with its deliveries so far by subscriber."""
    rows = list(OutboxRow.objects.filter(shop_id=shop_id, event=event, data__contains=data).order_by("number"))
    found: dict[int, dict[str, Delivery]] = {row.id: {} for row in rows}
    for delivery in Delivery.objects.filter(shop_id=shop_id, row_id__in=list(found)):
        found[delivery.row_id][delivery.subscriber] = delivery
    return [(row, found[row.id]) for row in rows]
