"""The feed at the edge: what it says, to whom, for how long, and how often it is built."""

import asyncio
import gzip
import json
from typing import Any

import pytest

from project.content.services import approve_items, take_down_items
from project.core.edge.limits import TokenBuckets
from project.core.edge.prepared import PreparedStore
from project.core.edge.view import PublicationView
from project.core.lookups import shop_of_public_id
from project.core.publication import publication_number
from project.rights.contracts import Channel, EndReason, HoldReason
from project.rights.services import open_hold, withdraw_item
from project.shops.services import remove_allowed_origin
from tests.factories import item_input, later, license_items, make_items, make_product, make_published
from tests.widgets.helpers import ELSEWHERE, SHOP_PAGE, Placed, edge, in_thread, make_widget, place, place_with_products
from widgets import delivery as delivery_module
from widgets.delivery import delivery
from widgets.services import delete_widget, set_widget_active

pytestmark = pytest.mark.django_db(transaction=True)


def ids(answer: Any) -> list[str]:
    return [item["id"] for item in answer.json()["items"]]


async def test_the_feed_has_the_documented_shape() -> None:
    placed: Placed = await in_thread(place)()
    async with edge() as (client, running):
        answer = await client.get(placed.feed, headers={"Origin": SHOP_PAGE})
        feed = answer.json()
        assert answer.status_code == 200
        assert feed["version"] == await in_thread(publication_number)(placed.shop_id)
        assert sorted(ids(answer)) == sorted(placed.item_ids)
        assert feed["widget"] == {
            "id": placed.widget_id,
            "type": "carousel",
            "heading": "What customers say",
            "theme": {"scheme": "auto", "accent": "#0b6e4f", "radius": 12, "density": "comfortable"},
        }
        assert feed["summary"] == {
            "total": 6,
            "rated": 6,
            "average": "5.0",
            "histogram": {"5": 6, "4": 0, "3": 0, "2": 0, "1": 0},
            "text": "5.0 out of 5, from 6 reviews",
        }
        assert feed["selection"] is None
        assert feed["items"][0]["credit"] == "A customer"
        assert feed["items"][0]["url"].endswith(f"?item={ids(answer)[0]}#{ids(answer)[0]}")
        assert feed["live"] == f"/ws/w/{placed.widget_id}"
        assert set(feed) == {
            "version", "locale", "widget", "labels", "summary", "selection", "items", "next", "wall_url", "live",
            "events",
        }  # fmt: skip
        assert running.view.number(placed.shop_id) == feed["version"]


async def test_headers_name_lease_origin_and_what_may_be_read() -> None:
    placed: Placed = await in_thread(place)()
    async with edge() as (client, running):
        headers = (await client.get(placed.feed, headers={"Origin": SHOP_PAGE})).headers
        assert headers["access-control-allow-origin"] == SHOP_PAGE
        assert headers["access-control-expose-headers"] == "Vouchsafe-Lease, ETag, Age"
        assert headers["vary"] == "Origin, Accept-Encoding"
        assert headers["cache-control"] == "max-age=0, s-maxage=15, must-revalidate"
        assert 40 <= int(headers["vouchsafe-lease"]) <= 60
        assert "set-cookie" not in headers


async def test_an_unchanged_feed_is_304_with_a_new_lease_and_a_changed_one_is_not() -> None:
    placed: Placed = await in_thread(place)()
    async with edge() as (client, running):
        for encoding in ("identity", "gzip"):
            first = await client.get(placed.feed, headers={"Accept-Encoding": encoding})
            known = {"Accept-Encoding": encoding, "If-None-Match": first.headers["etag"]}
            again = await client.get(placed.feed, headers=known)
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == first.headers["etag"]
            assert "vouchsafe-lease" in again.headers
        await in_thread(take_down_items)(
            shop_id=placed.shop_id, actor_id=None, item_ids=placed.item_ids[:1], reason="spam"
        )
        await running.view.refresh()
        changed = await client.get(placed.feed, headers=known)
        assert changed.status_code == 200
        assert placed.item_ids[0] not in ids(changed)


async def test_the_body_is_the_same_packed_and_unpacked() -> None:
    placed: Placed = await in_thread(place)()
    async with edge() as (client, _):
        plain = await client.get(placed.feed, headers={"Accept-Encoding": "identity"})
        async with client.stream("GET", placed.feed, headers={"Accept-Encoding": "gzip"}) as packed:
            raw = b"".join([part async for part in packed.aiter_raw()])
        assert gzip.decompress(raw) == plain.content


