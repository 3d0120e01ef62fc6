"""What happened, in words: to one item, and in the shop."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from project.content import selectors as content
from project.content.rules import Decision, State
from project.core import audit
from project.rights import selectors as rights
from project.rights.notices import selectors as notices
from project.shops.selectors import names_of_users
from project.studio.cards import headline_of
from project.studio.history_labels import ACTIONS, CORRECTIONS, MINOR_ACTIONS
from project.studio.labels import KINDS, REASONS, Label, badge_of, label_of
from project.studio.rights_labels import (
    BASES,
    END_REASONS,
    HOLD_REASONS,
    NOTICE_CATEGORIES,
    NOTICE_STATES,
    REQUEST_STATES,
)

LATELY = 8
_GOOD = {Decision.APPROVE, Decision.RESTORE}
_STOP = {Decision.REJECT, Decision.TAKE_DOWN}
_GOOD_ACTIONS = {"item.approve", "item.restore", "licence.granted", "member.joined", "picture.approve"}
_STOP_ACTIONS = {
    *("item.reject", "item.take_down", "licence.withdrawn", "licence.expired", "request.declined", "picture.refuse"),
}
# Told by the audit log alone.
_ONLY_LOGGED = {"picture.approve", "picture.refuse", "item.vouch", "item.unvouch"}


@dataclass(frozen=True)
class Entry:
    """One line of a timeline. ``tone``: good, stop or none."""

    at: datetime
    what: Label
    detail: str = ""
    who: str = ""
    tone: str = ""
    url: str = ""


def lately(shop_id: int, slug: str) -> list[Entry]:
    """The newest of the shop's audit log; a run of the same action by one person is one line."""
    runs = _runs(audit.recent(shop_id, limit=200))[:LATELY]
    names = names_of_users({run[0].actor_id for run in runs if run[0].actor_id is not None})
    subjects = _subjects([run[0] for run in runs if len(run) == 1])
    return [
        Entry(
            at=run[0].at,
            what=label_of(ACTIONS, run[0].action),
            detail=_lately_detail(run, subjects),
            who=_who(run[0].actor_id, names),
            tone="good" if run[0].action in _GOOD_ACTIONS else "stop" if run[0].action in _STOP_ACTIONS else "",
            url=_object_url(slug, run[0]) if len(run) == 1 else "",
        )
        for run in runs
    ]


def _runs(rows: Sequence[Any]) -> list[list[Any]]:
    """Rows of the same action by the same person, one after the other. Of an import only the end is told, once there
    is one."""
    finished = {row.object_id for row in rows if row.action == "import.finished"}
    told = [
        row
        for row in rows
        if row.action not in MINOR_ACTIONS and not (row.action == "import.started" and row.object_id in finished)
    ]
    return [list(run) for _key, run in groupby(told, key=lambda row: (row.action, row.actor_id))]


def _subjects(rows: Sequence[Any]) -> dict[str, str]:
    """What single entries are about, by the id of their object: the item's headline, for a licence that was asked for
    that of its item."""
    item_ids = {row.object_id for row in rows if row.object_type == "item"}
    licence_ids = {row.object_id for row in rows if row.object_type == "licence"}
    found = {}
    for item in content.staff_items().filter(public_id__in=item_ids) if item_ids else ():
        found[item.public_id] = _headline(item)
    for request in rights.requests().filter(licence__public_id__in=licence_ids) if licence_ids else ():
        if request.licence is not None:
            found[request.licence.public_id] = _headline(request.item)
    return found


def _headline(item: Any) -> str:
    return headline_of(item.title, item.text, str(label_of(KINDS, item.kind)))


def _lately_detail(run: Sequence[Any], subjects: Mapping[str, str]) -> str:
    first = run[0]
    if first.action == "import.finished":
        rows, new = (sum(row.data.get(name, 0) for row in run) for name in ("rows", "created"))
        return ngettext("%(new)s new of %(rows)s row", "%(new)s new of %(rows)s rows", rows) % {
            "new": intcomma(new),
            "rows": intcomma(rows),
        }
    if len(run) > 1:
        return ngettext("%(n)d time", "%(n)d times", len(run)) % {"n": len(run)}
    if first.object_id in subjects:
        return subjects[first.object_id]
    if first.object_type == "licence" and "items" in first.data:
        n = first.data["items"]
        return ngettext("%(n)s item", "%(n)s items", n) % {"n": intcomma(n)}
    return ""


