"""The author's page under ``/c/{token}``: see what is asked, grant or decline, withdraw by the same link.

A GET changes nothing, for mail scanners open links; every answer is a POST. No account, no cookie, nothing from
another host; no script but the one that fills in the receipt of a withdrawal. The link itself is the secret, so the
page is kept out of caches and referrers.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from project.core.errors import Conflict, ErrorCode, InvalidInput, NotFound, VouchsafeError
from project.core.languages import accepted_language, first_known, public_languages
from project.core.lookups import shop_of_slug
from project.rights import selectors, services
from project.rights.answering import choice_of, filled
from project.rights.author_page import (
    WAITING,
    asked_terms,
    host_of,
    page_context,
    page_hash,
    privacy_context,
    web_address,
)
from project.rights.contracts import LinkPurpose, PageSeen, RequestView
from project.rights.own_data import own_data_tools
from project.rights.receipt_views import receipt_context, receipt_fills_in, with_receipt
from project.rights.services.links import wrong_purpose
from project.rights.terms import CURRENT
from project.shops.selectors import shop_facts

View = Callable[..., HttpResponse]


def _for_the_author_alone(view: View) -> View:
    """Keep the page, and with it the secret in its address, out of caches, referrers and search engines."""

    @wraps(view)
    def enter(request: HttpRequest, token: str) -> HttpResponse:
        response = view(request, token)
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return enter


def _for_everybody(view: View) -> View:
    """A page that people are led to by a link of ours, and search engines by nobody."""

    @wraps(view)
    def enter(request: HttpRequest, *arguments: Any, **parts: Any) -> HttpResponse:
        response = view(request, *arguments, **parts)
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return enter


# Exempt from the CSRF check: whoever can forge a request here knows the secret already, there is no session to
# abuse, and under the page's referrer policy browsers send "Origin: null", which the check would refuse.
@csrf_exempt
@receipt_fills_in
@csp_replace({"script-src": ["'none'"]})
@_for_the_author_alone
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows, POST answers: ``answer`` is ``ticked``, ``all``, ``decline``, ``withdraw``, ``confirm`` (ask for a
    confirmed link), ``code`` (for one that a code opens) or, under such a link, ``scope``, ``export``, ``erase``."""
    facts = selectors.link_facts(token)
    with translation.override(page_language(request, facts.language if facts else "")):
        try:
            if request.method != "POST":
                return _show(request, token, selectors.request_view(token))
            return _answer(request, token)
        except VouchsafeError as error:
            return _refuse(request, error, facts, token)


def page_language(request: HttpRequest, asked_in: str = "") -> str:
    """What the reader chose on the page, else the language they were asked in, else their browser's."""
    return first_known((request.GET.get("lang", ""), asked_in), public_languages()) or accepted_language(
        request, public_languages()
    )


def language_links(request: HttpRequest) -> list[dict[str, Any]]:
    """The same page in each language. The choice stands in the address alone; no cookie is set."""
    current = get_language()
    return [
        {"code": code, "name": name, "url": f"{request.path}?lang={code}", "current": code == current}
        for code, name in settings.LANGUAGES
    ]


def _show(
    request: HttpRequest, token: str, view: RequestView, *, problem: VouchsafeError | None = None
) -> HttpResponse:
    form = filled(request.POST, view) if problem else None
    invalid = problem if problem is None or isinstance(problem, InvalidInput) else InvalidInput(problem.message)
    context = page_context(view, _locale(), form=form, problem=invalid)
    context |= {"languages": language_links(request), "asked_for_link": request.GET.get("sent") == "1"}
    context["changed"] = request.GET.get("changed") == "1" and problem is None
    context["proof_url"] = reverse("rights:proof", args=[token])
    context |= receipt_context(view, token)
    response = render(request, "rights/consent.html", context, status=problem.status if problem else 200)
    return _localised(with_receipt(response, context))


def _refuse(request: HttpRequest, error: VouchsafeError, facts: selectors.LinkFacts | None, token: str) -> HttpResponse:
    expired = error.code == ErrorCode.LINK_EXPIRED
    context = {
        "error": error,
        "expired": expired,
        "confirmed": facts is not None and facts.confirmed,
        "answered": error.code in {ErrorCode.REQUEST_CLOSED, ErrorCode.LICENCE_ENDED},
        # The author's page explains how things stand; a link that opens nothing has none.
        "page_url": "" if expired or facts is None else _address(request, token),
        "shop_name": facts.shop_name if facts else "",
        "shop_host": host_of(facts.shop_website) if facts else "",
        "shop_url": web_address(facts.shop_website) if facts else "",
        "languages": language_links(request),
    }
    return _localised(render(request, "rights/refused.html", context, status=error.status))


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    view = selectors.request_view(token)
    try:
        answer = request.POST.get("answer", "")
    except (SuspiciousOperation, MultiPartParserError) as error:
        raise InvalidInput(
            _("That was more than this page can take. Nothing was changed; please try again.")
        ) from error
    act = _ANSWERS.get(answer)
    if act is None:
        raise InvalidInput(_("Choose one of the answers."))
    try:
        return act(request, token, view) or _see(_address(request, token))
    except (InvalidInput, Conflict) as error:
        if error.code not in {ErrorCode.INVALID_INPUT, ErrorCode.CONFLICT}:
            raise
        return _show(request, token, view, problem=error)


def _grant(request: HttpRequest, token: str, view: RequestView) -> None:
    if view.state not in WAITING:
        raise VouchsafeError(
            _("This request was answered or taken back before."), code=ErrorCode.REQUEST_CLOSED, status=410
        )
    form = filled(request.POST, view)
    choice = choice_of(view, form, everything=request.POST["answer"] == "all")
    services.grant_request(token=token, choice=choice, seen=_seen(request, view, form.shown))


