"""Statements of reasons (DSA Art. 17), checklist L7: every restriction has one with every field, told where it can."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from project.content import selectors as content
from project.content.contracts import AuthorInput, MediaInput
from project.content.models import Media
from project.content.rules import Reason, State
from project.content.services import (
    approve_pictures,
    refuse_pictures,
    reject_items,
    reopen_items,
    restore_items,
    take_down_items,
)
from project.core.errors import Conflict, InvalidInput
from project.core.models import Delivery, OutboxRow
from project.core.outbox import relay_shop
from project.core.scope import shop_scope
from project.rights import gate
from project.rights.contracts import (
    Audience,
    Channel,
    Ground,
    HoldReason,
    NoticeCategory,
    NoticeDecision,
    NoticeInput,
    NoticeState,
    Remedy,
    Restriction,
    Unfounded,
)
from project.rights.models import StatementOfReasons
from project.rights.notices.links import statement_token
from project.rights.notices.wording import GROUNDS, NOT_TOLD, REASONS, REDRESS, RESTRICTIONS
from project.rights.services import (
    answer_objection,
    ask_permission,
    close_hold,
    decide_notice,
    file_notice,
    object_to_statement,
    open_hold,
    state_hold,
)
from project.rights.statement_rules import NotTold, Reconsidered, Redress, basis_of, not_told_because
from project.shops.models import Mail
from tests.factories import (
    Personas,
    item_input,
    make_items,
    make_personas,
    make_published,
    notice_input,
    picture_comes_in,
)

pytestmark = pytest.mark.django_db
ANA = AuthorInput(external_id="ana", display_name="Ana Holm", email="ana@example.org")


@pytest.fixture
def people() -> Personas:
    return make_personas()


def anas(people: Personas, **values: Any) -> str:
    (item,) = make_published(people.shop.id, [item_input(author=ANA, **values)])
    return item


def hiding(item: str) -> NoticeInput:
    """A plausible notice."""
    return notice_input(item, category=NoticeCategory.COPYRIGHT, explanation="This is my own photograph. " * 4)


def statements(people: Personas) -> list[StatementOfReasons]:
    """After everything that was to be told is told."""
    relay_shop(people.shop.id)
    with shop_scope(people.shop.id):
        return list(StatementOfReasons.objects.select_related("notice", "item").order_by("id"))


def letters(people: Personas) -> list[Mail]:
    with shop_scope(people.shop.id):
        return list(Mail.objects.filter(purpose="statement_of_reasons").order_by("id"))


def decided(people: Personas, item: str, outcome: NoticeState, **values: Any) -> None:
    """A plausible notice, and the desk's decision on it."""
    filed = file_notice(notice=hiding(item))
    reason = "lawful" if outcome == NoticeState.REJECTED else "rights_missing"
    decide_notice(
        shop_id=people.shop.id,
        actor_id=people.rita.pk,
        notice_id=filed.public_id,
        decision=NoticeDecision(outcome=outcome, **{"reason": reason, "note": "We have compared both.", **values}),
    )


def shows(people: Personas, item: str) -> bool:
    with shop_scope(people.shop.id):
        audience = Audience(people.shop.id, Channel.SITE, people.shop.markets, timezone.now())
        return gate.visible_items(audience).filter(public_id=item).exists()


# --- every restriction has one --------------------------------------------------------------------------------


def by_rejection(people: Personas) -> str:
    (item,) = make_items(people.shop.id, [item_input(author=ANA)])
    reject_items(shop_id=people.shop.id, actor_id=people.bob.pk, item_ids=[item], reason="abusive")
    return item


def by_taking_down(people: Personas) -> str:
    item = anas(people)
    take_down_items(shop_id=people.shop.id, actor_id=people.bob.pk, item_ids=[item], reason="personal_data")
    return item


