"""Asking an author for permission, by whichever way their source allows.

A link that can grant goes by e-mail or into a direct message, each message with a token of its own. What others can
read carries a hashtag and the terms, never a token, and is a draft until it stands at the source.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from project.content import selectors as content
from project.core.change import Change, change
from project.core.errors import Conflict, ErrorCode, InvalidInput, NotFound, VouchsafeError
from project.core.ids import new_public_id
from project.rights.contracts import (
    Channel,
    LicenceState,
    LicenceTerms,
    LinkCarrier,
    NewRequest,
    PreparedMessage,
    RequestState,
    SendingWay,
)
from project.rights.events import PermissionAsked, RequestPrepared
from project.rights.ledger import append_event
from project.rights.ledger.commitments import asked_commitments
from project.rights.models import Licence, LicenceItem, RightsRequest
from project.rights.request_rules import PUBLIC_WAYS, Move, channels_of_a_reply
from project.rights.services.licences import check_terms
from project.rights.services.links import mint_link
from project.rights.services.messages import compose, hashtags_of, last_template, moment_of, with_link
from project.rights.services.moves import moved, request_of, somebody_was_first
from project.rights.services.terms import terms_text
from project.rights.services.ways import offer_of
from project.rights.terms import CURRENT as TERMS_VERSION
from project.shops.selectors import shop_facts
from project.shops.services import queue_mail

if TYPE_CHECKING:
    from project.content.models import ContentItem

MAIL_PURPOSE = "rights_request"
ASKING_LOCK_CLASS = 0x61736B  # "ask": keeps these advisory locks apart from others in the same database


def ask_permission(
    *,
    shop_id: int,
    actor_id: int | None,
    item_id: str,
    channels: tuple[Channel, ...],
    markets: tuple[str, ...],
    days: int | None = None,
    modifications: tuple[str, ...] = (),
    way: SendingWay = SendingWay.PRIVATE_LINK,
    language: str | None = None,
    template: str = "",
    message: str = "",
    recipient: str = "",
    renews: str | None = None,
) -> NewRequest:
    """Make a request and send it, or prepare what others send. ``days``: how long the licence shall hold (None: open).

    ``template`` and ``message`` empty: the next wording in turn. ``renews``: the public id of the licence that a yes
    takes the place of. Raises :class:`Conflict` while another request for the same item is open,
    ``rate_limited`` where the source's pace is used up, ``source_forbids`` where its terms allow nobody to be asked
    so, :class:`InvalidInput` with what to change for a message that must not go out.
    """
    now = timezone.now()
    ends_at = now + timedelta(days=days) if days else None
    check_terms(
        LicenceTerms(
            channels=channels, markets=markets, starts_at=now, ends_at=ends_at, modifications=tuple(modifications)
        )
    )
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        # One after another: who asks next sees what was sent before, for the wording's turn and the source's pace.
        one_asks_at_a_time(shop_id)
        item = _askable(item_id)
        check_offer(item, way, now)
        _check_channels(item, way, channels)
        renewed = _renewed(renews, item)
        address = _recipient(item, way, recipient)
        prepared = compose(
            item, way=way, language=language, channels=channels, days=days, template=template, message=message
        )
        _check_message(prepared, way)
        agreed = terms_text(shop_id=shop_id, version=TERMS_VERSION, locale=prepared.language)
        request = _create(
            item=item,
            state=RequestState.DRAFT if way in PUBLIC_WAYS else RequestState.SENT,
            way=way,
            channels=[channel.value for channel in channels],
            markets=list(markets),
            modifications=list(modifications),
            days=days,
            language=prepared.language,
            template=prepared.template,
            message=prepared.text,
            message_sha256=hashlib.sha256(prepared.text.encode()).hexdigest(),
            hashtag=hashtags_of(shop_facts())[0] if way in PUBLIC_WAYS else "",
            recipient=address,
            terms_version=agreed.version,
            terms_sha256=agreed.sha256,
            asked_by_id=actor_id,
            sent_at=None if way in PUBLIC_WAYS else now,
            renews=renewed,
        )
        if way in PUBLIC_WAYS:
            unit.audit("request.prepared", "item", item_id, request=request.public_id, way=str(way))
            unit.emit(RequestPrepared(request_id=request.public_id, item_ids=(item_id,)))
            return NewRequest(request.public_id, "", request.state, prepared.text)
        token = mint_link(request, carrier=carrier_of(way))
        text = with_link(prepared.text, token)
        if way is SendingWay.EMAIL:
            mail_to_author(request, subject=prepared.subject, text=text)
        announce_asked(unit, request)
    if way is SendingWay.EMAIL:
        return NewRequest(request.public_id, "", request.state, prepared.text, prepared.subject)
    return NewRequest(request.public_id, token, request.state, text)


def cancel_request(*, shop_id: int, actor_id: int | None, request_id: str) -> None:
    """Take an unanswered request back; its links no longer grant."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        if not moved(request_id, Move.CANCEL):
            raise _closed(request_id)
        append_event("cancelled", {"request": request_id})
        item_id = request_of(request_id).item.public_id
        unit.audit("request.cancelled", "item", item_id, request=request_id, by="taken_back")


