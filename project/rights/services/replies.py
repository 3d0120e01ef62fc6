"""What an author answers in public: judged by :mod:`project.rights.reply_rules`, kept as it came, and acted upon.

A reply that grants makes a non-exclusive licence for the channels that the message named and no others. The author's
``#no`` ends whatever covers the item, by whichever way it was granted. What the rules cannot read waits for a person.
"""

from datetime import timedelta
from enum import StrEnum

from django.utils import timezone

from project.content import selectors as content
from project.content.rules import CreditKind, is_credited
from project.content.services import credit_item
from project.core.change import Change, change
from project.core.hashing import payload_hash
from project.core.sanitising import storable_json
from project.rights.ages import AgeProof
from project.rights.contracts import (
    ANSWERABLE_STATES,
    OPEN_REQUEST_STATES,
    Basis,
    Channel,
    ConsentWay,
    EndReason,
    LicenceTerms,
    PageSeen,
    PublicReply,
    ReplyVerdict,
    RequestState,
    WithdrawalRoute,
)
from project.rights.events import PermissionDeclined
from project.rights.ledger import append_event
from project.rights.models import LicenceItem, RequestReply, RightsRequest
from project.rights.reply_rules import Asked, judge, mentions_the_question
from project.rights.request_rules import Move, channels_of_a_reply
from project.rights.services.answers import supersede
from project.rights.services.confirmation import confirm_code
from project.rights.services.consents import record_consent
from project.rights.services.licences import grant_licence, withdraw_item
from project.rights.services.locks import lock_licences, lock_siblings
from project.rights.services.messages import hashtags_of
from project.rights.services.moves import moved, request_of, somebody_was_first
from project.rights.services.siblings import cancel_siblings
from project.rights.services.terms import terms_address, terms_text
from project.rights.wording import attribution_of
from project.shops.selectors import shop_facts

_ANSWERABLE = frozenset(state.value for state in ANSWERABLE_STATES)


class Reading(StrEnum):
    """What a person makes of a reply that the rules cannot read. Only the author's own answer grants."""

    NO = "no"
    NO_ANSWER = "no_answer"
    STILL_YES = "still_yes"


def record_reply(*, shop_id: int, request_id: str, reply: PublicReply) -> ReplyVerdict:
    """Judge one reply under a request's post and do what follows from it. Idempotent: the same reply again changes
    nothing; an edited or deleted one is judged anew."""
    with change(shop_id=shop_id) as unit:
        # The lock orders two collectors, and a collector and the author's page.
        lock_siblings(request_id)
        request = request_of(request_id)
        known = RequestReply.objects.filter(request=request, external_id=reply.external_id).first()
        if known is not None and _said_before(known, reply):
            return ReplyVerdict(known.verdict)
        asked = _asked(request, known)
        verdict = judge(reply, asked)
        if verdict is ReplyVerdict.NOT_THE_AUTHOR:
            if mentions_the_question(reply.text, asked):
                _keep(request, reply, verdict, known)
            return verdict
        if request.sent_at is None or reply.written_at <= request.sent_at:
            return ReplyVerdict.UNCLEAR
        if not reply.deleted and confirm_code(shop_id=shop_id, actor_id=None, request_id=request_id, text=reply.text):
            return ReplyVerdict.UNCLEAR
        return _act(unit, request, reply, verdict, known)


def settle_reply(*, shop_id: int, actor_id: int | None, request_id: str, reading: Reading) -> None:
    """A person read what the rules could not. ``NO``: the author declined. ``NO_ANSWER``: it was about something else,
    the request goes on waiting. ``STILL_YES``: a reply that granted was edited or deleted, and the permission stays.

    Raises :class:`Conflict` when somebody else was first.
    """
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        lock_siblings(request_id)
        request = request_of(request_id)
        item_id = request.item.public_id
        if reading is Reading.STILL_YES:
            rows = RequestReply.objects.filter(
                request=request, verdict=ReplyVerdict.UNCLEAR, was_yes=True, request__state=RequestState.GRANTED
            )
            if not rows.update(verdict=ReplyVerdict.GRANTED):
                raise somebody_was_first(request_id)
        elif reading is Reading.NO:
            if request.state != RequestState.REPLIED_UNCLEAR:
                raise somebody_was_first(request_id)
            _decline(unit, request, "reply_read")
        elif not moved(request_id, Move.RESUME):
            raise somebody_was_first(request_id)
        unit.audit("request.reply_read", "item", item_id, request=request_id, reading=str(reading))


