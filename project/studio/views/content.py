"""Reading content: the queue, the list of everything, one item with its whole history, products."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from project.content import selectors as content
from project.content.kinds import can_be_vouched_for
from project.content.rules import Verification
from project.core import audit
from project.core.errors import NotFound
from project.core.publication import publication_number
from project.rights import gate
from project.rights import selectors as rights
from project.rights.contracts import Audience, Channel
from project.shops import selectors as shops
from project.shops.selectors import names_of_users
from project.studio.access import Desk, shop_page
from project.studio.arrivals import live_query
from project.studio.cards import cards_of, credit_of
from project.studio.filters import list_filters, queue_filters
from project.studio.frame import page
from project.studio.history import history_of_item
from project.studio.labels import CHANNELS, REASONS, STAFF_REASONS, VERIFICATIONS, Badge, Label, badge_of, label_of
from project.studio.paging import PAGE_SIZE, StaffPage, page_of
from project.studio.rights_labels import BASES, LICENCE_STATES, REFUSALS, request_badge
from project.studio.views.holds import holds_context
from project.studio.wording import markets_text

# In the session: what the last bulk decision reached, for the undo on the page that follows it.
BULK_UNDO = "studio_bulk_undo"
# Where an item's page says whether it shows.
PLACES = (Channel.SITE, Channel.PRODUCT_PAGE, Channel.AI_ASSISTANT)


# What is pressed for each reason, in their order. The letters stand for themselves in every layout and are no commands.
REASON_KEYS = "1234567890sd"


def reject_reasons() -> list[dict[str, Label]]:
    """The reasons on offer: the same for praise and for criticism."""
    return [
        {"code": str(reason), "label": label_of(REASONS, reason), "key": key}
        for reason, key in zip(STAFF_REASONS, REASON_KEYS, strict=True)
    ]


def reasons_context() -> dict[str, Any]:
    return {"reject_reasons": reject_reasons(), "reject_legend": _("Why may this not be shown?")}


def pictures_context() -> dict[str, Any]:
    return {
        "new_legend": _("Came in after the approval, not shown yet"),
        "settled_legend": _("Shown with the item"),
        "refused_legend": _("Left out"),
    }


@shop_page()
def queue(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Pending items, oldest first, with keyboard and bulk decisions."""
    number = publication_number(desk.shop.id)  # before the queue is read: what comes in meanwhile is new to the page
    filters = queue_filters(request.GET)
    rows = _page_or_first(filters.apply(content.moderation_queue()), request.GET.get("cursor", ""))
    context = {
        "filters": filters,
        "page": rows,
        "cards": cards_of(rows.rows, with_media=True),
        "live_query": live_query(request, number, is_empty=not rows.rows),
        "bulk_undo": _bulk_undo(request, desk),
        **_tab_counts(pending=None if filters.active else rows.total),
        **reasons_context(),
    }
    return page(request, desk, "studio/content/queue.html", "content", context)


