"""After an erasure: what the database and Valkey still have of it beneath the surface.

Dead rows, the planner's statistics (they keep samples of columns) and the append-only file hold a person's words
until they are cleaned. That cannot run inside a transaction, and need not: no query finds any of it.
"""

import logging

import redis
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from project.core.change import change
from project.core.lookups import every_shop, is_empty
from project.core.scope import shop_scope
from project.core.shredding import shredders
from project.rights.contracts import PrivacyKind, PrivacyState
from project.rights.erasures import erasure_steps
from project.rights.models import PrivacyRequest

logger = logging.getLogger(__name__)


def tidy_after_erasures() -> int:
    """Clean up once for every erasure whose stores are all cleared; returns how many that were."""
    ready = {shop_id: done for shop_id in every_shop() if (done := _untidied(shop_id))}
    if not ready:
        return 0
    vacuum()
    rewrite_valkey()
    for shop_id, request_ids in ready.items():
        with change(shop_id=shop_id) as unit:
            for request_id in request_ids:
                row = PrivacyRequest.objects.select_for_update(of=("self",)).get(public_id=request_id)
                outcome = {**row.outcome, "tidied_at": timezone.now().isoformat()}
                PrivacyRequest.objects.filter(pk=row.pk).update(outcome=outcome)
                unit.audit("privacy.tidied", "privacy_request", request_id)
    return sum(len(done) for done in ready.values())


def _untidied(shop_id: int) -> list[str]:
    with shop_scope(shop_id):
        rows = PrivacyRequest.objects.filter(kind=PrivacyKind.ERASURE, state=PrivacyState.DONE)
        waiting = rows.exclude(outcome__has_key="tidied_at").order_by("id")
        ids = list(waiting.values_list("public_id", flat=True))
        return [one for one in ids if all(step.done for step in erasure_steps(shop_id, one))]


def vacuum() -> None:
    """Reclaim the dead rows of every table that holds personal data, and take its statistics anew."""
    tables = sorted({table for shredder in shredders() for table in shredder.tables})
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM (ANALYZE) {', '.join(map(connection.ops.quote_name, tables))}")
    for table in tables:
        _forget_statistics_if_empty(table)


def _forget_statistics_if_empty(table: str) -> None:
    """Of a table without rows ANALYZE takes no new statistics, and the old samples would stay for ever.

    Giving a column the type that it has drops them; on an empty table nothing is rewritten.
    """
    name = connection.ops.quote_name(table)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        cursor.execute(_COLUMNS_WITH_STATISTICS, [table])
        columns = cursor.fetchall()
        if not columns:
            return
        cursor.execute(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE")
        if not is_empty(name):
            return
        changes = ", ".join(f"ALTER COLUMN {connection.ops.quote_name(column)} TYPE {kind}" for column, kind in columns)
        cursor.execute(f"ALTER TABLE {name} {changes}")


# Identities aside: their numbers say nothing about anybody, and their type is bound to a sequence.
_COLUMNS_WITH_STATISTICS = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod)
    FROM pg_attribute a
    JOIN pg_stats s ON s.schemaname = current_schema() AND s.tablename = %s AND s.attname = a.attname
    WHERE a.attrelid = to_regclass(s.tablename) AND a.attidentity = ''
    ORDER BY a.attnum
"""


def rewrite_valkey() -> None:
    """Have Valkey write its append-only file anew. A server that forbids it to us has its own rules for that."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    try:
        client.bgrewriteaof()
    except redis.ResponseError:
        logger.warning("erasure.aof_not_rewritten", exc_info=True)
    finally:
        client.close()
