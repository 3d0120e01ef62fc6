"""Background work of the assistant. Ids only; every task may run twice."""

from __future__ import annotations

from celery import shared_task
from django.core.cache import cache

from assistant.indexing.passages import forgotten_items, index_items, reindex_shop
from assistant.indexing.vectors import embed_pending, pending
from project.core.lookups import every_shop
from project.core.scope import shop_scope

EMBED_SECONDS = 5.0
"""How long one embedding task works before it hands on to what waits: another shop, or pictures of new posts."""

ASKED_AGAIN_AFTER = 60
"""Seconds after which a task that the broker lost is asked for again."""

SWEPT_AT_ONCE = 2000


@shared_task(name="assistant.tasks.index_items_task")
def index_items_task(shop_id: int, item_ids: list[str]) -> None:
    """Write or delete the passages of some items, then have them embedded."""
    if index_items(shop_id=shop_id, item_ids=item_ids).passages:
        _ask_to_embed(shop_id)


@shared_task(name="assistant.tasks.reindex_shop_task")
def reindex_shop_task(shop_id: int) -> None:
    """Look at every item of a shop again, then embed what is new."""
    if sum(step.passages for step in reindex_shop(shop_id=shop_id)):
        _ask_to_embed(shop_id)


@shared_task(name="assistant.tasks.embed_shop_task")
def embed_shop_task(shop_id: int) -> None:
    """Embed what waits in one shop, for a while; then queue behind the others for the rest."""
    cache.delete(_in_line(shop_id))
    if embed_pending(shop_id=shop_id, seconds=EMBED_SECONDS):
        _ask_to_embed(shop_id)


@shared_task(name="assistant.tasks.embed_due_task")
def embed_due_task() -> None:
    """Beat's sweep: what a lost task should have indexed is, and shops whose embedding was cut off by a crash go on."""
    for shop_id in every_shop():
        if forgotten := forgotten_items(shop_id=shop_id, limit=SWEPT_AT_ONCE):
            index_items_task.apply_async(args=(shop_id, forgotten), queue="bulk")
        with shop_scope(shop_id):
            waiting = pending()
        if waiting:
            _ask_to_embed(shop_id)


def _ask_to_embed(shop_id: int) -> None:
    """Put a shop in line, once: were it in line for each piece of news, everything else on the queue would starve."""
    if cache.add(_in_line(shop_id), 1, timeout=ASKED_AGAIN_AFTER):
        embed_shop_task.apply_async(args=(shop_id,), queue="bulk")


def _in_line(shop_id: int) -> str:
    return f"assistant:embedding:{shop_id}"
