"""Copies outside after a withdrawal: who keeps them is told, and told again until they heard."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from project.core import outbox
from project.core.models import Delivery
from project.core.scope import shop_scope
from project.rights.contracts import EndReason
from project.rights.models import Withdrawal
from project.rights.selectors import receipt
from project.rights.services import withdraw_item
from tests.core.outgoing_peer import Peer, running_peer
from tests.factories import Personas, make_personas, make_published
from widgets.selectors import hosted_wall_id

pytestmark = pytest.mark.django_db
KEY = "0123456789abcdef"


class Heard(list[dict[str, Any]]):
    """What a peer was sent; ``status`` is what it answers."""

    status = 200


@pytest.fixture
def peer() -> Iterator[Peer]:
    with running_peer() as running:
        yield running


def listens(peer: Peer, path: str) -> Heard:
    heard = Heard()

    def answer(handler: Any) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        heard.append({"body": body, "authorization": handler.headers.get("Authorization", "")})
        handler.send_response(heard.status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    peer.routes[path] = answer
    return heard


@pytest.fixture
def people() -> Personas:
    return make_personas()


def withdraw_one(people: Personas) -> str:
    (item,) = make_published(people.shop.id, 1)
    outbox.relay_shop(people.shop.id)
    withdraw_item(shop_id=people.shop.id, actor_id=None, item_id=item, reason=EndReason.AUTHOR)
    outbox.relay_shop(people.shop.id)
    return item


def waited_for(people: Personas) -> list[str]:
    with shop_scope(people.shop.id):
        account = Withdrawal.objects.get()
    return [step.name for step in receipt(shop_id=people.shop.id, withdrawal_id=account.public_id).waits_for]


def test_l8_the_network_is_purged_and_asked_again_until_it_did(people: Personas, peer: Peer, settings: Any) -> None:
    heard = listens(peer, "/purge")
    settings.VOUCHSAFE_OUTGOING_ALLOW = [f"127.0.0.1:{peer.port}"]
    settings.VOUCHSAFE_CDN_PURGE_URL = peer.url("/purge")
    settings.VOUCHSAFE_CDN_PURGE_TOKEN = "a secret"
    heard.status = 503
    withdraw_one(people)
    assert waited_for(people) == ["widgets.purge_cdn"]
    assert heard == []  # the relay of our own subscribers waits for nobody
    outbox.relay_shop(people.shop.id, outside=True)
    assert len(heard) == 1
    assert waited_for(people) == ["widgets.purge_cdn"]
    assert outbox.has_outside_news(people.shop.id)

    heard.status = 204
    Delivery.objects.filter(shop_id=people.shop.id, done_at=None).update(next_attempt_at=None)
    outbox.relay_shop(people.shop.id, outside=True)
    assert waited_for(people) == []
    with shop_scope(people.shop.id):
        wall = hosted_wall_id()
    assert heard[-1] == {
        "body": {"prefixes": [f"{settings.PUBLIC_URL}/w/{wall}/"], "urls": []},
        "authorization": "Bearer a secret",
    }
    outbox.relay_shop(people.shop.id, outside=True)
    assert len(heard) == 2


def test_search_engines_are_told_of_the_wall_and_the_items_page(people: Personas, peer: Peer, settings: Any) -> None:
    heard = listens(peer, "/indexnow")
    settings.VOUCHSAFE_OUTGOING_ALLOW = [f"127.0.0.1:{peer.port}"]
    settings.VOUCHSAFE_INDEXNOW_URL = peer.url("/indexnow")
    settings.VOUCHSAFE_INDEXNOW_KEY = KEY
    item = withdraw_one(people)
    outbox.relay_shop(people.shop.id, outside=True)
    with shop_scope(people.shop.id):
        wall = f"{settings.PUBLIC_URL}/w/{hosted_wall_id()}/"
    assert [entry["body"] for entry in heard] == [
        {
            "host": "localhost:8000",
            "key": KEY,
            "keyLocation": f"{settings.PUBLIC_URL}/{KEY}.txt",
            "urlList": [wall, f"{wall}?item={item}"],
        }
    ]


def test_the_key_is_served_to_search_engines_and_no_other_name_is(settings: Any) -> None:
    vera = Client()
    assert vera.get(f"/{KEY}.txt").status_code == 404
    settings.VOUCHSAFE_INDEXNOW_KEY = KEY
    answer = vera.get(f"/{KEY}.txt")
    assert (answer.status_code, answer.content.decode()) == (200, KEY)
    assert vera.get("/robots.txt").status_code == 404


def test_nobody_outside_is_asked_unless_it_is_set_up(people: Personas, peer: Peer, settings: Any) -> None:
    settings.VOUCHSAFE_OUTGOING_ALLOW = [f"127.0.0.1:{peer.port}"]
    withdraw_one(people)
    assert not outbox.has_outside_news(people.shop.id)
    assert waited_for(people) == []
    assert peer.connections == 0
