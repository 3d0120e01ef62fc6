"""``/api/v1/notices/`` and ``/api/v1/statements/``: reporting needs no key, reading statements needs rights:read."""

from collections.abc import Iterator
from typing import Any

import pytest

from project.content.services import take_down_items
from project.core.outbox import relay_shop
from project.core.scope import shop_scope
from project.rights.api import NoticeViewSet
from project.rights.models import Notice
from tests.api.asking import Asking, code_of, publishable_key
from tests.factories import Personas, make_published

ANYBODY = Asking(None)


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    NoticeViewSet.visitor_buckets.clear()
    yield
    NoticeViewSet.visitor_buckets.clear()


@pytest.fixture
def item(people: Personas) -> str:
    (made,) = make_published(people.shop.id)
    return made


def body(item: str, **values: Any) -> dict[str, Any]:
    return {
        "item_id": item,
        "category": "copyright",
        "explanation": "This is my photograph, taken in my garden, and nobody ever asked me whether it may be shown.",
        "urls": ["https://www.linden.example/reviews"],
        "name": "Vera Lund",
        "email": "vera@example.org",
        "in_good_faith": True,
        **values,
    }


def test_anybody_reports_an_item_and_gets_a_receipt(people: Personas, server: Asking, item: str) -> None:
    listed = server.get("/published/").json()["items"][0]
    assert listed["report_url"].endswith(f"/n/{item}")
    answer = ANYBODY.post("/notices/", body(item))
    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    told = answer.json()
    assert (told["state"], told["hidden"]) == ("acknowledged", True)
    assert "/n/status/" in told["status_url"]
    assert server.get("/published/").json()["items"] == []
    with shop_scope(people.shop.id):
        assert Notice.objects.get().public_id == told["id"]


def test_a_key_holds_it_to_its_own_shop_and_a_bad_one_is_refused(
    people: Personas, server: Asking, other_server: Asking, item: str
) -> None:
    assert (code_of(other_server.post("/notices/", body(item)))) == "not_found"
    assert code_of(Asking("sk_unknown").post("/notices/", body(item))) == "key_invalid"
    assert server.post("/notices/", body(item)).status_code == 201
    assert Asking(publishable_key(people.shop.id)).post("/notices/", body(item)).status_code == 201


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"category": "ugly"}, "category"),
        ({"explanation": ""}, "explanation"),
        ({"urls": []}, "urls"),
        ({"urls": ["nowhere"]}, "urls"),
        ({"email": ""}, "email"),
        ({"name": ""}, "name"),
        ({"in_good_faith": False}, "in_good_faith"),
        ({"rating": 1}, "rating"),
    ],
)
def test_what_is_missing_is_named(values: dict[str, Any], field: str, people: Personas, item: str) -> None:
    answer = ANYBODY.post("/notices/", body(item, **values))
    assert (answer.status_code, code_of(answer)) == (400, "invalid_input")
    assert field in answer.json()["error"]["fields"]


def test_an_item_that_never_was_is_not_found(people: Personas) -> None:
    answer = ANYBODY.post("/notices/", body("rev_" + "a" * 22))
    assert (answer.status_code, code_of(answer)) == (404, "not_found")


def test_one_address_sends_so_many_and_then_waits(people: Personas, item: str) -> None:
    answers = [ANYBODY.post("/notices/", body(item, category="other")) for _ in range(21)]
    assert [answer.status_code for answer in answers[:20]] == [201] * 20
    assert code_of(answers[20]) == "rate_limited"
    assert int(answers[20]["Retry-After"]) >= 1


def test_notices_cannot_be_read_over_the_api(server: Asking, item: str) -> None:
    assert server.get("/notices/").status_code == 405


def test_statements_say_why_with_every_field(people: Personas, server: Asking, other_server: Asking, item: str) -> None:
    take_down_items(shop_id=people.shop.id, actor_id=None, item_ids=[item], reason="unrelated")
    relay_shop(people.shop.id)
    (listed,) = server.get("/statements/", item=item).json()["items"]
    assert server.get(f"/statements/{listed['id']}/").json() == listed
    assert (listed["restriction"], listed["reason"], listed["ground"]) == ("removed", "unrelated", "contract")
    assert listed["markets"] == ["*"]
    assert len(listed["redress"]) == 4
    assert (listed["told_at"], listed["not_told_because"]) == (None, "no_address")
    assert server.get("/statements/", restriction="disabled").json()["items"] == []
    assert other_server.get("/statements/").json()["items"] == []
    assert other_server.get(f"/statements/{listed['id']}/").status_code == 404
