"""The assistant's ears on the outbox. They re-read state: an event says that something changed, not what."""

from __future__ import annotations

from assistant.indexing.passages import forget_items
from assistant.tasks import index_items_task, reindex_shop_task
from project.content.events import (
    ItemsApproved,
    ItemsCorrected,
    ItemsEdited,
    ItemsRejected,
    ItemsReopened,
    ItemsRestored,
    ItemsTakenDown,
    SourceChanged,
)
from project.core.events import StoredEvent
from project.core.outbox import subscriber
from project.rights.events import (
    HoldClosed,
    HoldOpened,
    LicenceExpired,
    LicenceGranted,
    LicenceStarted,
    LicenceWithdrawn,
)

_MAY_SHOW = (ItemsApproved, ItemsCorrected, ItemsEdited, ItemsRestored, LicenceGranted, LicenceStarted, HoldClosed)
_MAY_HIDE = (
    ItemsCorrected,
    ItemsEdited,
    ItemsRejected,
    ItemsReopened,
    ItemsTakenDown,
    LicenceExpired,
    LicenceWithdrawn,
    HoldOpened,
)


@subscriber("assistant.index", *(event.name for event in _MAY_SHOW))
def index(event: StoredEvent) -> None:
    """Have the items' passages written by a worker."""
    index_items_task.apply_async(args=(event.shop_id, list(event.data["item_ids"])), queue="default")


@subscriber("assistant.forget", *(event.name for event in _MAY_HIDE))
def forget(event: StoredEvent) -> None:
    """Delete the passages of what no longer passes, here and now."""
    forget_items(shop_id=event.shop_id, item_ids=list(event.data["item_ids"]), before_number=event.number)


@subscriber("assistant.reindex", SourceChanged.name)
def reindex(event: StoredEvent) -> None:
    """A source's policy changed: everything of the shop is looked at again."""
    reindex_shop_task.apply_async(args=(event.shop_id,), queue="bulk")
