"""The hosted wall: complete HTML without JavaScript, under a policy that allows nothing else."""

import asyncio
import base64
import hashlib
import html
import json
import re
from typing import Any

import pytest

from project.content.rules import CreditKind, MaterialConnection, Verification
from project.content.services import approve_items, take_down_items
from project.core.edge.limits import TokenBuckets
from project.rights.contracts import Basis
from project.rights.services import grant_licence
from tests.factories import item_input, make_items, make_product, make_published, make_source, terms
from tests.widgets.helpers import ELSEWHERE, Placed, edge, in_thread, make_widget, place
from widgets import delivery as delivery_module
from widgets.delivery import delivery
from widgets.services import add_items, create_selection

pytestmark = pytest.mark.django_db(transaction=True)

HOSTILE = "</script><script>alert(1)</script> <b>&amp; \u2028 \" '"


def articles(text: str) -> list[str]:
    return re.findall(r'<article class="card" id="(rev_\w+)"', text)


def json_ld(text: str) -> Any:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    return json.loads(found[1]) if found else None


async def test_the_first_page_holds_all_its_reviews_whole_and_without_script() -> None:
    texts = [f"Long story {n}. " + "It fits very well. " * 30 for n in range(20)]
    placed: Placed = await in_thread(place)([item_input(text=text) for text in texts], type="wall")
    async with edge() as (client, _):
        answer = await client.get(f"/w/{placed.widget_id}/")
    page = html.unescape(answer.text)
    assert sorted(articles(page)) == sorted(placed.item_ids)
    assert all(text.strip() in page for text in texts)
    assert "<script" not in page
    assert " style=" not in page
    assert "5.0 out of 5, from 20 reviews" in page


async def test_the_policy_allows_the_pages_own_style_and_nothing_else() -> None:
    placed: Placed = await in_thread(place)(1, theme={"accent": "#aa3344", "scheme": "dark", "radius": 4})
    async with edge() as (client, _):
        answer = await client.get(f"/w/{placed.widget_id}/")
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert style is not None
    assert "--accent:#aa3344" in style[1]
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    assert re.fullmatch(r"max-age=\d+, must-revalidate", answer.headers["cache-control"])
    assert "set-cookie" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_hostile_words_stay_words() -> None:
    def prepare() -> Placed:
        placed = place(0, type="wall")
        make_product(placed.shop_id, "Top")
        make_published(
            placed.shop_id,
            [
                item_input(
                    text=HOSTILE,
                    title=HOSTILE,
                    credit_kind=CreditKind.NAME,
                    credit_name=HOSTILE,
                    product_external_id="top",
                    origin_url="javascript:alert(1)",
                )
            ],
        )
        return placed

    placed = await in_thread(prepare)()
    async with edge() as (client, _):
        for query in ("", "?product=top", f"?q={'%3Cscript%3E'}", "?sort=%22%3E%3Cscript%3E&stars=%3Cb%3E"):
            text = (await client.get(f"/w/{placed.widget_id}/{query}")).text
            assert "<script>alert" not in text
            assert "<b>" not in text
            assert "javascript:" not in text


async def test_pages_follow_each_other_without_gaps() -> None:
    placed: Placed = await in_thread(place)(47, type="wall")
    async with edge() as (client, _):
        address, seen = f"/w/{placed.widget_id}/", []
        while address:
            text = (await client.get(address)).text
            seen += articles(text)
            following = re.search(r'<a class="next" href="([^"]+)"', text)
            address = html.unescape(following[1]) if following else ""
    assert sorted(seen) == sorted(placed.item_ids)
    assert len(seen) == 47


