"""One small message per change of a shop, from whoever relays the outbox to every web process.

The message says that a shop has reached a number, nothing else. It may be lost, doubled or late: processes
re-read the numbers every few seconds anyway, and a number that is not higher changes nothing.
"""

import asyncio
import logging
from collections.abc import Callable

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from project.core.events import StoredEvent
from project.core.live import acks
from project.core.outbox import EVERY_EVENT, subscriber

logger = logging.getLogger(__name__)

GROUP = "publication"
MESSAGE_TYPE = "publication.rose"
RETRY_SECONDS = 1.0


async def announce(shop_id: int, number: int) -> None:
    """Tell every web process that the shop has reached this number."""
    await get_channel_layer().group_send(GROUP, {"type": MESSAGE_TYPE, "shop": shop_id, "number": number})


@subscriber("live.announce", EVERY_EVENT)
def announce_change(event: StoredEvent) -> None:
    """Outbox subscriber to every event: whatever changed, the number is news."""
    async_to_sync(announce)(event.shop_id, event.number)


async def listen(heard: Callable[[int, int], None], confirmed: Callable[[str, int, int], object]) -> None:
    """Call ``heard(shop_id, number)`` for each change and ``confirmed(connection_id, version, at_ms)`` for each
    acknowledgement that came to another process, for ever; one channel for the whole process."""
    while True:
        try:
            layer = get_channel_layer()
            channel = await layer.new_channel("edge.")
            await layer.group_add(GROUP, channel)
            await layer.group_add(acks.GROUP, channel)
            while True:
                message = await layer.receive(channel)
                if message["type"] == MESSAGE_TYPE:
                    heard(int(message["shop"]), int(message["number"]))
                else:
                    for _shop, version, connection_id, at_ms in message["pages"]:
                        confirmed(connection_id, version, at_ms)
        except asyncio.CancelledError:
            raise
        except Exception:
            logger.warning("live.subscription_lost", exc_info=True)
            await asyncio.sleep(RETRY_SECONDS)
