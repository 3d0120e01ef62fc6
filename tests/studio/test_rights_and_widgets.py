"""Asking for permission, ending licences; widgets, selections, sources and the assistant in the studio."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from kombu.exceptions import OperationalError

from assistant.labels import notice
from project.collection.selectors import due_source_ids
from project.collection.tasks import collect_source_task
from project.content import selectors as content
from project.content.services import receive_items
from project.core.scope import shop_scope
from project.rights import selectors as rights
from project.shops import selectors as shops
from project.shops.models import User
from project.studio.views.selections import moved
from project.studio.wording import split_markets
from tests.assistant.helpers import index
from tests.factories import Personas, item_input, make_items, make_product, make_published, make_source
from tests.rights.author import answer
from tests.studio.conftest import Things, last_said
from widgets import selectors as widgets
from widgets.contracts import SelectedItem

ClientOf = Callable[[User | None], Client]
HTMX = {"HX-Request": "true"}


def page_of(people: Personas, name: str, *args: object) -> str:
    return reverse(f"studio:{name}", args=[people.shop.slug, *args])


def test_a_rights_manager_asks_and_gets_the_authors_link_once(people: Personas, client_of: ClientOf) -> None:
    (item,) = make_items(people.shop.id, [item_input(text="That green!")])
    rita = client_of(people.rita)
    assert "That green!" in rita.get(page_of(people, "rights")).content.decode()
    asked = rita.post(
        page_of(people, "ask", item), {"channels": ["site", "product_page"], "markets": "*", "days": "365"}
    )
    found = re.search(r'http://[^/"]+(/c/[\w-]{20,})', asked.content.decode())
    assert found
    assert Client().get(found.group(1)).status_code == 200
    with shop_scope(people.shop.id):
        request = rights.requests().get()
    assert (request.channels, request.days) == (["site", "product_page"], 365)
    detail = rita.get(page_of(people, "request", request.public_id)).content.decode()
    assert found.group(1) not in detail
    again = rita.post(page_of(people, "ask", item), {"channels": ["site"], "markets": "*", "days": ""})
    assert again.status_code == 400
    assert "asked already" in again.content.decode()
    another = rita.post(page_of(people, "new_link", request.public_id)).content.decode()
    assert re.search(r"/c/[\w-]{20,}", another)
    rita.post(page_of(people, "cancel_request", request.public_id))
    assert Client().post(found.group(1), {"answer": "all", "credit": "customer"}).status_code == 410


def test_who_may_approve_does_so_while_asking_and_others_are_told_that_it_waits(
    people: Personas, client_of: ClientOf
) -> None:
    first, second, third = make_items(people.shop.id, [item_input() for _ in range(3)])
    alice, rita = client_of(people.alice), client_of(people.rita)
    terms = {"channels": ["site"], "markets": "*", "days": ""}
    assert "Approve it too" in alice.get(page_of(people, "ask", first)).content.decode()
    alice.post(page_of(people, "ask", first), {**terms, "approve": "on", "version": 1})
    alice.post(page_of(people, "ask", second), terms)
    seen_by_rita = rita.get(page_of(people, "ask", third)).content.decode()
    assert "Approve it too" not in seen_by_rita
    assert "waits for a moderator" in seen_by_rita
    rita.post(page_of(people, "ask", third), {**terms, "approve": "on", "version": 1})
    with shop_scope(people.shop.id):
        states = dict(content.items().values_list("public_id", "state"))
        assert rights.requests().count() == 3
    assert [states[item] for item in (first, second, third)] == ["approved", "pending", "pending"]


def test_what_was_edited_meanwhile_is_neither_approved_nor_asked_about(people: Personas, client_of: ClientOf) -> None:
    source = make_source(people.shop.id)
    (item,) = make_items(people.shop.id, [item_input(external_id="edited", text="Fine.")], source=source)
    alice = client_of(people.alice)
    seen = fields_of(alice.get(page_of(people, "ask", item)))
    words = item_input(external_id="edited", text="Not fine at all.", raw={"edited": True})
    receive_items(shop_id=people.shop.id, actor_id=None, source=source, items=[words])
    terms = {"channels": ["site"], "markets": "*", "days": "", "approve": "on"}
    answer = alice.post(page_of(people, "ask", item), {**terms, **seen})
    assert answer.status_code == 400
    assert "Not fine at all." in answer.content.decode()
    with shop_scope(people.shop.id):
        assert content.items().get(public_id=item).state == "pending"
        assert not rights.requests().exists()
    assert alice.post(page_of(people, "ask", item), {**terms, **fields_of(answer)}).status_code == 200
    with shop_scope(people.shop.id):
        assert content.items().get(public_id=item).state == "approved"
        assert rights.requests().count() == 1


def fields_of(page: Any) -> dict[str, str]:
    """What the page says that was seen."""
    return dict(re.findall(r'name="(version|pictures)" value="(\d+)"', page.content.decode()))


def test_what_only_waits_for_its_author_is_not_what_needs_staff(
    people: Personas, things: Things, client_of: ClientOf
) -> None:
    """The one item without a licence has been asked about: its author answers next."""
    rita = client_of(people.rita)
    needing = rita.get(page_of(people, "rights"))
    assert things.unlicensed not in needing.content.decode()
    assert needing.context["frame"].entries[2].count == 0
    today = rita.get(page_of(people, "today")).content.decode()
    assert "Nothing lacks permission" in today
    assert "request unanswered" in today
    rita.post(page_of(people, "cancel_request", things.request))
    assert things.unlicensed in rita.get(page_of(people, "rights")).content.decode()


def test_a_yes_that_was_taken_back_is_not_shown_as_one(people: Personas, things: Things, client_of: ClientOf) -> None:
    link = reverse("rights:consent", args=[things.token])
    rita = client_of(people.rita)
    assert answer(Client(), link, channel=["site"], credit="customer").status_code == 303
    granted = rita.get(page_of(people, "requests")).content.decode()
    assert "badge-good" in granted
    licences = rita.get(page_of(people, "licences")).content.decode()
    assert "My new favourite cardigan." in licences
    Client().post(link, {"answer": "withdraw"})
    for address in (
        page_of(people, "requests"),
        page_of(people, "request", things.request),
        page_of(people, "content", things.unlicensed),
    ):
        page = rita.get(address).content.decode()
        assert "Granted, then withdrawn" in page
        assert ">Granted<" not in page
    needing = rita.get(page_of(people, "rights")).content.decode()
    assert things.unlicensed in needing
    assert "Withdrew on " in needing


def test_asking_for_nothing_or_nowhere_is_refused_at_its_field(people: Personas, client_of: ClientOf) -> None:
    (item,) = make_items(people.shop.id, [item_input()])
    rita = client_of(people.rita)
    for data, field in (
        ({"channels": [], "markets": "*"}, "channels"),
        ({"channels": ["site"], "markets": "Denmark"}, "markets"),
        ({"channels": ["everywhere"], "markets": "*"}, "channels"),
    ):
        response = rita.post(page_of(people, "ask", item), data)
        assert response.status_code == 400
        assert field in response.context["form"].errors


def test_staff_end_a_licence_for_a_reason(people: Personas, things: Things, client_of: ClientOf) -> None:
    rita = client_of(people.rita)
    end = page_of(people, "end_licence", things.licence)
    assert rita.post(end, {"reason": "because"}).status_code == 400
    assert rita.post(end, {"reason": "staff"}).status_code == 302
    with shop_scope(people.shop.id):
        licence = rights.licences().get(public_id=things.licence)
    assert (licence.state, licence.end_reason) == ("withdrawn", "staff")
    again = rita.post(end, {"reason": "staff"})
    assert "ended before" in last_said(again)


WIDGET = {
    "type": "carousel",
    "name": "Front page",
    "heading": "What customers say",
    "order": "newest",
    "scheme": "auto",
    "accent": "#0B6E4F",
    "radius": "12",
    "density": "comfortable",
    "active": "on",
}


def test_a_new_widget_is_a_type_and_a_name_and_the_rest_stands_beside_its_preview(
    people: Personas, client_of: ClientOf
) -> None:
    alice = client_of(people.alice)
    form = alice.get(page_of(people, "new_widget")).context["form"]
    assert list(form.fields) == ["type", "name"]
    made = alice.post(page_of(people, "new_widget"), {"type": "wall", "name": "Front page"}, follow=True)
    page = made.content.decode()
    assert "data-preview" in page
    assert 'value="What customers say"' in page
    assert alice.post(page_of(people, "new_widget"), {"type": "wall", "name": ""}).status_code == 400


def test_the_whole_world_has_a_word(people: Personas, client_of: ClientOf) -> None:
    alice = client_of(people.alice)
    shop = {"name": "Linden", "locale": "en", "markets": "worldwide", "time_zone": "UTC"}
    alice.post(page_of(people, "save_settings"), shop)
    assert shops.shop_facts(people.shop.id).markets == ("*",)
    assert alice.get(page_of(people, "settings")).context["form"]["markets"].value() == "Worldwide"
    with translation.override("da"):
        assert split_markets("Hele verden") == ("*",)
        assert split_markets("dk; se, DK") == ("DK", "SE")


def test_a_widget_is_made_changed_and_deleted(people: Personas, client_of: ClientOf) -> None:
    alice = client_of(people.alice)
    made = alice.post(page_of(people, "new_widget"), WIDGET)
    assert made.status_code == 302
    page = alice.get(made.headers["Location"]).content.decode()
    with shop_scope(people.shop.id):
        row = widgets.widgets().get(hosted=False)
    assert f"widget-id=&quot;{row.public_id}&quot;" in page or f'widget-id="{row.public_id}"' in page
    assert row.theme == {"scheme": "auto", "accent": "#0b6e4f", "radius": 12, "density": "comfortable"}
    changed = {**WIDGET, "name": "Landing", "ratings": ["4", "5"], "markets": "dk se"}
    assert alice.post(page_of(people, "save_widget", row.public_id), changed).status_code == 302
    with shop_scope(people.shop.id):
        row = widgets.widgets().get(hosted=False)
    assert (row.name, row.ratings, row.markets) == ("Landing", [4, 5], ["DK", "SE"])
    assert "it says so" in alice.get(page_of(people, "widgets")).content.decode()
    for field, value in (("accent", "green"), ("radius", "99"), ("name", ""), ("type", "popup")):
        assert alice.post(page_of(people, "save_widget", row.public_id), {**WIDGET, field: value}).status_code == 400
    alice.post(page_of(people, "delete_widget", row.public_id))
    assert alice.get(page_of(people, "widget", row.public_id)).status_code == 404


def test_the_preview_uses_the_public_snippet_and_nothing_else(
    people: Personas, things: Things, client_of: ClientOf
) -> None:
    page = client_of(people.victor).get(page_of(people, "widget_preview", things.widget)).content.decode()
    assert '<script async src="/embed/v1/embed.js"></script>' in page
    assert f'<vouchsafe-widget widget-id="{things.widget}" type="' in page


def test_a_selection_is_filled_from_what_may_be_shown_and_put_in_order(people: Personas, client_of: ClientOf) -> None:
    product = make_product(people.shop.id, "Wool coat")
    shown = make_published(
        people.shop.id, [item_input(title=f"Item {number}", product_external_id="wool-coat") for number in range(3)]
    )
    make_published(people.shop.id, [item_input(title="About something else")])
    (hidden,) = make_items(people.shop.id, [item_input(title="Hidden", product_external_id="wool-coat")])
    alice = client_of(people.alice)
    made = alice.post(page_of(people, "create_selection"), {"name": "Winter", "product_id": product})
    page = alice.get(made.headers["Location"]).content.decode()
    assert "Item 1" in page
    assert "Hidden" not in page
    assert "About something else" not in page
    with shop_scope(people.shop.id):
        selection = widgets.selections().get().public_id
    alice.post(page_of(people, "pick", selection), {"item": shown, "tag": "warm"})
    refused = alice.post(page_of(people, "pick", selection), {"item": [hidden]})
    assert "may not" in last_said(refused)

    def order() -> list[str]:
        with shop_scope(people.shop.id):
            return [entry.item_id for entry in widgets.selected_items(selection)]

    assert order() == shown
    alice.post(page_of(people, "move", selection, shown[2]), {"to": "up"})
    assert order() == [shown[0], shown[2], shown[1]]
    alice.post(page_of(people, "pin", selection, shown[1]), {"pinned": "yes"})
    assert order() == [shown[1], shown[0], shown[2]]
    alice.post(page_of(people, "tag_entry", selection, shown[1]), {"tag": "cosy"})
    assert "cosy" in alice.get(page_of(people, "selection", selection)).content.decode()
    alice.post(page_of(people, "remove_item", selection, shown[0]))
    assert order() == [shown[1], shown[2]]
    alice.post(page_of(people, "save_selection", selection), {"name": "Cold days", "product_id": ""})
    assert "Cold days" in alice.get(page_of(people, "selections")).content.decode()
    alice.post(page_of(people, "delete_selection", selection))
    assert alice.get(page_of(people, "selection", selection)).status_code == 404


def test_a_selection_in_use_is_kept(people: Personas, things: Things, client_of: ClientOf) -> None:
    refused = client_of(people.alice).post(page_of(people, "delete_selection", things.selection))
    assert "A widget shows this selection" in last_said(refused)


@pytest.mark.parametrize(
    ("item", "step", "order"),
    [
        ("b", -1, ["a", "b", "c", "d"]),
        ("a", -1, ["a", "b", "c", "d"]),
        ("c", -1, ["a", "c", "b", "d"]),
        ("d", 1, ["a", "b", "c", "d"]),
        ("c", 1, ["a", "b", "d", "c"]),
        ("x", 1, ["a", "b", "c", "d"]),
    ],
)
def test_moving_stops_at_the_ends_and_at_the_pinned_ones(item: str, step: int, order: list[str]) -> None:
    entries = [
        SelectedItem(item_id=name, position=place, pinned=name == "a", tag="") for place, name in enumerate("abcd")
    ]
    assert moved(entries, item, step) == order


def test_a_run_that_is_asked_for_while_the_broker_is_away_is_not_lost(
    people: Personas, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("Error 111 connecting to the broker.")

    alice = client_of(people.alice)
    alice.post(page_of(people, "new_source"), {"tag": "#linden", "server": "https://social.example/"})
    with shop_scope(people.shop.id):
        source = content.sources().get(kind="mastodon")
    monkeypatch.setattr(collect_source_task, "apply_async", away)
    assert alice.post(page_of(people, "run_source", source.public_id)).status_code == 302
    with shop_scope(people.shop.id):
        assert source.public_id in due_source_ids(timezone.now())


def test_a_hashtag_is_connected_paused_and_run(people: Personas, client_of: ClientOf) -> None:
    alice = client_of(people.alice)
    made = alice.post(page_of(people, "new_source"), {"tag": "#lindenandloom", "server": "https://social.example/"})
    assert made.status_code == 302
    with shop_scope(people.shop.id):
        source = content.sources().get(kind="mastodon")
    assert source.config == {"tag": "lindenandloom", "server": "https://social.example"}
    assert source.name == "#lindenandloom on social.example"
    page = alice.get(made.headers["Location"]).content.decode()
    assert "Each item needs its author’s permission first." in page
    listed = alice.get(page_of(people, "sources")).content.decode()
    assert "Mastodon hashtag" in listed
    assert "<span>mastodon</span>" not in listed
    assert alice.post(page_of(people, "run_source", source.public_id)).status_code == 302
    alice.post(page_of(people, "switch_source", source.public_id), {"active": "no"})
    with shop_scope(people.shop.id):
        assert not content.sources().get(kind="mastodon").active
    alice.post(page_of(people, "save_source", source.public_id), {"tag": "loom", "server": "https://social.example"})
    with shop_scope(people.shop.id):
        assert content.sources().get(kind="mastodon").config["tag"] == "loom"
    assert alice.post(page_of(people, "new_source"), {"tag": "no spaces", "server": "x"}).status_code == 400


def test_a_posting_token_is_kept_for_its_own_server_and_never_shown(people: Personas, client_of: ClientOf) -> None:
    alice = client_of(people.alice)
    wanted = {"tag": "loom", "server": "https://social.example", "posting_token": "a very secret token"}
    made = alice.post(page_of(people, "new_source"), wanted)

    def config() -> dict[str, str]:
        with shop_scope(people.shop.id):
            source = content.sources().get(kind="mastodon")
        return dict(source.config)

    assert config()["posting_token"] == "a very secret token"
    assert "a very secret token" not in alice.get(made.headers["Location"]).content.decode()
    with shop_scope(people.shop.id):
        address = page_of(people, "save_source", content.sources().get(kind="mastodon").public_id)
    alice.post(address, {"tag": "knits", "server": "https://social.example", "posting_token": ""})
    assert (config()["tag"], config()["posting_token"]) == ("knits", "a very secret token")
    alice.post(address, {"tag": "knits", "server": "https://elsewhere.example"})
    assert "posting_token" not in config()


def test_the_assistant_answers_from_reviews_or_says_that_nobody_wrote(people: Personas, client_of: ClientOf) -> None:
    make_published(
        people.shop.id,
        [item_input(text=f"The sleeves are too short, sadly, number {n}.", rating=2) for n in range(4)],
    )
    bob = client_of(people.bob)
    address = page_of(people, "assistant")
    nothing = bob.post(address, {"question": "Is it good for scuba diving?"}, headers=HTMX)
    assert nothing.status_code == 200
    assert "0 of 4 reviews" in nothing.content.decode()
    empty = bob.post(address, {"question": " "})
    assert empty.status_code == 400
    assert "Please write a question." in empty.content.decode()


def test_staff_read_what_shoppers_are_told_first(people: Personas, client_of: ClientOf) -> None:
    make_published(people.shop.id, [item_input(text=""), item_input(), item_input()])
    page = client_of(people.bob).get(page_of(people, "assistant"))
    assert page.context["notice"] == notice(3, language="en")
    assert "1 more has stars and no words." in page.content.decode()


def test_the_assistant_of_a_shop_is_made_once(people: Personas, client_of: ClientOf) -> None:
    alice = client_of(people.alice)
    for _click in range(2):
        assert "vouchsafe-assistant" in alice.post(page_of(people, "make_assistant")).content.decode()


def test_the_assistants_page_says_how_far_it_has_read_and_asks_again_until_it_is_through(
    people: Personas, client_of: ClientOf
) -> None:
    make_published(people.shop.id, [item_input(text="Warm wool, worn all winter."), item_input(text="Runs small.")])
    bob = client_of(people.bob)
    begun = bob.get(page_of(people, "progress")).content.decode()
    assert "0 %: 0 of 2 reviews read. Questions are answered by words meanwhile." in begun
    assert "hx-trigger" in begun
    assert begun.strip() in bob.get(page_of(people, "assistant")).content.decode()
    index(people.shop.id, vectors=True)
    through = bob.get(page_of(people, "progress")).content.decode()
    assert "2 reviews, by words and by meaning." in through
    assert "hx-trigger" not in through
