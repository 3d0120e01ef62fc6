"""The author's proof, ``/c/{token}/proof.zip``: the same link, the same secrecy, and a GET that changes nothing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from project.core.edge.limits import TokenBuckets, TooManyRequests
from project.core.errors import NotFound, VouchsafeError
from project.core.hashing import token_hash
from project.rights import selectors
from project.rights.evidence import evidence_pack, pack_name

# Making one costs some reads of the ledger; nobody needs many.
_buckets = TokenBuckets(rate=0.2, burst=10)


@require_safe
def proof(request: HttpRequest, token: str) -> HttpResponse:
    """The evidence pack of the licence under a link, without what a forwarded link must not show."""
    try:
        response = _download(token)
    except VouchsafeError as error:
        if error.status >= 500:
            raise
        response = render(request, "rights/refused.html", {"error": error}, status=error.status)
        if isinstance(error, TooManyRequests):
            response["Retry-After"] = str(error.retry_after)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _download(token: str) -> HttpResponse:
    view = selectors.request_view(token)
    if not view.licence_id:
        raise NotFound(_("There is no permission under this link, so there is nothing to prove yet."))
    if wait := _buckets.take(token_hash(token)):
        raise TooManyRequests(wait, _("Too many requests. Wait a moment, then try again."))
    pack = evidence_pack(shop_id=view.shop_id, licence_id=view.licence_id, for_author_of=view.item_id, sign=False)
    return zip_response(pack, view.licence_id)


def zip_response(pack: bytes, licence_id: str) -> HttpResponse:
    """A pack as a download."""
    response = HttpResponse(pack, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{pack_name(licence_id)}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
