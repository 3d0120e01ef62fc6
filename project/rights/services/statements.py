"""Statements of reasons (DSA Art. 17): written for every restriction, told to the author where an address is known."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from project.content import selectors as content
from project.content import services as content_services
from project.content.rules import Decision, State
from project.core.change import Change, change
from project.core.errors import Conflict, ErrorCode, InvalidInput, NotFound
from project.core.ids import new_public_id
from project.core.outbox import was_told_at
from project.rights.contracts import Ground, HoldEnd, HoldReason, Restriction
from project.rights.events import NoticeDecided
from project.rights.ledger import append_event
from project.rights.models import Hold, Notice, RightsRequest, StatementOfReasons
from project.rights.notices import letters
from project.rights.notices.wording import CATEGORIES, reason_text
from project.rights.persons import first_address, proven_recipients
from project.rights.services.holds import close_hold
from project.rights.services.locks import lock_items
from project.rights.services.messages import language_for
from project.rights.statement_rules import RESTRICTIONS, Reconsidered, basis_of, may_object, not_told_because
from project.shops.rules import WORLDWIDE
from project.shops.selectors import shop_facts
from project.shops.services import queue_mail

if TYPE_CHECKING:
    from project.content.models import ContentItem, Media, ModerationDecision

OBJECTION_LENGTH = 5000


def write_statement(
    unit: Change,
    *,
    item: "ContentItem",
    restriction: Restriction,
    reason: str,
    starts_at: datetime,
    facts: str = "",
    ground: Ground | None = None,
    ends_at: datetime | None = None,
    notice: Notice | None = None,
    automated_decision: bool = False,
    event_number: int | None = None,
) -> StatementOfReasons:
    """The row, and the letter to the author, inside an open change. ``facts`` "": said by the reason's own sentence."""
    language = language_for(item, shop_facts(), None)
    basis = basis_of(reason)
    with translation.override(language):
        facts = facts.strip() or _("We have looked at it and found: %(reason)s.") % {"reason": reason_text(reason)}
    address = address_of_items_author(item)
    untold = not_told_because(reason=reason, address=address)
    row = StatementOfReasons.objects.create(
        public_id=new_public_id("sor"),
        item=item,
        notice=notice,
        restriction=restriction,
        markets=[WORLDWIDE],
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
        facts=facts,
        from_notice=notice is not None,
        automated_decision=automated_decision,
        ground=ground or basis.ground,
        ground_reference=basis.reference,
        language=language,
        told_at=None if untold else timezone.now(),
        not_told_because=untold or "",
        event_number=event_number,
    )
    if untold is None:
        open_to_objection = may_object(
            restriction, starts_at=starts_at, ends_at=ends_at, objected_at=None, at=timezone.now()
        )
        letter = letters.statement(row, shop=shop_facts().name, appeal=open_to_objection)
        _send(unit, "statement_of_reasons", address, letter, about=row.public_id)
    unit.audit(
        "statement.written",
        "item",
        item.public_id,
        statement=row.public_id,
        restriction=str(restriction),
        reason=reason,
        told=untold is None,
    )
    return row


def state_moderation(*, shop_id: int, item_ids: Sequence[str], event: str, number: int, told_at: datetime) -> int:
    """A statement for each item that this outbox row rejected or took down; returns how many were new.

    May run twice: one statement per item and row. A decision that a notice led to has its statement already, from the
    same transaction and of the same moment.
    """
    wanted = Decision.REJECT if event == "ItemsRejected" else Decision.TAKE_DOWN
    with change(shop_id=shop_id) as unit:
        written = 0
        for item in content.staff_items().filter(public_id__in=item_ids).order_by("id"):
            written += _state_decision(unit, item, wanted, number, told_at)
    return written


def state_reopened(*, shop_id: int, item_ids: Sequence[str], number: int, told_at: datetime) -> int:
    """A statement for each approved item that this outbox row took back to the queue; what had been rejected is
    restricted no further by that. May run twice."""
    with change(shop_id=shop_id) as unit:
        written = 0
        for item in content.staff_items().filter(public_id__in=item_ids).order_by("id"):
            decisions = content.decisions_of(item)
            past = [row for row in decisions if row.at <= told_at]
            reopened = next((row for row in reversed(past) if row.decision == Decision.REOPEN), None)
            if reopened is None or StatementOfReasons.objects.filter(item=item, event_number=number).exists():
                continue
            before = [row for row in past if row.pk < reopened.pk]
            if before and before[-1].decision == Decision.REJECT:
                continue
            write_statement(
                unit,
                item=item,
                restriction=Restriction.DISABLED,
                reason=Reconsidered.DECIDED_ANEW,
                starts_at=reopened.at,
                ends_at=next((row.at for row in decisions if row.pk > reopened.pk), None),
                event_number=number,
            )
            written += 1
    return written


