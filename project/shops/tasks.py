"""The shops room's tasks: ids only, each calls one service, each may run twice."""

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.utils import timezone

from project.core.lookups import every_shop
from project.core.scope import shop_scope
from project.shops.models import Mail
from project.shops.rules import MailState
from project.shops.services.mail import MAX_ATTEMPTS, SendAgain, send_queued_mail

# A message that is still queued after this long has lost its task: broker down, worker killed.
FORGOTTEN_AFTER = timedelta(minutes=10)
BATCH = 100


@shared_task(name="project.shops.tasks.send_mail_task", bind=True, max_retries=MAX_ATTEMPTS)
def send_mail_task(self: Any, shop_id: int, mail_id: str) -> None:
    """Send one message; what the server refused is tried again after 10 s, 20 s, 40 s …"""
    try:
        send_queued_mail(shop_id=shop_id, mail_id=mail_id)
    except SendAgain as error:
        raise self.retry(countdown=10 * 2**self.request.retries, exc=error) from error


@shared_task(name="project.shops.tasks.send_forgotten_mail_task", expires=300)
def send_forgotten_mail_task() -> None:
    """Messages whose task was lost."""
    before = timezone.now() - FORGOTTEN_AFTER
    for shop_id in every_shop():
        with shop_scope(shop_id):
            forgotten = Mail.objects.filter(state=MailState.QUEUED, created_at__lt=before).order_by("id")
            ids = list(forgotten.values_list("public_id", flat=True)[:BATCH])
        for mail_id in ids:
            send_mail_task.apply_async(args=(shop_id, mail_id), queue="default")
