"""Asking an author for permission, and their answer by a private link.

The link's token is random, only its hash is stored, it is bound to one request, and a GET never changes anything.
It grants once; afterwards it keeps opening the author's page, where the permission can be withdrawn.
"""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from project.content import selectors as content
from project.content.rules import CreditKind, is_credited
from project.content.services import credit_item
from project.core.change import change
from project.core.errors import Conflict, ErrorCode, InvalidInput, NotFound, VouchsafeError
from project.core.hashing import token_hash
from project.core.ids import new_public_id, new_token
from project.core.lookups import shop_of_token_hash
from project.rights.contracts import (
    ANSWERABLE_STATES,
    AuthorChoice,
    Basis,
    Channel,
    EndReason,
    LicenceTerms,
    NewRequest,
    RequestState,
)
from project.rights.events import PermissionAsked, PermissionDeclined
from project.rights.ledger import append_event
from project.rights.ledger.commitments import asked_commitments
from project.rights.models import RequestLink, RightsRequest
from project.rights.services.licences import check_terms, grant_licence, withdraw_item

LINK_DAYS = 30
TERMS_VERSION = "2026-11"


def ask_permission(
    *,
    shop_id: int,
    actor_id: int | None,
    item_id: str,
    channels: tuple[Channel, ...],
    markets: tuple[str, ...],
    days: int | None = None,
) -> NewRequest:
    """Make a request and the author's private link. ``days``: how long the licence shall hold (None: open).

    Raises :class:`Conflict` while another request for the same item is open.
    """
    now = timezone.now()
    ends_at = now + timedelta(days=days) if days else None
    check_terms(LicenceTerms(channels=channels, markets=markets, starts_at=now, ends_at=ends_at))
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        item = content.item_by_public_id(item_id)
        if item is None:
            raise NotFound(_("There is no such content in this shop."))
        if not item.source.may_republish:
            raise VouchsafeError(
                _("The terms of this source do not allow showing its content, so nobody can be asked."),
                code=ErrorCode.SOURCE_FORBIDS,
            )
        try:
            with transaction.atomic():
                request = RightsRequest.objects.create(
                    public_id=new_public_id("req"),
                    item=item,
                    state=RequestState.SENT,
                    channels=[channel.value for channel in channels],
                    markets=list(markets),
                    days=days,
                    terms_version=TERMS_VERSION,
                    asked_by_id=actor_id,
                    sent_at=now,
                )
        except IntegrityError as error:
            raise Conflict(_("The author has been asked already. Wait for the answer or cancel it.")) from error
        token = _mint_link(request)
        append_event(
            "asked",
            {
                "request": request.public_id,
                "item": item_id,
                "channels": sorted(request.channels),
                "markets": sorted(request.markets),
                "days": days,
                "terms_version": TERMS_VERSION,
                **asked_commitments(request),
            },
        )
        unit.audit("request.sent", "item", item_id, request=request.public_id)
        unit.emit(PermissionAsked(request_id=request.public_id, item_ids=(item_id,)))
    return NewRequest(request.public_id, token)


def new_author_link(*, shop_id: int, actor_id: int | None, request_id: str) -> NewRequest:
    """A further link for the same request (only hashes are kept, so an old one cannot be shown again)."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        request = RightsRequest.objects.filter(public_id=request_id).first()
        if request is None:
            raise NotFound(_("There is no such request in this shop."))
        token = _mint_link(request)
        unit.audit("request.link_made", "request", request_id)
    return NewRequest(request_id, token)


def cancel_request(*, shop_id: int, actor_id: int | None, request_id: str) -> None:
    """Take an unanswered request back; its links no longer grant."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        _close(request_id, RequestState.CANCELLED)
        append_event("cancelled", {"request": request_id})
        unit.audit("request.cancelled", "request", request_id)


