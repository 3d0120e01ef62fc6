"""Deciding in the studio: recorded, safe to click twice, fair to the second person, the same without JavaScript."""

import re
from collections.abc import Callable

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from project.content import selectors as content
from project.content.rules import Reason, State
from project.content.services import receive_items, take_down_items
from project.core.scope import shop_scope
from project.shops.models import User
from project.studio.labels import STAFF_REASONS
from project.studio.views.content import reject_reasons
from tests.factories import Personas, item_input, make_items, make_published, make_source

ClientOf = Callable[[User | None], Client]
HTMX = {"HX-Request": "true"}


def state_of(people: Personas, item: str) -> str:
    with shop_scope(people.shop.id):
        row = content.item_by_public_id(item)
        assert row is not None
        return row.state


def decisions_on(people: Personas, item: str) -> list[tuple[str, str, str]]:
    with shop_scope(people.shop.id):
        row = content.item_by_public_id(item)
        assert row is not None
        return [(entry.decision, entry.reason, str(entry.actor)) for entry in content.decisions_of(row)]


def queue_of(people: Personas) -> str:
    return reverse("studio:queue", args=[people.shop.slug])


def url(people: Personas, name: str, item: str) -> str:
    return reverse(f"studio:{name}", args=[people.shop.slug, item])


def ticks(items: list[str]) -> list[str]:
    """What the ticks of a page send for items in their first wording, without pictures."""
    return [f"{item}:1:0" for item in items]


@pytest.fixture
def pending(people: Personas) -> str:
    return make_items(people.shop.id, [item_input(title="Flattering shirt")])[0]


def test_an_approval_is_recorded_and_answers_with_an_undo(people: Personas, pending: str, client_of: ClientOf) -> None:
    response = client_of(people.bob).post(url(people, "approve", pending), {"version": 1}, headers=HTMX)
    assert response.status_code == 200
    assert state_of(people, pending) == "approved"
    assert decisions_on(people, pending) == [("approve", "", "Bob")]
    assert url(people, "reopen", pending) in response.content.decode()


def test_without_javascript_a_decision_leads_back_to_the_page_it_came_from(
    people: Personas, pending: str, client_of: ClientOf
) -> None:
    queue = reverse("studio:queue", args=[people.shop.slug]) + "?kind=review"
    response = client_of(people.bob).post(url(people, "approve", pending), {"version": 1, "next": queue})
    assert (response.status_code, response.headers["Location"]) == (302, queue)


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "/accounts/logout/"])
def test_a_decision_never_leads_off_the_studio(
    elsewhere: str, people: Personas, pending: str, client_of: ClientOf
) -> None:
    response = client_of(people.bob).post(url(people, "approve", pending), {"version": 1, "next": elsewhere})
    assert response.headers["Location"].startswith("/studio/")
    assert "evil" not in response.headers["Location"]


def test_a_double_click_is_one_decision(people: Personas, pending: str, client_of: ClientOf) -> None:
    bob = client_of(people.bob)
    for _click in range(2):
        assert bob.post(url(people, "approve", pending), {"version": 1}, headers=HTMX).status_code == 200
    assert decisions_on(people, pending) == [("approve", "", "Bob")]


def test_the_second_person_is_told_who_was_first(people: Personas, pending: str, client_of: ClientOf) -> None:
    client_of(people.bob).post(url(people, "approve", pending), {"version": 1})
    response = client_of(people.alice).post(
        url(people, "reject", pending), {"version": 1, "reason": "spam"}, headers=HTMX
    )
    assert response.status_code == 409
    assert response.headers["Vouchsafe-Told"] == "1"
    assert "Bob approved this" in response.content.decode()
    assert decisions_on(people, pending) == [("approve", "", "Bob")]
    plain = client_of(people.alice).post(url(people, "reject", pending), {"version": 1, "reason": "spam"})
    assert ["Bob approved this" in str(message) for message in get_messages(plain.wsgi_request)] == [True]


