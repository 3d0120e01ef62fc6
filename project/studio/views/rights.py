"""Permission: who must be asked, what was asked, what holds; asking, taking back, ending."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from project.content import selectors as content
from project.content.rules import State
from project.core.errors import Conflict, InvalidInput, NotFound, VouchsafeError
from project.rights import selectors as rights
from project.rights import services
from project.rights.contracts import Channel, EndReason, NewRequest
from project.rights.evidence import download_evidence
from project.rights.evidence.views import zip_response
from project.rights.notices.selectors import waiting
from project.shops.rules import Action
from project.studio.access import Desk, shop_page
from project.studio.cards import cards_of
from project.studio.forms import AskForm, add_errors
from project.studio.frame import page
from project.studio.labels import (
    BASES,
    CHANNELS,
    END_REASONS,
    HOLD_REASONS,
    LICENCE_STATES,
    badge_of,
    label_of,
    request_badge,
)
from project.studio.paging import page_of
from project.studio.seen import seen_of
from project.studio.services import ask_about_item
from project.studio.wording import days_text, markets_text, split_markets, until_text

STAFF_END_REASONS = ("staff", "source")


def tabs_context() -> dict[str, int]:
    """The numbers on the tabs of this room."""
    return {
        "needing_total": rights.items_to_ask().count(),
        "asked_total": rights.request_counts()["sent"],
        "held_total": rights.held_items(),
        "notices_total": waiting(),
    }


@shop_page()
def needing(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Items that nothing shows because no licence in force covers them, and whose authors nobody has asked."""
    rows = page_of(rights.items_to_ask(), request.GET.get("cursor", ""), newest_first=True)
    context = {
        "tab": "needing",
        "page": rows,
        "entries": [
            {"card": card, "withdrew_at": row.withdrew_at}
            for row, card in zip(rows.rows, cards_of(rows.rows), strict=True)
        ],
        **tabs_context(),
    }
    return page(request, desk, "studio/rights/needing.html", "rights", context)


@shop_page()
def requests(request: HttpRequest, desk: Desk) -> HttpResponse:
    rows = page_of(rights.requests(), request.GET.get("cursor", ""), newest_first=True)
    context = {
        "tab": "requests",
        "page": rows,
        "entries": [
            {"row": row, "card": card, "badge": request_badge(row)}
            for row, card in zip(rows.rows, cards_of([row.item for row in rows.rows]), strict=True)
        ],
        **tabs_context(),
    }
    return page(request, desk, "studio/rights/requests.html", "rights", context)


@shop_page()
def licences(request: HttpRequest, desk: Desk) -> HttpResponse:
    rows = page_of(rights.licences(), request.GET.get("cursor", ""), newest_first=True)
    asked = list(rights.requests().filter(licence__in=[row.pk for row in rows.rows]))
    asked_about = zip(asked, cards_of([each.item for each in asked]), strict=True)
    cards = {each.licence_id: card for each, card in asked_about}
    context = {
        "tab": "licences",
        "page": rows,
        "entries": [{**_licence_facts(row), "card": cards.get(row.pk)} for row in rows.rows],
        **tabs_context(),
    }
    return page(request, desk, "studio/rights/licences.html", "rights", context)


@shop_page()
def licence(request: HttpRequest, desk: Desk, licence: str) -> HttpResponse:
    """One licence: its terms and, for who may, its end."""
    row = rights.licences().filter(public_id=licence).first()
    if row is None:
        raise NotFound(_("There is no such licence in this shop."))
    covered = content.staff_items().filter(pk__in=row.coverage.filter(ended_at=None).values("item_id"))
    rows = page_of(covered, request.GET.get("cursor", ""), newest_first=True, size=10, count=False)
    context = {
        "entry": _licence_facts(row),
        "page": rows,
        "cards": cards_of(rows.rows),
        "end_reasons": [{"code": code, "label": label_of(END_REASONS, code)} for code in STAFF_END_REASONS],
    }
    return page(request, desk, "studio/rights/licence.html", "rights", context)


@shop_page(Action.WITHDRAW_LICENCE, methods=("POST",))
def end_licence(request: HttpRequest, desk: Desk, licence: str) -> HttpResponse:
    """Staff end a licence, or its hold on one item, for a stated reason. From the commit nothing shows by it."""
    reason = request.POST.get("reason", "")
    if reason not in STAFF_END_REASONS:
        raise InvalidInput(_("Choose why the permission ends."), fields={"reason": [_("Needed.")]})
    item = request.POST.get("item", "")
    try:
        ended = services.withdraw_licence(
            shop_id=desk.shop.id,
            actor_id=desk.actor_id,
            licence_id=licence,
            reason=EndReason(reason),
            item_ids=[item] if item else None,
        )
    except Conflict as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, _("Ended. %(n)d no longer shown by it.") % {"n": len(ended)})
    return HttpResponseRedirect(reverse("studio:licence", args=[desk.shop.slug, licence]))


