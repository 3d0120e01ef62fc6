"""From the clock and from the outbox to the queues: ids only, on the right queue, safe to run twice."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import override_settings
from django.utils import timezone

from project.collection import selectors
from project.collection.models import Collector
from project.collection.selectors import MEDIA_PATIENCE
from project.collection.tasks import (
    MEDIA_TRIES,
    collect_due_sources_task,
    collect_source_task,
    fetch_media_task,
)
from project.content.contracts import MediaInput
from project.content.models import ContentItem, Media
from project.content.services import set_source_active
from project.core.outbox import relay_shop
from project.core.scope import shop_scope
from project.runtime.replay import ReplayServer
from tests.core.outgoing_peer import running_peer
from tests.factories import Personas, item_input, make_items, make_personas, make_source

from .peers import collect_well, items_of, make_mastodon, served

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Personas:
    return make_personas()


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with served() as running:
        yield running


def queued(valkey: redis.Redis, queue: str) -> list[tuple[str, list[Any]]]:
    """(task, arguments) of the messages that wait on a queue, oldest first."""
    found = []
    for message in reversed(valkey.lrange(queue, 0, -1)):
        headers = json.loads(message)["headers"]
        found.append((headers["task"].rsplit(".", 1)[1], headers["argsrepr"]))
    return found


def test_the_clock_asks_for_due_sources_of_every_shop(
    people: Personas, server: ReplayServer, valkey: redis.Redis
) -> None:
    due = [make_mastodon(shop.id, server) for shop in (people.shop, people.other_shop)]
    paused = make_mastodon(people.shop.id, server)
    set_source_active(shop_id=people.shop.id, actor_id=None, public_id=paused.public_id, active=False)
    fresh = make_mastodon(people.shop.id, server)
    collect_well(fresh)
    collect_due_sources_task()
    asked = queued(valkey, "default")
    assert [name for name, _ in asked] == ["collect_source_task"] * 2
    assert [arguments for _, arguments in asked] == [f"('{source.public_id}',)" for source in due]


def test_the_task_collects_once_however_often_it_runs(people: Personas, server: ReplayServer) -> None:
    source = make_mastodon(people.shop.id, server)
    for _ in range(3):
        collect_source_task(source.public_id)
    assert len(items_of(people.shop.id)) == 5
    assert len(server.replay.requests) == 2
    collect_source_task("src_doesnotexist")


def test_new_items_ask_for_their_pictures_on_the_bulk_queue(
    people: Personas, server: ReplayServer, valkey: redis.Redis
) -> None:
    collect_well(make_mastodon(people.shop.id, server))
    valkey.flushall()
    relay_shop(people.shop.id)
    asked = [entry for entry in queued(valkey, "bulk") if entry[0] == "fetch_media_task"]
    with shop_scope(people.shop.id):
        ids = list(Media.objects.order_by("id").values_list("public_id", flat=True))
    assert [arguments for _, arguments in asked] == [f"({people.shop.id}, '{media_id}')" for media_id in ids]


def test_a_new_source_does_not_wait_for_the_clock(people: Personas, server: ReplayServer, valkey: redis.Redis) -> None:
    source = make_mastodon(people.shop.id, server)
    relay_shop(people.shop.id)
    assert ("collect_source_task", f"('{source.public_id}',)") in queued(valkey, "default")


def test_a_changed_source_is_due_at_once(people: Personas, server: ReplayServer) -> None:
    source = make_mastodon(people.shop.id, server)
    collect_well(source)
    set_source_active(shop_id=people.shop.id, actor_id=None, public_id=source.public_id, active=False)
    set_source_active(shop_id=people.shop.id, actor_id=None, public_id=source.public_id, active=True)
    relay_shop(people.shop.id)
    with shop_scope(people.shop.id):
        assert selectors.due_source_ids(timezone.now()) == [source.public_id]


def test_lost_pictures_are_asked_for_again_but_not_every_minute(
    people: Personas, server: ReplayServer, valkey: redis.Redis
) -> None:
    collect_well(make_mastodon(people.shop.id, server))
    with shop_scope(people.shop.id):
        ContentItem.objects.update(received_at=timezone.now() - MEDIA_PATIENCE * 2)
    valkey.flushall()
    collect_due_sources_task()
    collect_due_sources_task()
    assert [name for name, _ in queued(valkey, "bulk")] == ["fetch_media_task"] * 5


def test_the_picture_task_fetches(people: Personas, server: ReplayServer) -> None:
    collect_well(make_mastodon(people.shop.id, server))
    with shop_scope(people.shop.id):
        media = list(Media.objects.values_list("public_id", flat=True))
    for media_id in media:
        fetch_media_task.apply(args=(people.shop.id, media_id), throw=True)
    with shop_scope(people.shop.id):
        assert set(Media.objects.values_list("state", flat=True)) == {Media.READY}


def test_the_picture_task_tries_again(people: Personas) -> None:
    with running_peer() as peer, override_settings(VOUCHSAFE_OUTGOING_ALLOW=[f"127.0.0.1:{peer.port}"]):
        peer.says("/p.png", b"", content_type="image/png", status=503)
        make_items(people.shop.id, [item_input(media=(MediaInput(remote_url=peer.url("/p.png")),))])
        with shop_scope(people.shop.id):
            media_id = Media.objects.values_list("public_id", flat=True).get()
        fetch_media_task.apply(args=(people.shop.id, media_id))
        assert len(peer.seen) == MEDIA_TRIES + 1
    with shop_scope(people.shop.id):
        assert Media.objects.values_list("state", "error").get() == (Media.FAILED, "unreachable")


def test_sources_that_nothing_is_collected_from_are_not_asked(people: Personas, valkey: redis.Redis) -> None:
    source = make_source(people.shop.id)
    set_source_active(shop_id=people.shop.id, actor_id=None, public_id=source.public_id, active=False)
    valkey.flushall()
    relay_shop(people.shop.id)
    collect_due_sources_task()
    assert queued(valkey, "default") == []


# --- manage.py collect ------------------------------------------------------------------------------


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    call_command("collect", *arguments)
    return capsys.readouterr().out


def test_the_command_collects_one_shops_sources(
    people: Personas, server: ReplayServer, capsys: pytest.CaptureFixture[str]
) -> None:
    make_mastodon(people.shop.id, server)
    make_mastodon(people.other_shop.id, server)
    assert "#wornwithlove: ok. 5 new" in output(capsys, "--shop", people.shop.slug)
    assert items_of(people.other_shop.id) == []


def test_the_command_speaks_json(people: Personas, server: ReplayServer, capsys: pytest.CaptureFixture[str]) -> None:
    source = make_mastodon(people.shop.id, server)
    report = json.loads(output(capsys, "--source", source.public_id, "--json"))
    assert report["sources"][0]["outcome"] == "ok"
    assert report["sources"][0]["counts"]["created"] == 5


def test_the_command_collects_although_it_is_not_time(
    people: Personas, server: ReplayServer, capsys: pytest.CaptureFixture[str]
) -> None:
    collect_well(make_mastodon(people.shop.id, server))
    assert "5 unchanged" in output(capsys, "--shop", people.shop.slug)


def test_the_command_says_that_there_is_nothing(people: Personas, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no source" in output(capsys, "--shop", people.shop.slug)


def test_a_source_in_trouble_makes_the_exit_code_one(
    people: Personas, server: ReplayServer, capsys: pytest.CaptureFixture[str]
) -> None:
    make_mastodon(people.shop.id, server)
    server.replay.faults.append(500)
    with pytest.raises(SystemExit) as exit_:
        output(capsys, "--shop", people.shop.slug)
    assert exit_.value.code == 1
    assert "server_error" in capsys.readouterr().out


def test_the_command_keeps_to_the_shop_it_was_given(people: Personas, server: ReplayServer) -> None:
    source = make_mastodon(people.shop.id, server)
    for arguments in (["--shop", "nobody"], ["--source", "src_x"]):
        with pytest.raises(CommandError):
            call_command("collect", *arguments)
    with pytest.raises(CommandError):
        call_command("collect", "--shop", people.other_shop.slug, "--source", source.public_id)
    with shop_scope(people.shop.id):
        assert not Collector.objects.exists()
