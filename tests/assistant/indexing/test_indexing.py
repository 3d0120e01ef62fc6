"""From the outbox to passages and vectors, and back to nothing."""

import json
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from assistant.indexing.passages import forgotten_items, index_items, reindex_shop
from assistant.indexing.vectors import embed_pending, pending
from assistant.models import Passage, PassageVector, ShopIndex, ShopLanguageMean
from assistant.outlet import uses_of
from assistant.selectors import indexing_progress
from assistant.shredding import shred
from assistant.tasks import EMBED_SECONDS, embed_due_task, embed_shop_task, index_items_task
from assistant.text.passages import passages
from project.celery import app
from project.content.models import ContentItem
from project.content.services import receive_items, restore_items, take_down_items
from project.core.outbox import parked_deliveries, relay_shop
from project.core.scope import shop_scope
from project.core.shredding import Person
from project.rights.contracts import EndReason
from project.rights.services import withdraw_item
from tests.assistant.helpers import REVIEWS, index, inputs, publish
from tests.factories import Personas, item_input, later, license_items, make_published, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def tasks_run_at_once() -> Iterator[None]:
    """Tasks that are queued run where they are queued, as a worker would run them."""
    app.conf.task_always_eager = True
    app.conf.task_eager_propagates = True
    yield
    app.conf.task_always_eager = False
    app.conf.task_eager_propagates = False


@pytest.mark.usefixtures("tasks_run_at_once")
def test_what_is_published_is_indexed_and_what_is_withdrawn_forgotten(people: Personas) -> None:
    shop_id = people.shop.id
    ids = make_published(shop_id, inputs())
    relay_shop(shop_id)
    with shop_scope(shop_id):
        assert Passage.objects.values("item").distinct().count() == len(REVIEWS)
        assert pending() == 0
        assert indexing_progress(shop_id).complete
        assert [use.outlet for use in uses_of(ids[0])] == ["assistant"]
    withdraw_item(shop_id=shop_id, actor_id=None, item_id=ids[0], reason=EndReason.AUTHOR)
    take_down_items(shop_id=shop_id, actor_id=None, item_ids=[ids[1]], reason="illegal")
    relay_shop(shop_id)
    with shop_scope(shop_id):
        left = set(Passage.objects.values_list("item__public_id", flat=True))
        assert left == set(ids[2:])
        assert list(uses_of(ids[0])) == []
    restore_items(shop_id=shop_id, actor_id=None, item_ids=[ids[1]])
    relay_shop(shop_id)
    with shop_scope(shop_id):
        assert Passage.objects.filter(item__public_id=ids[1]).exists()
        assert PassageVector.objects.filter(item_pk=ContentItem.objects.get(public_id=ids[1]).pk).exists()
    assert parked_deliveries(shop_id) == []


def test_indexing_twice_changes_nothing(people: Personas) -> None:
    ids = publish(people.shop.id)
    with shop_scope(people.shop.id):
        before = list(Passage.objects.order_by("id").values())
        revision = ShopIndex.objects.get().revision
    again = index_items(shop_id=people.shop.id, item_ids=ids)
    assert (again.written, again.passages, again.deleted) == (0, 0, 0)
    with shop_scope(people.shop.id):
        assert list(Passage.objects.order_by("id").values()) == before
        assert ShopIndex.objects.get().revision == revision
        assert ShopIndex.objects.get().passages == len(before)


@pytest.mark.usefixtures("tasks_run_at_once")
def test_a_corrected_language_is_taken_up_and_what_is_no_longer_valid_forgotten(people: Personas) -> None:
    shop_id = people.shop.id
    words = {"external_id": "1", "text": "Den er varm og blød, og den passer godt.", "language": "en"}
    (review_id,) = make_published(shop_id, [item_input(**words)])
    relay_shop(shop_id)

    def languages() -> set[str]:
        with shop_scope(shop_id):
            return set(Passage.objects.filter(item__public_id=review_id).values_list("language", flat=True))

    def send_again(**values: object) -> None:
        sent = item_input(**{**words, **values})
        receive_items(shop_id=shop_id, actor_id=None, source=make_source(shop_id), items=[sent])
        relay_shop(shop_id)

    assert languages() == {"en"}
    send_again(language="da")
    assert languages() == {"da"}
    send_again(language="da", valid_until=later(hours=-1))
    assert languages() == set()


def test_a_new_wording_replaces_the_old_passages(people: Personas) -> None:
    (review_id,) = publish(people.shop.id, [("The old words are about the fit of this.", 5)])
    with shop_scope(people.shop.id):
        ContentItem.objects.filter(public_id=review_id).update(
            text="New words, about warmth and nothing else.", version=2
        )
    assert index_items(shop_id=people.shop.id, item_ids=[review_id]).deleted == 1, "nobody permitted the new words yet"
    license_items(people.shop.id, [review_id])
    assert index_items(shop_id=people.shop.id, item_ids=[review_id]).written == 1
    with shop_scope(people.shop.id):
        (row,) = Passage.objects.all()
        assert (row.version, "'warmth'" in row.tsv, "'fit'" in row.tsv) == (2, True, False)