@shop_page(Action.ASK_PERMISSION, methods=("POST",))
def evidence(request: HttpRequest, desk: Desk, licence: str) -> HttpResponse:
    """The evidence pack as a download. A POST: it is written down who took it, for it holds personal data."""
    pack = download_evidence(shop_id=desk.shop.id, actor_id=desk.actor_id, licence_id=licence)
    return zip_response(pack, licence)


@shop_page(Action.ASK_PERMISSION, methods=("GET", "POST"))
def ask(request: HttpRequest, desk: Desk, item: str) -> HttpResponse:
    """Choose what to ask for; the answer shows the author's link, once."""
    row = content.item_by_public_id(item)
    if row is None:
        raise NotFound(_("There is no such content in this shop."))
    is_pending = row.state == State.PENDING
    form = AskForm(
        request.POST or None,
        initial={"markets": markets_text(desk.shop.markets)},
        may_approve=is_pending and desk.can["moderate"],
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            asked = ask_about_item(
                shop_id=desk.shop.id,
                actor_id=desk.actor_id,
                item_id=item,
                channels=tuple(Channel(channel) for channel in values["channels"]),
                markets=split_markets(values["markets"]),
                days=values["days"],
                approve=seen_of(request.POST) if values.get("approve") else None,
            )
        except VouchsafeError as error:
            add_errors(form, error)
            row = content.staff_items().get(pk=row.pk)  # as it is now: what follows is decided about this
        else:
            return _request_page(request, desk, asked.public_id, made=asked)
    context = {
        "card": cards_of([row], with_media=True)[0],
        "form": form,
        "is_pending": is_pending,
        "holds": [label_of(HOLD_REASONS, hold.reason) for hold in rights.holds_of_item(row.pk).filter(closed_at=None)],
    }
    return page(request, desk, "studio/rights/ask.html", "rights", context, status=400 if form.errors else 200)


@shop_page()
def request_detail(request: HttpRequest, desk: Desk, request_id: str) -> HttpResponse:
    return _request_page(request, desk, request_id)


@shop_page(Action.ASK_PERMISSION, methods=("POST",))
def new_link(request: HttpRequest, desk: Desk, request_id: str) -> HttpResponse:
    """A further link: only hashes are kept, so the first cannot be shown again."""
    made = services.new_author_link(shop_id=desk.shop.id, actor_id=desk.actor_id, request_id=request_id)
    return _request_page(request, desk, request_id, made=made)


@shop_page(Action.ASK_PERMISSION, methods=("POST",))
def cancel_request(request: HttpRequest, desk: Desk, request_id: str) -> HttpResponse:
    try:
        services.cancel_request(shop_id=desk.shop.id, actor_id=desk.actor_id, request_id=request_id)
    except VouchsafeError as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, _("Taken back. The author’s link no longer grants anything."))
    return HttpResponseRedirect(reverse("studio:request", args=[desk.shop.slug, request_id]))


def _request_page(request: HttpRequest, desk: Desk, request_id: str, *, made: NewRequest | None = None) -> HttpResponse:
    row = rights.requests().filter(public_id=request_id).first()
    if row is None:
        raise NotFound(_("There is no such request in this shop."))
    context = {
        "row": row,
        "card": cards_of([row.item], with_media=True)[0],
        "badge": request_badge(row),
        "channels": [label_of(CHANNELS, channel) for channel in row.channels],
        "markets": markets_text(row.markets),
        "days": days_text(row.days),
        "is_open": row.state in {"draft", "sent", "no_reply"},
        "link": f"{settings.PUBLIC_URL}{reverse('rights:consent', args=[made.token])}" if made else "",
    }
    return page(request, desk, "studio/rights/request.html", "rights", context)


def _licence_facts(row: Any) -> dict[str, Any]:
    return {
        "row": row,
        "basis": label_of(BASES, row.basis),
        "badge": badge_of(LICENCE_STATES, row.state),
        "channels": [label_of(CHANNELS, channel) for channel in row.channels],
        "markets": markets_text(row.markets),
        "until": until_text(row.ends_at),
        "ended_because": label_of(END_REASONS, row.end_reason) if row.end_reason else "",
        "ends_soon": bool(
            row.ends_at and row.state == "active" and (row.ends_at - timezone.now()).days < rights.EXPIRING_DAYS
        ),
        "terms_url": row.terms_url if row.terms_url.startswith(("https://", "http://")) else "",
    }
