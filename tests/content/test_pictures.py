"""Pictures are seen before they are published: with their item, or by themselves when they come in later."""

import threading

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from project.content import selectors
from project.content.contracts import MediaInput, Seen
from project.content.models import Media
from project.content.rules import Decision
from project.content.services import (
    approve_items,
    approve_pictures,
    decide_item,
    receive_items,
    record_media_failed,
    record_media_ready,
    refuse_pictures,
    reject_items,
    reopen_items,
    restore_items,
    take_down_items,
)
from project.core.audit import history_of
from project.core.change import change
from project.core.errors import Conflict, InvalidInput, NotFound
from project.core.models import OutboxRow
from project.core.scope import shop_scope
from tests.factories import Personas, item_input, make_items, make_personas, make_source

pytestmark = pytest.mark.django_db


def item_with(people: Personas, pictures: int, **values: object) -> tuple[str, list[str]]:
    """A pending item with pictures that are still on their way; returns its id and theirs."""
    media = tuple(MediaInput(remote_url=f"https://m.example/{number}.jpg") for number in range(pictures))
    (item,) = make_items(people.shop.id, [item_input(media=media, **values)])
    with shop_scope(people.shop.id):
        rows = Media.objects.filter(item__public_id=item).order_by("position")
        return item, list(rows.values_list("public_id", flat=True))


def arrive(people: Personas, *pictures: str) -> None:
    for picture in pictures:
        record_media_ready(
            shop_id=people.shop.id, public_id=picture, file=f"{picture}.webp", width=1, height=1, sha256="x"
        )


def approve(people: Personas, item: str) -> None:
    approve_items(shop_id=people.shop.id, actor_id=people.bob.pk, item_ids=[item])


def publishable(people: Personas) -> list[str]:
    with shop_scope(people.shop.id):
        return list(selectors.approved_media().order_by("id").values_list("public_id", flat=True))


def waiting(people: Personas) -> list[str]:
    with shop_scope(people.shop.id):
        return [row.public_id for row in selectors.items_with_new_pictures()]


def test_an_approval_covers_the_pictures_that_have_come_in_and_no_later_ones() -> None:
    people = make_personas()
    item, (first, second, third) = item_with(people, 3)
    arrive(people, first)
    assert (publishable(people), waiting(people)) == ([], [])
    approve(people, item)
    assert (publishable(people), waiting(people)) == ([first], [])
    arrive(people, second)
    record_media_failed(shop_id=people.shop.id, public_id=third, error="too_large")
    assert (publishable(people), waiting(people)) == ([first], [item])


def test_what_came_in_later_is_shown_or_left_out_by_somebody_who_looked() -> None:
    people = make_personas()
    item, (first, second) = item_with(people, 2)
    approve(people, item)
    arrive(people, first, second)
    who = {"shop_id": people.shop.id, "actor_id": people.bob.pk, "item_id": item}
    assert approve_pictures(**who, media_ids=[first]) == (first,)
    assert approve_pictures(**who, media_ids=[first]) == ()
    assert refuse_pictures(**who, media_ids=[second]) == (second,)
    assert (publishable(people), waiting(people)) == ([first], [])
    assert approve_pictures(**who, media_ids=[second]) == (second,), "a second thought"
    assert refuse_pictures(**who, media_ids=[first, second]) == (first, second)
    assert publishable(people) == []
    entries = [
        (entry.action, entry.data["picture"], entry.actor_id)
        for entry in history_of(people.shop.id, "item", item)
        if entry.action.startswith("picture.")
    ]
    assert entries == [
        ("picture.approve", first, people.bob.pk),
        ("picture.refuse", second, people.bob.pk),
        ("picture.approve", second, people.bob.pk),
        ("picture.refuse", first, people.bob.pk),
        ("picture.refuse", second, people.bob.pk),
    ]
    news = OutboxRow.objects.filter(shop_id=people.shop.id, event__in=["MediaApproved", "MediaRefused"])
    assert [row.event for row in news.order_by("number")] == [
        "MediaApproved",
        "MediaRefused",
        "MediaApproved",
        "MediaRefused",
    ]


def test_only_named_pictures_of_the_very_item_are_decided() -> None:
    people = make_personas()
    item, (picture, on_its_way) = item_with(people, 2)
    other, (others,) = item_with(people, 1)
    for one in (item, other):
        approve(people, one)
    arrive(people, picture, others)
    who = {"shop_id": people.shop.id, "actor_id": None, "item_id": item}
    assert approve_pictures(**who, media_ids=[others, on_its_way]) == ()
    assert refuse_pictures(**who, media_ids=[others, on_its_way]) == ()
    with pytest.raises(InvalidInput):
        approve_pictures(**who, media_ids=[])
    with pytest.raises(NotFound):
        approve_pictures(shop_id=people.other_shop.id, actor_id=people.charlie.pk, item_id=item, media_ids=[picture])
    assert (publishable(people), waiting(people)) == ([], [item, other])


