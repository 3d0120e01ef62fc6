"""``/api/v1/rights-requests/`` and ``/api/v1/licences/``."""

from typing import Any

import pytest

from project.content import selectors as content
from project.content.contracts import AuthorInput
from project.content.services import approve_items
from project.core.scope import shop_scope
from project.rights.contracts import AuthorChoice, Channel
from project.rights.models import RequestLink
from project.rights.services import ask_permission, grant_request, withdraw_by_link
from project.shops.models import Mail
from tests.api.asking import Asking, code_of, walk
from tests.factories import Personas, item_input, later, license_items, make_items, make_published


@pytest.fixture
def item(people: Personas) -> str:
    (made,) = make_items(people.shop.id, [item_input()])
    approve_items(shop_id=people.shop.id, actor_id=None, item_ids=[made])
    return made


def asked(server: Asking, item: str, **values: Any) -> Any:
    return server.post("/rights-requests/", {"item_id": item, "channels": ["site", "email"], **values})


def test_the_whole_road_from_asking_to_withdrawing(server: Asking, item: str) -> None:
    made = asked(server, item, days=30)
    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    body = made.json()
    token = body["author_link"].rpartition("/c/")[2]
    assert (body["state"], body["item_id"], body["markets"], body["days"]) == ("sent", item, ["DK"], 30)
    choice = AuthorChoice((Channel.SITE,), "name", "Ana")
    grant_request(token=token, choice=choice)
    request = server.get(f"/rights-requests/{body['id']}/").json()
    assert (request["state"], "author_link" in request) == ("granted", False)
    licence = server.get(f"/licences/{request['licence_id']}/").json()
    assert (licence["state"], licence["channels"], licence["basis"], licence["item_count"]) == (
        "active",
        ["site"],
        "request",
        1,
    )
    assert (request["way"], request["language"], request["modifications"]) == ("private_link", "en", [])
    assert (licence["exclusive"], licence["sublicensable"], licence["revocable"]) == (False, False, True)
    assert (licence["people_depicted"], licence["third_party_works"], licence["minor_depicted"]) == (
        "none",
        "none",
        False,
    )
    assert (len(licence["terms_sha256"]), licence["terms_locale"], licence["renews"]) == (64, "en", None)
    assert [entry["id"] for entry in server.get("/published/").json()["items"]] == [item]
    ended = server.post(f"/licences/{licence['id']}/withdraw/")
    assert ended.json()["item_ids"] == [item]
    assert (ended.json()["licence"]["state"], ended.json()["licence"]["item_count"]) == ("withdrawn", 0)
    assert ended.json()["licence"]["ended_through"] == "api"
    assert server.get("/published/").json()["items"] == []
    again = server.post(f"/licences/{licence['id']}/withdraw/")
    assert (again.status_code, code_of(again)) == (409, "licence_ended")


def test_the_private_link_is_told_once_and_its_hash_never(server: Asking, people: Personas, item: str) -> None:
    body = asked(server, item).json()
    token = body["author_link"].rpartition("/")[2]
    with shop_scope(people.shop.id):
        digest = RequestLink.objects.get().token_hash
    shown = server.get("/rights-requests/").content + server.get(f"/rights-requests/{body['id']}/").content
    assert token.encode() not in shown
    assert digest.encode() not in shown
    further = server.post(f"/rights-requests/{body['id']}/link/")
    assert further.status_code == 201
    assert further.json()["author_link"] != body["author_link"]


def test_an_author_is_asked_once_at_a_time(server: Asking, item: str) -> None:
    first = asked(server, item).json()
    twice = asked(server, item)
    assert (twice.status_code, code_of(twice)) == (409, "conflict")
    cancelled = server.post(f"/rights-requests/{first['id']}/cancel/")
    assert cancelled.json()["state"] == "cancelled"
    closed = server.post(f"/rights-requests/{first['id']}/cancel/")
    assert (closed.status_code, code_of(closed)) == (410, "request_closed")
    assert asked(server, item).status_code == 201


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"channels": []}, "channels"),
        ({"channels": ["everywhere"]}, "channels.0"),
        ({"markets": ["Denmark"]}, "markets.0"),
        ({"markets": []}, "markets"),
        ({"days": 0}, "days"),
        ({"days": 10**9}, "days"),
        ({"item_id": "lic_" + "a" * 22}, "item_id"),
        ({"state": "granted"}, "state"),
        ({"licence_id": "lic_" + "a" * 22}, "licence_id"),
    ],
)
def test_a_request_that_cannot_be_granted_is_not_made(
    server: Asking, item: str, values: dict[str, Any], field: str
) -> None:
    answer = asked(server, item, **values)
    assert (answer.status_code, code_of(answer)) == (400, "invalid_input")
    assert field in answer.json()["error"]["fields"]
    assert walk(server, "/rights-requests/") == []


