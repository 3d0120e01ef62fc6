"""What the rights room does when it hears its own news. Runs in the relay, at least once per event."""

from project.core.events import StoredEvent
from project.core.outbox import subscriber
from project.rights.services import note_undelivered
from project.rights.tasks import send_request_task


@subscriber("rights.send", "RequestPrepared")
def send_prepared_request(event: StoredEvent) -> None:
    """Post it as soon as the change that prepared it is committed; the schedule finds what is lost here."""
    send_request_task.apply_async(args=(event.shop_id, event.data["request_id"]), queue="default", retry=False)


@subscriber("rights.bounce", "MailFailed")
def note_that_a_letter_did_not_arrive(event: StoredEvent) -> None:
    """A request whose letter nobody took does not wait for an answer that cannot come."""
    if event.data["about"].startswith("req_"):
        note_undelivered(shop_id=event.shop_id, request_id=event.data["about"])
