"""What the shops room does when it hears news. Runs in the relay, at least once per event."""

from project.core.events import StoredEvent
from project.core.outbox import subscriber
from project.shops.tasks import send_mail_task


@subscriber("shops.mail", "MailQueued")
def send_new_mail(event: StoredEvent) -> None:
    """The relay waits for no mail server: a task of the default queue sends."""
    send_mail_task.apply_async(args=(event.shop_id, event.data["mail_id"]), queue="default", retry=False)