def test_requests_are_found_by_state_and_item(server: Asking, people: Personas, item: str) -> None:
    (other,) = make_items(people.shop.id, [item_input()])
    first, second = asked(server, item).json()["id"], asked(server, other).json()["id"]
    server.post(f"/rights-requests/{second}/cancel/")
    assert [entry["id"] for entry in walk(server, "/rights-requests/", state="sent")] == [first]
    assert [entry["id"] for entry in walk(server, "/rights-requests/", item=other)] == [second]


def test_licences_are_found_by_what_they_grant(server: Asking, people: Personas) -> None:
    one, two = make_items(people.shop.id, [item_input(), item_input()])
    soon = license_items(people.shop.id, [one, two], channels=(Channel.EMAIL,), ends_at=later(days=5)).public_id
    open_end = license_items(people.shop.id, [two]).public_id
    server.post(f"/licences/{open_end}/withdraw/")

    def found(**query: Any) -> list[str]:
        return [entry["id"] for entry in walk(server, "/licences/", **query)]

    assert found() == [open_end, soon]
    assert found(state="active") == [soon]
    assert found(channel="email") == [soon]
    assert found(item=two) == [open_end, soon]
    assert found(item=one) == [soon]
    assert found(basis="owned") == []
    assert found(ends_before=later(days=6).isoformat()) == [soon]
    assert found(ends_before=later(days=4).isoformat()) == []
    assert server.get(f"/licences/{soon}/").json()["item_count"] == 2


def test_one_items_withdrawal_leaves_the_others(server: Asking, people: Personas) -> None:
    ids = make_published(people.shop.id, 2)
    (licence,) = walk(server, "/licences/")
    answer = server.post(f"/licences/{licence['id']}/withdraw/", {"item_ids": [ids[0]]}).json()
    assert (answer["item_ids"], answer["licence"]["state"]) == ([ids[0]], "active")
    assert [entry["id"] for entry in server.get("/published/").json()["items"]] == [ids[1]]


def test_an_author_is_mailed_in_their_language_and_the_caller_gets_no_link(
    server: Asking, people: Personas, item: str
) -> None:
    answer = asked(server, item, way="email", language="da", recipient="ana@example.org")
    body = answer.json()
    assert answer.status_code == 201
    assert (body["way"], body["language"], body["state"]) == ("email", "da", "sent")
    assert (body["author_link"], body["message"]) == (None, "")
    with shop_scope(people.shop.id):
        mail = Mail.objects.get()
    assert (mail.to, mail.about) == ("ana@example.org", body["id"])


def test_a_message_of_ones_own_is_sent_as_it_is_or_refused_with_what_to_change(server: Asking, item: str) -> None:
    refused = asked(server, item, message="You must say yes to {brand}: {link}")
    assert (refused.status_code, code_of(refused)) == (400, "invalid_input")
    assert len(refused.json()["error"]["fields"]["message"]) >= 3
    text = "{brand} asks: {link} You can withdraw. {terms_url} {privacy_url}"
    body = asked(server, item, message=text).json()
    assert body["message"].startswith(f"Linden asks: {body['author_link']} You can withdraw.")


def test_a_way_that_the_source_does_not_allow_is_refused(server: Asking, item: str) -> None:
    refused = asked(server, item, way="public_reply")
    assert (refused.status_code, code_of(refused)) == (400, "source_forbids")
    assert code_of(asked(server, item, way="pigeon")) == "invalid_input"
    assert asked(server, item).json()["way"] == "private_link"


