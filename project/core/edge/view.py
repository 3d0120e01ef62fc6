"""This process's view of the publication numbers: re-read from PostgreSQL, raised by messages in between.

Only reading makes the view younger. A message raises a number at once, but a process that hears messages
and cannot read the database must not go on renewing leases: it would not notice that messages are missing.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

REFRESH_SECONDS = 5.0
Listener = Callable[[int, int], None]


class PublicationView:
    """Shop id → newest publication number known here. ``read`` returns all of them from the database."""

    def __init__(
        self, read: Callable[[], Awaitable[dict[int, int]]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._read = read
        self._clock = clock
        self._numbers: dict[int, int] = {}
        self._read_at: float | None = None
        self._listeners: list[Listener] = []

    def on_rise(self, listener: Listener) -> None:
        """Have ``listener(shop_id, number)`` called whenever a number rises."""
        self._listeners.append(listener)

    def number(self, shop_id: int) -> int:
        """The shop's number as far as this process knows; 0 for a shop without news."""
        return self._numbers.get(shop_id, 0)

    def age(self) -> float:
        """Seconds since the last complete reading began; infinite before the first."""
        return float("inf") if self._read_at is None else self._clock() - self._read_at

    def raise_to(self, shop_id: int, number: int) -> None:
        """Take note of a newer number; an older one changes nothing."""
        if number <= self._numbers.get(shop_id, 0):
            return
        self._numbers[shop_id] = number
        for listener in self._listeners:
            listener(shop_id, number)

    async def refresh(self) -> None:
        """Read all numbers. Raises what the reading raises, and is then as old as before."""
        began = self._clock()
        numbers = await self._read()
        self._read_at = began
        for shop_id, number in numbers.items():
            self.raise_to(shop_id, number)

    async def keep_fresh(self, seconds: float = REFRESH_SECONDS) -> None:
        """Refresh for ever; an unreachable database is logged and tried again."""
        while True:
            try:
                await self.refresh()
            except Exception:
                logger.warning("edge.view_not_refreshed", exc_info=True)
            await asyncio.sleep(seconds)
