"""The author's page under ``/c/{token}``: see what is asked, grant or decline, withdraw by the same link.

A GET changes nothing, for mail scanners open links; every answer is a POST. No account, no cookie, no script, nothing
from another host. The link itself is the secret, so the page is kept out of caches and referrers.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from project.content.rules import CreditKind
from project.core.errors import InvalidInput, VouchsafeError
from project.core.scope import shop_scope
from project.rights import selectors, services
from project.rights.contracts import ANSWERABLE_STATES, AuthorChoice, Channel, RequestView
from project.rights.outlets import Use, uses_of
from project.rights.pictures import preview_path
from project.rights.wording import CHANNEL_LABELS
from project.shops.rules import WORLDWIDE

View = Callable[..., HttpResponse]
WAITING = frozenset(state.value for state in ANSWERABLE_STATES)
# A page that lost its connection hides its content when its lease ends: 60 seconds (DESIGN of the feed).
LEASE_SECONDS = 60


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


# Exempt from the CSRF check: whoever can forge a request here knows the secret already, there is no session to
# abuse, and under the page's referrer policy browsers send "Origin: null", which the check would refuse.
@csrf_exempt
@csp_replace({"script-src": ["'none'"]})
@_for_the_author_alone
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows, POST answers; ``answer`` is ``all``, ``ticked``, ``decline`` or ``withdraw``."""
    try:
        if request.method != "POST":
            return _show(request, selectors.request_view(token))
        return _answer(request, token)
    except VouchsafeError as error:
        return render(request, "rights/refused.html", {"error": error}, status=error.status)


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    answer = request.POST.get("answer", "")
    view = selectors.request_view(token)
    if answer == "decline":
        services.decline_request(token=token)
    elif answer == "withdraw":
        services.withdraw_by_link(token=token)
    elif answer in {"all", "ticked"}:
        try:
            services.grant_request(token=token, choice=_choice(request, view, everything=answer == "all"))
        except InvalidInput as error:
            return _show(request, view, problem=error)
    else:
        raise InvalidInput(_("Choose one of the answers."))
    # 303: a reload of the answer page sends nothing again.
    response = HttpResponseRedirect(reverse("rights:consent", args=[token]))
    response.status_code = 303
    return response


def _choice(request: HttpRequest, view: RequestView, *, everything: bool) -> AuthorChoice:
    ticked = request.POST.getlist("channel")
    channels = tuple(channel for channel in view.channels if everything or channel.value in ticked)
    credit = {entry["value"]: entry for entry in _credits(view)}.get(request.POST.get("credit", ""))
    return AuthorChoice(
        channels=channels,
        credit_kind=credit["kind"] if credit else CreditKind.MISSING.value,
        credit_name=credit["name"] if credit else "",
    )


def _credits(view: RequestView) -> list[dict[str, str]]:
    """How the author may be named: as their account names them, or not at all."""
    offered = []
    if view.author_handle:
        offered.append({"value": "handle", "kind": CreditKind.HANDLE.value, "name": view.author_handle})
    if view.author_name and view.author_name != view.author_handle:
        offered.append({"value": "name", "kind": CreditKind.NAME.value, "name": view.author_name})
    offered.append({"value": "customer", "kind": CreditKind.CUSTOMER.value, "name": ""})
    return offered


def _show(request: HttpRequest, view: RequestView, *, problem: InvalidInput | None = None) -> HttpResponse:
    context: dict[str, Any] = {
        "view": view,
        "channels": _channels(view.channels),
        "granted": _channels(view.granted_channels),
        "markets": _("every country") if WORLDWIDE in view.markets else ", ".join(view.markets),
        "credits": _credits(view),
        "chosen_credit": request.POST.get("credit") or _credits(view)[0]["value"],
        "ticked": request.POST.getlist("channel"),
        "waiting": view.state in WAITING,
        "problem": problem,
        "uses": _uses(view) if view.state == "granted" else [],
        "pictures": [{"src": preview_path(media.file), "alt": media.alt} for media in view.item_media],
        "origin_url": view.origin_url if view.origin_url.startswith(("https://", "http://")) else "",
        "lease_seconds": LEASE_SECONDS,
    }
    return render(request, "rights/consent.html", context, status=400 if problem else 200)


def _channels(channels: tuple[Channel, ...]) -> list[dict[str, Any]]:
    return [{"code": channel.value, "label": CHANNEL_LABELS[channel]} for channel in channels]


def _uses(view: RequestView) -> list[Use]:
    with shop_scope(view.shop_id):
        return uses_of(view.item_id)
