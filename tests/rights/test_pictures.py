"""Pictures follow their item: public while the gate lets it pass, else for staff and the author alone."""

import html
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from project.content import selectors as content
from project.content.contracts import MediaInput
from project.content.services import approve_items, approve_pictures, record_media_ready, refuse_pictures
from project.core.scope import shop_scope
from project.rights import gate
from project.rights.contracts import Audience, Channel, EndReason
from project.rights.pictures import picture_path, preview_path
from project.rights.services import ask_permission, withdraw_item
from tests.factories import Personas, item_input, license_items, make_items, make_personas

pytestmark = pytest.mark.django_db

FILE = "ab/0123456789abcdef0123456789abcdef.webp"


def item_with_picture(people: Personas) -> str:
    item = item_with_picture_on_its_way(people)
    arrive(people)
    return item


def item_with_picture_on_its_way(people: Personas) -> str:
    (item,) = make_items(people.shop.id, [item_input(media=(MediaInput(remote_url="https://m.example/1.jpg"),))])
    return item


def arrive(people: Personas) -> str:
    """The picture is fetched; returns its id."""
    with shop_scope(people.shop.id):
        media = content.pending_media().get()
    record_media_ready(shop_id=people.shop.id, public_id=media.public_id, file=FILE, width=1, height=1, sha256="x")
    path = Path(settings.MEDIA_ROOT) / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"RIFFxxxxWEBP")
    return media.public_id


def published_pictures(people: Personas) -> list[str]:
    audience = Audience(people.shop.id, Channel.SITE, ("DK",), datetime.now(UTC))
    (item,) = gate.published(audience).items
    return [picture.id for picture in item.media]


def status(client: Client, path: str = picture_path(FILE)) -> int:
    response = client.get(path)
    if response.streaming:
        b"".join(response.streaming_content)  # to the end, which closes the file
    return response.status_code


def test_a_picture_is_public_exactly_while_its_item_may_be_shown() -> None:
    people = make_personas()
    item = item_with_picture(people)
    vera = Client()
    assert status(vera) == 404
    license_items(people.shop.id, [item])
    assert status(vera) == 404
    approve_items(shop_id=people.shop.id, actor_id=None, item_ids=[item])
    response = vera.get(picture_path(FILE))
    assert response.status_code == 200
    assert b"".join(response.streaming_content) == b"RIFFxxxxWEBP"
    assert response["Cache-Control"] == "public, max-age=60, must-revalidate"
    assert "sandbox" in response["Content-Security-Policy"]
    withdraw_item(shop_id=people.shop.id, actor_id=None, item_id=item, reason=EndReason.AUTHOR)
    assert status(vera) == 404


def test_a_picture_that_came_in_after_the_approval_is_published_only_once_staff_has_seen_it() -> None:
    people = make_personas()
    item = item_with_picture_on_its_way(people)
    license_items(people.shop.id, [item])
    approve_items(shop_id=people.shop.id, actor_id=None, item_ids=[item])
    picture = arrive(people)
    vera, bob = Client(), Client()
    bob.force_login(people.bob)
    assert published_pictures(people) == [], "the words are on show, the picture waits"
    assert (status(vera), status(bob)) == (404, 200)
    who = {"shop_id": people.shop.id, "actor_id": people.bob.pk, "item_id": item}
    approve_pictures(**who, media_ids=[picture])
    assert published_pictures(people) == [picture]
    assert status(vera) == 200
    refuse_pictures(**who, media_ids=[picture])
    assert published_pictures(people) == []
    assert (status(vera), status(bob)) == (404, 200)


def test_staff_see_the_pictures_of_their_own_shop() -> None:
    people = make_personas()
    item_with_picture(people)
    bob, charlie = Client(), Client()
    bob.force_login(people.bob)
    charlie.force_login(people.charlie)
    response = bob.get(picture_path(FILE))
    assert (response.status_code, response["Cache-Control"]) == (200, "private, no-store")
    assert b"".join(response.streaming_content)
    assert status(charlie) == 404


def test_the_author_sees_it_by_the_signed_address_of_their_page() -> None:
    people = make_personas()
    item_with_picture(people)
    response = Client().get(preview_path(FILE))
    assert (response.status_code, response["Cache-Control"]) == (200, "private, no-store")
    assert b"".join(response.streaming_content)
    assert status(Client(), picture_path(FILE) + "?t=forged") == 404
    assert status(Client(), preview_path("cd/other.webp").replace("cd/other.webp", FILE, 1)) == 404


def test_the_authors_page_shows_exactly_the_pictures_that_would_be_shown() -> None:
    people = make_personas()
    item = item_with_picture(people)
    made = ask_permission(
        shop_id=people.shop.id, actor_id=None, item_id=item, channels=(Channel.SITE,), markets=("DK",)
    )
    page = Client().get(f"/c/{made.token}").content.decode()
    source = html.unescape(re.search(r'<img src="(/media/[^"]+)"', page)[1])  # type: ignore[index]
    response = Client().get(source)
    assert response.status_code == 200
    assert b"".join(response.streaming_content)


@pytest.mark.parametrize("file", ["../secret_key", "ab/missing.webp", "x.svg", ""])
def test_nothing_else_is_served(file: str) -> None:
    assert status(Client(), picture_path(file)) == 404
