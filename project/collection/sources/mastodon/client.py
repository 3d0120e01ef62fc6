"""Mastodon over HTTP: the hashtag timeline forwards, the newest page, what became of posts we hold, and what stands
under them.

Timelines are read from old to new with ``min_id`` ("results immediately newer than this id"), so a cursor
that stands on the last stored post loses nothing when the collector dies between two pages. Ids of posts that
reach the server late carry their original date and lie behind the cursor; ``recent`` finds those.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from project.collection.contracts import Allowance, Outcome, Payload, Posted, RawPage, RawThread, Rechecked
from project.collection.errors import SourceFailed
from project.collection.sources.answers import allowance_of, check_status, failed, link_parameter, parse_json
from project.core.outgoing import Fetched, Limits, OutgoingError, fetch

PAGE_SIZE: Final = 40  # the most that a timeline gives
BATCH_SIZE: Final = 20  # the most ids in one GET /api/v1/statuses, Mastodon 4.3 and later
LIMITS: Final = Limits(max_bytes=4_000_000, timeout=20.0)

_ID: Final = re.compile(r"^[0-9A-Za-z_-]{1,64}$")
_TAG: Final = re.compile(r"^\w{1,100}$")


@dataclass(frozen=True, kw_only=True)
class MastodonSettings:
    """Which timeline. ``server`` is an origin (``https://mastodon.example``); ``token`` an app token with
    ``read:statuses``, empty for servers that show their timelines to everyone. ``posting_token``: one with
    ``write:statuses`` of the shop's own account, empty where Vouchsafe is not to write."""

    server: str
    tag: str
    token: str = ""
    posting_token: str = ""

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Any]) -> MastodonSettings:
        """Checked settings. Raises SourceFailed (misconfigured)."""
        server = str(settings.get("server", "")).strip().rstrip("/")
        tag = str(settings.get("tag", "")).strip().removeprefix("#")
        try:
            parts = urlsplit(server)
        except ValueError as error:
            raise SourceFailed(Outcome.MISCONFIGURED) from error
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.path or parts.query:
            raise SourceFailed(Outcome.MISCONFIGURED)
        if not _TAG.match(tag):
            raise SourceFailed(Outcome.MISCONFIGURED)
        return cls(
            server=server,
            tag=tag,
            token=str(settings.get("token", "")),
            posting_token=str(settings.get("posting_token", "")),
        )


