"""Whatever happens in whatever order, every outlet shows exactly what permission allows at that moment.

A machine asks, grants (whole or in part, by page and by reply), renews, changes the scope, declines, falls silent,
withdraws, holds, takes notices and decides them, erases, lets licences run out, moderates and turns the clock; it
delivers the news of it, loses the process before it does, or has a follower die of it half-way. Beside the database
runs a model of a few lines that knows nothing of our code. After every step each outlet is read and compared with it.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from assistant.services import ask
from project.core import outbox
from project.core.errors import NotFound
from project.core.events import StoredEvent
from project.core.models import OutboxRow
from project.rights import gate
from project.rights.contracts import Audience, Channel, GateQuery
from project.rights.services import announce_licence_changes
from tests.assistant.helpers import index
from tests.properties.endings import Endings
from tests.properties.permission import Permission
from tests.properties.world import CHANNELS
from tests.widgets.test_wall import json_ld
from widgets.building import build_feed, load_head
from widgets.placements import FeedKey, Visit
from widgets.wall.rendering import render_item, render_wall

# Longer than the longest pause before a failed delivery is tried again.
PAUSE = timedelta(minutes=5)
# As many histories as six minutes hold (`make matrix`), and as many as a test run can spare.
MANY, FEW = 30, 6


class PermissionMachine(Permission, Endings):
    """One shop, a widget on the site and on a product's page, and up to four pieces of content."""

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

    @rule(data=st.data(), after_its_work=st.booleans())
    def a_follower_dies_of_the_news(self, data: st.DataObject, after_its_work: bool) -> None:
        """Before it began, or with its work done and not yet written down as done; the others go on."""
        inside = [each for each in outbox.subscribers() if not each.outside]
        victim = data.draw(st.sampled_from(sorted(inside, key=lambda each: each.name)))

        def die(event: StoredEvent) -> None:
            if after_its_work:
                victim.handle(event)
            raise RuntimeError("killed")

        with mock.patch.dict(outbox._subscribers, {victim.name: replace(victim, handle=die)}):
            outbox.relay_shop(self.shop_id)

    @rule()
    def what_died_is_tried_again(self) -> None:
        self.clock += PAUSE
        outbox.relay_shop(self.shop_id)
        assert not OutboxRow.objects.filter(shop_id=self.shop_id, settled_at=None).exists()

    @rule()
    def the_index_is_brought_up_to_date(self) -> None:
        index(self.shop_id)

    # --- every outlet ------------------------------------------------------------------------------

    @invariant()
    def the_gate_shows_what_the_model_allows(self) -> None:
        for channel in CHANNELS:
            audience = Audience(self.shop_id, channel, ("DK",), self.clock)
            page = gate.published(audience, GateQuery(limit=50))
            assert {item.id for item in page.items} == self.shown(channel)
            assert gate.aggregate(audience).total == len(page.items)

    @invariant()
    def feed_wall_and_item_pages_do(self) -> None:
        head = load_head(self.widget)
        for channel, product in ((Channel.SITE, ""), (Channel.PRODUCT_PAGE, self.product)):
            key = FeedKey(product_id=product, locale="en")
            shown = self.shown(channel)
            feed, _stand = build_feed(head, key)
            assert {item.id for item in feed.items} == shown
            wall = render_wall(head, key, Visit()).html.decode()
            assert set(re.findall(r'id="(rev_\w+)"', wall)) == shown
            assert not any(item.words in wall for item in self.erased)
            # Words say more than ids: excerpts and labels are in this page, too.
            assert {item.id for item in self.items if item.words in wall} == shown
            self._json_ld_does(json_ld(wall), shown if product else set())
            for item in self.items:
                if item.id in shown:
                    assert item.words in render_item(head, key, item.id).html.decode()
                else:
                    with pytest.raises(NotFound):
                        render_item(head, key, item.id)

    def _json_ld_does(self, data: Any, shown: set[str]) -> None:
        """It marks up the rated reviews of the shop's own, and stands wherever a product's page shows one."""
        marked_up = [item.words for item in self.items if item.id in shown and not item.of_the_network]
        assert (data is not None) == bool(marked_up)
        if data is not None:
            assert sorted(review["reviewBody"] for review in data["review"]) == sorted(marked_up)
            assert data.get("aggregateRating", {}).get("ratingCount", len(marked_up)) == len(marked_up)

    @invariant()
    def pages_that_stay_open_do(self) -> None:
        """As the hub's frames leave them, once the process has looked at the numbers, told of them or not."""
        assert self.open_pages.shown() == {
            "": self.shown(Channel.SITE),
            self.product: self.shown(Channel.PRODUCT_PAGE),
        }

    @invariant()
    def the_api_does(self) -> None:
        for channel in (Channel.SITE, Channel.PRODUCT_PAGE):
            answer = self.page.get(f"/published/?channel={channel.value}&limit=50").json()
            assert {item["id"] for item in answer["items"]} == self.shown(channel)

    @invariant()
    def the_assistant_quotes_nothing_else(self) -> None:
        *_frames, last = ask(shop_id=self.shop_id, text="Is the wool warm?")
        cited = {cite["review_id"] for claim in last["answer"]["claims"] for cite in claim["citations"]}
        shown = self.shown(Channel.AI_ASSISTANT)
        assert cited <= shown
        assert not any(item.words in json.dumps(last, default=str) for item in self.erased)
        assert last["answer"]["coverage"]["total"] == len(shown)


@pytest.fixture
def quiet_relay(monkeypatch: pytest.MonkeyPatch) -> None:
    """The relay's alarm needs a broker; here the machine decides when news are delivered."""
    monkeypatch.setattr("project.core.change._wakers", [])


@pytest.mark.django_db
@pytest.mark.usefixtures("quiet_relay")
def test_every_outlet_shows_exactly_what_permission_allows_after_any_history() -> None:
    run_state_machine_as_test(
        PermissionMachine,
        settings=settings(
            max_examples=MANY if os.environ.get("VOUCHSAFE_MATRIX") == "all" else FEW,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
