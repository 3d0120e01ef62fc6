"""Embedding passages, in small batches that each commit: a killed worker loses at most one."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import Count

from assistant.audience import audience_of
from assistant.embedding.loading import embeddings
from assistant.indexing.passages import raise_revision
from assistant.models import Passage, PassageVector, ShopLanguageMean
from assistant.retrieval.scope import Scope
from assistant.retrieval.scoring import FEWEST_FOR_CENTRING
from project.core.scope import shop_scope
from project.rights import gate
from project.rights.contracts import GateQuery

BATCH = 64
GROWTH = 1.5
"""A mean is taken anew when the passages behind it have grown this much: the work stays linear in all."""

_LOCK_CLASS = 0x617376  # "asv": one embedding worker per shop


def embed_pending(*, shop_id: int, seconds: float) -> bool:
    """Embed passages that have no vector for about `seconds`; return whether some are left.

    False as well when another worker is at this shop: that one goes on.
    """
    until = time.monotonic() + seconds
    with shop_scope(shop_id), _only_one(shop_id) as alone:
        while alone and _embed_batch(shop_id):
            _renew_means(shop_id)
            if time.monotonic() >= until:
                return True
    return False


def pending() -> int:
    """Return how many passages of the shop in scope wait for their vector."""
    return Passage.objects.filter(embeddable=True, vector=None).count()


def retake_means(shop_id: int) -> None:
    """Take every mean of the shop in scope anew: after an erasure none may have the erased passages in it."""
    ShopLanguageMean.objects.all().delete()
    _renew_means(shop_id)


def _embed_batch(shop_id: int) -> int:
    audience = audience_of(shop_id)
    waiting = Passage.objects.filter(embeddable=True, vector=None, item_id__in=gate.visible_ids(audience))
    batch = list(
        waiting.order_by("id").values_list("id", "item__public_id", "version", "start", "end", "language")[:BATCH]
    )
    if not batch:
        return 0
    ids = tuple({row[1] for row in batch})
    items = {item.id: item for item in gate.published(audience, GateQuery(item_ids=ids, limit=len(ids))).items}
    # What was edited or withdrawn between the two reads has its own news coming; it is only left out here.
    rows = [row for row in batch if row[1] in items and items[row[1]].version == row[2]]
    made = embeddings().embed_documents([items[row[1]].text[row[3] : row[4]] for row in rows])
    means = {mean.language: list(mean.mean) for mean in ShopLanguageMean.objects.all()}
    with transaction.atomic():
        still_there = set(
            Passage.objects.select_for_update(of=("self",))
            .filter(id__in=[row[0] for row in rows])
            .values_list("id", flat=True)
        )
        PassageVector.objects.bulk_create(
            [
                PassageVector(
                    passage_id=row[0],
                    item_pk=items[row[1]].pk,
                    language=row[5],
                    v=vector,
                    spread=_distance(vector, means.get(row[5])),
                )
                for row, vector in zip(rows, made, strict=True)
                if row[0] in still_there
            ],
            ignore_conflicts=True,
        )
        raise_revision(shop_id)
    return len(rows)


def _distance(vector: list[float], mean: list[float] | None) -> float:
    return math.dist(vector, mean) if mean is not None else 1.0


def _renew_means(shop_id: int) -> None:
    known = dict(ShopLanguageMean.objects.values_list("language", "passages"))
    counts = PassageVector.objects.values_list("language").annotate(n=Count("pk")).order_by()
    for language, count in counts:
        if count >= FEWEST_FOR_CENTRING and count >= GROWTH * known.get(language, 0):
            _renew_mean(shop_id, language)


def _renew_mean(shop_id: int, language: str) -> None:
    """Take a language's mean and polarity, and every vector's distance to the mean, in two statements."""
    with transaction.atomic(), connection.cursor() as cursor:
        named, values = Scope(audience_of(shop_id)).visible()
        cursor.execute(
            f"WITH {named} "  # noqa: S608 (fixed text; every value is a parameter)
            "INSERT INTO assistant_language_mean (shop_id, language, passages, mean, polarity) "
            "SELECT p.shop_id, p.language, count(*), avg(p.v::vector), "
            "CASE WHEN least(count(*) FILTER (WHERE r.rating <= 2), count(*) FILTER (WHERE r.rating >= 4)) >= %s "
            "THEN l2_normalize(avg(p.v::vector) FILTER (WHERE r.rating <= 2) "
            "- avg(p.v::vector) FILTER (WHERE r.rating >= 4)) END "
            "FROM assistant_passage_vector AS p LEFT JOIN visible AS r ON r.id = p.item_pk "
            "WHERE p.shop_id = %s AND p.language = %s GROUP BY p.shop_id, p.language "
            "ON CONFLICT (shop_id, language) DO UPDATE "
            "SET passages = EXCLUDED.passages, mean = EXCLUDED.mean, polarity = EXCLUDED.polarity",
            [*values, FEWEST_FOR_CENTRING, shop_id, language],
        )
        cursor.execute(
            "UPDATE assistant_passage_vector AS p SET spread = p.v::vector <-> m.mean "
            "FROM assistant_language_mean AS m "
            "WHERE p.shop_id = %s AND p.language = %s AND m.shop_id = p.shop_id AND m.language = p.language",
            [shop_id, language],
        )


@contextmanager
def _only_one(shop_id: int) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_CLASS, shop_id])
        locked = bool(cursor.fetchone()[0])
    try:
        yield locked
    finally:
        if locked:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_CLASS, shop_id])
