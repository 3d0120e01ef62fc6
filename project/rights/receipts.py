"""Receipts of withdrawals: figures that fill in while pages confirm, and the sentence that says them."""

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from project.core.errors import NotFound
from project.core.live.acks import Acknowledgements, acknowledgements
from project.core.outbox import event_name
from project.core.scope import shop_scope
from project.rights.contracts import EndReason, Receipt, ReceiptStep
from project.rights.followers import followers
from project.rights.models import LicenceItem, RightsRequest, Withdrawal
from project.rights.services.withdrawals import FINAL_AFTER, LEASE, is_final, steps_done

# What each page was told is summed up in the web processes and written together: until then nothing can be said.
COUNTING = timedelta(seconds=3)


def withdrawals() -> QuerySet[Withdrawal]:
    """All withdrawals of the shop, newest first."""
    return Withdrawal.objects.select_related("licence").order_by("-id")


def receipt(*, shop_id: int, withdrawal_id: str) -> Receipt:
    """How far a withdrawal has come, counted anew until its figures are final."""
    with shop_scope(shop_id):
        row = withdrawals().filter(public_id=withdrawal_id).first()
        if row is None:
            raise NotFound(_("There is no such withdrawal in this shop."))
        return receipt_of(row)


def latest_receipt_of_request(request_pk: int) -> Receipt | None:
    """The receipt of what last ended a right to the request's item, by whichever licence (a renewal's, an import's);
    None before the news of it have gone out. In the shop's scope."""
    request = RightsRequest.objects.select_related("item").filter(pk=request_pk).first()
    if request is None:
        return None
    ended = LicenceItem.objects.filter(item=request.item, ended_at__isnull=False).exclude(
        end_reason=EndReason.SUPERSEDED
    )
    last = ended.order_by("-ended_at").values_list("ended_at", flat=True).first()
    if last is None:
        return None
    # An older account is of an earlier end, or of a hold: the one that is meant is still being opened.
    row = withdrawals().filter(items__contains=[request.item.public_id], committed_at__gte=last).first()
    return None if row is None else receipt_of(row)


def receipt_of(row: Withdrawal) -> Receipt:
    """A row as it is told. In the shop's scope."""
    final = is_final(row)
    if final:
        counted = Acknowledgements(row.told or 0, row.confirmed or 0, row.median_ms, row.p95_ms, row.slowest_ms)
    else:
        counted = acknowledgements(row.shop_id, row.number, items=row.items, committed_at=row.committed_at)
    return Receipt(
        withdrawal_id=row.public_id,
        licence_id=row.licence.public_id,
        route=row.route,
        items=len(row.items),
        committed_at=row.committed_at,
        rest_hidden_at=row.committed_at + LEASE,
        told=counted.told,
        confirmed=counted.acknowledged,
        median_ms=counted.median_ms,
        p95_ms=counted.p95_ms,
        slowest_ms=counted.slowest_ms,
        final=final or timezone.now() >= row.committed_at + FINAL_AFTER,
        steps=_steps(row),
    )


def _steps(row: Withdrawal) -> tuple[ReceiptStep, ...]:
    # What was parked when the figures became final may have been retried since.
    done = {**row.done, **steps_done(row.shop_id, row.number)}
    return tuple(
        ReceiptStep(follower.name, str(follower.label), _moment(done.get(follower.name)), follower.for_author)
        for follower in followers(event_name(row.shop_id, row.number))
    )


def _moment(unix_ms: int | None) -> datetime | None:
    return None if unix_ms is None else datetime.fromtimestamp(unix_ms / 1000, UTC)


def seconds_text(milliseconds: int) -> str:
    """``"0.8"``: seconds with one decimal, never rounded down, in the language in force."""
    return number_format(math.ceil(milliseconds / 100) / 10, decimal_pos=1)


def receipt_sentences(receipt: Receipt, time_zone: str) -> tuple[str, ...]:
    """What an author reads: from how many pages it is gone, how fast, and by when no copy shows it."""
    numbers = {
        "told": receipt.told,
        "confirmed": receipt.confirmed,
        "missing": receipt.never_confirmed,
        "seconds": seconds_text(receipt.slowest_ms or 0),
        "time": date_format(receipt.rest_hidden_at.astimezone(ZoneInfo(time_zone)), "H:i:s"),
    }
    sentences = (_first_sentence(receipt) % numbers, *_how_fast(receipt))
    if not (receipt.final and receipt.confirmed and receipt.never_confirmed):
        return sentences
    missing = ngettext(
        "%(missing)d page never confirmed, for example because it was closed or lost its connection.",
        "%(missing)d pages never confirmed, for example because they were closed or lost their connection.",
        receipt.never_confirmed,
    )
    return *sentences, missing % numbers


def _how_fast(receipt: Receipt) -> tuple[str, ...]:
    """Median and 95th percentile, where more than one page confirmed; the slowest stands in the first sentence."""
    if receipt.confirmed < 2 or receipt.median_ms is None or receipt.p95_ms is None:
        return ()
    times = {"median": seconds_text(receipt.median_ms), "p95": seconds_text(receipt.p95_ms)}
    return (_("Half of them took at most %(median)s s, 19 out of 20 at most %(p95)s s.") % times,)


def _first_sentence(receipt: Receipt) -> str:
    if not receipt.told and timedelta(0) <= timezone.now() - receipt.committed_at < COUNTING:
        return _("The pages that are open now are being told.")
    if not receipt.told:
        return _("No page that was open showed it; every copy has hidden it by %(time)s.")
    if receipt.confirmed:
        return ngettext(
            "Gone from %(confirmed)d of %(told)d open page in %(seconds)s s; the rest have hidden it by %(time)s.",
            "Gone from %(confirmed)d of %(told)d open pages in %(seconds)s s; the rest have hidden it by %(time)s.",
            receipt.told,
        )
    if receipt.final:
        return ngettext(
            "%(told)d open page was told and did not answer; it has hidden it by %(time)s.",
            "%(told)d open pages were told and did not answer; all have hidden it by %(time)s.",
            receipt.told,
        )
    return ngettext(
        "%(told)d open page was told; it has hidden it by %(time)s.",
        "%(told)d open pages were told; all have hidden it by %(time)s.",
        receipt.told,
    )
