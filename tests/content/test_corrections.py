"""Sent again: what an item says is an edit, what is known about it is put right, and nothing is dropped in silence."""

from datetime import UTC, datetime
from typing import Any

import pytest

from project.content import selectors
from project.content.contracts import AuthorInput, MediaInput, Received
from project.content.kinds import Kind, valid_until
from project.content.models import Author, ContentItem, RawRecord
from project.content.rules import CreditKind, MaterialConnection, State, Verification
from project.content.services import credit_item, receive_items, take_down_items
from project.core.audit import history_of
from project.core.models import AuditEntry, OutboxRow
from project.core.scope import shop_scope
from project.rights import gate
from project.rights.contracts import Audience, Channel
from tests.factories import (
    Personas,
    item_input,
    later,
    make_items,
    make_personas,
    make_product,
    make_published,
    make_source,
)

pytestmark = pytest.mark.django_db

WORDS: dict[str, Any] = {"external_id": "1", "text": "Warm and soft.", "title": "Good", "raw": {"v": 1}}
BADGE: dict[str, Any] = {"issuer": "Oeko", "number": "12", "expires_on": "2027-01-31"}


@pytest.fixture
def people() -> Personas:
    return make_personas()


def publish(people: Personas, **values: Any) -> str:
    (item,) = make_published(people.shop.id, [item_input(**WORDS, **values)])
    return item


def send_again(people: Personas, **values: Any) -> Received:
    sent = item_input(**{**WORDS, "raw": {"v": 2}, **values})
    (received,) = receive_items(shop_id=people.shop.id, actor_id=None, source=make_source(people.shop.id), items=[sent])
    return received


def stored(people: Personas, item: str) -> ContentItem:
    with shop_scope(people.shop.id):
        return ContentItem.objects.select_related("author", "product").get(public_id=item)


def corrections(people: Personas, item: str) -> list[Any]:
    rows = history_of(people.shop.id, "item", item)
    return [row.data["fields"] for row in rows if row.action == "item.corrected"]


def news(people: Personas, event: str) -> list[Any]:
    rows = OutboxRow.objects.filter(shop_id=people.shop.id, event=event).order_by("number")
    return [row.data["item_ids"] for row in rows]


def shown(people: Personas) -> list[Any]:
    return list(gate.published(Audience(people.shop.id, Channel.SITE, ("DK",), datetime.now(UTC))).items)


# --- what is known about it ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("disclosure", MaterialConnection.FREE_PRODUCT),
        ("valid_until", datetime(2031, 1, 1, tzinfo=UTC)),
        ("verification", Verification.ORDER_NUMBER_CHECKED),
        ("evidence_ref", "ord_1"),
        ("language", "da"),
        ("helpful", 7),
        ("occurred_at", datetime(2025, 5, 1, tzinfo=UTC)),
        ("edited_at", datetime(2025, 5, 2, tzinfo=UTC)),
        ("origin_url", "https://social.example/1"),
        ("credit_detail", "39"),
    ],
)
def test_what_is_known_about_an_item_is_put_right_without_another_look(
    people: Personas, field: str, value: Any
) -> None:
    item = publish(people)
    assert send_again(people, **{field: value}) == Received("1", item, "corrected")
    row = stored(people, item)
    assert (getattr(row, field), row.version, row.state) == (value, 1, State.APPROVED)
    assert corrections(people, item) == [[field]]
    assert news(people, "ItemsCorrected") == [[item]]
    assert news(people, "ItemsEdited") == []
    with shop_scope(people.shop.id):
        assert selectors.versions_of(row) == []
        assert RawRecord.objects.get().payload == {"v": 2}
    assert send_again(people, **{field: value}).outcome == "unchanged"


def test_a_correction_shows_at_once(people: Personas) -> None:
    item = publish(people)
    send_again(people, disclosure=MaterialConnection.PAYMENT)
    assert [(one.id, one.disclosure, one.version) for one in shown(people)] == [(item, "payment", 1)]
    send_again(people, disclosure=MaterialConnection.PAYMENT, valid_until=later(hours=-1))
    assert shown(people) == []


def test_a_correction_changes_no_decision(people: Personas) -> None:
    item = publish(people)
    take_down_items(shop_id=people.shop.id, actor_id=None, item_ids=[item], reason="spam")
    send_again(people, language="da")
    assert (stored(people, item).language, stored(people, item).state) == ("da", State.TAKEN_DOWN)


def test_a_product_that_came_later_is_found_by_the_very_same_payload(people: Personas) -> None:
    item = publish(people, product_external_id="knit-top")
    assert stored(people, item).product is None
    make_product(people.shop.id, "Knit top")
    assert send_again(people, product_external_id="knit-top", raw={"v": 1}).outcome == "corrected"
    product = stored(people, item).product
    assert product is not None
    assert product.name == "Knit top"
    assert corrections(people, item) == [["product"]]


def test_a_credit_line_is_corrected_unless_the_author_chose_it(people: Personas) -> None:
    item = publish(people)
    send_again(people, credit_kind=CreditKind.NAME, credit_name="Ana")
    assert (stored(people, item).credit_kind, stored(people, item).credit_name) == ("name", "Ana")
    with shop_scope(people.shop.id):
        credit_item(item=stored(people, item), kind=CreditKind.HANDLE, name="@ana")
    assert send_again(people, credit_kind=CreditKind.NAME, credit_name="Ana B").outcome == "unchanged"
    assert stored(people, item).credit_name == "@ana"


