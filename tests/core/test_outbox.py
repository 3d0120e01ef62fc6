"""Nothing is lost (law 10): state and news commit together, numbers are gapless, deliveries are retried and parked."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import redis
from celery import current_app
from django.db import connection, transaction
from django.utils import timezone

from project.core import outbox
from project.core.change import change
from project.core.errors import ScopeMissing
from project.core.events import Event, StoredEvent
from project.core.lookups import publication_numbers, shops_with_news, shops_with_parked_news
from project.core.models import AuditEntry, Delivery, OutboxRow
from project.core.publication import publication_number
from project.core.scope import current_shop_id
from project.core.tasks import relay_shop_task, retry_parked_task

SHOP = 4711


@dataclass(frozen=True, kw_only=True)
class SomethingHappened(Event):
    thing: str = "t"


@pytest.fixture
def subscribed() -> Iterator[list[StoredEvent]]:
    """A subscriber of its own for one test, removed again."""
    heard: list[StoredEvent] = []
    outbox.subscriber("test.listener", "SomethingHappened")(heard.append)
    yield heard
    outbox._subscribers.pop("test.listener")


def happen(shop_id: int = SHOP, count: int = 1) -> None:
    with change(shop_id=shop_id) as unit:
        for _ in range(count):
            unit.emit(SomethingHappened())


def numbers(shop_id: int = SHOP) -> list[int]:
    return list(OutboxRow.objects.filter(shop_id=shop_id).order_by("number").values_list("number", flat=True))


@pytest.mark.django_db
def test_numbers_are_gapless_per_shop() -> None:
    happen(count=2)
    happen(shop_id=SHOP + 1)
    happen()
    assert numbers() == [1, 2, 3]
    assert publication_number(SHOP) == 3
    assert publication_numbers() == {SHOP: 3, SHOP + 1: 1}


@pytest.mark.django_db
def test_a_change_that_fails_leaves_neither_news_nor_audit() -> None:
    with pytest.raises(RuntimeError), change(shop_id=SHOP) as unit:
        unit.emit(SomethingHappened())
        unit.audit("thing.done", "thing", "t")
        raise RuntimeError
    assert numbers() == []
    assert publication_number(SHOP) == 0
    assert not AuditEntry.objects.filter(shop_id=SHOP).exists()


@pytest.mark.django_db
def test_an_inner_change_joins_the_outer_one() -> None:
    with change(shop_id=SHOP) as outer:
        outer.emit(SomethingHappened())
        happen()
        assert numbers() == []
    assert numbers() == [1, 2]


@pytest.mark.django_db
def test_one_change_belongs_to_one_shop() -> None:
    with change(shop_id=SHOP), pytest.raises(ScopeMissing):
        happen(shop_id=SHOP + 1)


@pytest.mark.django_db(transaction=True)
def test_parallel_changes_get_numbers_in_commit_order_without_gaps() -> None:
    def work() -> None:
        for _ in range(10):
            happen()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert numbers() == list(range(1, 41))


@pytest.mark.django_db(transaction=True)
def test_an_alarm_that_fails_does_not_lose_the_change(subscribed: list[StoredEvent]) -> None:
    """The broker is dead: the change stands, and the sweep delivers."""
    from project.core import change as change_module

    def broken(shop_id: int) -> None:
        raise ConnectionError

    change_module.on_news(broken)
    try:
        happen()
    finally:
        change_module._wakers.remove(broken)
    assert shops_with_news() == [SHOP]
    outbox.relay_shop(SHOP)
    assert [event.number for event in subscribed] == [1]


@pytest.mark.django_db(transaction=True)
def test_news_wakes_the_relay_on_the_urgent_queue(valkey: redis.Redis) -> None:
    """Withdrawals never wait behind imports (law 2)."""
    happen()
    names = [json.loads(message)["headers"]["task"] for message in valkey.lrange("urgent", 0, -1)]
    assert names == [relay_shop_task.name]
    assert [valkey.llen(queue) for queue in ("default", "bulk")] == [0, 0]


def test_every_beat_calls_a_task_on_a_queue_that_a_worker_serves(settings: Any) -> None:
    names = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    current_app.loader.import_default_modules()
    assert names <= set(current_app.tasks)
    queues = {entry["options"]["queue"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert queues == {"urgent", "default", "bulk"}


@pytest.mark.django_db
def test_a_subscriber_hears_each_event_once_in_order_and_in_scope(subscribed: list[StoredEvent]) -> None:
    happen(count=3)
    assert outbox.relay_shop(SHOP) >= 3
    assert [event.number for event in subscribed] == [1, 2, 3]
    outbox.relay_shop(SHOP)
    assert len(subscribed) == 3
    assert shops_with_news() == []


@pytest.mark.django_db
def test_a_failing_subscriber_is_retried_then_parked_and_others_go_on(subscribed: list[StoredEvent]) -> None:
    scopes: list[int] = []

    def fails(event: StoredEvent) -> None:
        scopes.append(current_shop_id())
        raise ValueError("broken")

    outbox.subscriber("test.broken", "SomethingHappened")(fails)
    try:
        happen()
        for _ in range(outbox.MAX_ATTEMPTS):
            outbox.relay_shop(SHOP)
            Delivery.objects.filter(shop_id=SHOP).update(next_attempt_at=timezone.now() - timedelta(seconds=1))
        assert len(subscribed) == 1
        (parked,) = outbox.parked_deliveries(SHOP)
        assert (parked.subscriber, parked.attempts, parked.error) == ("test.broken", outbox.MAX_ATTEMPTS, "ValueError")
        assert set(scopes) == {SHOP}
        assert shops_with_news() == []

        outbox.subscriber("test.broken", "SomethingHappened")(lambda event: None)
        assert outbox.put_parked_back(SHOP) == 1
        outbox.relay_shop(SHOP)
        assert outbox.parked_deliveries(SHOP) == []
        assert len(subscribed) == 1
    finally:
        outbox._subscribers.pop("test.broken")


@pytest.mark.django_db
@pytest.mark.parametrize("outside", [False, True])
def test_l8_what_is_parked_is_tried_every_hour_until_it_is_done(outside: bool) -> None:
    """However long a peer stays away; nobody has to press anything."""
    heard: list[int] = []

    def fails(event: StoredEvent) -> None:
        heard.append(event.number)
        raise ValueError

    def past() -> None:
        Delivery.objects.filter(shop_id=SHOP).update(next_attempt_at=timezone.now() - timedelta(seconds=1))

    outbox.subscriber("test.away", "SomethingHappened", outside=outside)(fails)
    try:
        happen()
        for _ in range(outbox.MAX_ATTEMPTS):
            outbox.relay_shop(SHOP, outside=outside)
            past()
        (parked,) = outbox.parked_deliveries(SHOP)
        for _hour in range(40):
            retry_parked_task()
            (still,) = outbox.parked_deliveries(SHOP)
            retry_parked_task()
            waits = still.next_attempt_at
            assert waits is not None
            assert timedelta(0) < waits - timezone.now() <= timedelta(seconds=outbox.LONGEST_PAUSE_SECONDS)
            past()
        assert (len(heard), still.parked_at) == (outbox.MAX_ATTEMPTS + 40, parked.parked_at)
        outbox.subscriber("test.away", "SomethingHappened", outside=outside)(lambda event: heard.append(0))
        retry_parked_task()
        retry_parked_task()
        assert heard[-1:] == [0]
        assert heard.count(0) == 1
        assert outbox.parked_deliveries(SHOP) == []
        assert shops_with_parked_news() == []
    finally:
        outbox._subscribers.pop("test.away")


@pytest.mark.django_db
def test_what_nobody_wants_any_more_stands_in_nobodys_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """A CDN that was switched off while its news were parked."""
    switched_on, heard = [True], []

    def fails(event: StoredEvent) -> None:
        raise ValueError

    outbox.subscriber("test.off", "SomethingHappened", enabled=lambda: bool(switched_on))(fails)
    outbox.subscriber("test.away", "SomethingHappened")(fails)
    try:
        happen()
        for _ in range(outbox.MAX_ATTEMPTS):
            outbox.relay_shop(SHOP)
            Delivery.objects.filter(shop_id=SHOP).update(next_attempt_at=timezone.now() - timedelta(seconds=1))
        Delivery.objects.filter(shop_id=SHOP, subscriber="test.off").update(
            next_attempt_at=timezone.now() - timedelta(1)
        )
        monkeypatch.setattr(outbox, "PARKED_AT_ONCE", 1)
        switched_on.clear()
        outbox.subscriber("test.away", "SomethingHappened")(lambda event: heard.append(event.number))
        retry_parked_task()
        assert heard == [1]
    finally:
        outbox._subscribers.pop("test.off")
        outbox._subscribers.pop("test.away")


@pytest.mark.django_db
def test_a_retry_waits_for_its_pause(subscribed: list[StoredEvent]) -> None:
    calls: list[int] = []

    def fails(event: StoredEvent) -> None:
        calls.append(event.number)
        raise ValueError

    outbox.subscriber("test.broken", "SomethingHappened")(fails)
    try:
        happen()
        outbox.relay_shop(SHOP)
        outbox.relay_shop(SHOP)
        assert calls == [1]
        happen()
        outbox.relay_shop(SHOP)
        assert calls == [1, 2]
    finally:
        outbox._subscribers.pop("test.broken")


@pytest.mark.django_db(transaction=True)
def test_two_relays_of_one_shop_deliver_once(subscribed: list[StoredEvent]) -> None:
    happen(count=20)

    def work() -> None:
        outbox.relay_shop(SHOP)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(event.number for event in subscribed) == list(range(1, 21))


@pytest.mark.django_db(transaction=True)
def test_a_failing_subscribers_own_writes_are_rolled_back() -> None:
    def writes_then_fails(event: StoredEvent) -> None:
        AuditEntry.objects.create(shop_id=SHOP, action="x", object_type="y", object_id="z")
        raise ValueError

    outbox.subscriber("test.broken", "SomethingHappened")(writes_then_fails)
    try:
        happen()
        outbox.relay_shop(SHOP)
        assert not AuditEntry.objects.filter(shop_id=SHOP).exists()
    finally:
        outbox._subscribers.pop("test.broken")


@pytest.mark.django_db
def test_a_subscriber_that_asks_servers_of_others_has_a_relay_of_its_own(subscribed: list[StoredEvent]) -> None:
    called: list[int] = []

    def asks(event: StoredEvent) -> None:
        called.append(event.number)

    outbox.subscriber("test.outside", "SomethingHappened", outside=True)(asks)
    try:
        happen()
        outbox.relay_shop(SHOP)
        assert ([event.number for event in subscribed], called) == ([1], [])
        assert outbox.has_outside_news(SHOP)
        assert shops_with_news() == [SHOP]
        outbox.relay_shop(SHOP, outside=True)
        assert ([event.number for event in subscribed], called) == ([1], [1])
        assert not outbox.has_outside_news(SHOP)
        assert shops_with_news() == []
        assert set(outbox.finished_deliveries(SHOP, 1)) >= {"test.listener", "test.outside"}
    finally:
        outbox._subscribers.pop("test.outside")


@pytest.mark.django_db
def test_what_an_installation_does_not_want_is_not_waited_for(subscribed: list[StoredEvent]) -> None:
    outbox.subscriber("test.outside", "SomethingHappened", outside=True, enabled=lambda: False)(subscribed.append)
    try:
        happen()
        assert not outbox.has_outside_news(SHOP)
        outbox.relay_shop(SHOP)
        outbox.relay_shop(SHOP, outside=True)
        assert len(subscribed) == 1
        assert shops_with_news() == []
    finally:
        outbox._subscribers.pop("test.outside")


@pytest.mark.django_db(transaction=True)
def test_a_peer_that_hangs_holds_up_no_other_news(subscribed: list[StoredEvent]) -> None:
    hangs, released = threading.Event(), threading.Event()

    def asks(event: StoredEvent) -> None:
        hangs.set()
        assert released.wait(30)

    def relay_outside() -> None:
        outbox.relay_shop(SHOP, outside=True)
        connection.close()

    outbox.subscriber("test.outside", "SomethingHappened", outside=True)(asks)
    try:
        happen()
        thread = threading.Thread(target=relay_outside)
        thread.start()
        assert hangs.wait(30)
        happen()
        outbox.relay_shop(SHOP)
        assert [event.number for event in subscribed] == [1, 2]
        released.set()
        thread.join()
    finally:
        released.set()
        outbox._subscribers.pop("test.outside")


@pytest.mark.django_db
def test_the_audit_log_refuses_update_and_delete() -> None:
    from django.db import DatabaseError

    with change(shop_id=SHOP, actor_id=7) as unit:
        unit.audit("thing.done", "thing", "t", reason="spam")
    entry = AuditEntry.objects.get(shop_id=SHOP)
    assert (entry.actor_id, entry.action, entry.data) == (7, "thing.done", {"reason": "spam"})
    for attempt in (
        "UPDATE core_audit SET action = 'x' WHERE shop_id = 4711",
        "DELETE FROM core_audit WHERE shop_id = 4711",
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(attempt)
