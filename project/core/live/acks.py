"""Who has painted a removal: counted in memory, added up in Valkey ten times a second, read by the receipts.

A patch takes pages from one version to another, and different processes may take different steps (two quick
changes become one patch). So every count stands under its step ``(from, to]`` and under what the step took away
from the pages of its topic: a change with number n was told and confirmed by the steps that contain n and removed
one of its items. Each open page that showed such an item passes exactly one of those; steps that take nothing away
are not counted.

When a page confirmed is kept as a distribution: each step has, per process, its own beginning on the wall clock,
and a confirmation counts for the first bound behind that beginning that it did not exceed. Bounds stand 10 % apart,
so every figure read from them is at most a tenth of the pages' own delay too high, and never too low.

Keys (7 days): the sorted set ``vouchsafe:acks:{shop}`` of ``to`` numbers; per ``to`` a hash with, for each removal,
``items:{removal}`` (its public ids), ``{from}:{removal}:told``, and ``{from}:{removal}:{Unix milliseconds}`` with how
many had confirmed by then.
"""

import asyncio
import hashlib
import logging
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import redis
import redis.asyncio
from channels.layers import get_channel_layer
from django.conf import settings

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 0.1
KEEP_SECONDS = 7 * 24 * 3600
PREFIX = "vouchsafe:acks"
ITEMS = "items"
TOLD = "told"
STEPS_READ = 200
# Milliseconds, 10 % apart, up to an hour: no page confirms later than its next visit to the feed.
BOUNDS = tuple(dict.fromkeys(round(1.1**power) for power in range(160)))
FORWARD_BATCH = 500
# What another process's pages confirmed goes to all processes; the one that holds the stream counts it.
GROUP = "acknowledgements"
MESSAGE_TYPE = "acknowledgements.elsewhere"


