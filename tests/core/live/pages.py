"""A page's side of the live contract, and a topic whose payload the test sets."""

import json
from collections.abc import Callable
from typing import Any

from project.core.edge.origins import OriginSet
from project.core.edge.prepared import Prepared, prepare
from project.core.edge.view import PublicationView
from project.core.live.acks import AckTally
from project.core.live.clients import Client
from project.core.live.frames import Frame
from project.core.live.hub import Hub

SHOP = 7


class World:
    """A shop whose content the test changes, with the view and the hub of one process beside it."""

    def __init__(self, items: tuple[str, ...] = ()) -> None:
        self.items = items
        self.number = 1
        self.ends_at: float | None = None
        self.settled = True
        self.failures: list[Exception] = []
        self.builds = 0
        self.allowed = OriginSet(["https://*.example"])
        self.now = 1_000.0
        self.view = PublicationView(self._numbers, clock=lambda: self.now)
        self.acks = AckTally()
        self.hub = Hub(self.view, self.acks)
        self.view.on_rise(self.hub.number_rose)
        self.during_build: Callable[[], None] = lambda: None

    shop_id = SHOP
    name = "topic"
    group = "widget"

    def fallback(self) -> None:
        """This is the default topic itself."""

    async def _numbers(self) -> dict[int, int]:
        return {SHOP: self.number}

    def change(self, *items: str) -> None:
        """Commit a change, without telling this process."""
        self.items = items
        self.number += 1

    def announce(self) -> None:
        """The change's message arrives."""
        self.view.raise_to(SHOP, self.number)

    def snapshot(self) -> dict[str, Any]:
        return {"version": self.number, "items": list(self.items)}

    async def prepared(self) -> Prepared[Any]:
        if self.failures:
            raise self.failures.pop(0)
        self.builds += 1
        payload = self.snapshot()
        ready = prepare(
            number=self.number,
            payload=payload,
            body=json.dumps(payload).encode(),
            headers=[],
            ends_at=self.ends_at,
            settled=self.settled,
        )
        self.during_build()
        return ready

    def difference(self, old: Any, new: Any) -> dict[str, Any] | None:
        if "unpatchable" in new["items"]:
            return None
        return {"items": new["items"]}

    def removed(self, old: Any, new: Any) -> frozenset[str]:
        return frozenset(old["items"]) - set(new["items"])


class Key:
    """Another key of the world's widget: the same content under a topic of its own."""

    shop_id = SHOP

    def __init__(self, world: World, key: str, *, group: str = World.group) -> None:
        self.name = f"{group}|{key}"
        self.group = group
        self._world = world

    def fallback(self) -> World:
        return self._world

    async def prepared(self) -> Prepared[Any]:
        return await self._world.prepared()

    def difference(self, old: Any, new: Any) -> dict[str, Any] | None:
        return self._world.difference(old, new)

    def removed(self, old: Any, new: Any) -> frozenset[str]:
        return self._world.removed(old, new)


class Page(Client):
    """What a page does with frames; ``frames`` is all it got."""

    def __init__(self, world: World, name: str = "page") -> None:
        super().__init__(name)
        self.world = world
        self.frames: list[dict[str, Any]] = []
        self.shown: dict[str, Any] = {}
        self.reading = True
        self.dropped = False

    def deliver(self, frame: Frame) -> bool:
        if not self.reading:
            return False
        data = json.loads(frame.text)
        self.frames.append(data)
        if data["type"] == "reload" or (data["type"] in ("hello", "beat") and data["v"] != self.shown.get("version")):
            self.shown = self.world.snapshot()
        elif data["type"] == "patch":
            if data["from"] == self.shown["version"]:
                self.shown = {"version": data["to"], "items": data["items"]}
            else:
                self.shown = self.world.snapshot()
        return True

    def drop(self) -> None:
        self.dropped = True

    def dismiss(self, frame: Frame, code: int) -> None:
        self.deliver(frame)
        self.drop()

    def kinds(self) -> list[str]:
        return [frame["type"] for frame in self.frames]
