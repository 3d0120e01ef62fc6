"""Moderation decisions. Star-blind: nothing here reads a rating (law 4).

Every decision is one conditional update: of two people who decide at once, one wins and the other is told. With
``seen`` a decision also holds only for what the person had on the screen: an item that its author edited since, or
that gained a picture, is left as it is.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from project.content.contracts import Decided, Seen
from project.content.events import (
    ITEMS_PER_ROW,
    ItemsApproved,
    ItemsRejected,
    ItemsReopened,
    ItemsRestored,
    ItemsTakenDown,
)
from project.content.models import ContentItem, ItemTag, Media, ModerationDecision
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


def approve_items(
    *, shop_id: int, actor_id: int | None, item_ids: Sequence[str], seen: Mapping[str, Seen] | None = None
) -> Decided:
    """Approve pending items (public ids) with the pictures that have come in; later ones wait for a look of their own.

    ``seen`` says for each item what was on the screen (an item it does not name is left alone); None: any.
    """
    return _decide(shop_id, actor_id, item_ids, Decision.APPROVE, seen=seen)


def reject_items(
    *,
    shop_id: int,
    actor_id: int | None,
    item_ids: Sequence[str],
    reason: str,
    note: str = "",
    seen: Mapping[str, Seen] | None = None,
) -> Decided:
    """Reject pending items for one of the reasons that apply to praise and criticism alike; ``seen`` as above."""
    return _decide(shop_id, actor_id, item_ids, Decision.REJECT, reason, note, seen=seen)


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
    *,
    shop_id: int,
    actor_id: int | None,
    item_id: str,
    decision: Decision,
    reason: str = "",
    note: str = "",
    seen: Seen | None = None,
) -> None:
    """One item, and loudly: raises :class:`Conflict`, with the code ``already_decided`` when somebody else was first,
    without it when the item no longer looks as it was ``seen`` (None: any)."""
    decided = _decide(
        shop_id, actor_id, [item_id], decision, reason, note, seen=None if seen is None else {item_id: seen}
    )
    if decided.done:
        return
    if decided.changed:
        raise Conflict(
            _("While you read this, its author edited it or a picture came in. Look at it as it is now first.")
        )
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
    *,
    seen: Mapping[str, Seen] | None = None,
) -> Decided:
    wanted = list(dict.fromkeys(item_ids))
    reason = _checked_reason(decision, reason)
    before, after = TRANSITIONS[decision]
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        now = timezone.now()
        rows = _take(wanted, before, seen)
        pks = [row.pk for row in rows]
        ContentItem.objects.filter(id__in=pks, state__in=before).update(state=after, state_changed_at=now)
        if decision is Decision.APPROVE:
            Media.objects.filter(item_id__in=pks, state=Media.READY, approved=False).update(approved=True)
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
        left = [public_id for public_id in wanted if public_id not in reached]
        changed = _still_in(left, before) if seen is not None else set()
    return Decided(
        tuple(done),
        tuple(public_id for public_id in left if public_id not in changed),
        tuple(public_id for public_id in left if public_id in changed),
    )


def _take(public_ids: list[str], states: Iterable[State], seen: Mapping[str, Seen] | None = None) -> list[ContentItem]:
    """Lock the rows that are still in the state that the decision starts from, and as they were seen, in one order
    for everybody."""
    rows = ContentItem.objects.select_for_update(of=("self",), no_key=True)
    rows = rows.filter(public_id__in=public_ids, state__in=list(states))
    if seen is not None:
        rows = rows.filter(_of_versions(seen))
    found = list(rows.only("id", "public_id", "version", "shop_id").order_by("id"))
    if seen is None:
        return found
    # Counted under the rows' locks: no picture comes in between this look and the commit.
    pictures = _pictures_in([row.pk for row in found])
    return [row for row in found if pictures.get(row.pk, 0) == seen[row.public_id].pictures]


def _of_versions(seen: Mapping[str, Seen]) -> Q:
    by_version: dict[int, list[str]] = defaultdict(list)
    for public_id, entry in seen.items():
        by_version[entry.version].append(public_id)
    wanted = Q(pk__in=())
    for version, public_ids in by_version.items():
        wanted |= Q(version=version, public_id__in=public_ids)
    return wanted


def _pictures_in(pks: list[int]) -> dict[int, int]:
    """How many pictures of each item have come in, left out ones included."""
    rows = Media.objects.filter(item_id__in=pks, state__in=[Media.READY, Media.REFUSED])
    return dict(rows.values_list("item_id").annotate(n=Count("id")).order_by())


def _still_in(public_ids: list[str], states: Iterable[State]) -> set[str]:
    rows = ContentItem.objects.filter(public_id__in=public_ids, state__in=list(states))
    return set(rows.values_list("public_id", flat=True))


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
    """Take a word off items again; returns how many lost it."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        tagged = ItemTag.objects.select_for_update(of=("self",)).filter(item__public_id__in=item_ids, tag=tag)
        rows = dict(tagged.order_by("id").values_list("id", "item__public_id"))
        ItemTag.objects.filter(id__in=list(rows)).delete()
        for public_id in rows.values():
            unit.audit("item.untagged", "item", public_id)
    return len(rows)


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
