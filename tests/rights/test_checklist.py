"""Four lines of the check-lists, each tried on every surface that shows content: R1, L4, L5, L11."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from assistant.models import Passage
from assistant.services import ask
from project.content.contracts import AuthorInput
from project.content.models import Author
from project.content.rules import CreditKind, MaterialConnection, Verification
from project.content.services import approve_items
from project.core.scope import shop_scope
from project.rights import gate, wording
from project.rights.contracts import Audience, AuthorChoice, Channel, EndReason, HoldReason, LicenceState, RequestState
from project.rights.models import Licence, RightsRequest
from project.rights.services import (
    ask_permission,
    cancel_request,
    decline_request,
    export_archive,
    grant_request,
    open_hold,
    withdraw_by_link,
    withdraw_licence,
)
from tests.api.asking import Asking, publishable_key, secret_key
from tests.assistant.helpers import index
from tests.factories import Personas, item_input, license_items, make_items, make_personas, make_published
from tests.properties.open_page import OpenPages
from tests.widgets.helpers import make_widget
from widgets.building import build_feed, load_head
from widgets.placements import FeedKey, Visit
from widgets.wall.rendering import render_wall

pytestmark = pytest.mark.django_db

WORDS = "Warm and soft wool, worn all winter."


@dataclass
class Scene:
    """One approved piece in a shop that has a widget; nothing licenses it yet."""

    people: Personas
    item: str
    widget: str
    channels: tuple[Channel, ...] = (Channel.SITE, Channel.AI_ASSISTANT)

    @property
    def shop_id(self) -> int:
        return self.people.shop.id

    def surfaces(self) -> dict[str, str]:
        """Everything that shows content, as the text that goes out."""
        head, key = load_head(self.widget), FeedKey(locale="en")
        feed, _stand = build_feed(head, key)
        *_frames, last = ask(shop_id=self.shop_id, text="Is the wool warm?")
        page = Asking(publishable_key(self.shop_id))
        with closing(OpenPages(self.widget, ("",))) as open_pages:
            socket = open_pages.payloads()
        return {
            "feed": str(feed),
            "page with a socket": socket,
            "wall and JSON-LD": render_wall(head, key, Visit()).html.decode(),
            "API": page.get("/published/").content.decode(),
            "assistant": json.dumps(last["answer"]),
        }

    def stays_in_the_index(self) -> None:
        """Have the assistant's index hold the words, by a permission whose end nobody has told it of: what keeps them
        from an answer is the gate alone.
        """
        lent = license_items(self.shop_id, [self.item], channels=(Channel.AI_ASSISTANT,))
        index(self.shop_id)
        withdraw_licence(shop_id=self.shop_id, actor_id=None, licence_id=lent.public_id, reason=EndReason.STAFF)

    def is_in_the_index(self) -> bool:
        with shop_scope(self.shop_id):
            return Passage.objects.filter(item__public_id=self.item).exists()

    def shown_on(self) -> set[str]:
        return {name for name, text in self.surfaces().items() if self.item in text}

    def ask(self, days: int | None = None) -> tuple[str, str]:
        asked = ask_permission(
            shop_id=self.shop_id,
            actor_id=self.people.rita.pk,
            item_id=self.item,
            channels=self.channels,
            markets=("*",),
            days=days,
        )
        return asked.public_id, asked.token

    def grant(self, days: int | None = None) -> tuple[str, str]:
        _request, token = self.ask(days)
        choice = AuthorChoice(channels=self.channels, credit_kind=CreditKind.CUSTOMER)
        licence = grant_request(token=token, choice=choice)
        index(self.shop_id)
        return licence, token


@pytest.fixture
def scene() -> Scene:
    people = make_personas()
    (item,) = make_items(people.shop.id, [item_input(text=WORDS)])
    approve_items(shop_id=people.shop.id, actor_id=people.bob.pk, item_ids=[item])
    return Scene(people, item, make_widget(people.shop.id))


# --- R1 --------------------------------------------------------------------------------------------------------


def _in_state(scene: Scene, state: RequestState) -> None:
    request, _token = scene.ask()
    with shop_scope(scene.shop_id):
        RightsRequest.objects.filter(public_id=request).update(state=state)


def _licence_in(scene: Scene, state: LicenceState) -> None:
    licence, _token = scene.grant()
    with shop_scope(scene.shop_id):
        Licence.objects.filter(public_id=licence).update(state=state)


def _expired(scene: Scene) -> None:
    licence, _token = scene.grant(days=1)
    with shop_scope(scene.shop_id):
        Licence.objects.filter(public_id=licence).update(ends_at=timezone.now())


def _held(scene: Scene) -> None:
    scene.grant()
    open_hold(shop_id=scene.shop_id, actor_id=None, item_id=scene.item, reason=HoldReason.DISPUTE)


def _withdrawn_by_staff(scene: Scene) -> None:
    licence, _token = scene.grant()
    withdraw_licence(shop_id=scene.shop_id, actor_id=None, licence_id=licence, reason=EndReason.STAFF)


STATES: dict[str, Callable[[Scene], Any]] = {
    "nobody asked": lambda scene: None,
    **{
        f"request {state.value}": lambda scene, state=state: _in_state(scene, state)
        for state in RequestState
        if state is not RequestState.GRANTED
    },
    "declined by the author": lambda scene: decline_request(token=scene.ask()[1]),
    "taken back": lambda scene: cancel_request(shop_id=scene.shop_id, actor_id=None, request_id=scene.ask()[0]),
    **{
        f"licence {state.value}": lambda scene, state=state: _licence_in(scene, state)
        for state in LicenceState
        if state is not LicenceState.ACTIVE
    },
    "run out a moment ago": _expired,
    "held": _held,
    "withdrawn by the author": lambda scene: withdraw_by_link(token=scene.grant()[1]),
    "ended by staff": _withdrawn_by_staff,
}


def test_r1_a_licence_in_force_is_served_on_every_surface(scene: Scene) -> None:
    scene.grant()
    assert scene.shown_on() == set(scene.surfaces())


@pytest.mark.parametrize("state", list(STATES))
def test_r1_no_state_but_active_is_served_on_any_surface(scene: Scene, state: str) -> None:
    scene.stays_in_the_index()
    STATES[state](scene)
    assert scene.is_in_the_index()
    assert scene.shown_on() == set()
    assert not any(WORDS in text for text in scene.surfaces().values())


def _over_the_api(scene: Scene, channel: str) -> list[str]:
    """What the list and the single item's address serve for a channel; they never differ."""
    server = Asking(secret_key(scene.shop_id))
    listed = [item["id"] for item in server.get("/published/", channel=channel).json()["items"]]
    assert server.get(f"/published/{scene.item}/", channel=channel).status_code == (200 if listed else 404)
    return listed