async def test_search_order_and_stars_work_by_address_alone() -> None:
    items = [item_input(rating=1 + n % 5, text=f"Collar {n}", helpful=n) for n in range(12)]
    placed: Placed = await in_thread(place)(items, type="wall")
    base = f"/w/{placed.widget_id}/"
    async with edge() as (client, _):
        found = await client.get(base, params={"q": "collar 7"})
        assert "Collar 7" in found.text
        assert len(articles(found.text)) == 1
        assert "Only reviews with “collar 7”." in found.text
        helpful = await client.get(base, params={"sort": "helpful"})
        assert helpful.text.index("Collar 11<") < helpful.text.index("Collar 10<")
        assert '<option value="helpful" selected>' in helpful.text
        low = await client.get(base, params={"stars": "1,2"})
        assert len(articles(low.text)) == 6
        assert "Only 1, 2 stars." in low.text
        assert "from 12 reviews" in low.text  # the aggregate covers everything, whatever is looked at (law 6)
        nothing = await client.get(base, params={"q": "zzz"})
        assert (nothing.status_code, articles(nothing.text)) == (200, [])
        assert "No review fits this search." in nothing.text


async def test_a_single_review_has_a_page_until_it_is_withdrawn() -> None:
    placed: Placed = await in_thread(place)(2, type="wall")
    address = f"/w/{placed.widget_id}/?item={placed.item_ids[0]}"
    async with edge() as (client, _):
        assert articles((await client.get(address)).text) == placed.item_ids[:1]
        await in_thread(take_down_items)(
            shop_id=placed.shop_id, actor_id=None, item_ids=placed.item_ids[:1], reason="spam"
        )
        gone = await client.get(address)
        assert gone.status_code == 404
        assert placed.item_ids[0] not in gone.text
        assert gone.headers["cache-control"] == "no-store"
        for wrong in ("?item=", "?item=rev_x", "?item=../../etc", "?cursor=nonsense"):
            assert (await client.get(f"/w/{placed.widget_id}/{wrong}")).status_code == 404


async def test_every_entry_of_a_wall_leads_to_the_form_that_reports_it() -> None:
    placed: Placed = await in_thread(place)(3, type="wall")
    async with edge() as (client, _):
        pages = [await client.get(f"/w/{placed.widget_id}/")]
        pages += [await client.get(f"/w/{placed.widget_id}/?item={item}") for item in placed.item_ids]
        reported = []
        for page in pages:
            for item, card in re.findall(r'<article class="card" id="(rev_\w+)">(.*?)</article>', page.text, re.DOTALL):
                (address,) = re.findall(r'<a href="([^"]*)"[^>]*>Report</a>', card)
                form = await client.get(address)
                assert form.status_code == 200
                assert re.search(r'<form [^>]*method="post"', form.text)
                reported.append((item, address))
    assert sorted(reported) == sorted([(item, f"/n/{item}") for item in placed.item_ids] * 2)


async def test_an_unknown_wall_is_a_page_for_people() -> None:
    async with edge() as (client, _):
        answer = await client.get(f"/w/wid_{'0' * 22}/")
        assert answer.status_code == 404
        assert "This is not shown here." in answer.text
        assert answer.headers["content-type"].startswith("text/html")


async def test_an_address_without_its_slash_leads_on() -> None:
    placed: Placed = await in_thread(place)(1)
    async with edge() as (client, _):
        answer = await client.get(f"/w/{placed.widget_id}?locale=da")
    assert answer.status_code == 301
    assert answer.headers["location"].endswith(f"/w/{placed.widget_id}/?locale=da")


async def test_pages_of_other_sites_cannot_read_the_wall() -> None:
    placed: Placed = await in_thread(place)(1)
    async with edge() as (client, _):
        answer = await client.get(f"/w/{placed.widget_id}/", headers={"Origin": ELSEWHERE})
    assert answer.status_code == 403
    assert placed.item_ids[0] not in answer.text


async def test_a_page_is_built_once_for_all_who_ask_the_same() -> None:
    placed: Placed = await in_thread(place)(3)
    async with edge() as (client, _):
        first = await client.get(f"/w/{placed.widget_id}/")
        known = {"If-None-Match": first.headers["etag"]}
        for query in ("", "?utm_source=mail", "?sort=nonsense"):
            assert (await client.get(f"/w/{placed.widget_id}/{query}", headers=known)).status_code == 304
        assert delivery().store.builds == 1


