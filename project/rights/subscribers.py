"""What the rights room does when it hears its own news. Runs in the relay, at least once per event."""

from typing import Any

from project.content.events import (
    ItemsApproved,
    ItemsRejected,
    ItemsReopened,
    ItemsRestored,
    ItemsTakenDown,
    MediaApproved,
    MediaRefused,
)
from project.core.events import StoredEvent
from project.core.outbox import subscriber
from project.rights.contracts import Restriction
from project.rights.events import HoldClosed, HoldOpened
from project.rights.services import (
    end_picture_statements,
    end_statements,
    note_undelivered,
    state_hold,
    state_moderation,
    state_pictures,
    state_reopened,
)
from project.rights.services.asking import MAIL_PURPOSE
from project.rights.statement_rules import Reconsidered
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


@subscriber(
    "rights.statements",
    ItemsRejected.name,
    ItemsTakenDown.name,
    ItemsReopened.name,
    MediaRefused.name,
    HoldOpened.name,
)
def state_reasons(event: StoredEvent) -> None:
    """Every restriction has its statement of reasons, whoever made it and by whatever way (DSA Art. 17)."""
    if event.name == HoldOpened.name:
        state_hold(shop_id=event.shop_id, hold_id=event.data["hold_id"], number=event.number)
        return
    facts: dict[str, Any] = {
        "shop_id": event.shop_id,
        "item_ids": event.data["item_ids"],
        "number": event.number,
        "told_at": event.created_at,
    }
    if event.name == ItemsReopened.name:
        state_reopened(**facts)
    elif event.name == MediaRefused.name:
        state_pictures(**facts)
    else:
        state_moderation(**facts, event=event.name)


_ENDS: dict[str, dict[str, Any]] = {
    HoldClosed.name: {"restrictions": (Restriction.DISABLED,)},
    ItemsRestored.name: {"restrictions": (Restriction.REMOVED, Restriction.NOT_PUBLISHED)},
    ItemsReopened.name: {"restrictions": (Restriction.REMOVED, Restriction.NOT_PUBLISHED)},
    ItemsApproved.name: {"restrictions": (Restriction.DISABLED,), "reasons": (Reconsidered.DECIDED_ANEW,)},
    ItemsRejected.name: {"restrictions": (Restriction.DISABLED,), "reasons": (Reconsidered.DECIDED_ANEW,)},
}


@subscriber("rights.statements_end", *_ENDS, MediaApproved.name)
def end_restrictions(event: StoredEvent) -> None:
    """A statement says until when the restriction lasted."""
    facts: dict[str, Any] = {
        "shop_id": event.shop_id,
        "item_ids": event.data["item_ids"],
        "at": event.created_at,
    }
    if event.name == MediaApproved.name:
        end_picture_statements(**facts)
    else:
        end_statements(**facts, **_ENDS[event.name])
