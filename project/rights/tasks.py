"""The rights room's clock, and messages on their way to a source."""

from typing import Any

from celery import shared_task

from project.core.lookups import every_shop
from project.rights.ledger import tasks as ledger_tasks
from project.rights.senders import SendingFailed
from project.rights.services import (
    announce_licence_changes,
    close_settled_notices,
    forgotten_measurements,
    keep_asking,
    measure_withdrawal,
    send_request,
    tidy_after_erasures,
)

SEND_TRIES = 4

# Celery looks for tasks in each app's ``tasks`` module: here.
__all__ = [
    "announce_licence_changes_task",
    "close_settled_notices_task",
    "keep_asking_task",
    "ledger_tasks",
    "measure_forgotten_task",
    "measure_withdrawal_task",
    "send_request_task",
    "tidy_after_erasures_task",
]


@shared_task(name="project.rights.tasks.announce_licence_changes_task", expires=60)
def announce_licence_changes_task() -> None:
    """Every shop in turn, each in its own scope."""
    for shop_id in every_shop():
        announce_licence_changes(shop_id=shop_id)


@shared_task(name="project.rights.tasks.keep_asking_task", expires=300)
def keep_asking_task() -> None:
    """Reminders, silence, endings and forgotten drafts, shop by shop."""
    for shop_id in every_shop():
        for request_id in keep_asking(shop_id=shop_id):
            send_request_task.apply_async(args=(shop_id, request_id), queue="default", expires=300)


@shared_task(name="project.rights.tasks.send_request_task", bind=True, max_retries=SEND_TRIES)
def send_request_task(self: Any, shop_id: int, request_id: str) -> None:
    """Post one message; what may pass is tried again after 30 s, 1 min, 2 min, 4 min, then by the schedule."""
    try:
        send_request(shop_id=shop_id, request_id=request_id)
    except SendingFailed as error:
        if self.request.retries < SEND_TRIES:
            raise self.retry(countdown=30 * 2**self.request.retries, exc=error) from error


@shared_task(name="project.rights.tasks.close_settled_notices_task", expires=3600)
def close_settled_notices_task() -> None:
    """Notices whose time to appeal is over."""
    for shop_id in every_shop():
        close_settled_notices(shop_id=shop_id)


@shared_task(name="project.rights.tasks.measure_withdrawal_task")
def measure_withdrawal_task(shop_id: int, withdrawal_id: str) -> None:
    """Write down how fast open pages confirmed a withdrawal so far."""
    measure_withdrawal(shop_id=shop_id, withdrawal_id=withdrawal_id)


@shared_task(name="project.rights.tasks.measure_forgotten_task", expires=300)
def measure_forgotten_task() -> None:
    """Withdrawals whose last measurement was lost with the broker or the worker."""
    for shop_id in every_shop():
        for withdrawal_id in forgotten_measurements(shop_id=shop_id):
            measure_withdrawal(shop_id=shop_id, withdrawal_id=withdrawal_id)


@shared_task(name="project.rights.tasks.tidy_after_erasures_task", expires=600)
def tidy_after_erasures_task() -> None:
    """Once the stores above rights have followed: dead rows, statistics, the append-only file."""
    tidy_after_erasures()
