"""What travels between a source's three files and the services: frozen, no Django, no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

Payload = Mapping[str, Any]


class Outcome(StrEnum):
    """How one run of a collector ended. Stored, shown to staff, never an exception's text."""

    OK = "ok"
    MORE = "more"  # the run's share of pages is used up; the next run goes on at once
    RATE_LIMITED = "rate_limited"  # 429, or the allowance is used up: go on at the time the source named
    NEEDS_TOKEN = "needs_token"  # noqa: S105 (401: the server shows this timeline to its own users only)
    FORBIDDEN = "forbidden"  # 403
    NOT_FOUND = "not_found"  # 404: no such server, tag or endpoint
    GONE = "gone"  # 410
    SERVER_ERROR = "server_error"  # 5xx
    BAD_ANSWER = "bad_answer"  # not the JSON the contract promises
    UNREACHABLE = "unreachable"  # no connection, or too slow
    REFUSED = "refused"  # our own guard does not let us go there
    MISCONFIGURED = "misconfigured"  # the source's settings are incomplete
    CRASHED = "crashed"  # a defect of ours; the traceback is in the log


class Restriction(StrEnum):
    """What an author or their server asked for, as codes on a post."""

    NOT_PUBLIC = "not_public"  # visible to some, or off the public timelines
    NOT_INDEXABLE = "not_indexable"  # the account opts out of search
    NO_INDEX = "no_index"  # the account opts out of search engines
    SENSITIVE = "sensitive"  # behind a content warning
    QUOTES_DENIED = "quotes_denied"  # the author lets nobody quote the post
    QUOTES_ASK = "quotes_ask"  # the author wants to approve quotes one by one


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What is left of a source's rate limit; None where the source did not say."""

    remaining: int | None = None
    resets_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class RawPage:
    """One answer of a source, untouched. ``cursor`` is where the next page begins; ``more`` says whether
    there may be one."""

    payloads: tuple[Payload, ...]
    cursor: str
    more: bool
    allowance: Allowance = field(default_factory=Allowance)


@dataclass(frozen=True, kw_only=True)
class Rechecked:
    """What became of posts that we hold: ``found`` by external id, and the ids that are ``gone``. An id in
    neither could not be checked this time."""

    found: Mapping[str, Payload]
    gone: frozenset[str]
    allowance: Allowance = field(default_factory=Allowance)


@dataclass(frozen=True, kw_only=True)
class CollectedAuthor:
    """``handle`` is how the network names them in full (``@ana@replay.example``)."""

    external_id: str
    handle: str
    name: str
    url: str


@dataclass(frozen=True, kw_only=True)
class CollectedMedia:
    """A picture or film at the source. Sizes in pixels, None where unknown; ``kind``: image, video, audio."""

    external_id: str
    kind: str
    url: str
    alt: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, kw_only=True)
class CollectedPost:
    """One post in our words: plain text in NFC, times with zone, links http(s) or empty."""

    external_id: str
    url: str
    text: str
    language: str
    author: CollectedAuthor
    media: tuple[CollectedMedia, ...]
    created_at: datetime
    edited_at: datetime | None
    restrictions: frozenset[Restriction]


@dataclass(frozen=True, kw_only=True)
class Admission:
    """What a source's policy says about one post. ``store`` False: not kept, and what we hold of it does not
    show. ``hold``: kept, but does not show until staff have looked at the reasons."""

    store: bool
    hold: bool
    reasons: tuple[Restriction, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RawThread:
    """What stands under a post: the payloads of its replies, replies to replies included. ``post_id``: the post's."""

    post_id: str
    payloads: tuple[Payload, ...]
    allowance: Allowance = field(default_factory=Allowance)


@dataclass(frozen=True, kw_only=True)
class Posted:
    """A message of ours that the source took, as it says."""

    payload: Payload
    allowance: Allowance = field(default_factory=Allowance)


class ThreadClient(Protocol):
    """I/O of a source whose threads can be read and answered. Every method raises
    :class:`project.collection.errors.SourceFailed`."""

    def thread(self, external_id: str) -> RawThread | None:
        """What stands under a post; None: the post is gone."""

    def reply(self, external_id: str) -> Payload | None:
        """One reply by its id; None: it is gone."""

    def post_reply(self, external_id: str, text: str, *, language: str, key: str) -> Posted:
        """Answer a post. One ``key`` posts once."""


class SourceClient(Protocol):
    """I/O of one source. Every method raises :class:`project.collection.errors.SourceFailed`."""

    def forward(self, cursor: str) -> RawPage:
        """The payloads right after ``cursor``, oldest stretch first; an empty cursor is the start."""

    def recent(self) -> RawPage:
        """The newest payloads, whatever the cursor: late arrivals and edits show up here."""

    def recheck(self, external_ids: Sequence[str]) -> Rechecked:
        """What became of these posts."""


@dataclass(kw_only=True)
class Counts:
    """What one run did with the posts it saw. ``refused``: not kept because of the author's settings or because
    they were erased; ``skipped``: payloads that are not usable posts; ``replies``: that authors were seen to write."""

    pages: int = 0
    created: int = 0
    edited: int = 0
    corrected: int = 0
    unchanged: int = 0
    skipped: int = 0
    refused: int = 0
    held: int = 0
    gone: int = 0
    returned: int = 0
    replies: int = 0


@dataclass(frozen=True, kw_only=True)
class RunReport:
    """How a run ended. ``outcome`` None: it did not run, because another one is at work or it is not due."""

    source_id: str
    source_name: str
    outcome: Outcome | None
    counts: Counts
    next_run_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class SourceStatus:
    """A source and how collecting from it goes; ``outcome`` empty before the first run."""

    source_id: str
    name: str
    kind: str
    active: bool
    outcome: str
    failures: int
    last_run_at: datetime | None
    last_ok_at: datetime | None
    next_run_at: datetime | None
    counts: Mapping[str, int]