def test_an_author_is_corrected_and_stays_one_person(people: Personas) -> None:
    item = publish(people, author=AuthorInput(display_name="Ana", email="ana@example.org"))
    fixed = AuthorInput(display_name="Ana", profile_url="https://social.example/@ana")
    assert send_again(people, author=fixed).outcome == "corrected"
    with shop_scope(people.shop.id):
        author = Author.objects.get()
    assert (author.profile_url, author.email) == ("https://social.example/@ana", "ana@example.org")
    assert send_again(people, author=None).outcome == "unchanged"
    assert stored(people, item).author is not None
    other = AuthorInput(external_id="bea", display_name="Bea")
    assert send_again(people, author=other).outcome == "corrected"
    row = stored(people, item)
    assert row.author is not None
    assert row.author.display_name == "Bea"
    assert corrections(people, item) == [["author"], ["author"]]


def test_the_record_of_a_correction_names_fields_and_no_words(people: Personas) -> None:
    publish(people)
    send_again(people, credit_kind=CreditKind.NAME, credit_name="Ana", language="da")
    (entry,) = AuditEntry.objects.filter(shop_id=people.shop.id, action="item.corrected")
    assert entry.data == {"fields": ["credit_kind", "credit_name", "language"]}


# --- what it says -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        {"text": "Not warm."},
        {"title": "Bad"},
        {"rating": 1},
        {"media": (MediaInput(remote_url="https://m.example/1.jpg"),)},
    ],
)
def test_what_an_item_says_is_looked_at_again(people: Personas, values: dict[str, Any]) -> None:
    item = publish(people)
    assert send_again(people, **values, language="da").outcome == "edited"
    row = stored(people, item)
    assert (row.state, row.version, row.language) == (State.PENDING, 2, "da")
    assert (news(people, "ItemsEdited"), news(people, "ItemsCorrected")) == ([[item]], [])
    assert corrections(people, item) == []


def test_changed_facts_are_an_edit(people: Personas) -> None:
    badge = {"kind": Kind.BADGE, "rating": None}
    item = publish(people, **badge, facts=BADGE)
    assert send_again(people, **badge, facts=BADGE).outcome == "unchanged"
    assert send_again(people, **badge, facts={**BADGE, "number": "13"}).outcome == "edited"
    row = stored(people, item)
    assert (row.facts["number"], row.state, row.version) == ("13", State.PENDING, 2)


def test_another_description_of_a_picture_is_an_edit(people: Personas) -> None:
    picture = MediaInput(remote_url="https://m.example/1.jpg", alt="A coat")
    publish(people, media=(picture,))
    assert send_again(people, media=(picture,)).outcome == "unchanged"
    assert send_again(people, media=(MediaInput(remote_url=picture.remote_url, alt="A cape"),)).outcome == "edited"


# --- the end that facts name --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "facts", "stated", "end"),
    [
        (Kind.BADGE, BADGE, None, datetime(2027, 2, 1, tzinfo=UTC)),
        (Kind.BADGE, BADGE, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),
        (Kind.BADGE, BADGE, datetime(2028, 1, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)),
        (Kind.BADGE, {**BADGE, "expires_on": "9999-12-31"}, None, datetime(9999, 12, 31, tzinfo=UTC)),
        (Kind.REVIEW, {}, None, None),
        (Kind.REVIEW, {}, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_an_item_is_valid_until_the_earlier_of_what_was_stated_and_its_last_day(
    kind: Kind, facts: dict[str, Any], stated: datetime | None, end: datetime | None
) -> None:
    assert valid_until(kind, facts, stated) == end


def test_a_badge_is_published_through_its_last_day_and_no_longer(people: Personas) -> None:
    badge = {"kind": Kind.BADGE, "rating": None, "text": "", "facts": BADGE}
    (item,) = make_published(people.shop.id, [item_input(**badge)])

    def at(*moment: int) -> list[Any]:
        audience = Audience(people.shop.id, Channel.SITE, ("DK",), datetime(*moment, tzinfo=UTC))  # type: ignore[misc, arg-type]
        return [(one.id, one.shown_until) for one in gate.published(audience).items]

    assert at(2027, 1, 31, 23, 59, 59) == [(item, datetime(2027, 2, 1, tzinfo=UTC))]
    assert at(2027, 2, 1) == []


def test_an_expired_badge_is_not_published(people: Personas) -> None:
    badge = {"kind": Kind.BADGE, "rating": None, "text": "", "facts": {**BADGE, "expires_on": "2020-01-31"}}
    make_published(people.shop.id, [item_input(**badge)])
    assert shown(people) == []


def test_nothing_is_corrected_in_another_shop(people: Personas) -> None:
    (theirs,) = make_items(people.other_shop.id, [item_input(**WORDS)])
    publish(people)
    send_again(people, language="da")
    with shop_scope(people.other_shop.id):
        assert ContentItem.objects.get(public_id=theirs).language == "en"
    assert news(people, "ItemsCorrected") != []
    assert not OutboxRow.objects.filter(shop_id=people.other_shop.id, event="ItemsCorrected").exists()
