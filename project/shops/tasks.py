"""The shops room's tasks: ids only, each calls one service, each may run twice."""

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.utils import timezone

from project.core.lookups import every_shop
from project.core.scope import shop_scope
from project.shops.selectors import mails_due
from project.shops.services.mail import SendAgain, send_queued_mail

# Longer pauses are the sweep's: a broker that is asked to hold a task for hours gives it out again meanwhile.
HELD_BY_THE_BROKER = timedelta(minutes=11)
BATCH = 100


@shared_task(name="project.shops.tasks.send_mail_task", bind=True, max_retries=None)
def send_mail_task(self: Any, shop_id: int, mail_id: str) -> None:
    """Send one message; what the server refused is tried again after 10 s, 20 s, 40 s …, for a day."""
    try:
        send_queued_mail(shop_id=shop_id, mail_id=mail_id)
    except SendAgain as error:
        if error.pause <= HELD_BY_THE_BROKER:
            raise self.retry(countdown=error.pause.total_seconds(), exc=error) from error


@shared_task(name="project.shops.tasks.send_forgotten_mail_task", expires=300)
def send_forgotten_mail_task() -> None:
    """Messages whose next try is due, or whose task was lost."""
    now = timezone.now()
    for shop_id in every_shop():
        with shop_scope(shop_id):
            ids = list(mails_due(now).values_list("public_id", flat=True)[:BATCH])
        for mail_id in ids:
            send_mail_task.apply_async(args=(shop_id, mail_id), queue="default")
