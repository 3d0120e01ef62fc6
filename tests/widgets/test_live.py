"""From a decision to an open page: the whole way inside one process, over a real server and the real channel layer."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import httpx
import pytest
from django.db import connections
from django.utils import timezone
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from project.asgi import application
from project.content.services import approve_items, take_down_items
from project.core.edge.limits import TokenBuckets
from project.core.edge.pool import one_snapshot
from project.core.edge.prepared import PreparedStore
from project.core.edge.runtime import runtime
from project.core.live import hub as hub_module
from project.core.live.acks import Acknowledgements, acknowledgements
from project.core.outbox import relay_shop
from project.core.publication import publication_number
from project.core.scope import shop_scope
from project.rights.contracts import EndReason
from project.rights.models import Licence
from project.rights.services import announce_licence_changes, withdraw_item
from project.shops.services import add_allowed_origin, remove_allowed_origin
from tests.core.live.serving import Served, serving
from tests.factories import item_input, later, license_items, make_items, make_published
from tests.widgets.helpers import ELSEWHERE, SHOP_PAGE, Placed, in_thread, make_widget, place, place_with_products
from widgets import delivery as delivery_module
from widgets.delivery import delivery
from widgets.patches import apply
from widgets.services import delete_widget

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serving(application) as where:
        yield where


def socket_to(served: Served, placed: Placed, query: str = "", origin: str | None = SHOP_PAGE) -> connect:
    headers = {"Origin": origin} if origin else {}
    return connect(f"{served.ws}/ws/w/{placed.widget_id}{query}", additional_headers=headers)


async def frame(socket: ClientConnection) -> Any:
    async with asyncio.timeout(10):
        while (data := json.loads(await socket.recv()))["type"] == "beat":
            pass
        return data


async def feed_of(served: Served, placed: Placed, query: str = "") -> Any:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"{served.http}{placed.feed}{query}")).json()


async def relayed(work: Any, placed: Placed, **values: Any) -> None:
    """Decide something, then deliver the news of it as the urgent worker does."""

    def decide() -> None:
        work(shop_id=placed.shop_id, actor_id=None, **values)
        relay_shop(placed.shop_id)

    await in_thread(decide)()


async def shows(page: dict[str, Any], socket: ClientConnection, served: Served, placed: Placed) -> dict[str, Any]:
    """Apply frames until the page is at the shop's number."""
    while page["version"] < await in_thread(publication_number)(placed.shop_id):
        data = await frame(socket)
        page = apply(page, data) if data["type"] == "patch" else await feed_of(served, placed)
    return page


async def confirmations(placed: Placed, number: int, item_id: str) -> Acknowledgements:
    read = partial(acknowledgements, placed.shop_id, number, items=[item_id], committed_at=timezone.now())
    return await asyncio.to_thread(read)


async def test_an_approved_review_is_painted_in_an_open_page(served: Served) -> None:
    placed: Placed = await in_thread(place)(6)
    (pending,) = await in_thread(make_items)(placed.shop_id, [item_input(text="New words 🧥")])
    await in_thread(license_items)(placed.shop_id, [pending])
    page = await feed_of(served, placed)
    async with socket_to(served, placed) as socket:
        hello = await frame(socket)
        assert hello["v"] == page["version"]
        assert 40 <= hello["lease"] <= 60
        await relayed(approve_items, placed, item_ids=[pending])
        page = await shows(page, socket, served, placed)
        assert page["items"][0]["text"] == "New words 🧥"
        assert page["summary"]["total"] == 7
        assert page == await feed_of(served, placed)


async def test_a_withdrawn_review_leaves_the_open_page_which_confirms_it(served: Served) -> None:
    placed: Placed = await in_thread(place)(6)
    page = await feed_of(served, placed)
    gone = page["items"][2]["id"]
    async with socket_to(served, placed) as socket:
        await frame(socket)
        await relayed(withdraw_item, placed, item_id=gone, reason=EndReason.AUTHOR)
        patch = await frame(socket)
        assert patch["remove"] == [gone]
        await socket.send(json.dumps({"type": "ack", "v": patch["to"]}))
        async with asyncio.timeout(10):
            while not (counted := await confirmations(placed, patch["to"], gone)).acknowledged:
                await asyncio.sleep(0.02)
        assert (counted.told, counted.acknowledged) == (1, 1)
        assert gone not in json.dumps(await feed_of(served, placed))


async def test_snapshot_and_events_equal_a_fresh_snapshot_through_many_changes(served: Served) -> None:
    placed: Placed = await in_thread(place)(8)
    page = await feed_of(served, placed)
    async with socket_to(served, placed) as socket:
        await frame(socket)
        for step in range(6):
            if step % 2:
                await relayed(take_down_items, placed, item_ids=[page["items"][step % 3]["id"]], reason="spam")
            else:
                await in_thread(make_published)(placed.shop_id, [item_input(helpful=step)])
                await in_thread(relay_shop)(placed.shop_id)
        page = await shows(page, socket, served, placed)
        assert page == await feed_of(served, placed)


