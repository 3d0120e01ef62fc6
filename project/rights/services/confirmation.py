"""What a forwarded link must not do asks for a fresh one, to the address or from the account that granted.

By mail: a link of 30 minutes. Where no address is known: a code, which is part of the waiting link's hash and so no
secret, sent or posted from the author's account. Whoever reads it there (a person of the shop, the collection of
replies) calls :func:`confirm_code`; the link that waits in the author's browser then opens for 30 minutes.
"""

import re
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from project.core.change import change
from project.core.errors import ErrorCode, VouchsafeError
from project.rights.contracts import LinkPurpose
from project.rights.models import RequestLink, RightsRequest
from project.rights.services.links import link_by_hash, link_expired, mint_link, shop_of, wrong_purpose
from project.shops.selectors import shop_facts
from project.shops.services import queue_mail

CONFIRMED_MINUTES = 30
CODE_HOURS = 48
MOST_IN_AN_HOUR = 3
_CODE = re.compile(r"\b([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})\b")


def send_confirmation_link(*, token: str) -> str:
    """Mail a confirmed link to the author. Where no address is known, returns the token of a link that waits for its
    code; else "".

    Raises ``rate_limited`` (429) after three in an hour for one request.
    """
    shop_id, digest = shop_of(token)
    with change(shop_id=shop_id) as unit:
        link = link_by_hash(digest)
        if link.revoked_at is not None or _is_forgotten(link):
            raise link_expired()
        if link.purpose != LinkPurpose.AUTHOR:
            raise wrong_purpose()
        # The lock orders two clicks, so that the limit holds.
        request = (
            RightsRequest.objects.select_for_update(of=("self",)).select_related("item__author").get(pk=link.request_id)
        )
        _check_pace(request)
        to = address_of_author(request)
        lasts = timedelta(minutes=CONFIRMED_MINUTES) if to else timedelta(0)
        confirmed = mint_link(request, purpose=LinkPurpose.CONFIRMED, lasts=lasts)
        unit.audit("request.confirmation_asked", "request", request.public_id, by="mail" if to else "code")
        if not to:
            return confirmed
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


def address_of_author(request: RightsRequest) -> str:
    """Where mail reaches the author: the address that was asked, else the one their account came with."""
    author = request.item.author
    for address in (request.recipient, author.email if author else ""):
        try:
            validate_email(address)
        except ValidationError:
            continue
        return address
    return ""


def masked_address(address: str) -> str:
    """``a…@example.org``: enough to know one's own, too little to learn somebody else's."""
    name, at, host = address.rpartition("@")
    return f"{name[:1]}…{at}{host}" if at else ""


def _is_forgotten(link: RequestLink) -> bool:
    """A link that ran out without a grant opens nothing; one that granted keeps opening the author's page."""
    return link.request.licence_id is None and link.expires_at <= timezone.now()


def _check_pace(request: RightsRequest) -> None:
    since = timezone.now() - timedelta(hours=1)
    sent = RequestLink.objects.filter(request=request, purpose=LinkPurpose.CONFIRMED, created_at__gt=since).count()
    if sent >= MOST_IN_AN_HOUR:
        raise VouchsafeError(
            _("We have sent you several links within an hour. Please look for the newest one, or try again later."),
            code=ErrorCode.RATE_LIMITED,
            status=429,
        )


def _mail(shop_id: int, request: RightsRequest, to: str, token: str) -> None:
    language = get_language() or request.language
    shop = shop_facts(shop_id)
    address = f"{settings.PUBLIC_URL}{reverse('rights:consent', args=[token])}?lang={language}"
    text = _(
        "Hello\n\n"
        "You asked for a link to change your permission for %(shop)s, to take your data with you or to have it "
        "erased. Here it is; it works for %(minutes)d minutes and for you alone:\n\n"
        "%(address)s\n\n"
        "Was it not you? Then do nothing: without this link nobody can change anything."
    ) % {"shop": shop.name, "minutes": CONFIRMED_MINUTES, "address": address}
    queue_mail(
        shop_id=shop_id,
        purpose="author_confirmation",
        to=to,
        subject=_("Your link to change your permission for %(shop)s") % {"shop": shop.name},
        text=text,
        language=language,
        about=request.public_id,
    )