def by_hold(people: Personas) -> str:
    item = anas(people)
    open_hold(shop_id=people.shop.id, actor_id=people.bob.pk, item_id=item, reason=HoldReason.LEGAL)
    return item


def by_plausible_notice(people: Personas) -> str:
    item = anas(people)
    file_notice(notice=hiding(item))
    return item


def by_reopening(people: Personas) -> str:
    """An approval that is taken back hides what was shown."""
    item = anas(people)
    reopen_items(shop_id=people.shop.id, actor_id=people.bob.pk, item_ids=[item])
    return item


def by_leaving_out_a_picture(people: Personas) -> str:
    item = anas(people, media=(MediaInput(remote_url="https://m.example/1.jpg"),))
    pictures: dict[str, Any] = {"item_id": item, "media_ids": [picture_comes_in(people.shop.id)]}
    approve_pictures(shop_id=people.shop.id, actor_id=people.bob.pk, **pictures)
    refuse_pictures(shop_id=people.shop.id, actor_id=people.bob.pk, **pictures)
    return item


WAYS: dict[str, tuple[Callable[[Personas], str], Restriction, Ground, bool]] = {
    "rejected": (by_rejection, Restriction.NOT_PUBLISHED, Ground.CONTRACT, False),
    "taken down": (by_taking_down, Restriction.REMOVED, Ground.LEGAL, False),
    "taken back to the queue": (by_reopening, Restriction.DISABLED, Ground.CONTRACT, False),
    "a picture left out": (by_leaving_out_a_picture, Restriction.REMOVED, Ground.CONTRACT, False),
    "put on hold": (by_hold, Restriction.DISABLED, Ground.LEGAL, False),
    "hidden by a notice": (by_plausible_notice, Restriction.DISABLED, Ground.LEGAL, True),
}


@pytest.mark.parametrize("way", WAYS)
def test_l7_every_restriction_has_a_statement_of_reasons_with_every_field(way: str, people: Personas) -> None:
    restrict, restriction, ground, by_rule = WAYS[way]
    item = restrict(people)
    (row,) = statements(people)
    assert (row.item.public_id, row.restriction, row.ground) == (item, restriction, ground)
    # Art. 17(3)(a): kind, territory, duration
    assert row.markets == ["*"]
    assert row.starts_at is not None
    assert row.ends_at is None
    # (b): facts, and whether from a notice; never who sent it
    assert row.facts
    assert row.from_notice is by_rule
    assert "Vera" not in row.facts
    # (c): automated means
    assert (row.automated_detection, row.automated_decision) == (False, by_rule)
    # (d), (e): the ground
    assert row.ground_reference
    assert row.reason in REASONS
    # told, with (f): the ways of redress
    assert row.told_at is not None
    (letter,) = letters(people)
    assert letter.to == "ana@example.org"
    for words in (
        row.facts,
        row.ground_reference,
        "out-of-court",
        "court",
        "Object",
        "Answer the e-mail",
        "everywhere",
    ):
        assert words in letter.text, words
    assert statement_token(row.public_id) in letter.text
    assert "Vera" not in letter.text


def test_l7_a_mass_decision_has_one_for_each_item_and_no_repeat_makes_another(people: Personas) -> None:
    items = make_published(people.shop.id, 3)
    take_down_items(shop_id=people.shop.id, actor_id=None, item_ids=items, reason="spam")
    assert {row.item.public_id for row in statements(people)} == set(items)
    with shop_scope(people.shop.id):
        Delivery.objects.filter(subscriber="rights.statements", shop_id=people.shop.id).delete()
        OutboxRow.objects.filter(shop_id=people.shop.id).update(settled_at=None)
    assert len(statements(people)) == 3
    assert letters(people) == []


def test_what_is_restricted_twice_is_stated_twice(people: Personas) -> None:
    item = by_rejection(people)
    reopen_items(shop_id=people.shop.id, actor_id=people.bob.pk, item_ids=[item])
    reject_items(shop_id=people.shop.id, actor_id=people.bob.pk, item_ids=[item], reason="unrelated")
    first, second = statements(people)
    assert (first.reason, second.reason) == ("abusive", "unrelated")
    assert first.ends_at is not None
    assert second.ends_at is None
    assert first.event_number != second.event_number


