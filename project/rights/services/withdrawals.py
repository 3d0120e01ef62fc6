"""Keeping account of withdrawals: a row for each, and how fast the pages that showed it removed it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils import timezone

from project.core.change import change
from project.core.edge.lease import LEASE_SECONDS
from project.core.ids import new_public_id
from project.core.live.acks import acknowledgements
from project.core.outbox import finished_deliveries
from project.core.scope import shop_scope
from project.rights.contracts import EndReason, HoldReason, LicenceState, WithdrawalRoute
from project.rights.models import Hold, Licence, LicenceItem, Withdrawal

LEASE = timedelta(seconds=LEASE_SECONDS)
# Acknowledgements are added up within a second; what comes later than this came from a page that had hidden it.
FINAL_AFTER = LEASE + timedelta(seconds=5)
HOLD_ROUTES = {
    HoldReason.DISPUTE: WithdrawalRoute.NOTICE,
    HoldReason.LEGAL: WithdrawalRoute.NOTICE,
    HoldReason.SOURCE_GONE: WithdrawalRoute.SOURCE,
}


def record_withdrawal(
    *,
    shop_id: int,
    licence_id: str,
    number: int,
    item_ids: Sequence[str],
    route: WithdrawalRoute,
    committed_at: datetime,
) -> str:
    """Open the account of a withdrawal; returns its public id, the same however often it is called for a number.

    ``""`` where there is nothing to account for: the licence was erased, or another one took its place.
    """
    with change(shop_id=shop_id):
        licence = Licence.objects.filter(public_id=licence_id).first()
        replaced = LicenceItem.objects.filter(
            licence=licence, item__public_id__in=item_ids, end_reason=EndReason.SUPERSEDED
        )
        if licence is None or replaced.exists():
            return ""
        return _open(licence, number, item_ids, route, committed_at)


def record_hold(*, shop_id: int, hold_id: str, number: int, committed_at: datetime) -> str:
    """The same for a hold that hides something licensed because of a dispute or because its source deleted it."""
    with change(shop_id=shop_id):
        hold = Hold.objects.select_related("item").filter(public_id=hold_id).first()
        route = HOLD_ROUTES.get(HoldReason(hold.reason)) if hold else None
        if hold is None or route is None:
            return ""
        covering = LicenceItem.objects.filter(item=hold.item, ended_at=None, licence__state=LicenceState.ACTIVE)
        row = covering.select_related("licence").order_by("-id").first()
        return "" if row is None else _open(row.licence, number, [hold.item.public_id], route, committed_at)


def _open(
    licence: Licence, number: int, item_ids: Sequence[str], route: WithdrawalRoute, committed_at: datetime
) -> str:
    row, _made = Withdrawal.objects.get_or_create(
        number=number,
        defaults={
            "public_id": new_public_id("wdr"),
            "licence": licence,
            "items": sorted(item_ids),
            "route": route,
            "committed_at": committed_at,
        },
    )
    return row.public_id


def measure_withdrawal(*, shop_id: int, withdrawal_id: str, now: datetime | None = None) -> None:
    """Write down what was counted so far. Once the lease is over the figures are final and stay."""
    at = now or timezone.now()
    with change(shop_id=shop_id):
        row = Withdrawal.objects.filter(public_id=withdrawal_id).first()
        if row is None or is_final(row):
            return
        counted = acknowledgements(shop_id, row.number, items=row.items, committed_at=row.committed_at)
        Withdrawal.objects.filter(pk=row.pk).filter(Q(measured_at=None) | Q(measured_at__lt=at)).update(
            told=counted.told,
            confirmed=counted.acknowledged,
            median_ms=counted.median_ms,
            p95_ms=counted.p95_ms,
            slowest_ms=counted.slowest_ms,
            measured_at=at,
            done=steps_done(shop_id, row.number),
        )


def is_final(row: Withdrawal) -> bool:
    """Whether the figures were written down after the lease."""
    return row.measured_at is not None and row.measured_at >= row.committed_at + FINAL_AFTER


def steps_done(shop_id: int, number: int) -> dict[str, int]:
    """Subscribers that have finished with this number, with the moment in Unix milliseconds."""
    return {name: round(at.timestamp() * 1000) for name, at in finished_deliveries(shop_id, number).items()}


def forgotten_measurements(*, shop_id: int, now: datetime | None = None, limit: int = 100) -> list[str]:
    """Withdrawals (public ids) whose lease is over and whose final figures nobody has written down yet."""
    over = (now or timezone.now()) - FINAL_AFTER
    with shop_scope(shop_id):
        due = Withdrawal.objects.filter(committed_at__lte=over).filter(
            Q(measured_at=None) | Q(measured_at__lt=F("committed_at") + FINAL_AFTER)
        )
        return list(due.order_by("id").values_list("public_id", flat=True)[:limit])