def _said_before(known: RequestReply, reply: PublicReply) -> bool:
    """Whether this is news. That a reply is gone is news once: a person has read it, or will."""
    if reply.deleted:
        return known.gone_at is not None
    if known.gone_at is not None:  # its source has it again, so that it can be missed again
        RequestReply.objects.filter(pk=known.pk).update(gone_at=None)
    return bool(known.edited_at == reply.edited_at)


def _asked(request: RightsRequest, known: RequestReply | None) -> Asked:
    author = request.item.author
    return Asked(
        account_id=author.external_id if author else "",
        post_id=request.item.external_id,
        sent_at=request.sent_at or request.created_at,
        hashtag=request.hashtag,
        no_hashtag=hashtags_of(shop_facts())[1],
        granted=_in_force(request),
        seen_unedited=known is not None and known.verdict == ReplyVerdict.GRANTED,
    )


def _in_force(request: RightsRequest) -> bool:
    return LicenceItem.objects.filter(item=request.item, ended_at=None, licence__ended_at=None).exists()


def _act(
    unit: Change, request: RightsRequest, reply: PublicReply, verdict: ReplyVerdict, known: RequestReply | None
) -> ReplyVerdict:
    waiting = request.state in _ANSWERABLE
    if verdict is ReplyVerdict.WITHDRAWN:
        _keep(request, reply, verdict, known)
        _take_back(unit, request, waiting=waiting)
    elif verdict is ReplyVerdict.GRANTED and waiting:
        if not _grant(unit, request, reply, known):
            return _doubt(unit, request, reply, known)
    elif verdict is ReplyVerdict.GRANTED:
        _keep(request, reply, verdict, known)
    elif known is not None and known.verdict == ReplyVerdict.GRANTED:
        # The yes that a licence stands on was edited away or deleted: a person has to look.
        gone_at = timezone.now() if reply.deleted else None
        RequestReply.objects.filter(pk=known.pk).update(
            verdict=verdict, was_yes=True, edited_at=reply.edited_at, gone_at=gone_at
        )
        _note(unit, request, "request.reply_deleted" if reply.deleted else "request.reply_edited")
    elif waiting and not reply.deleted:
        return _doubt(unit, request, reply, known)
    return verdict


def _grant(unit: Change, request: RightsRequest, reply: PublicReply, known: RequestReply | None) -> bool:
    """Licence, consent, evidence and state in one transaction; False where a hashtag is not enough after all."""
    item, author, shop = request.item, request.item.author, shop_facts()
    has_pictures = bool(content.pictures_of([item.pk]))
    channels = channels_of_a_reply([Channel(channel) for channel in request.channels], has_pictures=has_pictures)
    credited = is_credited(item.credit_kind, item.credit_name)
    if not channels or not (credited or (author and author.handle)):
        return False
    if not moved(request.public_id, Move.GRANT):
        return False
    credit = (item.credit_kind, item.credit_name)
    if not credited and author is not None:
        credit = (CreditKind.HANDLE, author.handle)
        credit_item(item=item, kind=CreditKind.HANDLE, name=author.handle)
    _keep(request, reply, ReplyVerdict.GRANTED, known)
    lock_licences([], request.renews)
    now = timezone.now()
    agreed = terms_text(shop_id=request.shop_id, version=request.terms_version, locale=request.language)
    licence = grant_licence(
        shop_id=request.shop_id,
        actor_id=None,
        basis=Basis.REQUEST,
        item_ids=[item.public_id],
        terms=LicenceTerms(
            channels=channels,
            markets=tuple(request.markets),
            starts_at=now,
            ends_at=now + timedelta(days=request.days) if request.days else None,
            modifications=tuple(request.modifications),
            terms_url=terms_address(shop, version=agreed.version, locale=agreed.locale),
            terms_version=agreed.version,
            terms_sha256=request.terms_sha256 or agreed.sha256,
            terms_locale=agreed.locale,
            attribution_text=attribution_of(*credit, item.credit_detail, locale=agreed.locale),
        ),
        renews=request.renews,
    )
    RightsRequest.objects.filter(pk=request.pk).update(licence=licence)
    supersede(request.renews, item_id=item.public_id, route=WithdrawalRoute.REPLY)
    record_consent(
        request=request,
        controller=shop.name,
        purposes=licence.channels,
        seen=PageSeen(request.language, request.terms_sha256 or agreed.sha256, request.message_sha256),
        way=ConsentWay.PUBLIC_REPLY,
        age=AgeProof.NOT_STATED,
    )
    cancel_siblings(unit, request)
    unit.audit("request.granted", "item", item.public_id, request=request.public_id, by="reply")
    return True