async def test_a_foreign_origin_is_refused_and_cannot_read_the_refusal() -> None:
    placed: Placed = await in_thread(place)()
    async with edge() as (client, _):
        for _round in range(2):  # cold and warm
            for origin in (ELSEWHERE, "null", "http://127.0.0.1:8002", f"{SHOP_PAGE}/"):
                answer = await client.get(placed.feed, headers={"Origin": origin})
                assert answer.status_code == 403
                assert answer.json()["error"]["code"] == "origin_not_allowed"
                assert "access-control-allow-origin" not in answer.headers
            assert (await client.get(placed.feed)).status_code == 200
            assert (await client.get(placed.feed, headers={"Origin": SHOP_PAGE})).status_code == 200


async def test_an_origin_that_is_no_longer_allowed_is_refused_from_the_next_news_on() -> None:
    placed: Placed = await in_thread(place)()
    async with edge() as (client, running):
        assert (await client.get(placed.feed, headers={"Origin": SHOP_PAGE})).status_code == 200
        await in_thread(remove_allowed_origin)(shop_id=placed.shop_id, actor_id=None, origin=SHOP_PAGE)
        await running.view.refresh()
        assert (await client.get(placed.feed, headers={"Origin": SHOP_PAGE})).status_code == 403


async def test_the_origin_of_another_shop_is_foreign() -> None:
    placed: Placed = await in_thread(place)()
    other = await in_thread(make_widget)(placed.people.other_shop.id)
    async with edge() as (client, _):
        answer = await client.get(f"/w/{other}/feed.json", headers={"Origin": SHOP_PAGE})
        assert answer.status_code == 403


async def test_a_hundred_parallel_misses_make_one_build() -> None:
    placed: Placed = await in_thread(place)()
    async with edge() as (client, _):
        answers = await asyncio.gather(*(client.get(placed.feed) for _ in range(100)))
        assert {answer.status_code for answer in answers} == {200}
        assert delivery().store.builds == 1


async def test_unknown_parameters_share_one_key() -> None:
    placed: Placed = await in_thread(place)()
    async with edge() as (client, _):
        for query in ("", "?product=none", "?category=none", "?locale=xx", "?utm_source=mail", "?x=1&x=2"):
            assert (await client.get(placed.feed + query)).status_code == 200
        assert delivery().store.builds == 1
        assert (await client.get(f"{placed.feed}?x={'y' * 5000}")).status_code == 400


async def test_what_does_not_pass_the_gate_never_appears() -> None:
    def prepare() -> tuple[Placed, set[str]]:
        placed = place(2)
        shop_id = placed.shop_id
        pending = make_items(shop_id, [item_input()])
        license_items(shop_id, pending)
        unlicensed = make_items(shop_id, [item_input()])
        approve_items(shop_id=shop_id, actor_id=None, item_ids=unlicensed)
        wrong_channel = make_published(shop_id, 1, channels=(Channel.EMAIL, Channel.PRODUCT_PAGE))
        wrong_market = make_published(shop_id, 1, markets=("SE",))
        over = make_published(shop_id, 1, ends_at=later(days=-1))
        held = make_published(shop_id, 1)
        open_hold(shop_id=shop_id, actor_id=None, item_id=held[0], reason=HoldReason.DISPUTE)
        withdrawn = make_published(shop_id, 1)
        withdraw_item(shop_id=shop_id, actor_id=None, item_id=withdrawn[0], reason=EndReason.AUTHOR)
        taken = make_published(shop_id, 1)
        take_down_items(shop_id=shop_id, actor_id=None, item_ids=taken, reason="spam")
        hidden = [pending, unlicensed, wrong_channel, wrong_market, over, held, withdrawn, taken]
        return placed, {entry for group in hidden for entry in group}

    placed, hidden = await in_thread(prepare)()
    async with edge() as (client, _):
        for address in (placed.feed, f"/w/{placed.widget_id}/items.json", f"/w/{placed.widget_id}/"):
            text = (await client.get(address)).text
            assert all(item_id in text for item_id in placed.item_ids)
            assert not any(item_id in text for item_id in hidden)
        assert (await client.get(placed.feed)).json()["summary"]["total"] == 2


