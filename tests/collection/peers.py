"""Set-up for the collector's tests: a replayed source of a shop, and what the shop sees of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import override_settings

from project.collection.contracts import Outcome, RunReport
from project.collection.services import collect_source
from project.content.models import ContentItem, Source
from project.content.services import create_source
from project.core.scope import shop_scope
from project.rights.models import Hold
from project.runtime.replay import TAG, Replay, ReplayServer, load_posts, running_replay


@contextmanager
def served(replay: Replay | None = None) -> Iterator[ReplayServer]:
    """A replay server that outgoing requests may reach."""
    with (
        running_replay(replay) as server,
        override_settings(VOUCHSAFE_OUTGOING_ALLOW=[f"127.0.0.1:{server.server_address[1]}"]),
    ):
        yield server


def make_mastodon(shop_id: int, server: ReplayServer, **config: Any) -> Source:
    return create_source(
        shop_id=shop_id,
        actor_id=None,
        kind="mastodon",
        name="#wornwithlove",
        config={"server": server.base, "tag": TAG, **config},
    )


def collect(source: Source, **options: Any) -> RunReport:
    return collect_source(shop_id=source.shop_id, source_id=source.public_id, **options)


def collect_well(source: Source, **options: Any) -> RunReport:
    report = collect(source, **options)
    assert report.outcome == Outcome.OK, report
    return report


def items_of(shop_id: int) -> list[ContentItem]:
    with shop_scope(shop_id):
        return list(ContentItem.objects.select_related("author", "source").order_by("occurred_at", "id"))


def open_hold_reasons(shop_id: int) -> list[str]:
    with shop_scope(shop_id):
        return sorted(Hold.objects.filter(closed_at=None).values_list("reason", flat=True))


def fill(replay: Replay, count: int, *, start: datetime = datetime(2026, 9, 1, tzinfo=UTC)) -> None:
    """Further posts, one a minute from ``start``."""
    for number in range(count):
        moment = (start + timedelta(minutes=number)).isoformat().replace("+00:00", "Z")
        replay.add({**load_posts()[number % 5], "created_at": moment, "media": None})
