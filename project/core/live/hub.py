"""The process-wide hub: topics with local subscribers, their last payload, and the frames that keep pages
equal to it.

A topic is one key of one widget. When its shop's number rises, the topic is built once (the prepared store
shares the build with the feed), compared with what its pages show, and the difference goes to all of them
as the same bytes.
"""

import asyncio
import logging
import time
from collections import Counter
from typing import Any

from project.core.edge.lease import VIEW_MAX_AGE
from project.core.edge.limits import TooManyRequests
from project.core.edge.prepared import KEYS_PER_GROUP, Prepared
from project.core.edge.view import PublicationView
from project.core.errors import VouchsafeError
from project.core.live.acks import AckTally, Step, now_ms
from project.core.live.clients import Client
from project.core.live.frames import Frame
from project.core.live.topics import Topic, TopicSource

logger = logging.getLogger(__name__)

BEAT_SECONDS = 15.0
LOOK_SECONDS = 1.0
RETRY_SECONDS = 1.0
STEPS_REMEMBERED = 64
# A patch of this size is dearer than the feed, which is compressed and answered with 304 where it is known.
PATCH_MAX_CHARACTERS = 32_000
# Announced instead of the number when nothing may be renewed: equal to no page's version, newer than none.
UNSETTLED = 0
RELOAD = Frame({"type": "reload"})
# Each topic is built anew with every change of its shop, so a process takes only so many: of one widget as many as
# it has keys ready, of all widgets this many. Default keys have some room of their own.
TOPICS_PER_GROUP = KEYS_PER_GROUP
KEYED_TOPICS_MAX = 4_000
TOPICS_MAX = 5_000
FULL_RETRY_SECONDS = 30


