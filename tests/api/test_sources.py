"""``/api/v1/sources/``."""

import json
from typing import Any

import pytest
import redis

from project.content.models import Source
from project.core.scope import shop_scope
from tests.api.asking import Asking, code_of, server_of, walk
from tests.factories import Personas, make_personas, make_source

TOKEN = "a-very-secret-app-token"
POSTING_TOKEN = "a-very-secret-posting-token"
MASTODON = {
    "kind": "mastodon",
    "name": "Our hashtag",
    "config": {"server": "https://mastodon.example", "tag": "linden", "every_minutes": 30, "token": TOKEN}
    | {"posting_token": POSTING_TOKEN},
}


def test_a_source_says_what_it_collects_and_what_its_terms_allow(server: Asking) -> None:
    answer = server.post("/sources/", MASTODON)
    assert answer.status_code == 201
    body = answer.json()
    assert body["config"] == {"server": "https://mastodon.example", "tag": "linden", "every_minutes": 30}
    assert body["policy"]["needs_licence"] is True
    assert (body["active"], body["status"]["outcome"]) == (True, "")
    assert server.get(f"/sources/{body['id']}/").json() == body
    assert walk(server, "/sources/", kind="mastodon") == [body]
    assert walk(server, "/sources/", kind="import") == []


def test_an_access_token_is_taken_and_never_given_out(server: Asking, people: Personas) -> None:
    made = server.post("/sources/", MASTODON)
    with shop_scope(people.shop.id):
        config = Source.objects.get().config
    assert (config["token"], config["posting_token"]) == (TOKEN, POSTING_TOKEN)
    path = f"/sources/{made.json()['id']}"
    answers = [made, server.get("/sources/"), server.get(f"{path}/"), server.post(f"{path}/pause/")]
    for secret in (TOKEN, POSTING_TOKEN):
        assert all(secret.encode() not in answer.content for answer in answers)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "telepathy"}, "kind"),
        ({"name": ""}, "name"),
        ({"config": {"server": "https://mastodon.example"}}, "config"),
        ({"config": {"server": "ftp://mastodon.example", "tag": "a"}}, "config"),
        ({"config": {"server": "https://mastodon.example/path", "tag": "a"}}, "config"),
        ({"config": {"server": "https://mastodon.example", "tag": "a b"}}, "config.tag"),
        ({"config": {"server": "https://mastodon.example", "tag": "a", "every_minutes": 1}}, "config.every_minutes"),
        ({"config": {"server": "https://mastodon.example", "tag": "a", "may_republish": True}}, "config.may_republish"),
        ({"kind": "api"}, "config"),
        ({"active": False}, "active"),
    ],
)
def test_settings_that_say_nothing_are_refused(server: Asking, values: dict[str, Any], field: str) -> None:
    answer = server.post("/sources/", {**MASTODON, **values})
    assert (answer.status_code, code_of(answer)) == (400, "invalid_input")
    assert field in answer.json()["error"]["fields"]
    assert walk(server, "/sources/") == []


def test_collecting_is_paused_and_resumed(server: Asking) -> None:
    path = f"/sources/{server.post('/sources/', MASTODON).json()['id']}"
    assert server.post(f"{path}/pause/").json()["active"] is False
    refused = server.post(f"{path}/collect/")
    assert (refused.status_code, code_of(refused)) == (409, "conflict")
    assert server.post(f"{path}/resume/").json()["active"] is True
    assert server.post(f"{path}/collect/").status_code == 202


def test_nothing_is_collected_from_what_others_fill(server: Asking, people: Personas) -> None:
    source = make_source(people.shop.id).public_id
    answer = server.post(f"/sources/{source}/collect/")
    assert (answer.status_code, code_of(answer)) == (409, "conflict")
    assert server.get(f"/sources/{source}/").json()["status"] is None


def test_a_source_of_the_api_can_be_handed_content(server: Asking) -> None:
    source = server.post("/sources/", {"kind": "api", "name": "Our review form"}).json()["id"]
    item = {"kind": "review", "external_id": "1", "text": "Fine.", "source_id": source}
    assert server.post("/content/", item).json()["source"]["name"] == "Our review form"
    collected = server.post("/sources/", MASTODON).json()["id"]
    assert server.post("/content/", {**item, "source_id": collected}).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_collect_now_asks_a_worker_after_the_commit(valkey: "redis.Redis") -> None:
    server = server_of(make_personas())
    source = server.post("/sources/", MASTODON).json()["id"]
    valkey.flushall()
    assert server.post(f"/sources/{source}/collect/").status_code == 202
    (message,) = valkey.lrange("default", 0, -1)
    assert source in json.loads(message)["headers"]["argsrepr"]
