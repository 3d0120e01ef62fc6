"""Pictures: what became of one that was to be fetched, and what staff says to those that came in.

Everything that changes pictures holds the lock of their item, as decisions about the item do: a picture comes in
before or after a decision, never in the middle of it.
"""

from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from project.content.events import MediaApproved, MediaReady, MediaRefused
from project.content.models import ContentItem, Media
from project.core.change import Change, change
from project.core.errors import InvalidInput, NotFound


def record_media_ready(*, shop_id: int, public_id: str, file: str, width: int, height: int, sha256: str) -> bool:
    """The picture was fetched, checked and re-encoded; False when somebody else was first.

    It is not published before staff has seen it: with its item if that still waits, else by itself.
    """
    with change(shop_id=shop_id) as unit:
        item = _locked(media__public_id=public_id)
        won = Media.objects.filter(public_id=public_id, state=Media.PENDING).update(
            state=Media.READY, file=file, width=width, height=height, sha256=sha256, error=""
        )
        if won and item is not None:
            unit.emit(MediaReady(item_ids=(item.public_id,)))
    return bool(won)


def record_media_failed(*, shop_id: int, public_id: str, error: str) -> bool:
    """The picture cannot be shown; ``error`` is a code."""
    with change(shop_id=shop_id):
        return bool(
            Media.objects.filter(public_id=public_id, state=Media.PENDING).update(state=Media.FAILED, error=error[:40])
        )


def approve_pictures(*, shop_id: int, actor_id: int | None, item_id: str, media_ids: Sequence[str]) -> tuple[str, ...]:
    """Let pictures be shown with their item; returns those that were not before. Star-blind, like every decision."""
    _check_named(media_ids)
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        waiting = _of_item(item_id, media_ids).filter(Q(state=Media.READY, approved=False) | Q(state=Media.REFUSED))
        changed = _decide(unit, item_id, waiting, "picture.approve", state=Media.READY, approved=True)
        if changed:
            unit.emit(MediaApproved(item_ids=(item_id,)))
    return changed


def refuse_pictures(*, shop_id: int, actor_id: int | None, item_id: str, media_ids: Sequence[str]) -> tuple[str, ...]:
    """Leave pictures out, shown before or not; the item stays. Returns those that were not left out before."""
    _check_named(media_ids)
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        ready = _of_item(item_id, media_ids).filter(state=Media.READY)
        changed = _decide(unit, item_id, ready, "picture.refuse", state=Media.REFUSED, approved=False)
        if changed:
            unit.emit(MediaRefused(item_ids=(item_id,)))
    return changed


def _decide(
    unit: Change, item_id: str, rows: QuerySet[Media], action: str, *, state: str, approved: bool
) -> tuple[str, ...]:
    changed = tuple(rows.order_by("position").values_list("public_id", flat=True))
    rows.filter(public_id__in=changed).update(state=state, approved=approved)
    for public_id in changed:
        unit.audit(action, "item", item_id, picture=public_id)
    return changed


def _of_item(item_id: str, media_ids: Sequence[str]) -> QuerySet[Media]:
    """The named pictures of one item, whose row is locked from here on."""
    item = _locked(public_id=item_id)
    if item is None:
        raise NotFound(_("There is no such content in this shop."))
    return Media.objects.filter(item=item, public_id__in=list(media_ids))


def _locked(**wanted: str) -> ContentItem | None:
    rows = ContentItem.objects.select_for_update(of=("self",), no_key=True).filter(**wanted)
    return rows.only("id", "public_id", "shop_id").first()


def _check_named(media_ids: Sequence[str]) -> None:
    if not media_ids:
        raise InvalidInput(_("Tick at least one picture first."), fields={"pictures": [_("Needed.")]})
