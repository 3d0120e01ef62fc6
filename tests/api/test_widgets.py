"""``/api/v1/widgets/`` and ``/api/v1/selections/``."""

from typing import Any

import pytest

from tests.api.asking import Asking, code_of, walk
from tests.factories import Personas, item_input, make_items, make_product, make_published
from widgets.services import ensure_hosted_wall


def made(server: Asking, **values: Any) -> Any:
    return server.post("/widgets/", {"type": "carousel", "name": "Front page", **values})


def test_a_widget_is_made_changed_and_deleted(server: Asking, people: Personas) -> None:
    product = make_product(people.shop.id)
    answer = made(server, heading="What customers say", product_id=product, theme={"accent": "#112233"})
    assert answer.status_code == 201
    body = answer.json()
    assert (body["theme"]["accent"], body["theme"]["scheme"], body["hosted"]) == ("#112233", "auto", False)
    assert server.get(f"/widgets/{body['id']}/").json() == body
    changed = server.patch(f"/widgets/{body['id']}/", {"ratings": [4, 5], "product_id": ""}).json()
    assert (changed["ratings"], changed["product_id"], changed["heading"]) == ([4, 5], "", "What customers say")
    assert changed["theme"]["accent"] == "#112233"
    assert server.delete(f"/widgets/{body['id']}/").status_code == 204
    assert server.get(f"/widgets/{body['id']}/").status_code == 404


def test_a_change_holds_for_the_widget_that_was_read(server: Asking) -> None:
    body = made(server).json()
    path = f"/widgets/{body['id']}/"
    etag = server.get(path)["ETag"]
    server.patch(path, {"name": "Somebody was first"})
    stale = server.ask("PATCH", path, {"name": "Mine"}, If_Match=etag)
    assert (stale.status_code, code_of(stale)) == (412, "precondition_failed")
    fresh = server.get(path)
    assert fresh.json()["name"] == "Somebody was first"
    assert server.ask("PATCH", path, {"name": "Mine"}, If_Match=fresh["ETag"]).json()["name"] == "Mine"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"type": "billboard"}, "type"),
        ({"name": ""}, "name"),
        ({"theme": {"accent": "red;}"}}, "theme.accent"),
        ({"theme": {"css": "x"}}, "theme.css"),
        ({"ratings": [0]}, "ratings.0"),
        ({"hosted": True}, "hosted"),
        ({"product_id": "prd_" + "a" * 22}, "product_id"),
        ({"selection_id": "sel_" + "a" * 22}, "selection_id"),
        ({"category": "Nothing"}, "category"),
        ({"locale": "tlh"}, "locale"),
        ({"markets": ["Denmark"]}, "markets.0"),
    ],
)
def test_a_widget_that_cannot_be_is_refused_at_its_field(server: Asking, values: dict[str, Any], field: str) -> None:
    answer = made(server, **values)
    assert (answer.status_code, code_of(answer)) == (400, "invalid_input")
    assert field in answer.json()["error"]["fields"]


def test_another_shops_product_or_selection_is_none(server: Asking, other_server: Asking, people: Personas) -> None:
    product = make_product(people.other_shop.id)
    selection = other_server.post("/selections/", {"name": "Ours"}).json()["id"]
    assert made(server, product_id=product).status_code == 400
    assert made(server, selection_id=selection).status_code == 400
    assert made(other_server, product_id=product, selection_id=selection).status_code == 201


def test_the_hosted_wall_always_shows_everything(server: Asking, people: Personas) -> None:
    wall = ensure_hosted_wall(shop_id=people.shop.id)
    for change in ({"ratings": [5]}, {"active": False}):
        answer = server.patch(f"/widgets/{wall}/", change)
        assert (answer.status_code, code_of(answer)) == (409, "conflict")
    assert server.delete(f"/widgets/{wall}/").status_code == 409
    assert server.patch(f"/widgets/{wall}/", {"heading": "All of them"}).status_code == 200
    assert [entry["id"] for entry in walk(server, "/widgets/", type="wall")] == [wall]


def test_the_snippet_is_what_the_studio_gives(server: Asking) -> None:
    widget = made(server).json()["id"]
    snippet = server.get(f"/widgets/{widget}/snippet/", product='"><script>').json()
    assert f'widget-id="{widget}"' in snippet["element"]
    assert "<script>" not in snippet["element"].partition("</script>")[2]
    assert "vouchsafe-widget" in snippet["division"]
    assert snippet["wall"].endswith(f"/w/{widget}/")


def test_a_selection_holds_published_items_in_the_chosen_order(server: Asking, people: Personas) -> None:
    ids = make_published(people.shop.id, 3)
    selection = server.post("/selections/", {"name": "Winter"}).json()
    path = f"/selections/{selection['id']}"
    assert (selection["slug"], selection["items"]) == ("winter", [])

    def order(answer: Any) -> list[str]:
        assert answer.status_code == 200, answer.content
        return [entry["item_id"] for entry in answer.json()["items"]]

    assert order(server.post(f"{path}/add/", {"item_ids": ids, "tag": "warm"})) == ids
    assert order(server.post(f"{path}/reorder/", {"item_ids": ids[::-1]})) == ids[::-1]
    assert order(server.post(f"{path}/pin/", {"item_id": ids[0]})) == [ids[0], ids[2], ids[1]]
    assert order(server.post(f"{path}/pin/", {"item_id": ids[0], "pinned": False})) == ids[::-1]
    assert order(server.post(f"{path}/remove/", {"item_ids": [ids[1]]})) == [ids[2], ids[0]]
    tagged = server.post(f"{path}/tag/", {"item_id": ids[0], "tag": "soft"}).json()
    assert {entry["item_id"]: entry["tag"] for entry in tagged["items"]} == {ids[2]: "warm", ids[0]: "soft"}
    assert server.get(f"{path}/").json() == tagged
    stale = server.post(f"{path}/reorder/", {"item_ids": ids})
    assert (stale.status_code, code_of(stale)) == (409, "conflict")
    assert [entry["item_count"] for entry in walk(server, "/selections/")] == [2]


def test_what_may_not_be_shown_cannot_be_selected(server: Asking, people: Personas) -> None:
    (pending,) = make_items(people.shop.id, [item_input()])
    (foreign,) = make_published(people.other_shop.id)
    selection = server.post("/selections/", {"name": "Winter"}).json()["id"]
    for item in (pending, foreign):
        answer = server.post(f"/selections/{selection}/add/", {"item_ids": [item]})
        assert (answer.status_code, code_of(answer)) == (400, "invalid_input")
    assert server.get(f"/selections/{selection}/").json()["items"] == []


def test_a_selection_is_renamed_and_deleted_unless_a_widget_shows_it(server: Asking, people: Personas) -> None:
    product = make_product(people.shop.id)
    selection = server.post("/selections/", {"name": "Winter"}).json()["id"]
    path = f"/selections/{selection}/"
    assert server.patch(path, {"product_id": product}).json()["name"] == "Winter"
    renamed = server.patch(path, {"name": "Snow"}).json()
    assert (renamed["name"], renamed["product_id"], renamed["slug"]) == ("Snow", product, "winter")
    widget = made(server, selection_id=selection).json()["id"]
    assert server.get(path).json()["widget_count"] == 1
    shown = server.delete(path)
    assert (shown.status_code, code_of(shown)) == (409, "conflict")
    server.delete(f"/widgets/{widget}/")
    assert server.delete(path).status_code == 204
    assert walk(server, "/selections/") == []
