"""Pictures of collected posts: from the source through the guard onto our disk, once."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from django.utils import timezone
from PIL import Image

from project.collection import selectors
from project.collection.selectors import MEDIA_PATIENCE
from project.collection.services import FetchAgain, fetch_media
from project.content.contracts import MediaInput
from project.content.models import ContentItem, Media
from project.core.models import OutboxRow
from project.core.scope import shop_scope
from project.runtime.replay import ReplayServer
from tests.core.outgoing_peer import Peer, running_peer
from tests.factories import Personas, item_input, make_items, make_personas

from .peers import collect_well, make_mastodon, served

pytestmark = pytest.mark.django_db

KNIT = Path(__file__).parents[2] / "project/runtime/replay/posts/knit.png"


@pytest.fixture
def people() -> Personas:
    return make_personas()


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with served() as running:
        yield running


@pytest.fixture
def peer() -> Iterator[Peer]:
    with running_peer() as running, override_settings(VOUCHSAFE_OUTGOING_ALLOW=[f"127.0.0.1:{running.port}"]):
        yield running


def media_of(shop_id: int) -> list[Media]:
    with shop_scope(shop_id):
        return list(Media.objects.order_by("id"))


def one_picture(people: Personas, url: str) -> str:
    make_items(people.shop.id, [item_input(media=(MediaInput(remote_url=url, alt="A coat."),))])
    return media_of(people.shop.id)[0].public_id


def files() -> set[Path]:
    return {path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()}


def test_a_collected_picture_is_kept_as_webp_under_a_random_name(people: Personas, server: ReplayServer) -> None:
    collect_well(make_mastodon(people.shop.id, server))
    outcomes = [fetch_media(shop_id=people.shop.id, media_id=row.public_id) for row in media_of(people.shop.id)]
    assert outcomes == ["ready"] * 5
    for row in media_of(people.shop.id):
        path = Path(settings.MEDIA_ROOT) / row.file
        data = path.read_bytes()
        assert (row.state, row.width, row.height) == (Media.READY, 800, 600)
        assert hashlib.sha256(data).hexdigest() == row.sha256
        assert path.suffix == ".webp"
        assert "sweater" not in row.file
        with Image.open(path) as image:
            assert image.format == "WEBP"
    assert len({row.file for row in media_of(people.shop.id)}) == 5
    with shop_scope(people.shop.id):
        assert OutboxRow.objects.filter(shop_id=people.shop.id, event="MediaReady").count() == 5


def test_a_second_fetch_changes_nothing_and_leaves_no_file(people: Personas, server: ReplayServer) -> None:
    collect_well(make_mastodon(people.shop.id, server))
    media_id = media_of(people.shop.id)[0].public_id
    assert fetch_media(shop_id=people.shop.id, media_id=media_id) == "ready"
    before = files()
    assert fetch_media(shop_id=people.shop.id, media_id=media_id) == "settled"
    assert files() == before


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_wins_and_one_file_stays(peer: Peer) -> None:
    people = make_personas()
    media_id = one_picture(people, peer.url("/p.png"))
    peer.says("/p.png", KNIT.read_bytes(), content_type="image/png")
    reply = peer.routes["/p.png"]
    faster = []

    def let_another_worker_finish_first(handler: Any) -> None:
        peer.routes["/p.png"] = reply
        try:
            faster.append(fetch_media(shop_id=people.shop.id, media_id=media_id))
        finally:
            connection.close()
        reply(handler)

    peer.routes["/p.png"] = let_another_worker_finish_first
    before = files()
    assert fetch_media(shop_id=people.shop.id, media_id=media_id) == "settled"
    assert faster == ["ready"]
    (kept,) = files() - before
    assert kept.name == Path(media_of(people.shop.id)[0].file).name


def test_charlie_cannot_fetch_or_settle_it(people: Personas, server: ReplayServer) -> None:
    collect_well(make_mastodon(people.shop.id, server))
    media_id = media_of(people.shop.id)[0].public_id
    assert fetch_media(shop_id=people.other_shop.id, media_id=media_id) == "settled"
    assert media_of(people.shop.id)[0].state == Media.PENDING


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", 200, "not_a_picture"),
        (b"<html>", "text/html", 200, "content_type"),
        (b"\x89PNG\r\n\x1a\nrubbish", "image/png", 200, "damaged"),
        (b"x" * 15_000_001, "image/png", 200, "too_large"),
        (b"", "image/png", 404, "not_found"),
        (b"", "image/png", 410, "not_found"),
    ],
)
def test_what_is_no_picture_is_settled_with_a_code(
    people: Personas, peer: Peer, body: bytes, content_type: str, status: int, code: str
) -> None:
    peer.says("/p", body, content_type=content_type, status=status)
    media_id = one_picture(people, peer.url("/p"))
    before = files()
    assert fetch_media(shop_id=people.shop.id, media_id=media_id) == code
    (row,) = media_of(people.shop.id)
    assert (row.state, row.error, row.file) == (Media.FAILED, code, "")
    assert files() == before


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_tried_again_and_given_up_at_the_last_try(people: Personas, peer: Peer, status: int) -> None:
    peer.says("/p", b"", content_type="image/png", status=status)
    media_id = one_picture(people, peer.url("/p"))
    with pytest.raises(FetchAgain):
        fetch_media(shop_id=people.shop.id, media_id=media_id)
    assert media_of(people.shop.id)[0].state == Media.PENDING
    assert fetch_media(shop_id=people.shop.id, media_id=media_id, last_try=True) == "unreachable"
    assert media_of(people.shop.id)[0].state == Media.FAILED


@pytest.mark.parametrize(
    "url", ["https://169.254.169.254/latest/meta-data/", "https://localhost/p.png", "http://127.0.0.1:1/p.png"]
)
def test_a_picture_never_leads_inside(people: Personas, url: str) -> None:
    media_id = one_picture(people, url)
    fetch_media(shop_id=people.shop.id, media_id=media_id)
    assert media_of(people.shop.id)[0].state == Media.FAILED


def test_a_server_that_hangs_up_is_tried_again(people: Personas, peer: Peer) -> None:
    peer.routes["/p"] = lambda handler: handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n")
    media_id = one_picture(people, peer.url("/p"))
    with pytest.raises(FetchAgain):
        fetch_media(shop_id=people.shop.id, media_id=media_id)


def test_a_picture_whose_task_was_lost_is_found_after_an_hour(people: Personas, server: ReplayServer) -> None:
    collect_well(make_mastodon(people.shop.id, server))
    now = timezone.now()
    with shop_scope(people.shop.id):
        assert selectors.forgotten_media_ids(now) == []
        ContentItem.objects.update(received_at=now - MEDIA_PATIENCE * 2)
        assert len(selectors.forgotten_media_ids(now)) == 5
    with shop_scope(people.other_shop.id):
        assert selectors.forgotten_media_ids(now) == []
