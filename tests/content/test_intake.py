"""Receiving items: idempotent, versioned, unaltered, and each kind by its own rules of evidence."""

import threading
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.writer import MigrationWriter

from project.content import models, selectors
from project.content.contracts import AuthorInput, ItemInput, MediaInput, Received
from project.content.kinds import KINDS, Kind, fact_problems
from project.content.models import Author, ContentItem, ContentVersion, IntakeTombstone, Media, RawRecord
from project.content.rules import CreditKind, State
from project.content.services import (
    approve_items,
    create_source,
    credit_item,
    receive_items,
    record_media_failed,
    record_media_ready,
    set_source_active,
    update_source_config,
)
from project.content.services.intake import external_hash
from project.content.source_policies import SourcePolicy, register_source_policy
from project.core.errors import InvalidInput, NotFound
from project.core.hashing import payload_hash
from project.core.models import OutboxRow
from project.core.scope import shop_scope
from tests.factories import item_input, make_personas, make_source

pytestmark = pytest.mark.django_db


def receive(shop_id: int, *inputs: ItemInput, **options: Any) -> list[Received]:
    return receive_items(shop_id=shop_id, actor_id=None, source=make_source(shop_id), items=inputs, **options)


def stored(shop_id: int, public_id: str) -> ContentItem:
    with shop_scope(shop_id):
        return ContentItem.objects.select_related("author", "product").get(public_id=public_id)


def test_the_same_item_twice_is_one_item() -> None:
    people = make_personas()
    same = item_input(external_id="1", raw={"a": 1})
    first, second = receive(people.shop.id, same)[0], receive(people.shop.id, same)[0]
    assert (first.outcome, second.outcome) == ("created", "unchanged")
    assert first.public_id == second.public_id


def test_the_same_external_id_in_two_shops_is_two_items() -> None:
    people = make_personas()
    same = item_input(external_id="1")
    (mine,), (theirs,) = receive(people.shop.id, same), receive(people.other_shop.id, same)
    assert mine.public_id != theirs.public_id


def test_the_authors_words_are_stored_as_they_are() -> None:
    people = make_personas()
    text = "  Så god!! 👍🏽\n\n=SUM(A1)  <b>not html</b> "
    (received,) = receive(people.shop.id, item_input(text=text, title="\tTitle "))
    item = stored(people.shop.id, received.public_id)
    assert (item.text, item.title) == (text, "\tTitle ")


def test_an_edit_keeps_the_old_wording_and_is_looked_at_again() -> None:
    people = make_personas()
    (received,) = receive(people.shop.id, item_input(external_id="1", text="Fine.", raw={"v": 1}))
    approve_items(shop_id=people.shop.id, actor_id=None, item_ids=[received.public_id])
    (again,) = receive(people.shop.id, item_input(external_id="1", text="Not fine.", raw={"v": 2}))
    item = stored(people.shop.id, received.public_id)
    assert (again.outcome, item.text, item.version, item.state) == ("edited", "Not fine.", 2, State.PENDING)
    with shop_scope(people.shop.id):
        (old,) = ContentVersion.objects.all()
        assert (old.number, old.text) == (1, "Fine.")
        assert RawRecord.objects.get().payload == {"v": 2}
        assert [version.number for version in selectors.versions_of(item)] == [1]
    events = OutboxRow.objects.filter(shop_id=people.shop.id).values_list("event", flat=True)
    assert "ItemsEdited" in events


def test_the_raw_payload_is_kept_with_its_hash() -> None:
    people = make_personas()
    (received,) = receive(people.shop.id, item_input(raw={"b": 2, "a": "ø"}))
    with shop_scope(people.shop.id):
        raw = RawRecord.objects.get(item__public_id=received.public_id)
    assert raw.payload_hash == payload_hash({"a": "ø", "b": 2}) == stored(people.shop.id, received.public_id).raw_hash


def test_what_was_erased_is_never_collected_again() -> None:
    people = make_personas()
    source = make_source(people.shop.id)
    with shop_scope(people.shop.id):
        IntakeTombstone.objects.create(source=source, external_hash=external_hash(source, "gone"))
    (received,) = receive(people.shop.id, item_input(external_id="gone"))
    assert (received.outcome, received.public_id) == ("refused", "")