def test_a_licence_is_renewed_by_asking_again(server: Asking, people: Personas, item: str) -> None:
    old = license_items(people.shop.id, [item], ends_at=later(days=5)).public_id
    assert asked(server, item, renews="lic_" + "0" * 22).status_code == 404
    assert asked(server, item, renews=old).status_code == 201


# --- recording ----------------------------------------------------------------------------------------------


def recorded(server: Asking, *items: str, **values: Any) -> Any:
    return server.post("/licences/", {"basis": "owned", "item_ids": list(items), "channels": ["site"], **values})


def test_a_right_that_the_shop_holds_is_recorded_and_shows(server: Asking, item: str) -> None:
    answer = recorded(server, item, terms_url="https://linden.example/terms", ends_at="2090-01-01T00:00:00Z")
    assert answer.status_code == 201
    licence = answer.json()
    assert (licence["basis"], licence["state"], licence["channels"], licence["markets"], licence["item_count"]) == (
        "owned",
        "active",
        ["site"],
        ["DK"],
        1,
    )
    assert (licence["ends_at"], licence["people_depicted"]) == ("2090-01-01T00:00:00Z", "none")
    assert server.get(f"/licences/{licence['id']}/").json() == licence
    (shown,) = server.get("/published/").json()["items"]
    assert (shown["id"], shown["shown_until"]) == (item, "2090-01-01T00:00:00Z")


def test_a_licence_names_who_granted_it_and_to_whom(server: Asking, people: Personas, item: str) -> None:
    (post,) = make_items(people.shop.id, [item_input(author=AuthorInput(external_id="ana", display_name="Ana Holm"))])
    made = ask_permission(shop_id=people.shop.id, actor_id=None, item_id=post, channels=(Channel.SITE,), markets=("*",))
    granted = grant_request(token=made.token, choice=AuthorChoice((Channel.SITE,), "customer"))
    with shop_scope(people.shop.id):
        author = content.staff_items().get(public_id=post).author
    assert author is not None
    told = server.get(f"/licences/{granted}/").json()
    assert told["licensor"] == {"id": author.public_id, "name": "Ana Holm"}
    assert told["licensee"] == {"id": people.shop.public_id, "name": people.shop.name}
    own = recorded(server, item).json()
    assert (own["licensor"], own["licensee"]) == (None, told["licensee"])
    assert [row["licensor"] for row in server.get("/licences/").json()["items"]] == [None, told["licensor"]]


def test_every_field_of_the_record_can_be_stated(server: Asking, item: str) -> None:
    plain = recorded(server, item).json()
    unstated: dict[str, Any] = {"exclusive": False, "sublicensable": False}
    unstated |= {"consideration": "", "attribution_text": "", "moral_rights_note": ""}
    assert {name: plain[name] for name in unstated} == unstated
    stated = {
        "exclusive": True,
        "sublicensable": True,
        "consideration": "A year of coffee",
        "attribution_text": "Photo: Ana Holm, CC BY 4.0",
        "moral_rights_note": "May be shown without a name",
    }
    answer = recorded(server, item, **stated)
    assert answer.status_code == 201
    assert {name: answer.json()[name] for name in stated} == stated


def test_a_right_that_begins_later_shows_later(server: Asking, item: str) -> None:
    assert recorded(server, item, starts_at="2090-01-01T00:00:00Z").status_code == 201
    assert server.get("/published/").json()["items"] == []


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"basis": "request"}, "invalid_input", "basis"),
        ({"basis": "open_licence"}, "basis_required", "terms_url"),
        ({"item_ids": []}, "invalid_input", "item_ids"),
        ({"channels": []}, "invalid_input", "channels"),
        ({"markets": ["Denmark"]}, "invalid_input", "markets.0"),
        ({"ends_at": "2019-01-01T00:00:00Z"}, "invalid_input", "ends_at"),
        ({"terms_url": "ftp:/x"}, "invalid_input", "terms_url"),
        ({"channels": ["paid_ads"], "people_depicted": "unknown"}, "invalid_input", "channels"),
        ({"channels": ["site", "product_page"], "minor_depicted": True}, "invalid_input", "channels"),
        ({"state": "active"}, "invalid_input", "state"),
        ({"consideration": "x" * 201}, "invalid_input", "consideration"),
    ],
)
def test_a_right_that_cannot_stand_is_not_recorded(
    server: Asking, item: str, values: dict[str, Any], code: str, field: str
) -> None:
    answer = recorded(server, item, **values)
    assert (answer.status_code, code_of(answer)) == (400, code)
    assert field in answer.json()["error"]["fields"]
    assert walk(server, "/licences/") == []


