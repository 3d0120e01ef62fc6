"""What was asked: the list, one request with its whole history, and what can be done with it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from project.core.errors import InvalidInput, NotFound, VouchsafeError
from project.core.sanitising import safe_url
from project.rights import desk as rights_desk
from project.rights import selectors as rights
from project.rights import services
from project.rights.contracts import ANSWERABLE_STATES, NewRequest, RequestState
from project.shops.rules import Action
from project.studio.access import Desk, shop_page
from project.studio.asking_labels import MODIFICATIONS, REQUEST_COUNTS, WAITING, WAYS
from project.studio.cards import cards_of
from project.studio.frame import page
from project.studio.labels import CHANNELS, LANGUAGES, label_of
from project.studio.paging import page_of
from project.studio.request_history import history_of_request, replies_of_request
from project.studio.rights_labels import request_badge
from project.studio.views.rights.tabs import tabs_context
from project.studio.wording import days_text, markets_text, span_text

READINGS = {
    services.Reading.NO: lambda: _("Noted as a no."),
    services.Reading.NO_ANSWER: lambda: _("Noted as no answer. The request goes on waiting."),
    services.Reading.STILL_YES: lambda: _("Noted: the permission stays."),
}


def _waiting() -> dict[str, Any]:
    """What of the requests waits for staff, by the filter's name."""
    return {"to_read": rights.requests_to_read(), "to_remind": rights.reminders_by_hand(timezone.now())}


@shop_page()
def requests(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Every request, newest first, with how many stand in each state and how long authors take."""
    counts = rights.request_counts()
    state = request.GET.get("state", "")
    state = state if state in counts else ""
    waiting = _waiting()
    show = request.GET.get("show", "")
    show = show if show in waiting and not state else ""
    found = rights.requests()
    if show:
        found = found.filter(pk__in=waiting[show].order_by().values("pk"))
    elif state:
        found = found.filter(state=state)
    rows = page_of(found, request.GET.get("cursor", ""), newest_first=True)
    median = rights_desk.median_answer_time()
    context = {
        "tab": "requests",
        "page": rows,
        "state": state,
        "show": show,
        "waiting": [
            {"show": key, "label": WAITING[key], "count": count}
            for key, each in waiting.items()
            if (count := each.count()) or key == show
        ],
        "counts": [
            {"state": each.value, "label": label_of(REQUEST_COUNTS, each), "count": counts[each.value]}
            for each in RequestState
            if counts[each.value] or each.value == state
        ],
        "median": span_text(median) if median is not None else "",
        "entries": [
            {"row": row, "card": card, "badge": request_badge(row), "way": label_of(WAYS, row.way)}
            for row, card in zip(rows.rows, cards_of([row.item for row in rows.rows]), strict=True)
        ],
        **tabs_context(),
    }
    return page(request, desk, "studio/rights/requests.html", "rights", context)


@shop_page()
def request_detail(request: HttpRequest, desk: Desk, request_id: str) -> HttpResponse:
    return request_page(request, desk, request_id)


@shop_page(Action.ASK_PERMISSION, methods=("POST",))
def new_link(request: HttpRequest, desk: Desk, request_id: str) -> HttpResponse:
    """A further link: only hashes are kept, so the first cannot be shown again."""
    _found(request_id)
    try:
        made = services.new_author_link(shop_id=desk.shop.id, actor_id=desk.actor_id, request_id=request_id)
    except VouchsafeError as error:
        messages.warning(request, error.message)
        return _back(desk, request_id)
    return request_page(request, desk, request_id, made=made)


@shop_page(Action.ASK_PERMISSION, methods=("POST",))
def cancel_request(request: HttpRequest, desk: Desk, request_id: str) -> HttpResponse:
    try:
        services.cancel_request(shop_id=desk.shop.id, actor_id=desk.actor_id, request_id=request_id)
    except VouchsafeError as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, _("Taken back. The author’s link no longer grants anything."))
    return _back(desk, request_id)


@shop_page(Action.ASK_PERMISSION, methods=("POST",))
def remind(request: HttpRequest, desk: Desk, request_id: str) -> HttpResponse:
    """The one reminder. What staff carry by hand comes back as a text to pass on."""
    _found(request_id)
    try:
        made = services.remind(shop_id=desk.shop.id, actor_id=desk.actor_id, request_id=request_id)
    except VouchsafeError as error:
        messages.warning(request, error.message)
        return _back(desk, request_id)
    if made.message:
        return request_page(request, desk, request_id, made=made)
    messages.success(request, _("The reminder is on its way."))
    return _back(desk, request_id)


@shop_page(Action.ASK_PERMISSION, methods=("POST",))
def posted(request: HttpRequest, desk: Desk, request_id: str) -> HttpResponse:
    """The address of the comment that staff posted under the author's post."""
    _found(request_id)
    try:
        services.confirm_assisted(
            shop_id=desk.shop.id,
            actor_id=desk.actor_id,
            request_id=request_id,
            reply_url=request.POST.get("reply_url", "").strip(),
        )
    except InvalidInput as error:
        return request_page(request, desk, request_id, wrong=error.message, typed=request.POST.get("reply_url", ""))
    except VouchsafeError as error:
        messages.warning(request, error.message)
        return _back(desk, request_id)
    messages.success(request, _("Thank you. From now on the author’s answer under the post counts."))
    return _back(desk, request_id)


@shop_page(Action.ASK_PERMISSION, methods=("POST",))
def settle(request: HttpRequest, desk: Desk, request_id: str) -> HttpResponse:
    """What a person makes of a reply that the rules cannot read. Nobody but the author says yes."""
    _found(request_id)
    reading = request.POST.get("reading", "")
    if reading not in set(services.Reading):
        raise InvalidInput(_("Choose what the reply means."), fields={"reading": [_("Needed.")]})
    chosen = services.Reading(reading)
    try:
        services.settle_reply(shop_id=desk.shop.id, actor_id=desk.actor_id, request_id=request_id, reading=chosen)
    except VouchsafeError as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, READINGS[chosen]())
    return _back(desk, request_id)


