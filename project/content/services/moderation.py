"""Moderation decisions. Star-blind: nothing here reads a rating (law 4).

Every decision is one conditional update: of two people who decide at once, one wins and the other is told.
"""

from collections.abc import Iterable, Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from project.content.contracts import Decided
from project.content.events import (
    ITEMS_PER_ROW,
    ItemsApproved,
    ItemsRejected,
    ItemsReopened,
    ItemsRestored,
    ItemsTakenDown,
)
from project.content.models import ContentItem, ItemTag, ModerationDecision
from project.content.rules import NEEDS_REASON, TRANSITIONS, CreditKind, Decision, Reason, State
from project.core.change import change
from project.core.errors import Conflict, ErrorCode, InvalidInput, NotFound

_EVENTS = {
    Decision.APPROVE: ItemsApproved,
    Decision.REJECT: ItemsRejected,
    Decision.TAKE_DOWN: ItemsTakenDown,
    Decision.RESTORE: ItemsRestored,
    Decision.REOPEN: ItemsReopened,
}


def approve_items(*, shop_id: int, actor_id: int | None, item_ids: Sequence[str]) -> Decided:
    """Approve pending items (public ids)."""
    return _decide(shop_id, actor_id, item_ids, Decision.APPROVE)


def reject_items(
    *, shop_id: int, actor_id: int | None, item_ids: Sequence[str], reason: str, note: str = ""
) -> Decided:
    """Reject pending items for one of the reasons that apply to praise and criticism alike."""
    return _decide(shop_id, actor_id, item_ids, Decision.REJECT, reason, note)


def take_down_items(
    *, shop_id: int, actor_id: int | None, item_ids: Sequence[str], reason: str, note: str = ""
) -> Decided:
    """Take approved items down; reversible."""
    return _decide(shop_id, actor_id, item_ids, Decision.TAKE_DOWN, reason, note)


def restore_items(*, shop_id: int, actor_id: int | None, item_ids: Sequence[str]) -> Decided:
    """Put back what was taken down."""
    return _decide(shop_id, actor_id, item_ids, Decision.RESTORE)


def reopen_items(*, shop_id: int, actor_id: int | None, item_ids: Sequence[str]) -> Decided:
    """Undo an approval or a rejection: the items are pending again, and the history says so."""
    return _decide(shop_id, actor_id, item_ids, Decision.REOPEN)


def decide_item(
    *, shop_id: int, actor_id: int | None, item_id: str, decision: Decision, reason: str = "", note: str = ""
) -> None:
    """One item, and loudly: raises :class:`Conflict` (``already_decided``) when somebody else was first."""
    decided = _decide(shop_id, actor_id, [item_id], decision, reason, note)
    if decided.done:
        return
    with change(shop_id=shop_id):
        exists = ContentItem.objects.filter(public_id=item_id).exists()
    if not exists:
        raise NotFound(_("There is no such content in this shop."))
    raise Conflict(_("Somebody else decided this meanwhile. Look at its history."), code=ErrorCode.ALREADY_DECIDED)


def _decide(
    shop_id: int,
    actor_id: int | None,
    item_ids: Iterable[str],
    decision: Decision,
    reason: str = "",
    note: str = "",
) -> Decided:
    wanted = list(dict.fromkeys(item_ids))
    reason = _checked_reason(decision, reason)
    before, after = TRANSITIONS[decision]
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        now = timezone.now()
        rows = _take(wanted, before)
        pks = [row.pk for row in rows]
        ContentItem.objects.filter(id__in=pks, state__in=before).update(state=after, state_changed_at=now)
        ModerationDecision.objects.bulk_create(
            ModerationDecision(
                item=row,
                decision=decision,
                reason=reason,
                note=note[:2000],
                actor_id=actor_id,
                item_version=row.version,
                at=now,
            )
            for row in rows
        )
        done = [row.public_id for row in rows]
        for public_id in done:
            unit.audit(f"item.{decision.value}", "item", public_id, reason=reason)
        for start in range(0, len(done), ITEMS_PER_ROW):
            unit.emit(_EVENTS[decision](item_ids=tuple(done[start : start + ITEMS_PER_ROW])))
    reached = set(done)
    return Decided(tuple(done), tuple(public_id for public_id in wanted if public_id not in reached))


def _take(public_ids: list[str], states: Iterable[State]) -> list[ContentItem]:
    """Lock the rows that are still in the state that the decision starts from, in one order for everybody."""
    return list(
        ContentItem.objects.select_for_update(of=("self",))
        .filter(public_id__in=public_ids, state__in=list(states))
        .only("id", "public_id", "version", "shop_id")
        .order_by("id")
    )


def _checked_reason(decision: Decision, reason: str) -> str:
    if decision not in NEEDS_REASON:
        return ""
    if reason not in set(Reason):
        raise InvalidInput(
            _("Choose one of the reasons: this decision is told to the author."),
            code=ErrorCode.REASON_REQUIRED,
            fields={"reason": [_("Needed.")]},
        )
    return reason


def tag_items(*, shop_id: int, actor_id: int | None, item_ids: Sequence[str], tag: str) -> int:
    """Put a word on items, for finding them again; returns how many gained it."""
    word = tag.strip()[:40]
    if not word:
        raise InvalidInput(_("Write a tag first."), fields={"tag": [_("Needed.")]})
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        rows = ContentItem.objects.filter(public_id__in=item_ids).exclude(tags__tag=word)
        made = ItemTag.objects.bulk_create([ItemTag(item=row, tag=word) for row in rows], ignore_conflicts=True)
        for row in rows:
            unit.audit("item.tagged", "item", row.public_id)
    return len(made)


def untag_items(*, shop_id: int, actor_id: int | None, item_ids: Sequence[str], tag: str) -> int:
    """Take a word off items again."""
    with change(shop_id=shop_id, actor_id=actor_id):
        deleted, _rows = ItemTag.objects.filter(item__public_id__in=item_ids, tag=tag).delete()
    return deleted


def credit_item(*, item: ContentItem, kind: CreditKind, name: str) -> None:
    """The author's own choice of credit line, part of the change in which they grant; no later edit at the source
    brings back a name they did not want."""
    with change(shop_id=item.shop_id) as unit:
        ContentItem.objects.filter(pk=item.pk).update(
            credit_kind=kind,
            credit_name="" if kind is CreditKind.CUSTOMER else name.strip()[:200],
            credit_chosen=True,
        )
        unit.audit("item.credited", "item", item.public_id, kind=kind.value)
