"""Whatever happens in whatever order, every outlet shows exactly what permission allows at that moment.

A machine asks, grants (whole or in part), declines, withdraws, holds, erases, lets licences run out, moderates and
turns the clock, delivers the news of it or loses the process before it does. Beside the database runs a model of a few
lines that knows nothing of our code. After every step each outlet is read and compared with the model.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from unittest import mock

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from assistant.services import ask
from project.content.contracts import AuthorInput
from project.content.models import ContentItem
from project.content.rules import CreditKind, State
from project.content.services import approve_items, reject_items, restore_items, take_down_items
from project.core import outbox
from project.core.errors import NotFound, VouchsafeError
from project.core.scope import shop_scope
from project.rights import gate
from project.rights.contracts import Audience, AuthorChoice, Basis, Channel, EndReason, GateQuery, HoldReason
from project.rights.services import (
    announce_licence_changes,
    ask_permission,
    cancel_request,
    close_hold,
    decline_request,
    erase_author,
    grant_licence,
    grant_request,
    open_hold,
    withdraw_by_link,
    withdraw_item,
    withdraw_licence,
)
from tests.api.asking import Asking, publishable_key
from tests.assistant.helpers import index
from tests.factories import item_input, make_items, make_personas, make_product, terms
from tests.widgets.helpers import make_widget
from widgets.building import build_feed, load_head
from widgets.placements import FeedKey, Visit
from widgets.wall.rendering import render_item, render_wall

CHANNELS = (Channel.SITE, Channel.PRODUCT_PAGE, Channel.AI_ASSISTANT)
ITEMS_AT_MOST = 4
some_channels = st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=3, unique=True).map(tuple)
some_days = st.sampled_from([None, 1, 20, 60])


@dataclass
class Right:
    """A licence's hold on one item, as the model knows it."""

    licence: str
    channels: frozenset[Channel]
    ends_at: datetime | None
    ended: bool = False

    def covers(self, channel: Channel, at: datetime) -> bool:
        return not self.ended and channel in self.channels and (self.ends_at is None or self.ends_at > at)


@dataclass
class Item:
    id: str
    words: str
    author: int
    state: State = State.PENDING
    rights: list[Right] = field(default_factory=list)
    holds: dict[HoldReason, str] = field(default_factory=dict)
    request: str = ""
    request_state: str = ""
    token: str = ""
    asked: tuple[Channel, ...] = ()
    days: int | None = None

    def shows(self, channel: Channel, at: datetime) -> bool:
        return self.state is State.APPROVED and not self.holds and any(r.covers(channel, at) for r in self.rights)

    @property
    def is_asked(self) -> bool:
        return self.request_state == "sent"


