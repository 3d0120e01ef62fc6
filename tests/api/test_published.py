"""``/api/v1/published/``: the gate, and the face that browsers see."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from project.content.models import ContentItem
from project.content.services import take_down_items
from project.core.scope import shop_scope
from project.rights.contracts import Channel, EndReason, HoldReason
from project.rights.services import open_hold, withdraw_item
from tests.api.asking import Asking, code_of, publishable_key, walk
from tests.factories import Personas, item_input, later, make_items, make_product, make_published
from widgets.services import ensure_hosted_wall


def ids_of(answer: Any) -> list[str]:
    return [item["id"] for item in answer.json()["items"]]


@pytest.fixture
def page(people: Personas) -> Asking:
    """A page with the shop's publishable key, asking without a browser."""
    return Asking(publishable_key(people.shop.id))


def test_a_page_on_the_wall_is_named_only_where_there_is_one(server: Asking, people: Personas) -> None:
    wall = ensure_hosted_wall(shop_id=people.shop.id)
    (mailed,) = make_published(people.shop.id, channels=(Channel.EMAIL,))
    (both,) = make_published(people.shop.id, channels=(Channel.EMAIL, Channel.SITE))
    found = {item["id"]: item["url"] for item in server.get("/published/?channel=email").json()["items"]}
    assert found == {mailed: "", both: f"http://localhost:8000/w/{wall}/?item={both}#{both}"}
    for item_id, url in found.items():
        assert server.get(f"/published/{item_id}/?channel=email").json()["url"] == url


def test_only_what_passes_the_gate_is_there(page: Asking, people: Personas) -> None:
    shown, held, withdrawn, down = make_published(people.shop.id, 4)
    (pending,) = make_items(people.shop.id, [item_input()])
    open_hold(shop_id=people.shop.id, actor_id=None, item_id=held, reason=HoldReason.DISPUTE)
    withdraw_item(shop_id=people.shop.id, actor_id=None, item_id=withdrawn, reason=EndReason.AUTHOR)
    take_down_items(shop_id=people.shop.id, actor_id=None, item_ids=[down], reason="spam")
    assert ids_of(page.get("/published/")) == [shown]
    assert page.get(f"/published/{shown}/").status_code == 200
    for hidden in (held, withdrawn, down, pending):
        answer = page.get(f"/published/{hidden}/")
        assert (answer.status_code, code_of(answer)) == (404, "not_found")


def test_an_item_carries_all_that_must_be_said_of_it(page: Asking, people: Personas) -> None:
    end = later(days=3)
    make_product(people.shop.id, "Knit top", category="Knits")
    text = "Warm 👍🏽"
    inputs = [
        item_input(
            text=text,
            credit_kind="name",
            credit_name="Ana",
            disclosure="free_product",
            product_external_id="knit-top",
            occurred_at=datetime(2026, 1, 2, tzinfo=UTC),
        )
    ]
    (item_id,) = make_published(people.shop.id, inputs, ends_at=end)
    (item,) = page.get("/published/").json()["items"]
    assert (item["id"], item["text"], item["credit"]["name"]) == (item_id, text, "Ana")
    assert (item["disclosure"], item["product"]["name"]) == ("free_product", "Knit top")
    assert datetime.fromisoformat(item["shown_until"]) == end
    assert page.get(f"/published/{item_id}/").json() == item
    with shop_scope(people.shop.id):
        row = ContentItem.objects.get()
    assert not {"pk", "state", "author", "signals", "raw_hash", "external_id", "evidence_ref"} & set(item)
    assert row.raw_hash.encode() not in page.get("/published/").content


def test_a_channel_and_a_market_show_only_what_is_licensed_for_them(server: Asking, people: Personas) -> None:
    (mail,) = make_published(people.shop.id, 1, channels=(Channel.EMAIL,), markets=("DK", "SE"))
    assert ids_of(server.get("/published/", channel="email")) == [mail]
    assert ids_of(server.get("/published/", channel="email", markets=["DK", "SE"])) == [mail]
    assert ids_of(server.get("/published/", channel="email", markets=["DK", "NO"])) == []
    assert ids_of(server.get("/published/", channel="email", markets="*")) == []
    assert ids_of(server.get("/published/")) == []
    assert server.get(f"/published/{mail}/", channel="email").status_code == 200
    assert server.get(f"/published/{mail}/").status_code == 404


