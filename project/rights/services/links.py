"""The author's links: random tokens of which only the hash is kept, each bound to one request and one purpose."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from project.core.errors import ErrorCode, NotAllowed, VouchsafeError
from project.core.hashing import token_hash
from project.core.ids import new_token
from project.core.lookups import shop_of_token_hash
from project.rights.contracts import LinkCarrier, LinkPurpose
from project.rights.models import RequestLink, RightsRequest

LINK_DAYS = 30


def mint_link(
    request: RightsRequest,
    *,
    purpose: LinkPurpose = LinkPurpose.AUTHOR,
    carrier: LinkCarrier = LinkCarrier.HAND,
    lasts: timedelta | None = None,
) -> str:
    """A further link to a request, in the shop's scope; returns its token, which is stored nowhere."""
    token = new_token()
    now = timezone.now()
    RequestLink.objects.create(
        request=request,
        purpose=purpose,
        carrier=carrier,
        token_hash=token_hash(token),
        created_at=now,
        expires_at=now + (timedelta(days=LINK_DAYS) if lasts is None else lasts),
    )
    return token


def shop_of(token: str) -> tuple[int, str]:
    """The shop that a token belongs to, and the token's hash. Raises ``link_invalid`` (404)."""
    digest = token_hash(token)
    shop_id = shop_of_token_hash("rights_request", digest)
    if shop_id is None:
        raise link_invalid()
    return shop_id, digest


def live_link(digest: str, *purposes: LinkPurpose) -> RequestLink:
    """A link that has neither run out nor been taken back and was made for one of these purposes.

    Raises ``link_expired`` (410) or ``not_allowed`` (403).
    """
    link = link_by_hash(digest)
    if link.revoked_at is not None or link.expires_at <= timezone.now():
        raise link_expired()
    if link.purpose not in purposes:
        raise wrong_purpose()
    return link


def link_by_hash(digest: str) -> RequestLink:
    """With its request, item, author and licence, in the shop's scope."""
    rows = RequestLink.objects.select_related("request__item__author", "request__licence")
    link: RequestLink = rows.get(token_hash=digest)
    return link


def wrong_purpose() -> NotAllowed:
    return NotAllowed(_("This link was not made for that. Ask for a new one on your page."))


def link_invalid() -> VouchsafeError:
    return VouchsafeError(
        _("This link is not valid. Please open it exactly as it was sent to you."),
        code=ErrorCode.LINK_INVALID,
        status=404,
    )


def link_expired() -> VouchsafeError:
    return VouchsafeError(
        _("This link has run out. Ask the shop for a new one."), code=ErrorCode.LINK_EXPIRED, status=410
    )