async def test_a_page_that_reconnects_sees_that_it_missed_something(served: Served) -> None:
    placed: Placed = await in_thread(place)(6)
    page = await feed_of(served, placed)
    await relayed(take_down_items, placed, item_ids=placed.item_ids[:1], reason="spam")
    async with asyncio.timeout(10):
        while runtime().view.number(placed.shop_id) == page["version"]:
            await asyncio.sleep(0.01)
    async with socket_to(served, placed, f"?v={page['version']}") as socket:
        hello = await frame(socket)
        assert hello["v"] > page["version"]
        assert hello["v"] == (await feed_of(served, placed))["version"]


async def test_each_key_gets_its_own_patches(served: Served) -> None:
    placed: Placed = await in_thread(place)(6)
    async with socket_to(served, placed, "?locale=da") as danish, socket_to(served, placed) as english:
        await frame(danish)
        await frame(english)
        await relayed(take_down_items, placed, item_ids=placed.item_ids[:1], reason="spam")
        texts = {(await frame(socket))["set"]["summary"]["text"] for socket in (danish, english)}
        assert "5.0 out of 5, from 5 reviews" in texts


async def test_events_stream_the_same_and_are_confirmed_by_post(served: Served) -> None:
    placed: Placed = await in_thread(place)(6)
    page = await feed_of(served, placed)
    events = f"{served.http}/w/{placed.widget_id}/events"
    async with (
        httpx.AsyncClient(headers={"Origin": SHOP_PAGE}) as client,
        client.stream("GET", events) as stream,
    ):
        assert stream.headers["access-control-allow-origin"] == SHOP_PAGE
        lines = (json.loads(line[6:]) async for line in stream.aiter_lines() if line.startswith("data: "))
        hello = await anext(lines)
        await relayed(take_down_items, placed, item_ids=placed.item_ids[:1], reason="spam")
        patch = await anext(lines)
        assert apply(page, patch) == await feed_of(served, placed)
        answer = await client.post(
            f"{served.http}/w/{placed.widget_id}/ack",
            content=json.dumps({"connection": hello["connection"], "v": patch["to"]}),
        )
        assert answer.status_code == 204
        async with asyncio.timeout(10):
            while not (await confirmations(placed, patch["to"], placed.item_ids[0])).acknowledged:
                await asyncio.sleep(0.02)


@pytest.mark.parametrize("origin", [None, "null", ELSEWHERE, "http://127.0.0.1:8002"])
async def test_sockets_of_missing_and_foreign_origins_are_refused(served: Served, origin: str | None) -> None:
    placed: Placed = await in_thread(place)(1)
    with pytest.raises(InvalidStatus) as refused:
        await socket_to(served, placed, origin=origin)
    assert refused.value.response.status_code == 403
    assert b"origin_not_allowed" in (refused.value.response.body or b"")
    async with socket_to(served, placed) as socket:
        assert (await frame(socket))["type"] == "hello"


async def test_streams_of_foreign_origins_are_refused(served: Served) -> None:
    placed: Placed = await in_thread(place)(1)
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{served.http}/w/{placed.widget_id}/events", headers={"Origin": ELSEWHERE})
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers


async def test_connections_of_an_origin_that_is_taken_off_the_list_are_closed(served: Served) -> None:
    def prepare() -> Placed:
        placed = place(2)
        add_allowed_origin(shop_id=placed.shop_id, actor_id=None, origin=ELSEWHERE)
        return placed

    placed: Placed = await in_thread(prepare)()
    events = f"{served.http}/w/{placed.widget_id}/events?locale=da"
    async with (
        socket_to(served, placed) as gone,
        socket_to(served, placed, origin=ELSEWHERE) as staying,
        httpx.AsyncClient(headers={"Origin": SHOP_PAGE}) as client,
        client.stream("GET", events) as stream,
    ):
        lines = (json.loads(line[6:]) async for line in stream.aiter_lines() if line.startswith("data: "))
        hellos = [await frame(gone), await frame(staying), await anext(lines)]
        assert {hello["type"] for hello in hellos} == {"hello"}
        await relayed(remove_allowed_origin, placed, origin=SHOP_PAGE)
        async with asyncio.timeout(5):
            assert (await frame(gone))["type"] == "refused"
            with pytest.raises(ConnectionClosed) as closed:
                await gone.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4403
            assert [told async for told in lines] == [{"type": "refused", "code": "origin_not_allowed"}]
        with pytest.raises(InvalidStatus):
            await socket_to(served, placed)
        # The others go on.
        await relayed(take_down_items, placed, item_ids=placed.item_ids[:1], reason="spam")
        while (told := await frame(staying)).get("remove") != placed.item_ids[:1]:
            assert told["type"] == "patch"


async def test_another_shops_list_of_origins_closes_nothing_here(served: Served) -> None:
    placed: Placed = await in_thread(place)(1)

    def elsewhere() -> None:
        other = placed.people.other_shop.id
        add_allowed_origin(shop_id=other, actor_id=None, origin=SHOP_PAGE)
        remove_allowed_origin(shop_id=other, actor_id=None, origin=SHOP_PAGE)
        relay_shop(other)

    async with socket_to(served, placed) as socket:
        await frame(socket)
        await in_thread(elsewhere)()
        await relayed(take_down_items, placed, item_ids=placed.item_ids, reason="spam")
        assert (await frame(socket))["type"] == "patch"