async def test_disclosure_verification_credit_and_date_stand_with_the_words() -> None:
    from datetime import UTC, datetime

    item = item_input(
        credit_detail="39",
        disclosure=MaterialConnection.FREE_PRODUCT,
        verification=Verification.ORDER_WEBHOOK,
        occurred_at=datetime(2012, 10, 25, 12, tzinfo=UTC),
    )
    placed: Placed = await in_thread(place)([item, item_input()])
    async with edge() as (client, _):
        page = (await client.get(f"/w/{placed.widget_id}/")).text
        for words in ("A customer, aged 39", "Received the product free of charge", "matched to an order"):
            assert words in page
        assert '<time datetime="2012-10-25">25 October 2012</time>' in page
        assert page.count("<time") == 1  # where there is no date, none is invented


async def test_the_wall_says_by_what_right_it_shows_and_no_more() -> None:
    def prepare() -> tuple[Placed, str]:
        placed = place(1)
        (asked,) = make_items(placed.shop_id, [item_input()])
        grant_licence(shop_id=placed.shop_id, actor_id=None, basis=Basis.REQUEST, item_ids=[asked], terms=terms())
        approve_items(shop_id=placed.shop_id, actor_id=None, item_ids=[asked])
        return placed, asked

    placed, asked = await in_thread(prepare)()
    expected = {
        "": "Shown with the authors’ permission or under an open licence. The words",
        f"?item={asked}": "Shown with the authors’ permission. The words",
        f"?item={placed.item_ids[0]}": "Shown under an open licence. The words",
    }
    async with edge() as (client, _):
        for query, said in expected.items():
            assert said in (await client.get(f"/w/{placed.widget_id}/{query}")).text
        missing = (await client.get(f"/w/{placed.widget_id}/?item=rev_{'0' * 22}")).text
        assert "Shown with" not in missing


async def test_below_five_ratings_there_is_no_average_but_always_the_number() -> None:
    placed: Placed = await in_thread(place)(4, type="wall")
    empty = await in_thread(make_widget)(placed.people.other_shop.id, type="wall")
    async with edge() as (client, _):
        few = (await client.get(f"/w/{placed.widget_id}/")).text
        assert "out of 5, from" not in few
        assert "4 reviews" in few
        assert 'class="average"' not in few
        nothing = await client.get(f"/w/{empty}/")
        assert nothing.status_code == 200
        assert "No reviews yet." in nothing.text


async def test_a_wall_that_shows_a_choice_says_so_and_leads_to_everything() -> None:
    def prepare() -> Placed:
        return place([item_input(rating=1 + n % 5) for n in range(10)], type="wall", ratings=(4, 5))

    placed = await in_thread(prepare)()
    async with edge() as (client, _):
        page = html.unescape((await client.get(f"/w/{placed.widget_id}/")).text)
        assert len(articles(page)) == 4
        assert "4–5 stars only: 4 of 10 reviews, average of all 3.0" in page
        everything = (await client.get(f"/w/{placed.widget_id}/?all=1")).text
        assert len(articles(everything)) == 10
        assert "stars only" not in everything


async def test_the_wall_of_a_carousel_shows_everything() -> None:
    def prepare() -> Placed:
        placed = place(8)
        selection = create_selection(shop_id=placed.shop_id, actor_id=None, name="Best")
        add_items(shop_id=placed.shop_id, actor_id=None, selection_id=selection, item_ids=placed.item_ids[:2])
        carousel = make_widget(placed.shop_id, selection_id=selection)
        return Placed(placed.people, carousel, placed.item_ids)

    placed = await in_thread(prepare)()
    async with edge() as (client, _):
        feed = (await client.get(placed.feed)).json()
        assert feed["selection"]["text"] == "Selected by the shop: 2 of 8"
        wall = await client.get(feed["selection"]["url"].replace("http://localhost:8000", ""))
        assert len(articles(wall.text)) == 8


