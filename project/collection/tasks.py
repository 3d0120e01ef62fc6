"""The collection room's tasks: ids only, each calls one service, each may run twice."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from project.collection import selectors
from project.collection.services import FetchAgain, collect_source, fetch_media, forget_stray_files
from project.core.lookups import every_shop, shop_of_public_id
from project.core.scope import shop_scope

logger = logging.getLogger(__name__)

MEDIA_TRIES = 6
# Seconds; below the broker's visibility timeout, after which a waiting task would be delivered a second time.
LONGEST_PAUSE = 300
# A picture whose task is asked for again is left alone this long, so that a queue without a worker stays short.
AGAIN_SECONDS = 1800
# A picture that is just being written has a row within seconds.
STRAY_AFTER = timedelta(hours=1)


@shared_task(name="project.collection.tasks.collect_due_sources_task")
def collect_due_sources_task() -> None:
    """Ask for every source whose time has come (beat, each minute), and for pictures whose task was lost."""
    now = timezone.now()
    for shop_id in every_shop():
        with shop_scope(shop_id):
            due = selectors.due_source_ids(now)
            forgotten = selectors.forgotten_media_ids(now)
        for source_id in due:
            collect_source_task.apply_async(args=(source_id,), queue="default", expires=300)
        for media_id in forgotten:
            if cache.add(f"collection:fetch:{media_id}", 1, timeout=AGAIN_SECONDS):
                fetch_media_task.apply_async(args=(shop_id, media_id), queue="bulk")


@shared_task(name="project.collection.tasks.collect_source_task")
def collect_source_task(source_id: str) -> None:
    """Run one source's collector, unless another worker does or its time has not come."""
    shop_id = shop_of_public_id(source_id)
    if shop_id is not None:
        collect_source(shop_id=shop_id, source_id=source_id, only_if_due=True)


def ask_for_run(source_id: str) -> None:
    """Ask a worker for a run at once. Without a broker the source is due all the same, and the next sweep finds it."""
    try:
        collect_source_task.apply_async(args=(source_id,), queue="default", expires=300, retry=False)
    except Exception:  # whatever the broker's client raises: nothing is lost
        logger.warning("collect.not_queued", extra={"source": source_id}, exc_info=True)


@shared_task(name="project.collection.tasks.fetch_media_task", bind=True, max_retries=MEDIA_TRIES)
def fetch_media_task(self: Any, shop_id: int, media_id: str) -> None:
    """Fetch one picture; what may pass is tried again after 30 s, 1 min, 2 min … 5 min."""
    tries = self.request.retries
    try:
        fetch_media(shop_id=shop_id, media_id=media_id, last_try=tries >= MEDIA_TRIES)
    except FetchAgain as error:
        raise self.retry(countdown=min(30 * 2**tries, LONGEST_PAUSE), exc=error) from error


@shared_task(name="project.collection.tasks.forget_stray_files_task", expires=3600)
def forget_stray_files_task() -> None:
    """Files that no row knows (beat, once a day)."""
    forget_stray_files(before=timezone.now() - STRAY_AFTER)