def _change_scope(request: HttpRequest, token: str, view: RequestView) -> HttpResponse:
    # The service refuses such a link too; here it is said before anything is said about the form.
    if view.purpose == LinkPurpose.AUTHOR or view.awaits_code:
        raise wrong_purpose()
    form = filled(request.POST, view)
    choice = choice_of(view, form, asks_age=False)
    services.change_scope(token=token, choice=choice, seen=_seen(request, view, form.shown))
    return _see(_address(request, token, changed="1"))


def _seen(request: HttpRequest, view: RequestView, shown: str) -> PageSeen:
    """What the author had before them; an answer to anything else than what holds now is asked again."""
    terms = asked_terms(view, _locale())
    page = page_hash(view, terms)
    if shown != page:
        raise Conflict(_("What the shop asks for has changed since you opened this page. Please read it again."))
    return PageSeen(
        locale=terms.locale,
        terms_sha256=terms.sha256,
        page_sha256=page,
        address=request.META.get("REMOTE_ADDR", ""),
        browser=request.headers.get("User-Agent", ""),
    )


def _decline(request: HttpRequest, token: str, view: RequestView) -> None:
    services.decline_request(token=token)


def _withdraw(request: HttpRequest, token: str, view: RequestView) -> None:
    services.withdraw_by_link(token=token)


def _ask_for_link(request: HttpRequest, token: str, view: RequestView) -> HttpResponse:
    waiting = services.send_confirmation_link(token=token)
    return _see(_address(request, waiting) if waiting else _address(request, token, sent="1"))


def _ask_for_code(request: HttpRequest, token: str, view: RequestView) -> HttpResponse:
    return _see(_address(request, services.send_confirmation_link(token=token, by_code=True)))


def _export(request: HttpRequest, token: str, view: RequestView) -> HttpResponse:
    author = _confirmed(view)
    tools = own_data_tools()
    if tools is None or author is None:
        raise NotFound(_("There is nothing here under this address."))
    response = HttpResponse(tools.export(view.shop_id, author), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    return response


def _erase(request: HttpRequest, token: str, view: RequestView) -> HttpResponse:
    author = _confirmed(view)
    tools = own_data_tools()
    if tools is None or author is None:
        raise NotFound(_("There is nothing here under this address."))
    if request.POST.get("sure") != "yes":
        raise InvalidInput(
            _("Tick that you are sure: what is erased cannot be brought back."),
            fields={"sure": [_("Please tick this first.")]},
        )
    tools.erase(view.shop_id, author)
    context = {"shop_name": view.shop_name, "shop_host": host_of(view.shop_website), "languages": []}
    return _localised(render(request, "rights/erased.html", context))


_ANSWERS: dict[str, Callable[[HttpRequest, str, RequestView], HttpResponse | None]] = {
    "all": _grant,
    "ticked": _grant,
    "decline": _decline,
    "withdraw": _withdraw,
    "confirm": _ask_for_link,
    "code": _ask_for_code,
    "scope": _change_scope,
    "export": _export,
    "erase": _erase,
}


def _confirmed(view: RequestView) -> int | None:
    """The author of a link that opens their data. Raises ``not_allowed`` (403) for any other link."""
    if view.purpose != LinkPurpose.CONFIRMED or view.awaits_code:
        raise wrong_purpose()
    return view.author_pk


def _address(request: HttpRequest, token: str, **more: str) -> str:
    """The author's page in the language they chose on it, if they did."""
    path = reverse("rights:consent", args=[token])
    chosen = first_known((request.GET.get("lang", ""),), public_languages())
    query = {**({"lang": chosen} if chosen else {}), **more}
    return f"{path}?{'&'.join(f'{name}={value}' for name, value in query.items())}" if query else path


def _see(address: str) -> HttpResponse:
    """303: a reload of the answer's page sends nothing again."""
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response


def _localised(response: HttpResponse) -> HttpResponse:
    response["Content-Language"] = _locale()
    return response


def _locale() -> str:
    return get_language() or settings.LANGUAGE_CODE


@csp_replace({"script-src": ["'none'"]})
@_for_everybody
@require_safe
def privacy(request: HttpRequest, shop: str) -> HttpResponse:
    """``GET /c/privacy/{shop}``: what becomes of an author's data (GDPR Art. 13 and 14), for everybody to read."""
    facts = _shop(shop)
    with translation.override(page_language(request, "")):
        context = {"privacy": privacy_context(facts.name, facts.website), "languages": language_links(request)}
        context |= {"shop_name": facts.name, "shop_host": host_of(facts.website)}
        return _localised(render(request, "rights/privacy.html", context))


@csp_replace({"script-src": ["'none'"]})
@_for_everybody
@require_safe
def terms(request: HttpRequest, shop: str, version: str = CURRENT) -> HttpResponse:
    """``GET /c/terms/{shop}/{version}``: the terms of permissions, in any version that ever held."""
    facts = _shop(shop)
    with translation.override(page_language(request, "")):
        shown = services.terms_as_shown(facts, version=version, locale=_locale())
        if shown.version != version:
            raise NotFound(_("There is nothing here under this address."))
        context = {"terms": shown, "shop_name": facts.name, "shop_host": host_of(facts.website)}
        context |= {"languages": language_links(request)}
        return _localised(render(request, "rights/terms.html", context))


def _shop(slug: str) -> Any:
    shop_id = shop_of_slug(slug)
    if shop_id is None:
        raise NotFound(_("There is nothing here under this address."))
    return shop_facts(shop_id)
