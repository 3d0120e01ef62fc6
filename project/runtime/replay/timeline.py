"""The timeline that is replayed, what is written under its posts, and what goes wrong when a test wants it to."""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any, Final

from .entities import SHOP_ACCOUNT, Status, load_posts, snowflake, stamp, status_entity

RATE_LIMIT: Final = 300
MAX_PAGE: Final = 40
# What the invented authors of the demo say when they are asked under their posts; the others say nothing.
DEMO_ANSWERS: Final[Mapping[str, str]] = {
    "ana": "Yes, of course! {hashtag}",
    "jonah": "What exactly would you do with it?",
    "tomasz": "I would rather not. #no",
}
_YES: Final = re.compile(r"#yes\w+")


class Replay:
    """The timeline and what goes wrong with it. Safe to change while it is being served.

    ``faults``: each entry spoils one request, first in first out: ``429``, ``500`` and other statuses,
    ``"truncated"`` (JSON cut off in the middle), ``"not a list"``, ``"hang up"`` (the connection ends inside the
    body), ``"fine"`` (nothing is wrong with this one).

    ``answers``: what an author (by user name) answers at once when somebody comments on their post; ``{hashtag}``
    stands for the one that the comment asks for. ``posting_token``: whoever has it may comment.
    """

    def __init__(
        self, posts: Sequence[Mapping[str, Any]] | None = None, *, answers: Mapping[str, str] | None = None
    ) -> None:
        self._lock = threading.RLock()
        self._posts: dict[str, Mapping[str, Any]] = {}
        self._replies: dict[str, Mapping[str, Any]] = {}
        self._keys: dict[str, str] = {}
        self.answers = dict(answers or {})
        self.posting_token = "replay"  # noqa: S105 (of an invented account on this machine)
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

    def reply(
        self, to: str, username: str, text: str, *, at: datetime | None = None, html: str = "", **fields: Any
    ) -> str:
        """Write under a post or a reply; returns the reply's id. ``fields`` change its Status as ``edit`` does."""
        moment = at or datetime.now(UTC)
        names = {post["account"]["username"]: post["account"] for post in self._posts.values()}
        reply = {
            "created_at": stamp(moment),
            "account": names.get(username, {"username": username, "display_name": username.capitalize()}),
            "language": "en",
            "content": html or f"<p>{escape(text)}</p>",
            "in_reply_to_id": to,
        }
        with self._lock:
            external_id = snowflake(moment)
            while external_id in self._posts or external_id in self._replies:
                external_id = str(int(external_id) + 1)
            self._replies[external_id] = reply
            if fields:
                self._changes.setdefault(external_id, {}).update(fields)
        return external_id

    def publish(self, body: Mapping[str, Any], *, key: str) -> str | None:
        """A comment of the token's account, once for each key; None where what it answers is not there."""
        with self._lock:
            if key in self._keys:
                return self._keys[key]
            to, text = str(body.get("in_reply_to_id", "")), str(body.get("status", ""))
            if to not in self._posts and to not in self._replies:
                return None
            external_id = self.reply(to, SHOP_ACCOUNT, text)
            self._keys[key] = external_id
            self._answer(to, external_id, text)
        return external_id

    def _answer(self, post_id: str, comment_id: str, text: str) -> None:
        post = self._posts.get(post_id)
        answer = self.answers.get(post["account"]["username"]) if post else None
        if post is None or answer is None:
            return
        hashtag = found[0] if (found := _YES.search(text)) else ""
        written = datetime.fromisoformat(self._replies[comment_id]["created_at"]) + timedelta(seconds=1)
        self.reply(comment_id, post["account"]["username"], answer.replace("{hashtag}", hashtag), at=written)

    def context(self, external_id: str, base: str) -> dict[str, list[Status]] | None:
        """What stands above and below a post, None if it is not there."""
        with self._lock:
            if self.status(external_id, base) is None:
                return None
            below, frontier = [], {external_id}
            for reply_id in sorted(self._replies, key=int):
                if self._replies[reply_id]["in_reply_to_id"] in frontier:
                    frontier.add(reply_id)
                    below.append(self.status(reply_id, base))
            return {"ancestors": [], "descendants": [status for status in below if status]}

    def edit(self, external_id: str, **fields: Any) -> None:
        """Change fields of a Status; ``content`` sets ``edited_at`` too, ``account`` is merged."""
        with self._lock:
            changes = self._changes.setdefault(external_id, {})
            if "content" in fields:
                changes["edited_at"] = stamp(datetime.now(UTC))
            changes.update(fields)

    def delete(self, external_id: str) -> None:
        """The author deletes the post, or the reply."""
        with self._lock:
            del (self._posts if external_id in self._posts else self._replies)[external_id]

    def ids(self) -> list[str]:
        """All ids, oldest first."""
        with self._lock:
            return sorted(self._posts, key=int)

    def status(self, external_id: str, base: str) -> Status | None:
        """The Status entity as this server would give it, None if it is not there."""
        with self._lock:
            post = self._posts.get(external_id) or self._replies.get(external_id)
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
