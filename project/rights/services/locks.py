"""The one order in which this room locks rows: request, item, hold, notice, licence, and last the ledger.

Whoever takes two of them takes the earlier one first, so nobody waits for somebody who waits for them (which the
database ends with an error for one of the two). The ledger's head is the one lock that every writer of a shop shares;
it comes by the first ``append_event``, so whatever else is locked is locked before that.

The locks are those of an update that leaves the key alone (``no_key``). Rows that refer to an item, a hold or a licence
are checked at the commit, when their writer has the ledger already; a stronger lock would make that check wait.
"""

from collections.abc import Iterable

from project.content import selectors as content
from project.rights.models import Licence, LicenceItem, RightsRequest


def lock_request(pk: int) -> None:
    list(RightsRequest.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk).values_list("pk"))


def lock_items(item_ids: Iterable[str]) -> None:
    """By public ids, in the order in which moderation locks them."""
    rows = content.items().select_for_update(of=("self",), no_key=True).filter(public_id__in=list(item_ids))
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
