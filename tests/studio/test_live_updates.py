"""What an open page is told every ten seconds: counts, what needs somebody, and what came into the queue."""

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from project.content.services import approve_items, receive_items, reject_items, reopen_items
from project.core.change import change
from project.shops.models import User
from project.studio.views import arrivals
from tests.factories import Personas, item_input, make_items, make_source

ClientOf = Callable[[User | None], Client]
HTMX = {"HX-Request": "true"}


def page_of(people: Personas, name: str) -> str:
    return reverse(f"studio:{name}", args=[people.shop.slug])


class OpenQueue:
    """A queue that somebody has open: it polls as its page says, and tells which items it holds."""

    def __init__(self, client: Client, address: str) -> None:
        self.client = client
        page = client.get(address)
        words = page.content.decode()
        (self.poll,) = re.findall(r'id="poll" hx-get="([^"]+)"', words)
        self.poll = self.poll.replace("&amp;", "&")
        self.on = re.findall(r'id="case-(\w+)"', words)

    def ask(self, address: str) -> Any:
        return self.client.get(f"{address}&on={','.join(self.on)}", headers=HTMX)

    def arrivals(self) -> Any:
        return self.ask(self.poll).context["arrivals"]

    def load(self) -> list[str]:
        words = self.ask(self.arrivals().more_url).content.decode()
        came = re.findall(r'<article class="case" id="case-(\w+)"', words)
        self.on += came
        return came


@pytest.fixture
def open_queue(people: Personas, client_of: ClientOf) -> Callable[..., OpenQueue]:
    return lambda query="": OpenQueue(client_of(people.bob), page_of(people, "queue") + query)


def test_today_is_told_what_needs_somebody(people: Personas, client_of: ClientOf) -> None:
    bob = client_of(people.bob)
    page = bob.get(page_of(people, "today")).content.decode()
    assert f'hx-get="{page_of(people, "counts")}?with=today"' in page
    make_items(people.shop.id, [item_input(), item_input()])
    answer = bob.get(page_of(people, "counts"), {"with": "today"}, headers=HTMX)
    words = answer.content.decode()
    assert 'id="today-head" data-live hx-swap-oob="innerHTML"' in words
    assert 'id="today-needs" data-live hx-swap-oob="innerHTML"' in words
    assert [(need.count, str(need.what)) for need in answer.context["today"]["needs"]] == [
        (2, "to decide"),
        (2, "need permission"),
    ]
    plain = bob.get(page_of(people, "counts"), headers=HTMX).content.decode()
    assert "today-needs" not in plain


def test_the_page_itself_and_what_it_is_told_read_alike(people: Personas, client_of: ClientOf) -> None:
    """Only what differs is drawn anew, so the same state must give the same markup."""
    make_items(people.shop.id, [item_input()])
    bob = client_of(people.bob)
    block = re.compile(r'<div class="today-needs" id="today-needs" data-live[^>]*>(.*?)\n</div>', re.S)
    page = bob.get(page_of(people, "today")).content.decode()
    told = bob.get(page_of(people, "counts"), {"with": "today"}, headers=HTMX).content.decode()
    assert block.findall(page) == block.findall(told) != []


def test_an_open_queue_is_told_of_what_came_in_and_is_given_it(
    people: Personas, open_queue: Callable[..., OpenQueue]
) -> None:
    make_items(people.shop.id, [item_input(), item_input()])
    queue = open_queue()
    assert queue.arrivals().count == 0
    new = make_items(people.shop.id, [item_input(), item_input()])
    assert queue.arrivals().count == 2
    assert queue.load() == new
    assert queue.arrivals().count == 0


def test_what_was_edited_or_reopened_is_news_and_what_is_decided_is_none(
    people: Personas, open_queue: Callable[..., OpenQueue]
) -> None:
    shop_id = people.shop.id
    source = make_source(shop_id)
    edited, rejected = make_items(shop_id, [item_input(external_id="e"), item_input()], source=source)
    approve_items(shop_id=shop_id, actor_id=None, item_ids=[edited])
    reject_items(shop_id=shop_id, actor_id=None, item_ids=[rejected], reason="spam")
    queue = open_queue()
    again = item_input(external_id="e", text="Other words.")
    receive_items(shop_id=shop_id, actor_id=None, source=source, items=[again])
    reopen_items(shop_id=shop_id, actor_id=None, item_ids=[rejected])
    (decided,) = make_items(shop_id, [item_input()])
    approve_items(shop_id=shop_id, actor_id=None, item_ids=[decided])
    assert queue.load() == [edited, rejected]


def test_what_the_page_holds_already_is_no_news(people: Personas, open_queue: Callable[..., OpenQueue]) -> None:
    (item,) = make_items(people.shop.id, [item_input()])
    queue = open_queue()
    approve_items(shop_id=people.shop.id, actor_id=None, item_ids=[item])
    reopen_items(shop_id=people.shop.id, actor_id=None, item_ids=[item])
    assert queue.arrivals().count == 0


def test_only_what_fits_the_filters_is_news(people: Personas, open_queue: Callable[..., OpenQueue]) -> None:
    make_items(people.shop.id, [item_input(language="da"), item_input(language="en")])
    queue = open_queue("?language=da")
    danish, _english = make_items(people.shop.id, [item_input(language="da"), item_input(language="en")])
    assert queue.arrivals().count == 1
    assert queue.load() == [danish]


def test_much_comes_in_portions(
    people: Personas, open_queue: Callable[..., OpenQueue], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "AT_ONCE", 2)
    queue = open_queue()
    new = make_items(people.shop.id, [item_input() for _ in range(5)])
    portions = [queue.load() for _ in range(3)]
    assert portions == [new[:2], new[2:4], new[4:]]


def test_an_empty_queue_leads_to_the_whole_page(people: Personas, open_queue: Callable[..., OpenQueue]) -> None:
    queue = open_queue("?language=")
    assert queue.arrivals().whole
    make_items(people.shop.id, [item_input()])
    words = queue.ask(queue.poll).content.decode()
    assert f'href="{page_of(people, "queue")}?language="' in words


def test_another_shops_news_is_none(people: Personas, open_queue: Callable[..., OpenQueue]) -> None:
    queue = open_queue()
    make_items(people.other_shop.id, [item_input()])
    assert queue.arrivals().count == 0


@pytest.mark.parametrize("since", ["", "x", "-1", "9" * 30])
def test_a_page_without_a_number_knows_everything(people: Personas, client_of: ClientOf, since: str) -> None:
    make_items(people.shop.id, [item_input()])
    answer = client_of(people.bob).get(page_of(people, "counts"), {"with": "queue", "since": since}, headers=HTMX)
    assert (answer.status_code, answer.context["arrivals"].count) == (200, 0)


@pytest.mark.django_db(transaction=True)
def test_what_was_still_being_written_when_the_page_was_made_is_not_missed(
    people: Personas, open_queue: Callable[..., OpenQueue]
) -> None:
    source = make_source(people.shop.id)
    written, seen = threading.Event(), threading.Event()

    def slow_import() -> None:
        try:
            with change(shop_id=people.shop.id):
                receive_items(shop_id=people.shop.id, actor_id=None, source=source, items=[item_input(title="Slow")])
                written.set()
                seen.wait(30)
        finally:
            connection.close()

    beside = threading.Thread(target=slow_import)
    beside.start()
    assert written.wait(30)
    make_items(people.shop.id, [item_input(title="Quick")], source=source)
    queue = open_queue()
    assert len(queue.on) == 1
    seen.set()
    beside.join()
    assert queue.arrivals().count == 1
