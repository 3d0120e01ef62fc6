"""The receipt of a withdrawal under ``/c/{token}/receipt``: the part of the author's page that fills in live."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from project.core.errors import NotFound, VouchsafeError
from project.core.scope import shop_scope
from project.rights import selectors
from project.rights.contracts import RequestView
from project.shops.selectors import shop_facts

View = Callable[..., HttpResponseBase]
# How often an open page asks again without JavaScript.
REFRESH_SECONDS = 5


def receipt_context(view: RequestView, token: str) -> dict[str, Any]:
    """What ``rights/receipt.html`` shows of a withdrawn permission. Empty for one that is not withdrawn."""
    if view.state != "withdrawn":
        return {}
    with shop_scope(view.shop_id):
        receipt = selectors.latest_receipt_of_request(selectors.requests().get(public_id=view.public_id).pk)
    return {
        "receipt": receipt,
        "receipt_sentences": selectors.receipt_sentences(receipt, shop_facts(view.shop_id).time_zone)
        if receipt
        else (),
        "receipt_url": reverse("rights:receipt", args=[token]),
        "receipt_refresh": 0 if receipt and receipt.final else REFRESH_SECONDS,
    }


def with_receipt(response: HttpResponse, context: Mapping[str, Any]) -> HttpResponse:
    """Note on the author's page whether it shows a receipt that still fills in."""
    response._receipt_fills_in = bool(context.get("receipt_refresh"))  # type: ignore[attr-defined]
    return response


def receipt_fills_in(view: View) -> View:
    """Let the one script of the author's page run where a receipt fills in; everywhere else it stays shut out."""

    @wraps(view)
    def enter(request: HttpRequest, token: str) -> HttpResponseBase:
        response = view(request, token)
        if getattr(response, "_receipt_fills_in", False):
            response._csp_replace = {"script-src": ["'self'"]}  # type: ignore[attr-defined]
        return response

    return enter


def _kept_out(view: View) -> View:
    """Out of caches, referrers and search engines, as the author's page is: the secret stands in the address."""

    @wraps(view)
    def enter(request: HttpRequest, token: str) -> HttpResponseBase:
        response = view(request, token)
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return enter


@csp_replace({"script-src": ["'none'"]})
@_kept_out
@require_safe
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """``GET``: the fragment as it stands now, for the author's page to put in place of the one it shows.

    ``lang``: the language of that page, which the reader may have chosen there.
    """
    wanted = request.GET.get("lang", "")
    language = wanted if wanted in dict(settings.LANGUAGES) else translation.get_language()
    with translation.override(language):
        try:
            view = selectors.request_view(token)
            context = receipt_context(view, token)
            if not context:
                raise NotFound(_("Nothing was withdrawn under this link."))
            return render(request, "rights/receipt.html", {"view": view, **context})
        except VouchsafeError as error:
            return render(request, "rights/refused.html", {"error": error}, status=error.status)
