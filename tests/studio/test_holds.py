"""Holds and records in the studio: who may, what the pages say, and why something does not show."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from project.content.contracts import MediaInput
from project.content.models import ContentItem
from project.content.rules import CreditKind
from project.content.services import approve_items, take_down_items
from project.core.scope import shop_scope
from project.rights import gate
from project.rights import selectors as rights
from project.rights.contracts import Audience, Channel, EndReason, HoldReason
from project.rights.models import Hold, Licence
from project.rights.rules import Refusal
from project.rights.services import open_hold, withdraw_item
from project.shops.models import Shop, User
from project.studio import rights_labels
from tests.factories import Personas, item_input, later, make_items, make_published
from tests.studio.conftest import last_said

ClientOf = Callable[[User | None], Client]


def page_of(people: Personas, name: str, *args: object) -> str:
    return reverse(f"studio:{name}", args=[people.shop.slug, *args])


def showing(client: Client, people: Personas, item: str) -> dict[str, tuple[bool, str]]:
    response = client.get(page_of(people, "content", item))
    return {str(place["where"]): (place["shown"], str(place["why_not"])) for place in response.context["showing"]}


def open_holds(people: Personas) -> list[Hold]:
    with shop_scope(people.shop.id):
        return list(rights.holds().filter(closed_at=None))


# --- holds --------------------------------------------------------------------------------------------------


def test_a_moderator_holds_and_a_rights_manager_lifts(people: Personas, client_of: ClientOf) -> None:
    (item,) = make_published(people.shop.id)
    bob, rita = client_of(people.bob), client_of(people.rita)
    assert showing(bob, people, item)["Website"] == (True, "")
    assert bob.post(page_of(people, "open_hold", item), {"reason": "dispute"}).status_code == 302
    (hold,) = open_holds(people)
    assert (hold.reason, hold.opened_by_id) == (HoldReason.DISPUTE, people.bob.pk)
    assert showing(bob, people, item)["Website"] == (False, "It is on hold until somebody lifts that.")
    page = bob.get(page_of(people, "content", item)).content.decode()
    lift = page_of(people, "lift_hold", hold.public_id)
    assert "Disputed" in page
    assert lift not in page
    assert bob.post(lift).status_code == 403
    assert lift in rita.get(page_of(people, "content", item)).content.decode()
    assert rita.post(lift).status_code == 302
    assert open_holds(people) == []
    assert showing(rita, people, item)["Website"] == (True, "")
    rita.post(lift)
    again = rita.post(lift)
    assert "lifted before" in last_said(again)
    history = rita.get(page_of(people, "content", item)).context["history"]
    told = [(str(entry.what), entry.detail, entry.who) for entry in history if "old" in str(entry.what)]
    assert told == [("Hold ended", "Disputed", "Rita"), ("Put on hold", "Disputed", "Bob")]


def test_a_hold_needs_a_reason_and_the_same_one_is_opened_once(people: Personas, client_of: ClientOf) -> None:
    (item,) = make_published(people.shop.id)
    rita = client_of(people.rita)
    address = page_of(people, "open_hold", item)
    for reason in ("", "source_setting", "bad review"):
        assert rita.post(address, {"reason": reason}).status_code == 400
    rita.post(address, {"reason": "legal"})
    page = rita.get(page_of(people, "content", item))
    assert [reason["code"] for reason in page.context["hold_reasons"]] == ["dispute", "source_gone"]
    assert "already" in last_said(rita.post(address, {"reason": "legal"}))
    assert len(open_holds(people)) == 1


def test_what_is_held_is_listed_counted_and_told_where_it_is_asked_about(people: Personas, client_of: ClientOf) -> None:
    item, other = make_published(people.shop.id, [item_input(title="Held one"), item_input(title="Free one")])
    rita = client_of(people.rita)
    assert "Nothing is on hold" in rita.get(page_of(people, "today")).content.decode()
    assert "Nothing is on hold" in rita.get(page_of(people, "holds")).content.decode()
    where = {"shop_id": people.shop.id, "actor_id": None, "item_id": item}
    open_hold(**where, reason=HoldReason.SOURCE_GONE)
    open_hold(**where, reason=HoldReason.LEGAL)
    today = rita.get(page_of(people, "today"))
    (need,) = [need for need in today.context["today"]["needs"] if need.url == page_of(people, "holds")]
    assert (need.count, str(need.what)) == (1, "item on hold")
    listed = rita.get(page_of(people, "holds")).content.decode()
    assert "Held one" in listed
    assert "Gone at its source" in listed
    assert "Free one" not in listed
    asking = rita.get(page_of(people, "ask", item)).content.decode()
    assert "Gone at its source, Legal hold" in asking
    assert "on hold" not in rita.get(page_of(people, "ask", other)).content.decode().partition("<main")[2]


# --- shown now? ---------------------------------------------------------------------------------------------


def lacking(**values: Any) -> Callable[[Personas, str], None]:
    def change(people: Personas, item: str) -> None:
        with shop_scope(people.shop.id):
            ContentItem.objects.filter(public_id=item).update(**values)

    return change


def on_hold(people: Personas, item: str) -> None:
    open_hold(shop_id=people.shop.id, actor_id=None, item_id=item, reason=HoldReason.LEGAL)


def source_forbids(people: Personas, item: str) -> None:
    with shop_scope(people.shop.id):
        source = ContentItem.objects.select_related("source").get(public_id=item).source
        source.may_republish = source.in_assistant = False
        source.save()


def unlicensed(people: Personas, item: str) -> None:
    withdraw_item(shop_id=people.shop.id, actor_id=None, item_id=item, reason=EndReason.AUTHOR)


def taken_down(people: Personas, item: str) -> None:
    take_down_items(shop_id=people.shop.id, actor_id=None, item_ids=[item], reason="spam")


REASONS: dict[Refusal, Callable[[Personas, str], None]] = {
    Refusal.NOT_APPROVED: taken_down,
    Refusal.ON_HOLD: on_hold,
    Refusal.NOT_CREDITED: lacking(credit_kind=CreditKind.MISSING),
    Refusal.NO_LONGER_VALID: lacking(valid_until=later(hours=-1)),
    Refusal.SOURCE_FORBIDS: source_forbids,
    Refusal.EDITED: lacking(version=2),
    Refusal.NOT_LICENSED: unlicensed,
}


@pytest.mark.parametrize("refusal", list(Refusal))
def test_an_item_that_does_not_show_says_why(refusal: Refusal, people: Personas, client_of: ClientOf) -> None:
    (item,) = make_published(people.shop.id)
    victor = client_of(people.victor)
    assert showing(victor, people, item)["Website"] == (True, "")
    REASONS[refusal](people, item)
    sentence = str(rights_labels.REFUSALS[refusal])
    assert set(showing(victor, people, item).values()) == {(False, sentence)}
    assert sentence in victor.get(page_of(people, "content", item)).content.decode()


def test_every_refusal_has_a_sentence_of_its_own() -> None:
    assert set(rights_labels.REFUSALS) == set(Refusal)
    assert len({str(sentence) for sentence in rights_labels.REFUSALS.values()}) == len(Refusal)


# --- recording ----------------------------------------------------------------------------------------------

RECORD = {"basis": "owned", "channels": ["site"], "markets": "DK, SE"}


def test_a_rights_manager_records_a_permission(people: Personas, client_of: ClientOf) -> None:
    (item,) = make_items(people.shop.id, [item_input()])
    rita = client_of(people.rita)
    address = page_of(people, "record_licence", item)
    assert address in rita.get(page_of(people, "content", item)).content.decode()
    assert address not in client_of(people.bob).get(page_of(people, "content", item)).content.decode()
    answer = rita.post(address, {**RECORD, "starts_at": "2026-01-05", "ends_at": "2090-12-31"})
    with shop_scope(people.shop.id):
        licence = Licence.objects.get()
    assert answer.headers["Location"] == page_of(people, "licence", licence.public_id)
    assert (licence.basis, licence.channels, licence.markets) == ("owned", ["site"], ["DK", "SE"])
    assert licence.ends_at is not None
    assert (licence.starts_at.isoformat(), licence.ends_at.isoformat()) == (
        "2026-01-05T00:00:00+00:00",
        "2091-01-01T00:00:00+00:00",
    )
    assert licence.created_by_id == people.rita.pk
    assert (licence.exclusive, licence.sublicensable, licence.consideration) == (False, False, "")
    assert rita.get(answer.headers["Location"]).status_code == 200


def test_every_field_of_the_record_can_be_stated(people: Personas, client_of: ClientOf) -> None:
    (item,) = make_items(people.shop.id, [item_input()])
    rita = client_of(people.rita)
    stated = {
        "consideration": "A year of coffee",
        "attribution_text": "Photo: Ana Holm, CC BY 4.0",
        "moral_rights_note": "May be shown without a name",
    }
    sent = {**RECORD, **stated, "exclusive": "on", "sublicensable": "on"}
    answer = rita.post(page_of(people, "record_licence", item), sent)
    with shop_scope(people.shop.id):
        licence = Licence.objects.get()
    assert (licence.exclusive, licence.sublicensable) == (True, True)
    assert {name: getattr(licence, name) for name in stated} == stated
    page = rita.get(answer.headers["Location"]).content.decode()
    assert all(words in page for words in stated.values())


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"consideration": "x" * 201}, "consideration"),
        ({"basis": "request"}, "basis"),
        ({"basis": ""}, "basis"),
        ({"basis": "open_licence"}, "terms_url"),
        ({"channels": []}, "channels"),
        ({"markets": "Denmark"}, "markets"),
        ({"ends_at": "2019-01-01"}, "ends_at"),
        ({"starts_at": "soon"}, "starts_at"),
    ],
)
def test_a_record_that_cannot_stand_is_refused_at_its_field(
    values: dict[str, Any], field: str, people: Personas, client_of: ClientOf
) -> None:
    (item,) = make_items(people.shop.id, [item_input()])
    answer = client_of(people.rita).post(page_of(people, "record_licence", item), {**RECORD, **values})
    assert answer.status_code == 400
    assert field in answer.context["form"].errors
    with shop_scope(people.shop.id):
        assert not Licence.objects.exists()


def test_the_form_tells_beforehand_and_afterwards_that_the_author_took_it_back(
    people: Personas, client_of: ClientOf
) -> None:
    (item,) = make_published(people.shop.id)
    withdraw_item(shop_id=people.shop.id, actor_id=None, item_id=item, reason=EndReason.AUTHOR)
    rita = client_of(people.rita)
    address = page_of(people, "record_licence", item)
    assert "took their permission back" in rita.get(address).content.decode()
    answer = rita.post(address, RECORD)
    assert answer.status_code == 400
    assert "took their permission back" in str(answer.context["form"].non_field_errors())
    assert showing(rita, people, item)["Website"][0] is False


def test_people_are_asked_about_where_there_are_pictures(people: Personas, client_of: ClientOf) -> None:
    picture = MediaInput(remote_url="https://m.example/1.jpg")
    words, pictured = make_items(people.shop.id, [item_input(), item_input(media=(picture,))])
    rita = client_of(people.rita)

    def asked(item: str) -> bool:
        return "people_depicted" in rita.get(page_of(people, "record_licence", item)).context["form"].fields

    assert (asked(words), asked(pictured)) == (False, True)
    address = page_of(people, "record_licence", pictured)
    known = {"people_depicted": "unknown", "third_party_works": "none"}
    refused = rita.post(address, {**RECORD, **known, "channels": ["product_page"]})
    assert "channels" in refused.context["form"].errors
    rita.post(address, {**RECORD, **known, "channels": ["product_page"], "people_depicted": "author_only"})
    with shop_scope(people.shop.id):
        assert Licence.objects.get().people_depicted == "author_only"


def test_r3_the_last_day_ends_in_the_shops_own_zone(people: Personas, client_of: ClientOf) -> None:
    """Alice's shop is in Copenhagen: through the 31st of December is until eleven in the evening of it in UTC."""
    (item,) = make_items(people.shop.id, [item_input()])
    approve_items(shop_id=people.shop.id, actor_id=None, item_ids=[item])
    Shop.objects.filter(id=people.shop.id).update(time_zone="Europe/Copenhagen")
    sent = {**RECORD, "starts_at": "2026-07-01", "ends_at": "2030-12-31"}
    assert client_of(people.rita).post(page_of(people, "record_licence", item), sent).status_code == 302
    with shop_scope(people.shop.id):
        licence = rights.licences().get()
    assert licence.starts_at == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert licence.ends_at == datetime(2030, 12, 31, 23, tzinfo=UTC)
    for second, shown in ((-1, [item]), (0, [])):
        at = licence.ends_at + timedelta(seconds=second)
        page = gate.published(Audience(people.shop.id, Channel.SITE, ("DK",), at))
        assert [found.id for found in page.items] == shown