def test_a_statement_says_until_when_it_held(people: Personas) -> None:
    item = by_taking_down(people)
    assert statements(people)[0].ends_at is None
    restore_items(shop_id=people.shop.id, actor_id=people.bob.pk, item_ids=[item])
    assert statements(people)[0].ends_at is not None
    held = anas(people)
    hold = open_hold(shop_id=people.shop.id, actor_id=None, item_id=held, reason=HoldReason.LEGAL)
    close_hold(shop_id=people.shop.id, actor_id=None, hold_id=hold)
    assert all(row.ends_at is not None for row in statements(people))


def test_what_was_taken_back_is_restricted_until_it_is_decided_anew(people: Personas) -> None:
    item = by_reopening(people)
    assert statements(people)[0].ends_at is None
    hold = open_hold(shop_id=people.shop.id, actor_id=None, item_id=item, reason=HoldReason.LEGAL)
    close_hold(shop_id=people.shop.id, actor_id=None, hold_id=hold)
    reopened, held = statements(people)
    assert (reopened.ends_at is None, held.ends_at is None) == (True, False)
    reject_items(shop_id=people.shop.id, actor_id=people.bob.pk, item_ids=[item], reason="unrelated")
    reopened, _held, rejected = statements(people)
    assert reopened.ends_at is not None
    assert (rejected.reason, rejected.ends_at) == ("unrelated", None)


def test_a_rejection_that_is_taken_back_restricts_no_further(people: Personas) -> None:
    item = by_rejection(people)
    reopen_items(shop_id=people.shop.id, actor_id=people.bob.pk, item_ids=[item])
    (row,) = statements(people)
    assert row.ends_at is not None


def test_an_objection_brings_a_picture_and_an_approval_back(people: Personas) -> None:
    for restrict in (by_leaving_out_a_picture, by_reopening):
        item = restrict(people)
        row = statements(people)[-1]
        object_to_statement(shop_id=people.shop.id, statement_id=row.public_id, objection="It is my own.")
        answer_objection(
            shop_id=people.shop.id, actor_id=people.rita.pk, statement_id=row.public_id, lift=True, answer="Right."
        )
        assert shows(people, item)
        assert statements(people)[-1].ends_at is not None
    with shop_scope(people.shop.id):
        assert content.approved_media().count() == 1


def test_a_picture_that_is_let_in_again_ends_its_statement_and_a_restored_item_does_not(people: Personas) -> None:
    item = by_leaving_out_a_picture(people)
    take_down_items(shop_id=people.shop.id, actor_id=None, item_ids=[item], reason="unrelated")
    restore_items(shop_id=people.shop.id, actor_id=None, item_ids=[item])
    picture, _removed = statements(people)
    assert picture.ends_at is None
    with shop_scope(people.shop.id):
        media = list(Media.objects.values_list("public_id", flat=True))
    approve_pictures(shop_id=people.shop.id, actor_id=None, item_id=item, media_ids=media)
    assert statements(people)[0].ends_at is not None


def test_a_picture_that_goes_by_a_notice_is_stated_once(people: Personas) -> None:
    item = anas(people, media=(MediaInput(remote_url="https://m.example/1.jpg"),))
    decided(people, item, NoticeState.PARTLY, media_ids=(picture_comes_in(people.shop.id),))
    assert [row.reason for row in statements(people) if row.restriction == "removed"] == ["rights_missing"]


