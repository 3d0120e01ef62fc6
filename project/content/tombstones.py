"""What was erased never comes back: salted hashes of ids at the source, looked up before anything is stored.

They are keyed by the installation's secret: whoever has the database alone learns no id from them.
"""

from collections.abc import Iterable

from django.db import connection

from project.content.models import IntakeTombstone, Source
from project.core.hashing import keyed_hash

# Of one source: everybody who stores items shares it, an import's batch and an erasure have it alone. So nobody can
# look for tombstones before an erasure and store after it.
INTAKE_LOCK = 0x766F76


def external_hash(source: Source, external_id: str) -> str:
    """The tombstone's hash of an erased item's id at its source."""
    return keyed_hash(purpose=f"tombstone:{source.pk}", value=external_id)


def author_hash(source: Source, external_id: str) -> str:
    """The same of an erased person's account; "" where the source names none."""
    return keyed_hash(purpose=f"tombstone:{source.pk}:author", value=external_id) if external_id else ""


def share_intake(source: Source) -> None:
    """Wait for an erasure or a batch of this source that is under way. Held until the transaction ends."""
    _lock("pg_advisory_xact_lock_shared", source.pk)


def take_intake(source_pks: Iterable[int]) -> None:
    """Wait until nobody stores items of these sources, and keep others from it until the transaction ends."""
    for pk in sorted(set(source_pks)):
        _lock("pg_advisory_xact_lock", pk)


def _lock(function: str, source_pk: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [INTAKE_LOCK, source_pk % 2**31])


def has_tombstones(source: Source) -> bool:
    """Whether anything of this source was ever erased: hashing each id costs, so this is asked first."""
    return IntakeTombstone.objects.filter(source=source).exists()


def tombstones_among(source: Source, hashes: Iterable[str]) -> set[str]:
    """Which of these hashes stand for something erased."""
    wanted = [one for one in hashes if one]
    rows = IntakeTombstone.objects.filter(source=source, external_hash__in=wanted)
    return set(rows.values_list("external_hash", flat=True))


def bury(source: Source, *, items: Iterable[str], authors: Iterable[str]) -> int:
    """Write the tombstones of erased items and of their author's accounts (ids at the source)."""
    hashes = {external_hash(source, external_id) for external_id in items}
    hashes |= {author_hash(source, external_id) for external_id in authors}
    rows = [IntakeTombstone(source=source, external_hash=one) for one in sorted(hashes)]
    IntakeTombstone.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
