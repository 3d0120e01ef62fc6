"""The timeline that is replayed, and what goes wrong with it when a test wants it to."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from .entities import Status, load_posts, snowflake, stamp, status_entity

RATE_LIMIT: Final = 300
MAX_PAGE: Final = 40


class Replay:
    """The timeline and what goes wrong with it. Safe to change while it is being served.

    ``faults``: each entry spoils one request, first in first out: ``429``, ``500`` and other statuses,
    ``"truncated"`` (JSON cut off in the middle), ``"not a list"``, ``"hang up"`` (the connection ends inside the
    body), ``"fine"`` (nothing is wrong with this one).
    """

    def __init__(self, posts: Sequence[Mapping[str, Any]] | None = None) -> None:
        self._lock = threading.RLock()
        self._posts: dict[str, Mapping[str, Any]] = {}
        self._changes: dict[str, dict[str, Any]] = {}
        self.faults: deque[int | str] = deque()
        self.requests: list[str] = []
        self.remaining = RATE_LIMIT
        self.has_batches = True  # GET /api/v1/statuses?id[]=… exists since Mastodon 4.3
        self.retry_at: datetime | None = None
        for post in load_posts() if posts is None else posts:
            self.add(post)

    def add(self, post: Mapping[str, Any]) -> str:
        """Publish a post in the form of posts.json; returns its id."""
        external_id = snowflake(datetime.fromisoformat(post["created_at"]))
        with self._lock:
            while external_id in self._posts:
                external_id = str(int(external_id) + 1)
            self._posts[external_id] = post
        return external_id

    def edit(self, external_id: str, **fields: Any) -> None:
        """Change fields of a Status; ``content`` sets ``edited_at`` too, ``account`` is merged."""
        with self._lock:
            changes = self._changes.setdefault(external_id, {})
            if "content" in fields:
                changes["edited_at"] = stamp(datetime.now(UTC))
            changes.update(fields)

    def delete(self, external_id: str) -> None:
        """The author deletes the post."""
        with self._lock:
            del self._posts[external_id]

    def ids(self) -> list[str]:
        """All ids, oldest first."""
        with self._lock:
            return sorted(self._posts, key=int)

    def status(self, external_id: str, base: str) -> Status | None:
        """The Status entity as this server would give it, None if it is not there."""
        with self._lock:
            post = self._posts.get(external_id)
            if post is None:
                return None
            status = status_entity(external_id, post, base)
            changes = dict(self._changes.get(external_id, {}))
            status["account"].update(changes.pop("account", {}))
            return {**status, **changes}

    def timeline(self, query: Mapping[str, list[str]], base: str) -> list[Status]:
        """A page of the tag's public posts, newest first."""
        limit = min(max(_number(query, "limit", 20), 1), MAX_PAGE)
        low = max(_number(query, "since_id", 0), _number(query, "min_id", 0))
        high = _number(query, "max_id", 1 << 63)
        with self._lock:
            inside = [external_id for external_id in self.ids() if low < int(external_id) < high]
            found = [status for external_id in inside if (status := self.status(external_id, base))]
        public = [status for status in found if status["visibility"] == "public"]
        # min_id asks for the stretch right after it, everything else for the newest stretch.
        page = public[:limit] if "min_id" in query else public[-limit:]
        return page[::-1]


def _number(query: Mapping[str, list[str]], name: str, default: int) -> int:
    text = query.get(name, [""])[0]
    return int(text) if text.isascii() and text.isdigit() else default
