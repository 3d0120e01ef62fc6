"""Copies outside after a withdrawal: who keeps them is told, and told again until they heard."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from project.content import selectors as content
from project.content.contracts import AuthorInput, MediaInput
from project.content.services import receive_items
from project.core import outbox
from project.core.models import Delivery
from project.core.scope import shop_scope
from project.rights.contracts import EndReason
from project.rights.models import Withdrawal
from project.rights.selectors import receipt
from project.rights.services import erase_author, withdraw_item
from tests.core.outgoing_peer import Peer, running_peer
from tests.factories import Personas, item_input, make_personas, make_published, make_source, picture_comes_in
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


def with_picture(people: Personas, external_id: str = "ana-1") -> tuple[str, str]:
    """A published item with a picture, by an author of its own; returns its public id and the picture's file."""
    author = AuthorInput(external_id=f"{external_id}-author", display_name="Ana")
    picture = MediaInput(remote_url=f"https://m.example/{external_id}.jpg")
    (item,) = make_published(people.shop.id, [item_input(external_id=external_id, author=author, media=(picture,))])
    file = f"ab/{item}.webp"
    picture_comes_in(people.shop.id, file=file)
    return item, file


def purging(peer: Peer, settings: Any) -> Heard:
    settings.VOUCHSAFE_OUTGOING_ALLOW = [f"127.0.0.1:{peer.port}"]
    settings.VOUCHSAFE_CDN_PURGE_URL = peer.url("/purge")
    return listens(peer, "/purge")


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
    item, file = with_picture(people)
    outbox.relay_shop(people.shop.id)
    heard = purging(peer, settings)
    settings.VOUCHSAFE_CDN_PURGE_TOKEN = "a secret"
    heard.status = 503
    withdraw_item(shop_id=people.shop.id, actor_id=None, item_id=item, reason=EndReason.AUTHOR)
    outbox.relay_shop(people.shop.id)
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
        "body": {
            "prefixes": [f"{settings.PUBLIC_URL}/w/{wall}/"],
            "urls": [f"{settings.PUBLIC_URL}/media/{file}"],
        },
        "authorization": "Bearer a secret",
    }
    outbox.relay_shop(people.shop.id, outside=True)
    assert len(heard) == 2


def purged(heard: Heard) -> list[str]:
    return [url for entry in heard for url in entry["body"]["urls"]]


def test_l9_an_erased_persons_pictures_are_purged_though_no_row_knows_them(
    people: Personas, peer: Peer, settings: Any
) -> None:
    item, file = with_picture(people)
    _others, others_file = with_picture(people, "eve-1")
    heard = purging(peer, settings)
    with shop_scope(people.shop.id):
        author = content.item_by_public_id(item).author_id  # type: ignore[union-attr]
    erase_author(shop_id=people.shop.id, actor_id=None, author_pk=author, confirmed_by="mail")
    with shop_scope(people.shop.id):
        assert content.media_by_file(file) is None
    outbox.relay_shop(people.shop.id)
    outbox.relay_shop(people.shop.id, outside=True)
    assert purged(heard) == [f"{settings.PUBLIC_URL}/media/{file}"]
    assert others_file not in str(heard)


def test_a_picture_that_its_author_took_out_is_purged(people: Personas, peer: Peer, settings: Any) -> None:
    _item, file = with_picture(people)
    heard = purging(peer, settings)
    receive_items(
        shop_id=people.shop.id,
        actor_id=None,
        source=make_source(people.shop.id),
        items=[item_input(external_id="ana-1", raw={"edited": 1}, media=())],
    )
    outbox.relay_shop(people.shop.id)
    outbox.relay_shop(people.shop.id, outside=True)
    assert purged(heard) == [f"{settings.PUBLIC_URL}/media/{file}"]


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
