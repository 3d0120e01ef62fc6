"""Rules: asking, answering by page and by reply, silence, renewal, another scope."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from project.content.rules import CreditKind
from project.core.errors import VouchsafeError
from project.core.hashing import token_hash
from project.core.lookups import shop_of_token_hash
from project.core.scope import shop_scope
from project.rights.contracts import AuthorChoice, Basis, Channel, LinkPurpose, SendingWay
from project.rights.models import RequestLink, RightsRequest
from project.rights.services import (
    ask_permission,
    cancel_request,
    change_scope,
    decline_request,
    grant_licence,
    grant_request,
    keep_asking,
    new_author_link,
    record_reply,
    send_request,
)
from project.rights.services.links import mint_link
from tests.factories import terms
from tests.properties.model import Asked, Item, Right
from tests.properties.world import CHANNELS, World
from tests.rights.asking import answer, request_row

some_channels = st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=3, unique=True).map(tuple)
some_days = st.sampled_from([None, 1, 20, 60])
SILENT_AFTER = timedelta(days=14)


def was_asked(item: Item) -> bool:
    return item.asked is not None


class Permission(World):
    @rule(data=st.data(), channels=some_channels, days=some_days)
    def is_licensed_by_the_shop(self, data: st.DataObject, channels: tuple[Channel, ...], days: int | None) -> None:
        if item := self.some(data):
            ends_at = self.clock + timedelta(days=days) if days else None
            licence = grant_licence(
                shop_id=self.shop_id,
                actor_id=self.actor,
                basis=Basis.OWNED,
                item_ids=[item.id],
                terms=terms(channels=channels, starts_at=self.clock, ends_at=ends_at),
            )
            item.rights.append(Right(licence.public_id, frozenset(channels), ends_at, item.words))

    @rule(data=st.data(), channels=some_channels, days=some_days, renew=st.booleans())
    def its_author_is_asked(
        self, data: st.DataObject, channels: tuple[Channel, ...], days: int | None, renew: bool
    ) -> None:
        if item := self.some(data):
            self._ask(item, channels, days, renews=self._renewable(data, item) if renew else None)

    @rule(data=st.data(), channels=some_channels, days=some_days, renew=st.booleans())
    def its_author_is_asked_in_public(
        self, data: st.DataObject, channels: tuple[Channel, ...], days: int | None, renew: bool
    ) -> None:
        """A hashtag cannot grant the assistant, so nobody is asked for it that way."""
        fitting = tuple(channel for channel in channels if channel is not Channel.AI_ASSISTANT)
        item = self.some(data, lambda item: item.of_the_network)
        if item is not None and fitting:
            renews = self._renewable(data, item) if renew else None
            self._ask(item, fitting, days, renews=renews, way=SendingWay.PUBLIC_REPLY)

    def _renewable(self, data: st.DataObject, item: Item) -> Right | None:
        return data.draw(st.sampled_from(item.live)) if item.live else None

    def _ask(
        self,
        item: Item,
        channels: tuple[Channel, ...],
        days: int | None,
        *,
        renews: Right | None,
        way: SendingWay = SendingWay.PRIVATE_LINK,
    ) -> None:
        values: dict[str, Any] = {
            "shop_id": self.shop_id,
            "actor_id": self.actor,
            "item_id": item.id,
            "channels": channels,
            "markets": ("*",),
            "days": days,
            "way": way,
            "renews": renews.licence if renews else None,
        }
        if item.asked is not None and item.asked.state == "sent":
            with pytest.raises(VouchsafeError):
                ask_permission(**values)
            return
        asked = ask_permission(**values)
        token = asked.token
        if way is SendingWay.PUBLIC_REPLY:
            assert send_request(shop_id=self.shop_id, request_id=asked.public_id)
            token = new_author_link(shop_id=self.shop_id, actor_id=self.actor, request_id=asked.public_id).token
        public = way is SendingWay.PUBLIC_REPLY
        item.asked = Asked(asked.public_id, token, channels, days, self.clock, public, renews)

    @precondition(lambda self: any(item.asked for item in self.items))
    @rule(data=st.data(), wanted=some_channels)
    def its_author_says_yes(self, data: st.DataObject, wanted: tuple[Channel, ...]) -> None:
        """In part, mostly: what was not asked for is not granted, and nothing at all is refused."""
        item = self.some(data, was_asked)
        if item is None or item.asked is None:
            return
        granted = frozenset(wanted) & frozenset(item.asked.channels)
        choice = AuthorChoice(channels=wanted, credit_kind=CreditKind.CUSTOMER)
        if not item.asked.waits or not granted or self._link_is_too_old(item.asked):
            with pytest.raises(VouchsafeError):
                grant_request(token=item.asked.token, choice=choice)
            return
        self._granted(item, grant_request(token=item.asked.token, choice=choice), granted)

    @precondition(lambda self: any(item.asked for item in self.items))
    @rule(data=st.data())
    def its_author_says_no(self, data: st.DataObject) -> None:
        item = self.some(data, was_asked)
        if item is None or item.asked is None:
            return
        if not item.asked.waits or self._link_is_too_old(item.asked):
            with pytest.raises(VouchsafeError):
                decline_request(token=item.asked.token)
            return
        decline_request(token=item.asked.token)
        item.asked.state = "declined"

    @precondition(lambda self: any(item.asked and item.asked.public for item in self.items))
    @rule(data=st.data(), yes=st.booleans())
    def its_author_replies_in_public(self, data: st.DataObject, yes: bool) -> None:
        """``#yes…`` answers while the request waits, ``#no`` ends everything whenever it comes."""
        item = self.some(data, lambda item: item.asked is not None and item.asked.public)
        if item is None or item.asked is None:
            return
        row = request_row(self.people, item.asked.id)
        reply = answer(self.people, item.asked.id, row.hashtag if yes else "#no")
        record_reply(shop_id=self.shop_id, request_id=item.asked.id, reply=reply)
        if not yes:
            item.end_all()
            item.asked.state = "declined" if item.asked.waits else item.asked.state
        elif item.asked.waits:
            licence = request_row(self.people, item.asked.id).licence
            assert licence is not None
            self._granted(item, licence.public_id, frozenset(item.asked.channels))

    def _granted(self, item: Item, licence: str, channels: frozenset[Channel]) -> None:
        assert item.asked is not None
        days = item.asked.days
        item.grants(licence, channels, self.clock, self.clock + timedelta(days=days) if days else None)

    @precondition(lambda self: any(item.asked and item.asked.granted for item in self.items))
    @rule(data=st.data(), wanted=some_channels)
    def its_author_changes_the_scope(self, data: st.DataObject, wanted: tuple[Channel, ...]) -> None:
        """More or less of what was asked for, until the same day; the old licence is replaced."""
        item = self.some(data, lambda item: item.asked is not None and item.asked.granted is not None)
        if item is None or item.asked is None or item.asked.granted is None:
            return
        old = item.asked.granted
        granted = frozenset(wanted) & frozenset(item.asked.channels)
        over = old.ended or (old.ends_at is not None and old.ends_at <= self.clock)
        with shop_scope(self.shop_id):
            request = RightsRequest.objects.get(public_id=item.asked.id)
            confirmed = mint_link(request, purpose=LinkPurpose.CONFIRMED, lasts=timedelta(minutes=30))
        choice = AuthorChoice(channels=wanted, credit_kind=CreditKind.CUSTOMER)
        with pytest.raises(VouchsafeError):
            change_scope(token=item.asked.token, choice=choice)  # a link that was not confirmed
        if over or not granted:
            with pytest.raises(VouchsafeError):
                change_scope(token=confirmed, choice=choice)
            return
        new = Right(change_scope(token=confirmed, choice=choice), granted, old.ends_at, item.words)
        old.ended = True
        item.rights.append(new)
        item.asked.granted = new

    @precondition(lambda self: any(item.asked and item.asked.waits for item in self.items))
    @rule(data=st.data())
    def the_shop_takes_its_request_back(self, data: st.DataObject) -> None:
        item = self.some(data, lambda item: item.asked is not None and item.asked.waits)
        if item is not None and item.asked is not None:
            cancel_request(shop_id=self.shop_id, actor_id=self.actor, request_id=item.asked.id)
            item.asked.state = "cancelled"

    @rule()
    def the_desks_clock_runs(self) -> None:
        """Reminds, warns, and takes fourteen days of silence for an answer, which a late one overrules."""
        keep_asking(shop_id=self.shop_id, now=self.clock)
        for item in self.items:
            if item.asked and item.asked.state == "sent" and item.asked.at + SILENT_AFTER <= self.clock:
                item.asked.state = "no_reply"

    def _link_is_too_old(self, asked: Asked) -> bool:
        """Read off the row: how long a link is good is not what is tried here."""
        digest = token_hash(asked.token)
        assert shop_of_token_hash("rights_request", digest) == self.shop_id
        with shop_scope(self.shop_id):
            return not RequestLink.objects.filter(token_hash=digest, expires_at__gt=self.clock).exists()
