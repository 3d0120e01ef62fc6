"""Writing and deleting passages. Fast: no model is asked, so answers by words work at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from assistant.audience import audience_of
from assistant.models import Passage, StoredAnswer
from assistant.text.language import detect, primary
from assistant.text.normalise import search_copy
from assistant.text.passages import passages, word_count
from project.core.scope import current_shop_id, shop_scope
from project.rights import gate
from project.rights.contracts import GateQuery, PublishedItem
from project.shops.selectors import shop_facts

BATCH = 250
FEWEST_EMBEDDED_WORDS = 3
_LOCK_CLASS = 0x617374  # "ast": one writer of a shop's passages at a time


@dataclass(frozen=True)
class Indexed:
    """What a run did: items (re)written, passages written, items whose passages were deleted."""

    written: int
    passages: int
    deleted: int


def index_items(*, shop_id: int, item_ids: Sequence[str]) -> Indexed:
    """Bring the passages of these items (public ids) in line with what the gate publishes now. Idempotent."""
    total = Indexed(0, 0, 0)
    for start in range(0, len(item_ids), BATCH):
        part = tuple(item_ids[start : start + BATCH])
        with shop_scope(shop_id), transaction.atomic():
            _lock(shop_id)
            query = GateQuery(item_ids=part, order="newest", limit=BATCH)
            found = gate.published(audience_of(shop_id), query).items
            gone = _delete_others(part, found)
            written, count = _write(shop_id, found)
            if written or gone:
                raise_revision(shop_id)
        total = Indexed(total.written + written, total.passages + count, total.deleted + gone)
    return total


def reindex_shop(*, shop_id: int) -> Iterator[Indexed]:
    """Do the same for everything the shop publishes, yielding progress; first what no longer passes goes."""
    with shop_scope(shop_id), transaction.atomic():
        _lock(shop_id)
        gone = _delete_invisible(shop_id)
        raise_revision(shop_id)
    yield Indexed(0, 0, gone)
    cursor = ""
    while True:
        with shop_scope(shop_id), transaction.atomic():
            _lock(shop_id)
            query = GateQuery(order="newest", limit=BATCH, cursor=cursor)
            page = gate.published(audience_of(shop_id), query)
            written, count = _write(shop_id, page.items)
            if written:
                raise_revision(shop_id)
        yield Indexed(written, count, 0)
        cursor = page.next_cursor
        if not cursor:
            return


def forgotten_items(*, shop_id: int, limit: int) -> list[str]:
    """Public ids of published items whose words are not in the index: the task that should have written them was lost
    with the broker, for instance. Passages of an older version count as none."""
    with shop_scope(shop_id):
        current = Passage.objects.filter(item_id=OuterRef("pk"), version=OuterRef("version"))
        missing = gate.visible_ids(audience_of(shop_id)).filter(~Exists(current), text__regex=r"\w")
        return list(missing.order_by("pk").values_list("public_id", flat=True)[:limit])


def forget_items(*, shop_id: int, item_ids: Sequence[str], before_number: int) -> int:
    """Delete the passages of those items that no longer pass, and every answer stored under a lower number.

    Nothing depends on this for safety: reads join the gate and answers are keyed by the publication number.
    """
    with shop_scope(shop_id), transaction.atomic():
        StoredAnswer.objects.filter(number__lt=before_number).delete()
        visible = gate.visible_ids(audience_of(shop_id))
        gone = Passage.objects.filter(item__public_id__in=item_ids).exclude(item_id__in=visible)
        deleted = _delete(gone.values_list("item_id", flat=True).distinct())
        if deleted:
            raise_revision(shop_id)
        return deleted


def shred_items(*, shop_id: int, item_ids: Sequence[str]) -> int:
    """Delete all that was derived from erased items, and every stored answer: any of them may quote one.

    Under the lock of whoever writes passages: what was read before the erasure is written before this, and goes.
    """
    with shop_scope(shop_id), transaction.atomic():
        _lock(shop_id)
        StoredAnswer.objects.all().delete()
        rows = Passage.objects.filter(item__public_id__in=item_ids)
        deleted = _delete(list(rows.values_list("item_id", flat=True).distinct()))
        raise_revision(shop_id)
        return deleted


def raise_revision(shop_id: int) -> None:
    """Say that the shop's index has changed: answers stored before are not used again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO assistant_shop_index AS i (shop_id, revision, passages) "
            "SELECT %s, 1, count(*) FROM assistant_passage WHERE shop_id = %s "
            "ON CONFLICT (shop_id) DO UPDATE SET revision = i.revision + 1, passages = EXCLUDED.passages",
            [shop_id, shop_id],
        )


