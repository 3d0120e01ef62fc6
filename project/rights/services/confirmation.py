"""What a forwarded link must not do asks for a fresh one, to the address or from the account that granted.

By mail: a link of 30 minutes, and only where a permission was given under the request. An address that staff typed
and that granted may change what it granted; data are handed out and erased through the author's own address, the one
that their account came with. Where none is known: a code, which is part of the waiting link's hash and so no
secret, sent or posted from the author's account. Whoever reads it there (a person of the shop, the collection of
replies) calls :func:`confirm_code`; the link that waits in the author's browser then opens for 30 minutes.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from project.core.change import change
from project.core.errors import ErrorCode, NotAllowed, VouchsafeError
from project.rights.contracts import LicenceState, LinkCarrier, LinkPurpose
from project.rights.models import RequestLink, RightsRequest
from project.rights.persons import first_address
from project.rights.services.links import link_by_hash, link_expired, mint_link, shop_of, wrong_purpose
from project.shops.selectors import shop_facts
from project.shops.services import queue_mail

CONFIRMED_MINUTES = 30
CODE_HOURS = 48
MOST_IN_AN_HOUR = 3
_CODE = re.compile(r"\b([0-9a-f]{4})[\s-]?([0-9a-f]{4})[\s-]?([0-9a-f]{4})\b")


@dataclass(frozen=True)
class FreshLink:
    """Where a fresh link goes; ``is_theirs``: that address is known to be the author's own."""

    address: str
    is_theirs: bool


def send_confirmation_link(*, token: str, by_code: bool = False) -> str:
    """Mail a confirmed link to the author. Where no address is known, or ``by_code`` is wanted, returns the token of a
    link that waits for its code; else "".

    Raises ``not_allowed`` (403) where no permission was given under this request, so that nobody is known to whom
    anything could be confirmed; ``rate_limited`` (429) after three in an hour for one request.
    """
    shop_id, digest = shop_of(token)
    with change(shop_id=shop_id) as unit:
        link = link_by_hash(digest)
        if link.revoked_at is not None or _is_forgotten(link):
            raise link_expired()
        if link.purpose != LinkPurpose.AUTHOR:
            raise wrong_purpose()
        # The lock orders two clicks, so that the limit holds.
        locked = RightsRequest.objects.select_for_update(of=("self",), no_key=True).select_related(
            "item__author", "licence"
        )
        request = locked.get(pk=link.request_id)
        if request.licence is None:
            raise _nothing_granted()
        _check_pace(request)
        to = fresh_link_goes_to(request)
        if by_code or not to.address:
            unit.audit("request.confirmation_asked", "request", request.public_id, by="code")
            return mint_link(request, purpose=LinkPurpose.CONFIRMED, lasts=timedelta(0))
        purpose = LinkPurpose.CONFIRMED if to.is_theirs else LinkPurpose.SCOPE
        lasts = timedelta(minutes=CONFIRMED_MINUTES)
        confirmed = mint_link(request, purpose=purpose, carrier=LinkCarrier.MAIL, lasts=lasts)
        unit.audit("request.confirmation_asked", "request", request.public_id, by="mail", opens=str(purpose))
        _mail(shop_id, request, to, confirmed)
    return ""


def confirm_code(*, shop_id: int, actor_id: int | None, request_id: str, text: str) -> bool:
    """Open the link that waits for a code in ``text``, which came from the account (or by the hand) of the author.

    False where no link of this request waits for any code in it. The caller has checked whose account it is.
    """
    wanted = {"".join(parts) for parts in _CODE.findall(text.lower())}
    if not wanted:
        return False
    now = timezone.now()
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        waiting = RequestLink.objects.filter(
            request__public_id=request_id,
            purpose=LinkPurpose.CONFIRMED,
            revoked_at=None,
            expires_at=F("created_at"),
            created_at__gt=now - timedelta(hours=CODE_HOURS),
        )
        for link in waiting:
            if link.token_hash[:12] in wanted:
                waiting.filter(pk=link.pk).update(expires_at=now + timedelta(minutes=CONFIRMED_MINUTES))
                unit.audit("request.confirmed", "request", request_id, by="code")
                return True
    return False


