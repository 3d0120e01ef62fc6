"""A post that its author deleted at the source: hidden at once; a week of looking later its permission has ended."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from project.collection.models import CollectedItem
from project.collection.selectors import DELETED_AFTER
from project.content.models import ContentItem, Source
from project.content.services import approve_items
from project.core.errors import Conflict, VouchsafeError
from project.core.models import AuditEntry, OutboxRow
from project.core.outbox import relay_shop
from project.core.publication import publication_number
from project.core.scope import shop_scope
from project.rights import gate
from project.rights.contracts import Audience, AuthorChoice, Basis, Channel, HoldReason
from project.rights.models import Licence, LicenceEvent, LicenceItem, Withdrawal
from project.rights.services import ask_permission, grant_request, record_licence
from project.runtime.replay import ReplayServer
from tests.factories import Personas, make_personas, terms
from tests.two_at_once import both, ledger_of

from .peers import collect_well, items_of, make_mastodon, open_hold_reasons, served

pytestmark = pytest.mark.django_db


@dataclass
class Granted:
    """A collected post whose author said yes by their link."""

    people: Personas
    server: ReplayServer
    source: Source
    item: ContentItem
    url: str
    licence: str

    def shown(self) -> bool:
        audience = Audience(self.people.shop.id, Channel.SITE, ("DK",), timezone.now())
        return self.item.public_id in {item.id for item in gate.published(audience).items}

    def row(self) -> Licence:
        with shop_scope(self.people.shop.id):
            return Licence.objects.get(public_id=self.licence)

    def time_passes(self, span: timedelta) -> None:
        """For what the collector remembers: when it looked, and since when the post is gone."""
        with shop_scope(self.people.shop.id):
            for known in CollectedItem.objects.all():
                known.checked_at -= span
                known.gone_at = known.gone_at and known.gone_at - span
                known.save()


@pytest.fixture
def granted() -> Iterator[Granted]:
    people = make_personas()
    with served() as server:
        source = make_mastodon(people.shop.id, server)
        collect_well(source)
        item = items_of(people.shop.id)[0]
        approve_items(shop_id=people.shop.id, actor_id=None, item_ids=[item.public_id])
        made = ask_permission(
            shop_id=people.shop.id, actor_id=None, item_id=item.public_id, channels=(Channel.SITE,), markets=("*",)
        )
        licence = grant_request(token=made.token, choice=AuthorChoice((Channel.SITE,), "customer"))
        yield Granted(people, server, source, item, reverse("rights:consent", args=[made.token]), licence)


def test_r6_what_the_collector_finds_deleted_ends_its_licence_and_is_logged(granted: Granted) -> None:
    shop_id = granted.people.shop.id
    assert granted.shown()
    granted.server.replay.delete(granted.item.external_id)
    collect_well(granted.source)
    assert not granted.shown(), "at once, by a hold"
    assert (granted.row().state, open_hold_reasons(shop_id)) == ("active", [HoldReason.SOURCE_GONE])
    granted.time_passes(DELETED_AFTER)
    relay_shop(shop_id)
    before = publication_number(shop_id)
    collect_well(granted.source)
    row = granted.row()
    assert (row.state, row.end_reason, row.ended_through) == ("withdrawn", "source", "source")
    news = OutboxRow.objects.get(shop_id=shop_id, event="LicenceWithdrawn")
    # One piece of news of it; the other is that the collector looked.
    assert OutboxRow.objects.filter(shop_id=shop_id, number__gt=before, event="LicenceWithdrawn").count() == 1
    item_id = granted.item.public_id
    assert news.data == {"licence_id": granted.licence, "item_ids": [item_id], "route": "source"}
    logged = AuditEntry.objects.get(shop_id=shop_id, action="licence.withdrawn")
    assert (logged.object_id, logged.data["route"]) == (granted.licence, "source")
    with shop_scope(shop_id):
        entries = [json.loads(entry.body) for entry in LicenceEvent.objects.order_by("number")]
    assert [entry["licence"] for entry in entries if entry["type"] == "withdrawn"] == [granted.licence]
    assert [entry["licence"] for entry in entries if entry.get("route") == "source"] == [granted.licence]
    relay_shop(shop_id)
    with shop_scope(shop_id):
        account = Withdrawal.objects.get(number=news.number)
        assert (account.licence.public_id, account.items, account.route) == (granted.licence, [item_id], "source")
        assert account.committed_at == news.created_at
    assert "Your permission has ended" in Client().get(granted.url).content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("which", [0, 1])
def test_the_collector_and_an_author_who_answers_wait_for_one_another_in_one_order(
    which: int, granted: Granted
) -> None:
    """Two posts are gone for good; about one of them, looked at first or last, its author was asked once more."""
    shop_id = granted.people.shop.id
    asking: dict[str, Any] = {"shop_id": shop_id, "actor_id": None, "channels": (Channel.SITE,), "markets": ("*",)}
    choice = AuthorChoice((Channel.SITE,), "customer")
    licences = {granted.item.public_id: granted.licence}
    other = next(item for item in items_of(shop_id) if item != granted.item)
    approve_items(shop_id=shop_id, actor_id=None, item_ids=[other.public_id])
    licences[other.public_id] = grant_request(
        token=ask_permission(item_id=other.public_id, **asking).token, choice=choice
    )
    item_id, licence = list(licences.items())[which]
    renewal = ask_permission(item_id=item_id, renews=licence, **asking)
    for item in (granted.item, other):
        granted.server.replay.delete(item.external_id)
    collect_well(granted.source)
    granted.time_passes(DELETED_AFTER)
    both(
        ledger_of(shop_id),
        partial(collect_well, granted.source),
        partial(grant_request, token=renewal.token, choice=choice),
        expected=(VouchsafeError,),
    )
    with shop_scope(shop_id):
        assert not LicenceItem.objects.filter(ended_at=None).exists()


def test_a_deleted_post_ends_its_licence_once_and_comes_back_without_it(granted: Granted) -> None:
    # For whoever is not signed in a private post is not there, like a deleted one; unlike it, it can come back.
    granted.server.replay.edit(granted.item.external_id, visibility="private")
    collect_well(granted.source)
    for _day in range(2):
        granted.time_passes(DELETED_AFTER)
        collect_well(granted.source)
    assert OutboxRow.objects.filter(shop_id=granted.people.shop.id, event="LicenceWithdrawn").count() == 1
    with pytest.raises(Conflict, match="Only they can give it"):
        record_licence(
            shop_id=granted.people.shop.id,
            actor_id=granted.people.alice.pk,
            basis=Basis.OWNED,
            item_ids=[granted.item.public_id],
            terms=terms(channels=(Channel.SITE,)),
        )
    granted.server.replay.edit(granted.item.external_id, visibility="public")
    granted.time_passes(timedelta(days=2))
    collect_well(granted.source)
    assert open_hold_reasons(granted.people.shop.id) == []
    assert not granted.shown()


def test_a_post_that_is_back_within_the_week_keeps_its_licence(granted: Granted) -> None:
    """A server that was down, a post that was private for a while."""
    granted.server.replay.edit(granted.item.external_id, visibility="private")
    for _day in range(6):
        collect_well(granted.source)
        granted.time_passes(timedelta(days=1, minutes=1))
        assert not granted.shown()
    assert granted.row().state == "active"
    granted.server.replay.edit(granted.item.external_id, visibility="public")
    collect_well(granted.source)
    assert granted.shown()


def test_what_its_author_restricted_stays_a_hold_however_long(granted: Granted) -> None:
    granted.server.replay.edit(granted.item.external_id, visibility="unlisted")
    for _month in range(3):
        collect_well(granted.source)
        granted.time_passes(timedelta(days=30))
    assert (granted.row().state, granted.shown()) == ("active", False)
    assert open_hold_reasons(granted.people.shop.id) == [HoldReason.SOURCE_SETTING]
