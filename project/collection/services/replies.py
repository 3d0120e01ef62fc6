"""Reading what stands under the posts whose authors were asked, or whose permission lives: a yes, or a ``#no``."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.core.cache import cache

from project.collection.contracts import Allowance, Counts, Payload, ThreadClient
from project.collection.errors import Unusable
from project.collection.sources.registry import ReplyNormalizer, SourceKind
from project.core.scope import current_shop_id
from project.rights import selectors as rights
from project.rights.contracts import PublicReply, WatchedThread
from project.rights.services import record_reply

if TYPE_CHECKING:
    from project.content.models import Source

logger = logging.getLogger(__name__)

THREADS_PER_RUN: Final = 60
# A thread without an open question is read this often, or as often as one run's share lets all of them have a turn.
PAUSE: Final = timedelta(minutes=30)
RUN_EVERY: Final = timedelta(minutes=15)


def read_replies(
    source: Source,
    kind: SourceKind,
    *,
    client: ThreadClient,
    counts: Counts,
    look_at: Callable[[Allowance], None],
) -> None:
    """One run's share of threads, open questions first. ``look_at`` is told what is left of the rate limit. Raises
    SourceFailed."""
    if kind.normalize_reply is None:
        return
    for watched in _due(source.pk):
        thread = client.thread(watched.post_id)
        if thread is None:
            continue  # The post is gone; the collector's own look at it hides the item.
        read_thread(watched, thread.payloads, client=client, normalize=kind.normalize_reply, counts=counts)
        look_at(thread.allowance)


def read_thread(
    watched: WatchedThread,
    payloads: tuple[Payload, ...],
    *,
    client: ThreadClient,
    normalize: ReplyNormalizer,
    counts: Counts,
) -> None:
    """Hand every reply under one post to the rights room, oldest first, and look for those that are gone."""
    others = {str(payload.get("id", "")): payload for payload in payloads}
    replies = sorted(
        (reply for payload in payloads if (reply := _reply(payload, normalize, watched.post_id, others))),
        key=lambda reply: (reply.written_at, reply.external_id),
    )
    for reply in replies:
        if reply.account_id == watched.account_id:
            counts.replies += 1
        record_reply(shop_id=current_shop_id(), request_id=watched.request_id, reply=reply)
    for missing in sorted(watched.granting_replies - set(others)):
        payload = client.reply(missing)
        if payload is None:
            record_reply(
                shop_id=current_shop_id(), request_id=watched.request_id, reply=rights.gone_reply(watched, missing)
            )


def _reply(
    payload: Payload, normalize: ReplyNormalizer, post_id: str, others: Mapping[str, Payload]
) -> PublicReply | None:
    try:
        return normalize(payload, post_id=post_id, others=others)
    except Unusable:
        return None


def _due(source_pk: int) -> list[WatchedThread]:
    """Open questions always; the rest in turn. A mark in the cache says when a thread was read; without it, it is read
    once more, which costs a request and nothing else."""
    threads = rights.watched_threads(source_pk)
    waiting = [thread for thread in threads if thread.waiting]
    resting = [thread for thread in threads if not thread.waiting]
    rounds = -(-len(threads) // THREADS_PER_RUN)
    pause = int(max(PAUSE, rounds * RUN_EVERY).total_seconds())
    due: list[WatchedThread] = []
    for thread in (*waiting, *resting):
        if len(due) >= THREADS_PER_RUN:
            break
        # Beyond one run's share the waiting ones take turns too.
        if (
            thread.waiting
            and len(waiting) <= THREADS_PER_RUN
            or cache.add(f"collection:thread:{thread.request_id}", 1, timeout=pause)
        ):
            due.append(thread)
    return due
