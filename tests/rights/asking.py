"""Set-up for the tests of asking: a source whose authors can be asked in every way, and one of its posts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from project.content.contracts import AuthorInput
from project.content.kinds import Kind
from project.content.models import Source
from project.content.rules import CreditKind
from project.content.services import approve_items, create_source
from project.content.source_policies import Pace, SourcePolicy, register_source_policy
from project.core.models import AuditEntry
from project.core.scope import shop_scope
from project.rights import gate
from project.rights.contracts import (
    Audience,
    Channel,
    NewRequest,
    OutgoingRequest,
    PublicReply,
    SendingWay,
    SentRequest,
    WayOffer,
)
from project.rights.models import RightsRequest
from project.rights.senders import SendingFailed, register_sender
from project.rights.services import ask_permission
from tests.factories import Personas, item_input, make_items

KIND = "test_network"
CHANNELS = (Channel.SITE, Channel.ORGANIC_SOCIAL)
_numbers = count(1)


class Network:
    """A source whose comments are taken by this object: what a sender has to do, with nobody outside."""

    way = SendingWay.PUBLIC_REPLY
    kinds: frozenset[str] | None = frozenset({KIND})

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.keys: set[str] = set()
        self.fault: SendingFailed | None = None

    def offer(self, item: Any) -> WayOffer:
        return WayOffer(way=self.way, allowed=True)

    def send(self, message: OutgoingRequest) -> SentRequest:
        if self.fault is not None:
            raise self.fault
        if message.key not in self.keys:
            self.keys.add(message.key)
            self.texts.append(message.text)
        return SentRequest(url="https://network.example/1", external_id="1", sent_at=timezone.now())

    def check(self, message: Any, reply_url: str) -> SentRequest:
        raise SendingFailed("not_by_hand", again=False)


@contextmanager
def network(*, pace: Pace | None = None, limit: int | None = 500) -> Iterator[Network]:
    """The network for as long as the block lasts, with its terms."""
    register_source_policy(
        SourcePolicy(
            KIND,
            True,
            True,
            True,
            True,
            False,
            None,
            "",
            "tests",
            ways=tuple(way.value for way in SendingWay),
            pace=pace,
            message_limit=limit,
            link_length=23,
        )
    )
    sender = Network()
    register_sender(sender)
    yield sender


def make_network_source(people: Personas, **config: Any) -> Source:
    return create_source(
        shop_id=people.shop.id, actor_id=None, kind=KIND, name=f"Network {next(_numbers)}", config=config
    )


def make_post(people: Personas, source: Source | None = None, **values: Any) -> str:
    """An approved post of Ana's; returns its public id."""
    number = next(_numbers)
    author = AuthorInput(
        external_id=values.pop("account", f"account-{number}"),
        display_name="Ana",
        handle=values.pop("handle", f"@ana{number}@network.example"),
        profile_url="https://network.example/@ana",
    )
    defaults = {
        "kind": Kind.UGC_POST,
        "external_id": f"post-{number}",
        "rating": None,
        "language": "en",
        "origin_url": f"https://network.example/@ana/{number}",
        "author": author,
        "credit_kind": CreditKind.HANDLE,
        "credit_name": author.handle,
    }
    (item,) = make_items(
        people.shop.id, [item_input(**{**defaults, **values})], source=source or make_network_source(people)
    )
    approve_items(shop_id=people.shop.id, actor_id=people.bob.pk, item_ids=[item])
    return item


def ask(people: Personas, item: str, way: SendingWay = SendingWay.PRIVATE_LINK, **values: Any) -> NewRequest:
    defaults: dict[str, Any] = {"channels": CHANNELS, "markets": ("DK",)}
    return ask_permission(
        shop_id=people.shop.id, actor_id=people.rita.pk, item_id=item, way=way, **{**defaults, **values}
    )


def request_row(people: Personas, request_id: str) -> RightsRequest:
    with shop_scope(people.shop.id):
        return RightsRequest.objects.select_related("item__author", "licence").get(public_id=request_id)


def sent_ago(people: Personas, request_id: str, **ago: float) -> datetime:
    """Move a request's sending into the past."""
    moment = timezone.now() - timedelta(**ago)
    with shop_scope(people.shop.id):
        RightsRequest.objects.filter(public_id=request_id).update(sent_at=moment, created_at=moment)
    return moment


def answer(people: Personas, request_id: str, text: str, **values: Any) -> PublicReply:
    """A reply by the author of the asked post, a minute after the request unless said otherwise."""
    row = request_row(people, request_id)
    author = row.item.author
    assert author is not None
    written = (row.sent_at or row.created_at) + timedelta(minutes=1)
    defaults: dict[str, Any] = {
        "external_id": f"reply-{next(_numbers)}",
        "account_id": author.external_id,
        "thread_id": row.item.external_id,
        "written_at": written,
        "payload": {"content": text, "account": {"id": author.external_id}},
    }
    return PublicReply(text=text, **{**defaults, **values})


def shown(people: Personas, channel: Channel = Channel.SITE) -> list[str]:
    audience = Audience(people.shop.id, channel, ("DK",), timezone.now())
    return [item.id for item in gate.published(audience).items]


def history(people: Personas, item: str) -> list[str]:
    """What was done about requests for an item, by whom, oldest first."""
    rows = AuditEntry.objects.filter(shop_id=people.shop.id, object_id=item, action__startswith="request.")
    return list(rows.order_by("id").values_list("action", flat=True))
