"""The relay's tasks, on queue ``urgent``. Waking on commit makes it fast; the sweep makes it certain.

What waits for servers of others is relayed by a worker of queue ``default``: the urgent one waits for nobody.
"""

from celery import shared_task

from project.core import outbox
from project.core.change import on_news
from project.core.lookups import shops_with_news, shops_with_parked_news


@shared_task(name="project.core.tasks.relay_shop_task", expires=60)
def relay_shop_task(shop_id: int) -> None:
    """Deliver one shop's news."""
    _relay(shop_id)


@shared_task(name="project.core.tasks.relay_pending_task", expires=5)
def relay_pending_task() -> None:
    """The 1 s sweep: shops whose alarm was lost, and retries that have come due."""
    for shop_id in shops_with_news():
        _relay(shop_id)


@shared_task(name="project.core.tasks.retry_parked_task", expires=60)
def retry_parked_task() -> None:
    """What failed again and again is tried on, for whatever follows a withdrawal follows in the end (law 2)."""
    for shop_id in shops_with_parked_news():
        outbox.retry_parked(shop_id)


@shared_task(name="project.core.tasks.relay_outside_task", expires=5)
def relay_outside_task(shop_id: int) -> None:
    """Deliver one shop's news to subscribers that ask servers of others."""
    outbox.relay_shop(shop_id, outside=True)


def _relay(shop_id: int) -> None:
    outbox.relay_shop(shop_id)
    if outbox.has_outside_news(shop_id):
        relay_outside_task.apply_async(args=(shop_id,), queue="default", retry=False)


def wake_relay(shop_id: int) -> None:
    """Ask the urgent worker to relay now; a dead broker costs one second, never the change."""
    relay_shop_task.apply_async(args=(shop_id,), queue="urgent", retry=False)


on_news(wake_relay)