def history_of_item(item: Any, slug: str) -> list[Entry]:
    """Everything that was decided, asked, granted, withdrawn, reported and edited about one item, newest first.

    ``slug``: the shop's, for the addresses of what has a page of its own.
    """
    entries = [
        Entry(at=item.received_at, what=_("Came in"), detail=item.source.name),
        *_decisions(item),
        *_versions(item),
        *_corrections(item),
        *_permissions(item),
        *_holds(item),
        *_notices(item, slug),
        *_statements(item, slug),
        *_only_logged(item),
    ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _who(actor_id: int | None, names: dict[int, str]) -> str:
    if actor_id is None:
        return ""
    return names.get(actor_id, _("A former member"))


def _object_url(slug: str, row: Any) -> str:
    if row.object_type == "item":
        return reverse("studio:content", args=[slug, row.object_id])
    if row.object_type == "licence":
        return reverse("studio:licence", args=[slug, row.object_id])
    if row.object_type == "notice":
        return reverse("studio:notice", args=[slug, row.object_id])
    if row.object_type == "request":
        return reverse("studio:request", args=[slug, row.object_id])
    return ""


def _decisions(item: Any) -> Iterable[Entry]:
    rows = content.decisions_of(item)
    first = Decision(rows[0].decision) if rows else None
    # What came in approved has no decision of its own, until somebody takes one that only fits an approved item.
    if first in {Decision.TAKE_DOWN, Decision.REOPEN} or (first is None and item.state == State.APPROVED):
        yield Entry(at=item.received_at, what=label_of(ACTIONS, "item.approve"), detail=_("as it came in"), tone="good")
    for row in rows:
        reason = str(label_of(REASONS, row.reason)) if row.reason else ""
        detail = " – ".join(part for part in (reason, row.note) if part)
        yield Entry(
            at=row.at,
            what=label_of(ACTIONS, f"item.{row.decision}"),
            detail=detail,
            who=str(row.actor) if row.actor else "",
            tone="good" if row.decision in _GOOD else "stop" if row.decision in _STOP else "",
        )


def _versions(item: Any) -> Iterable[Entry]:
    for version in content.versions_of(item):
        yield Entry(
            at=version.replaced_at,
            what=_("The author edited it"),
            detail=_("version %(old)d became version %(new)d") % {"old": version.number, "new": version.number + 1},
        )


def _corrections(item: Any) -> Iterable[Entry]:
    for row in audit.history_of(item.shop_id, "item", item.public_id):
        if row.action == "item.corrected":
            fields = ", ".join(str(label_of(CORRECTIONS, name)) for name in row.data["fields"])
            yield Entry(at=row.at, what=label_of(ACTIONS, row.action), detail=fields)


def _permissions(item: Any) -> Iterable[Entry]:
    for row in rights.requests_of_item(item.pk):
        yield Entry(at=row.created_at, what=label_of(ACTIONS, "request.sent"))
        if row.answered_at and row.state != "granted":
            yield Entry(
                at=row.answered_at,
                what=badge_of(REQUEST_STATES, row.state).label,
                tone="stop" if row.state == "declined" else "",
            )
    for covered in rights.licences_of_item(item.pk):
        licence = covered.licence
        yield Entry(
            at=licence.created_at,
            what=label_of(ACTIONS, "licence.granted"),
            detail=str(label_of(BASES, licence.basis)),
            who=str(licence.created_by) if licence.created_by else "",
            tone="good",
        )
        ended_at = covered.ended_at or licence.ended_at
        if ended_at:
            reason = covered.end_reason or licence.end_reason
            yield Entry(
                at=ended_at,
                what=_("Permission ended"),
                detail=str(label_of(END_REASONS, reason)) if reason else "",
                tone="stop",
            )


def _holds(item: Any) -> Iterable[Entry]:
    for row in rights.holds_of_item(item.pk):
        reason = str(label_of(HOLD_REASONS, row.reason))
        opener = str(row.opened_by) if row.opened_by else ""
        yield Entry(at=row.opened_at, what=label_of(ACTIONS, "hold.opened"), detail=reason, who=opener, tone="stop")
        if row.closed_at:
            closer = str(row.closed_by) if row.closed_by else ""
            yield Entry(at=row.closed_at, what=label_of(ACTIONS, "hold.closed"), detail=reason, who=closer)


def _notices(item: Any, slug: str) -> Iterable[Entry]:
    for row in notices.notices_of_item(item.pk):
        url = reverse("studio:notice", args=[slug, row.public_id])
        category = str(label_of(NOTICE_CATEGORIES, row.category))
        yield Entry(at=row.received_at, what=label_of(ACTIONS, "notice.received"), detail=category, url=url)
        if row.decided_at:
            yield Entry(
                at=row.decided_at,
                what=label_of(ACTIONS, "notice.decided"),
                detail=str(badge_of(NOTICE_STATES, row.outcome).label),
                who=str(row.decided_by) if row.decided_by else "",
                tone="good" if row.outcome == "rejected" else "stop",
                url=url,
            )


def _statements(item: Any, slug: str) -> Iterable[Entry]:
    for row in notices.statements_of_item(item.pk):
        yield Entry(
            at=row.created_at,
            what=label_of(ACTIONS, "statement.written"),
            detail=_("the author was told") if row.told_at else _("the author could not be told"),
            url=reverse("studio:statement", args=[slug, row.public_id]),
        )
        if row.objected_at:
            yield Entry(at=row.objected_at, what=label_of(ACTIONS, "statement.objected"), tone="stop")


def _only_logged(item: Any) -> Iterable[Entry]:
    """What was said to single pictures, and whether the shop vouches for the purchase."""
    rows = [row for row in audit.history_of(item.shop_id, "item", item.public_id) if row.action in _ONLY_LOGGED]
    names = names_of_users({row.actor_id for row in rows if row.actor_id is not None})
    for row in rows:
        tone = "good" if row.action in _GOOD_ACTIONS else "stop" if row.action in _STOP_ACTIONS else ""
        yield Entry(at=row.at, what=label_of(ACTIONS, row.action), who=_who(row.actor_id, names), tone=tone)
