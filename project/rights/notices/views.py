"""``/n/{item}``, ``/n/status/{token}`` and ``/s/{token}``: reporting an item, the sender's page, statements of reasons.

No account, no cookie, no script, nothing from another host. A GET changes nothing. The form is sealed for the visitor
it was drawn for; the two private pages have a secret in their address and need no seal.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from csp.decorators import csp_replace
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from project.core.edge.limits import TooManyRequests
from project.core.errors import Conflict, ErrorCode, InvalidInput, VouchsafeError
from project.core.languages import first_known, public_languages
from project.rights import notice_rules, services
from project.rights.author_page import countries, host_of, web_address
from project.rights.contracts import NoticeCategory, NoticeState, PublishedItem
from project.rights.notices import selectors
from project.rights.notices.forms import TRAP, Typed, buckets, is_sealed, notice_of, seal, typed, visitor_of
from project.rights.notices.letters import automated_text, day, origin_text, outcome_text, redress_lines
from project.rights.notices.wording import CATEGORIES, GROUNDS, NOT_TOLD, RESTRICTIONS, STATES, reason_text
from project.rights.views import language_links, page_language
from project.rights.wording import credit_text
from project.shops.contracts import ShopFacts

View = Callable[..., HttpResponse]
EXCERPT = 280


def _plain(view: View) -> View:
    """Out of caches, referrers and search engines; refusals as a page of the same kind."""

    @wraps(view)
    def enter(request: HttpRequest, **parts: str) -> HttpResponse:
        with translation.override(page_language(request)):
            try:
                response = view(request, **parts)
            except (SuspiciousOperation, MultiPartParserError):
                error = InvalidInput(_("That was more than this page can take. Nothing was changed; please try again."))
                response = _refused(request, error)
            except VouchsafeError as error:
                if error.status >= 500:
                    raise
                response = _refused(request, error)
            response["Content-Language"] = get_language() or ""
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    guarded = csp_replace({"script-src": ["'none'"]})(require_http_methods(["GET", "HEAD", "POST"])(enter))
    return csrf_exempt(cast(View, guarded))


@_plain
def form(request: HttpRequest, item_id: str) -> HttpResponse:
    """GET shows the form, POST files the notice and leads to its private page."""
    about = selectors.reported(item_id)
    if request.method != "POST":
        return _form(request, about, Typed(urls=about.url))
    values = typed(request.POST)
    try:
        _check_sender(request, item_id)
        filed = services.file_notice(notice=notice_of(item_id, values), visitor=visitor_of(request))
    except TooManyRequests as error:
        problem = InvalidInput(_("That was a lot at once. Wait a minute, then send it again; your text is kept."))
        response = _form(request, about, values, problem, status=429)
        response["Retry-After"] = str(error.retry_after)
        return response
    except InvalidInput as error:
        return _form(request, about, values, error, status=400)
    return _see(request, reverse("notices:status", args=[filed.token]))


@_plain
def status(request: HttpRequest, token: str) -> HttpResponse:
    """How the sender's notice stands; POST asks for another look."""
    page = selectors.notice_page(token)
    problem: VouchsafeError | None = None
    if request.method == "POST":
        try:
            services.appeal_notice(token=token, appeal=request.POST.get("appeal", "").replace("\0", ""))
            return _see(request, reverse("notices:status", args=[token]))
        except (InvalidInput, Conflict) as error:
            problem = error
            page = selectors.notice_page(token)
    row = page.notice
    decided = bool(row.outcome)
    waits = row.state in notice_rules.OPEN
    context = {
        "notice": row,
        "problem": problem,
        "category": CATEGORIES[row.category],
        "state": STATES[row.outcome if row.state == NoticeState.CLOSED and row.outcome else row.state],
        "steps": _steps(row),
        "hidden": row.hold is not None and row.hold.closed_at is None and waits,
        "decide_by": day(
            notice_rules.decide_by(
                NoticeCategory(row.category), row.appealed_at or row.received_at, hidden=row.hold_id is not None
            )
        ),
        "waits": waits,
        "outcome": outcome_text(row.outcome) if decided else "",
        "reason": reason_text(row.reason) if decided else "",
        "may_appeal": page.may_appeal,
        "appeal_until": day(page.appeal_until) if page.appeal_until else "",
        "appeal": request.POST.get("appeal", ""),
        "urls": row.url.splitlines(),
        **_shop(request, page.shop),
    }
    return render(request, "rights/notice_status.html", context, status=problem.status if problem else 200)


