"""Getting a prepared message to its source, and reminding once. The network is never waited for in a transaction."""

import logging
from datetime import datetime
from urllib.parse import urlsplit

from django.utils import timezone
from django.utils.translation import gettext as _

from project.core.change import change
from project.core.errors import Conflict, ErrorCode, InvalidInput, VouchsafeError
from project.core.scope import shop_scope
from project.rights.contracts import Channel, NewRequest, OutgoingRequest, RequestState, SendingWay
from project.rights.ledger import append_event
from project.rights.models import RightsRequest
from project.rights.request_rules import BY_HAND, PRIVATE_WAYS, REMIND_AFTER, Move
from project.rights.senders import RequestSender, SendingFailed, sender_for
from project.rights.services.asking import announce_asked, carrier_of, mail_to_author, one_asks_at_a_time
from project.rights.services.links import mint_link
from project.rights.services.messages import compose, policy_of, with_link
from project.rights.services.moves import moved, request_of, somebody_was_first
from project.rights.services.ways import free_on_platform

logger = logging.getLogger(__name__)

URL_LENGTH = 1000


def send_request(*, shop_id: int, request_id: str) -> bool:
    """Post a prepared message at its source; False when there was nothing to send (any more).

    May run twice: the sender posts one key once. Raises :class:`SendingFailed` when a later try can go better; a
    refusal that will stay one ends the request, with the reason in its history.
    """
    with shop_scope(shop_id):
        request = request_of(request_id)
        if request.state != RequestState.DRAFT or request.way != SendingWay.PUBLIC_REPLY:
            return False
        sender = _sender(request)
        message = outgoing(request, request.message, key=request.public_id)
    try:
        sent = sender.send(message)
    except SendingFailed as failure:
        if failure.again:
            raise
        give_up(shop_id=shop_id, request_id=request_id, reason=failure.reason)
        return False
    with change(shop_id=shop_id, actor_id=request.asked_by_id) as unit:
        when = sent.sent_at if sent else timezone.now()
        won = moved(request_id, Move.SEND, sent_at=when, reply_url=sent.url[:URL_LENGTH] if sent else "")
        now = request_of(request_id)
        if won:
            announce_asked(unit, now)
        elif now.state == RequestState.CANCELLED:
            # Taken back while it was on its way: what stands there now asks for nothing that would count.
            unit.audit("request.sent_too_late", "item", request.item.public_id, request=request_id)
    return won


def confirm_assisted(*, shop_id: int, actor_id: int | None, request_id: str, reply_url: str) -> None:
    """Staff posted the comment and state its address; it is looked up where the source lets us.

    Raises :class:`InvalidInput` for an address that is not that of the comment, :class:`Conflict` when the request is
    no longer waiting for it.
    """
    with shop_scope(shop_id):
        request = request_of(request_id)
        if request.way != SendingWay.ASSISTED or request.state != RequestState.DRAFT:
            raise somebody_was_first(request_id)
        _check_address(reply_url, request.item.origin_url)
        message = outgoing(request, request.message, key=request.public_id)
        sender = _sender(request)
    try:
        sent = sender.check(message, reply_url)
    except SendingFailed as failure:
        raise _not_found_there(failure) from failure
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        if not moved(request_id, Move.SEND, sent_at=sent.sent_at, reply_url=sent.url[:URL_LENGTH]):
            raise somebody_was_first(request_id)
        announce_asked(unit, request_of(request_id))


def remind(*, shop_id: int, actor_id: int | None, request_id: str) -> NewRequest:
    """The one reminder, five days after the question at the earliest and by the same way. For the ways that staff
    carry, the text to pass on comes back, for the private link with a link of its own in it.

    Raises :class:`Conflict` when there was a reminder, an answer, or not enough time.
    """
    now = timezone.now()
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        one_asks_at_a_time(shop_id)
        request = request_of(request_id)
        way = SendingWay(request.way)
        policy = policy_of(request.item)
        if policy is not None and free_on_platform(request.item.source, policy, way, now=now) is not None:
            raise VouchsafeError(
                _("So many messages at once look like spam to this network. Remind the author later."),
                code=ErrorCode.RATE_LIMITED,
                status=429,
            )
        prepared = compose(
            request.item,
            way=way,
            language=request.language,
            channels=[Channel(channel) for channel in request.channels],
            days=request.days,
            reminder=True,
        )
        if not _claim_reminder(request_id, now):
            raise Conflict(
                _("An author is reminded once, five days after the question at the earliest, and not after an answer.")
            )
        token = mint_link(request, carrier=carrier_of(way)) if way in PRIVATE_WAYS else ""
        text = with_link(prepared.text, token) if token else prepared.text
        if way is SendingWay.EMAIL:
            mail_to_author(request, subject=prepared.subject, text=text)
        unit.audit("request.reminded", "item", request.item.public_id, request=request_id, way=str(way))
    if way is SendingWay.PUBLIC_REPLY:
        _post_reminder(shop_id, request, prepared.text)
    by_hand = way in BY_HAND
    return NewRequest(request_id, token if by_hand else "", request.state, text if by_hand else "")