class PermissionMachine(RuleBasedStateMachine):
    """One shop, a widget on the site and on a product's page, and up to four pieces of content."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = timezone.now()
        self.indexed = True
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.frozen = mock.patch.object(timezone, "now", self._now)
        self.frozen.start()
        people = make_personas()
        self.shop_id = people.shop.id
        self.actor = people.rita.pk
        self.moderator = people.bob.pk
        self.product = make_product(self.shop_id, "Wool coat")
        self.widget = make_widget(self.shop_id)
        self.page = Asking(publishable_key(self.shop_id))
        self.items: list[Item] = []
        self.erased: list[Item] = []

    def _now(self) -> datetime:
        return self.clock

    def teardown(self) -> None:
        self.frozen.stop()
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    # --- content -----------------------------------------------------------------------------------

    @precondition(lambda self: len(self.items) < ITEMS_AT_MOST)
    @rule()
    def comes_in(self) -> None:
        number = len(self.items) + len(self.erased)
        words = f"Warm wool, piece {number}."
        author = AuthorInput(external_id=f"author-{number}", display_name=f"Author {number}")
        made = make_items(self.shop_id, [item_input(text=words, product_external_id="wool-coat", author=author)])
        with shop_scope(self.shop_id):
            author_pk = ContentItem.objects.values_list("author_id", flat=True).get(public_id=made[0])
        self.items.append(Item(made[0], words, author_pk))

    @rule(data=st.data())
    def is_moderated(self, data: st.DataObject) -> None:
        item = self._some(data)
        decisions = {
            State.PENDING: [(approve_items, State.APPROVED, {}), (reject_items, State.REJECTED, {"reason": "spam"})],
            State.APPROVED: [(take_down_items, State.TAKEN_DOWN, {"reason": "spam"})],
            State.TAKEN_DOWN: [(restore_items, State.APPROVED, {})],
        }.get(item.state if item else State.REJECTED, [])
        if item is None or not decisions:
            return
        decide, after, values = data.draw(st.sampled_from(decisions))
        decided = decide(shop_id=self.shop_id, actor_id=self.moderator, item_ids=[item.id], **values)
        assert decided.done == (item.id,)
        item.state = after

    # --- permission --------------------------------------------------------------------------------

    @rule(data=st.data(), channels=some_channels, days=some_days)
    def is_licensed_by_the_shop(self, data: st.DataObject, channels: tuple[Channel, ...], days: int | None) -> None:
        if item := self._some(data):
            ends_at = self.clock + timedelta(days=days) if days else None
            licence = grant_licence(
                shop_id=self.shop_id,
                actor_id=self.actor,
                basis=Basis.OWNED,
                item_ids=[item.id],
                terms=terms(channels=channels, starts_at=self.clock, ends_at=ends_at),
            )
            item.rights.append(Right(licence.public_id, frozenset(channels), ends_at))

    @rule(data=st.data(), channels=some_channels, days=some_days)
    def its_author_is_asked(self, data: st.DataObject, channels: tuple[Channel, ...], days: int | None) -> None:
        item = self._some(data)
        if item is None:
            return
        if item.is_asked:
            with pytest.raises(VouchsafeError):
                self._ask(item, channels, days)
            return
        asked = self._ask(item, channels, days)
        item.request, item.token, item.request_state = asked.public_id, asked.token, "sent"
        item.asked, item.days = channels, days

    def _ask(self, item: Item, channels: tuple[Channel, ...], days: int | None) -> Any:
        return ask_permission(
            shop_id=self.shop_id, actor_id=self.actor, item_id=item.id, channels=channels, markets=("*",), days=days
        )

    @rule(data=st.data(), wanted=some_channels)
    def its_author_says_yes(self, data: st.DataObject, wanted: tuple[Channel, ...]) -> None:
        """In part, mostly: what was not asked for is not granted, and nothing at all is refused."""
        item = self._some(data, asked_before=True)
        if item is None:
            return
        granted = frozenset(wanted) & frozenset(item.asked)
        choice = AuthorChoice(channels=wanted, credit_kind=CreditKind.CUSTOMER)
        if not item.is_asked or not granted or self._link_is_too_old(item):
            with pytest.raises(VouchsafeError):
                grant_request(token=item.token, choice=choice)
            return
        licence = grant_request(token=item.token, choice=choice)
        ends_at = self.clock + timedelta(days=item.days) if item.days else None
        item.rights.append(Right(licence, granted, ends_at))
        item.request_state = "granted"

    @rule(data=st.data())
    def its_author_says_no(self, data: st.DataObject) -> None:
        item = self._some(data, asked_before=True)
        if item is None:
            return
        if not item.is_asked or self._link_is_too_old(item):
            with pytest.raises(VouchsafeError):
                decline_request(token=item.token)
            return
        decline_request(token=item.token)
        item.request_state = "declined"

    @rule(data=st.data())
    def the_shop_takes_its_request_back(self, data: st.DataObject) -> None:
        item = self._some(data, asked_before=True)
        if item is not None and item.is_asked:
            cancel_request(shop_id=self.shop_id, actor_id=self.actor, request_id=item.request)
            item.request_state = "cancelled"

    # --- withdrawal --------------------------------------------------------------------------------

    @rule(data=st.data())
    def its_author_withdraws(self, data: st.DataObject) -> None:
        """Whatever licence covers the item ends with it."""
        item = self._some(data, asked_before=True)
        if item is None or item.request_state != "granted":
            return
        if any(not right.ended for right in item.rights):
            withdraw_by_link(token=item.token)
            self._end(item)
        else:
            with pytest.raises(VouchsafeError):
                withdraw_by_link(token=item.token)

    @rule(data=st.data())
    def staff_end_a_licence(self, data: st.DataObject) -> None:
        item = self._some(data)
        live = [right for right in item.rights if not right.ended] if item else []
        if live:
            right = data.draw(st.sampled_from(live))
            withdraw_licence(
                shop_id=self.shop_id, actor_id=self.actor, licence_id=right.licence, reason=EndReason.STAFF
            )
            right.ended = True

    @rule(data=st.data())
    def its_source_deletes_it(self, data: st.DataObject) -> None:
        if item := self._some(data):
            withdraw_item(shop_id=self.shop_id, actor_id=None, item_id=item.id, reason=EndReason.SOURCE)
            self._end(item)

    @rule(data=st.data())
    def its_author_is_erased(self, data: st.DataObject) -> None:
        """For good, and at once; refused while a legal claim holds something of theirs."""
        item = self._some(data)
        if item is None:
            return
        erase = partial(
            erase_author, shop_id=self.shop_id, actor_id=self.actor, author_pk=item.author, confirmed_by="mail"
        )
        if HoldReason.LEGAL in item.holds:
            with pytest.raises(VouchsafeError):
                erase()
            return
        erase()
        self.items.remove(item)
        self.erased.append(item)

    def _end(self, item: Item) -> None:
        for right in item.rights:
            right.ended = True

    @rule(data=st.data(), reason=st.sampled_from([HoldReason.DISPUTE, HoldReason.LEGAL]))
    def is_held_or_let_go(self, data: st.DataObject, reason: HoldReason) -> None:
        item = self._some(data)
        if item is None:
            return
        if reason in item.holds:
            close_hold(shop_id=self.shop_id, actor_id=self.actor, hold_id=item.holds.pop(reason))
        else:
            item.holds[reason] = open_hold(shop_id=self.shop_id, actor_id=self.actor, item_id=item.id, reason=reason)

    # --- time, delivery, crashes -------------------------------------------------------------------

    @rule(hours=st.sampled_from([1, 25, 24 * 20, 24 * 61]))
    def time_passes(self, hours: int) -> None:
        self.clock += timedelta(hours=hours)

    @rule()
    def the_clocks_task_runs(self) -> None:
        """Late or never: the gate looks at the time itself."""
        announce_licence_changes(shop_id=self.shop_id, now=self.clock)
        for item in self.items:
            for right in item.rights:
                right.ended = right.ended or (right.ends_at is not None and right.ends_at <= self.clock)

    @rule()
    def the_news_are_delivered(self) -> None:
        """Without this rule the process was lost between commit and delivery."""
        outbox.relay_shop(self.shop_id)

    @rule()
    def the_index_is_brought_up_to_date(self) -> None:
        index(self.shop_id)

    # --- every outlet ------------------------------------------------------------------------------

    @invariant()
    def the_gate_shows_what_the_model_allows(self) -> None:
        for channel in CHANNELS:
            audience = Audience(self.shop_id, channel, ("DK",), self.clock)
            page = gate.published(audience, GateQuery(limit=50))
            assert {item.id for item in page.items} == self._shown(channel)
            assert gate.aggregate(audience).total == len(page.items)

    @invariant()
    def feed_wall_and_item_pages_do(self) -> None:
        head = load_head(self.widget)
        for channel, product in ((Channel.SITE, ""), (Channel.PRODUCT_PAGE, self.product)):
            key = FeedKey(product_id=product, locale="en")
            shown = self._shown(channel)
            feed, _stand = build_feed(head, key)
            assert {item.id for item in feed.items} == shown
            wall = render_wall(head, key, Visit()).html.decode()
            assert set(re.findall(r'id="(rev_\w+)"', wall)) == shown
            assert not any(item.words in wall for item in self.erased)
            # Words say more than ids: JSON-LD, excerpts and labels are all in this one page.
            assert {item.id for item in self.items if item.words in wall} == shown
            for item in self.items:
                if item.id in shown:
                    assert item.words in render_item(head, key, item.id).html.decode()
                else:
                    with pytest.raises(NotFound):
                        render_item(head, key, item.id)

    @invariant()
    def the_api_does(self) -> None:
        for channel in (Channel.SITE, Channel.PRODUCT_PAGE):
            answer = self.page.get(f"/published/?channel={channel.value}&limit=50").json()
            assert {item["id"] for item in answer["items"]} == self._shown(channel)

    @invariant()
    def the_assistant_quotes_nothing_else(self) -> None:
        *_frames, last = ask(shop_id=self.shop_id, text="Is the wool warm?")
        cited = {cite["review_id"] for claim in last["answer"]["claims"] for cite in claim["citations"]}
        shown = self._shown(Channel.AI_ASSISTANT)
        assert cited <= shown
        assert not any(item.words in str(last) for item in self.erased)
        assert last["answer"]["coverage"]["total"] == len(shown)

    # --- the model ---------------------------------------------------------------------------------

    def _shown(self, channel: Channel) -> set[str]:
        return {item.id for item in self.items if item.shows(channel, self.clock)}

    def _some(self, data: st.DataObject, *, asked_before: bool = False) -> Item | None:
        among = [item for item in self.items if item.token or not asked_before]
        return data.draw(st.sampled_from(among)) if among else None

    def _link_is_too_old(self, item: Item) -> bool:
        return not link_still_answers(item.token, self.clock)


def link_still_answers(token: str, at: datetime) -> bool:
    """Read off the row: how long a link is good is not what is tested here."""
    from project.core.hashing import token_hash
    from project.core.lookups import shop_of_token_hash
    from project.rights.models import RequestLink

    digest = token_hash(token)
    shop_id = shop_of_token_hash("rights_request", digest)
    assert shop_id is not None
    with shop_scope(shop_id):
        return RequestLink.objects.filter(token_hash=digest, expires_at__gt=at).exists()


@pytest.fixture
def quiet_relay() -> Iterator[None]:
    """The relay's alarm needs a broker; here the machine decides when news are delivered."""
    with mock.patch("project.core.change._wakers", []):
        yield


@pytest.mark.django_db
@pytest.mark.usefixtures("quiet_relay")
def test_every_outlet_shows_exactly_what_permission_allows_after_any_history() -> None:
    run_state_machine_as_test(
        PermissionMachine,
        settings=settings(
            max_examples=200 if os.environ.get("VOUCHSAFE_MATRIX") == "all" else 8,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
