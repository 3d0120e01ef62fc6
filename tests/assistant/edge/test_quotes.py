"""The lease of what an answer quotes: how it comes, how it is renewed, and what does not renew it."""

import json
from datetime import datetime
from typing import Any

import httpx
import pytest
from django.utils import timezone

from assistant.edge import desk as desk_module
from project.content.contracts import ItemInput
from project.content.services import approve_items, receive_items
from project.core.edge.limits import TokenBuckets
from project.core.scope import shop_scope
from project.rights.contracts import EndReason, HoldReason
from project.rights.models import Licence
from project.rights.services import open_hold, withdraw_item
from tests.assistant.edge.test_edge import Asked, events, place
from tests.assistant.helpers import index
from tests.factories import item_input, later, license_items, make_published, make_source
from tests.widgets.helpers import SHOP_PAGE, edge, in_thread

pytestmark = pytest.mark.django_db(transaction=True)

FIT = "What do customers say about the fit?"


@pytest.fixture
async def asked() -> Asked:
    placed: Asked = await in_thread(place)()
    return placed


async def answer_of(client: httpx.AsyncClient, asked: Asked) -> dict[str, Any]:
    answered = await client.post(asked.ask, json={"question": FIT}, headers={"Origin": SHOP_PAGE})
    body: dict[str, Any] = answered.json()["answer"]
    return body


def marks(answer: dict[str, Any]) -> list[str]:
    """How a panel names what it quotes."""
    return [
        f"{cited['review_id']}.{cited['text_version']}" for claim in answer["claims"] for cited in claim["citations"]
    ]


async def look(client: httpx.AsyncClient, asked: Asked, version: int, quotes: list[Any]) -> httpx.Response:
    """As the page sends it: a simple request, which needs no preflight."""
    content = json.dumps({"version": version, "quotes": quotes})
    headers = {"Origin": SHOP_PAGE, "Content-Type": "text/plain"}
    return await client.post(asked.ask.replace("/ask", "/quotes"), content=content, headers=headers)


def lease_of(response: httpx.Response) -> int:
    return int(response.headers["vouchsafe-lease"])


async def test_an_answer_comes_with_a_lease_and_its_version(asked: Asked) -> None:
    async with edge() as (client, _):
        whole = await client.post(asked.ask, json={"question": FIT}, headers={"Origin": SHOP_PAGE})
        headers = {"Origin": SHOP_PAGE, "Accept": "text/event-stream"}
        frames = events((await client.post(asked.ask, json={"question": FIT}, headers=headers)).text)
    assert lease_of(whole) == 60
    assert "Vouchsafe-Lease" in whole.headers["access-control-expose-headers"]
    assert {frame["type"]: frame.get("lease") for frame in frames} == {"coverage": None, "claim": 60, "done": 60}
    assert all("shown_until" not in frame for frame in frames)
    assert whole.json()["answer"]["version"] == frames[-1]["answer"]["version"] > 0


async def test_where_nothing_has_changed_a_look_renews_without_a_word(asked: Asked) -> None:
    async with edge() as (client, _):
        answer = await answer_of(client, asked)
        looked = await look(client, asked, answer["version"], marks(answer))
    assert (looked.status_code, looked.content) == (204, b"")
    assert 55 <= lease_of(looked) <= 60
    assert looked.headers["cache-control"] == "no-store"
    assert looked.headers["access-control-allow-origin"] == SHOP_PAGE


@pytest.mark.parametrize("how", ["withdrawn", "held"])
async def test_what_has_gone_is_not_among_what_is_shown(asked: Asked, how: str) -> None:
    shop_id = asked.people.shop.id

    def hide(review_id: str) -> None:
        if how == "withdrawn":
            withdraw_item(shop_id=shop_id, actor_id=None, item_id=review_id, reason=EndReason.AUTHOR)
        else:
            open_hold(shop_id=shop_id, actor_id=None, item_id=review_id, reason=HoldReason.DISPUTE)

    async with edge() as (client, running):
        answer = await answer_of(client, asked)
        quoted = marks(answer)
        await in_thread(hide)(quoted[0].partition(".")[0])
        await running.view.refresh()
        looked = await look(client, asked, answer["version"], quoted)
        again = await look(client, asked, looked.json()["version"], quoted[1:])
    assert looked.json()["shown"] == quoted[1:]
    assert looked.json()["version"] > answer["version"]
    assert again.status_code == 204


