"""What the collection room does when it hears news. Runs in the relay, at least once per event."""

from __future__ import annotations

from project.collection.services import collect_soon, forget_files
from project.collection.sources.registry import SOURCES
from project.collection.tasks import collect_source_task, fetch_media_task
from project.content import selectors as content
from project.core.events import StoredEvent
from project.core.outbox import subscriber


@subscriber("collection.media", "ItemsReceived")
def fetch_new_media(event: StoredEvent) -> None:
    """Pictures of items that just arrived, whichever way they came in."""
    pending = content.pending_media().filter(item__public_id__in=event.data["item_ids"])
    for media_id in pending.values_list("public_id", flat=True):
        fetch_media_task.apply_async(args=(event.shop_id, media_id), queue="bulk", retry=False)


@subscriber("collection.files", "MediaReplaced")
def forget_replaced_files(event: StoredEvent) -> None:
    """Pictures that their author took out lie nowhere any more."""
    forget_files(event.data["files"])


@subscriber("collection.schedule", "SourceChanged")
def collect_changed_source(event: StoredEvent) -> None:
    """A new, changed or resumed source does not wait for the clock."""
    source = content.source_by_public_id(event.data["source_id"])
    if source is None or source.kind not in SOURCES:
        return
    if collect_soon(shop_id=event.shop_id, source_id=source.public_id):
        collect_source_task.apply_async(args=(source.public_id,), queue="default", retry=False)