def new_author_link(*, shop_id: int, actor_id: int | None, request_id: str) -> NewRequest:
    """A further link for the same request, to be handed over privately (only hashes are kept, so an old one cannot be
    shown again). For one that was granted it leads to the author's page and answers nothing.

    Raises ``request_closed`` (410) where the author said no or the request was taken back.
    """
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        request = request_of(request_id)
        if request.state in {RequestState.DECLINED, RequestState.CANCELLED}:
            raise _closed(request_id)
        token = mint_link(request)
        unit.audit("request.link_made", "request", request_id)
        text = request.message
        if request.way in PUBLIC_WAYS or not text:
            text = compose(
                request.item,
                way=SendingWay.PRIVATE_LINK,
                language=request.language,
                channels=[Channel(channel) for channel in request.channels],
                days=request.days,
            ).text
    return NewRequest(request_id, token, request.state, with_link(text, token))


def announce_asked(unit: Change, request: RightsRequest) -> None:
    """Ledger, audit and news of a request that went out, inside the change in which it did."""
    append_event(
        "asked",
        {
            "request": request.public_id,
            "item": request.item.public_id,
            "way": str(request.way),
            "channels": sorted(request.channels),
            "markets": sorted(request.markets),
            "modifications": sorted(request.modifications),
            "days": request.days,
            "language": request.language,
            "terms_version": request.terms_version,
            "terms_sha256": request.terms_sha256,
            "renews": request.renews.public_id if request.renews else None,
            **asked_commitments(request),
        },
    )
    item_id = request.item.public_id
    unit.audit("request.sent", "item", item_id, request=request.public_id, way=str(request.way))
    unit.emit(PermissionAsked(request_id=request.public_id, item_ids=(item_id,)))


def mail_to_author(request: RightsRequest, *, subject: str, text: str) -> str:
    """Queue a letter to the author, inside an open change; ``text`` has a link of its own in it."""
    return queue_mail(
        shop_id=request.shop_id,
        purpose=MAIL_PURPOSE,
        to=request.recipient,
        subject=subject,
        text=text,
        language=request.language,
        about=request.public_id,
    )


def carrier_of(way: SendingWay) -> LinkCarrier:
    return LinkCarrier.MAIL if way is SendingWay.EMAIL else LinkCarrier.HAND


