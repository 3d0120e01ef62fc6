"""Reads of the collection room."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet

from project.collection.contracts import SourceStatus
from project.collection.models import CollectedItem, CollectionRun, Collector
from project.collection.sources.registry import SOURCES
from project.content import selectors as content

# A post that is gone is still asked for now and then: servers come back, accounts are unsuspended.
RECHECK_GONE_AFTER: Final = timedelta(days=1)
# Until then it is on hold alone: a server that is down for days, a suspended account and, for whoever is not signed in,
# a post made private look the same as a deleted one. A licence that has ended does not come back with the post.
DELETED_AFTER: Final = timedelta(days=7)
MEDIA_PATIENCE: Final = timedelta(hours=1)
MEDIA_AT_ONCE: Final = 100


def due_source_ids(now: datetime) -> list[str]:
    """Public ids of the active sources whose time has come, never collected ones included."""
    sources = content.sources().filter(active=True, kind__in=list(SOURCES))
    collectors = {row.pk: row for row in Collector.objects.filter(source_id__in=[one.pk for one in sources])}
    return [
        source.public_id
        for source in sources
        if source.pk not in collectors or collectors[source.pk].next_run_at <= now
    ]


def forgotten_media_ids(now: datetime) -> list[str]:
    """Pictures that wait although all tries of their task must be over: the task was lost with its broker."""
    waiting = content.pending_media().filter(item__received_at__lt=now - MEDIA_PATIENCE)
    return list(waiting.values_list("public_id", flat=True)[:MEDIA_AT_ONCE])


def source_statuses() -> list[SourceStatus]:
    """Every source that is collected from, with its state and what its last run brought."""
    sources = list(content.sources().filter(kind__in=list(SOURCES)))
    pks = [source.pk for source in sources]
    collectors = {row.pk: row for row in Collector.objects.filter(source_id__in=pks)}
    newest = CollectionRun.objects.filter(source_id__in=pks).order_by("source_id", "-id").distinct("source_id")
    counts = {run.source_id: run.counts for run in newest}
    found = []
    for source in sources:
        row = collectors.get(source.pk)
        found.append(
            SourceStatus(
                source_id=source.public_id,
                name=source.name,
                kind=source.kind,
                active=source.active,
                outcome=row.outcome if row else "",
                failures=row.failures if row else 0,
                last_run_at=row.last_run_at if row else None,
                last_ok_at=row.last_ok_at if row else None,
                next_run_at=row.next_run_at if row else None,
                counts=counts.get(source.pk, {}),
            )
        )
    return found


def runs_of(source_pk: int) -> QuerySet[CollectionRun]:
    """A source's runs, newest first."""
    return CollectionRun.objects.filter(source_id=source_pk).order_by("-id")


def collected(source_pk: int, external_ids: Iterable[str]) -> dict[str, CollectedItem]:
    """What we know of these posts, by external id."""
    rows = CollectedItem.objects.filter(source_id=source_pk, external_id__in=list(external_ids))
    return {row.external_id: row for row in rows}


def ids_to_recheck(source_pk: int, *, before: datetime, limit: int) -> list[str]:
    """External ids of posts that were not seen since ``before``, longest unseen first."""
    rows = CollectedItem.objects.filter(source_id=source_pk).filter(
        Q(gone_at=None, checked_at__lt=before) | Q(checked_at__lt=before - RECHECK_GONE_AFTER)
    )
    return list(rows.order_by("checked_at", "pk").values_list("external_id", flat=True)[:limit])
