"""Whose permission is needed: the queue with its filters and views, and asking several authors at once."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from project.content import selectors as content
from project.core.errors import ErrorCode, VouchsafeError
from project.rights import desk as rights_desk
from project.rights import selectors as rights
from project.rights.contracts import NewRequest, RequestState, SendingWay
from project.rights.services import ask_permission, cancel_request
from project.shops.rules import Action
from project.studio.access import Desk, shop_page
from project.studio.ask_forms import AskManyForm
from project.studio.asking_labels import REQUEST_COUNTS, WAYS
from project.studio.cards import Card, cards_of
from project.studio.frame import next_url, page
from project.studio.labels import label_of
from project.studio.paging import page_of
from project.studio.rights_filters import rights_filters
from project.studio.saved import views_of
from project.studio.views.rights.asking import warn_of_markets
from project.studio.views.rights.saved_views import QUEUE
from project.studio.views.rights.tabs import tabs_context
from project.studio.wording import markets_text, span_text

# So many authors in one go: a page of results that a person still reads.
ASK_LIMIT = 50
_TOLD = (RequestState.SENT, RequestState.REPLIED_UNCLEAR, RequestState.NO_REPLY, RequestState.DRAFT)


@dataclass(frozen=True)
class Outcome:
    """What became of asking about one item: ``made``, or why not, in a sentence."""

    card: Card
    made: NewRequest | None = None
    why_not: str = ""
    paced: bool = False

    @property
    def link(self) -> str:
        if self.made is None or not self.made.token:
            return ""
        return f"{settings.PUBLIC_URL}{reverse('rights:consent', args=[self.made.token])}"


@shop_page()
def needing(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Items that nothing shows because no licence in force covers them, and whose authors nobody has asked."""
    filters = rights_filters(request.GET)
    rows = page_of(filters.apply(rights.items_to_ask()), request.GET.get("cursor", ""), newest_first=True)
    counts = rights.request_counts()
    median = rights_desk.median_answer_time()
    context = {
        "tab": "needing",
        "page": rows,
        "filters": filters,
        "views": views_of(desk.actor_id, QUEUE),
        "counts": [
            {"state": each.value, "label": label_of(REQUEST_COUNTS, each), "count": counts[each.value]}
            for each in _TOLD
            if counts[each.value]
        ],
        "expiring_total": rights.expiring_licences().count(),
        "median": span_text(median) if median is not None else "",
        "form": _form(desk) if desk.can[Action.ASK_PERMISSION] else None,
        "entries": [
            {"card": card, "withdrew_at": row.withdrew_at, "declined_at": row.declined_at, "edited": row.edited}
            for row, card in zip(rows.rows, cards_of(rows.rows, with_media=True), strict=True)
        ],
        **tabs_context(),
    }
    return page(request, desk, "studio/rights/needing.html", "rights", context)


@shop_page(Action.ASK_PERMISSION, methods=("POST",))
def ask_many(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Ask the authors of the ticked items one way. Each gets a message and, where it travels privately, a link of
    their own; what could not be asked is said with its reason and stays in the queue."""
    back = HttpResponseRedirect(next_url(request, reverse("studio:rights", args=[desk.shop.slug])))
    ids = list(dict.fromkeys(request.POST.getlist("item")))
    if not ids:
        messages.warning(request, _("Tick at least one item first."))
        return back
    if len(ids) > ASK_LIMIT:
        messages.warning(request, _("Ask at most %(n)d authors in one go.") % {"n": ASK_LIMIT})
        return back
    form = AskManyForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Say how, where and in which countries before you ask."))
        return back
    way = SendingWay(form.cleaned_data["way"])
    found = list(content.staff_items().filter(public_id__in=ids))
    outcomes = [_ask(desk, card, way, form.scope()) for card in cards_of(found)]
    warn_of_markets(request, desk, form.scope()["markets"])
    context = {
        "way": label_of(WAYS, way),
        "asked": [each for each in outcomes if each.made],
        "paced": [each for each in outcomes if each.paced],
        "refused": [each for each in outcomes if not each.made and not each.paced],
    }
    return page(request, desk, "studio/rights/asked.html", "rights", context)


@shop_page(Action.ASK_PERMISSION, methods=("POST",))
def undo_ask_many(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Take back what was just asked of several authors, as the single ask offers for one. Who was faster keeps their
    answer."""
    done = 0
    for request_id in list(dict.fromkeys(request.POST.getlist("request")))[:ASK_LIMIT]:
        try:
            cancel_request(shop_id=desk.shop.id, actor_id=desk.actor_id, request_id=request_id)
        except VouchsafeError as error:
            messages.warning(request, error.message)
        else:
            done += 1
    if done:
        said = ngettext(
            "%(n)d request taken back. Its link no longer grants anything.",
            "%(n)d requests taken back. Their links no longer grant anything.",
            done,
        )
        messages.success(request, said % {"n": done})
    return HttpResponseRedirect(reverse("studio:rights", args=[desk.shop.slug]))


def _ask(desk: Desk, card: Card, way: SendingWay, scope: dict[str, Any]) -> Outcome:
    try:
        made = ask_permission(shop_id=desk.shop.id, actor_id=desk.actor_id, item_id=card.id, way=way, **scope)
    except VouchsafeError as error:
        sentences = [sentence for found in (error.fields or {}).values() for sentence in found]
        why_not = " ".join(dict.fromkeys(sentences)) or error.message
        return Outcome(card, why_not=why_not, paced=error.code == ErrorCode.RATE_LIMITED)
    return Outcome(card, made=made)


def _form(desk: Desk) -> AskManyForm:
    initial = {"way": SendingWay.PRIVATE_LINK.value, "markets": markets_text(desk.shop.markets), "channels": ["site"]}
    return AskManyForm(initial=initial, auto_id="many-%s")