def test_what_the_author_edited_meanwhile_is_not_approved_unseen(people: Personas, client_of: ClientOf) -> None:
    source = make_source(people.shop.id)
    (item,) = make_items(people.shop.id, [item_input(external_id="edited", text="Fine.")], source=source)
    edited = item_input(external_id="edited", text="Not fine at all.", raw={"edited": True})
    receive_items(shop_id=people.shop.id, actor_id=None, source=source, items=[edited])
    response = client_of(people.bob).post(url(people, "approve", item), {"version": 1}, headers=HTMX)
    assert response.status_code == 409
    assert "Not fine at all." in response.content.decode()
    assert state_of(people, item) == "pending"
    assert decisions_on(people, item) == []


def test_a_rejection_needs_a_reason_of_the_list(people: Personas, pending: str, client_of: ClientOf) -> None:
    bob = client_of(people.bob)
    for reason in ("", "too_negative", "one_star"):
        response = bob.post(url(people, "reject", pending), {"version": 1, "reason": reason}, headers=HTMX)
        assert response.status_code == 400
        assert response.headers["HX-Reswap"] == "none"
    assert state_of(people, pending) == "pending"
    response = bob.post(url(people, "reject", pending), {"version": 1, "reason": "spam", "note": "Sold a watch"})
    assert response.status_code == 302
    assert decisions_on(people, pending) == [("reject", "spam", "Bob")]


def test_take_down_and_put_back(people: Personas, client_of: ClientOf) -> None:
    (item,) = make_published(people.shop.id)
    bob = client_of(people.bob)
    assert bob.post(url(people, "take_down", item), {"reason": "personal_data"}).status_code == 302
    assert state_of(people, item) == "taken_down"
    assert "Taken down" in bob.get(url(people, "content", item)).content.decode()
    assert bob.post(url(people, "restore", item), {"version": 1}).status_code == 302
    assert state_of(people, item) == "approved"
    assert [decision for decision, _reason, _who in decisions_on(people, item)][-2:] == ["take_down", "restore"]


def test_undo_puts_the_item_back_into_the_queue_and_into_the_history(
    people: Personas, pending: str, client_of: ClientOf
) -> None:
    bob = client_of(people.bob)
    bob.post(url(people, "reject", pending), {"version": 1, "reason": "duplicate"})
    response = bob.post(url(people, "reopen", pending), headers=HTMX)
    assert f'id="case-{pending}"' in response.content.decode()
    assert 'data-case="open"' in response.content.decode()
    assert state_of(people, pending) == "pending"
    assert [decision for decision, _reason, _who in decisions_on(people, pending)] == ["reject", "reopen"]


def test_bulk_decisions_count_what_somebody_else_decided_first(people: Personas, client_of: ClientOf) -> None:
    items = make_items(people.shop.id, [item_input() for _ in range(4)])
    client_of(people.alice).post(url(people, "approve", items[0]), {"version": 1})
    response = client_of(people.bob).post(
        reverse("studio:decide_many", args=[people.shop.slug]),
        {"item": ticks(items), "decision": "reject", "reason": "spam"},
    )
    said = [str(message) for message in get_messages(response.wsgi_request)]
    assert said == ["3 rejected.", "1 had been decided by somebody else before; its decision stands."]
    assert [state_of(people, item) for item in items] == ["approved", "rejected", "rejected", "rejected"]


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_a_bulk_decision_leaves_what_its_author_edited_meanwhile_in_the_queue(
    decision: str, people: Personas, client_of: ClientOf
) -> None:
    source = make_source(people.shop.id)
    kept, edited = make_items(
        people.shop.id, [item_input(), item_input(external_id="edited", text="Fine.")], source=source
    )
    bob = client_of(people.bob)
    shown = re.findall(r'value="([^"]+)" form="bulk"', bob.get(queue_of(people)).content.decode())
    words = item_input(external_id="edited", text="Not fine at all.", raw={"edited": True})
    receive_items(shop_id=people.shop.id, actor_id=None, source=source, items=[words])
    response = bob.post(
        reverse("studio:decide_many", args=[people.shop.slug]), {"item": shown, "decision": decision, "reason": "spam"}
    )
    said = [str(message) for message in get_messages(response.wsgi_request)]
    assert said[0] in {"1 approved.", "1 rejected."}
    assert said[1:] == [
        "1 changed while you were reading: its author edited it or a picture came in. It still waits here."
    ]
    assert state_of(people, kept) in {"approved", "rejected"}
    assert state_of(people, edited) == "pending"
    assert decisions_on(people, edited) == []
    again = re.findall(r'value="([^"]+)" form="bulk"', bob.get(queue_of(people)).content.decode())
    assert again == [f"{edited}:2:0"]
    bob.post(
        reverse("studio:decide_many", args=[people.shop.slug]), {"item": again, "decision": decision, "reason": "spam"}
    )
    assert state_of(people, edited) != "pending"


