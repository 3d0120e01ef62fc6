"""The desk's decision on a notice: one transaction that carries it out, tells both sides, and stands in the ledger."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from project.content import selectors as content
from project.content import services as content_services
from project.content.rules import Decision, Reason, State
from project.core.change import Change, change
from project.core.errors import Conflict, ErrorCode, InvalidInput
from project.core.hashing import token_hash
from project.rights import notice_rules as rules
from project.rights.contracts import (
    EndReason,
    HoldEnd,
    NoticeDecision,
    NoticeState,
    Remedy,
    Restriction,
    Unfounded,
    WithdrawalRoute,
)
from project.rights.events import NoticeDecided
from project.rights.ledger import append_event
from project.rights.models import Hold, Notice
from project.rights.notices import letters
from project.rights.notices.links import notice_token
from project.rights.services.holds import close_hold
from project.rights.services.licences import withdraw_item, withdraw_licence
from project.rights.services.locks import lock_items, lock_open_requests
from project.rights.services.notices import notice_row
from project.rights.services.statements import write_statement
from project.shops.selectors import shop_facts
from project.shops.services import queue_mail

NOTE_LENGTH = 5000
_CARRIED_OUT = {State.PENDING: Decision.REJECT, State.APPROVED: Decision.TAKE_DOWN}


def decide_notice(*, shop_id: int, actor_id: int, notice_id: str, decision: NoticeDecision) -> None:
    """Uphold a notice, wholly or in part, or reject it; on an appeal, for good.

    Of two who decide at once one wins, and the other is told (``already_decided``, 409).
    """
    check_decision(decision)
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        row = notice_row(notice_id)
        if decision.remedy == Remedy.WITHDRAW:
            lock_open_requests(item__public_id=row.item.public_id)
        lock_items([row.item.public_id])
        # Whoever decides on the last notice behind a hold lifts it, so such decisions wait for one another.
        if row.hold_id:
            list(Hold.objects.select_for_update(no_key=True).filter(pk=row.hold_id).values_list("pk"))
        now = timezone.now()
        _settle(row, decision, actor_id, now)
        starts_at = _carry_out(unit, row, decision) or now
        lifted = _lift(unit, row)
        _state_reasons(unit, row, decision, starts_at, lifted=lifted)
        facts = {"notice": notice_id, "item": row.item.public_id, "outcome": str(decision.outcome)}
        append_event("notice_decided", {**facts, "reason": decision.reason, "state": str(row.state)})
        unit.audit("notice.decided", "notice", notice_id, reason=decision.reason, **_without(facts, "notice"))
        unit.emit(NoticeDecided(notice_id=notice_id, item_ids=(row.item.public_id,), outcome=str(decision.outcome)))
        _tell_sender(unit, row)


def check_decision(decision: NoticeDecision) -> None:
    """Raises :class:`InvalidInput` for a decision that says too little."""
    wrong: dict[str, list[str]] = {}
    if decision.outcome not in rules.DECIDED:
        wrong["outcome"] = [_("Choose what you decide.")]
    known = set(Unfounded) if decision.outcome == NoticeState.REJECTED else set(Reason)
    if decision.reason not in known:
        wrong["reason"] = [_("Choose a reason that fits the decision.")]
    if not decision.note.strip():
        wrong["note"] = [_("Write what you found: both sides are told.")]
    if decision.outcome == NoticeState.PARTLY and not (decision.media_ids or decision.licence_ids):
        wrong["parts"] = [_("Tick what goes: pictures, or permissions.")]
    if wrong:
        raise InvalidInput(_("The decision is not complete."), code=ErrorCode.REASON_REQUIRED, fields=wrong)


def _settle(row: Notice, decision: NoticeDecision, actor_id: int, now: datetime) -> None:
    """The conditional update; ``row`` is as it stands afterwards."""
    before = NoticeState(row.state)
    after = rules.after_decision(before, decision.outcome)
    won = rules.may_move(before, after) and Notice.objects.filter(pk=row.pk, state=before).update(
        state=after,
        outcome=decision.outcome,
        reason=decision.reason,
        decision_note=decision.note.strip()[:NOTE_LENGTH],
        decided_at=now,
        decided_by_id=actor_id,
    )
    if not won:
        row.refresh_from_db()
        who = str(row.decided_by) if row.decided_by else ""
        message = (
            _("%(who)s decided this notice meanwhile. Look at it again.") % {"who": who}
            if who
            else _("This notice was decided meanwhile. Look at it again.")
        )
        raise Conflict(message, code=ErrorCode.ALREADY_DECIDED)
    row.refresh_from_db()
    row.item = content.staff_items().get(pk=row.item_id)


def _carry_out(unit: Change, row: Notice, decision: NoticeDecision) -> datetime | None:
    """Do what was decided; returns the moment of the moderation decision that did it, where there is one."""
    shop_id, actor_id = unit.shop_id, unit.actor_id
    item_id = row.item.public_id
    if decision.outcome == NoticeState.PARTLY:
        if decision.media_ids:
            content_services.refuse_pictures(
                shop_id=shop_id, actor_id=actor_id, item_id=item_id, media_ids=decision.media_ids
            )
        for licence_id in sorted(decision.licence_ids):
            withdraw_licence(
                shop_id=shop_id,
                actor_id=actor_id,
                licence_id=licence_id,
                reason=EndReason.STAFF,
                item_ids=[item_id],
                route=WithdrawalRoute.NOTICE,
            )
        return None
    if decision.outcome != NoticeState.UPHELD:
        return None
    reason = decision.reason
    if decision.remedy == Remedy.WITHDRAW:
        withdraw_item(
            shop_id=shop_id, actor_id=actor_id, item_id=item_id, reason=EndReason.AUTHOR, route=WithdrawalRoute.NOTICE
        )
        reason = Reason.AUTHOR_WITHDREW
    do = _CARRIED_OUT.get(State(row.item.state))
    if do is None:
        return None  # it is not shown, and was rejected or taken down before
    decide = content_services.reject_items if do is Decision.REJECT else content_services.take_down_items
    done = decide(shop_id=shop_id, actor_id=actor_id, item_ids=[item_id], reason=reason, note=f"{row.public_id}").done
    if not done:
        raise Conflict(_("Somebody else decided about the item meanwhile. Look at it again."))
    return content.decisions_of(row.item)[-1].at


def _lift(unit: Change, row: Notice) -> bool:
    """End the hold that notices opened, once none of them waits any more. What was taken down stays down."""
    hold = row.hold
    if hold is None or hold.closed_at is not None:
        return False
    if Notice.objects.filter(hold=hold, state__in=list(rules.OPEN)).exclude(pk=row.pk).exists():
        return False
    close_hold(shop_id=unit.shop_id, actor_id=unit.actor_id, hold_id=hold.public_id, because=HoldEnd.NOTICE_DECIDED)
    return True


def _state_reasons(unit: Change, row: Notice, decision: NoticeDecision, starts_at: datetime, *, lifted: bool) -> None:
    """The author's side. A rejected notice that had hidden nothing restricted nobody, and tells the author nothing."""
    if decision.outcome == NoticeState.REJECTED and not lifted:
        return
    restored = decision.outcome == NoticeState.REJECTED
    by_wish = decision.outcome == NoticeState.UPHELD and decision.remedy == Remedy.WITHDRAW
    write_statement(
        unit,
        item=row.item,
        restriction=Restriction.RESTORED if restored else Restriction.REMOVED,
        reason=Reason.AUTHOR_WITHDREW if by_wish else decision.reason,
        starts_at=starts_at,
        facts=decision.note,
        notice=row,
    )


def _tell_sender(unit: Change, row: Notice) -> None:
    if not row.email:
        return
    token = notice_token(row.public_id)
    # The installation's key may have changed since the notice came in; this letter's link has to open, too.
    if token_hash(token) != row.token_hash:
        Notice.objects.filter(pk=row.pk).update(token_hash=token_hash(token))
    letter = letters.decision(row, shop=shop_facts().name, token=token)
    queue_mail(
        shop_id=unit.shop_id,
        purpose="notice_decided",
        to=row.email,
        subject=letter.subject,
        text=letter.text,
        language=letter.language,
        about=row.public_id,
    )


def _without(facts: dict[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in facts.items() if key != name}
