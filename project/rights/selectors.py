"""Reads of the rights room, for the desk and for the author's page."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from project.content import selectors as content
from project.content.rules import State
from project.rights.authors import LinkFacts, link_facts, request_view
from project.rights.contracts import OPEN_REQUEST_STATES, LicenceState, RequestState
from project.rights.models import Hold, Licence, LicenceItem, RightsRequest
from project.rights.services.messages import hashtags_of as hashtags_of
from project.rights.services.schedule import reminders_due as reminders_due
from project.rights.services.ways import ways_for as ways_for
from project.rights.threads import gone_reply as gone_reply
from project.rights.threads import replies_of as replies_of
from project.rights.threads import replies_to_read as replies_to_read
from project.rights.threads import watched_threads as watched_threads

EXPIRING_DAYS = 30

__all__ = [
    "LinkFacts",
    "expiring_licences",
    "holds_of_item",
    "items_needing_permission",
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
    """All licences of the shop, newest first, with ``covered`` = items that still hold it."""
    counted = Licence.objects.annotate(covered=Count("coverage", filter=Q(coverage__ended_at=None)))
    return counted.select_related("renews").order_by("-id")


def licences_of_item(item_pk: int) -> QuerySet[LicenceItem]:
    return LicenceItem.objects.filter(item_id=item_pk).select_related("licence").order_by("id")


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


def holds_of_item(item_pk: int) -> QuerySet[Hold]:
    return Hold.objects.filter(item_id=item_pk).order_by("id")


def open_holds() -> QuerySet[Hold]:
    return Hold.objects.filter(closed_at=None).select_related("item").order_by("id")


def items_needing_permission() -> QuerySet[Any]:
    """Items nobody withholds that no licence in force covers: somebody has to be asked (computed, never stored)."""
    now = timezone.now()
    held = LicenceItem.objects.filter(
        Q(licence__ends_at=None) | Q(licence__ends_at__gt=now),
        item=OuterRef("pk"),
        ended_at=None,
        licence__state__in=[LicenceState.ACTIVE, LicenceState.PREPARING],
    )
    return (
        content.staff_items()
        .filter(state__in=[State.PENDING, State.APPROVED], source__may_republish=True)
        .filter(~Exists(held))
    )


def open_request_of(item_pk: int) -> RightsRequest | None:
    return RightsRequest.objects.filter(item_id=item_pk, state__in=list(OPEN_REQUEST_STATES)).first()