class MastodonClient:
    """One hashtag on one server. ``get`` is :func:`project.core.outgoing.fetch` or one like it."""

    def __init__(self, settings: MastodonSettings, *, get: Callable[..., Fetched] = fetch) -> None:
        self._settings = settings
        self._get = get
        self._timeline = f"/api/v1/timelines/tag/{quote(settings.tag)}"

    def forward(self, cursor: str) -> RawPage:
        """The posts right after ``cursor``, at most 40. Raises SourceFailed."""
        return self._page(cursor or "0", {"min_id": cursor or "0"})

    def recent(self) -> RawPage:
        """The newest 40 posts. Raises SourceFailed."""
        return self._page("", {})

    def recheck(self, external_ids: Sequence[str]) -> Rechecked:
        """What became of these posts, 20 to a request. Raises SourceFailed.

        A post that is missing from a batch is asked for alone before it counts as gone: withdrawing a
        person's words on a server's hiccup would be as wrong as keeping them.
        """
        found: dict[str, Payload] = {}
        gone: set[str] = set()
        allowance = Allowance()
        ids = [external_id for external_id in external_ids if _ID.match(external_id)]
        for start in range(0, len(ids), BATCH_SIZE):
            batch = ids[start : start + BATCH_SIZE]
            seen, allowance = self._batch(batch)
            found.update(seen)
            for external_id in (one for one in batch if one not in seen):
                payload, allowance = self._status(external_id)
                if payload is None:
                    gone.add(external_id)
                else:
                    found[external_id] = payload
        return Rechecked(found=found, gone=frozenset(gone), allowance=allowance)

    def thread(self, external_id: str) -> RawThread | None:
        """The replies under a post; None: the server no longer has it. Raises SourceFailed.

        Without a token the server gives 60 of them at most, with one up to 4,096.
        """
        now = datetime.now(UTC)
        fetched = self._request(f"/api/v1/statuses/{quote(external_id)}/context")
        if fetched.status in (404, 410):
            return None
        check_status(fetched, now=now)
        value = parse_json(fetched.body)
        replies = value.get("descendants") if isinstance(value, dict) else None
        if not isinstance(replies, list) or not all(isinstance(payload, dict) for payload in replies):
            raise SourceFailed(Outcome.BAD_ANSWER)
        return RawThread(post_id=external_id, payloads=tuple(replies), allowance=allowance_of(fetched.headers, now=now))

    def reply(self, external_id: str) -> Payload | None:
        """One reply; None when the server says that it is not there. Raises SourceFailed."""
        return self._status(external_id)[0]

    def post_reply(self, external_id: str, text: str, *, language: str, key: str) -> Posted:
        """Write under a post from the shop's own account. Raises SourceFailed.

        The server posts one ``Idempotency-Key`` once within the hour, so a second try is no second comment.
        """
        if not self._settings.posting_token or not _ID.match(external_id):
            raise SourceFailed(Outcome.MISCONFIGURED)
        now = datetime.now(UTC)
        body = {"status": text, "in_reply_to_id": external_id, "visibility": "public", "language": language}
        fetched = self._request("/api/v1/statuses", body=body, key=key, token=self._settings.posting_token)
        if fetched.status == 422:  # The post is gone or the text is not to the server's liking: so it will stay.
            raise SourceFailed(Outcome.FORBIDDEN)
        check_status(fetched, now=now)
        payload = parse_json(fetched.body)
        if not isinstance(payload, dict) or not _ID.match(str(payload.get("id", ""))):
            raise SourceFailed(Outcome.BAD_ANSWER)
        return Posted(payload=payload, allowance=allowance_of(fetched.headers, now=now))

    def _page(self, cursor: str, parameters: Mapping[str, str]) -> RawPage:
        now = datetime.now(UTC)
        fetched = self._request(f"{self._timeline}?{urlencode({'limit': PAGE_SIZE, **parameters})}")
        check_status(fetched, now=now)
        payloads = _payloads(fetched.body)
        ids = [str(payload["id"]) for payload in payloads if _ID.match(str(payload.get("id", "")))]
        if payloads and not ids:
            raise SourceFailed(Outcome.BAD_ANSWER)
        newest = link_parameter(fetched.headers.get("link", ""), rel="prev", name="min_id")
        candidates = [*ids, *([newest] if _ID.match(newest) else []), *([cursor] if cursor else [])]
        last = max(candidates, key=_age, default="")
        return RawPage(
            payloads=payloads,
            cursor=last,
            more=bool(payloads) and last != cursor,
            allowance=allowance_of(fetched.headers, now=now),
        )

    def _batch(self, external_ids: Sequence[str]) -> tuple[dict[str, Payload], Allowance]:
        """The posts that the server gives of these; none from a server that has no such endpoint."""
        now = datetime.now(UTC)
        query = urlencode([("id[]", external_id) for external_id in external_ids])
        fetched = self._request(f"/api/v1/statuses?{query}")
        allowance = allowance_of(fetched.headers, now=now)
        if fetched.status in (400, 404, 405, 410, 422):
            return {}, allowance
        check_status(fetched, now=now)
        wanted = set(external_ids)
        seen = {str(payload.get("id", "")): payload for payload in _payloads(fetched.body)}
        return {external_id: seen[external_id] for external_id in seen if external_id in wanted}, allowance

    def _status(self, external_id: str) -> tuple[Payload | None, Allowance]:
        """One post, None when the server says that it is not there."""
        now = datetime.now(UTC)
        fetched = self._request(f"/api/v1/statuses/{quote(external_id)}")
        allowance = allowance_of(fetched.headers, now=now)
        if fetched.status in (404, 410):
            return None, allowance
        check_status(fetched, now=now)
        payload = parse_json(fetched.body)
        if not isinstance(payload, dict) or str(payload.get("id")) != external_id:
            raise SourceFailed(Outcome.BAD_ANSWER)
        return payload, allowance

    def _request(self, path: str, *, body: Mapping[str, str] | None = None, key: str = "", token: str = "") -> Fetched:
        """A GET, or with ``body`` a POST of it."""
        token = token or self._settings.token
        posting: dict[str, Any] = {}
        if body is not None:
            posting = {
                "method": "POST",
                "content": json.dumps(body).encode(),
                "headers": {"Content-Type": "application/json", "Idempotency-Key": key},
            }
        try:
            return self._get(
                f"{self._settings.server}{path}",
                credentials={"Authorization": f"Bearer {token}"} if token else None,
                accept=("application/json",),
                limits=LIMITS,
                hosts=(urlsplit(self._settings.server).hostname or "",),
                **posting,
            )
        except OutgoingError as error:
            raise failed(error) from error


def _payloads(body: bytes) -> tuple[Payload, ...]:
    value = parse_json(body)
    if not isinstance(value, list) or not all(isinstance(payload, dict) for payload in value):
        raise SourceFailed(Outcome.BAD_ANSWER)
    return tuple(value)


def _age(external_id: str) -> tuple[int, str]:
    """Sorts ids from old to new as the API's documentation says: by length, then as text."""
    return (len(external_id), external_id)


def from_settings(settings: Mapping[str, Any]) -> MastodonClient:
    """The client that a source's stored settings describe. Raises SourceFailed (misconfigured)."""
    return MastodonClient(MastodonSettings.from_mapping(settings))
