"""Holds: while one is open, nothing shows."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from project.content import selectors as content
from project.core.change import change
from project.core.errors import Conflict, NotFound
from project.core.ids import new_public_id
from project.rights.contracts import HoldEnd, HoldReason
from project.rights.events import HoldClosed, HoldOpened
from project.rights.ledger import append_event
from project.rights.models import Hold


def open_hold(*, shop_id: int, actor_id: int | None, item_id: str, reason: HoldReason) -> str:
    """Hide an item at once; returns the hold's public id. A second hold for the same reason is a Conflict."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        item = content.items().filter(public_id=item_id).first()
        if item is None:
            raise NotFound(_("There is no such content in this shop."))
        try:
            with transaction.atomic():
                hold = Hold.objects.create(
                    public_id=new_public_id("hld"), item=item, reason=reason, opened_by_id=actor_id
                )
        except IntegrityError as error:
            raise Conflict(_("The content is on hold for this reason already.")) from error
        append_event("hold_opened", {"hold": hold.public_id, "reason": str(reason), "item": item_id})
        unit.audit("hold.opened", "item", item_id, reason=str(reason))
        unit.emit(HoldOpened(hold_id=hold.public_id, item_ids=(item_id,)))
    return hold.public_id


def close_hold(*, shop_id: int, actor_id: int | None, hold_id: str, because: HoldEnd = HoldEnd.CLEARED) -> None:
    """Lift a hold; what else keeps the item from showing stays. Of two who lift it, the second is told (Conflict)."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        won = Hold.objects.filter(public_id=hold_id, closed_at=None).update(
            closed_at=timezone.now(), closed_by_id=actor_id
        )
        item_id = Hold.objects.values_list("item__public_id", flat=True).filter(public_id=hold_id).first()
        if item_id is None:
            raise NotFound(_("There is no such hold in this shop."))
        if not won:
            raise Conflict(_("This hold was lifted before."))
        append_event("hold_closed", {"hold": hold_id, "item": item_id, "because": str(because)})
        unit.audit("hold.closed", "item", item_id, because=str(because))
        unit.emit(HoldClosed(hold_id=hold_id, item_ids=(item_id,)))