def test_upholding_a_notice_states_it_once_with_what_the_desk_found(people: Personas) -> None:
    item = anas(people)
    decided(people, item, NoticeState.UPHELD)
    hidden, removed = sorted(statements(people), key=lambda row: row.restriction)
    assert (hidden.restriction, removed.restriction) == ("disabled", "removed")
    assert hidden.ends_at is not None
    assert (removed.facts, removed.reason, removed.from_notice) == ("We have compared both.", "rights_missing", True)
    assert removed.automated_decision is False
    assert removed.event_number is not None, "the outbox's row of the take-down is accounted for"


def test_a_rejected_notice_tells_the_author_that_it_shows_again(people: Personas) -> None:
    decided(people, anas(people), NoticeState.REJECTED)
    by_kind = {row.restriction: row for row in statements(people)}
    assert set(by_kind) == {"disabled", "restored"}
    assert any("shown again" in letter.subject for letter in letters(people))


def test_a_notice_that_hid_nothing_and_is_rejected_tells_the_author_nothing(people: Personas) -> None:
    item = anas(people)
    filed = file_notice(notice=notice_input(item))
    decision = NoticeDecision(outcome=NoticeState.REJECTED, reason="lawful", note="It is lawful.")
    decide_notice(shop_id=people.shop.id, actor_id=people.rita.pk, notice_id=filed.public_id, decision=decision)
    assert statements(people) == []


# --- who is told ----------------------------------------------------------------------------------------------


def test_without_an_address_it_is_on_record_why_nobody_was_told(people: Personas) -> None:
    (item,) = make_published(people.shop.id)
    take_down_items(shop_id=people.shop.id, actor_id=None, item_ids=[item], reason="unrelated")
    (row,) = statements(people)
    assert (row.told_at, row.not_told_because) == (None, "no_address")
    page = Client().get(reverse("statement", args=[statement_token(row.public_id)])).content.decode()
    assert "no e-mail address of the author is known" in page


@pytest.mark.parametrize(("reason", "why"), [("spam", "commercial_spam"), ("author_withdrew", "own_decision")])
def test_some_are_not_written_to_and_it_says_why(reason: str, why: str, people: Personas) -> None:
    item = anas(people)
    take_down_items(shop_id=people.shop.id, actor_id=None, item_ids=[item], reason=reason)
    (row,) = statements(people)
    assert (row.told_at, row.not_told_because) == (None, why)
    assert letters(people) == []


def test_the_authors_wish_is_no_restriction_by_others(people: Personas) -> None:
    decided(people, anas(people), NoticeState.UPHELD, remedy=Remedy.WITHDRAW)
    removed = next(row for row in statements(people) if row.restriction == "removed")
    assert (removed.reason, removed.not_told_because) == ("author_withdrew", "own_decision")


def test_the_letter_speaks_the_language_of_what_was_written(people: Personas) -> None:
    item = anas(people, language="da")
    take_down_items(shop_id=people.shop.id, actor_id=None, item_ids=[item], reason="unrelated")
    (row,) = statements(people)
    assert row.language == "da"
    assert letters(people)[0].text.startswith("Hej")


def test_every_code_has_its_ground_and_its_words() -> None:
    for code in (*Reason, *HoldReason, *Unfounded, *Reconsidered):
        assert code in REASONS
        assert basis_of(code).reference
        assert basis_of(code).ground in GROUNDS
    assert set(RESTRICTIONS) == set(Restriction)
    assert set(REDRESS) == set(Redress)
    assert set(NOT_TOLD) == set(NotTold)
    assert not_told_because(reason="abusive", address="") == NotTold.NO_ADDRESS
    assert not_told_because(reason="abusive", address="a@example.org") is None


# --- the author's side ----------------------------------------------------------------------------------------


