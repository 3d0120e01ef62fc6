"""The machine's world: a shop with a widget, its people, its clock, a page that is open, and up to four items."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from unittest import mock

from django.db import transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from project.content.contracts import AuthorInput, ItemInput
from project.content.kinds import Kind
from project.content.models import ContentItem
from project.core.scope import shop_scope
from project.rights.contracts import Channel
from tests.api.asking import Asking, publishable_key
from tests.factories import item_input, make_items, make_personas, make_product, make_source
from tests.properties.model import Item
from tests.properties.open_page import OpenPages
from tests.rights.asking import make_network_source, network
from tests.widgets.helpers import make_widget

CHANNELS = (Channel.SITE, Channel.PRODUCT_PAGE, Channel.AI_ASSISTANT)
# Where the clock of the edge is read: what it has ready ends with a licence.
CLOCKS = ("widgets.building.time", "project.core.edge.prepared.time")


class World(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.clock = timezone.now()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.held = ExitStack()
        self.held.enter_context(mock.patch.object(timezone, "now", self._now))
        for clock in CLOCKS:
            self.held.enter_context(mock.patch(clock, SimpleNamespace(monotonic=lambda: self.clock.timestamp())))
        self.held.enter_context(network())
        self.people = make_personas()
        self.shop_id = self.people.shop.id
        self.actor = self.people.rita.pk
        self.moderator = self.people.bob.pk
        self.product = make_product(self.shop_id, "Wool coat")
        self.widget = make_widget(self.shop_id)
        self.network = make_network_source(self.people)
        self.own = make_source(self.shop_id)
        self.page = Asking(publishable_key(self.shop_id))
        self.open_pages = OpenPages(self.widget, ("", self.product))
        self.items: list[Item] = []
        self.erased: list[Item] = []

    def _now(self) -> datetime:
        return self.clock

    def teardown(self) -> None:
        self.open_pages.close()
        self.held.close()
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def come_in(self, *, from_the_network: bool) -> None:
        """A rated review of the shop's own, or a post of somebody who can be asked in public."""
        number = len(self.items) + len(self.erased)
        words = f"Warm wool, piece {number}."
        author = AuthorInput(
            external_id=f"author-{number}", display_name=f"Author {number}", handle=f"@author{number}@network.example"
        )
        values: dict[str, Any] = {"text": words, "product_external_id": "wool-coat", "author": author}
        if from_the_network:
            values.update(kind=Kind.UGC_POST, rating=None, external_id=f"post-{number}")
        sent = item_input(**values)
        made = self.receive(sent, from_the_network=from_the_network)
        with shop_scope(self.shop_id):
            author_pk = ContentItem.objects.values_list("author_id", flat=True).get(public_id=made)
        self.items.append(Item(made, words, author_pk, from_the_network, sent))

    def receive(self, sent: ItemInput, *, from_the_network: bool) -> str:
        """What its source says of an item now; returns its public id."""
        (made,) = make_items(self.shop_id, [sent], source=self.network if from_the_network else self.own)
        return made

    def shown(self, channel: Channel) -> set[str]:
        return {item.id for item in self.items if item.shows(channel, self.clock)}

    def some(self, data: st.DataObject, suits: Callable[[Item], Any] = lambda item: True) -> Item | None:
        among = [item for item in self.items if suits(item)]
        return data.draw(st.sampled_from(among)) if among else None