def test_r1_over_the_api_a_channel_serves_what_is_licensed_for_it_alone(scene: Scene) -> None:
    scene.channels = (Channel.EMAIL,)
    scene.grant()
    served = {channel for channel in Channel if _over_the_api(scene, channel) == [scene.item]}
    assert served == {Channel.EMAIL}


@pytest.mark.parametrize("state", list(STATES))
def test_r1_no_state_but_active_is_served_over_the_api_in_another_channel(scene: Scene, state: str) -> None:
    scene.channels = (Channel.EMAIL,)
    STATES[state](scene)
    assert _over_the_api(scene, Channel.EMAIL) == []


# --- L11 -------------------------------------------------------------------------------------------------------

NOW = timezone.now()
LICENCE: dict[str, Any] = {
    "channels": (Channel.SITE, Channel.EMAIL),
    "markets": ("DK", "SE"),
    "starts_at": NOW - timedelta(days=1),
    "ends_at": NOW + timedelta(days=10),
}


@pytest.mark.parametrize(
    ("channel", "markets", "at", "shown"),
    [
        (Channel.SITE, ("DK",), NOW, True),
        (Channel.SITE, ("SE",), NOW, True),
        (Channel.SITE, ("DK", "SE"), NOW, True),
        (Channel.EMAIL, ("DK",), NOW, True),
        (Channel.SITE, ("DK",), NOW + timedelta(days=10, seconds=-1), True),
        (Channel.SITE, ("DK",), NOW + timedelta(days=10), False),
        (Channel.SITE, ("DK",), NOW - timedelta(days=1, seconds=1), False),
        (Channel.SITE, ("NO",), NOW, False),
        (Channel.SITE, ("DK", "NO"), NOW, False),
        (Channel.SITE, ("*",), NOW, False),
        (Channel.SITE, (), NOW, False),
        *((channel, ("DK",), NOW, False) for channel in Channel if channel not in {Channel.SITE, Channel.EMAIL}),
    ],
)
def test_l11_a_channel_a_country_and_a_time_need_a_licence_that_covers_all_three(
    scene: Scene, channel: Channel, markets: tuple[str, ...], at: datetime, shown: bool
) -> None:
    license_items(scene.shop_id, [scene.item], **LICENCE)
    page = gate.published(Audience(scene.shop_id, channel, markets, at))
    assert [item.id for item in page.items] == ([scene.item] if shown else [])


