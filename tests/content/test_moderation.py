"""Moderation: recorded, defensible, star-blind, and one decision wins."""

import threading

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from project.content import selectors
from project.content.models import ContentItem, ModerationDecision
from project.content.rules import TRANSITIONS, Decision, Reason, State
from project.content.services import (
    approve_items,
    decide_item,
    reject_items,
    reopen_items,
    restore_items,
    tag_items,
    take_down_items,
    untag_items,
)
from project.core.audit import history_of
from project.core.errors import Conflict, InvalidInput, NotFound
from project.core.models import OutboxRow
from project.core.scope import shop_scope
from tests.factories import item_input, make_items, make_personas

pytestmark = pytest.mark.django_db


def state_of(shop_id: int, item_id: str) -> str:
    with shop_scope(shop_id):
        return ContentItem.objects.values_list("state", flat=True).get(public_id=item_id)


def test_every_decision_is_recorded_with_who_why_and_what_it_was_about() -> None:
    people = make_personas()
    (item,) = make_items(people.shop.id, [item_input()])
    who = {"shop_id": people.shop.id, "actor_id": people.bob.pk, "item_ids": [item]}
    approve_items(**who)
    take_down_items(**who, reason="personal_data", note="Names a neighbour.")
    restore_items(**who)
    reopen_items(**who)
    reject_items(**who, reason="spam")
    assert state_of(people.shop.id, item) == State.REJECTED
    with shop_scope(people.shop.id):
        row = selectors.item_by_public_id(item)
        assert row is not None
        decisions = selectors.decisions_of(row)
    assert [entry.decision for entry in decisions] == ["approve", "take_down", "restore", "reopen", "reject"]
    assert {entry.actor_id for entry in decisions} == {people.bob.pk}
    assert [entry.reason for entry in decisions] == ["", "personal_data", "", "", "spam"]
    actions = [entry.action for entry in history_of(people.shop.id, "item", item)]
    assert actions == ["item.approve", "item.take_down", "item.restore", "item.reopen", "item.reject"]
    assert "Names a neighbour." not in str([entry.data for entry in history_of(people.shop.id, "item", item)])


@pytest.mark.parametrize("reason", ["", "too_negative", "one_star"])
def test_a_rejection_needs_one_of_the_lawful_reasons(reason: str) -> None:
    people = make_personas()
    ids = make_items(people.shop.id, [item_input()])
    with pytest.raises(InvalidInput) as refused:
        reject_items(shop_id=people.shop.id, actor_id=people.bob.pk, item_ids=ids, reason=reason)
    assert refused.value.code == "reason_required"
    with pytest.raises(InvalidInput):
        take_down_items(shop_id=people.shop.id, actor_id=people.bob.pk, item_ids=ids, reason=reason)


def test_bulk_decisions_say_what_somebody_else_decided_before() -> None:
    people = make_personas()
    first, second = make_items(people.shop.id, [item_input(), item_input()])
    reject_items(shop_id=people.shop.id, actor_id=people.alice.pk, item_ids=[first], reason="fake")
    decided = approve_items(shop_id=people.shop.id, actor_id=people.bob.pk, item_ids=[first, second, second])
    assert (decided.done, decided.missed) == ((second,), (first,))


def test_the_second_of_two_people_is_told() -> None:
    people = make_personas()
    (item,) = make_items(people.shop.id, [item_input()])
    decide_item(shop_id=people.shop.id, actor_id=people.bob.pk, item_id=item, decision=Decision.APPROVE)
    with pytest.raises(Conflict) as refused:
        decide_item(
            shop_id=people.shop.id, actor_id=people.alice.pk, item_id=item, decision=Decision.REJECT, reason="spam"
        )
    assert refused.value.code == "already_decided"
    assert state_of(people.shop.id, item) == State.APPROVED


