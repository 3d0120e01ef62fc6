"""Acknowledgements added up over processes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis

from project.core.live.acks import AckTally, acknowledgements


@pytest.fixture
def two_processes() -> tuple[AckTally, AckTally]:
    return AckTally(), AckTally()


async def test_steps_that_contain_the_number_are_summed(two_processes: tuple[AckTally, AckTally]) -> None:
    one, other = two_processes
    one.tell(7, 4, 5, 10)
    one.tell(7, 5, 6, 10)
    other.tell(7, 4, 6, 3)
    for _ in range(8):
        one.acknowledge(7, 4, 5)
    other.acknowledge(7, 4, 6)
    one.acknowledge(7, 5, 6)
    await one.close()
    await other.close()
    told = acknowledgements(7, 5)
    assert (told.told, told.acknowledged) == (13, 9)
    assert told.last_at is not None
    assert abs(datetime.now(UTC) - told.last_at) < timedelta(minutes=1)
    assert (acknowledgements(7, 6).told, acknowledgements(7, 6).acknowledged) == (13, 2)


async def test_a_number_that_nobody_was_told_of_has_no_confirmations() -> None:
    nothing = acknowledgements(7, 5)
    assert (nothing.told, nothing.acknowledged, nothing.last_at) == (0, 0, None)


async def test_shops_are_counted_apart(two_processes: tuple[AckTally, AckTally]) -> None:
    one, _ = two_processes
    one.tell(7, 1, 2, 5)
    await one.close()
    assert acknowledgements(8, 2).told == 0


async def test_a_page_whose_stream_is_elsewhere_counts_once(two_processes: tuple[AckTally, AckTally]) -> None:
    holder, other = two_processes
    holder.tell(7, 1, 2, 2)
    await holder.close()
    for _ in range(2):
        other.acknowledge_elsewhere(7, 2, "page")
        await other.flush()
    other.acknowledge_elsewhere(7, 99, "page")
    await other.close()
    assert acknowledgements(7, 2).acknowledged == 1
    assert acknowledgements(7, 99).acknowledged == 0


async def test_nothing_is_lost_while_valkey_is_away(two_processes: tuple[AckTally, AckTally], settings: Any) -> None:
    one, _ = two_processes
    one.tell(7, 1, 2, 5)
    reachable = settings.REDIS_URL
    settings.REDIS_URL = "unix:///nonexistent/valkey.sock"
    with pytest.raises(redis.ConnectionError):
        await one.flush()
    await one.close()
    settings.REDIS_URL = reachable
    one.acknowledge(7, 1, 2)
    await one.close()
    assert acknowledgements(7, 2).told == 5