class TestJsonLd:
    """Product walls of first-party reviews only, and equal to what the page shows."""

    def placed(self, *, foreign: int = 0) -> tuple[Placed, str]:
        placed = place(0, type="wall")
        product = make_product(placed.shop_id, "Knit top", url="https://shop.example/knit")
        own = make_source(placed.shop_id, kind="own", name="Own form")
        self._first_party(own, True)
        other = make_source(placed.shop_id, kind="elsewhere", name="Another site")
        self._first_party(other, False)
        inputs = [item_input(product_external_id="knit-top", rating=1 + n % 5, text=HOSTILE) for n in range(6)]
        self._publish(placed.shop_id, inputs, own)
        inputs = [item_input(product_external_id="knit-top") for _ in range(foreign)]
        self._publish(placed.shop_id, inputs, other)
        return placed, product

    def _first_party(self, source: Any, value: bool) -> None:
        from project.content.models import Source
        from project.core.scope import shop_scope

        with shop_scope(source.shop_id):
            Source.objects.filter(pk=source.pk).update(in_json_ld=value)

    def _publish(self, shop_id: int, inputs: list[Any], source: Any) -> None:
        from project.content.services import approve_items
        from tests.factories import license_items, make_items

        if inputs:
            ids = make_items(shop_id, inputs, source=source)
            license_items(shop_id, ids)
            approve_items(shop_id=shop_id, actor_id=None, item_ids=ids)

    async def test_a_product_page_of_first_party_reviews_carries_it(self) -> None:
        placed, product = await in_thread(self.placed)()
        async with edge() as (client, _):
            text = (await client.get(f"/w/{placed.widget_id}/?product={product}")).text
        data = json_ld(text)
        assert data["@type"] == "Product"
        assert data["name"] == "Knit top"
        assert data["aggregateRating"]["ratingCount"] == 6
        assert data["aggregateRating"]["ratingValue"] == "2.7"
        assert "2.7 out of 5, from 6 reviews" in text
        assert len(data["review"]) == 6
        assert data["review"][0]["reviewBody"] == HOSTILE
        assert data["review"][0]["author"]["name"] == "A customer"
        assert "datePublished" not in data["review"][0]
        assert "\u2028" not in re.search(r"ld\+json\">(.*?)</script>", text, re.DOTALL)[1]  # type: ignore[index]

    async def test_pages_of_the_shop_itself_and_filtered_pages_carry_none(self) -> None:
        placed, product = await in_thread(self.placed)()
        base = f"/w/{placed.widget_id}/"
        async with edge() as (client, _):
            for query in (
                "",
                f"?product={product}&stars=5",
                f"?product={product}&q=a",
                f"?product={product}&sort=highest",
            ):
                assert json_ld((await client.get(base + query)).text) is None

    async def test_one_review_from_elsewhere_leaves_none(self) -> None:
        placed, product = await in_thread(lambda: self.placed(foreign=1))()
        async with edge() as (client, _):
            assert json_ld((await client.get(f"/w/{placed.widget_id}/?product={product}")).text) is None


async def test_invented_pages_of_a_wall_do_not_make_builds_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    placed: Placed = await in_thread(place)(47, type="wall")
    monkeypatch.setattr(delivery_module, "_costly", TokenBuckets(rate=1, burst=4, clock=lambda: 0.0))
    base = f"/w/{placed.widget_id}/"
    async with edge() as (client, _):
        first = await client.get(base)
        following = re.search(r'<a class="next" href="([^"]+)"', first.text)
        assert following is not None
        answers = await asyncio.gather(*(client.get(html.unescape(following[1])) for _ in range(20)))
        assert {answer.status_code for answer in answers} == {200}
        assert delivery().store.builds == 2  # the first page and the second one, once each
        codes = [(await client.get(base, params={"cursor": f"invented{number}"})).status_code for number in range(10)]
        assert (codes.count(404), codes.count(429)) == (3, 7)
        refused = await client.get(base, params={"sort": "lowest"})
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        # What is ready costs nothing, and the first page is made once per change, whoever asks.
        assert (await client.get(html.unescape(following[1]))).status_code == 200
        assert (await client.get(base)).status_code == 200