def _write(shop_id: int, items: Sequence[PublishedItem]) -> tuple[int, int]:
    """Write the passages of items that have none for their version and language; returns items and passages."""
    rows_there = Passage.objects.filter(item_id__in=[item.pk for item in items])
    there = {pk: about for pk, *about in rows_there.values_list("item_id", "version", "language").distinct()}
    new = [item for item in items if item.text.strip() and not _is_written(item, there.get(item.pk))]
    _delete([item.pk for item in new if item.pk in there])
    fallback = primary(shop_facts(shop_id).locale)
    rows = [row for item in new for row in _rows(item, fallback)]
    if rows:
        with connection.cursor() as cursor:
            # One statement a batch: PostgreSQL makes the tsvectors, the arrays carry the columns.
            cursor.execute(_INSERT, [shop_id, *(list(column) for column in zip(*rows, strict=True))])
    return len(new), len(rows)


def _is_written(item: PublishedItem, there: list[Any] | None) -> bool:
    """Whether the passages that are there (their version and language) are those of the item as it stands."""
    if there is None or there[0] != item.version:
        return False
    return not item.language or there[1] == primary(item.language)


_INSERT = """
    INSERT INTO assistant_passage
        (shop_id, item_id, version, position, start, "end", language, embeddable, tsv)
    SELECT %s, item_id, version, position, first, last, language, embeddable, to_tsvector('simple', words)
    FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::int[], %s::int[], %s::text[], %s::boolean[], %s::text[])
        AS new (item_id, version, position, first, last, language, embeddable, words)
    ON CONFLICT (item_id, position) DO NOTHING
"""


def _rows(item: PublishedItem, fallback: str) -> Iterator[tuple[int, int, int, int, int, str, bool, str]]:
    language = primary(item.language) if item.language else detect(item.text, fallback=fallback)
    for position, (start, end) in enumerate(passages(item.text, language=language)):
        words = item.text[start:end]
        embeddable = word_count(words) >= FEWEST_EMBEDDED_WORDS
        yield item.pk, item.version, position, start, end, language, embeddable, search_copy(words, language)


def _delete_others(item_ids: Iterable[str], found: Sequence[PublishedItem]) -> int:
    gone = Passage.objects.filter(item__public_id__in=item_ids).exclude(item_id__in=[item.pk for item in found])
    return _delete(gone.values_list("item_id", flat=True).distinct())


def _delete_invisible(shop_id: int) -> int:
    visible = gate.visible_ids(audience_of(shop_id))
    gone = Passage.objects.exclude(item_id__in=visible)
    return _delete(gone.values_list("item_id", flat=True).distinct())


def _delete(item_pks: Iterable[int]) -> int:
    """Delete vectors and passages of items, in two statements that name the shop."""
    pks = list(item_pks)
    if pks:
        shop_id = current_shop_id()
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM assistant_passage_vector WHERE shop_id = %s AND passage_id IN "
                "(SELECT id FROM assistant_passage WHERE shop_id = %s AND item_id = ANY(%s))",
                [shop_id, shop_id, pks],
            )
            cursor.execute("DELETE FROM assistant_passage WHERE shop_id = %s AND item_id = ANY(%s)", [shop_id, pks])
    return len(pks)


def _lock(shop_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_CLASS, shop_id])
