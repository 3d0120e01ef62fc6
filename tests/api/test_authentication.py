"""Keys: which ones open the API, from where, and when they stop (X5)."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from project.core.scope import shop_scope
from project.shops.models import ApiKey
from project.shops.rules import KeyScope
from project.shops.selectors import is_known_origin
from project.shops.services import (
    add_allowed_origin,
    create_api_key,
    remove_allowed_origin,
    revoke_api_key,
    rotate_api_key,
)
from tests.api.asking import Asking, code_of, publishable_key, secret_key
from tests.factories import Personas

SHOP_PAGE = "https://www.linden.example"


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer sk_", "Bearer sk_unknown", "Basic c2s6", "sk_abc", "Bearer xx_abc"]
)
def test_without_a_known_key_nothing_is_answered_but_how_to_get_one(people: Personas, header: str) -> None:
    answer = Asking(None).ask("GET", "/content/", Authorization=header)
    assert (answer.status_code, code_of(answer)) == (401, "key_invalid")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_secret_key_opens_its_own_shop(server: Asking) -> None:
    assert server.get("/content/").json() == {"items": [], "next": None}


@pytest.mark.parametrize("origin", [SHOP_PAGE, "null", "http://localhost:8000", ""])
@pytest.mark.parametrize("path", ["/content/", "/published/"])
def test_a_secret_key_is_refused_from_a_browser_even_on_an_allowed_page(
    people: Personas, path: str, origin: str
) -> None:
    add_allowed_origin(shop_id=people.shop.id, actor_id=None, origin=SHOP_PAGE)
    key = secret_key(people.shop.id)
    answer = Asking(key, origin=origin).get(path)
    assert (answer.status_code, code_of(answer)) == (403, "secret_key_in_browser")
    assert "Access-Control-Allow-Origin" not in answer
    assert Asking(key).get(path).status_code == 200


def test_a_revoked_key_dies_at_once(people: Personas) -> None:
    made = create_api_key(
        shop_id=people.shop.id, actor_id=None, name="till", publishable=False, scopes=[KeyScope.CONTENT_READ]
    )
    assert Asking(made.secret).get("/content/").status_code == 200
    revoke_api_key(shop_id=people.shop.id, actor_id=None, public_id=made.public_id)
    answer = Asking(made.secret).get("/content/")
    assert (answer.status_code, code_of(answer)) == (401, "key_invalid")


def test_rotation_gives_a_successor_and_ends_the_old_key_when_told(people: Personas) -> None:
    made = create_api_key(
        shop_id=people.shop.id, actor_id=None, name="till", publishable=False, scopes=[KeyScope.CONTENT_READ]
    )
    again = rotate_api_key(shop_id=people.shop.id, actor_id=None, public_id=made.public_id)
    assert [Asking(key.secret).get("/content/").status_code for key in (made, again)] == [200, 200]
    last = rotate_api_key(shop_id=people.shop.id, actor_id=None, public_id=again.public_id, overlap=timedelta(0))
    assert [Asking(key.secret).get("/content/").status_code for key in (again, last)] == [401, 200]


def test_an_expired_key_is_dead(people: Personas) -> None:
    key = secret_key(people.shop.id)
    with shop_scope(people.shop.id):
        ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Asking(key).get("/content/").status_code == 401


def test_only_the_hash_of_a_key_is_stored(people: Personas) -> None:
    key = secret_key(people.shop.id)
    with shop_scope(people.shop.id):
        (row,) = ApiKey.objects.values_list("key_hash", "shown_prefix", "name", "public_id")
    assert key not in row
    assert key.startswith(row[1])
    assert len(row[1]) < 12 < len(key)


def test_the_use_of_a_key_is_noted_but_not_on_every_request(people: Personas, django_assert_num_queries: Any) -> None:
    asking = Asking(secret_key(people.shop.id))
    asking.get("/content/")
    with shop_scope(people.shop.id):
        first = ApiKey.objects.get().last_used_at
    assert first is not None
    asking.get("/content/")
    with shop_scope(people.shop.id):
        assert ApiKey.objects.get().last_used_at == first


@pytest.mark.parametrize("path", ["/content/", "/products/", "/orders/", "/licences/", "/rights-requests/"])
def test_a_publishable_key_reads_what_is_published_and_nothing_else(people: Personas, path: str) -> None:
    asking = Asking(publishable_key(people.shop.id))
    assert asking.get("/published/").status_code == 200
    answer = asking.get(path)
    assert (answer.status_code, code_of(answer)) == (403, "key_scope_missing")


def test_a_publishable_key_works_from_the_shops_own_pages_alone(people: Personas) -> None:
    add_allowed_origin(shop_id=people.shop.id, actor_id=None, origin=SHOP_PAGE)
    key = publishable_key(people.shop.id)
    allowed = Asking(key, origin=SHOP_PAGE).get("/published/")
    assert allowed["Access-Control-Allow-Origin"] == SHOP_PAGE
    assert "Origin" in allowed["Vary"]
    for foreign in ("https://evil.example", "http://www.linden.example", f"{SHOP_PAGE}:8443", "null"):
        refused = Asking(key, origin=foreign).get("/published/")
        assert (refused.status_code, code_of(refused)) == (403, "origin_not_allowed")
        assert "Access-Control-Allow-Origin" not in refused


def test_an_origin_allowed_by_another_shop_does_not_help(people: Personas) -> None:
    add_allowed_origin(shop_id=people.other_shop.id, actor_id=None, origin=SHOP_PAGE)
    answer = Asking(publishable_key(people.shop.id), origin=SHOP_PAGE).get("/published/")
    assert (answer.status_code, code_of(answer)) == (403, "origin_not_allowed")


def test_an_origin_taken_off_the_list_is_refused_at_once(people: Personas) -> None:
    add_allowed_origin(shop_id=people.shop.id, actor_id=None, origin=SHOP_PAGE)
    asking = Asking(publishable_key(people.shop.id), origin=SHOP_PAGE)
    assert asking.get("/published/").status_code == 200
    remove_allowed_origin(shop_id=people.shop.id, actor_id=None, origin=SHOP_PAGE)
    assert asking.get("/published/").status_code == 403


def preflight(path: str, origin: str | None) -> Any:
    headers = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    return Asking(None, origin=origin).ask("OPTIONS", path, **headers)


@pytest.mark.parametrize(
    ("allowed", "origin", "fits"),
    [
        (SHOP_PAGE, SHOP_PAGE, True),
        ("https://*.linden.example", SHOP_PAGE, True),
        ("https://*.linden.example", "https://a.b.linden.example", False),
        ("https://*.linden.example", "https://linden.example", False),
        (SHOP_PAGE, "https://evil.example", False),
        (SHOP_PAGE, "null", False),
        (SHOP_PAGE, None, False),
        (SHOP_PAGE, "https://*.linden.example", False),
        ("https://*.linden.example", "https://*.linden.example", False),
    ],
)
def test_a_preflight_lets_pages_of_allowed_origins_ask(
    people: Personas, allowed: str, origin: str | None, fits: bool
) -> None:
    add_allowed_origin(shop_id=people.shop.id, actor_id=None, origin=allowed)
    answer = preflight("/published/", origin)
    assert answer.status_code == (204 if fits else 403)
    assert answer["Vary"].startswith("Origin")
    assert answer.get("Access-Control-Allow-Origin") == (origin if fits else None)
    if fits:
        assert "authorization" in answer["Access-Control-Allow-Headers"]
        assert answer["Access-Control-Allow-Methods"] == "GET"


def test_no_other_resource_lets_a_page_ask(people: Personas) -> None:
    add_allowed_origin(shop_id=people.shop.id, actor_id=None, origin=SHOP_PAGE)
    for path in ("/content/", "/products/", "/orders/", "/licences/", "/rights-requests/"):
        answer = preflight(path, SHOP_PAGE)
        assert answer.status_code == 401
        assert "Access-Control-Allow-Origin" not in answer


@pytest.mark.parametrize(
    "origin", ["", "null", "x" * 300, "https://a\x00.example", "ftp://a.example", "https://A.example"]
)
def test_what_is_no_origin_is_nobodys(db: None, origin: str) -> None:
    assert not is_known_origin(origin)


def test_keys_never_reach_the_logs(people: Personas, caplog: pytest.LogCaptureFixture) -> None:
    key, page_key = secret_key(people.shop.id, [KeyScope.CONTENT_READ]), publishable_key(people.shop.id)
    with caplog.at_level(logging.DEBUG):
        for caller in (Asking(key), Asking(key, origin=SHOP_PAGE), Asking(page_key), Asking(key + "x")):
            for path in ("/content/", "/products/", "/published/", "/content/rev_none/"):
                caller.get(path)
                caller.ask("POST", path, "{")
    assert caplog.records, "refusals are logged"
    told = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert key not in told
    assert page_key not in told


def test_a_key_does_not_open_the_studio(people: Personas) -> None:
    answer = Asking(secret_key(people.shop.id)).ask("GET", "/../../studio/")
    assert answer.status_code in {302, 404}