def awaited_code(link: RequestLink) -> str:
    """What the author has to send for this link to open; "" for a link that waits for nothing."""
    waits = link.purpose == LinkPurpose.CONFIRMED and link.expires_at == link.created_at
    if not waits or link.created_at <= timezone.now() - timedelta(hours=CODE_HOURS):
        return ""
    part = link.token_hash
    return f"{part[:4]}-{part[4:8]}-{part[8:12]}".upper()


def fresh_link_goes_to(request: RightsRequest) -> FreshLink:
    """Where a fresh link for a request goes that was granted; nowhere for one that was not.

    To the author's own address. One that staff typed is not known to be theirs, however it granted: what it gave it
    may change, and what is more takes a code from the account.
    """
    if request.licence is None:
        return FreshLink("", is_theirs=False)
    author = request.item.author
    own = first_address(author.email if author else "")
    granted = first_address(request.recipient) if request.granted_by == LinkCarrier.MAIL else ""
    if granted and granted.lower() != own.lower() and request.licence.state == LicenceState.ACTIVE:
        return FreshLink(granted, is_theirs=False)
    return FreshLink(own, is_theirs=bool(own))


def masked_address(address: str) -> str:
    """``a…@example.org``: enough to know one's own, too little to learn somebody else's."""
    name, at, host = address.rpartition("@")
    return f"{name[:1]}…{at}{host}" if at else ""


def _nothing_granted() -> NotAllowed:
    return NotAllowed(
        _(
            "Nobody gave a permission by this link, so it cannot open anybody’s data. What the shop has of you, ask of "
            "the shop itself; its privacy notice says how."
        )
    )


def _is_forgotten(link: RequestLink) -> bool:
    """A link that ran out without a grant opens nothing; one that granted keeps opening the author's page."""
    return link.request.licence_id is None and link.expires_at <= timezone.now()


def _check_pace(request: RightsRequest) -> None:
    since = timezone.now() - timedelta(hours=1)
    fresh = RequestLink.objects.filter(request=request).exclude(purpose=LinkPurpose.AUTHOR)
    sent = fresh.filter(created_at__gt=since).count()
    if sent >= MOST_IN_AN_HOUR:
        raise VouchsafeError(
            _("We have sent you several links within an hour. Please look for the newest one, or try again later."),
            code=ErrorCode.RATE_LIMITED,
            status=429,
        )


def _mail(shop_id: int, request: RightsRequest, to: FreshLink, token: str) -> None:
    language = get_language() or request.language
    shop = shop_facts(shop_id)
    address = f"{settings.PUBLIC_URL}{reverse('rights:consent', args=[token])}?lang={language}"
    text = _letter_about_data() if to.is_theirs else _letter_about_scope()
    queue_mail(
        shop_id=shop_id,
        purpose="author_confirmation",
        to=to.address,
        subject=_("Your link to change your permission for %(shop)s") % {"shop": shop.name},
        text=text % {"shop": shop.name, "minutes": CONFIRMED_MINUTES, "address": address},
        language=language,
        about=request.public_id,
    )


def _letter_about_data() -> str:
    return _(
        "Hello\n\n"
        "You asked for a link to change your permission for %(shop)s, to take your data with you or to have it "
        "erased. Here it is; it works for %(minutes)d minutes and for you alone:\n\n"
        "%(address)s\n\n"
        "Was it not you? Then do nothing: without this link nobody can change anything."
    )


def _letter_about_scope() -> str:
    return _(
        "Hello\n\n"
        "You asked for a link to change your permission for %(shop)s. Here it is; it works for %(minutes)d minutes "
        "and for you alone:\n\n"
        "%(address)s\n\n"
        "Was it not you? Then do nothing: without this link nobody can change anything."
    )
