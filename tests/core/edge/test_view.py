"""The process's view of the publication numbers."""

import pytest

from project.core.edge.lease import lease_seconds
from project.core.edge.view import PublicationView


class Database:
    def __init__(self) -> None:
        self.numbers = {1: 5}
        self.reachable = True

    async def read(self) -> dict[int, int]:
        if not self.reachable:
            raise OSError("database is away")
        return dict(self.numbers)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def view(database: Database, clock: Clock) -> PublicationView:
    return PublicationView(database.read, clock=clock)


async def test_before_the_first_reading_nothing_may_be_renewed(view: PublicationView) -> None:
    assert lease_seconds(view.age()) == 0


async def test_reading_makes_the_view_young_and_tells_what_rose(view: PublicationView, clock: Clock) -> None:
    rises: list[tuple[int, int]] = []
    view.on_rise(lambda shop, number: rises.append((shop, number)))
    await view.refresh()
    clock.now += 3
    assert (view.number(1), view.age(), rises) == (5, 3, [(1, 5)])
    await view.refresh()
    assert rises == [(1, 5)]


async def test_a_message_raises_the_number_but_does_not_make_the_view_younger(
    view: PublicationView, database: Database, clock: Clock
) -> None:
    await view.refresh()
    database.reachable = False
    clock.now += 21
    view.raise_to(1, 6)
    with pytest.raises(OSError, match="away"):
        await view.refresh()
    assert view.number(1) == 6
    assert view.age() == 21
    assert lease_seconds(view.age()) == 0


async def test_a_late_message_does_not_lower_the_number(view: PublicationView) -> None:
    await view.refresh()
    view.raise_to(1, 4)
    assert view.number(1) == 5


async def test_the_age_counts_from_when_the_reading_began(clock: Clock) -> None:
    async def slow() -> dict[int, int]:
        clock.now += 4
        return {}

    view = PublicationView(slow, clock=clock)
    await view.refresh()
    assert view.age() == 4