def _take_back(unit: Change, request: RightsRequest, *, waiting: bool) -> None:
    item_id = request.item.public_id
    # First, for a withdrawal closes every request that is still open; told of afterwards, for licences are locked
    # before the ledger.
    if waiting and not moved(request.public_id, Move.DECLINE):
        raise somebody_was_first(request.public_id)
    ended = withdraw_item(
        shop_id=request.shop_id,
        actor_id=None,
        item_id=item_id,
        reason=EndReason.AUTHOR,
        route=WithdrawalRoute.REPLY,
    )
    if waiting:
        _tell_declined(unit, request, "reply")
    if ended:
        unit.audit("request.withdrawn", "item", item_id, request=request.public_id, by="reply")


def _decline(unit: Change, request: RightsRequest, by: str) -> None:
    if not moved(request.public_id, Move.DECLINE):
        raise somebody_was_first(request.public_id)
    _tell_declined(unit, request, by)


def _tell_declined(unit: Change, request: RightsRequest, by: str) -> None:
    item_id = request.item.public_id
    append_event("declined", {"request": request.public_id, "item": item_id, "by": by})
    cancel_siblings(unit, request)
    unit.audit("request.declined", "item", item_id, request=request.public_id, by=by)
    unit.emit(PermissionDeclined(request_id=request.public_id, item_ids=(item_id,)))


def _doubt(unit: Change, request: RightsRequest, reply: PublicReply, known: RequestReply | None) -> ReplyVerdict:
    _keep(request, reply, ReplyVerdict.UNCLEAR, known)
    # A late answer to an older question beside a newer one is read by a person; it opens no second question.
    others = RightsRequest.objects.filter(item_id=request.item_id, state__in=list(OPEN_REQUEST_STATES))
    if not others.exclude(pk=request.pk).exists() and moved(request.public_id, Move.DOUBT):
        append_event("replied_unclear", {"request": request.public_id, "item": request.item.public_id})
        item_id = request.item.public_id
        unit.audit("request.replied_unclear", "item", item_id, request=request.public_id, by="reply")
    return ReplyVerdict.UNCLEAR


def _note(unit: Change, request: RightsRequest, what: str) -> None:
    unit.audit(what, "item", request.item.public_id, request=request.public_id)


def _keep(request: RightsRequest, reply: PublicReply, verdict: ReplyVerdict, known: RequestReply | None) -> None:
    """The reply as evidence: as it came, with its hash. Of somebody else's reply only that there was one."""
    if known is not None and known.verdict == ReplyVerdict.GRANTED and verdict is ReplyVerdict.GRANTED:
        # Edited, and still a yes: the first reading stays the evidence.
        RequestReply.objects.filter(pk=known.pk).update(edited_at=reply.edited_at)
        return
    payload = {} if verdict is ReplyVerdict.NOT_THE_AUTHOR else storable_json(dict(reply.payload))
    RequestReply.objects.update_or_create(
        request=request,
        external_id=reply.external_id,
        defaults={
            "account_id": reply.account_id,
            "payload": payload,
            "payload_sha256": payload_hash(payload),
            "verdict": verdict,
            "written_at": reply.written_at,
            "edited_at": reply.edited_at,
        },
    )
