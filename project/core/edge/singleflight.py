"""Many ask, one works: parallel calls for the same key share one result."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Runs at most one job per key at a time. Belongs to one event loop."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, asyncio.Task[T]] = {}

    def running(self, key: Hashable) -> bool:
        """Whether somebody works on this key now."""
        return key in self._flights

    async def run(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """The result of ``work`` for ``key``, begun by whoever came first.

        Whoever waits may go away: the work goes on for the others (``asyncio.shield``). An error of the
        work is raised in every caller.
        """
        task = self._flights.get(key)
        if task is None:
            task = asyncio.ensure_future(self._fly(key, work))
            self._flights[key] = task
        return await asyncio.shield(task)

    async def _fly(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        try:
            return await work()
        finally:
            del self._flights[key]