def test_an_author_is_one_person_at_their_source() -> None:
    people = make_personas()
    ana = AuthorInput(external_id="ana@replay", display_name="Ana", handle="@ana")
    renamed = AuthorInput(external_id="ana@replay", display_name="Ana K", handle="@ana")
    one, two = receive(people.shop.id, item_input(author=ana), item_input(author=renamed))
    assert stored(people.shop.id, one.public_id).author_id == stored(people.shop.id, two.public_id).author_id
    with shop_scope(people.shop.id):
        author = Author.objects.get()
    assert author.display_name == "Ana K"
    assert len(bytes(author.salt)) == 32
    receive(people.shop.id, item_input(author=AuthorInput(display_name="Ana")))
    with shop_scope(people.shop.id):
        assert selectors.authors().count() == 2


def test_pictures_wait_until_they_were_fetched_and_checked() -> None:
    people = make_personas()
    pictures = tuple(MediaInput(remote_url=f"https://m.example/{n}.jpg", alt="A coat") for n in range(2))
    (received,) = receive(people.shop.id, item_input(media=pictures))
    pk = stored(people.shop.id, received.public_id).pk
    with shop_scope(people.shop.id):
        first, second = selectors.pending_media()
        assert selectors.media_of([pk]) == {}
    facts = {"file": "a.webp", "width": 8, "height": 9, "sha256": "x"}
    assert record_media_ready(shop_id=people.shop.id, public_id=first.public_id, **facts)
    assert not record_media_ready(shop_id=people.shop.id, public_id=first.public_id, **facts)
    assert record_media_failed(shop_id=people.shop.id, public_id=second.public_id, error="too_large")
    with shop_scope(people.shop.id):
        assert [media.file for media in selectors.media_of([pk])[pk]] == ["a.webp"]
        failed = selectors.media_by_public_id(second.public_id)
    assert failed is not None
    assert (failed.state, failed.error) == (Media.FAILED, "too_large")


FACTS = {
    Kind.CASE_STUDY: {"customer": "Acme"},
    Kind.EXPERT_ENDORSEMENT: {"profession": "Tailor"},
    Kind.BADGE: {"issuer": "Oeko", "number": "12", "expires_on": "2027-01-01"},
    Kind.POPULARITY: {"value": 12, "unit": "orders", "counted_at": "2026-11-01T00:00:00+00:00"},
    Kind.SOCIAL_METRIC: {"value": 12, "metric": "followers", "fetched_at": "2026-11-01T00:00:00+00:00"},
    Kind.CUSTOMER_LOGO: {"customer": "Acme"},
    Kind.ACTIVITY: {"activity": "purchase", "counted_at": "2026-11-01T00:00:00+00:00"},
}


