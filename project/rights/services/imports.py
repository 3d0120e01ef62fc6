"""One import, one licence, one ledger event, and a row per item covered.

While the import runs the licence is *preparing*: nothing shows by it. Its activation writes the event and the news
in one transaction, so that a killed import shows nothing half-way and goes on where it stopped.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext as _

from project.core.change import change
from project.core.errors import Conflict, ErrorCode
from project.core.scope import current_shop_id
from project.rights.contracts import Basis, LicenceState, LicenceTerms
from project.rights.models import Licence, LicenceItem
from project.rights.services.licences import announce_grant, new_licence

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from project.content.models import ContentItem


def prepare_import_licence(*, shop_id: int, actor_id: int | None, basis: Basis, terms: LicenceTerms) -> Licence:
    """A licence that covers nothing yet and does not show anything yet."""
    with change(shop_id=shop_id, actor_id=actor_id):
        return new_licence(basis=basis, terms=terms, actor_id=actor_id, state=LicenceState.PREPARING)


def drop_import_licence(*, shop_id: int, licence_id: str) -> None:
    """An import that is not gone on with: its licence, which never held and which no entry tells of, goes.

    Otherwise what it covers would be shown nowhere and named nowhere.
    """
    with change(shop_id=shop_id):
        licences = Licence.objects.filter(public_id=licence_id, state=LicenceState.PREPARING)
        for licence in licences.select_for_update():
            LicenceItem.objects.filter(licence=licence).delete()
        licences._raw_delete(licences.db)  # in one statement, within the shop: nothing else rests on it


def cover_items(*, licence: Licence, items: "QuerySet[ContentItem]") -> int:
    """Add a row per item to a licence in preparation, in one statement; returns how many were new.

    ``items`` is a query set of the content room; it is not evaluated here.
    """
    sql, params = items.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO rights_licence_item (shop_id, licence_id, item_id, end_reason) "  # noqa: S608
            f"SELECT %s, %s, covered.id, '' FROM ({sql}) AS covered (id) "
            "ON CONFLICT (item_id, licence_id) DO NOTHING",
            [current_shop_id(), licence.pk, *params],
        )
        return int(cursor.rowcount)


def activate_import_licence(*, shop_id: int, actor_id: int | None, licence_id: str) -> int:
    """The import is complete: the licence holds from now; returns the number of items it covers."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        won = Licence.objects.filter(public_id=licence_id, state=LicenceState.PREPARING).update(
            state=LicenceState.ACTIVE
        )
        if not won:
            raise Conflict(_("This licence is active or ended already."), code=ErrorCode.CONFLICT)
        licence = Licence.objects.get(public_id=licence_id)
        ids: Sequence[str] = sorted(
            LicenceItem.objects.filter(licence=licence).values_list("item__public_id", flat=True)
        )
        announce_grant(unit, licence, ids)
    return len(ids)
