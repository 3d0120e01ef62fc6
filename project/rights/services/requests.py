"""Asking an author for permission; what they answer by their private link stands in ``answers``."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from project.content import selectors as content
from project.core.change import change
from project.core.errors import Conflict, ErrorCode, NotFound, VouchsafeError
from project.core.ids import new_public_id
from project.rights.contracts import Channel, LicenceTerms, NewRequest, RequestState
from project.rights.events import PermissionAsked
from project.rights.ledger import append_event
from project.rights.ledger.commitments import asked_commitments
from project.rights.models import RightsRequest
from project.rights.services.answers import close_request
from project.rights.services.licences import check_terms
from project.rights.services.links import mint_link
from project.rights.terms import CURRENT as TERMS_VERSION


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
        token = mint_link(request)
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
        token = mint_link(request)
        unit.audit("request.link_made", "request", request_id)
    return NewRequest(request_id, token)


def cancel_request(*, shop_id: int, actor_id: int | None, request_id: str) -> None:
    """Take an unanswered request back; its links no longer grant."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        close_request(request_id, RequestState.CANCELLED)
        append_event("cancelled", {"request": request_id})
        unit.audit("request.cancelled", "request", request_id)