def state_pictures(*, shop_id: int, item_ids: Sequence[str], number: int, told_at: datetime) -> int:
    """A statement for each item of which pictures were left out; the desk's decision on a notice has one already.
    May run twice."""
    if was_told_at(shop_id, NoticeDecided.name, told_at):
        return 0
    with change(shop_id=shop_id) as unit:
        written = 0
        for item in content.staff_items().filter(public_id__in=item_ids).order_by("id"):
            if StatementOfReasons.objects.filter(item=item, event_number=number).exists():
                continue
            write_statement(
                unit,
                item=item,
                restriction=Restriction.REMOVED,
                reason=Reconsidered.PICTURE_LEFT_OUT,
                starts_at=told_at,
                event_number=number,
            )
            written += 1
    return written


def end_picture_statements(*, shop_id: int, item_ids: Sequence[str], at: datetime) -> int:
    """Pictures were let in: what was said of them is over, where none is left out any more."""
    with change(shop_id=shop_id):
        rows = content.items().filter(public_id__in=item_ids).values_list("pk", "public_id")
        pictures = content.pictures_of(pk for pk, _public_id in rows)
        whole = [item_id for pk, item_id in rows if not _left_out(pictures.get(pk, ()))]
        return end_statements(
            shop_id=shop_id,
            item_ids=whole,
            restrictions=[Restriction.REMOVED],
            reasons=[Reconsidered.PICTURE_LEFT_OUT],
            at=at,
        )


def _left_out(pictures: "Iterable[Media]") -> list[str]:
    return [one.public_id for one in pictures if one.state == one.REFUSED]


def _state_decision(unit: Change, item: "ContentItem", wanted: Decision, number: int, told_at: datetime) -> bool:
    rows = StatementOfReasons.objects.filter(item=item)
    decisions = content.decisions_of(item)
    decided = [row for row in decisions if row.decision == wanted and row.at <= told_at]
    if not decided or rows.filter(event_number=number).exists():
        return False
    decision = decided[-1]
    if rows.filter(starts_at=decision.at, event_number=None).update(event_number=number):
        return False
    write_statement(
        unit,
        item=item,
        restriction=RESTRICTIONS[wanted],
        reason=decision.reason,
        starts_at=decision.at,
        ends_at=_undone_at(decisions, decision),
        event_number=number,
    )
    return True


def _undone_at(decisions: "Sequence[ModerationDecision]", decision: "ModerationDecision") -> datetime | None:
    later = (
        row.at for row in decisions if row.pk > decision.pk and row.decision in {Decision.RESTORE, Decision.REOPEN}
    )
    return next(later, None)


def state_hold(*, shop_id: int, hold_id: str, number: int) -> bool:
    """A statement for an item that was put on hold; False where it has one. May run twice."""
    with change(shop_id=shop_id) as unit:
        hold = Hold.objects.select_related("item__source", "item__author").filter(public_id=hold_id).first()
        if hold is None or StatementOfReasons.objects.filter(item=hold.item, event_number=number).exists():
            return False
        notice = Notice.objects.filter(hold=hold).order_by("id").first()
        # Opened by nobody and for a notice: a rule did it, before anybody looked.
        by_rule = notice is not None and hold.opened_by_id is None
        write_statement(
            unit,
            item=hold.item,
            restriction=Restriction.DISABLED,
            reason=hold.reason,
            starts_at=hold.opened_at,
            ends_at=hold.closed_at,
            facts=_hold_facts(hold, notice),
            notice=notice,
            automated_decision=by_rule,
            event_number=number,
        )
    return True


def _hold_facts(hold: Hold, notice: Notice | None) -> str:
    """What is claimed, in the author's language. Who claims it is not told (Art. 17(3)(b))."""
    with translation.override(language_for(hold.item, shop_facts(), None)):
        if notice is not None:
            claimed = {"claim": CATEGORIES[notice.category]}
            return _("Somebody gave us notice of it and says: “%(claim)s”. We are looking into that.") % claimed
        if hold.reason == HoldReason.DISPUTE:
            return _("There is a dispute about it, which we are looking into.")
        if hold.reason == HoldReason.LEGAL:
            return _("A court, an authority or our lawyers asked us to hide it for the time being.")
        return _("At the place where it was posted it is gone, or hidden by its own settings.")


def end_statements(
    *,
    shop_id: int,
    item_ids: Sequence[str],
    restrictions: Sequence[Restriction],
    at: datetime,
    reasons: Sequence[str] = (),
) -> int:
    """Note that what these statements tell of is over; returns for how many. ``reasons`` (): those of decisions and
    holds, which end together; the others end by themselves."""
    with change(shop_id=shop_id):
        rows = StatementOfReasons.objects.filter(
            item__public_id__in=item_ids, restriction__in=list(restrictions), ends_at=None, starts_at__lte=at
        )
        rows = rows.filter(reason__in=list(reasons)) if reasons else rows.exclude(reason__in=list(Reconsidered))
        return rows.update(ends_at=at)