async def test_a_new_wording_of_a_review_does_not_vouch_for_the_old_one(asked: Asked) -> None:
    shop_id = asked.people.shop.id

    def published(text: str) -> str:
        source = make_source(shop_id)
        value = item_input(external_id="edited", text=text)
        (entry,) = receive_items(shop_id=shop_id, actor_id=None, source=source, items=[value])
        return entry.public_id

    def first() -> str:
        (review_id,) = make_published(shop_id, [item_input(external_id="edited", text="The fit is good.")])
        return review_id

    def edit() -> None:
        assert published("The fit is not good.") == review_id
        license_items(shop_id, [review_id])
        approve_items(shop_id=shop_id, actor_id=None, item_ids=[review_id])

    review_id = await in_thread(first)()
    async with edge() as (client, running):
        before = await look(client, asked, 0, [f"{review_id}.1"])
        await in_thread(edit)()
        await running.view.refresh()
        after = await look(client, asked, before.json()["version"], [f"{review_id}.1", f"{review_id}.2"])
    assert before.json()["shown"] == [f"{review_id}.1"]
    assert after.json()["shown"] == [f"{review_id}.2"]


def only_review(asked: Asked, ends_at: datetime) -> str:
    """A review about something that nobody else wrote about, under a licence that ends."""
    inputs: list[ItemInput] = [item_input(text="The umbrella pocket is a stroke of genius.")]
    (review_id,) = make_published(asked.people.shop.id, inputs, ends_at=ends_at)
    index(asked.people.shop.id)
    return review_id


async def test_no_lease_goes_beyond_the_end_of_a_licence(asked: Asked) -> None:
    review_id = await in_thread(only_review)(asked, later(seconds=40))
    async with edge() as (client, _):
        answered = await client.post(asked.ask, json={"question": "umbrella"}, headers={"Origin": SHOP_PAGE})
        answer = answered.json()["answer"]
        assert [mark.partition(".")[0] for mark in marks(answer)] == [review_id]
        renewed = await look(client, asked, answer["version"], marks(answer))
        looked = await look(client, asked, 0, marks(answer))
    assert (renewed.status_code, looked.status_code) == (204, 200)
    for response in (answered, renewed, looked):
        assert 0 < lease_of(response) <= 40


async def test_a_number_from_before_the_end_of_a_licence_renews_nothing(asked: Asked) -> None:
    review_id = await in_thread(only_review)(asked, later(hours=1))
    shop_id = asked.people.shop.id

    def end_it() -> None:
        with shop_scope(shop_id):
            Licence.objects.filter(ends_at__isnull=False).update(ends_at=timezone.now())

    async with edge() as (client, _):
        answer = await answer_of(client, asked)
    await in_thread(end_it)()
    # The hour is over, and the clock's own news has not come: the number is what it was.
    async with edge() as (client, _):
        looked = await look(client, asked, answer["version"], [f"{review_id}.1", *marks(answer)])
    assert looked.json() == {"version": answer["version"], "shown": marks(answer)}


async def test_what_another_shop_publishes_is_not_shown_here(asked: Asked) -> None:
    (theirs,) = await in_thread(make_published)(asked.people.other_shop.id)
    async with edge() as (client, _):
        looked = await look(client, asked, 0, [f"{theirs}.1"])
    assert looked.json()["shown"] == []


async def test_what_is_no_quote_is_not_shown(asked: Asked) -> None:
    async with edge() as (client, _):
        for mark in ("", "rev_1", "rev_1.1", "\x00.1", "\ud800", "rev_" + "0" * 22 + ".1", "rev_" + "0" * 22 + ".x"):
            looked = await look(client, asked, 0, [mark])
            assert (looked.status_code, looked.json()["shown"]) == (200, []), mark


@pytest.mark.parametrize(
    ("version", "quotes", "field"),
    [
        ("1", [], "version"),
        (True, [], "version"),
        (0, "rev_1.1", "quotes"),
        (0, [1], "quotes"),
        (0, ["x"] * 401, "quotes"),
    ],
)
async def test_what_names_no_quotes_is_refused(asked: Asked, version: Any, quotes: Any, field: str) -> None:
    async with edge() as (client, _):
        looked = await look(client, asked, version, quotes)
    assert looked.status_code == 400
    assert list(looked.json()["error"]["fields"]) == [field]


async def test_too_many_looks_are_refused(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "_looks", TokenBuckets(rate=0.1, burst=1))
    async with edge() as (client, _):
        answers = [await look(client, asked, 0, []) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
