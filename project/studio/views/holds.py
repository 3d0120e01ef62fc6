"""Holds: putting content on hold, letting it go, and all that is held now."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from project.core.errors import Conflict, InvalidInput
from project.rights import selectors as rights
from project.rights import services
from project.rights.contracts import STAFF_HOLDS, HoldReason
from project.shops.rules import Action
from project.studio.access import Desk, shop_page
from project.studio.cards import cards_of
from project.studio.frame import next_url, page
from project.studio.labels import label_of
from project.studio.paging import page_of
from project.studio.rights_labels import HOLD_HELP, HOLD_REASONS
from project.studio.views.rights import tabs_context


@shop_page()
def holds(request: HttpRequest, desk: Desk) -> HttpResponse:
    """What is held now, the newest first: nothing of it shows until its hold is lifted."""
    rows = page_of(rights.holds().filter(closed_at=None), request.GET.get("cursor", ""), newest_first=True)
    cards = {card.pk: card for card in cards_of([row.item for row in rows.rows])}
    context = {
        "tab": "holds",
        "page": rows,
        "entries": [hold | {"card": cards[hold["item_pk"]]} for hold in hold_facts(rows.rows)],
        **tabs_context(),
    }
    return page(request, desk, "studio/rights/holds.html", "rights", context)


@shop_page(Action.OPEN_HOLD, methods=("POST",))
def open_hold(request: HttpRequest, desk: Desk, item: str) -> HttpResponse:
    """Hide an item at once, whatever its licences say."""
    reason = request.POST.get("reason", "")
    if reason not in set(STAFF_HOLDS):
        raise InvalidInput(_("Choose why it is put on hold."), fields={"reason": [_("Needed.")]})
    try:
        services.open_hold(shop_id=desk.shop.id, actor_id=desk.actor_id, item_id=item, reason=HoldReason(reason))
    except Conflict as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, _("On hold. Nothing shows it until somebody lifts that."))
    return HttpResponseRedirect(next_url(request, reverse("studio:content", args=[desk.shop.slug, item])))


@shop_page(Action.LIFT_HOLD, methods=("POST",))
def lift_hold(request: HttpRequest, desk: Desk, hold_id: str) -> HttpResponse:
    """Let an item go; it shows again only if nothing else keeps it."""
    try:
        services.close_hold(shop_id=desk.shop.id, actor_id=desk.actor_id, hold_id=hold_id)
    except Conflict as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, _("The hold is lifted."))
    return HttpResponseRedirect(next_url(request, reverse("studio:holds", args=[desk.shop.slug])))


def holds_context(item: Any) -> dict[str, Any]:
    """What an item's page needs: its open holds, and what it may be put on hold for besides."""
    opened = hold_facts(row for row in rights.holds_of_item(item.pk) if row.closed_at is None)
    held_for = {hold["code"] for hold in opened}
    reasons = [code for code in STAFF_HOLDS if code not in held_for]
    return {
        "holds": opened,
        "hold_reasons": [
            {"code": str(code), "label": label_of(HOLD_REASONS, code), "help": label_of(HOLD_HELP, code)}
            for code in reasons
        ],
    }


def hold_facts(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Holds as pages show them. Without a person it was a collector that opened it, or a key."""
    return [
        {
            "id": row.public_id,
            "item_pk": row.item_id,
            "code": row.reason,
            "reason": label_of(HOLD_REASONS, row.reason),
            "since": row.opened_at,
            "who": str(row.opened_by) if row.opened_by else "",
        }
        for row in rows
    ]