def test_charlie_cannot_decide_about_alices_content() -> None:
    people = make_personas()
    (item,) = make_items(people.shop.id, [item_input()])
    with pytest.raises(NotFound):
        decide_item(shop_id=people.other_shop.id, actor_id=people.charlie.pk, item_id=item, decision=Decision.APPROVE)
    assert state_of(people.shop.id, item) == State.PENDING


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_one_wins() -> None:
    people = make_personas()
    (item,) = make_items(people.shop.id, [item_input()])
    won: list[Decision] = []

    def work(decision: Decision) -> None:
        reason = "spam" if decision is Decision.REJECT else ""
        try:
            decide_item(shop_id=people.shop.id, actor_id=None, item_id=item, decision=decision, reason=reason)
            won.append(decision)
        except Conflict:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(d,)) for d in [Decision.APPROVE, Decision.REJECT] * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    with shop_scope(people.shop.id):
        assert ModerationDecision.objects.count() == 1


def test_news_of_mass_decisions_comes_in_rows_of_five_hundred() -> None:
    people = make_personas()
    ids = make_items(people.shop.id, [item_input() for _ in range(501)])
    approve_items(shop_id=people.shop.id, actor_id=None, item_ids=ids)
    rows = OutboxRow.objects.filter(shop_id=people.shop.id, event="ItemsApproved")
    assert sorted(len(row.data["item_ids"]) for row in rows) == [1, 500]


def test_tags_find_items_again() -> None:
    people = make_personas()
    ids = make_items(people.shop.id, [item_input(), item_input()])
    where = {"shop_id": people.shop.id, "actor_id": people.alice.pk, "item_ids": ids}
    assert tag_items(**where, tag=" autumn ") == 2
    assert tag_items(**where, tag="autumn") == 0
    with shop_scope(people.shop.id):
        assert selectors.tags() == ["autumn"]
    assert untag_items(**where, tag="autumn") == 2
    assert untag_items(**where, tag="autumn") == 0
    for item in ids:
        entries = [entry for entry in history_of(people.shop.id, "item", item) if "tag" in entry.action]
        assert [(entry.action, entry.actor_id, entry.data) for entry in entries] == [
            ("item.tagged", people.alice.pk, {}),
            ("item.untagged", people.alice.pk, {}),
        ]
    with pytest.raises(InvalidInput):
        tag_items(**where, tag="  ")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ratings=st.tuples(*[st.none() | st.integers(1, 5)] * 2),
    decision=st.sampled_from(list(Decision)),
    state=st.sampled_from(list(State)),
    reason=st.sampled_from(["", *Reason]),
)
def test_law_4_flipping_only_the_stars_never_changes_an_outcome(
    db: None, ratings: tuple[int | None, int | None], decision: Decision, state: State, reason: str
) -> None:
    people = make_personas()
    ids = make_items(people.shop.id, [item_input(rating=rating, text="Same words.") for rating in ratings])
    with shop_scope(people.shop.id):
        ContentItem.objects.update(state=state)
    outcomes = []
    for item in ids:
        try:
            decide_item(shop_id=people.shop.id, actor_id=None, item_id=item, decision=decision, reason=reason)
        except (Conflict, InvalidInput) as refused:
            outcomes.append(str(refused.code))
        outcomes.append(state_of(people.shop.id, item))
    half = len(outcomes) // 2
    assert outcomes[:half] == outcomes[half:]


def test_the_queue_is_in_order_of_arrival_whatever_was_said() -> None:
    people = make_personas()
    ids = make_items(people.shop.id, [item_input(rating=stars) for stars in (1, 5, 3, 1)])
    with shop_scope(people.shop.id):
        assert [row.public_id for row in selectors.moderation_queue()] == ids
        assert selectors.state_counts() == {"pending": 4, "approved": 0, "rejected": 0, "taken_down": 0, "erased": 0}


def test_every_decision_has_a_way_in_and_out() -> None:
    assert set(TRANSITIONS) == set(Decision)
    assert all(after not in before for before, after in TRANSITIONS.values())
    reached = {after for _before, after in TRANSITIONS.values()}
    left = frozenset[State]().union(*(before for before, _after in TRANSITIONS.values()))
    assert reached == left == set(State) - {State.ERASED}  # erasure alone has no way back
