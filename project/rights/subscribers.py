"""What the rights room does when it hears its own news. Runs in the relay, at least once per event."""

from project.content.events import ItemsRejected, ItemsReopened, ItemsRestored, ItemsTakenDown
from project.core.events import StoredEvent
from project.core.outbox import subscriber
from project.rights.contracts import Restriction
from project.rights.events import HoldClosed, HoldOpened
from project.rights.services import end_statements, note_undelivered, state_hold, state_moderation
from project.rights.services.asking import MAIL_PURPOSE
from project.rights.tasks import send_request_task


@subscriber("rights.send", "RequestPrepared")
def send_prepared_request(event: StoredEvent) -> None:
    """Post it as soon as the change that prepared it is committed; the schedule finds what is lost here."""
    send_request_task.apply_async(args=(event.shop_id, event.data["request_id"]), queue="default", retry=False)


@subscriber("rights.bounce", "MailFailed")
def note_that_a_letter_did_not_arrive(event: StoredEvent) -> None:
    """A request that nobody lives to read does not wait for an answer that cannot come. Trouble on the way ends
    nothing (the letter can be sent again), nor does another letter about the request."""
    if event.data.get("permanent") and event.data.get("purpose") == MAIL_PURPOSE:
        note_undelivered(shop_id=event.shop_id, request_id=event.data["about"])


@subscriber("rights.statements", ItemsRejected.name, ItemsTakenDown.name, HoldOpened.name)
def state_reasons(event: StoredEvent) -> None:
    """Every restriction has its statement of reasons, whoever made it and by whatever way (DSA Art. 17)."""
    if event.name == HoldOpened.name:
        state_hold(shop_id=event.shop_id, hold_id=event.data["hold_id"], number=event.number)
    else:
        state_moderation(
            shop_id=event.shop_id,
            item_ids=event.data["item_ids"],
            event=event.name,
            number=event.number,
            told_at=event.created_at,
        )


@subscriber("rights.statements_end", HoldClosed.name, ItemsRestored.name, ItemsReopened.name)
def end_restrictions(event: StoredEvent) -> None:
    """A statement says until when the restriction lasted."""
    hidden = event.name == HoldClosed.name
    end_statements(
        shop_id=event.shop_id,
        item_ids=event.data["item_ids"],
        restrictions=(Restriction.DISABLED,) if hidden else (Restriction.REMOVED, Restriction.NOT_PUBLISHED),
        at=event.created_at,
    )
