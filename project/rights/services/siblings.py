"""Other open requests about the same item: the author's answer to one answers them all, so nobody asks on."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from project.core.change import Change
from project.rights.contracts import OPEN_REQUEST_STATES, EndReason, RequestState
from project.rights.ledger import append_event
from project.rights.models import RightsRequest

# An end after which asking on would go past the author: they said no, or took the post itself away.
ENDS_ASKING = frozenset({EndReason.AUTHOR, EndReason.SOURCE})


def cancel_siblings(unit: Change, request: RightsRequest) -> None:
    """The author answered ``request``: close what else asks about its item, inside the change of the answer."""
    _cancel(unit, _open().filter(item_id=request.item_id).exclude(pk=request.pk))


def cancel_open_requests(unit: Change, **about: Any) -> None:
    """The author took back what these ask for, inside the change in which it ends."""
    _cancel(unit, _open().filter(**about))


def _open() -> "QuerySet[RightsRequest]":
    return RightsRequest.objects.filter(state__in=list(OPEN_REQUEST_STATES))


def _cancel(unit: Change, rows: Iterable[RightsRequest]) -> None:
    for request in {row.pk: row for row in rows}.values():
        won = _open().filter(pk=request.pk).update(state=RequestState.CANCELLED, answered_at=timezone.now())
        if won:
            append_event("cancelled", {"request": request.public_id})
            item_id = request.item.public_id
            unit.audit("request.cancelled", "item", item_id, request=request.public_id, by="answered")
