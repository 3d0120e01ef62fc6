"""What the web processes would have counted: pages that were told of a removal and confirmed it."""

from collections.abc import Sequence
from datetime import datetime

from asgiref.sync import async_to_sync

from project.core.live.acks import AckTally, Step


def count(
    shop_id: int, number: int, items: Sequence[str], *, told: int, confirmed_ms: Sequence[int], committed_at: datetime
) -> None:
    """One process's pages: so many were told at the commit, one confirmed after each of these milliseconds."""
    begun = round(committed_at.timestamp() * 1000)
    step = Step(shop_id, number - 1, number, frozenset(items), begun)

    async def work() -> None:
        tally = AckTally()
        if told:
            tally.tell(step, told)
        for milliseconds in confirmed_ms:
            tally.acknowledge(step, begun + milliseconds)
        await tally.close()

    async_to_sync(work)()
