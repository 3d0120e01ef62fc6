"""How far the stores above rights have come with an erasure."""

from project.core.outbox import deliveries_of
from project.core.shredding import AUTHOR_ERASED, later_shredders, subscriber_of
from project.rights.contracts import ErasureStep


def erasure_steps(shop_id: int, request_id: str) -> tuple[ErasureStep, ...]:
    """One step a store, done when it has followed every piece of the news."""
    rows = deliveries_of(shop_id, AUTHOR_ERASED, request_id=request_id)
    steps = []
    for store in later_shredders():
        made = [deliveries.get(subscriber_of(store)) for _row, deliveries in rows]
        steps.append(
            ErasureStep(
                store=store,
                done=bool(made) and all(one is not None and one.done_at is not None for one in made),
                parked=any(one is not None and one.parked_at is not None and one.done_at is None for one in made),
                attempts=max((one.attempts for one in made if one is not None), default=0),
            )
        )
    return tuple(steps)
