"""Who has painted a change: counted in memory, added up in Valkey ten times a second, read by the receipt
page.

A patch takes pages from one version to another, and different processes may take different steps (two quick
changes become one patch). So every count stands under its step ``(from, to]``, and a change with number n
was told and confirmed by the steps that contain n: each open page passes exactly one of those.

Keys (7 days): the sorted set ``vouchsafe:acks:{shop}`` of ``to`` numbers; per ``to`` a hash with
``{from}:told``, ``{from}:acknowledged`` and ``last`` (Unix milliseconds of the newest acknowledgement).
"""

import asyncio
import logging
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import redis
import redis.asyncio
from django.conf import settings

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 0.1
KEEP_SECONDS = 7 * 24 * 3600
PREFIX = "vouchsafe:acks"
TOLD = "told"
ACKNOWLEDGED = "acknowledged"
LAST = "last"
STEPS_READ = 200
Step = tuple[int, int, int]


@dataclass(frozen=True)
class Acknowledgements:
    """How far a change has come in open pages."""

    told: int
    acknowledged: int
    last_at: datetime | None


def _index_key(shop_id: int) -> str:
    return f"{PREFIX}:{shop_id}"


def _step_key(shop_id: int, to: int) -> str:
    return f"{PREFIX}:{shop_id}:{to}"


class AckTally:
    """This process's counts since the last flush."""

    def __init__(self) -> None:
        self._told: Counter[Step] = Counter()
        self._acknowledged: Counter[Step] = Counter()
        self._elsewhere: set[tuple[int, int, str]] = set()
        self._client: redis.asyncio.Redis | None = None

    def tell(self, shop_id: int, before: int, after: int, pages: int) -> None:
        """So many open pages were sent the patch from ``before`` to ``after``."""
        self._told[(shop_id, before, after)] += pages

    def acknowledge(self, shop_id: int, before: int, after: int) -> None:
        """One page of this process has painted that patch."""
        self._acknowledged[(shop_id, before, after)] += 1

    def acknowledge_elsewhere(self, shop_id: int, after: int, connection_id: str) -> None:
        """A page whose stream another process holds says that it has painted ``after``; counted once per
        page.
        """
        self._elsewhere.add((shop_id, after, connection_id))

    async def flush(self) -> None:
        """Add the counts up in Valkey. Raises what the client raises, with the counts kept."""
        if not (self._told or self._acknowledged or self._elsewhere):
            return
        if self._client is None:
            self._client = redis.asyncio.from_url(settings.REDIS_URL, decode_responses=True)
        told, acknowledged, elsewhere = self._told, self._acknowledged, self._elsewhere
        self._told, self._acknowledged, self._elsewhere = Counter(), Counter(), set()
        try:
            await self._write(self._client, told, acknowledged)
        except BaseException:
            self._told.update(told)
            self._acknowledged.update(acknowledged)
            self._elsewhere |= elsewhere
            raise
        for shop_id, after, connection_id in elsewhere:
            await self._write_elsewhere(self._client, shop_id, after, connection_id)

    async def _write(self, client: redis.asyncio.Redis, told: Counter[Step], acknowledged: Counter[Step]) -> None:
        now = int(time.time() * 1000)
        async with client.pipeline(transaction=True) as pipe:
            for (shop_id, before, after), pages in told.items():
                pipe.hincrby(_step_key(shop_id, after), f"{before}:{TOLD}", pages)
            for (shop_id, before, after), pages in acknowledged.items():
                pipe.hincrby(_step_key(shop_id, after), f"{before}:{ACKNOWLEDGED}", pages)
                pipe.hset(_step_key(shop_id, after), LAST, str(now))
            for shop_id, after in {(step[0], step[2]) for step in (*told, *acknowledged)}:
                pipe.zadd(_index_key(shop_id), {str(after): after})
                pipe.expire(_index_key(shop_id), KEEP_SECONDS)
                pipe.expire(_step_key(shop_id, after), KEEP_SECONDS)
            await pipe.execute()

    async def _write_elsewhere(self, client: redis.asyncio.Redis, shop_id: int, after: int, connection_id: str) -> None:
        key = _step_key(shop_id, after)
        fields: Any = await client.hkeys(key)
        steps = sorted(int(field.partition(":")[0]) for field in fields if field.endswith(TOLD))
        if not steps:
            return  # no process ever sent such a patch
        if await client.sadd(f"{key}:by", connection_id):
            await client.expire(f"{key}:by", KEEP_SECONDS)
            await client.hincrby(key, f"{steps[-1]}:{ACKNOWLEDGED}", 1)
            await client.hset(key, LAST, str(int(time.time() * 1000)))

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


def acknowledgements(shop_id: int, number: int) -> Acknowledgements:
    """How many open pages were told of the change with this number, how many confirmed it, and when last."""
    client = redis.from_url(settings.REDIS_URL, decode_responses=True)
    told = acknowledged = last = 0
    try:
        steps: list[Any] = client.zrangebyscore(_index_key(shop_id), number, "+inf", start=0, num=STEPS_READ)
        for after in steps:
            counts: dict[Any, Any] = client.hgetall(_step_key(shop_id, int(after)))
            newest = int(counts.pop(LAST, 0))
            for field, value in counts.items():
                before, _, kind = field.partition(":")
                if int(before) >= number:
                    continue
                if kind == TOLD:
                    told += int(value)
                else:
                    acknowledged += int(value)
                    last = max(last, newest)
    finally:
        client.close()
    return Acknowledgements(told, acknowledged, datetime.fromtimestamp(last / 1000, UTC) if last else None)