@_plain
def statement(request: HttpRequest, token: str) -> HttpResponse:
    """A statement of reasons, for the author; POST objects to it."""
    page = selectors.statement_page(token)
    problem: VouchsafeError | None = None
    if request.method == "POST":
        try:
            services.object_to_statement(
                shop_id=page.shop.id,
                statement_id=page.row.public_id,
                objection=request.POST.get("objection", "").replace("\0", ""),
            )
            return _see(request, reverse("statement", args=[token]))
        except (InvalidInput, Conflict) as error:
            problem = error
            page = selectors.statement_page(token)
    row = page.row
    context = {
        "row": row,
        "problem": problem,
        "restriction": RESTRICTIONS[row.restriction],
        "starts_on": day(row.starts_at),
        "ends_on": day(row.ends_at) if row.ends_at else "",
        "territory": countries(tuple(row.markets)),
        "reason": reason_text(row.reason),
        "origin": origin_text(from_notice=row.from_notice),
        "automated": automated_text(detection=row.automated_detection, decision=row.automated_decision),
        "ground": GROUNDS[row.ground],
        "redress": redress_lines(appeal=page.may_object),
        "not_told": NOT_TOLD.get(row.not_told_because, ""),
        "may_object": page.may_object,
        "objection": request.POST.get("objection", ""),
        "origin_url": web_address(row.item.origin_url),
        **_shop(request, page.shop),
    }
    return render(request, "rights/statement.html", context, status=problem.status if problem else 200)


def _check_sender(request: HttpRequest, item_id: str) -> None:
    if request.POST.get(TRAP):
        raise InvalidInput(_("Leave the field that is marked so empty, then send it again."))
    if not is_sealed(request, item_id, request.POST.get("seal", "")):
        raise InvalidInput(_("This form was open for too long, or your network changed. Please send it again."))
    buckets.demand(visitor_of(request))


def _form(
    request: HttpRequest,
    about: selectors.Reported,
    values: Typed,
    problem: InvalidInput | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {
        "about": about,
        "excerpt": _excerpt(about.shown),
        "credit": credit_text(about.shown.credit) if about.shown else "",
        "values": values,
        "problem": problem,
        "wrong": (problem.fields or {}) if problem else {},
        "categories": [
            {"value": code, "label": label, "chosen": code == values.category} for code, label in CATEGORIES.items()
        ],
        "seal": seal(request, about.item_id),
        "trap": TRAP,
        **_shop(request, about.shop),
    }
    return render(request, "rights/notice_form.html", context, status=status)


def _excerpt(item: PublishedItem | None) -> str:
    """The beginning of what is shown anyway, cut at a character; for knowing it again, not as a quotation."""
    if item is None:
        return ""
    words = item.text or item.title
    return words if len(words) <= EXCERPT else f"{words[:EXCERPT]}…"


def _steps(row: Any) -> list[dict[str, Any]]:
    """What happened so far, with when."""
    steps = [(_("Received"), row.received_at), (_("Confirmed by e-mail"), row.acknowledged_at)]
    if row.appealed_at and row.decided_at and row.decided_at > row.appealed_at:
        steps += [(_("You asked for another look"), row.appealed_at), (_("Decided, for good"), row.decided_at)]
    else:
        steps += [(_("Decided"), row.decided_at), (_("You asked for another look"), row.appealed_at)]
    return [{"what": what, "at": at, "day": day(at)} for what, at in steps if at is not None]


def _shop(request: HttpRequest, shop: ShopFacts) -> dict[str, Any]:
    return {"shop_name": shop.name, "shop_host": host_of(shop.website), "languages": language_links(request)}


def _see(request: HttpRequest, path: str) -> HttpResponse:
    """303: a reload of the answer's page sends nothing again. The language that was chosen goes along."""
    chosen = first_known((request.GET.get("lang", ""),), public_languages())
    query = QueryDict(mutable=True)
    if chosen:
        query["lang"] = chosen
    response = HttpResponseRedirect(f"{path}?{query.urlencode()}" if chosen else path)
    response.status_code = 303
    return response


def _refused(request: HttpRequest, error: VouchsafeError) -> HttpResponse:
    missing = error.code in {ErrorCode.NOT_FOUND, ErrorCode.LINK_INVALID}
    context = {"error": error, "missing": missing, "languages": language_links(request)}
    return render(request, "rights/notice_refused.html", context, status=error.status)