def test_a_kind_that_is_added_needs_no_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever kinds there are, what the migrations say about the column stays the same."""
    enumerated = StrEnum("Kind", {**{member.name: member.value for member in Kind}, "NOVELTY": "novelty"})
    before = field_in_migrations()
    monkeypatch.setattr(models, "Kind", enumerated)
    added = models.ContentItem._meta.get_field("kind").choices
    assert ("novelty", "novelty") in list(added or [])
    assert field_in_migrations() == before


def field_in_migrations() -> str:
    written, _imports = MigrationWriter.serialize(models.ContentItem._meta.get_field("kind"))
    return str(written)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_stored_with_the_facts_it_must_state(kind: Kind) -> None:
    people = make_personas()
    facts = FACTS.get(kind, {})
    (received,) = receive(people.shop.id, item_input(kind=kind, facts=facts, rating=None))
    assert stored(people.shop.id, received.public_id).facts == facts
    for name in [fact.name for fact in KINDS[kind].facts if fact.required]:
        with pytest.raises(InvalidInput) as refused:
            receive(people.shop.id, item_input(kind=kind, facts={**facts, name: ""}, rating=None))
        assert refused.value.fields == {name: ["missing"]}


@pytest.mark.parametrize(
    ("kind", "facts", "problems"),
    [
        (Kind.REVIEW, {"issuer": "x"}, {"issuer": "unknown"}),
        (Kind.SOCIAL_METRIC, {**FACTS[Kind.SOCIAL_METRIC], "value": "12"}, {"value": "type"}),
        (Kind.SOCIAL_METRIC, {**FACTS[Kind.SOCIAL_METRIC], "value": True}, {"value": "type"}),
        (Kind.BADGE, {**FACTS[Kind.BADGE], "expires_on": "soon"}, {"expires_on": "type"}),
        (Kind.BADGE, {**FACTS[Kind.BADGE], "expires_on": 2027}, {"expires_on": "type"}),
        (Kind.ENDORSEMENT, {}, {}),
    ],
)
def test_facts_of_the_wrong_name_or_type_are_named(kind: Kind, facts: dict[str, Any], problems: dict[str, str]) -> None:
    assert fact_problems(kind, facts) == problems


@pytest.mark.parametrize(
    "values",
    [{"rating": 6}, {"rating": 0}, {"text": "", "rating": None}, {"external_id": ""}, {"external_id": "x" * 201}],
)
def test_an_item_that_states_too_little_or_nonsense_is_refused_whole(values: dict[str, Any]) -> None:
    people = make_personas()
    with pytest.raises(InvalidInput):
        receive(people.shop.id, item_input(), item_input(**values))
    with shop_scope(people.shop.id):
        assert not ContentItem.objects.exists()


def test_a_badge_has_no_stars() -> None:
    people = make_personas()
    with pytest.raises(InvalidInput):
        receive(people.shop.id, item_input(kind=Kind.BADGE, facts=FACTS[Kind.BADGE], rating=5))


def test_a_source_carries_the_terms_of_its_kind() -> None:
    people = make_personas()
    register_source_policy(SourcePolicy("places", False, False, True, False, False, None, "", "tests"))
    register_source_policy(SourcePolicy("yelpish", True, True, True, False, False, 1, "", "tests"))
    with pytest.raises(InvalidInput) as refused:
        create_source(shop_id=people.shop.id, actor_id=None, kind="places", name="Places")
    assert refused.value.code == "source_forbids"
    with pytest.raises(InvalidInput):
        create_source(shop_id=people.shop.id, actor_id=None, kind="unheard_of", name="x")
    source = create_source(shop_id=people.shop.id, actor_id=None, kind="yelpish", name="Y", config={"q": "x"})
    assert (source.in_assistant, source.keep_days) == (False, 1)
    set_source_active(shop_id=people.shop.id, actor_id=None, public_id=source.public_id, active=False)
    update_source_config(shop_id=people.shop.id, actor_id=None, public_id=source.public_id, name="Z", config={"q": "y"})
    with shop_scope(people.shop.id):
        changed = selectors.source_by_public_id(source.public_id)
    assert changed is not None
    assert (changed.active, changed.name, changed.config) == (False, "Z", {"q": "y"})
    with pytest.raises(NotFound):
        update_source_config(
            shop_id=people.other_shop.id, actor_id=None, public_id=source.public_id, name="Z", config={}
        )


def test_the_sources_dates_are_kept_and_none_are_invented() -> None:
    people = make_personas()
    at = datetime(2012, 10, 25, tzinfo=UTC)
    dated, undated = receive(people.shop.id, item_input(occurred_at=at), item_input())
    assert stored(people.shop.id, dated.public_id).occurred_at == at
    assert stored(people.shop.id, undated.public_id).occurred_at is None


def test_an_edit_at_the_source_keeps_the_authors_chosen_credit() -> None:
    people = make_personas()
    (received,) = receive(people.shop.id, item_input(external_id="1", credit_kind="handle", credit_name="@ana"))
    item = stored(people.shop.id, received.public_id)
    with shop_scope(people.shop.id):
        credit_item(item=item, kind=CreditKind.CUSTOMER, name="")
    receive(
        people.shop.id,
        item_input(external_id="1", text="Edited.", raw={"v": 2}, credit_kind="handle", credit_name="@ana"),
    )
    item = stored(people.shop.id, received.public_id)
    assert (item.text, item.credit_kind, item.credit_name) == ("Edited.", "customer", "")


def test_pictures_changed_at_the_source_are_fetched_anew() -> None:
    people = make_personas()
    first, second = MediaInput(remote_url="https://m.example/1.jpg"), MediaInput(remote_url="https://m.example/2.jpg")
    receive(people.shop.id, item_input(external_id="1", text="Same.", raw={"v": 1}, media=(first,)))
    (again,) = receive(people.shop.id, item_input(external_id="1", text="Same.", raw={"v": 2}, media=(first, second)))
    assert again.outcome == "edited"
    with shop_scope(people.shop.id):
        urls = Media.objects.order_by("position").values_list("remote_url", flat=True)
        assert list(urls) == [first.remote_url, second.remote_url]


@pytest.mark.django_db(transaction=True)
def test_two_first_imports_at_once_share_one_source() -> None:
    people = make_personas()
    make_source(people.other_shop.id)  # registers the kind
    made: list[str] = []

    def work() -> None:
        made.append(make_source(people.shop.id).public_id)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 6
    assert len(set(made)) == 1
