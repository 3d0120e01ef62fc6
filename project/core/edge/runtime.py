"""What one web process keeps for the edge: the view of publication numbers, work threads, the live hub.

Started by the ASGI lifespan, or by the first request where the server has none (tests). Belongs to one
event loop; a start in another loop begins anew.
"""

import asyncio
import logging
from collections.abc import Callable

from project.core.edge.pool import WorkPool
from project.core.edge.view import PublicationView
from project.core.live.acks import AckTally
from project.core.live.guests import Guests
from project.core.live.hub import Hub
from project.core.live.news import listen
from project.core.lookups import publication_numbers

logger = logging.getLogger(__name__)

CANCEL_AGAIN_SECONDS = 0.25


class EdgeRuntime:
    """The parts that handlers use: ``view``, ``pool``, ``hub``, ``guests``, ``acks``."""

    def __init__(self) -> None:
        self.pool = WorkPool()
        # A thread of its own: every lease rests on the view, and slow work of visitors must not hold it up.
        self._view_pool = WorkPool(1)
        self.view = PublicationView(lambda: self._view_pool.run(publication_numbers))
        self.acks = AckTally()
        self.guests = Guests(self.view)
        self.hub = Hub(self.view, self.acks)
        # Doors first: both wait for the widget's head, then whoever may not stay goes before the new content comes.
        self.view.on_rise(self.guests.number_rose)
        self.view.on_rise(self.hub.number_rose)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Read the view once, then keep it, the subscription, heartbeats and acknowledgements going.

        A database that is away does not keep the process from starting: until the view is read, every lease
        is 0.
        """
        try:
            await self.view.refresh()
        except Exception:
            logger.warning("edge.view_not_read_at_start", exc_info=True)
        self._tasks = [
            asyncio.create_task(self.view.keep_fresh(), name="edge.view"),
            asyncio.create_task(listen(self.view.raise_to, self.hub.acknowledge_here), name="edge.news"),
            asyncio.create_task(self.hub.keep_beating(), name="edge.beats"),
            asyncio.create_task(self.acks.keep_flushing(), name="edge.acks"),
        ]

    async def stop(self) -> None:
        """End the tasks, write the last acknowledgements and close every connection."""
        await _end(self._tasks)
        self._tasks = []
        await self.guests.close()
        await self.hub.close()
        await self.acks.close()
        await self.pool.close()
        await self._view_pool.close()


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel tasks until they have ended: a client library may swallow a cancellation while it connects."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=CANCEL_AGAIN_SECONDS)


_current: EdgeRuntime | None = None
_loop: asyncio.AbstractEventLoop | None = None
_starting: asyncio.Task[None] | None = None
_on_reset: list[Callable[[], None]] = []


def on_reset(forget: Callable[[], None]) -> None:
    """Have ``forget`` called when a new runtime begins: what upper rooms keep per process belongs to its
    loop.
    """
    _on_reset.append(forget)


def runtime() -> EdgeRuntime:
    """The runtime of this process. Only from code that runs behind the edge application."""
    if _current is None:
        raise RuntimeError("The edge has not been started: requests reach it through EdgeApplication.")
    return _current


def is_running() -> bool:
    """Whether this event loop's runtime is ready (asked once per request)."""
    return _starting is None and _current is not None and _loop is asyncio.get_running_loop()


async def ensure_started() -> EdgeRuntime:
    """Start the runtime in this event loop if it is not running; parallel callers wait for the same start."""
    global _current, _loop, _starting
    loop = asyncio.get_running_loop()
    if _loop is not loop:
        _loop = loop
        _current = EdgeRuntime()
        for forget in _on_reset:
            forget()
        _starting = loop.create_task(_current.start())
    if _starting is not None:
        await asyncio.shield(_starting)
        _starting = None
    return runtime()


async def shut_down() -> None:
    """Stop the runtime of this event loop, if it runs."""
    global _current, _loop, _starting
    if _loop is not asyncio.get_running_loop() or _current is None:
        return
    running = _current
    _current, _loop, _starting = None, None, None
    await running.stop()