async def test_sockets_for_many_keys_do_not_make_builds_without_end(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed: Placed = await in_thread(place_with_products)()
    # The widget's head, two products to look up, and two feeds.
    monkeypatch.setattr(delivery_module, "_cold", TokenBuckets(rate=1, burst=5, clock=lambda: 0.0))
    delivery().store = PreparedStore(keys_per_group=1)
    for query in ("?product=blue", "?product=red"):
        async with socket_to(served, placed, query) as socket:
            assert (await frame(socket))["type"] == "hello"
    for query in ("?product=blue", "?product=red", "?product=blue"):
        with pytest.raises(InvalidStatus) as refused:
            await socket_to(served, placed, query)
        assert refused.value.response.status_code == 429
        assert "retry-after" in refused.value.response.headers
        async with socket_to(served, placed) as socket:
            assert (await frame(socket))["type"] == "hello"


async def test_keys_beyond_the_cap_read_their_own_feed_again(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    placed: Placed = await in_thread(place_with_products)()
    monkeypatch.setattr(hub_module, "TOPICS_PER_GROUP", 1)
    page = await feed_of(served, placed, "?product=blue")
    async with socket_to(served, placed, "?product=blue") as socket:
        hello = await frame(socket)
        assert (hello["v"], hello["lease"] > 0) == (page["version"], True)
        await relayed(take_down_items, placed, item_ids=placed.item_ids[1:], reason="spam")
        assert (await frame(socket)) == {"type": "reload"}
        assert [item["id"] for item in (await feed_of(served, placed, "?product=blue"))["items"]] == placed.item_ids[:1]


async def test_a_socket_to_an_unknown_widget_is_refused(served: Served) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"{served.ws}/ws/w/wid_{'0' * 22}", additional_headers={"Origin": SHOP_PAGE})
    assert refused.value.response.status_code == 404


async def test_another_shops_news_is_not_heard(served: Served) -> None:
    placed: Placed = await in_thread(place)(1)
    other = placed.people.other_shop.id
    theirs = Placed(placed.people, await in_thread(make_widget)(other), [])
    async with socket_to(served, placed) as mine:
        await frame(mine)
        await in_thread(make_published)(other, 1)
        await in_thread(relay_shop)(other)
        await relayed(take_down_items, placed, item_ids=placed.item_ids, reason="spam")
        patch = await frame(mine)
        assert patch["remove"] == placed.item_ids
        assert "insert" not in patch
        with pytest.raises(InvalidStatus):
            await socket_to(served, theirs)


async def test_pages_of_a_deleted_widget_read_again_and_find_nothing(served: Served) -> None:
    placed: Placed = await in_thread(place)(1)
    async with socket_to(served, placed) as socket:
        await frame(socket)
        await relayed(delete_widget, placed, widget_id=placed.widget_id)
        assert (await frame(socket))["type"] == "reload"
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{served.http}{placed.feed}")).status_code == 404


async def test_a_licence_that_ended_is_not_renewed_before_its_number_is_told(served: Served) -> None:
    def prepare() -> Placed:
        placed = place(1)
        make_published(placed.shop_id, 1, ends_at=later(hours=1))
        return placed

    def end_licence() -> None:
        with shop_scope(placed.shop_id):
            Licence.objects.exclude(ends_at=None).update(ends_at=timezone.now())

    placed = await in_thread(prepare)()
    page = await feed_of(served, placed)
    assert len(page["items"]) == 2
    async with socket_to(served, placed) as socket:
        await frame(socket)
        # The hour passes: for the licence, and for what was built while it held.
        await in_thread(end_licence)()
        (topic,) = runtime().hub._topics.values()
        object.__setattr__(topic.ready, "ends_at", time.monotonic())
        assert (await frame(socket))["type"] == "reload"  # the clock alone: no number was given out
        page = await feed_of(served, placed)
        assert [item["id"] for item in page["items"]] == placed.item_ids
        async with socket_to(served, placed, f"?v={page['version']}") as late:
            assert (await frame(late))["v"] == 0
        await in_thread(announce_licence_changes)(shop_id=placed.shop_id)
        await in_thread(relay_shop)(placed.shop_id)
        assert (await frame(socket))["type"] == "reload"
        async with socket_to(served, placed) as late:
            assert (await frame(late))["v"] == (await feed_of(served, placed))["version"]


def test_a_snapshot_reads_number_and_content_of_one_state() -> None:
    placed = place(1)
    with one_snapshot():
        before = publication_number(placed.shop_id)
        changed: list[int] = []

        def elsewhere() -> None:
            make_published(placed.shop_id, 1)
            changed.append(publication_number(placed.shop_id))

        def run() -> None:
            elsewhere()
            connections.close_all()

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        assert publication_number(placed.shop_id) == before
    assert publication_number(placed.shop_id) == changed[0] > before