def grant_request(*, token: str, choice: AuthorChoice) -> str:
    """The author says yes: licence, ledger entry and news in one transaction; returns the licence's public id.

    Raises ``link_invalid`` (404), ``link_expired`` or ``request_closed`` (410: answered or cancelled before).
    """
    shop_id, digest = _shop_of(token)
    with change(shop_id=shop_id) as unit:
        request = _open_request(digest)
        channels = tuple(channel for channel in choice.channels if channel.value in request.channels)
        if not channels:
            raise InvalidInput(
                _("Choose at least one place, or decline."), fields={"channels": [_("Choose at least one.")]}
            )
        if not is_credited(choice.credit_kind, choice.credit_name):
            raise InvalidInput(
                _("Choose how you want to be named."), fields={"credit": [_("Choose how you want to be named.")]}
            )
        now = timezone.now()
        _close(request.public_id, RequestState.GRANTED)
        credit_item(item=request.item, kind=CreditKind(choice.credit_kind), name=choice.credit_name)
        licence = grant_licence(
            shop_id=shop_id,
            actor_id=None,
            basis=Basis.REQUEST,
            item_ids=[request.item.public_id],
            terms=LicenceTerms(
                channels=channels,
                markets=tuple(request.markets),
                starts_at=now,
                ends_at=now + timedelta(days=request.days) if request.days else None,
                terms_version=request.terms_version,
            ),
        )
        RightsRequest.objects.filter(pk=request.pk).update(licence=licence)
        unit.audit("request.granted", "item", request.item.public_id, request=request.public_id)
    return licence.public_id


def decline_request(*, token: str) -> None:
    """The author says no."""
    shop_id, digest = _shop_of(token)
    with change(shop_id=shop_id) as unit:
        request = _open_request(digest)
        _close(request.public_id, RequestState.DECLINED)
        append_event("declined", {"request": request.public_id, "item": request.item.public_id})
        unit.audit("request.declined", "item", request.item.public_id, request=request.public_id)
        unit.emit(PermissionDeclined(request_id=request.public_id, item_ids=(request.item.public_id,)))


def withdraw_by_link(*, token: str) -> None:
    """The author withdraws; asks for nothing more than the grant did.

    Whatever licence still covers the item ends with it, a later grant or an import's row included: the author's no
    is about their words, not about a record of ours.
    """
    shop_id, digest = _shop_of(token)
    with change(shop_id=shop_id):
        link = RequestLink.objects.select_related("request__licence", "request__item").get(token_hash=digest)
        licence = link.request.licence
        if licence is None:
            raise VouchsafeError(
                _("There is no permission under this link to withdraw."), code=ErrorCode.LICENCE_ENDED, status=410
            )
        item_id = link.request.item.public_id
        if not withdraw_item(shop_id=shop_id, actor_id=None, item_id=item_id, reason=EndReason.AUTHOR):
            raise Conflict(_("This permission was ended before."), code=ErrorCode.LICENCE_ENDED)


def _mint_link(request: RightsRequest) -> str:
    token = new_token()
    RequestLink.objects.create(
        request=request,
        token_hash=token_hash(token),
        expires_at=timezone.now() + timedelta(days=LINK_DAYS),
    )
    return token


def _shop_of(token: str) -> tuple[int, str]:
    digest = token_hash(token)
    shop_id = shop_of_token_hash("rights_request", digest)
    if shop_id is None:
        raise VouchsafeError(
            _("This link is not valid. Please open it exactly as it was sent to you."),
            code=ErrorCode.LINK_INVALID,
            status=404,
        )
    return shop_id, digest


def _open_request(digest: str) -> RightsRequest:
    link = RequestLink.objects.select_related("request__item").get(token_hash=digest)
    if link.revoked_at is not None or link.expires_at <= timezone.now():
        raise VouchsafeError(
            _("This link has run out. Ask the shop for a new one."), code=ErrorCode.LINK_EXPIRED, status=410
        )
    return link.request


def _close(request_id: str, state: RequestState) -> None:
    won = RightsRequest.objects.filter(public_id=request_id, state__in=list(ANSWERABLE_STATES)).update(
        state=state, answered_at=timezone.now()
    )
    if not won:
        raise VouchsafeError(
            _("This request was answered or taken back before."), code=ErrorCode.REQUEST_CLOSED, status=410
        )
