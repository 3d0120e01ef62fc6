"""Pages that were let in because of their origin, looked at again whenever their shop has news.

A connection outlives the request that opened it, and the shop may take an origin off its list meanwhile. The news of
that are a number like any other (:mod:`project.core.live.news`): each process then reads the list again, once per
widget or assistant, and ends the connections of pages that it would not let in now.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from project.core.edge.origins import OriginSet, may_ask
from project.core.edge.view import PublicationView
from project.core.errors import NotFound
from project.core.live.frames import Frame

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
# The last frame to a page that is no longer let in, and the code that its socket is closed with (4000 to 4999 are
# for applications, RFC 6455 §7.4.2). Neither a socket nor a stream that ended for another reason says so.
REFUSED = Frame({"type": "refused", "code": "origin_not_allowed"})
CLOSE_ORIGIN_NOT_ALLOWED = 4403


@dataclass(frozen=True, slots=True)
class Door:
    """Whose pages are let in, as read at a publication number of the shop."""

    number: int
    allowed: OriginSet


@dataclass(frozen=True, slots=True)
class Admission:
    """That a page was let in to ``house`` (a widget, an assistant), and how to read its door again.

    ``read`` answers at least as new as the process's view. Raises :class:`NotFound` when the house is gone.
    """

    house: str
    shop_id: int
    origin: bytes | None
    host: bytes
    door: Door
    read: Callable[[], Awaitable[Door]]


class Guest:
    """One connection. ``turn_away`` ends it; it is called once, and ``refused`` is set before."""

    __slots__ = ("host", "house", "origin", "refused", "turn_away")

    def __init__(self, admission: Admission, turn_away: Callable[[], object]) -> None:
        self.house = admission.house
        self.origin = admission.origin
        self.host = admission.host
        self.turn_away = turn_away
        self.refused = False


class _House:
    """The guests of one house, and what they were last looked at by."""

    __slots__ = ("allowed", "checked", "guests", "look", "read", "shop_id")

    def __init__(self, admission: Admission) -> None:
        self.shop_id = admission.shop_id
        self.read = admission.read
        self.guests: set[Guest] = set()
        self.checked = admission.door.number
        # The list that every guest is known to be on; None while they came by different ones.
        self.allowed: OriginSet | None = admission.door.allowed
        self.look: asyncio.Task[None] | None = None


class Guests:
    """All connections of this process that were let in by their origin. Belongs to one event loop."""

    def __init__(self, view: PublicationView) -> None:
        self._view = view
        self._houses: dict[str, _House] = {}
        self._by_shop: dict[int, set[str]] = {}

    @property
    def count(self) -> int:
        """Connections of this process that depend on their origin."""
        return sum(len(house.guests) for house in self._houses.values())

    def enter(self, admission: Admission, turn_away: Callable[[], object]) -> Guest:
        """Take note of a connection. News that came since its door was read are caught up with."""
        name = admission.house
        house = self._houses.get(name)
        if house is None:
            house = self._houses[name] = _House(admission)
            self._by_shop.setdefault(admission.shop_id, set()).add(name)
        elif house.allowed != admission.door.allowed:
            house.allowed = None
        guest = Guest(admission, turn_away)
        house.guests.add(guest)
        house.checked = min(house.checked, admission.door.number)
        self._wake(name, house)
        return guest

    def leave(self, guest: Guest) -> None:
        """Forget a connection that has ended."""
        name = guest.house
        house = self._houses.get(name)
        if house is None:
            return
        house.guests.discard(guest)
        if house.guests:
            return
        del self._houses[name]
        names = self._by_shop[house.shop_id]
        names.discard(name)
        if not names:
            del self._by_shop[house.shop_id]

    def number_rose(self, shop_id: int, number: int) -> None:
        """A shop has news: its doors are read again."""
        for name in self._by_shop.get(shop_id, ()):
            self._wake(name, self._houses[name])

    async def close(self) -> None:
        """End every look that is under way; connections are the hub's and the server's to end."""
        for house in self._houses.values():
            if house.look is not None:
                house.look.cancel()
        self._houses.clear()
        self._by_shop.clear()

    def _wake(self, name: str, house: _House) -> None:
        behind = house.checked < self._view.number(house.shop_id)
        if behind and (house.look is None or house.look.done()):
            house.look = asyncio.create_task(self._look_again(house), name=f"live.door.{name}")

    async def _look_again(self, house: _House) -> None:
        """Read the door until it is as new as the view; failures are logged and tried again while anyone is in."""
        while house.guests and house.checked < (wanted := self._view.number(house.shop_id)):
            try:
                door = await house.read()
            except NotFound:
                # Switched off or gone: its pages are told by the hub and find nothing when they read again.
                house.checked = wanted
                continue
            except Exception:
                logger.warning("live.door_not_read", exc_info=True)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            house.checked = door.number
            self._turn_away(house, door)
            if door.number < wanted:
                await asyncio.sleep(RETRY_SECONDS)  # a lagging replica

    def _turn_away(self, house: _House, door: Door) -> None:
        if house.allowed == door.allowed:
            return  # nearly always: news are of reviews
        house.allowed = door.allowed
        for guest in list(house.guests):
            if may_ask(guest.origin, guest.host, door.allowed):
                continue
            guest.refused = True
            self.leave(guest)
            try:
                guest.turn_away()
            except Exception:
                logger.exception("live.guest_not_turned_away")
