"""What happened to one request, and what was answered, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from project.core import audit
from project.core.sanitising import html_to_text, safe_url
from project.rights import selectors as rights
from project.shops.selectors import names_of_users
from project.studio.asking_labels import BY, NOT_SENT, READINGS, REPLY_VERDICTS, WAYS
from project.studio.history import Entry
from project.studio.history_labels import ACTIONS
from project.studio.labels import Badge, badge_of, label_of

_GOOD = {"request.granted", "request.confirmed"}
_STOP = {"request.declined", "request.withdrawn", "request.not_sent", "request.not_delivered", "request.reply_deleted"}
_HISTORY = 1000


@dataclass(frozen=True)
class Reply:
    """A public reply as its source gave it. ``text`` is empty where another person wrote it: that is not kept."""

    text: str
    url: str
    badge: Badge
    written_at: datetime
    edited_at: datetime | None


def replies_of_request(row: Any) -> list[Reply]:
    return [_reply(reply) for reply in rights.replies_of(row.pk)]


def history_of_request(shop_id: int, row: Any) -> list[Entry]:
    """From the audit log: who did what, when, and why; newest first."""
    rows = [
        entry
        for entry in audit.history_of(shop_id, "item", row.item.public_id, limit=_HISTORY)
        if entry.data.get("request") == row.public_id
    ]
    rows += audit.history_of(shop_id, "request", row.public_id)
    names = names_of_users({entry.actor_id for entry in rows if entry.actor_id is not None})
    entries = [
        Entry(
            at=entry.at,
            what=label_of(ACTIONS, entry.action),
            detail=" – ".join(_details(entry.data)),
            who=names.get(entry.actor_id, _("A former member")) if entry.actor_id is not None else "",
            tone="good" if entry.action in _GOOD else "stop" if entry.action in _STOP else "",
        )
        for entry in rows
    ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _details(data: dict[str, Any]) -> Iterator[str]:
    if "way" in data:
        yield str(label_of(WAYS, data["way"]))
    if "reading" in data:
        yield str(label_of(READINGS, data["reading"]))
    if "reason" in data:
        yield str(label_of(NOT_SENT, data["reason"]))
    if data.get("by") in BY:
        yield str(BY[data["by"]])


def _reply(reply: Any) -> Reply:
    payload = reply.payload or {}
    return Reply(
        text=html_to_text(str(payload.get("content", ""))),
        url=safe_url(str(payload.get("url") or "")),
        badge=badge_of(REPLY_VERDICTS, reply.verdict),
        written_at=reply.written_at,
        edited_at=reply.edited_at,
    )