@pytest.mark.parametrize("tick", ["{}", "{}:", "{}:1", "{}:x:0", "{}:1:-1", "{}:1:0:0", "{}:99999999999:0"])
def test_a_tick_that_does_not_say_what_was_seen_decides_nothing(
    tick: str, people: Personas, pending: str, client_of: ClientOf
) -> None:
    decide = reverse("studio:decide_many", args=[people.shop.slug])
    client_of(people.bob).post(decide, {"item": [tick.format(pending)], "decision": "approve"})
    assert state_of(people, pending) == "pending"


@pytest.mark.parametrize("name", ["approve", "reject"])
def test_a_decision_without_what_was_seen_decides_nothing(
    name: str, people: Personas, pending: str, client_of: ClientOf
) -> None:
    answer = client_of(people.bob).post(url(people, name, pending), {"reason": "spam"}, headers=HTMX)
    assert answer.status_code == 409
    assert state_of(people, pending) == "pending"


def test_what_was_edited_while_it_was_down_is_not_put_back_unseen(people: Personas, client_of: ClientOf) -> None:
    source = make_source(people.shop.id)
    (item,) = make_items(people.shop.id, [item_input(external_id="edited", text="Fine.")], source=source)
    bob = client_of(people.bob)
    bob.post(url(people, "approve", item), {"version": 1})
    receipt = bob.post(url(people, "take_down", item), {"reason": "spam"}, headers=HTMX).content.decode()
    assert re.findall(r'name="version" value="(\d+)"', receipt) == ["1"]
    words = item_input(external_id="edited", text="Not fine at all.", raw={"edited": True})
    receive_items(shop_id=people.shop.id, actor_id=None, source=source, items=[words])
    assert bob.post(url(people, "restore", item), {"version": 1}, headers=HTMX).status_code == 409
    assert state_of(people, item) == "taken_down"
    assert bob.post(url(people, "restore", item), {"version": 2}, headers=HTMX).status_code == 200
    assert state_of(people, item) == "approved"


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_a_bulk_decision_can_be_undone_on_the_page_that_follows_and_only_there(
    decision: str, people: Personas, client_of: ClientOf
) -> None:
    items = make_items(people.shop.id, [item_input() for _ in range(3)])
    bob, decide = client_of(people.bob), reverse("studio:decide_many", args=[people.shop.slug])
    client_of(people.alice).post(url(people, "reject", items[0]), {"version": 1, "reason": "fake"})
    bob.post(decide, {"item": ticks(items), "decision": decision, "reason": "spam"})
    page = bob.get(queue_of(people)).content.decode()
    undo = page[page.index('id="bulk-undo"') :].partition("</form>")[0]
    reached = re.findall(r'name="item" value="([^"]+)"', undo)
    assert reached == items[1:]
    bob.post(decide, {"item": reached, "decision": "reopen"})
    assert [state_of(people, item) for item in items] == ["rejected", "pending", "pending"]
    assert 'id="bulk-undo"' not in bob.get(queue_of(people)).content.decode()