# --- L4 --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("connection", [each for each in MaterialConnection if each is not MaterialConnection.NONE])
def test_l4_what_links_an_author_to_the_shop_is_said_on_every_surface(connection: MaterialConnection) -> None:
    people = make_personas()
    (item,) = make_published(people.shop.id, [item_input(text=WORDS, disclosure=connection)])
    index(people.shop.id)
    scene = Scene(people, item, make_widget(people.shop.id))
    label = wording.disclosure_text(connection)
    assert label
    surfaces = scene.surfaces()
    assert scene.shown_on() == set(surfaces)
    answer = json.loads(surfaces["assistant"])
    cited = [cite for claim in answer["claims"] for cite in claim["citations"]]
    assert {cite["disclosure"] for cite in cited} == {label}
    (published,) = json.loads(surfaces["API"])["items"]
    assert published["disclosure"] == connection.value
    assert label in surfaces["feed"]
    assert label in surfaces["page with a socket"]
    assert label in surfaces["wall and JSON-LD"]


def test_l4_credit_origin_and_disclosure_stand_together_on_every_surface() -> None:
    people = make_personas()
    origin = "https://network.example/@ana/1"
    post = item_input(
        text=WORDS,
        credit_kind=CreditKind.HANDLE,
        credit_name="@ana@network.example",
        origin_url=origin,
        disclosure=MaterialConnection.FREE_PRODUCT,
    )
    (item,) = make_published(people.shop.id, [post])
    index(people.shop.id)
    scene = Scene(people, item, make_widget(people.shop.id))
    label = wording.disclosure_text(MaterialConnection.FREE_PRODUCT)
    assert label
    surfaces = scene.surfaces()
    (published,) = json.loads(surfaces["API"])["items"]
    assert (published["origin_url"], published["credit"]["name"]) == (origin, "@ana@network.example")
    (cited,) = {
        json.dumps([cite["credit"], cite["disclosure"], cite["source"]])
        for claim in json.loads(surfaces["assistant"])["claims"]
        for cite in claim["citations"]
    }
    source = {"name": published["source"]["name"], "url": origin}
    assert json.loads(cited) == ["@ana@network.example", label, source]
    for name in ("feed", "page with a socket"):
        assert [said for said in (origin, "@ana@network.example", label) if said not in surfaces[name]] == []
    (card,) = re.findall(r"<article.*?</article>", surfaces["wall and JSON-LD"], re.DOTALL)
    for said in ('<p class="credit"><bdi>@ana@network.example</bdi>', f'<a href="{origin}"', f">{label}</p>"):
        assert said in card