@pytest.mark.parametrize("channel", sorted(set(Channel) - {Channel.SITE, Channel.PRODUCT_PAGE}))
def test_a_publishable_key_reads_no_channel_that_a_page_is_not(
    page: Asking, server: Asking, people: Personas, channel: str
) -> None:
    (item,) = make_published(people.shop.id, 1, channels=(Channel(channel),))
    refused = page.get("/published/", channel=channel)
    assert (refused.status_code, code_of(refused)) == (403, "not_allowed")
    assert page.get(f"/published/{item}/", channel=channel).status_code == 403
    assert ids_of(server.get("/published/", channel=channel)) == [item]


def test_a_filtered_view_says_so_and_gives_the_whole_count(page: Asking, people: Personas) -> None:
    make_published(people.shop.id, [item_input(rating=stars) for stars in (5, 5, 4, 4, 1, 2)])
    whole = page.get("/published/").json()
    assert whole["filtered"] is False
    assert whole["matching"] == whole["summary"]
    assert (whole["summary"]["total"], whole["summary"]["average"]) == (6, 3.5)
    part = page.get("/published/", rating=[4, 5]).json()
    assert part["filtered"] is True
    assert (part["matching"]["total"], part["summary"]["total"]) == (4, 6)
    assert part["matching"]["average"] is None, "four ratings are too few for an average"
    assert part["summary"]["histogram"] == {"1": 1, "2": 1, "3": 0, "4": 2, "5": 2}


def test_placement_filters_narrow_what_the_summary_is_about(page: Asking, people: Personas) -> None:
    product = make_product(people.shop.id, "Knit top", category="Knits")
    ids = make_published(people.shop.id, [item_input(product_external_id="knit-top"), item_input(text="Other words")])
    one = page.get("/published/", product=product)
    assert (ids_of(one), one.json()["filtered"], one.json()["summary"]["total"]) == ([ids[0]], False, 1)
    assert ids_of(page.get("/published/", category="Knits")) == [ids[0]]
    assert ids_of(page.get("/published/", q="other")) == [ids[1]]
    assert ids_of(page.get("/published/", kind="testimonial")) == []


@pytest.mark.parametrize("order", ["newest", "helpful", "highest", "lowest"])
def test_pages_neither_repeat_nor_skip(page: Asking, people: Personas, order: str) -> None:
    ids = make_published(people.shop.id, [item_input(rating=n % 5 + 1, helpful=n % 3) for n in range(8)])
    seen = [item["id"] for item in walk(page, "/published/", limit=3, order=order)]
    assert sorted(seen) == sorted(ids)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "abc"},
        {"order": "given"},
        {"channel": "everywhere"},
        {"markets": "Denmark"},
        {"rating": "9"},
        {"limit": "0"},
        {"limit": "101"},
        {"product": "knit-top"},
        {"category": "a\x00"},
        {"q": "\x00"},
        {"state": "pending"},
        {"shop": "2"},
    ],
)
def test_a_question_that_means_nothing_is_refused_with_a_sentence(
    page: Asking, people: Personas, query: dict[str, str]
) -> None:
    answer = page.get("/published/", **query)
    assert (answer.status_code, code_of(answer)) == (400, "invalid_input")
    assert set(answer.json()["error"]["fields"]) <= {name for key in query for name in (key, f"{key}.0")}


def test_a_marker_beyond_every_number_finds_nothing_new(page: Asking, people: Personas) -> None:
    (item,) = make_published(people.shop.id)
    position = ["newest", None, "9998-01-01T00:00:00+00:00", 10**30]
    huge = base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")
    assert ids_of(page.get("/published/", cursor=huge)) == [item]


def test_the_etag_holds_until_something_changes_and_ends_with_the_right(page: Asking, people: Personas) -> None:
    (item,) = make_published(people.shop.id)
    etag = page.get("/published/")["ETag"]
    unchanged = page.ask("GET", "/published/", If_None_Match=etag)
    assert (unchanged.status_code, unchanged.content, unchanged["ETag"]) == (304, b"", etag)
    assert "Authorization" in unchanged["Vary"]
    withdraw_item(shop_id=people.shop.id, actor_id=None, item_id=item, reason=EndReason.AUTHOR)
    gone = page.ask("GET", "/published/", If_None_Match=etag)
    assert (gone.status_code, gone.json()["items"]) == (200, [])


def test_nothing_of_another_shop_is_published_here(page: Asking, people: Personas) -> None:
    (foreign,) = make_published(people.other_shop.id)
    assert ids_of(page.get("/published/")) == []
    assert page.get(f"/published/{foreign}/").status_code == 404