@dataclass(frozen=True, eq=False)
class Step:
    """What one process told the pages of a topic at once: the versions, and what it took away from them."""

    shop_id: int
    before: int
    after: int
    removed: frozenset[str]
    begun_ms: int

    @cached_property
    def removal(self) -> str:
        """A short name of what was taken away, the same in every process."""
        return hashlib.blake2b(",".join(sorted(self.removed)).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class Acknowledgements:
    """How far a change has come in the open pages that showed what it took away. Milliseconds count from its
    commit; None where no page has confirmed."""

    told: int
    acknowledged: int
    median_ms: int | None = None
    p95_ms: int | None = None
    slowest_ms: int | None = None
    last_at: datetime | None = None


Elsewhere = tuple[int, int, str]


def now_ms() -> int:
    """The wall clock in Unix milliseconds."""
    return time.time_ns() // 1_000_000


def _index_key(shop_id: int) -> str:
    return f"{PREFIX}:{shop_id}"


def _step_key(shop_id: int, to: int) -> str:
    return f"{PREFIX}:{shop_id}:{to}"


class AckTally:
    """This process's counts since the last flush."""

    def __init__(self) -> None:
        self._told: Counter[Step] = Counter()
        self._acknowledged: Counter[tuple[Step, int]] = Counter()
        self._elsewhere: dict[Elsewhere, int] = {}
        self._client: redis.asyncio.Redis | None = None

    def tell(self, step: Step, pages: int) -> None:
        """So many open pages were to take this step."""
        self._told[step] += pages

    def acknowledge(self, step: Step, at_ms: int | None = None) -> None:
        """One page of this process has painted it, now or when another process heard of it."""
        took = (now_ms() if at_ms is None else at_ms) - step.begun_ms
        bound = BOUNDS[min(bisect_left(BOUNDS, took), len(BOUNDS) - 1)]
        self._acknowledged[step, step.begun_ms + bound] += 1

    def acknowledge_elsewhere(self, shop_id: int, after: int, connection_id: str) -> None:
        """A page whose stream another process holds says that it has painted ``after``."""
        self._elsewhere.setdefault((shop_id, after, connection_id), now_ms())

    async def flush(self) -> None:
        """Add the counts up in Valkey. Raises what the client raises, with the counts kept."""
        if not (self._told or self._acknowledged or self._elsewhere):
            return
        if self._client is None:
            self._client = redis.asyncio.from_url(settings.REDIS_URL, decode_responses=True)
        told, acknowledged, elsewhere = self._told, self._acknowledged, self._elsewhere
        self._told, self._acknowledged, self._elsewhere = Counter(), Counter(), {}
        try:
            if told or acknowledged:
                await self._write(self._client, told, acknowledged)
                told, acknowledged = Counter(), Counter()
            await self._forward(elsewhere)
        except BaseException:
            self._told.update(told)
            self._acknowledged.update(acknowledged)
            self._elsewhere = {**self._elsewhere, **elsewhere}
            raise

    async def _write(
        self, client: redis.asyncio.Redis, told: Counter[Step], acknowledged: Counter[tuple[Step, int]]
    ) -> None:
        async with client.pipeline(transaction=True) as pipe:
            for step, pages in told.items():
                pipe.hincrby(_step_key(step.shop_id, step.after), f"{step.before}:{step.removal}:{TOLD}", pages)
            for (step, by_ms), pages in acknowledged.items():
                pipe.hincrby(_step_key(step.shop_id, step.after), f"{step.before}:{step.removal}:{by_ms}", pages)
            for step in {*told, *(step for step, _by in acknowledged)}:
                key = _step_key(step.shop_id, step.after)
                pipe.hset(key, f"{ITEMS}:{step.removal}", ",".join(sorted(step.removed)))
                pipe.zadd(_index_key(step.shop_id), {str(step.after): step.after})
                pipe.expire(_index_key(step.shop_id), KEEP_SECONDS)
                pipe.expire(key, KEEP_SECONDS)
            await pipe.execute()

    async def _forward(self, elsewhere: dict[Elsewhere, int]) -> None:
        waiting = [[*page, at_ms] for page, at_ms in elsewhere.items()]
        for start in range(0, len(waiting), FORWARD_BATCH):
            message = {"type": MESSAGE_TYPE, "pages": waiting[start : start + FORWARD_BATCH]}
            await get_channel_layer().group_send(GROUP, message)

    async def keep_flushing(self) -> None:
        """Flush for ever; what an unreachable Valkey refused is tried again with the next flush."""
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            try:
                await self.flush()
            except Exception:
                logger.warning("live.acks_not_flushed", exc_info=True)
                await asyncio.sleep(1.0)

    async def close(self) -> None:
        """Flush once more and close the connection."""
        try:
            await self.flush()
        except Exception:
            logger.warning("live.acks_lost", exc_info=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None


def acknowledgements(shop_id: int, number: int, *, items: Collection[str], committed_at: datetime) -> Acknowledgements:
    """How many open pages that showed one of these items (public ids) were told of the change with this number, how
    many confirmed it, and how long after its commit."""
    told, confirmed = confirmations(shop_id, number, items=items)
    return _summed_up(told, confirmed, committed_at)


def confirmations(shop_id: int, number: int, *, items: Collection[str]) -> tuple[int, Counter[int]]:
    """The same as it is counted: pages told, and how many had confirmed by each moment (Unix milliseconds)."""
    client = redis.from_url(settings.REDIS_URL, decode_responses=True)
    told = 0
    confirmed: Counter[int] = Counter()
    try:
        steps: list[Any] = client.zrangebyscore(_index_key(shop_id), number, "+inf", start=0, num=STEPS_READ)
        for after in steps:
            counts: Any = client.hgetall(_step_key(shop_id, int(after)))
            for field, pages in _fields_of(counts, number, frozenset(items)):
                if field == TOLD:
                    told += pages
                else:
                    confirmed[int(field)] += pages
    finally:
        client.close()
    return told, confirmed


def _fields_of(counts: dict[str, str], number: int, items: frozenset[str]) -> Iterable[tuple[str, int]]:
    """What steps from below the number say of removals of these items: ``told`` or a moment, and how many."""
    removals = {
        field.removeprefix(f"{ITEMS}:")
        for field, ids in counts.items()
        if field.startswith(f"{ITEMS}:") and not items.isdisjoint(ids.split(","))
    }
    for field, value in counts.items():
        before, _, rest = field.partition(":")
        removal, _, kind = rest.partition(":")
        if before != ITEMS and removal in removals and int(before) < number:
            yield kind, int(value)


def _summed_up(told: int, confirmed: Counter[int], committed_at: datetime) -> Acknowledgements:
    total = confirmed.total()
    if not total:
        return Acknowledgements(told, 0)
    committed_ms = round(committed_at.timestamp() * 1000)

    def after(share: float) -> int:
        seen = 0
        for moment in sorted(confirmed):
            seen += confirmed[moment]
            if seen >= share * total:
                break
        return max(moment - committed_ms, 0)

    last = datetime.fromtimestamp(max(confirmed) / 1000, UTC)
    return Acknowledgements(told, total, after(0.5), after(0.95), after(1.0), last)
