"""Who was let in is looked at again with every news of the shop."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from project.core.edge.origins import OriginSet
from project.core.edge.view import PublicationView
from project.core.errors import NotFound
from project.core.live import guests as guests_module
from project.core.live.guests import Admission, Door, Guest, Guests

SHOP = 7
MINE, OTHER = b"https://mine.example", b"https://other.example"


class Lists:
    """A shop whose list of origins the test changes, with the guests of one process beside it."""

    def __init__(self) -> None:
        self.number = 1
        self.allowed = OriginSet(["https://mine.example", "https://other.example"])
        self.failures: list[Exception] = []
        self.reads = 0
        self.during_read: Callable[[], None] = lambda: None
        self.view = PublicationView(self._numbers)
        self.guests = Guests(self.view)
        self.view.on_rise(self.guests.number_rose)
        self.away: list[bytes | None] = []

    async def _numbers(self) -> dict[int, int]:
        return {SHOP: self.number}

    def change(self, *allowed: str) -> None:
        """Commit a new list and let its news arrive."""
        self.number += 1
        self.allowed = OriginSet(allowed)
        self.view.raise_to(SHOP, self.number)

    async def door(self) -> Door:
        self.reads += 1
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop(0)
        door = Door(self.number, self.allowed)
        self.during_read()
        await asyncio.sleep(0)
        return door

    def admission(self, origin: bytes | None) -> Admission:
        return Admission("wid_1", SHOP, origin, b"vouchsafe.example", Door(self.number, self.allowed), self.door)

    def enter(self, origin: bytes | None, admission: Admission | None = None) -> Guest:
        return self.guests.enter(admission or self.admission(origin), lambda: self.away.append(origin))


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


@pytest.fixture
async def lists() -> Lists:
    lists = Lists()
    await lists.view.refresh()
    return lists


async def test_a_page_of_an_origin_that_is_taken_off_the_list_is_turned_away_and_no_other(lists: Lists) -> None:
    gone, stays = lists.enter(MINE), lists.enter(OTHER)
    program = lists.enter(None)
    lists.change("https://other.example")
    await until(lambda: lists.away)
    assert lists.away == [MINE]
    assert (gone.refused, stays.refused, program.refused) == (True, False, False)


async def test_the_list_is_read_once_for_all_pages_of_a_widget(lists: Lists) -> None:
    for _ in range(50):
        lists.enter(MINE)
    lists.change("https://other.example")
    await until(lambda: len(lists.away) == 50)
    assert lists.reads == 1


async def test_a_page_that_was_let_in_by_an_older_list_is_caught_up_with(lists: Lists) -> None:
    older = lists.admission(MINE)
    lists.enter(OTHER)
    lists.change("https://other.example")
    await until(lambda: lists.reads == 1)
    lists.enter(MINE, older)
    await until(lambda: lists.away == [MINE])


async def test_a_page_that_comes_while_the_list_is_read_is_looked_at_too(lists: Lists) -> None:
    older = lists.admission(MINE)
    lists.enter(OTHER)
    lists.during_read = lambda: lists.away or lists.enter(MINE, older)  # type: ignore[assignment]
    lists.change("https://other.example")
    await until(lambda: lists.away == [MINE])


async def test_news_that_come_while_the_list_is_read_make_it_read_again(lists: Lists) -> None:
    lists.enter(MINE)
    more = ["https://other.example"]
    lists.during_read = lambda: more and lists.change(more.pop())  # type: ignore[assignment]
    lists.change("https://mine.example")
    await until(lambda: lists.away == [MINE])
    assert lists.reads == 2


async def test_a_list_that_cannot_be_read_is_tried_again(lists: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guests_module, "RETRY_SECONDS", 0.0)
    lists.enter(MINE)
    lists.failures = [OSError("database is away"), OSError("database is away")]
    lists.change()
    await until(lambda: lists.away == [MINE])


async def test_pages_of_a_widget_that_is_gone_are_left_to_the_hub(lists: Lists) -> None:
    lists.enter(MINE)
    lists.failures = [NotFound("There is no such widget.")]
    lists.change()
    await until(lambda: not lists.failures)
    await asyncio.sleep(0)
    assert lists.away == []


async def test_whoever_has_left_is_not_looked_at(lists: Lists) -> None:
    lists.guests.leave(lists.enter(MINE))
    lists.change()
    await asyncio.sleep(0)
    assert (lists.reads, lists.away) == (0, [])


async def test_one_page_that_cannot_be_turned_away_does_not_keep_the_others(lists: Lists) -> None:
    def broken() -> None:
        raise OSError("the connection is in a strange state")

    lists.guests.enter(lists.admission(MINE), broken)
    for _ in range(5):
        lists.enter(MINE)
    lists.change()
    await until(lambda: len(lists.away) == 5)