def one_asks_at_a_time(shop_id: int) -> None:
    """Hold the shop's turn to ask until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [ASKING_LOCK_CLASS, shop_id % 2**31])


def check_offer(item: "ContentItem", way: SendingWay, now: datetime) -> None:
    """Raises where this author cannot be asked this way, or not yet."""
    offer = offer_of(item, way, now=now)
    if offer.allowed:
        return
    if offer.next_at is not None:
        raise VouchsafeError(offer.why_not, code=ErrorCode.RATE_LIMITED, status=429)
    raise VouchsafeError(offer.why_not, code=ErrorCode.SOURCE_FORBIDS)


def _closed(request_id: str) -> VouchsafeError:
    """Told as before: 410, with who was first."""
    request_of(request_id)
    conflict = somebody_was_first(request_id)
    return VouchsafeError(conflict.message, code=ErrorCode.REQUEST_CLOSED, status=410)


def _askable(item_id: str) -> "ContentItem":
    item = content.item_by_public_id(item_id)
    if item is None:
        raise NotFound(_("There is no such content in this shop."))
    if not item.source.may_republish:
        raise VouchsafeError(
            _("The terms of this source do not allow showing its content, so nobody can be asked."),
            code=ErrorCode.SOURCE_FORBIDS,
        )
    return item


def _check_channels(item: "ContentItem", way: SendingWay, channels: Sequence[Channel]) -> None:
    if set(channels) & channels_beyond(item, way):
        message = _(
            "A hashtag cannot grant paid advertising or the assistant, which need a choice of their own, nor product "
            "pages for a picture, for it does not say who is in it. Leave them out, or send a private link."
        )
        raise InvalidInput(message, fields={"channels": [message]})


def channels_beyond(item: "ContentItem", way: SendingWay) -> frozenset[Channel]:
    """What an answer by this way cannot grant for an item. In the shop's scope."""
    if way not in PUBLIC_WAYS:
        return frozenset()
    has_pictures = bool(content.pictures_of([item.pk]))
    return frozenset(Channel) - frozenset(channels_of_a_reply(tuple(Channel), has_pictures=has_pictures))


def _renewed(renews: str | None, item: "ContentItem") -> Licence | None:
    if renews is None:
        return None
    licence = Licence.objects.filter(public_id=renews).first()
    if licence is None:
        raise NotFound(_("There is no such licence in this shop."))
    covered = LicenceItem.objects.filter(licence=licence, item=item, ended_at=None).exists()
    if licence.state != LicenceState.ACTIVE or not covered:
        raise Conflict(
            _("This licence does not cover the content any more, so it cannot be renewed. Ask anew instead."),
            code=ErrorCode.LICENCE_ENDED,
        )
    return licence


def _recipient(item: "ContentItem", way: SendingWay, recipient: str) -> str:
    if way is not SendingWay.EMAIL:
        return ""
    address = recipient.strip() or (item.author.email if item.author else "")
    try:
        validate_email(address)
    except ValidationError as error:
        message = _("State the author’s e-mail address.")
        raise InvalidInput(message, fields={"recipient": [message]}) from error
    return address


def _check_message(prepared: PreparedMessage, way: SendingWay) -> None:
    if prepared.problems:
        raise InvalidInput(
            _("This message cannot be sent as it stands."),
            fields={"message": [problem.sentence for problem in prepared.problems]},
        )
    if prepared.template == last_template(way):
        message = _("The author before was sent these very words. Take another wording, or change this one.")
        raise InvalidInput(message, fields={"message": [message]})


def _create(**values: Any) -> RightsRequest:
    item = values["item"]
    try:
        with transaction.atomic():
            request: RightsRequest = RightsRequest.objects.create(public_id=new_public_id("req"), **values)
    except IntegrityError as error:
        raise _asked_already(item.pk) from error
    return request


def _asked_already(item_pk: int) -> Conflict:
    open_states = [RequestState.DRAFT, RequestState.SENT, RequestState.REPLIED_UNCLEAR]
    rows = RightsRequest.objects.select_related("asked_by").filter(item_id=item_pk, state__in=open_states)
    other = rows.first()
    if other is None or other.asked_by is None:
        return Conflict(_("The author has been asked already. Wait for the answer or cancel it."))
    values = {"who": str(other.asked_by), "when": moment_of(other.sent_at or other.created_at)}
    return Conflict(
        _("The author has been asked already (%(who)s, %(when)s). Wait for the answer or cancel it.") % values
    )