def test_what_is_known_of_people_and_works_clears_the_channels_that_need_it(server: Asking, item: str) -> None:
    known = {"people_depicted": "others_consented", "third_party_works": "cleared"}
    child = {"minor_depicted": True, "guardian_consented": True}
    answer = recorded(server, item, channels=["paid_ads"], **known, **child)
    assert answer.status_code == 201
    assert {name: answer.json()[name] for name in (*known, *child)} == {**known, **child}


def test_no_record_brings_back_what_an_author_took_back(server: Asking, people: Personas, item: str) -> None:
    (other,) = make_items(people.shop.id, [item_input()])
    token = asked(server, item).json()["author_link"].rpartition("/c/")[2]
    grant_request(token=token, choice=AuthorChoice((Channel.SITE,), "name", "Ana"))
    withdraw_by_link(token=token)
    answer = recorded(server, other, item)
    assert (answer.status_code, code_of(answer)) == (409, "author_withdrew")
    assert list(answer.json()["error"]["fields"]) == ["item_ids.1"]
    assert walk(server, "/licences/", item=other) == []
    assert recorded(server, other).status_code == 201


def test_another_shops_items_are_not_recorded_about(other_server: Asking, item: str) -> None:
    assert recorded(other_server, item).status_code == 404
    assert walk(other_server, "/licences/") == []


# --- holds --------------------------------------------------------------------------------------------------


def test_a_hold_hides_at_once_and_lifting_it_shows_again(server: Asking, people: Personas) -> None:
    (item,) = make_published(people.shop.id)
    made = server.post("/holds/", {"item_id": item, "reason": "dispute"})
    assert made.status_code == 201
    hold = made.json()
    assert (hold["item_id"], hold["reason"], hold["closed_at"]) == (item, "dispute", None)
    assert server.get("/published/").json()["items"] == []
    twice = server.post("/holds/", {"item_id": item, "reason": "dispute"})
    assert (twice.status_code, code_of(twice)) == (409, "conflict")
    lifted = server.post(f"/holds/{hold['id']}/lift/")
    assert lifted.json()["closed_at"] is not None
    assert [entry["id"] for entry in server.get("/published/").json()["items"]] == [item]
    again = server.post(f"/holds/{hold['id']}/lift/")
    assert (again.status_code, code_of(again)) == (409, "conflict")
    assert server.get(f"/holds/{hold['id']}/").json() == lifted.json()


def test_holds_are_found_by_state_reason_and_item(server: Asking, people: Personas) -> None:
    one, two = make_published(people.shop.id, 2)

    def opened(item: str, reason: str) -> str:
        return str(server.post("/holds/", {"item_id": item, "reason": reason}).json()["id"])

    first, second, third = opened(one, "dispute"), opened(one, "legal"), opened(two, "legal")
    server.post(f"/holds/{second}/lift/")

    def found(**query: Any) -> list[str]:
        return [entry["id"] for entry in walk(server, "/holds/", **query)]

    assert found() == [third, second, first]
    assert found(open=True) == [third, first]
    assert found(open=False) == [second]
    assert found(reason="legal") == [third, second]
    assert found(item=one, open=True) == [first]


@pytest.mark.parametrize("values", [{"reason": "source_setting"}, {"reason": "bad_review"}, {"reason": ""}])
def test_a_hold_needs_one_of_the_reasons_that_people_may_give(
    server: Asking, people: Personas, values: dict[str, Any]
) -> None:
    (item,) = make_published(people.shop.id)
    answer = server.post("/holds/", {"item_id": item, **values})
    assert (answer.status_code, code_of(answer)) == (400, "invalid_input")
    assert len(server.get("/published/").json()["items"]) == 1