def object_to_statement(*, shop_id: int, statement_id: str, objection: str) -> None:
    """The author says that it is wrong: once, within six months. Raises ``notice_closed`` (409) when it is too late."""
    words = objection.strip()[:OBJECTION_LENGTH]
    if not words:
        raise InvalidInput(
            _("Write why you think that it is wrong."), fields={"objection": [_("Please write something here.")]}
        )
    now = timezone.now()
    with change(shop_id=shop_id) as unit:
        row = _statement(statement_id)
        open_to_objection = may_object(
            Restriction(row.restriction),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            objected_at=row.objected_at,
            at=now,
        )
        won = open_to_objection and StatementOfReasons.objects.filter(pk=row.pk, objected_at=None).update(
            objection=words, objected_at=now
        )
        if not won:
            raise Conflict(_("This cannot be objected to (any more)."), code=ErrorCode.NOTICE_CLOSED)
        append_event("objected", {"statement": statement_id, "item": row.item.public_id})
        unit.audit("statement.objected", "item", row.item.public_id, statement=statement_id)


def answer_objection(*, shop_id: int, actor_id: int, statement_id: str, lift: bool, answer: str) -> None:
    """The desk answers an objection; ``lift`` ends the restriction. Of two who answer, the second is told (409)."""
    words = answer.strip()[:OBJECTION_LENGTH]
    if not words:
        raise InvalidInput(
            _("Write an answer: it is told to the author."), fields={"answer": [_("Please write something here.")]}
        )
    now = timezone.now()
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        row = _statement(statement_id)
        lock_items([row.item.public_id])
        won = StatementOfReasons.objects.filter(pk=row.pk, objected_at__isnull=False, answered_at=None).update(
            answered_at=now, answered_by_id=actor_id, answer=words
        )
        if not won:
            raise Conflict(_("Somebody else answered this meanwhile."), code=ErrorCode.ALREADY_DECIDED)
        if lift:
            _lift(row, shop_id=shop_id, actor_id=actor_id)
            StatementOfReasons.objects.filter(pk=row.pk, ends_at=None).update(ends_at=now)
        append_event("objection_answered", {"statement": statement_id, "item": row.item.public_id, "lifted": lift})
        unit.audit("statement.answered", "item", row.item.public_id, statement=statement_id, lifted=lift)
        row.refresh_from_db()
        if address := address_of_items_author(row.item):
            letter = letters.objection_answer(row, shop=shop_facts().name)
            _send(unit, "objection_answered", address, letter, about=statement_id)


def _lift(row: StatementOfReasons, *, shop_id: int, actor_id: int) -> None:
    """Undo what the statement tells of, as far as it still stands; licences that ended do not come back by it."""
    item = row.item
    if row.reason == Reconsidered.DECIDED_ANEW:
        if item.state == State.PENDING:
            content_services.approve_items(shop_id=shop_id, actor_id=actor_id, item_ids=[item.public_id])
    elif row.reason == Reconsidered.PICTURE_LEFT_OUT:
        refused = _left_out(content.pictures_of([item.pk]).get(item.pk, ()))
        if refused:
            content_services.approve_pictures(
                shop_id=shop_id, actor_id=actor_id, item_id=item.public_id, media_ids=refused
            )
    elif row.restriction == Restriction.DISABLED:
        for hold in Hold.objects.filter(item=item, reason=row.reason, closed_at=None):
            close_hold(shop_id=shop_id, actor_id=actor_id, hold_id=hold.public_id, because=HoldEnd.OBJECTION)
    elif item.state == State.TAKEN_DOWN:
        content_services.restore_items(shop_id=shop_id, actor_id=actor_id, item_ids=[item.public_id])
    elif item.state == State.REJECTED:
        content_services.reopen_items(shop_id=shop_id, actor_id=actor_id, item_ids=[item.public_id])


def address_of_items_author(item: "ContentItem") -> str:
    """Where mail reaches an item's author: the address that came with their account, else one that proved theirs."""
    proven = proven_recipients(RightsRequest.objects.filter(item=item))
    return first_address(item.author.email if item.author else "", *proven)


def _statement(statement_id: str) -> StatementOfReasons:
    rows = StatementOfReasons.objects.select_related("item__source", "item__author")
    row = rows.filter(public_id=statement_id).first()
    if row is None:
        raise NotFound(_("There is nothing here under this address."))
    return row


def _send(unit: Change, purpose: str, to: str, letter: letters.Letter, *, about: str) -> None:
    queue_mail(
        shop_id=unit.shop_id,
        purpose=purpose,
        to=to,
        subject=letter.subject,
        text=letter.text,
        language=letter.language,
        about=about,
    )
