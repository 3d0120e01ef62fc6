"""``/api/v1/products/`` and ``/api/v1/orders/``."""

from typing import Any

import pytest

from project.core.scope import shop_scope
from project.shops.models import Order
from tests.api.asking import Asking, code_of, walk
from tests.factories import Personas, make_product

MAIL = "ana@example.org"


def test_products_are_inserted_and_updated_by_the_shops_own_ids(server: Asking) -> None:
    sent = {"external_id": "k-1", "name": "Knit top", "category": "Knits", "url": "https://shop.example/k-1"}
    first = server.post("/products/", {"products": [sent, {"external_id": "s-1", "name": "Scarf"}]})
    assert first.status_code == 200
    knit, scarf = first.json()["items"]
    assert (knit["external_id"], knit["category"], scarf["name"]) == ("k-1", "Knits", "Scarf")
    again = server.post("/products/", {"products": [{"external_id": "k-1", "name": "Knit top, wool"}]}).json()
    assert again["items"][0]["id"] == knit["id"]
    read = server.get(f"/products/{knit['id']}/").json()
    assert (read["name"], read["category"]) == ("Knit top, wool", "")
    assert len(walk(server, "/products/")) == 2


def test_one_product_twice_in_a_request_counts_as_it_came_last(server: Asking) -> None:
    twice = [{"external_id": "k", "name": "First"}, {"external_id": "k", "name": "Last"}]
    assert [entry["name"] for entry in server.post("/products/", {"products": twice}).json()["items"]] == ["Last"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "products"),
        ({"products": []}, "products"),
        ({"products": [{"name": "No id"}]}, "products.0.external_id"),
        ({"products": [{"external_id": "k", "name": "K", "id": "prd_1"}]}, "products.0.id"),
        ({"products": [{"external_id": "k", "name": "K", "url": "javascript:1"}]}, "products.0.url"),
        ({"products": [{"external_id": "k", "name": "K"}], "shop": 1}, "shop"),
        ({"products": [{"external_id": "k", "name": "K"}] * 501}, "products"),
    ],
)
def test_a_batch_is_taken_whole_or_not_at_all(server: Asking, body: Any, field: str) -> None:
    answer = server.post("/products/", body)
    assert (answer.status_code, code_of(answer)) == (400, "invalid_input")
    assert field in answer.json()["error"]["fields"]
    assert walk(server, "/products/") == []


def test_products_are_found_by_category_own_id_and_words(server: Asking, people: Personas) -> None:
    make_product(people.shop.id, "Knit top", category="Knits")
    make_product(people.shop.id, "Silk scarf", category="Scarves")
    assert [entry["name"] for entry in walk(server, "/products/", category="Knits")] == ["Knit top"]
    assert [entry["name"] for entry in walk(server, "/products/", external_id="silk-scarf")] == ["Silk scarf"]
    assert [entry["name"] for entry in walk(server, "/products/", q="SCARF silk")] == ["Silk scarf"]


def test_an_order_is_evidence_once_and_its_customer_is_never_given_out(server: Asking, people: Personas) -> None:
    product = make_product(people.shop.id, "Knit", external_id="knit")
    body = {
        "external_id": "1001",
        "placed_at": "2026-03-01T12:00:00+01:00",
        "email": MAIL,
        "product_external_ids": ["knit", "unknown"],
    }
    made = server.post("/orders/", body)
    assert made.status_code == 201
    assert made.json()["product_ids"] == [product]
    again = server.post("/orders/", {**body, "email": "other@example.org"})
    assert (again.status_code, again.json()) == (200, made.json())
    shown = made.content + server.get("/orders/").content + server.get(f"/orders/{made.json()['id']}/").content
    with shop_scope(people.shop.id):
        stored = Order.objects.get()
    assert stored.customer_hash
    assert MAIL.encode() not in shown
    assert stored.customer_hash.encode() not in shown
    assert set(made.json()) == {"id", "external_id", "placed_at", "received_at", "product_ids"}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"placed_at": "soon"}, "placed_at"),
        ({"email": "not an address"}, "email"),
        ({"customer_hash": "0" * 64}, "customer_hash"),
        ({"external_id": ""}, "external_id"),
        ({"external_id": "\x00"}, "external_id"),
    ],
)
def test_an_order_that_says_too_much_or_too_little_is_refused(
    server: Asking, values: dict[str, Any], field: str
) -> None:
    body = {"external_id": "1", "placed_at": "2026-03-01T12:00:00Z", **values}
    answer = server.post("/orders/", body)
    assert (answer.status_code, code_of(answer)) == (400, "invalid_input")
    assert field in answer.json()["error"]["fields"]
    assert walk(server, "/orders/") == []


def test_orders_are_found_by_their_number(server: Asking) -> None:
    for number in ("1", "2"):
        server.post("/orders/", {"external_id": number, "placed_at": "2026-03-01T12:00:00Z"})
    assert [entry["external_id"] for entry in walk(server, "/orders/", external_id="2")] == ["2"]
