"""The one order in which this room locks rows: request, item, hold, notice, statement, licence, and last the ledger.

Whoever takes two of them takes the earlier one first, so nobody waits for somebody who waits for them (which the
database ends with an error for one of the two). The ledger's head is the one lock that every writer of a shop shares;
it comes by the first ``append_event``, so whatever else is locked is locked before that.

The locks are those of an update that leaves the key alone (``no_key``). Rows that refer to an item, a hold or a licence
are checked at the commit, when their writer has the ledger already; a stronger lock would make that check wait.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from project.content import selectors as content
from project.rights.contracts import OPEN_REQUEST_STATES
from project.rights.models import Hold, Licence, LicenceItem, RightsRequest


def lock_request(pk: int) -> None:
    _lock_requests(RightsRequest.objects.filter(pk=pk))


def lock_siblings(request_id: str) -> None:
    """All requests about the item of one request (public id): the answer to one answers them all."""
    same_item = RightsRequest.objects.filter(public_id=request_id).values("item_id")
    _lock_requests(RightsRequest.objects.filter(item_id__in=same_item))


def lock_open_requests(**about: Any) -> None:
    """What is still asked about an item or a licence (``item__…`` look-ups), before its right ends."""
    _lock_requests(RightsRequest.objects.filter(state__in=list(OPEN_REQUEST_STATES), **about))


def lock_requests_to(author_pks: Iterable[int]) -> None:
    """Whatever these authors were ever asked, before all of theirs is erased."""
    _lock_requests(RightsRequest.objects.filter(item__author_id__in=list(author_pks)))


def _lock_requests(rows: "QuerySet[RightsRequest]") -> None:
    pks = rows.order_by().values("pk")
    locked = RightsRequest.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk")
    list(locked.values_list("pk", flat=True))


def lock_items(item_ids: Iterable[str]) -> None:
    """By public ids, in the order in which moderation locks them."""
    rows = content.items().select_for_update(of=("self",), no_key=True).filter(public_id__in=list(item_ids))
    list(rows.order_by("pk").values_list("pk"))


def lock_holds(item_pks: Iterable[int]) -> None:
    """The open holds on these items (keys), before several of them are opened or lifted one by one: each stands in the
    ledger, and the first takes it."""
    rows = Hold.objects.select_for_update(no_key=True).filter(item_id__in=list(item_pks), closed_at=None)
    list(rows.order_by("pk").values_list("pk"))


def lock_licences(item_ids: Iterable[str], *more: Licence | None) -> None:
    """Every licence that still covers one of these items (public ids), and ``more`` by themselves, in the order in
    which withdrawals lock them."""
    covering = LicenceItem.objects.filter(item__public_id__in=list(item_ids), ended_at=None)
    pks = {*covering.values_list("licence_id", flat=True), *(one.pk for one in more if one is not None)}
    _lock(pks)


def lock_licences_ever(item_pks: Iterable[int]) -> None:
    """The same of every licence that covers or covered these items (keys)."""
    rows = LicenceItem.objects.filter(item_id__in=list(item_pks))
    _lock(rows.values_list("licence_id", flat=True))


def _lock(licences: Iterable[int]) -> None:
    rows = Licence.objects.select_for_update(no_key=True).filter(pk__in=set(licences))
    list(rows.order_by("public_id").values_list("pk"))
