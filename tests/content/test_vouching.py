"""The shop vouches for a purchase: on evidence, once, under its own badge, until something better is known."""

import pytest

from project.content import selectors
from project.content.kinds import Kind
from project.content.models import ContentItem
from project.content.rules import Verification
from project.content.services import receive_items, stop_vouching, vouch_for_item
from project.core.errors import Conflict, InvalidInput, NotFound
from project.core.models import AuditEntry, OutboxRow
from project.core.scope import shop_scope
from tests.factories import Personas, item_input, make_items, make_personas, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Personas:
    return make_personas()


def vouch(people: Personas, item: str, evidence: str = "1042") -> None:
    vouch_for_item(shop_id=people.shop.id, actor_id=people.bob.pk, item_id=item, evidence=evidence)


def row_of(people: Personas, item: str) -> ContentItem:
    with shop_scope(people.shop.id):
        found = selectors.item_by_public_id(item)
    assert found is not None
    return found


def test_staff_vouch_for_what_they_saw_evidence_of(people: Personas) -> None:
    (item,) = make_items(people.shop.id, [item_input()])
    vouch(people, item, " 1042 ")
    row = row_of(people, item)
    assert (row.verification, row.evidence_ref) == ("manual_evidence", "1042")
    assert row.verified_at is not None
    logged = AuditEntry.objects.get(shop_id=people.shop.id, action="item.vouch")
    assert (logged.object_id, logged.actor_id) == (item, people.bob.pk)
    assert "1042" not in str(logged.data), "an order's number may lead to a person"
    assert OutboxRow.objects.filter(shop_id=people.shop.id, event="ItemsCorrected").count() == 1


@pytest.mark.parametrize("evidence", ["", "  ", "x" * 41])
def test_nobody_vouches_without_naming_what_they_saw(evidence: str, people: Personas) -> None:
    (item,) = make_items(people.shop.id, [item_input()])
    with pytest.raises(InvalidInput):
        vouch(people, item, evidence)
    assert row_of(people, item).verification == "none"


def test_the_shops_word_never_takes_the_place_of_a_check(people: Personas) -> None:
    (item,) = make_items(people.shop.id, [item_input(verification=Verification.ORDER_WEBHOOK, evidence_ref="ord_1")])
    with pytest.raises(Conflict):
        vouch(people, item)
    assert row_of(people, item).verification == "order_webhook"


def test_of_two_who_vouch_the_second_is_told_and_it_can_be_taken_back(people: Personas) -> None:
    (item,) = make_items(people.shop.id, [item_input()])
    vouch(people, item)
    with pytest.raises(Conflict):
        vouch(people, item, "1043")
    stop_vouching(shop_id=people.shop.id, actor_id=people.bob.pk, item_id=item)
    row = row_of(people, item)
    assert (row.verification, row.evidence_ref, row.verified_at) == ("none", "", None)
    with pytest.raises(Conflict):
        stop_vouching(shop_id=people.shop.id, actor_id=people.bob.pk, item_id=item)


def test_what_comes_in_again_keeps_the_shops_word_until_something_better_is_known(people: Personas) -> None:
    source = make_source(people.shop.id)

    def receive(**values: object) -> str:
        post = item_input(external_id="r1", **values)
        return receive_items(shop_id=people.shop.id, actor_id=None, source=source, items=[post])[0].public_id

    item = receive()
    vouch(people, item)
    receive(helpful=3)
    assert (row_of(people, item).verification, row_of(people, item).helpful) == ("manual_evidence", 3)
    receive(text="Edited since.")
    assert row_of(people, item).verification == "manual_evidence"
    receive(text="Edited since.", verification=Verification.ORDER_WEBHOOK, evidence_ref="ord_1")
    assert (row_of(people, item).verification, row_of(people, item).evidence_ref) == ("order_webhook", "ord_1")


def test_a_badge_has_no_author_to_vouch_for_and_a_foreign_item_is_not_there(people: Personas) -> None:
    facts = {"issuer": "Trust Ltd", "number": "7", "expires_on": "2030-01-01"}
    (badge,) = make_items(people.shop.id, [item_input(kind=Kind.BADGE, text="", rating=None, facts=facts)])
    (foreign,) = make_items(people.other_shop.id, [item_input()])
    for item in (badge, foreign):
        with pytest.raises(NotFound):
            vouch(people, item)
