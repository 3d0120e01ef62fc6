"""Conditional requests (RFC 9110 §13): a strong ETag over the answer's own bytes.

The bytes, not the publication number: a right that begins or ends by the clock changes what is published without
any news, and most of what secret keys read (pending content, requests, orders) raises no number at all.
"""

import hashlib
from typing import Any

from django.http import HttpResponse
from django.utils.http import parse_etags, quote_etag
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from project.core.errors import ErrorCode, VouchsafeError

KEPT_ON_304 = (
    "Cache-Control",
    "Content-Language",
    "Vary",
    "Access-Control-Allow-Origin",
    "Access-Control-Expose-Headers",
)


def etag_of(data: Any) -> str:
    """The strong ETag, quoted, of what a GET would answer with ``data``."""
    return _etag(JSONRenderer().render(data))


def make_conditional(request: Request, response: Response) -> None:
    """Give a successful GET its ETag, and turn it into 304 where the caller holds these bytes already."""

    def answer(rendered: HttpResponse) -> HttpResponse | None:
        etag = _etag(rendered.content)
        rendered["ETag"] = etag
        if not _holds(request.headers.get("If-None-Match", ""), etag):
            return None
        unchanged = HttpResponse(status=304, headers={"ETag": etag})
        for name in KEPT_ON_304:
            if name in rendered:
                unchanged[name] = rendered[name]
        return unchanged

    response.add_post_render_callback(answer)


def require_match(request: Request, representation: Any) -> None:
    """Refuse a write whose ``If-Match`` does not name the object as it stands; without the header any will do.

    ``representation`` is what a GET of the object answers with; read it inside the change, under the row's lock.
    Raises ``precondition_failed`` (412).
    """
    wanted = request.headers.get("If-Match")
    if wanted is None or _holds(wanted, etag_of(representation), weak=False):
        return
    raise VouchsafeError(
        _("This was changed since you read it. Read it again before you decide."),
        code=ErrorCode.PRECONDITION_FAILED,
        status=412,
    )


def _etag(content: bytes) -> str:
    return quote_etag(hashlib.sha256(content).hexdigest()[:32])


def _holds(header: str, etag: str, *, weak: bool = True) -> bool:
    """Whether the header's list names this ETag; proxies that compress mark it weak (``W/``)."""
    named = parse_etags(header)
    return "*" in named or etag in named or (weak and f"W/{etag}" in named)