def test_no_key_presses_a_button_of_the_bulk_form_by_accident(
    people: Personas, pending: str, client_of: ClientOf
) -> None:
    page = client_of(people.bob).get(queue_of(people)).content.decode()
    form = page[page.index('id="bulk"') :].partition("</form>")[0]
    first = re.findall(r"<button[^>]*>", form)[0]
    assert 'formmethod="dialog"' in first, "Enter on a tick or a reason presses the first button"


def test_when_a_page_was_decided_the_ones_before_it_are_shown(people: Personas, client_of: ClientOf) -> None:
    items = make_items(people.shop.id, [item_input() for _ in range(27)])
    bob = client_of(people.bob)
    cursor = bob.get(queue_of(people)).context["page"].next_cursor
    bob.post(reverse("studio:decide_many", args=[people.shop.slug]), {"item": ticks(items[25:]), "decision": "approve"})
    answer = bob.get(queue_of(people), {"cursor": cursor})
    assert [card.id for card in answer.context["cards"]] == items[:25]
    assert "All decided" not in answer.content.decode()


def test_bulk_rejection_without_a_reason_changes_nothing(people: Personas, client_of: ClientOf) -> None:
    items = make_items(people.shop.id, [item_input(), item_input()])
    decide = reverse("studio:decide_many", args=[people.shop.slug])
    bob = client_of(people.bob)
    assert bob.post(decide, {"item": ticks(items), "decision": "reject"}).status_code == 302
    assert bob.post(decide, {"decision": "approve"}).status_code == 302
    assert bob.post(decide, {"item": ticks(items), "decision": "praise"}).status_code == 400
    assert {state_of(people, item) for item in items} == {"pending"}


def test_the_queue_is_in_order_of_arrival_whatever_the_stars(people: Personas, client_of: ClientOf) -> None:
    items = make_items(people.shop.id, [item_input(rating=stars) for stars in (1, 5, 3, 2, 4)])
    page = client_of(people.bob).get(reverse("studio:queue", args=[people.shop.slug])).content.decode()
    assert sorted(items, key=lambda item: page.index(f'id="case-{item}"')) == items


def test_no_filter_of_the_queue_or_the_list_knows_a_rating(people: Personas, client_of: ClientOf) -> None:
    make_items(people.shop.id, [item_input(rating=1, title="One"), item_input(rating=5, title="Five")])
    bob = client_of(people.bob)
    for name in ("queue", "content_list"):
        address = reverse(f"studio:{name}", args=[people.shop.slug])
        page = bob.get(address).content.decode()
        assert 'name="rating"' not in page
        assert 'name="stars"' not in page
        narrowed = bob.get(
            address, {"rating": "5", "stars": "5", "rating__gte": "4", "sort": "-rating"}
        ).content.decode()
        assert "One" in narrowed
        assert "Five" in narrowed


def test_the_reasons_on_offer_are_those_of_the_law_and_the_same_for_every_item(
    people: Personas, client_of: ClientOf
) -> None:
    make_items(people.shop.id, [item_input(rating=1), item_input(rating=5)])
    page = client_of(people.bob).get(reverse("studio:queue", args=[people.shop.slug])).content.decode()
    for reason in Reason:
        expected = 0 if reason is Reason.AUTHOR_WITHDREW else 3  # two cards and the bulk bar
        assert page.count(f'name="reason" value="{reason}"') == expected


