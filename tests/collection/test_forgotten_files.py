"""Pictures that nobody's row stands for any more do not lie about."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from project.collection.services import fetch_media, forget_files, forget_stray_files
from project.content import selectors as content
from project.core.outbox import relay_shop
from project.core.scope import shop_scope
from project.runtime.replay import ReplayServer
from tests.factories import Personas, make_personas

from .peers import collect_well, make_mastodon, served

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Personas:
    return make_personas()


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with served() as running:
        yield running


@pytest.fixture
def kept(people: Personas, server: ReplayServer) -> list[str]:
    """Names of five collected pictures, the newest post's first."""
    collect_well(make_mastodon(people.shop.id, server))
    with shop_scope(people.shop.id):
        ids = list(content.pending_media().values_list("public_id", flat=True))
    for media_id in ids:
        assert fetch_media(shop_id=people.shop.id, media_id=media_id) == "ready"
    with shop_scope(people.shop.id):
        rows = [content.media_by_public_id(media_id) for media_id in ids]
        return [row.file for row in sorted((one for one in rows if one), key=lambda row: -int(row.item.external_id))]


def path(name: str) -> Path:
    return Path(settings.MEDIA_ROOT) / name


def test_a_picture_that_its_author_took_out_is_deleted(people: Personas, server: ReplayServer, kept: list[str]) -> None:
    with shop_scope(people.shop.id):
        source = content.sources().get(kind="mastodon")
    server.replay.edit(server.replay.ids()[-1], content="<p>Without a picture now.</p>", media_attachments=[])
    collect_well(source)
    assert path(kept[0]).exists()
    relay_shop(people.shop.id)
    assert [path(name).exists() for name in kept] == [False, True, True, True, True]


def test_a_file_that_a_row_stands_for_is_never_deleted(people: Personas, kept: list[str]) -> None:
    with shop_scope(people.shop.id):
        assert forget_files(kept) == 0
    assert all(path(name).exists() for name in kept)


@pytest.mark.parametrize("name", ["../outside.webp", "/etc/hostname", "ab/../../outside.webp"])
def test_nothing_outside_the_media_folder_is_deleted(people: Personas, name: str) -> None:
    outside = Path(settings.MEDIA_ROOT).parent / "outside.webp"
    outside.parent.mkdir(parents=True, exist_ok=True)
    outside.write_bytes(b"mine")
    with shop_scope(people.shop.id):
        assert forget_files([name]) == 0
    assert outside.exists()


def test_stray_files_go_once_they_are_old_and_known_ones_stay(people: Personas, kept: list[str]) -> None:
    strays = [path("ab/" + "0" * 32 + suffix) for suffix in (".webp", ".part")]
    fresh = path("ab/" + "1" * 32 + ".webp")
    for stray in (*strays, fresh):
        stray.parent.mkdir(parents=True, exist_ok=True)
        stray.write_bytes(b"left behind")
    before = timezone.now() - timedelta(hours=1)
    for old in (*strays, *map(path, kept)):
        os.utime(old, (before.timestamp() - 60, before.timestamp() - 60))
    forget_stray_files(before=before)
    assert [stray.exists() for stray in strays] == [False, False]
    assert fresh.exists()
    assert all(path(name).exists() for name in kept)