@shop_page()
def new_pictures(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Approved items with pictures that came in afterwards: nothing shows them before somebody has looked."""
    rows = _page_or_first(content.items_with_new_pictures(), request.GET.get("cursor", ""))
    context = {
        "page": rows,
        "cards": cards_of(rows.rows, with_media=True),
        **_tab_counts(pictures=rows.total),
        **pictures_context(),
    }
    return page(request, desk, "studio/content/pictures.html", "content", context)


@shop_page()
def content_list(request: HttpRequest, desk: Desk) -> HttpResponse:
    """All content of the shop, newest first, with words and filters."""
    filters = list_filters(request.GET)
    rows: StaffPage[Any] = page_of(
        filters.apply(content.staff_items()), request.GET.get("cursor", ""), newest_first=True
    )
    context = {
        "filters": filters,
        "page": rows,
        "cards": cards_of(rows.rows),
        **_tab_counts(),
        "shop_is_empty": not filters.active and not rows.total,
    }
    return page(request, desk, "studio/content/list.html", "content", context)


@shop_page()
def content_detail(request: HttpRequest, desk: Desk, item: str) -> HttpResponse:
    """One item: its words, where it stands, what may be done, and everything that ever happened to it."""
    row = content.item_by_public_id(item)
    if row is None:
        raise NotFound(_("There is no such content in this shop."))
    context = {
        "item": row,
        "card": cards_of([row], with_media=True)[0],
        "credit": credit_of(row.credit_kind, row.credit_name, row.credit_detail),
        "facts": sorted(row.facts.items()),
        "showing": _showing(desk, row),
        **holds_context(row),
        "history": history_of_item(row, desk.shop.slug),
        "versions": content.versions_of(row),
        "licences": _licences(row),
        "requests": [{"row": entry, "badge": request_badge(entry)} for entry in rights.requests_of_item(row.pk)],
        "needs_permission": rights.items_needing_permission().filter(pk=row.pk).exists(),
        "open_request": rights.open_request_of(row.pk),
        "audit": _audit(desk, row),
        "tags": list(row.tags.order_by("tag").values_list("tag", flat=True)),
        **_purchase(row),
        **pictures_context(),
        **reasons_context(),
    }
    return page(request, desk, "studio/content/detail.html", "content", context)


def _purchase(row: Any) -> dict[str, Any]:
    """What is known of a purchase, and whether the shop vouches for it or could."""
    known = Verification(row.verification)
    return {
        "purchase": label_of(VERIFICATIONS, known) if known is not Verification.NONE else "",
        "vouched": known is Verification.MANUAL_EVIDENCE,
        "may_vouch": known is Verification.NONE and can_be_vouched_for(row.kind),
    }


@shop_page()
def products(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The shop's products, by name."""
    rows = page_of(shops.products(), request.GET.get("cursor", ""), newest_first=False, size=2 * PAGE_SIZE)
    context = {"page": rows, **_tab_counts()}
    return page(request, desk, "studio/products/list.html", "content", context)


def _page_or_first(rows: QuerySet[Any], cursor: str) -> StaffPage[Any]:
    """The page after the cursor; the first one when everything on it was decided and earlier items still wait."""
    found = page_of(rows, cursor, newest_first=False)
    return found if found.rows or not found.total else page_of(rows, "", newest_first=False)


def _tab_counts(*, pending: int | None = None, pictures: int | None = None) -> dict[str, int]:
    """The numbers on the tabs; what the page has counted already is not counted again."""
    return {
        "pending_total": content.moderation_queue().count() if pending is None else pending,
        "pictures_total": content.items_with_new_pictures().count() if pictures is None else pictures,
    }


def _bulk_undo(request: HttpRequest, desk: Desk) -> dict[str, Any] | None:
    """What the last bulk decision in this shop reached, once: the page after it offers the undo."""
    last = request.session.get(BULK_UNDO)
    if not last or last["shop"] != desk.shop.slug:
        return None
    del request.session[BULK_UNDO]
    n = len(last["item_ids"])
    if last["decision"] == "approve":
        return {**last, "what": ngettext("%(n)d approved.", "%(n)d approved.", n) % {"n": n}}
    return {**last, "what": ngettext("%(n)d rejected.", "%(n)d rejected.", n) % {"n": n}}


def _showing(desk: Desk, row: Any) -> list[dict[str, Any]]:
    """For each place, whether the gate lets the item through there now, asked of the gate itself; and where it does
    not, why, by the rule that the gate is written after."""
    now = timezone.now()
    audiences = [Audience(desk.shop.id, channel, desk.shop.markets, now) for channel in PLACES]
    answers = []
    for audience, verdict in zip(audiences, rights.verdicts(row, audiences), strict=True):
        answers.append(
            {
                "where": label_of(CHANNELS, audience.channel),
                "shown": gate.visible_ids(audience).filter(pk=row.pk).exists(),
                "why_not": label_of(REFUSALS, verdict.refusal) if verdict.refusal else "",
            }
        )
    return answers


def _licences(row: Any) -> list[dict[str, Any]]:
    return [
        {
            "licence": entry.licence,
            "basis": label_of(BASES, entry.licence.basis),
            "badge": Badge(_("Ended"), "stop") if entry.ended_at else badge_of(LICENCE_STATES, entry.licence.state),
            "channels": [label_of(CHANNELS, channel) for channel in entry.licence.channels],
            "markets": markets_text(entry.licence.markets),
        }
        for entry in rights.licences_of_item(row.pk)
    ]


def _audit(desk: Desk, row: Any) -> list[dict[str, Any]]:
    rows = audit.history_of(desk.shop.id, "item", row.public_id)
    names = names_of_users({entry.actor_id for entry in rows if entry.actor_id is not None})
    return [
        {"at": entry.at, "action": entry.action, "who": names.get(entry.actor_id or 0, ""), "data": entry.data}
        for entry in rows
    ]
