"""Rules: what takes content away (moderation, withdrawal, erasure, holds, notices), and what brings it back."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from project.content.rules import State
from project.content.services import approve_items, reject_items, restore_items, take_down_items
from project.core.errors import NotFound, VouchsafeError
from project.core.scope import shop_scope
from project.rights.contracts import (
    EndReason,
    HoldReason,
    NoticeCategory,
    NoticeDecision,
    NoticeInput,
    NoticeState,
    Remedy,
    Unfounded,
)
from project.rights.models import Notice
from project.rights.services import (
    close_hold,
    decide_notice,
    erase_author,
    export_author,
    file_notice,
    open_hold,
    withdraw_by_link,
    withdraw_item,
    withdraw_licence,
)
from tests.properties.model import Filed, Item
from tests.properties.world import World

ITEMS_AT_MOST = 4
REASONS = (HoldReason.DISPUTE, HoldReason.LEGAL, HoldReason.SOURCE_GONE)
MAY_BE_HIDDEN = (State.PENDING, State.APPROVED)
_numbers = count(1)


class Endings(World):
    @initialize()
    def two_come_in(self) -> None:
        """One of the shop's own and one of the network, approved: few steps are spent on an empty shop."""
        for from_the_network in (False, True):
            self.come_in(from_the_network=from_the_network)
        ids = [item.id for item in self.items]
        approve_items(shop_id=self.shop_id, actor_id=self.moderator, item_ids=ids)
        for item in self.items:
            item.state = State.APPROVED

    @precondition(lambda self: len(self.items) < ITEMS_AT_MOST)
    @rule(from_the_network=st.booleans())
    def comes_in(self, from_the_network: bool) -> None:
        self.come_in(from_the_network=from_the_network)

    @rule(data=st.data())
    def is_moderated(self, data: st.DataObject) -> None:
        item = self.some(data)
        decisions: dict[State, list[tuple[Any, State, dict[str, str]]]] = {
            State.PENDING: [(approve_items, State.APPROVED, {}), (reject_items, State.REJECTED, {"reason": "spam"})],
            State.APPROVED: [(take_down_items, State.TAKEN_DOWN, {"reason": "spam"})],
            State.TAKEN_DOWN: [(restore_items, State.APPROVED, {})],
        }
        possible = decisions.get(item.state, []) if item else []
        if item is None or not possible:
            return
        decide, after, values = data.draw(st.sampled_from(possible))
        decided = decide(shop_id=self.shop_id, actor_id=self.moderator, item_ids=[item.id], **values)
        assert decided.done == (item.id,)
        item.state = after

    @rule(data=st.data())
    def its_author_edits_it(self, data: st.DataObject) -> None:
        """What was permitted were the words before; staff look at the new ones."""
        if item := self.some(data):
            item.words = f"{item.words} Edited."
            item.sent = replace(item.sent, text=item.words)
            self.receive(item.sent, from_the_network=item.of_the_network)
            item.state = State.PENDING if item.state is State.APPROVED else item.state

    # --- withdrawal and erasure --------------------------------------------------------------------

    @precondition(lambda self: any(item.asked and item.asked.state == "granted" for item in self.items))
    @rule(data=st.data())
    def its_author_withdraws(self, data: st.DataObject) -> None:
        """Whatever licence covers the item ends with it."""
        item = self.some(data, lambda item: item.asked is not None and item.asked.state == "granted")
        if item is None or item.asked is None:
            return
        if item.live:
            withdraw_by_link(token=item.asked.token)
            item.end_all()
        else:
            with pytest.raises(VouchsafeError):
                withdraw_by_link(token=item.asked.token)

    @rule(data=st.data())
    def staff_end_a_licence(self, data: st.DataObject) -> None:
        item = self.some(data, lambda item: item.live)
        if item is not None:
            right = data.draw(st.sampled_from(item.live))
            withdraw_licence(
                shop_id=self.shop_id, actor_id=self.actor, licence_id=right.licence, reason=EndReason.STAFF
            )
            right.ended = True

    @rule(data=st.data())
    def its_source_deletes_it(self, data: st.DataObject) -> None:
        if item := self.some(data):
            withdraw_item(shop_id=self.shop_id, actor_id=None, item_id=item.id, reason=EndReason.SOURCE)
            item.end_all()
            if item.asked is not None and item.asked.state == "sent":
                item.asked.state = "cancelled"

    @rule(data=st.data())
    def its_author_is_erased(self, data: st.DataObject) -> None:
        """For good, and at once; refused while a legal claim holds something of theirs."""
        item = self.some(data)
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

    @rule(data=st.data())
    def its_author_asks_for_a_copy(self, data: st.DataObject) -> None:
        """Shown or not, it is theirs; it holds nobody else's, and nothing of whoever was erased."""
        for gone in self.erased:
            with pytest.raises(NotFound):
                export_author(shop_id=self.shop_id, author_pk=gone.author)
        item = self.some(data)
        if item is None:
            return
        copy = json.dumps(export_author(shop_id=self.shop_id, author_pk=item.author), ensure_ascii=False)
        assert [other.words for other in (*self.items, *self.erased) if other.words in copy] == [item.words]
        assert all(right.licence in copy for right in item.rights)

    # --- holds and notices -------------------------------------------------------------------------

    @rule(data=st.data(), reason=st.sampled_from(REASONS))
    def is_held_or_let_go(self, data: st.DataObject, reason: HoldReason) -> None:
        """Also what its source does: the original is gone, and is back."""
        item = self.some(data)
        if item is None:
            return
        actor = None if reason is HoldReason.SOURCE_GONE else self.actor
        if reason in item.holds:
            hold = item.holds[reason]
            close_hold(shop_id=self.shop_id, actor_id=actor, hold_id=hold)
            item.lift(hold)
        else:
            item.holds[reason] = open_hold(shop_id=self.shop_id, actor_id=actor, item_id=item.id, reason=reason)

    @rule(data=st.data(), plausible=st.booleans())
    def is_reported(self, data: st.DataObject, plausible: bool) -> None:
        """A plausible claim hides first; what staff hold already stays theirs to lift."""
        item = self.some(data)
        if item is None:
            return
        filed = file_notice(
            notice=NoticeInput(
                item_id=item.id,
                category=NoticeCategory.COPYRIGHT if plausible else NoticeCategory.MISLEADING,
                explanation="I took this picture myself and never gave it to anybody, here or elsewhere. " * 2,
                urls=("https://shop.example/coat",),
                name="Vera",
                email=f"vera-{next(_numbers)}@example.org",
                in_good_faith=True,
            )
        )
        notices_hold = any(notice.behind_hold for notice in item.notices) or HoldReason.DISPUTE not in item.holds
        hides = plausible and item.state in MAY_BE_HIDDEN and notices_hold
        assert filed.hidden == hides
        item.notices.append(Filed(filed.public_id, hides))
        if hides:
            with shop_scope(self.shop_id):
                hold = Notice.objects.select_related("hold").get(public_id=filed.public_id).hold
            assert hold is not None
            item.holds[HoldReason.DISPUTE] = hold.public_id

    @precondition(lambda self: any(item.notices for item in self.items))
    @rule(data=st.data(), outcome=st.sampled_from(["rejected", "taken down", "withdrawn", "partly"]))
    def a_notice_is_decided(self, data: st.DataObject, outcome: str) -> None:
        """The last one behind a hold lifts it; what was upheld is carried out in the same breath."""
        item = self.some(data, lambda item: item.notices)
        if item is None:
            return
        notice = data.draw(st.sampled_from(item.notices))
        decision = self._decision(data, item, outcome)
        if decision is None:
            return
        decide_notice(shop_id=self.shop_id, actor_id=self.actor, notice_id=notice.id, decision=decision)
        item.notices.remove(notice)
        if notice.behind_hold and not any(other.behind_hold for other in item.notices):
            item.lift(item.holds[HoldReason.DISPUTE])
        if decision.outcome is NoticeState.UPHELD:
            item.state = {State.PENDING: State.REJECTED, State.APPROVED: State.TAKEN_DOWN}.get(item.state, item.state)
        if decision.remedy is Remedy.WITHDRAW:
            item.end_all()
        for right in item.live:
            right.ended = right.licence in decision.licence_ids

    def _decision(self, data: st.DataObject, item: Item, outcome: str) -> NoticeDecision | None:
        note = "We looked at it together."
        if outcome == "rejected":
            return NoticeDecision(outcome=NoticeState.REJECTED, reason=Unfounded.LAWFUL, note=note)
        if outcome == "partly":
            if not item.live:
                return None
            right = data.draw(st.sampled_from(item.live))
            return NoticeDecision(outcome=NoticeState.PARTLY, reason="spam", note=note, licence_ids=(right.licence,))
        remedy = Remedy.WITHDRAW if outcome == "withdrawn" else Remedy.TAKE_DOWN
        return NoticeDecision(outcome=NoticeState.UPHELD, reason="spam", note=note, remedy=remedy)