async def test_another_shops_content_is_out_of_reach() -> None:
    def prepare() -> tuple[Placed, list[str], str]:
        placed = place(1)
        product = make_product(placed.people.other_shop.id, "Honey")
        theirs = make_published(placed.people.other_shop.id, [item_input(product_external_id="honey")])
        return placed, theirs, product

    placed, theirs, product = await in_thread(prepare)()
    base = f"/w/{placed.widget_id}"
    async with edge() as (client, _):
        for address in (
            f"{base}/feed.json?product={product}",
            f"{base}/items.json?product={product}&q=thing",
            f"{base}/?product={product}",
            f"{base}/?item={theirs[0]}",
        ):
            answer = await client.get(address)
            assert f"#{theirs[0]}" not in answer.text
            assert "A fine thing, number" not in answer.text or placed.item_ids[0] in answer.text
        assert (await client.get(f"{base}/?item={theirs[0]}")).status_code == 404


async def test_a_product_page_shows_what_is_licensed_for_product_pages() -> None:
    def prepare() -> tuple[Placed, str, list[str]]:
        placed = place(0)
        shop_id = placed.shop_id
        product = make_product(shop_id, "Knit top")
        about = make_published(shop_id, [item_input(product_external_id="knit-top")])
        make_published(shop_id, [item_input(product_external_id="knit-top")], channels=(Channel.SITE,))
        make_published(shop_id, [item_input()])
        return placed, product, about

    placed, product, about = await in_thread(prepare)()
    async with edge() as (client, _):
        for reference in (product, "knit-top"):
            answer = await client.get(f"{placed.feed}?product={reference}")
            assert ids(answer) == about
            assert answer.json()["summary"]["total"] == 1
            assert f"product={product}" in answer.json()["wall_url"]
        assert len(ids(await client.get(placed.feed))) == 3
        assert delivery().store.builds == 2


async def test_the_lease_ends_with_the_licence() -> None:
    def prepare() -> Placed:
        placed = place(1)
        make_published(placed.shop_id, 1, ends_at=later(seconds=40))
        return placed

    placed = await in_thread(prepare)()
    async with edge() as (client, _):
        answer = await client.get(placed.feed)
        assert len(ids(answer)) == 2
        assert 0 < int(answer.headers["vouchsafe-lease"]) < 40


async def test_a_process_whose_view_is_too_old_gives_no_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    placed: Placed = await in_thread(place)()
    async with edge() as (client, _):
        first = await client.get(placed.feed)
        assert int(first.headers["vouchsafe-lease"]) > 0
        monkeypatch.setattr(PublicationView, "age", lambda view: 20.5)
        for headers in ({}, {"If-None-Match": first.headers["etag"]}):
            assert (await client.get(placed.feed, headers=headers)).headers["vouchsafe-lease"] == "0"
        wall = await client.get(f"/w/{placed.widget_id}/")
        assert wall.status_code == 503
        assert placed.item_ids[0] not in wall.text


async def test_a_widget_that_is_off_gone_or_unknown_is_not_found() -> None:
    placed: Placed = await in_thread(place)()
    gone = await in_thread(make_widget)(placed.shop_id)
    async with edge() as (client, running):
        assert (await client.get(f"/w/{gone}/feed.json")).status_code == 200
        await in_thread(set_widget_active)(
            shop_id=placed.shop_id, actor_id=None, widget_id=placed.widget_id, active=False
        )
        await in_thread(delete_widget)(shop_id=placed.shop_id, actor_id=None, widget_id=gone)
        await running.view.refresh()
        for widget_id in (placed.widget_id, gone, "wid_" + "0" * 22):
            answer = await client.get(f"/w/{widget_id}/feed.json")
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
        assert (await client.get("/w/nonsense/feed.json")).status_code == 404
        assert await in_thread(shop_of_public_id)(gone) is None


async def test_guessing_widgets_is_slowed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped_clock = TokenBuckets(rate=50, burst=20, clock=lambda: 0.0)
    monkeypatch.setattr(delivery_module, "_cold", stopped_clock)
    async with edge() as (client, _):
        answers = await asyncio.gather(*(client.get(f"/w/wid_{number:022}/feed.json") for number in range(30)))
        codes = [answer.status_code for answer in answers]
        assert (codes.count(404), codes.count(429)) == (20, 10)


async def test_pages_that_read_again_after_a_change_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    placed: Placed = await in_thread(place)(2)
    monkeypatch.setattr(delivery_module, "_cold", TokenBuckets(rate=1, burst=2, clock=lambda: 0.0))
    async with edge() as (client, running):
        assert (await client.get(placed.feed)).status_code == 200
        for _ in range(3):
            await in_thread(make_published)(placed.shop_id)
            await running.view.refresh()
            answers = await asyncio.gather(*(client.get(placed.feed) for _ in range(20)))
            assert {answer.status_code for answer in answers} == {200}