class Hub:
    """All topics of this process. Belongs to one event loop."""

    def __init__(self, view: PublicationView, acks: AckTally) -> None:
        self._view = view
        self._acks = acks
        self._topics: dict[str, Topic] = {}
        self._by_shop: dict[int, set[Topic]] = {}
        self._by_group: Counter[str] = Counter()
        self._connections: dict[str, tuple[Topic, Client]] = {}

    @property
    def connection_count(self) -> int:
        """Pages connected to this process."""
        return len(self._connections)

    @property
    def topic_count(self) -> int:
        """Topics that pages of this process listen to."""
        return len(self._topics)

    def make_room(self, source: TopicSource) -> TopicSource:
        """The topic that a page of this source joins: its own, or the widget's default one where there are too many.

        Raises :class:`TooManyRequests` when there is no room for that one either.
        """
        if source.name in self._topics:
            return source
        default = source.fallback()
        if default is not None:
            kept_free = default.name not in self._topics
            full = self._by_group[source.group] + kept_free >= TOPICS_PER_GROUP
            return self.make_room(default) if full or len(self._topics) >= KEYED_TOPICS_MAX else source
        if len(self._topics) >= TOPICS_MAX:
            raise TooManyRequests(FULL_RETRY_SECONDS, "Too many pages are connected. Try again later.")
        return source

    async def join(self, source: TopicSource, client: Client) -> Topic:
        """Connect a page to its topic, and greet it. Raises what the source raises when the topic cannot
        be built, and as :meth:`make_room` does.

        On the default topic in place of its own a page gets the same versions and leases, for both are the shop's,
        but no patches: it reads its own feed again instead.
        """
        wanted, source = source, self.make_room(source)
        client.patched = source.name == wanted.name
        topic = self._topics.get(source.name)
        if topic is None:
            topic = Topic(source)
            self._topics[topic.name] = topic
            self._by_shop.setdefault(source.shop_id, set()).add(topic)
            self._by_group[source.group] += 1
        topic.waiting += 1
        try:
            if topic.ready is None or not self._is_current(topic.ready, source.shop_id):
                self._accept(topic, await topic.source.prepared())
        except BaseException:
            topic.waiting -= 1
            self._drop_if_unused(topic)
            raise
        # No await from here on: what the greeting says is what the first patch builds on.
        topic.waiting -= 1
        topic.clients.add(client)
        if topic.ready is not None:
            client.acknowledged = topic.ready.number
        self._connections[client.connection_id] = (topic, client)
        hello = {"type": "hello", **self._announcement(topic), "connection": client.connection_id}
        client.deliver(Frame(hello))
        if topic.ready is None or not self._is_current(topic.ready, source.shop_id):
            self._wake(topic)  # news came between the build and now
        return topic

    def leave(self, topic: Topic, client: Client) -> None:
        """Forget a page that has gone."""
        topic.clients.discard(client)
        self._connections.pop(client.connection_id, None)
        self._drop_if_unused(topic)

    def number_rose(self, shop_id: int, number: int) -> None:
        """A shop has news: bring its topics up to it."""
        for topic in self._by_shop.get(shop_id, ()):
            self._wake(topic)

    def acknowledge(self, topic: Topic, client: Client, version: int, at_ms: int | None = None) -> None:
        """A page says that it has painted this version: every step up to it that it was told of counts, once.

        A page that read the feed again may have passed several steps at once. ``at_ms``: when it said so, if that was
        not now.
        """
        if topic.ready is None or not client.acknowledged < version <= topic.ready.number:
            return
        for after, step in topic.steps.items():
            if client.acknowledged < after <= version:
                self._acks.acknowledge(step, at_ms)
        client.acknowledged = version

    def acknowledge_by_id(self, shop_id: int, connection_id: str, version: int) -> None:
        """The same for a page that has no socket and posts; its stream may be another process's."""
        if not self.acknowledge_here(connection_id, version):
            self._acks.acknowledge_elsewhere(shop_id, version, connection_id)

    def acknowledge_here(self, connection_id: str, version: int, at_ms: int | None = None) -> bool:
        """Count what a page said, if this process holds its stream; returns whether it does."""
        known = self._connections.get(connection_id)
        if known is not None:
            self.acknowledge(known[0], known[1], version, at_ms)
        return known is not None

    async def keep_beating(self, seconds: float = BEAT_SECONDS, look: float = LOOK_SECONDS) -> None:
        """Send heartbeats for ever; in between, look for topics behind which a licence has begun or ended."""
        beaten = time.monotonic()
        while True:
            await asyncio.sleep(look)
            try:
                self.catch_up()
                if time.monotonic() - beaten >= seconds:
                    beaten = time.monotonic()
                    self.beat()
            except Exception:
                logger.exception("live.beat_failed")

    def catch_up(self) -> None:
        """Have every topic built that the clock or a failed build left behind."""
        for topic in self._topics.values():
            if topic.ready is not None and not self._is_current(topic.ready, topic.source.shop_id):
                self._wake(topic)

    def beat(self) -> None:
        """One heartbeat to every page: the version and how long it may go on showing it.

        Nothing is renewed by a process whose view is too old, nor for a topic that is behind the view.
        """
        if self._view.age() > VIEW_MAX_AGE:
            return
        for topic in list(self._topics.values()):
            if topic.ready is None or not self._is_current(topic.ready, topic.source.shop_id):
                continue
            # While the number does not tell what a page shows, pages stay fresh by reading again.
            settled = topic.ready.settled
            self._broadcast(topic, Frame({"type": "beat", **self._announcement(topic)}) if settled else RELOAD)

    async def close(self) -> None:
        """End every connection and every build under way."""
        for topic in list(self._topics.values()):
            if topic.refresh is not None:
                topic.refresh.cancel()
            for client in list(topic.clients):
                client.drop()
        self._topics.clear()
        self._by_shop.clear()
        self._by_group.clear()
        self._connections.clear()

    def _is_current(self, ready: Prepared[Any], shop_id: int) -> bool:
        return ready.number >= self._view.number(shop_id) and not ready.has_ended()

    def _announcement(self, topic: Topic) -> dict[str, int]:
        """Version and lease, as far as this process can answer for them now."""
        ready = topic.ready
        answerable = (
            ready is not None
            and ready.settled
            and self._is_current(ready, topic.source.shop_id)
            and self._view.age() <= VIEW_MAX_AGE
        )
        if ready is None or not answerable:
            return {"v": UNSETTLED, "lease": 0}
        return {"v": ready.number, "lease": ready.lease(self._view.age())}

    def _drop_if_unused(self, topic: Topic) -> None:
        if topic.clients or topic.waiting or self._topics.get(topic.name) is not topic:
            return
        del self._topics[topic.name]
        self._by_group[topic.source.group] -= 1
        if not self._by_group[topic.source.group]:
            del self._by_group[topic.source.group]
        topics = self._by_shop.get(topic.source.shop_id, set())
        topics.discard(topic)
        if not topics:
            self._by_shop.pop(topic.source.shop_id, None)

    def _wake(self, topic: Topic) -> None:
        if topic.refresh is None or topic.refresh.done():
            topic.refresh = asyncio.create_task(self._catch_up(topic), name=f"live.{topic.name}")

    async def _catch_up(self, topic: Topic) -> None:
        """Build until the topic is as new as the view; failures are logged and tried again while anyone
        listens.
        """
        shop_id = topic.source.shop_id
        while topic.clients and not (topic.ready is not None and self._is_current(topic.ready, shop_id)):
            wanted = self._view.number(shop_id)
            try:
                ready = await topic.source.prepared()
            except VouchsafeError:
                # The widget is gone or switched off: pages that re-read the feed are told so.
                self._broadcast(topic, RELOAD)
                return
            except Exception:
                logger.warning("live.topic_not_built", extra={"topic": topic.name}, exc_info=True)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            self._accept(topic, ready)
            if ready.number < wanted or ready.has_ended():
                await asyncio.sleep(RETRY_SECONDS)  # a lagging replica; news during the build needs no pause

    def _accept(self, topic: Topic, new: Prepared[Any]) -> None:
        old = topic.ready
        if old is new or (old is not None and new.number < old.number):
            return
        topic.ready = new
        if old is None or not topic.clients:
            return
        self._count_removal(topic, old, new)
        self._broadcast(topic, self._patch(topic, old, new), others=RELOAD)

    def _count_removal(self, topic: Topic, old: Prepared[Any], new: Prepared[Any]) -> None:
        """Where pages lose something, all that showed it count as told, also those that are found to be gone."""
        removed = topic.source.removed(old.payload, new.payload) if new.number > old.number else None
        if not removed:
            return
        step = Step(topic.source.shop_id, old.number, new.number, removed, now_ms())
        topic.steps[new.number] = step
        if len(topic.steps) > STEPS_REMEMBERED:
            topic.steps.popitem(last=False)
        self._acks.tell(step, len(topic.clients))

    def _patch(self, topic: Topic, old: Prepared[Any], new: Prepared[Any]) -> Frame:
        # Where a licence began or ended without a number of its own, pages of one version may show two
        # things.
        if new.number == old.number or old.has_ended() or not (old.settled and new.settled):
            return RELOAD
        fields = topic.source.difference(old.payload, new.payload)
        if fields is None:
            return RELOAD
        frame = Frame({"type": "patch", "from": old.number, "to": new.number, **fields})
        return RELOAD if len(frame.text) > PATCH_MAX_CHARACTERS else frame

    def _broadcast(self, topic: Topic, frame: Frame, others: Frame | None = None) -> None:
        """Write a frame to every page of the topic, ``others`` to those of another key."""
        others = others or frame
        gone = [client for client in topic.clients if not client.deliver(frame if client.patched else others)]
        for client in gone:
            self.leave(topic, client)