def give_up(*, shop_id: int, request_id: str, reason: str) -> None:
    """A message that its source will not take: the request ends, and the author can be asked another way."""
    with change(shop_id=shop_id) as unit:
        request = request_of(request_id)
        if request.state == RequestState.DRAFT and moved(request_id, Move.CANCEL):
            append_event("cancelled", {"request": request_id})
            unit.audit("request.not_sent", "item", request.item.public_id, request=request_id, reason=reason)


def note_undelivered(*, shop_id: int, request_id: str) -> None:
    """The author's address does not take letters: the request ends, and they can be asked another way. One that was
    answered meanwhile (an earlier letter arrived, the reminder did not) stays as it is."""
    with change(shop_id=shop_id) as unit:
        request = RightsRequest.objects.select_related("item").filter(public_id=request_id).first()
        if request is None or request.way != SendingWay.EMAIL or request.reminded_at is not None:
            return
        if request.state == RequestState.SENT and moved(request_id, Move.CANCEL):
            append_event("cancelled", {"request": request_id})
            unit.audit("request.not_delivered", "item", request.item.public_id, request=request_id)


def outgoing(request: RightsRequest, text: str, *, key: str) -> OutgoingRequest:
    """What a sender needs of a request, in the shop's scope."""
    item = request.item
    return OutgoingRequest(
        request_id=request.public_id,
        item_external_id=item.external_id,
        origin_url=item.origin_url,
        source_kind=item.source.kind,
        config=dict(item.source.config or {}),
        language=request.language,
        text=text,
        hashtag=request.hashtag,
        key=key,
    )


def _sender(request: RightsRequest) -> RequestSender:
    sender = sender_for(SendingWay(request.way), request.item.source.kind)
    if sender is None:
        raise VouchsafeError(_("The terms of this source do not allow asking this way."), code=ErrorCode.SOURCE_FORBIDS)
    return sender


def _claim_reminder(request_id: str, now: datetime) -> bool:
    rows = RightsRequest.objects.filter(
        public_id=request_id, state=RequestState.SENT, reminded_at=None, sent_at__lte=now - REMIND_AFTER
    )
    return bool(rows.update(reminded_at=now))


def _post_reminder(shop_id: int, request: RightsRequest, text: str) -> None:
    """One try: a reminder that its source does not take is not worth a second one."""
    try:
        _sender(request).send(outgoing(request, text, key=f"{request.public_id}:reminder"))
    except SendingFailed as failure:
        logger.warning("request.reminder_failed", extra={"request": request.public_id, "reason": failure.reason})
        with change(shop_id=shop_id) as unit:
            item_id = request.item.public_id
            unit.audit("request.reminder_not_sent", "item", item_id, request=request.public_id, reason=failure.reason)


def _check_address(reply_url: str, origin_url: str) -> None:
    """Whether the address can be a comment under the post: the same host over https, and not the post itself."""
    try:
        given, post = urlsplit(reply_url.strip()), urlsplit(origin_url)
        fits = given.scheme in {"https", post.scheme} and bool(given.hostname) and len(reply_url) <= URL_LENGTH
    except ValueError:
        fits = False
    if not fits or reply_url.strip().rstrip("/") == origin_url.rstrip("/"):
        message = _("Paste the address of the comment that you posted, not that of the author’s post.")
        raise InvalidInput(message, fields={"reply_url": [message]})


def _not_found_there(failure: SendingFailed) -> VouchsafeError:
    if failure.again:
        return VouchsafeError(
            _("The source could not be asked right now. Try again in a few minutes."),
            code=ErrorCode.OUTGOING_FAILED,
            status=502,
        )
    sentences = {
        "not_in_thread": _("There is no such comment under the author’s post. Paste the comment’s own address."),
        "other_text": _(
            "The comment there does not carry the hashtag and the terms. Post the text as it was prepared."
        ),
        "other_host": _("This address belongs to another site than the author’s post."),
    }
    message = sentences.get(failure.reason) or _("The comment could not be found at this address.")
    return InvalidInput(message, fields={"reply_url": [message]})