def test_embedding_goes_on_where_it_stopped(people: Personas) -> None:
    publish(people.shop.id)
    with shop_scope(people.shop.id):
        rows = list(Passage.objects.order_by("id").values_list("pk", flat=True))
    index(people.shop.id, vectors=True)
    with shop_scope(people.shop.id):
        vectors = {row.pk: row.v for row in PassageVector.objects.all()}
        PassageVector.objects.filter(pk__in=rows[10:]).delete()
        assert pending() > 0
        assert not indexing_progress(people.shop.id).complete
    assert embed_pending(shop_id=people.shop.id, seconds=60) is False
    with shop_scope(people.shop.id):
        again = {row.pk: row.v for row in PassageVector.objects.all()}
    assert again.keys() == vectors.keys()
    assert all(again[key] == pytest.approx(vector, abs=0.01) for key, vector in vectors.items())


@pytest.mark.usefixtures("tasks_run_at_once")
def test_the_sweep_embeds_what_a_crash_left(people: Personas) -> None:
    publish(people.shop.id)
    embed_due_task()
    with shop_scope(people.shop.id):
        assert pending() == 0
        mean = ShopLanguageMean.objects.get(language="en")
        assert mean.passages >= 20
        assert all(0.1 < row.spread < 1.0 for row in PassageVector.objects.filter(language="en"))


def test_a_shop_stands_in_line_once_however_much_comes_in(people: Personas, valkey: redis.Redis) -> None:
    """The queue is shared: what waits behind it, such as the pictures of new posts, has its turn after seconds."""

    def in_line() -> list[str]:
        waiting = [json.loads(message)["headers"] for message in valkey.lrange("bulk", 0, -1)]
        return [headers["argsrepr"] for headers in waiting if headers["task"] == embed_shop_task.name]

    for number in range(3):
        ids = make_published(people.shop.id, [item_input(text=f"Warm and soft wool, number {number}.")])
        index_items_task(people.shop.id, ids)
        embed_due_task()
    assert in_line() == [f"({people.shop.id},)"]
    valkey.delete("bulk")
    embed_shop_task(people.shop.id)
    with shop_scope(people.shop.id):
        assert pending() == 0
    assert in_line() == []
    ids = make_published(people.shop.id, [item_input(text="Scratchy at the neck.")])
    index_items_task(people.shop.id, ids)
    assert in_line() == [f"({people.shop.id},)"]
    assert EMBED_SECONDS <= 5


@pytest.mark.usefixtures("tasks_run_at_once")
def test_the_sweep_indexes_what_a_lost_broker_forgot(people: Personas) -> None:
    """The relay handed the task to the broker, the delivery counts as done, and then the broker lost everything."""
    shop_id = people.shop.id
    app.conf.task_always_eager = False
    ids = make_published(shop_id, [item_input(text="Warm and soft wool."), item_input(text="..."), item_input(text="")])
    relay_shop(shop_id)
    redis.Redis.from_url(settings.REDIS_URL).flushall()
    app.conf.task_always_eager = True
    assert forgotten_items(shop_id=shop_id, limit=10) == ids[:1]
    embed_due_task()
    with shop_scope(shop_id):
        assert set(Passage.objects.values_list("item__public_id", flat=True)) == set(ids[:1])
        assert pending() == 0
    assert forgotten_items(shop_id=shop_id, limit=10) == []


def test_progress_tells_each_step(people: Personas) -> None:
    shop_id = people.shop.id
    with shop_scope(shop_id):
        assert indexing_progress(shop_id).percent == 100
    make_published(shop_id, inputs())
    with shop_scope(shop_id):
        assert indexing_progress(shop_id).percent == 0
    list(reindex_shop(shop_id=shop_id))
    with shop_scope(shop_id):
        found = indexing_progress(shop_id)
        assert (found.reviews, found.indexed, found.percent) == (25, 25, 10)
    index(shop_id, vectors=True)
    with shop_scope(shop_id):
        assert indexing_progress(shop_id).percent == 100


def test_fragments_are_found_by_word_and_not_embedded(people: Personas) -> None:
    publish(people.shop.id, [("Itchy!", 1), ("", 5)])
    with shop_scope(people.shop.id):
        (row,) = Passage.objects.all()
        assert not row.embeddable
        assert pending() == 0


@hypothesis_settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=300))
def test_stored_offsets_cut_the_published_text(people: Personas, text: str) -> None:
    (review_id,) = make_published(people.shop.id, [item_input(text=text, title="x")])
    index_items(shop_id=people.shop.id, item_ids=[review_id])
    with shop_scope(people.shop.id):
        item = ContentItem.objects.get(public_id=review_id)
        rows = Passage.objects.filter(item=item).order_by("position")
        assert [(row.start, row.end) for row in rows] == [
            tuple(passage) for passage in passages(item.text, language=rows[0].language if rows else "en")
        ]


def test_after_an_erasure_no_mean_has_the_erased_passages_in_it(people: Personas) -> None:
    shop_id = people.shop.id
    ids = publish(shop_id)
    index(shop_id, vectors=True)
    person = Person(shop_id=shop_id, item_ids=tuple(ids[:2]))
    with shop_scope(shop_id):
        before = list(ShopLanguageMean.objects.get(language="en").mean)
        shred(person)
        mean = ShopLanguageMean.objects.get(language="en")
        vectors = [list(row.v) for row in PassageVector.objects.filter(language="en")]
        assert not Passage.objects.filter(item__public_id__in=ids[:2]).exists()
        assert mean.passages == len(vectors)
        assert list(mean.mean) == pytest.approx(
            [sum(column) / len(vectors) for column in zip(*vectors, strict=True)], abs=1e-3
        )
        assert list(mean.mean) != before
        shred(Person(shop_id=shop_id, item_ids=tuple(ids)))
        assert not ShopLanguageMean.objects.exists()
