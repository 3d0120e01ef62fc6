"""Acknowledgements added up over processes, and how long they took."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis

from project.core.live.acks import BOUNDS, Acknowledgements, AckTally, Step, acknowledgements, now_ms
from project.core.live.news import listen

NOW = datetime(2026, 11, 25, 14, 2, 10, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
ITEM = frozenset({"rev_gone"})


@pytest.fixture
def two_processes() -> tuple[AckTally, AckTally]:
    return AckTally(), AckTally()


def step(before: int, after: int, removed: Collection[str] = ITEM, *, shop_id: int = 7, begun_ms: int = NOW_MS) -> Step:
    return Step(shop_id, before, after, frozenset(removed), begun_ms)


def read(number: int, items: Collection[str] = ITEM, *, shop_id: int = 7) -> Acknowledgements:
    return acknowledgements(shop_id, number, items=items, committed_at=NOW)


def counts(number: int, items: Collection[str] = ITEM) -> tuple[int, int]:
    found = read(number, items)
    return found.told, found.acknowledged


async def test_steps_that_contain_the_number_are_summed(two_processes: tuple[AckTally, AckTally]) -> None:
    one, other = two_processes
    first, second, both = step(4, 5), step(5, 6), step(4, 6)
    one.tell(first, 10)
    one.tell(second, 10)
    other.tell(both, 3)
    for _ in range(8):
        one.acknowledge(first)
    other.acknowledge(both)
    one.acknowledge(second)
    await one.close()
    await other.close()
    assert counts(5) == (13, 9)
    assert counts(6) == (13, 2)


async def test_only_pages_that_showed_an_item_of_the_withdrawal_count(
    two_processes: tuple[AckTally, AckTally],
) -> None:
    one, _ = two_processes
    carried, other_item, both = step(4, 5), step(4, 5, {"rev_other"}), step(4, 5, {"rev_gone", "rev_other"})
    for told, pages in ((carried, 5), (other_item, 70), (both, 2)):
        one.tell(told, pages)
        one.acknowledge(told)
    await one.close()
    assert counts(5) == (7, 2)
    assert counts(5, {"rev_other"}) == (72, 2)
    assert counts(5, {"rev_gone", "rev_other"}) == (77, 3)
    assert counts(5, {"rev_never_shown"}) == (0, 0)


async def test_how_long_it_took_counts_from_the_commit(two_processes: tuple[AckTally, AckTally]) -> None:
    one, other = two_processes
    early, late = step(4, 5, begun_ms=NOW_MS + 40), step(4, 5, begun_ms=NOW_MS + 90)
    one.tell(early, 95)
    other.tell(late, 6)
    for _ in range(95):
        one.acknowledge(early, NOW_MS + 60)
    for _ in range(5):
        other.acknowledge(late, NOW_MS + 1090)
    await one.close()
    await other.close()
    found = read(5)
    assert (found.told, found.acknowledged) == (101, 100)
    assert found.median_ms is not None
    assert found.slowest_ms is not None
    # Never too low; at most a tenth of the time since the pages were told too high.
    assert 60 <= found.median_ms == found.p95_ms <= 40 + 20 * 1.1 + 1
    assert 1090 <= found.slowest_ms <= 90 + 1000 * 1.1 + 1
    assert found.last_at == NOW + timedelta(milliseconds=found.slowest_ms)


def test_bounds_stand_a_tenth_apart_and_reach_an_hour() -> None:
    assert BOUNDS[0] == 1
    assert all(lower < upper <= lower * 1.1 + 1 for lower, upper in zip(BOUNDS, BOUNDS[1:], strict=False))
    assert BOUNDS[-1] >= 3_600_000


async def test_a_number_that_nobody_was_told_of_has_no_confirmations() -> None:
    assert read(5) == Acknowledgements(0, 0)


async def test_shops_are_counted_apart(two_processes: tuple[AckTally, AckTally]) -> None:
    one, _ = two_processes
    one.tell(step(1, 2), 5)
    await one.close()
    assert read(2).told == 5
    assert read(2, shop_id=8).told == 0


async def test_a_page_whose_stream_is_elsewhere_is_handed_to_whoever_holds_it(
    two_processes: tuple[AckTally, AckTally],
) -> None:
    _, other = two_processes
    numbers: list[tuple[int, int]] = []
    heard: list[tuple[str, int, int]] = []

    def confirmed(connection_id: str, version: int, at_ms: int) -> None:
        heard.append((connection_id, version, at_ms))

    listening = asyncio.create_task(listen(lambda *news: numbers.append(news), confirmed))
    try:
        async with asyncio.timeout(10):
            while not heard:  # until the subscription stands
                other.acknowledge_elsewhere(7, 2, "page")
                await other.flush()
                await asyncio.sleep(0.02)
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await other.close()
    assert {(connection, version) for connection, version, _ in heard} == {("page", 2)}
    assert abs(heard[0][2] - now_ms()) < 60_000
    assert numbers == []


async def test_nothing_is_lost_while_valkey_is_away(two_processes: tuple[AckTally, AckTally], settings: Any) -> None:
    one, _ = two_processes
    told = step(1, 2)
    one.tell(told, 5)
    reachable = settings.REDIS_URL
    settings.REDIS_URL = "unix:///nonexistent/valkey.sock"
    with pytest.raises(redis.ConnectionError):
        await one.flush()
    await one.close()
    settings.REDIS_URL = reachable
    one.acknowledge(told)
    await one.close()
    assert counts(2) == (5, 1)
