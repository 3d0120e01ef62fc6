"""L8: what was withdrawn is hidden within a minute, whatever does not arrive: the last frame, the news, the network.

The cut network itself is tried in Chromium (tests/faults/test_networks.py, tests/embed/test_live.py).
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from project.asgi import application
from project.core.edge.lease import LEASE_SECONDS, VIEW_MAX_AGE
from project.core.edge.runtime import runtime
from project.core.outbox import relay_shop
from project.rights.contracts import EndReason
from project.rights.services import withdraw_item
from tests.core.live.serving import Served, serving
from tests.widgets.helpers import SHOP_PAGE, Placed, in_thread, place

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serving(application) as where:
        yield where


def socket_to(served: Served, placed: Placed) -> connect:
    return connect(f"{served.ws}/ws/w/{placed.widget_id}", additional_headers={"Origin": SHOP_PAGE})


async def frame(socket: ClientConnection) -> Any:
    async with asyncio.timeout(10):
        return json.loads(await socket.recv())


async def feed_of(served: Served, placed: Placed) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.get(f"{served.http}{placed.feed}")


def shown(answer: httpx.Response) -> list[str]:
    return [item["id"] for item in answer.json()["items"]]


def withdraw(placed: Placed, item: str, *, relayed: bool = True) -> None:
    withdraw_item(shop_id=placed.shop_id, actor_id=None, item_id=item, reason=EndReason.AUTHOR)
    if relayed:
        relay_shop(placed.shop_id)


async def test_l8_a_page_that_lost_the_last_frame_is_told_by_the_next_beat(served: Served) -> None:
    placed: Placed = await in_thread(place)(3)
    page = (await feed_of(served, placed)).json()
    gone = page["items"][0]["id"]
    async with socket_to(served, placed) as socket:
        assert (await frame(socket))["type"] == "hello"
        await in_thread(withdraw)(placed, gone)
        lost = await frame(socket)  # it never reaches the page
        assert lost["remove"] == [gone]
        runtime().hub.beat()
        beat = await frame(socket)
        # A beat renews only what it names; this page shows another version, so it reads again, and keeps no lease.
        assert beat["type"] == "beat"
        assert beat["v"] == lost["to"] > page["version"]
    assert gone not in shown(await feed_of(served, placed))


async def test_l8_a_withdrawal_whose_news_are_lost_is_noticed_by_the_process_itself(served: Served) -> None:
    placed: Placed = await in_thread(place)(3)
    gone = shown(await feed_of(served, placed))[0]
    await in_thread(withdraw)(placed, gone, relayed=False)
    await runtime().view.refresh()  # what the process does every five seconds
    assert gone not in shown(await feed_of(served, placed))


@pytest.mark.parametrize("seconds", [0, 10, 19])
async def test_l8_a_process_whose_view_stands_still_leases_nothing_beyond_a_minute(
    served: Served, seconds: int
) -> None:
    placed: Placed = await in_thread(place)(3)
    item = shown(await feed_of(served, placed))[0]
    await stop_view(seconds)
    await in_thread(withdraw)(placed, item)
    stale = await feed_of(served, placed)
    assert item in shown(stale)  # this process cannot know
    # The view was read before the withdrawal, so no copy outlives the withdrawal by more than a lease.
    assert 0 < int(stale.headers["vouchsafe-lease"]) <= LEASE_SECONDS - seconds
    async with socket_to(served, placed) as socket:
        assert 0 < (await frame(socket))["lease"] <= LEASE_SECONDS - seconds


async def test_l8_a_process_whose_view_is_too_old_renews_nothing_at_all(served: Served) -> None:
    placed: Placed = await in_thread(place)(3)
    item = shown(await feed_of(served, placed))[0]
    async with socket_to(served, placed) as before:
        assert (await frame(before))["lease"] > 0
        await stop_view(VIEW_MAX_AGE + 1)
        await in_thread(withdraw)(placed, item)
        assert (await feed_of(served, placed)).headers["vouchsafe-lease"] == "0"
        runtime().hub.beat()
        async with socket_to(served, placed) as late:
            assert await frame(late) | {"connection": ""} == {"type": "hello", "v": 0, "lease": 0, "connection": ""}
        # The process sees again: the page is told at once, and this is the first frame since the greeting.
        await runtime().view.refresh()
        assert (await frame(before))["remove"] == [item]
        assert item not in shown(await feed_of(served, placed))


async def stop_view(seconds: float) -> None:
    """From now on this process neither reads the numbers nor hears of them; so many seconds have passed since."""
    blind = [task for task in runtime()._tasks if task.get_name() in {"edge.view", "edge.news"}]
    assert len(blind) == 2
    for task in blind:
        task.cancel()
    await asyncio.gather(*blind, return_exceptions=True)
    runtime().view._clock = lambda: time.monotonic() + seconds
