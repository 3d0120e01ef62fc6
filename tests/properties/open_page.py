"""A page of a shop that stays open: a client of the real hub, which shows what the frames make of its first feed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any
from unittest import mock

from project.core.edge.pool import WorkPool
from project.core.edge.runtime import ensure_started, runtime, shut_down
from project.core.live.clients import Client
from project.core.live.frames import Frame
from widgets.delivery import FeedTopic, delivery
from widgets.patches import apply


async def _run_here(_pool: WorkPool, work: Callable[[], Any]) -> Any:
    loop = asyncio.get_running_loop()
    asyncio._set_running_loop(None)
    try:
        return work()
    finally:
        asyncio._set_running_loop(loop)


class Screen(Client):
    """The page's end of its connection."""

    __slots__ = ("frames", "gone")

    def __init__(self, connection_id: str) -> None:
        super().__init__(connection_id)
        self.frames: list[dict[str, Any]] = []
        self.gone = False

    def deliver(self, frame: Frame) -> bool:
        self.frames.append(json.loads(frame.text))
        return True

    def drop(self) -> None:
        self.gone = True

    def dismiss(self, frame: Frame, code: int) -> None:
        self.gone = True


class OpenPages:
    """A web process with one open page for each product ("" for none) that a widget is asked for.

    All of it, from the news to the frame, is the process's own: view, desk, topic, hub. It runs only while it is looked
    at. The caller's world is one transaction that nobody else sees, so the process does its work there: its threads,
    and whatever runs in an event loop, would have connections of their own.
    """

    def __init__(self, widget: str, products: tuple[str, ...]) -> None:
        self._here = mock.patch.object(WorkPool, "run", _run_here)
        self._here.start()
        self._loop = asyncio.new_event_loop()
        self._widget = widget
        self._screens = {product: Screen(f"page-{number}") for number, product in enumerate(products)}
        self._feeds: dict[str, dict[str, Any]] = {}
        self._topics: dict[str, Any] = {}
        self._loop.run_until_complete(self._open())

    def shown(self) -> dict[str, set[str]]:
        """What stands on each page now that the process has looked at the numbers and at the clock."""
        self._loop.run_until_complete(self._catch_up())
        return {product: {item["id"] for item in feed["items"]} for product, feed in self._feeds.items()}

    def close(self) -> None:
        self._loop.run_until_complete(shut_down())
        self._loop.close()
        self._here.stop()

    def payloads(self) -> str:
        """The same as :meth:`shown`, as the text that goes out."""
        self.shown()
        return json.dumps(list(self._feeds.values()), ensure_ascii=False)

    async def _open(self) -> None:
        hub = (await ensure_started()).hub
        for product, screen in self._screens.items():
            desk = await delivery().desk(self._widget)
            key = await delivery().key(desk, f"product={product}".encode() if product else b"")
            self._topics[product] = await hub.join(FeedTopic(desk, key), screen)
            self._feeds[product] = self._topics[product].ready.payload

    async def _catch_up(self) -> None:
        """As the process does every second, and at once when it hears of news."""
        await runtime().view.refresh()
        runtime().hub.catch_up()
        for product, topic in self._topics.items():
            assert not self._screens[product].gone
            if topic.refresh is not None:
                await topic.refresh
            for frame in self._screens[product].frames:
                self._feeds[product] = self._after(self._feeds[product], frame, topic)
            self._screens[product].frames.clear()

    def _after(self, feed: dict[str, Any], frame: dict[str, Any], topic: Any) -> dict[str, Any]:
        """What the embed does: a patch of its version is painted, anything else makes it read the feed again."""
        if frame["type"] == "patch" and frame["from"] == feed["version"]:
            return apply(feed, frame)
        return feed if frame["type"] in {"hello", "beat"} else dict(topic.ready.payload)