def test_pages_of_the_queue_neither_repeat_nor_skip(people: Personas, client_of: ClientOf) -> None:
    items = make_items(people.shop.id, [item_input() for _ in range(30)])
    bob = client_of(people.bob)
    address = reverse("studio:queue", args=[people.shop.slug])
    first = bob.get(address)
    page = first.context["page"]
    second = bob.get(address, {"cursor": page.next_cursor})
    seen = [card.id for card in first.context["cards"]] + [card.id for card in second.context["cards"]]
    assert seen == items
    assert bob.get(address, {"cursor": "nonsense"}).status_code == 200


def test_hostile_words_are_shown_as_words(people: Personas, client_of: ClientOf) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    (item,) = make_items(people.shop.id, [item_input(title=evil, text=evil, credit_kind="name", credit_name=evil)])
    bob = client_of(people.bob)
    for address in (
        reverse("studio:queue", args=[people.shop.slug]),
        reverse("studio:content_list", args=[people.shop.slug]) + "?q=%3Cscript%3Ealert",
        url(people, "content", item),
    ):
        page = bob.get(address).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_what_came_in_approved_says_so_in_its_history(people: Personas, pending: str, client_of: ClientOf) -> None:
    (item,) = receive_items(
        shop_id=people.shop.id,
        actor_id=None,
        source=make_source(people.shop.id),
        items=[item_input()],
        state=State.APPROVED,
    )
    bob = client_of(people.bob)

    def history(of: str) -> list[tuple[str, str]]:
        return [(str(entry.what), entry.detail) for entry in bob.get(url(people, "content", of)).context["history"]]

    assert ("Approved", "as it came in") in history(item.public_id)
    assert ("Approved", "as it came in") not in history(pending)
    bob.post(url(people, "take_down", item.public_id), {"reason": "spam"})
    assert ("Approved", "as it came in") in history(item.public_id)
    bob.post(url(people, "approve", pending), {"version": 1})
    assert [what for what, _detail in history(pending)].count("Approved") == 1


def test_a_review_without_words_says_so_in_the_queue(people: Personas, client_of: ClientOf) -> None:
    make_items(people.shop.id, [item_input(text="", rating=2)])
    assert "Only stars, no words." in client_of(people.bob).get(queue_of(people)).content.decode()


def test_every_reason_has_a_key_beside_it_that_is_no_command(people: Personas, client_of: ClientOf) -> None:
    keys = [reason["key"] for reason in reject_reasons()]
    assert len(set(keys)) == len(keys) == len(STAFF_REASONS)
    assert not set(keys) & set("jkarxoug?/")


def test_the_history_names_who_decided_what_and_why(people: Personas, client_of: ClientOf) -> None:
    (item,) = make_published(people.shop.id)
    take_down_items(
        shop_id=people.shop.id,
        actor_id=people.bob.pk,
        item_ids=[item],
        reason="personal_data",
        note="Names the courier",
    )
    page = client_of(people.victor).get(url(people, "content", item)).content.decode()
    assert "Somebody else’s personal data or likeness" in page
    assert "Names the courier" in page
    assert "Bob" in page
    assert "item.take_down" in page


def test_staff_vouch_for_a_purchase_on_the_items_page(people: Personas, client_of: ClientOf) -> None:
    (item,) = make_published(people.shop.id, [item_input()])
    bob, address = client_of(people.bob), url(people, "content", item)
    assert "Vouch for the purchase…" in bob.get(address).content.decode()
    assert "Vouch for the purchase…" not in client_of(people.victor).get(address).content.decode()
    page = bob.post(url(people, "vouch", item), {"evidence": "1042"}, follow=True).content.decode()
    assert "The shop vouches for it; shoppers read so." in page
    assert "<code>1042</code>" in page
    assert "The shop vouches for the purchase" in page, "in its history"
    nothing = bob.post(url(people, "vouch", item), {"evidence": " "}, follow=True).content.decode()
    assert "Name what you saw" in nothing
    back = bob.post(url(people, "vouch", item), {"back": "1"}, follow=True).content.decode()
    assert "Nobody vouches for it any more." in back
    assert "Vouch for the purchase…" in back