def test_the_author_reads_it_and_objects_once(people: Personas) -> None:
    item = by_taking_down(people)
    (row,) = statements(people)
    ana = Client(enforce_csrf_checks=True)
    address = reverse("statement", args=[statement_token(row.public_id)])
    shown = ana.get(address)
    page = shown.content.decode()
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    for words in (row.ground_reference, "every country", "No automated means", "certified out-of-court"):
        assert words in page, words
    assert ana.post(address, {"objection": " "}).status_code == 400
    assert ana.post(address, {"objection": "It is my own address."}).status_code == 303
    assert "Somebody looks at it again" in ana.get(address).content.decode()
    assert ana.post(address, {"objection": "Again."}).status_code == 409
    answer_objection(
        shop_id=people.shop.id, actor_id=people.rita.pk, statement_id=row.public_id, lift=True, answer="You are right."
    )
    assert shows(people, item)
    assert "You are right." in ana.get(address).content.decode()
    with shop_scope(people.shop.id):
        answer = Mail.objects.get(purpose="objection_answered")
    assert "the restriction is lifted" in answer.text


def test_objections_are_answered_once_and_with_words(people: Personas) -> None:
    item = by_rejection(people)
    (row,) = statements(people)
    answer: dict[str, Any] = {"shop_id": people.shop.id, "actor_id": people.rita.pk, "statement_id": row.public_id}
    with pytest.raises(Conflict):
        answer_objection(**answer, lift=False, answer="Nobody objected.")
    object_to_statement(shop_id=people.shop.id, statement_id=row.public_id, objection="No.")
    with pytest.raises(InvalidInput):
        answer_objection(**answer, lift=False, answer=" ")
    answer_objection(**answer, lift=True, answer="We look again.")
    with pytest.raises(Conflict) as late:
        answer_objection(**answer, lift=False, answer="It stays.")
    assert late.value.code == "already_decided"
    with shop_scope(people.shop.id):
        found = content.item_by_public_id(item)
    assert found is not None
    assert found.state == State.PENDING, "it is decided anew, not waved through"


def test_a_hold_that_is_objected_to_is_lifted(people: Personas) -> None:
    item = by_hold(people)
    (row,) = statements(people)
    object_to_statement(shop_id=people.shop.id, statement_id=row.public_id, objection="No.")
    answer_objection(
        shop_id=people.shop.id, actor_id=people.rita.pk, statement_id=row.public_id, lift=True, answer="Right."
    )
    assert shows(people, item)


def test_after_six_months_and_where_nothing_is_restricted_there_is_nothing_to_object_to(people: Personas) -> None:
    by_taking_down(people)
    (row,) = statements(people)
    with shop_scope(people.shop.id):
        StatementOfReasons.objects.update(starts_at=timezone.now() - timedelta(days=184))
    with pytest.raises(Conflict) as late:
        object_to_statement(shop_id=people.shop.id, statement_id=row.public_id, objection="Late.")
    assert late.value.code == "notice_closed"


@pytest.mark.parametrize("token", ["{id}", "{id}.", "{id}.forged", "sor_aaaaaaaaaaaaaaaaaaaaaa.x", "x", "é.é"])
def test_nobody_reads_a_statement_without_its_link(token: str, people: Personas) -> None:
    by_taking_down(people)
    (row,) = statements(people)
    answer = Client().get(reverse("statement", args=[token.format(id=row.public_id)]))
    assert answer.status_code == 404
    assert "personal data" not in answer.content.decode()


def test_the_authors_own_page_says_why_it_is_not_shown(people: Personas) -> None:
    (item,) = make_published(people.shop.id)
    asked = ask_permission(
        shop_id=people.shop.id, actor_id=None, item_id=item, channels=(Channel.EMAIL,), markets=("*",)
    )
    address = reverse("rights:consent", args=[asked.token])
    Client().post(address, {"answer": "decline"})
    assert "Why it is not shown" not in Client().get(address).content.decode()
    hold = open_hold(shop_id=people.shop.id, actor_id=None, item_id=item, reason=HoldReason.LEGAL)
    state_hold(shop_id=people.shop.id, hold_id=hold, number=1)
    page = Client().get(address).content.decode()
    assert "Why it is not shown" in page
    assert "/s/sor_" in page