def test_l4_credit_origin_and_disclosure_stay_with_an_item_in_everything_that_a_shop_takes_out() -> None:
    people = make_personas()
    origin, said = "https://network.example/@ana/1", MaterialConnection.FREE_PRODUCT
    post = item_input(
        text=WORDS,
        author=AuthorInput(external_id="ana-1", display_name="Ana"),
        credit_kind=CreditKind.NAME,
        credit_name="Ana",
        credit_detail="Aarhus",
        origin_url=origin,
        disclosure=said,
    )
    (item,) = make_published(people.shop.id, [post], channels=(Channel.EMAIL,))
    server = Asking(secret_key(people.shop.id))
    for address in ("/content/", "/published/"):
        query = {"channel": "email"} if address == "/published/" else {}
        (listed,) = server.get(address, **query).json()["items"]
        for taken in (listed, server.get(f"{address}{item}/", **query).json()):
            credit = (taken["credit"]["kind"], taken["credit"]["name"], taken["credit"]["detail"])
            assert (credit, taken["origin_url"], taken["disclosure"]) == (("name", "Ana", "Aarhus"), origin, said)
    with shop_scope(people.shop.id):
        author_pk = Author.objects.get().pk
    with zipfile.ZipFile(io.BytesIO(export_archive(shop_id=people.shop.id, author_pk=author_pk))) as archive:
        (row,) = csv.DictReader(io.StringIO(archive.read("content.csv").decode("utf-8-sig")))
        (told,) = json.loads(archive.read("data.json"))["content"]
    assert (row["named_as"], row["address_at_the_source"], row["disclosed_connection"]) == ("Ana, Aarhus", origin, said)
    assert told["named_as"] == {"kind": "name", "name": "Ana", "detail": "Aarhus"}
    assert (told["address_at_the_source"], told["disclosed_connection"]) == (origin, said)


def test_l4_an_address_that_is_no_web_page_is_no_link_in_a_quote() -> None:
    people = make_personas()
    make_published(people.shop.id, [item_input(text=WORDS, origin_url="javascript:alert(1)")])
    index(people.shop.id)
    *_frames, last = ask(shop_id=people.shop.id, text="Is the wool warm?")
    cited = [cite for claim in last["answer"]["claims"] for cite in claim["citations"]]
    assert {cite["source"] for cite in cited} == {None}


# --- L5 --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", list(Verification))
def test_l5_a_badge_says_how_it_is_known_and_nothing_else_makes_one(method: Verification) -> None:
    people = make_personas()
    make_published(people.shop.id, [item_input(text=WORDS, verification=method)])
    widget = make_widget(people.shop.id)
    feed, _stand = build_feed(load_head(widget), FeedKey(locale="en"))
    label = wording.verification_text(method)
    assert feed.items[0].verification == label
    assert (label is None) == (method is Verification.NONE)
    claims_purchase = re.match("✓ Verified purchase", label or "")
    own_checks = {Verification.ORDER_WEBHOOK, Verification.INVITATION_TOKEN, Verification.ORDER_NUMBER_CHECKED}
    assert bool(claims_purchase) == (method in own_checks)


@pytest.mark.parametrize("field", ["verification", "is_verified", "verified", "verified_at", "evidence_ref"])
def test_l5_no_caller_writes_that_something_is_verified(field: str) -> None:
    server = Asking(secret_key(make_personas().shop.id))
    body = {"external_id": "1", "kind": "review", "text": WORDS, "rating": 5, "credit": {"kind": "customer"}}
    assert server.post("/content/", {**body, "external_id": "2"}).status_code == 201
    refused = server.post("/content/", {**body, field: "order_webhook"})
    assert refused.status_code == 400
    assert field in json.dumps(refused.json()["error"]["fields"])