async def flood(client: Any, placed: Placed, rounds: int = 10) -> list[int]:
    """Ask for two feeds by turns, of which the process keeps one."""
    queries = [f"?product={('blue', 'red')[number % 2]}" for number in range(rounds)]
    return [(await client.get(f"{placed.feed}{query}")).status_code for query in queries]


@pytest.mark.parametrize("limit", ["_cold", "_per_widget"])
async def test_known_parameters_do_not_make_builds_without_end(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    placed: Placed = await in_thread(place_with_products)()
    # A visitor pays for the widget's head and for looking up two products as well.
    burst = {"_cold": 6, "_per_widget": 3}[limit]
    monkeypatch.setattr(delivery_module, limit, TokenBuckets(rate=1, burst=burst, clock=lambda: 0.0))
    async with edge() as (client, _):
        delivery().store = PreparedStore(keys_per_group=1)
        codes = await flood(client, placed)
        assert codes == [200, 200, 200, *[429, 200] * 3, 429]  # what is ready is served all the same
        assert delivery().store.builds == 3
        refused = await client.get(f"{placed.feed}?product=red", headers={"Origin": SHOP_PAGE})
        assert refused.json()["error"]["code"] == "rate_limited"
        assert int(refused.headers["retry-after"]) >= 1
        # The default feed is built once per change, whoever asks.
        assert (await client.get(placed.feed)).status_code == 200


async def test_whoever_waits_for_the_same_feed_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    placed: Placed = await in_thread(place_with_products)()
    monkeypatch.setattr(delivery_module, "_cold", TokenBuckets(rate=1, burst=3, clock=lambda: 0.0))
    async with edge() as (client, _):
        answers = await asyncio.gather(*(client.get(f"{placed.feed}?product=blue") for _ in range(30)))
        assert {answer.status_code for answer in answers} == {200}
        assert delivery().store.builds == 1


async def test_the_query_count_of_a_feed_does_not_grow_with_its_items(
    django_assert_max_num_queries: Any,
) -> None:
    from widgets.building import build_feed, known_key, load_head

    def build(items: int) -> None:
        placed = place(items)
        head = load_head(placed.widget_id)
        key = known_key(head, product="", category="", locale="")
        with django_assert_max_num_queries(16):
            feed, _ = build_feed(head, key)
        assert len(feed.items) == min(items, 12)

    await in_thread(build)(2)
    await in_thread(build)(20)


async def test_further_items_search_order_and_stars() -> None:
    def prepare() -> Placed:
        return place(
            [item_input(rating=1 + n % 5, text=f"Sleeve length {n}", helpful=n) for n in range(25)], type="wall"
        )

    placed = await in_thread(prepare)()
    items = f"/w/{placed.widget_id}/items.json"
    async with edge() as (client, _):
        feed = await client.get(placed.feed)
        more = await client.get(items, params={"cursor": feed.json()["next"]}, headers={"Origin": SHOP_PAGE})
        assert more.headers["access-control-allow-origin"] == SHOP_PAGE
        assert int(more.headers["vouchsafe-lease"]) > 0
        assert sorted(ids(feed) + ids(more)) == sorted(placed.item_ids)
        assert more.json()["next"] is None
        found = await client.get(items, params={"q": "length 17"})
        assert [item["text"] for item in found.json()["items"]] == ["Sleeve length 17"]
        helpful = await client.get(items, params={"sort": "helpful"})
        assert helpful.json()["items"][0]["text"] == "Sleeve length 24"
        low = await client.get(items, params={"stars": "1,2"})
        assert {item["rating"] for item in low.json()["items"]} == {1, 2}
        assert (await client.get(items, params={"cursor": "nonsense"})).status_code == 400
        assert (await client.get(items, headers={"Origin": ELSEWHERE})).status_code == 403


async def test_acknowledgements_need_a_connection_that_was_given_out() -> None:
    placed: Placed = await in_thread(place)()
    address = f"/w/{placed.widget_id}/ack"
    async with edge() as (client, _):
        for body in ({"v": 1}, {"connection": "x", "v": 1}, {"connection": "a.b", "v": True}, []):
            answer = await client.post(address, content=json.dumps(body), headers={"Origin": SHOP_PAGE})
            assert answer.status_code == 400
        foreign = await client.post(address, content="{}", headers={"Origin": ELSEWHERE})
        assert foreign.status_code == 403
        allowed = await client.options(address, headers={"Origin": SHOP_PAGE, "Access-Control-Request-Method": "POST"})
        assert (allowed.status_code, allowed.headers["access-control-allow-methods"]) == (204, "POST")
        assert (await client.options(address, headers={"Origin": ELSEWHERE})).status_code == 403
