"""``/api/v1/content/``."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings

from project.content.models import ContentItem, RawRecord
from project.content.rules import State
from project.core.audit import recent
from project.core.scope import shop_scope
from project.shops.contracts import OrderInput
from project.shops.services import record_order
from tests.api.asking import Asking, code_of, walk
from tests.factories import Personas, item_input, license_items, make_items, make_product, make_published

ALICES_MAIL = "ana.private@example.org"


def sent(**values: Any) -> dict[str, Any]:
    return {
        "kind": "review",
        "external_id": "r-1",
        "text": "Warm, and true to size.",
        "credit": {"kind": "customer"},
        **values,
    }


def test_what_is_handed_in_waits_for_a_decision(server: Asking, people: Personas) -> None:
    answer = server.post("/content/", sent(rating=4, language="en", title="Good"))
    assert answer.status_code == 201
    body = answer.json()
    assert (body["state"], body["text"], body["rating"], body["verification"]) == (
        "pending",
        "Warm, and true to size.",
        4,
        "none",
    )
    assert body["source"]["kind"] == "api"
    assert server.get(f"/content/{body['id']}/").json() == body
    assert server.get("/published/").json()["items"] == []


def test_the_same_again_is_no_second_item_and_another_wording_is_an_edit(server: Asking) -> None:
    first = server.post("/content/", sent()).json()
    again = server.post("/content/", sent())
    assert (again.status_code, again.json()["id"], again.json()["version"]) == (200, first["id"], 1)
    edited = server.post("/content/", sent(text="Warm, but it runs small."))
    assert (edited.status_code, edited.json()["id"], edited.json()["version"]) == (200, first["id"], 2)
    assert len(walk(server, "/content/")) == 1


def test_a_correction_sent_again_is_applied_and_stays_approved(server: Asking, people: Personas) -> None:
    first = server.post("/content/", sent(product_external_id="knit", order_external_id="1001")).json()
    license_items(people.shop.id, [first["id"]])
    server.post(f"/content/{first['id']}/approve/")
    (before,) = server.get("/published/").json()["items"]
    assert (before["disclosure"], before["product"], before["verification"]) == ("none", None, "none")
    product = make_product(people.shop.id, "Knit", external_id="knit")
    record_order(
        shop_id=people.shop.id,
        actor_id=None,
        order=OrderInput("1001", datetime(2026, 1, 1, tzinfo=UTC), "", ("knit",)),
    )
    again = sent(
        product_external_id="knit",
        order_external_id="1001",
        disclosure="free_product",
        language="en",
        valid_until="2090-01-01T00:00:00Z",
        credit={"kind": "name", "name": "Ana"},
    )
    answer = server.post("/content/", again)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["state"], body["version"], body["valid_until"]) == ("approved", 1, "2090-01-01T00:00:00Z")
    (after,) = server.get("/published/").json()["items"]
    assert (after["disclosure"], after["product"]["id"], after["verification"], after["credit"]["name"]) == (
        "free_product",
        product,
        "order_number_checked",
        "Ana",
    )


def test_a_badge_ends_with_the_day_it_expires_on(server: Asking, people: Personas) -> None:
    def badge(external_id: str, expires_on: str) -> str:
        facts = {"issuer": "Oeko", "number": "12", "expires_on": expires_on}
        body = sent(kind="badge", text="", external_id=external_id, facts=facts)
        answer = server.post("/content/", body).json()
        license_items(people.shop.id, [answer["id"]])
        server.post(f"/content/{answer['id']}/approve/")
        return str(answer["id"])

    expired, good = badge("old", "2020-01-31"), badge("new", "2090-01-31")
    assert server.get(f"/content/{expired}/").json()["valid_until"] == "2020-02-01T00:00:00Z"
    (shown,) = server.get("/published/").json()["items"]
    assert (shown["id"], shown["shown_until"]) == (good, "2090-02-01T00:00:00Z")


def test_the_words_are_kept_letter_by_letter(server: Asking) -> None:
    text = "  Fits 1 < 2 & “cosy” 👍🏽\n\n<b>not markup</b>  "
    assert server.post("/content/", sent(text=text)).json()["text"] == text


def test_the_author_is_known_by_what_they_show_and_their_address_is_never_given_out(
    server: Asking, people: Personas
) -> None:
    author = {"external_id": "a-1", "display_name": "Ana", "handle": "@ana", "email": ALICES_MAIL}
    answer = server.post("/content/", sent(author=author, credit={"kind": "name", "name": "Ana"}))
    body = answer.json()
    assert (body["author"]["name"], body["author"]["handle"], body["credit"]["name"]) == ("Ana", "@ana", "Ana")
    shown = answer.content + server.get("/content/").content + server.get(f"/content/{body['id']}/").content
    with shop_scope(people.shop.id):
        row = ContentItem.objects.select_related("author", "raw").get()
        assert row.author is not None
        assert row.author.email == ALICES_MAIL
        raw = RawRecord.objects.get()
    for secret in (ALICES_MAIL, row.raw_hash, raw.payload_hash, row.author.salt.hex(), "payload", "raw", "signals"):
        assert secret.encode() not in shown
    assert ALICES_MAIL not in str(raw.payload)


@pytest.mark.parametrize(
    ("values", "verification"),
    [
        ({"order_external_id": "1001"}, "order_number_checked"),
        ({"order_external_id": "1001", "product_external_id": "knit"}, "order_number_checked"),
        ({"order_external_id": "1001", "author": {"email": "Ana@Example.org"}}, "order_number_checked"),
        ({"order_external_id": "1002"}, "none"),
        ({"order_external_id": "1001", "product_external_id": "scarf"}, "none"),
        ({"order_external_id": "1001", "author": {"email": "other@example.org"}}, "none"),
        ({}, "none"),
    ],
)
def test_verified_is_computed_from_the_order(
    server: Asking, people: Personas, values: dict[str, Any], verification: str
) -> None:
    make_product(people.shop.id, "Knit", external_id="knit")
    make_product(people.shop.id, "Scarf", external_id="scarf")
    order = OrderInput("1001", datetime(2026, 1, 1, tzinfo=UTC), "ana@example.org", ("knit",))
    record_order(shop_id=people.shop.id, actor_id=None, order=order)
    body = server.post("/content/", sent(**values)).json()
    assert body["verification"] == verification


def test_another_shops_order_verifies_nothing(server: Asking, people: Personas) -> None:
    order = OrderInput("1001", datetime(2026, 1, 1, tzinfo=UTC), "", ())
    record_order(shop_id=people.other_shop.id, actor_id=None, order=order)
    assert server.post("/content/", sent(order_external_id="1001")).json()["verification"] == "none"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"verification": "order_webhook"}, "verification"),
        ({"state": "approved"}, "state"),
        ({"id": "rev_" + "a" * 22}, "id"),
        ({"shop": 1}, "shop"),
        ({"helpful": 900}, "helpful"),
        ({"kind": "popularity"}, "kind"),
        ({"kind": "activity"}, "kind"),
        ({"credit": {"kind": "missing"}}, "credit.kind"),
        ({"credit": {"kind": "name"}}, "credit.name"),
        ({"credit": {"kind": "customer", "verified": True}}, "credit.verified"),
        ({"author": {"salt": "x"}}, "author.salt"),
        ({"rating": 6}, "rating"),
        ({"rating": 0}, "rating"),
        ({"text": "a\x00b"}, "text"),
        ({"text": "a\ud800b"}, "text"),
        ({"text": "x" * 20_001}, "text"),
        ({"origin_url": "javascript:alert(1)"}, "origin_url"),
        ({"media": [{"url": "file:///etc/passwd"}]}, "media.0.url"),
        ({"media": [{"url": "https://a.example/p.jpg"}] * 11}, "media"),
        ({"disclosure": "verified"}, "disclosure"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"facts": {"profession": ["a"]}}, "facts.profession"),
        ({"facts": {"profession": {"a": "b"}}}, "facts.profession"),
        ({"source_id": "src_" + "a" * 22}, "source_id"),
        ({"source_id": "rev_" + "a" * 22}, "source_id"),
    ],
)
def test_what_is_not_to_be_said_is_refused_at_its_field(server: Asking, values: dict[str, Any], field: str) -> None:
    answer = server.post("/content/", sent(**values))
    assert (answer.status_code, code_of(answer)) == (400, "invalid_input")
    assert field in answer.json()["error"]["fields"]
    assert walk(server, "/content/") == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"text": " "}, "text"),
        ({"kind": "badge", "facts": {"issuer": "TÜV", "number": "7"}}, "expires_on"),
        ({"kind": "badge", "facts": {"issuer": 5, "number": "7", "expires_on": "2027-01-01"}}, "issuer"),
        ({"kind": "badge", "rating": 5, "facts": {"issuer": "T", "number": "7", "expires_on": "2027-01-01"}}, "rating"),
        ({"facts": {"invented": "yes"}}, "invented"),
    ],
)
def test_each_kind_states_its_own_facts_and_no_others(server: Asking, values: dict[str, Any], field: str) -> None:
    answer = server.post("/content/", sent(**values))
    assert (answer.status_code, code_of(answer)) == (400, "facts_invalid")
    assert field in answer.json()["error"]["fields"]


def test_a_badge_is_content_too(server: Asking) -> None:
    facts = {"issuer": "TÜV", "number": "7", "expires_on": "2027-01-01"}
    answer = server.post("/content/", sent(kind="badge", text="", title="Tested", facts=facts))
    assert (answer.status_code, answer.json()["facts"]) == (201, facts)


def test_decisions_are_taken_once_and_can_be_read(server: Asking, people: Personas) -> None:
    (item,) = make_items(people.shop.id, [item_input()])
    approved = server.post(f"/content/{item}/approve/")
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    twice = server.post(f"/content/{item}/approve/")
    assert (twice.status_code, code_of(twice)) == (409, "already_decided")
    down = server.post(f"/content/{item}/take-down/", {"reason": "personal_data", "note": "a name in line 2"})
    assert down.json()["state"] == "taken_down"
    back = server.post(f"/content/{item}/restore/")
    assert back.json()["state"] == "approved"
    told = [(entry["decision"], entry["reason"]) for entry in back.json()["decisions"]]
    assert told == [("approve", ""), ("take_down", "personal_data"), ("restore", "")]
    assert b"a name in line 2" not in back.content


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "one_star"}, {"reason": "spam", "rating": 1}])
@pytest.mark.parametrize("decision", ["reject", "take-down"])
def test_a_refusal_needs_one_of_the_reasons(
    server: Asking, people: Personas, decision: str, body: dict[str, Any]
) -> None:
    (item,) = make_published(people.shop.id) if decision == "take-down" else make_items(people.shop.id, [item_input()])
    before = server.get(f"/content/{item}/").json()
    answer = server.post(f"/content/{item}/{decision}/", body)
    assert (answer.status_code, code_of(answer)) == (400, "invalid_input")
    assert server.get(f"/content/{item}/").json() == before
    assert server.post(f"/content/{item}/{decision}/", {"reason": "spam"}).status_code == 200


def test_a_decision_holds_for_what_was_read(server: Asking, people: Personas) -> None:
    (item,) = make_items(people.shop.id, [item_input(external_id="x", text="Good.")])
    etag = server.get(f"/content/{item}/")["ETag"]
    stale = server.ask("POST", f"/content/{item}/approve/", {}, If_Match='"something-else"')
    assert (stale.status_code, code_of(stale)) == (412, "precondition_failed")
    assert server.get(f"/content/{item}/").json()["state"] == "pending"
    assert server.ask("POST", f"/content/{item}/approve/", {}, If_Match=etag).status_code == 200


def test_the_audit_says_which_key_decided(server: Asking, people: Personas) -> None:
    (item,) = make_items(people.shop.id, [item_input()])
    server.post(f"/content/{item}/approve/")
    actions = {(entry.action, entry.object_type) for entry in recent(people.shop.id)}
    assert {("item.approve", "item"), ("api.content.approve", "api_key")} <= actions


def test_lists_are_filtered_by_what_is_named(server: Asking, people: Personas) -> None:
    product = make_product(people.shop.id, "Knit top", category="Knits")
    ids = make_items(
        people.shop.id,
        [
            item_input(text="Cosy wool", language="da", product_external_id="knit-top"),
            item_input(text="Thin cotton", language="en", external_id="x-2"),
        ],
    )
    server.post(f"/content/{ids[1]}/approve/")
    source = server.get(f"/content/{ids[0]}/").json()["source"]["id"]

    def found(**query: Any) -> list[str]:
        return sorted(entry["id"] for entry in walk(server, "/content/", **query))

    assert found() == sorted(ids)
    assert found(state=State.PENDING.value) == [ids[0]]
    assert found(language="da") == [ids[0]]
    assert found(product=product) == [ids[0]]
    assert found(external_id="x-2") == [ids[1]]
    assert found(q="cosy") == [ids[0]]
    assert found(kind="testimonial") == []
    assert found(source=source) == sorted(ids)
    assert found(received_before="2000-01-01T00:00:00Z") == []
    assert found(received_after="2000-01-01T00:00:00Z") == sorted(ids)


def test_pictures_are_our_own_copies(server: Asking, people: Personas) -> None:
    body = server.post("/content/", sent(media=[{"url": "https://a.example/p.jpg", "alt": "Ana in the snow"}])).json()
    assert body["media"] == [], "what was not fetched and checked is not shown"
    from project.content.models import Media
    from project.content.services import record_media_ready

    with shop_scope(people.shop.id):
        public_id = Media.objects.get().public_id
    record_media_ready(
        shop_id=people.shop.id, public_id=public_id, file="ab/cd.webp", width=8, height=6, sha256="0" * 64
    )
    (media,) = server.get(f"/content/{body['id']}/").json()["media"]
    assert media["url"].startswith(settings.PUBLIC_URL)
    assert (media["width"], media["alt"], media["approved"]) == (8, "Ana in the snow", False)
    assert "sha256" not in media


def test_pictures_that_came_in_after_the_approval_are_shown_or_left_out_as_they_were_read(
    server: Asking, people: Personas
) -> None:
    from project.content.models import Media
    from project.content.services import record_media_ready

    item = server.post("/content/", sent(media=[{"url": "https://a.example/p.jpg"}])).json()["id"]
    with shop_scope(people.shop.id):
        picture = Media.objects.get().public_id
    etag = server.get(f"/content/{item}/")["ETag"]
    record_media_ready(shop_id=people.shop.id, public_id=picture, file="ab/cd.webp", width=8, height=6, sha256="0")
    unseen = server.ask("POST", f"/content/{item}/approve/", {}, If_Match=etag)
    assert (unseen.status_code, code_of(unseen)) == (412, "precondition_failed")
    named = {"media_ids": [picture]}
    stale = server.ask("POST", f"/content/{item}/approve-pictures/", named, If_Match=etag)
    assert (stale.status_code, code_of(stale)) == (412, "precondition_failed")
    (media,) = server.post(f"/content/{item}/approve-pictures/", named).json()["media"]
    assert media["approved"]
    assert server.post(f"/content/{item}/refuse-pictures/", named).json()["media"] == []
    assert server.post(f"/content/{item}/refuse-pictures/", {"media_ids": []}).status_code == 400
    with shop_scope(people.shop.id):
        assert Media.objects.get().state == Media.REFUSED
