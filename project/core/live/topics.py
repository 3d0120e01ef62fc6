"""A topic is one key of one widget: what its pages show, and who they are."""

import asyncio
from collections import OrderedDict
from typing import Any, Protocol

from project.core.edge.prepared import Prepared
from project.core.live.acks import Step
from project.core.live.clients import Client


class TopicSource(Protocol):
    """What the room that owns a topic gives the hub."""

    @property
    def name(self) -> str: ...

    @property
    def group(self) -> str:
        """The widget whose key this is."""

    @property
    def shop_id(self) -> int: ...

    def fallback(self) -> "TopicSource | None":
        """The group's default topic; None for that one itself."""

    async def prepared(self) -> Prepared[Any]:
        """The payload, at least as new as the process's view. Raises VouchsafeError when the topic has
        ended.
        """

    def difference(self, old: Any, new: Any) -> dict[str, Any] | None:
        """What turns ``old`` into ``new``, as fields of a patch; None when the page must read everything
        again.
        """

    def removed(self, old: Any, new: Any) -> frozenset[str]:
        """The public ids of what pages of ``old`` show and pages of ``new`` do not."""


class Topic:
    """One key of one widget as its open pages show it."""

    __slots__ = ("clients", "name", "ready", "refresh", "source", "steps", "waiting")

    def __init__(self, source: TopicSource) -> None:
        self.name = source.name
        self.source = source
        self.clients: set[Client] = set()
        self.ready: Prepared[Any] | None = None
        self.refresh: asyncio.Task[None] | None = None
        # By the number they lead to; only those that took something away.
        self.steps: OrderedDict[int, Step] = OrderedDict()
        self.waiting = 0