@shop_page(Action.ASK_PERMISSION, methods=("POST",))
def code(request: HttpRequest, desk: Desk, request_id: str) -> HttpResponse:
    """The code that the author sent from the account that they posted with."""
    _found(request_id)
    if services.confirm_code(
        shop_id=desk.shop.id, actor_id=desk.actor_id, request_id=request_id, text=request.POST.get("code", "")
    ):
        messages.success(request, _("Confirmed. The author’s page that waits for it is open for 30 minutes."))
    else:
        wrong = _("No page of this author waits for that code. It looks like 1A2B-3C4D-5E6F and holds for two days.")
        messages.warning(request, wrong)
    return _back(desk, request_id)


def request_page(
    request: HttpRequest,
    desk: Desk,
    request_id: str,
    *,
    made: NewRequest | None = None,
    just_asked: bool = False,
    wrong: str = "",
    typed: str = "",
) -> HttpResponse:
    """One request. ``made``: what is shown only now; ``wrong``: what was wrong with the address that was ``typed``."""
    row = _found(request_id)
    remind_from = rights_desk.may_remind_from(row)
    context = {
        "row": row,
        "card": cards_of([row.item], with_media=True)[0],
        "badge": request_badge(row),
        "way": label_of(WAYS, row.way),
        "language": label_of(LANGUAGES, row.language),
        "channels": [label_of(CHANNELS, channel) for channel in row.channels],
        "modifications": [label_of(MODIFICATIONS, each) for each in row.modifications],
        "markets": markets_text(row.markets),
        "days": days_text(row.days),
        "is_open": row.state in set(ANSWERABLE_STATES),
        "link": f"{settings.PUBLIC_URL}{reverse('rights:consent', args=[made.token])}" if made and made.token else "",
        "reply_url": safe_url(row.reply_url),
        "made": made,
        "just_asked": just_asked,
        "remind_from": remind_from,
        "may_remind": remind_from is not None and remind_from <= timezone.now(),
        "replies": replies_of_request(row),
        "to_read": _to_read(row),
        "history": history_of_request(desk.shop.id, row),
        "awaits_code": rights_desk.awaits_code(row.pk),
        "wrong": wrong,
        "typed": typed[:1000],
    }
    return page(request, desk, "studio/rights/request.html", "rights", context, status=400 if wrong else 200)


def _to_read(row: Any) -> str:
    """Why a person has to look: ``unclear``, or ``changed`` where a yes was edited or deleted; else empty."""
    if row.state == RequestState.REPLIED_UNCLEAR:
        return "unclear"
    if row.state == RequestState.GRANTED and rights.replies_to_read().filter(request=row).exists():
        return "changed"
    return ""


def _found(request_id: str) -> Any:
    row = rights.requests().filter(public_id=request_id).first()
    if row is None:
        raise NotFound(_("There is no such request in this shop."))
    return row


def _back(desk: Desk, request_id: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("studio:request", args=[desk.shop.slug, request_id]))
