"""Reads of the rights room, for the desk and for the author's page."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Subquery, When
from django.utils import timezone

from project.content import selectors as content
from project.content.rules import State
from project.rights.authors import LinkFacts, link_facts, request_view
from project.rights.contracts import (
    AUTHORS_NO,
    OPEN_REQUEST_STATES,
    Audience,
    Basis,
    LicenceState,
    PrivacyState,
    RequestState,
)
from project.rights.coverage import covers_version, pictures_covered
from project.rights.erasures import erasure_steps as erasure_steps
from project.rights.models import ConsentRecord, Hold, Licence, LicenceItem, PrivacyRequest, RightsRequest
from project.rights.receipts import latest_receipt_of_request as latest_receipt_of_request
from project.rights.receipts import receipt as receipt
from project.rights.receipts import receipt_of as receipt_of
from project.rights.receipts import receipt_sentences as receipt_sentences
from project.rights.receipts import withdrawals as withdrawals
from project.rights.rules import WORLDWIDE, ItemFacts, LicenceFacts, Verdict, may_show
from project.rights.services.asking import channels_beyond as channels_beyond
from project.rights.services.messages import hashtags_of as hashtags_of
from project.rights.services.schedule import reminders_by_hand as reminders_by_hand
from project.rights.services.schedule import reminders_due as reminders_due
from project.rights.services.ways import ways_for as ways_for
from project.rights.threads import gone_reply as gone_reply
from project.rights.threads import replies_of as replies_of
from project.rights.threads import replies_to_read as replies_to_read
from project.rights.threads import requests_to_read as requests_to_read
from project.rights.threads import watched_threads as watched_threads

EXPIRING_DAYS = 30
PRIVACY_WARNING_DAYS = 7

__all__ = [
    "LinkFacts",
    "bases_of",
    "expiring_licences",
    "holds_of_item",
    "items_needing_permission",
    "items_to_ask",
    "licences",
    "licences_of_item",
    "link_facts",
    "open_holds",
    "open_request_of",
    "request_counts",
    "request_view",
    "requests",
    "requests_of_item",
]


def licences() -> QuerySet[Licence]:
    """All licences of the shop, newest first, with ``covered`` = items that still hold it, and ``licensor_id`` and
    ``licensor_name`` = the author who granted it, None where the shop holds it on another ground."""
    granted = LicenceItem.objects.filter(licence=OuterRef("pk"), licence__basis=Basis.REQUEST).order_by("id")
    rows = Licence.objects.annotate(
        covered=Count("coverage", filter=Q(coverage__ended_at=None)),
        licensor_id=Subquery(granted.values("item__author__public_id")[:1]),
        licensor_name=Subquery(granted.values("item__author__display_name")[:1]),
    )
    return rows.select_related("renews").order_by("-id")


def licences_of_item(item_pk: int) -> QuerySet[LicenceItem]:
    return LicenceItem.objects.filter(item_id=item_pk).select_related("licence__created_by").order_by("id")


def expiring_licences(now: datetime | None = None) -> QuerySet[Licence]:
    """Active licences that end within 30 days; they still show."""
    at = now or timezone.now()
    return licences().filter(state=LicenceState.ACTIVE, ends_at__gt=at, ends_at__lte=at + timedelta(days=EXPIRING_DAYS))


def requests() -> QuerySet[RightsRequest]:
    return RightsRequest.objects.select_related("item__source", "item__author", "licence").order_by("-id")


def request_counts() -> dict[str, int]:
    rows = RightsRequest.objects.values("state").annotate(n=Count("id")).order_by()
    return {state.value: 0 for state in RequestState} | {row["state"]: row["n"] for row in rows}


def requests_of_item(item_pk: int) -> QuerySet[RightsRequest]:
    return RightsRequest.objects.filter(item_id=item_pk).select_related("licence").order_by("id")


def refused_by_author(item_pks: Iterable[int]) -> set[int]:
    """Of these items, those whose author took their permission or their consent back, or declined and has not said
    yes since."""
    pks = list(item_pks)
    withdrawn = LicenceItem.objects.filter(item_id__in=pks, ended_at__isnull=False, end_reason__in=list(AUTHORS_NO))
    answers: dict[int, str] = {}
    said = RightsRequest.objects.filter(item_id__in=pks, state__in=[RequestState.GRANTED, RequestState.DECLINED])
    for item_pk, state in said.order_by("answered_at", "id").values_list("item_id", "state"):
        answers[item_pk] = state
    declined = {item_pk for item_pk, state in answers.items() if state == RequestState.DECLINED}
    consents = ConsentRecord.objects.filter(request__item_id__in=pks).order_by("id")
    standing = dict(consents.values_list("request__item_id", "withdrawn_at"))
    declined |= {item_pk for item_pk, withdrawn_at in standing.items() if withdrawn_at is not None}
    return declined | set(withdrawn.values_list("item_id", flat=True))


def holds() -> QuerySet[Hold]:
    """All holds of the shop, newest first, lifted ones included."""
    return Hold.objects.select_related("item__source", "item__author", "item__product", "opened_by").order_by("-id")


def holds_of_item(item_pk: int) -> QuerySet[Hold]:
    return Hold.objects.filter(item_id=item_pk).select_related("opened_by", "closed_by").order_by("id")


def open_holds() -> QuerySet[Hold]:
    return Hold.objects.filter(closed_at=None).select_related("item").order_by("id")


def held_items() -> int:
    """How many items an open hold keeps from showing."""
    return Hold.objects.filter(closed_at=None).values("item").distinct().count()


def verdicts(item: Any, audiences: Iterable[Audience]) -> list[Verdict]:
    """Why an item (with its source) is or is not shown to each audience, by the pure rule: what the gate says in SQL,
    with the reason. For staff; nothing is published by it."""
    facts = item_facts(item)
    return [may_show(facts, audience) for audience in audiences]


def item_facts(item: Any) -> ItemFacts:
    """All that the rule decides by, read from the rows."""
    return ItemFacts(
        state=item.state,
        credit_kind=item.credit_kind,
        credit_name=item.credit_name,
        valid_until=item.valid_until,
        open_holds=Hold.objects.filter(item_id=item.pk, closed_at=None).count(),
        source_may_republish=item.source.may_republish,
        source_in_assistant=item.source.in_assistant,
        licences=tuple(_licence_facts(row) for row in licences_of_item(item.pk)),
        version=item.version,
    )


def _licence_facts(row: LicenceItem) -> LicenceFacts:
    licence = row.licence
    return LicenceFacts(
        channels=tuple(licence.channels),
        markets=tuple(licence.markets),
        starts_at=licence.starts_at,
        ends_at=licence.ends_at,
        ended=row.ended_at is not None or licence.ended_at is not None,
        active=licence.state == LicenceState.ACTIVE,
        version=row.item_version,
        pictures=pictures_covered(row),
    )


def items_needing_permission() -> QuerySet[Any]:
    """Items nobody withholds that no licence in force covers as they are now: somebody has to be asked (computed, never
    stored). ``edited``: a licence in force covers what they said before."""
    now = timezone.now()
    running = LicenceItem.objects.filter(
        Q(licence__ends_at=None) | Q(licence__ends_at__gt=now),
        item=OuterRef("pk"),
        ended_at=None,
        licence__state=LicenceState.ACTIVE,
    )
    held = running.filter(covers_version(OuterRef("version")))
    return (
        content.staff_items()
        .filter(state__in=[State.PENDING, State.APPROVED], source__may_republish=True)
        .filter(~Exists(held))
        .annotate(edited=Exists(running))
    )


def items_to_ask() -> QuerySet[Any]:
    """Of these the items whose authors nobody has asked: what is asked waits for the author, not for staff.

    ``withdrew_at``: when its author last took a permission for it back, None if never. ``declined_at``: when they last
    said no.
    """
    open_requests = RightsRequest.objects.filter(item=OuterRef("pk"), state__in=list(OPEN_REQUEST_STATES))
    withdrawn = LicenceItem.objects.filter(item=OuterRef("pk"), end_reason__in=list(AUTHORS_NO)).order_by("-ended_at")
    declined = RightsRequest.objects.filter(item=OuterRef("pk"), state=RequestState.DECLINED).order_by("-answered_at")
    needing = items_needing_permission().filter(~Exists(open_requests))
    rows: QuerySet[Any] = needing.annotate(
        withdrew_at=Subquery(withdrawn.values("ended_at")[:1]),
        declined_at=Subquery(declined.values("answered_at")[:1]),
    )
    return rows


def bases_of(item_ids: Collection[str], audience: Audience) -> set[str]:
    """By what right items (public ids) stand before an audience now: the bases of the licences that cover them."""
    if not audience.markets:
        return set()
    covering = LicenceItem.objects.filter(
        Q(licence__ends_at=None) | Q(licence__ends_at__gt=audience.at),
        covers_version(),
        item__public_id__in=item_ids,
        ended_at=None,
        licence__state=LicenceState.ACTIVE,
        licence__ended_at=None,
        licence__starts_at__lte=audience.at,
        licence__channels__contains=[audience.channel],
    ).filter(Q(licence__markets__contains=[WORLDWIDE]) | Q(licence__markets__contains=list(audience.markets)))
    return set(covering.values_list("licence__basis", flat=True).distinct())


def open_request_of(item_pk: int) -> RightsRequest | None:
    return RightsRequest.objects.filter(item_id=item_pk, state__in=list(OPEN_REQUEST_STATES)).first()


def privacy_requests() -> QuerySet[PrivacyRequest]:
    """What persons asked for; open ones first, the most urgent on top."""
    rows = PrivacyRequest.objects.select_related("author__source", "done_by")
    is_open = Case(When(state=PrivacyState.RECEIVED, then=0), default=1)
    return rows.annotate(settled=is_open).order_by("settled", "due_at", "-id")


def privacy_request(public_id: str) -> PrivacyRequest | None:
    return privacy_requests().filter(public_id=public_id).first()


def privacy_requests_due(now: datetime | None = None) -> QuerySet[PrivacyRequest]:
    """Unanswered requests whose month ends within a week, or has ended."""
    until = (now or timezone.now()) + timedelta(days=PRIVACY_WARNING_DAYS)
    return privacy_requests().filter(state=PrivacyState.RECEIVED, due_at__lte=until)
