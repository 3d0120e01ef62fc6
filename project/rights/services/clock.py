"""What the clock alone changes: licences that begin and licences that end.

The gate compares times itself, so nothing shows a moment too long; this tells widgets and pages about it.
"""

from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from project.core.change import Change, change
from project.core.scope import shop_scope
from project.rights.contracts import EndReason, LicenceState, WithdrawalRoute
from project.rights.events import ITEMS_PER_ROW, LicenceExpired, LicenceStarted
from project.rights.ledger import append_event
from project.rights.models import Licence, LicenceItem
from project.rights.services.licences import digest_of


def announce_licence_changes(*, shop_id: int, now: datetime | None = None) -> int:
    """Tell of every licence of a shop whose start or end has passed since the last look; returns how many."""
    at = now or timezone.now()
    with shop_scope(shop_id):
        started = _ids(Licence.objects.filter(start_announced=False, starts_at__lte=at, ended_at=None))
        expired = _ids(Licence.objects.filter(end_announced=False, ends_at__lte=at, state=LicenceState.ACTIVE))
    for licence_id in started:
        _announce_start(shop_id, licence_id)
    for licence_id in expired:
        _announce_end(shop_id, licence_id, at)
    return len(started) + len(expired)


def _ids(licences: "QuerySet[Licence]") -> list[str]:
    return list(licences.order_by("id").values_list("public_id", flat=True))


def _announce_start(shop_id: int, licence_id: str) -> None:
    with change(shop_id=shop_id) as unit:
        if Licence.objects.filter(public_id=licence_id, start_announced=False).update(start_announced=True):
            _emit(unit, LicenceStarted, licence_id, _covered(licence_id))


def _announce_end(shop_id: int, licence_id: str, at: datetime) -> None:
    with change(shop_id=shop_id) as unit:
        covered = _covered(licence_id)
        won = Licence.objects.filter(public_id=licence_id, end_announced=False, state=LicenceState.ACTIVE).update(
            end_announced=True,
            state=LicenceState.EXPIRED,
            ended_at=at,
            end_reason=EndReason.EXPIRED,
            ended_through=WithdrawalRoute.CLOCK,
        )
        if won:
            route = str(WithdrawalRoute.CLOCK)
            append_event("expired", {"licence": licence_id, "route": route, **digest_of(covered)})
            unit.audit("licence.expired", "licence", licence_id, route=route, items=len(covered))
            _emit(unit, LicenceExpired, licence_id, covered)


def _covered(licence_id: str) -> list[str]:
    rows = LicenceItem.objects.filter(licence__public_id=licence_id, ended_at=None)
    return sorted(rows.values_list("item__public_id", flat=True))


def _emit(unit: Change, event: type[LicenceStarted] | type[LicenceExpired], licence_id: str, items: list[str]) -> None:
    for start in range(0, len(items), ITEMS_PER_ROW):
        unit.emit(event(licence_id=licence_id, item_ids=tuple(items[start : start + ITEMS_PER_ROW])))
