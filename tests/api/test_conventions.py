"""What holds for every operation: scopes, error shape, bodies, pages, ETags, limits."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from project.core.api.limits import buckets
from project.core.api.parsers import MAX_BODY_BYTES
from project.core.api.schema import METHODS, SCOPE_EXTENSION, described
from project.rights.services import state_hold
from project.shops.rules import PUBLISHABLE_SCOPES, KeyScope
from tests.api.asking import V1, Asking, code_of, publishable_key, secret_key, walk
from tests.factories import Personas, item_input, license_items, make_items, make_product, make_published

NOBODYS = "a" * 22
PREFIXES = {
    "content": "rev",
    "published": "rev",
    "products": "prd",
    "orders": "ord",
    "rights-requests": "req",
    "licences": "lic",
    "holds": "hld",
    "statements": "sor",
    "widgets": "wid",
    "selections": "sel",
    "sources": "src",
}
LISTS = sorted(PREFIXES)


def operations() -> Iterator[tuple[str, str, str]]:
    """Every operation that needs a key: method, path (with an id that nobody has), scope."""
    for path, methods in described("en")["paths"].items():
        resource = path.split("/")[3]
        if resource == "notices":
            continue
        address = path.removeprefix(V1).replace("{public_id}", f"{PREFIXES[resource]}_{NOBODYS}")
        for method in METHODS:
            if method in methods:
                yield method.upper(), address, methods[method][SCOPE_EXTENSION]


OPERATIONS = sorted(operations())


@pytest.fixture
def full_lists(people: Personas, server: Asking) -> dict[str, list[str]]:
    """Seven rows under every list."""
    shop_id = people.shop.id
    published = make_published(shop_id, 7)
    products = [make_product(shop_id, f"Product {n}") for n in range(7)]
    pending = make_items(shop_id, [item_input() for _ in range(7)])
    licences = [license_items(shop_id, [item]).public_id for item in pending[:6]]

    def post(path: str, body: Any) -> str:
        answer = server.post(path, body)
        assert answer.status_code == 201, answer.content
        return str(answer.json()["id"])

    placed = {"placed_at": "2026-01-01T00:00:00Z"}
    asked = [post("/rights-requests/", {"item_id": item, "channels": ["site"]}) for item in pending]
    holds = [post("/holds/", {"item_id": item, "reason": "legal"}) for item in pending]
    for number, hold in enumerate(holds):
        state_hold(shop_id=shop_id, hold_id=hold, number=number)
    statements = [entry["id"] for entry in server.get("/statements/", limit=20).json()["items"]]
    assert len(statements) == len(holds)
    sources = [post("/sources/", {"kind": "api", "name": f"Form {n}"}) for n in range(6)]
    known_source = [entry["id"] for entry in server.get("/sources/").json()["items"] if entry["id"] not in sources]
    return {
        "content": [*published, *pending],
        "published": published,
        "products": products,
        "orders": [post("/orders/", {"external_id": str(n), **placed}) for n in range(7)],
        "rights-requests": asked,
        "licences": [*licences, *[entry["id"] for entry in server.get("/licences/").json()["items"][6:]]],
        "holds": holds,
        "statements": statements,
        "widgets": [post("/widgets/", {"type": "carousel", "name": f"W {n}"}) for n in range(7)],
        "selections": [post("/selections/", {"name": f"S {n}"}) for n in range(7)],
        "sources": [*sources, *known_source],
    }


@pytest.mark.parametrize("scope", sorted(KeyScope))
def test_an_operation_needs_its_scope_and_no_other(people: Personas, scope: str) -> None:
    alone = Asking(secret_key(people.shop.id, [scope]))
    others = Asking(secret_key(people.shop.id, [one for one in KeyScope if one != scope]))
    for method, path, wanted in OPERATIONS:
        if wanted != scope:
            continue
        refused = others.ask(method, path, {} if method != "GET" else None)
        assert (refused.status_code, code_of(refused)) == (403, "key_scope_missing"), (method, path)
        assert scope in refused.json()["error"]["message"]
        answer = alone.ask(method, path, {} if method != "GET" else None)
        assert answer.status_code in {200, 400, 404}, (method, path, answer.content)


def test_a_publishable_key_reaches_only_what_its_scopes_say(people: Personas) -> None:
    page = Asking(publishable_key(people.shop.id))
    for method, path, scope in OPERATIONS:
        answer = page.ask(method, path, {} if method != "GET" else None)
        assert (answer.status_code == 403) is (scope not in PUBLISHABLE_SCOPES), (method, path)


def test_every_kind_of_resource_is_tried() -> None:
    assert {path.split("/")[1] for _method, path, _scope in OPERATIONS} == set(PREFIXES)
    assert {scope for _method, _path, scope in OPERATIONS} == set(KeyScope)


def test_pages_neither_repeat_nor_skip_and_refuse_foreign_markers(
    server: Asking, full_lists: dict[str, list[str]]
) -> None:
    for name in LISTS:
        whole = [entry["id"] for entry in walk(server, f"/{name}/")]
        assert sorted(whole) == sorted(full_lists[name]), name
        assert [entry["id"] for entry in walk(server, f"/{name}/", limit=3)] == whole, name
        first = server.get(f"/{name}/", limit=3).json()
        assert len(first["items"]) == 3
        for other in LISTS:
            if other != name:
                answer = server.get(f"/{other}/", cursor=first["next"])
                assert (answer.status_code, code_of(answer)) == (400, "invalid_input")


def test_a_row_that_comes_or_goes_between_two_pages_moves_nothing(server: Asking, people: Personas) -> None:
    widgets = [server.post("/widgets/", {"type": "carousel", "name": f"W {n}"}).json()["id"] for n in range(5)]
    first = server.get("/widgets/", limit=2).json()
    server.delete(f"/widgets/{widgets[4]}/")
    server.post("/widgets/", {"type": "carousel", "name": "newer"})
    rest = server.get("/widgets/", limit=5, cursor=first["next"]).json()
    assert [entry["id"] for entry in first["items"] + rest["items"]] == widgets[::-1]


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhIiwgMV0", "bnVsbA", "%00", "é", "WyJ3aWRnZXRzLndpZGdldCIsIC0xXQ"])
def test_a_marker_not_made_here_is_refused(server: Asking, people: Personas, cursor: str) -> None:
    answer = server.get("/widgets/", cursor=cursor)
    assert (answer.status_code, code_of(answer)) == (400, "invalid_input")


def test_every_get_has_an_etag_that_saves_the_body(server: Asking, full_lists: dict[str, list[str]]) -> None:
    for name in LISTS:
        for path in (f"/{name}/", f"/{name}/{full_lists[name][0]}/"):
            whole = server.get(path)
            assert (whole.status_code, whole["Cache-Control"]) == (200, "private, no-cache"), path
            assert "Authorization" in whole["Vary"]
            for held in (whole["ETag"], f'"other", {whole["ETag"]}', f"W/{whole['ETag']}", "*"):
                unchanged = server.ask("GET", path, If_None_Match=held)
                assert (unchanged.status_code, unchanged.content) == (304, b""), path
                assert unchanged["ETag"] == whole["ETag"]
            assert server.ask("GET", path, If_None_Match='"other"').status_code == 200
            head = server.ask("HEAD", path)
            assert (head.status_code, head.content, head["ETag"]) == (200, b"", whole["ETag"])


def test_foreign_ids_answer_like_ids_that_never_were(
    server: Asking, other_server: Asking, full_lists: dict[str, list[str]]
) -> None:
    for name in LISTS:
        path = f"/{name}/{full_lists[name][0]}/"
        assert server.get(path).status_code == 200
        foreign = other_server.get(path)
        never = other_server.get(f"/{name}/{PREFIXES[name]}_{NOBODYS}/")
        assert (foreign.status_code, foreign.json()) == (404, never.json()), path
        rows = [entry["id"] for entry in walk(other_server, f"/{name}/")]
        assert not set(rows) & set(full_lists[name])


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        ("{", "application/json", 400, "invalid_input"),
        ("", "application/json", 400, "invalid_input"),
        (b"\xff\xfe", "application/json", 400, "invalid_input"),
        ('{"name": NaN}', "application/json", 400, "invalid_input"),
        ('{"name": 1e999999}', "application/json", 400, "invalid_input"),
        ("9" * 5000, "application/json", 400, "invalid_input"),
        ("[" * 20_000, "application/json", 400, "invalid_input"),
        ("[]", "application/json", 400, "invalid_input"),
        ("null", "application/json", 400, "invalid_input"),
        ('"text"', "application/json", 400, "invalid_input"),
        ("name=Winter", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        ("<name/>", "text/xml", 415, "unsupported_media_type"),
        ('{"name": "' + "x" * MAX_BODY_BYTES + '"}', "application/json", 413, "too_large"),
    ],
)
def test_a_body_that_is_none_is_told_so(server: Asking, body: str | bytes, kind: str, status: int, code: str) -> None:
    answer = server.ask("POST", "/selections/", body, Content_Type=kind)
    assert (answer.status_code, code_of(answer)) == (status, code)
    assert walk(server, "/selections/") == []


def test_json_with_a_charset_is_json(server: Asking) -> None:
    answer = server.ask("POST", "/selections/", '{"name": "Winter"}', Content_Type="application/json; charset=utf-8")
    assert answer.status_code == 201


@pytest.mark.parametrize("name", LISTS)
def test_a_parameter_that_does_not_exist_is_no_silent_nothing(server: Asking, name: str) -> None:
    answer = server.get(f"/{name}/", stat="pending")
    assert (answer.status_code, code_of(answer)) == (400, "invalid_input")
    assert list(answer.json()["error"]["fields"]) == ["stat"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("PUT", "/content/", 405, "method_not_allowed"),
        ("DELETE", f"/content/rev_{NOBODYS}/", 405, "method_not_allowed"),
        ("GET", f"/content/rev_{NOBODYS}/approve/", 405, "method_not_allowed"),
        ("OPTIONS", "/content/", 405, "method_not_allowed"),
        ("GET", "/nothing/", 404, "not_found"),
        ("GET", "/content/1/", 404, "not_found"),
        ("GET", f"/content/wid_{NOBODYS}/", 404, "not_found"),
        ("GET", f"/content/rev_{NOBODYS}%00/", 404, "not_found"),
    ],
)
def test_addresses_and_methods_that_are_none(server: Asking, method: str, path: str, status: int, code: str) -> None:
    answer = server.ask(method, path, {} if method in {"PUT", "POST"} else None)
    assert (answer.status_code, code_of(answer)) == (status, code)
    if status == 405:
        assert answer["Allow"]


def test_the_answer_is_json_whatever_accept_says(server: Asking) -> None:
    for accept in ("text/html", "application/xml", "image/*", "nonsense"):
        answer = server.ask("GET", "/content/", Accept=accept)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert server.get("/content/", format="xml").status_code == 400


def test_errors_speak_the_callers_language(server: Asking) -> None:
    english = server.ask("GET", "/content/", {"limit": "0"}, Accept_Language="en")
    with translation.override("da"):
        danish_wanted = translation.gettext("Some of what was sent is not valid.")
    danish = server.ask("GET", "/content/", {"limit": "0"}, Accept_Language="da")
    assert danish.json()["error"]["message"] == danish_wanted
    assert danish.json()["error"]["code"] == english.json()["error"]["code"]


@pytest.fixture
def tight(settings: Any) -> Iterator[None]:
    settings.API_RATE, settings.API_BURST = 0.01, 3
    buckets().clear()
    yield
    buckets().clear()


def test_a_key_that_asks_too_much_is_told_when_to_come_back(tight: None, people: Personas) -> None:
    one, two = (Asking(secret_key(people.shop.id)) for _ in range(2))
    assert [one.get("/content/").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = one.get("/content/")
    assert code_of(answer) == "rate_limited"
    assert 1 <= int(answer["Retry-After"]) <= 100
    assert two.get("/content/").status_code == 200, "another key has a bucket of its own"


def test_one_shopper_cannot_use_up_a_publishable_key(tight: None, people: Personas) -> None:
    from django.test import Client

    headers = {"Authorization": f"Bearer {publishable_key(people.shop.id)}"}

    def ask(address: str) -> int:
        return int(Client(REMOTE_ADDR=address).get(f"{V1}/published/", headers=headers).status_code)

    assert [ask("192.0.2.1") for _ in range(4)] == [200, 200, 200, 429]
    assert ask("192.0.2.2") == 200
    assert [ask(f"2001:db8::{number}") for number in range(1, 5)] == [200, 200, 200, 429]
    assert ask("2001:db8:0:1::1") == 200


def test_a_defect_is_told_without_its_inside(
    server: Asking, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from django.test import Client

    from project.content import selectors

    def broken() -> Any:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(selectors, "staff_items", broken)
    client = Client(raise_request_exception=False)
    answer = client.get(f"{V1}/content/", headers={"Authorization": f"Bearer {server.key}"})
    assert (answer.status_code, code_of(answer)) == (500, "internal")
    assert b"swordfish" not in answer.content
    assert json.dumps(answer.json())
