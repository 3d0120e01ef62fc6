"""What time alone asks for: drafts that are still to be posted, the one reminder, silence, licences that end soon.

Each step is a conditional update of its own, so it may run twice, beside itself, and stop in the middle.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from project.core.change import change
from project.core.errors import VouchsafeError
from project.core.scope import shop_scope
from project.rights import request_rules as rules
from project.rights.contracts import LicenceState, RequestState, SendingWay
from project.rights.ledger import append_event
from project.rights.models import Licence, RightsRequest
from project.rights.services.moves import moved, request_of
from project.rights.services.sending import give_up, remind
from project.shops.rules import Action, may
from project.shops.selectors import members, shop_facts
from project.shops.services import queue_mail

logger = logging.getLogger(__name__)

BATCH = 200
ENDS_WITHIN = timedelta(days=30)
REMINDED_BY_CLOCK = (SendingWay.EMAIL, SendingWay.PUBLIC_REPLY)
# A message that was prepared this long ago and not posted has lost its task: broker down, worker killed.
FORGOTTEN_AFTER = timedelta(minutes=2)


def keep_asking(*, shop_id: int, now: datetime | None = None) -> tuple[str, ...]:
    """All that is due in one shop; returns the requests (public ids) whose message is still to be posted."""
    at = now or timezone.now()
    note_silence(shop_id=shop_id, now=at)
    remind_due(shop_id=shop_id, now=at)
    warn_of_endings(shop_id=shop_id, now=at)
    give_up_stale_drafts(shop_id=shop_id, now=at)
    with shop_scope(shop_id):
        drafts = RightsRequest.objects.filter(
            state=RequestState.DRAFT, way=SendingWay.PUBLIC_REPLY, created_at__lte=at - FORGOTTEN_AFTER
        )
        return tuple(drafts.order_by("id").values_list("public_id", flat=True)[:BATCH])


def note_silence(*, shop_id: int, now: datetime) -> int:
    """Fourteen days without an answer; one that comes later still counts. Returns how many."""
    with shop_scope(shop_id):
        silent = RightsRequest.objects.filter(state=RequestState.SENT, sent_at__lte=now - rules.SILENT_AFTER)
        ids = list(silent.order_by("id").values_list("public_id", flat=True)[:BATCH])
    return sum(_fall_silent(shop_id, request_id) for request_id in ids)


def remind_due(*, shop_id: int, now: datetime) -> int:
    """The reminders that nobody has to carry by hand; those are on the desk's list. Returns how many."""
    with shop_scope(shop_id):
        due = reminders_due(now).filter(way__in=[way.value for way in REMINDED_BY_CLOCK])
        ids = list(due.values_list("public_id", flat=True)[:BATCH])
    done = 0
    for request_id in ids:
        try:
            remind(shop_id=shop_id, actor_id=None, request_id=request_id)
        except VouchsafeError as error:  # answered meanwhile, or the pace is used up: the next round looks again
            logger.info("request.not_reminded", extra={"request": request_id, "code": str(error.code)})
        else:
            done += 1
    return done


def reminders_due(now: datetime) -> "QuerySet[RightsRequest]":
    """Requests whose author may be reminded now, in the shop's scope."""
    return RightsRequest.objects.filter(
        state=RequestState.SENT, reminded_at=None, sent_at__lte=now - rules.REMIND_AFTER
    ).order_by("sent_at", "id")


def reminders_by_hand(now: datetime) -> "QuerySet[RightsRequest]":
    """Of these, the ones that staff have to carry themselves."""
    return reminders_due(now).filter(way__in=[way.value for way in rules.BY_HAND])


def warn_of_endings(*, shop_id: int, now: datetime) -> int:
    """Tell staff, once for each, of licences that end within thirty days. Returns how many."""
    with shop_scope(shop_id):
        ending = Licence.objects.filter(
            state=LicenceState.ACTIVE, renewal_asked_at=None, ends_at__gt=now, ends_at__lte=now + ENDS_WITHIN
        )
        ids = list(ending.order_by("ends_at", "id").values_list("public_id", flat=True)[:BATCH])
    if not ids:
        return 0
    with change(shop_id=shop_id) as unit:
        warned = [
            licence_id
            for licence_id in ids
            if Licence.objects.filter(public_id=licence_id, renewal_asked_at=None).update(renewal_asked_at=now)
        ]
        for licence_id in warned:
            unit.audit("licence.ends_soon", "licence", licence_id)
        if warned:
            _mail_staff(shop_id, len(warned))
    return len(warned)


def give_up_stale_drafts(*, shop_id: int, now: datetime) -> None:
    """Messages that nobody posted in a week: the author is free to be asked anew."""
    with shop_scope(shop_id):
        stale = RightsRequest.objects.filter(state=RequestState.DRAFT, created_at__lte=now - rules.DRAFT_LIVES)
        ids = list(stale.order_by("id").values_list("public_id", flat=True)[:BATCH])
    for request_id in ids:
        give_up(shop_id=shop_id, request_id=request_id, reason="never_posted")


def _fall_silent(shop_id: int, request_id: str) -> bool:
    with change(shop_id=shop_id) as unit:
        if not moved(request_id, rules.Move.FALL_SILENT):
            return False
        append_event("no_reply", {"request": request_id})
        item_id = request_of(request_id).item.public_id
        unit.audit("request.no_reply", "item", item_id, request=request_id, by="silence")
    return True


def _mail_staff(shop_id: int, count: int) -> None:
    shop = shop_facts()
    url = f"{settings.PUBLIC_URL}{reverse('studio:licences', args=[shop.slug])}"
    with translation.override(shop.locale):
        subject = ngettext(
            "%(count)d permission at %(shop)s ends within 30 days",
            "%(count)d permissions at %(shop)s end within 30 days",
            count,
        ) % {"count": count, "shop": shop.name}
        text = _(
            "Hello\n\n"
            "%(subject)s. What they cover is still shown until then and vanishes by itself afterwards. If you would "
            "like to go on showing it, ask the authors again in good time:\n\n"
            "%(url)s\n"
        ) % {"subject": subject, "url": url}
    for member in members():
        if may(member.role, Action.ASK_PERMISSION):
            queue_mail(
                shop_id=shop_id,
                purpose="licence_expiring",
                to=member.user.email,
                subject=subject,
                text=text,
                language=shop.locale,
            )
