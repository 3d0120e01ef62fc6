"""A shop with people and content, and a signed-in client for each person."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from project.content.contracts import AuthorInput
from project.content.selectors import search_authors
from project.core.scope import shop_scope
from project.rights.contracts import Channel, HoldReason, PrivacyKind
from project.rights.models import StatementOfReasons
from project.rights.services import ask_permission, file_notice, open_hold, receive_privacy_request, state_hold
from project.shops.models import User
from project.shops.services import add_allowed_origin, create_api_key, invite_member
from tests.factories import (
    Personas,
    item_input,
    license_items,
    make_desk_things,
    make_items,
    make_personas,
    make_product,
    make_published,
    make_source,
    notice_input,
)
from widgets.contracts import WidgetInput
from widgets.services import add_items, create_selection, create_widget


@pytest.fixture
def people(db: None) -> Personas:
    return make_personas()


@pytest.fixture
def client_of() -> Callable[[User | None], Client]:
    """A browser in which this person is signed in; None for Vera, who has no account."""

    def make(user: User | None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    return make


def last_said(response: Any) -> str:
    """The newest sentence that an answer left for the next page."""
    return str(list(get_messages(response.wsgi_request))[-1])


@dataclass(frozen=True)
class Things:
    """One of everything that has a page, in Alice's shop."""

    pending: str
    published: str
    unlicensed: str
    source: str
    request: str
    token: str
    licence: str
    hold: str
    notice: str
    statement: str
    widget: str
    selection: str
    key: str
    invitation: str
    privacy: str
    desk: dict[str, str]

    def ids(self, bob: int) -> dict[str, str | int]:
        """The values of the URL parameters that the studio's routes use."""
        return {
            "item": self.published,
            "request_id": self.request,
            "licence": self.licence,
            "hold_id": self.hold,
            "notice_id": self.notice,
            "statement_id": self.statement,
            "source_id": self.source,
            "widget_id": self.widget,
            "selection_id": self.selection,
            "key": self.key,
            "invitation": self.invitation,
            "privacy": self.privacy,
            "user_id": bob,
            "token": "unknown-token",
            **self.desk,
        }


@pytest.fixture
def things(people: Personas) -> Things:
    shop_id, alice = people.shop.id, people.alice
    make_product(shop_id, "Knit top", category="Knits")
    pending, unlicensed = make_items(
        shop_id,
        [
            item_input(title="Flattering shirt", text="A very flattering shirt.", product_external_id="knit-top"),
            item_input(
                text="My new favourite cardigan.",
                rating=None,
                author=AuthorInput(external_id="ana-1", display_name="Ana"),
            ),
        ],
    )
    licence = license_items(shop_id, [pending])
    (published,) = make_published(shop_id, [item_input(title="Warm", text="Warm and soft.")])
    asked = ask_permission(
        shop_id=shop_id, actor_id=alice.pk, item_id=unlicensed, channels=(Channel.SITE,), markets=("*",)
    )
    selection = create_selection(shop_id=shop_id, actor_id=alice.pk, name="Favourites")
    add_items(shop_id=shop_id, actor_id=alice.pk, selection_id=selection, item_ids=[published])
    add_allowed_origin(shop_id=shop_id, actor_id=alice.pk, origin="https://www.example.com")
    hold = open_hold(shop_id=shop_id, actor_id=alice.pk, item_id=unlicensed, reason=HoldReason.LEGAL)
    state_hold(shop_id=shop_id, hold_id=hold, number=0)
    with shop_scope(shop_id):
        statement = StatementOfReasons.objects.get().public_id
    return Things(
        pending=pending,
        published=published,
        unlicensed=unlicensed,
        source=make_source(shop_id).public_id,
        request=asked.public_id,
        token=asked.token,
        licence=licence.public_id,
        hold=hold,
        notice=file_notice(notice=notice_input(published)).public_id,
        statement=statement,
        widget=create_widget(
            shop_id=shop_id,
            actor_id=alice.pk,
            widget=WidgetInput(type="carousel", name="Front page", selection_id=selection),
        ),
        selection=selection,
        key=create_api_key(shop_id=shop_id, actor_id=alice.pk, name="Till", publishable=True).public_id,
        invitation=invite_member(
            shop_id=shop_id,
            actor=alice,
            email="new@example.com",
            role="viewer",
            accept_url="https://vouchsafe.example/{token}",
        ).public_id,
        privacy=_privacy_request(shop_id),
        desk=make_desk_things(shop_id, alice),
    )


def _privacy_request(shop_id: int) -> str:
    """Ana asks to be erased, and nobody knows yet whether it is her."""
    with shop_scope(shop_id):
        ana = search_authors("Ana").get()
    return receive_privacy_request(shop_id=shop_id, actor_id=None, author_pk=ana.pk, kind=PrivacyKind.ERASURE)
