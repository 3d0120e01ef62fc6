"""Storing what a source said: new posts, edits, restrictions, disappearance. Always inside a change of the shop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from project.collection import selectors
from project.collection.contracts import Admission, CollectedPost, Counts, Payload
from project.collection.errors import Unusable
from project.collection.models import CollectedItem
from project.collection.sources.registry import SourceKind
from project.content import selectors as content
from project.content.contracts import AuthorInput, ItemInput, MediaInput
from project.content.kinds import Kind
from project.content.rules import CreditKind
from project.content.services import receive_items
from project.core.errors import VouchsafeError
from project.core.sanitising import storable_json
from project.core.scope import current_shop_id
from project.rights import selectors as rights
from project.rights.contracts import EndReason, HoldEnd, HoldReason
from project.rights.services import close_hold, lock_holds, open_hold, withdraw_item

if TYPE_CHECKING:
    from project.content.models import Source


def store_payloads(
    payloads: Sequence[Payload], *, kind: SourceKind, source: Source, now: datetime, counts: Counts
) -> None:
    """Upsert the posts in these payloads on (source, external id) and follow what their authors changed."""
    posts: dict[str, CollectedPost] = {}
    raw: dict[str, Payload] = {}
    for payload in payloads:
        try:
            storable = storable_json(payload)
            post = kind.normalize(storable)
        except (Unusable, VouchsafeError):
            counts.skipped += 1
            continue
        posts[post.external_id] = post
        raw[post.external_id] = storable
    admitted = {external_id: kind.admit(post) for external_id, post in posts.items()}
    known = selectors.collected(source.pk, posts)
    wanted = [posts[external_id] for external_id, admission in admitted.items() if admission.store]
    counts.refused += sum(1 for external_id in posts if not admitted[external_id].store and external_id not in known)
    received = receive_items(
        shop_id=current_shop_id(),
        actor_id=None,
        source=source,
        items=[_item(post, raw=raw[post.external_id], kind=kind) for post in wanted],
    )
    created = {}
    for entry in received:
        setattr(counts, entry.outcome, getattr(counts, entry.outcome) + 1)
        if entry.public_id and entry.external_id not in known:
            created[entry.public_id] = entry.external_id
    known.update(_remember(created, source=source, now=now))
    lock_holds(row.pk for row in known.values())
    for external_id, row in known.items():
        _follow(row, admitted[external_id], now=now, counts=counts)


def mark_gone(external_ids: Iterable[str], *, source: Source, now: datetime, counts: Counts) -> list[str]:
    """The source no longer has these posts: they stop showing at once, whatever their licences say.

    What it still says a week later was deleted: returns those items (public ids), whose licences :func:`end_deleted`
    ends once this is committed.
    """
    deleted = []
    for row in selectors.collected(source.pk, external_ids).values():
        won = CollectedItem.objects.filter(pk=row.pk, gone_at=None).update(gone_at=now, checked_at=now)
        if won:
            counts.gone += 1
            _hold(row, HoldReason.SOURCE_GONE)
        else:
            CollectedItem.objects.filter(pk=row.pk).update(checked_at=now)
            if row.gone_at is not None and row.gone_at <= now - selectors.DELETED_AFTER:
                deleted.append(_public_id(row))
    return deleted


def end_deleted(item_ids: Iterable[str], *, shop_id: int) -> None:
    """One transaction for each: a withdrawal locks requests before all else, which no batch of posts can have done.
    Whatever a crash leaves undone is found deleted again at the next look."""
    for item_id in item_ids:
        withdraw_item(shop_id=shop_id, actor_id=None, item_id=item_id, reason=EndReason.SOURCE)


def _item(post: CollectedPost, *, raw: Payload, kind: SourceKind) -> ItemInput:
    author = post.author
    return ItemInput(
        kind=Kind.UGC_POST,
        external_id=post.external_id,
        text=post.text,
        raw=raw,
        provenance=f"{kind.kind} {post.url}",
        language=post.language,
        occurred_at=post.created_at,
        edited_at=post.edited_at,
        origin_url=post.url,
        author=AuthorInput(
            external_id=author.external_id,
            display_name=author.name,
            handle=author.handle,
            profile_url=author.url,
        ),
        credit_kind=CreditKind.HANDLE,
        credit_name=author.handle,
        media=tuple(MediaInput(remote_url=one.url, alt=one.alt) for one in post.media if one.kind == "image"),
    )


def _remember(created: Mapping[str, str], *, source: Source, now: datetime) -> dict[str, CollectedItem]:
    """Rows for posts that are new to us; ``created`` maps public ids to external ids."""
    pks = dict(content.items().filter(public_id__in=list(created)).values_list("public_id", "id"))
    rows = [
        CollectedItem(item_id=pks[public_id], source=source, external_id=external_id, checked_at=now)
        for public_id, external_id in created.items()
    ]
    return {row.external_id: row for row in CollectedItem.objects.bulk_create(rows)}


def _follow(row: CollectedItem, admission: Admission, *, now: datetime, counts: Counts) -> None:
    """Hold the post when its author restricted it, let it go when they lifted that, note that it is there.

    A restriction that was there before does not hold again: staff may have looked and lifted the hold.
    """
    blocked = admission.hold or not admission.store
    before, after = set(row.blocked_by), set(admission.reasons) if blocked else set()
    if after - before:
        counts.held += 1
        _hold(row, HoldReason.SOURCE_SETTING)
    elif before and not after:
        _let_go(row, HoldReason.SOURCE_SETTING)
    if row.gone_at is not None:
        counts.returned += 1
        _let_go(row, HoldReason.SOURCE_GONE)
    CollectedItem.objects.filter(pk=row.pk).update(blocked_by=sorted(after), gone_at=None, checked_at=now)


def _hold(row: CollectedItem, reason: HoldReason) -> None:
    if not rights.holds_of_item(row.pk).filter(reason=reason, closed_at=None).exists():
        open_hold(shop_id=current_shop_id(), actor_id=None, item_id=_public_id(row), reason=reason)


def _public_id(row: CollectedItem) -> str:
    found: str = content.items().values_list("public_id", flat=True).get(pk=row.pk)
    return found


def _let_go(row: CollectedItem, reason: HoldReason) -> None:
    """Close the collector's own hold; one that a person opened stays theirs."""
    holds = rights.holds_of_item(row.pk).filter(reason=reason, closed_at=None, opened_by=None)
    for hold_id in holds.values_list("public_id", flat=True):
        close_hold(shop_id=current_shop_id(), actor_id=None, hold_id=hold_id, because=HoldEnd.SOURCE_RETURNED)