def test_putting_back_does_not_show_what_came_in_while_the_item_was_down() -> None:
    people = make_personas()
    item, (first, second) = item_with(people, 2)
    arrive(people, first)
    who = {"shop_id": people.shop.id, "actor_id": None, "item_ids": [item]}
    approve_items(**who)
    take_down_items(**who, reason="spam")
    arrive(people, second)
    assert waiting(people) == []
    restore_items(**who)
    assert (publishable(people), waiting(people)) == ([first], [item])
    reopen_items(**who)
    approve_items(**who)
    assert publishable(people) == [first, second], "who approves again sees all of them"


def test_a_picture_left_out_stays_so_when_the_item_is_approved_again() -> None:
    people = make_personas()
    item, (first, second) = item_with(people, 2)
    arrive(people, first, second)
    refuse_pictures(shop_id=people.shop.id, actor_id=None, item_id=item, media_ids=[second])
    approve(people, item)
    assert publishable(people) == [first]


def test_pictures_of_an_edit_are_new() -> None:
    people = make_personas()
    source = make_source(people.shop.id)
    item, (before,) = item_with(people, 1, external_id="edited")
    arrive(people, before)
    approve(people, item)
    again = item_input(
        external_id="edited", raw={"edited": True}, media=(MediaInput(remote_url="https://m.example/other.jpg"),)
    )
    receive_items(shop_id=people.shop.id, actor_id=None, source=source, items=[again])
    assert publishable(people) == []


@pytest.mark.parametrize("decision", [Decision.APPROVE, Decision.REJECT])
def test_a_decision_holds_only_for_the_pictures_that_were_seen(decision: Decision) -> None:
    people = make_personas()
    item, (first, second) = item_with(people, 2)
    arrive(people, first)
    seen = Seen(version=1, pictures=1)
    arrive(people, second)
    who = {"shop_id": people.shop.id, "actor_id": None}
    with pytest.raises(Conflict) as refused:
        decide_item(**who, item_id=item, decision=decision, reason="spam", seen=seen)
    assert refused.value.code != "already_decided"
    assert publishable(people) == []
    decide_item(**who, item_id=item, decision=decision, reason="spam", seen=Seen(version=1, pictures=2))


def test_a_picture_left_out_does_not_hide_that_another_came_in() -> None:
    people = make_personas()
    item, (first, second, third) = item_with(people, 3)
    arrive(people, first, second)
    refuse_pictures(shop_id=people.shop.id, actor_id=None, item_id=item, media_ids=[first])
    arrive(people, third)
    decided = approve_items(
        shop_id=people.shop.id, actor_id=None, item_ids=[item], seen={item: Seen(version=1, pictures=2)}
    )
    assert (decided.done, decided.missed, decided.changed) == ((), (), (item,))


def test_many_are_decided_as_each_was_seen() -> None:
    people = make_personas()
    plain, decided_before, unnamed, older = make_items(people.shop.id, [item_input() for _ in range(4)])
    pictured, (picture,) = item_with(people, 1)
    reject_items(shop_id=people.shop.id, actor_id=None, item_ids=[decided_before], reason="spam")
    arrive(people, picture)
    decided = approve_items(
        shop_id=people.shop.id,
        actor_id=None,
        item_ids=[plain, decided_before, unnamed, older, pictured],
        seen={plain: Seen(1), decided_before: Seen(1), older: Seen(7), pictured: Seen(1, 1)},
    )
    assert decided.done == (plain, pictured)
    assert decided.missed == (decided_before,)
    assert decided.changed == (unnamed, older)
    assert publishable(people) == [picture]


@pytest.mark.django_db(transaction=True)
def test_a_picture_comes_in_before_or_after_a_decision_and_never_in_the_middle() -> None:
    people = make_personas()
    item, (picture,) = item_with(people, 1)

    def fetched() -> None:
        try:
            arrive(people, picture)
        finally:
            connection.close()

    worker = threading.Thread(target=fetched)
    with change(shop_id=people.shop.id):
        approve(people, item)
        worker.start()
        while not _somebody_waits():
            assert worker.is_alive(), "the picture came in while the decision was being taken"
    worker.join()
    assert (publishable(people), waiting(people)) == ([], [item])


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ratings=st.tuples(*[st.none() | st.integers(1, 5)] * 2),
    before=st.booleans(),
    decide=st.sampled_from([approve_pictures, refuse_pictures]),
)
def test_law_4_flipping_only_the_stars_never_changes_what_becomes_of_a_picture(
    db: None, ratings: tuple[int | None, int | None], before: bool, decide: object
) -> None:
    people = make_personas()
    outcomes = []
    for rating in ratings:
        item, (picture,) = item_with(people, 1, rating=rating, text="Same words.")
        if before:
            arrive(people, picture)
        approve(people, item)
        arrive(people, picture)
        outcome = [picture in publishable(people), item in waiting(people)]
        decide(shop_id=people.shop.id, actor_id=None, item_id=item, media_ids=[picture])  # type: ignore[operator]
        outcomes.append([*outcome, picture in publishable(people), item in waiting(people)])
    assert outcomes[0] == outcomes[1]
