"""How authors are asked: the ways there are, the message before it goes out, and what comes back in public."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from project.rights.contracts.codes import SendingWay


@dataclass(frozen=True, kw_only=True)
class WayOffer:
    """Whether an author can be asked this way now. ``why_not`` is a sentence for staff, empty where it is allowed.

    ``needs_recipient``: an address has to be stated, because none of the author is known. ``by_hand``: staff carry
    the message themselves. ``next_at``: when the platform's pace allows the next message, where that is what is
    in the way.
    """

    way: SendingWay
    allowed: bool
    why_not: str = ""
    needs_recipient: bool = False
    by_hand: bool = False
    next_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong with a wording. ``code`` is stable; ``sentence`` says what to change."""

    code: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class PreparedMessage:
    """A message exactly as it will be sent; where the author's link will stand it says so, for each message gets a
    link of its own. ``template`` is what ``ask_permission`` takes to send this wording. With ``problems`` it cannot
    be sent. ``length`` is counted as the platform counts, ``limit`` None: no limit."""

    way: SendingWay
    language: str
    subject: str
    text: str
    template: str
    problems: tuple[Problem, ...] = ()
    length: int = 0
    limit: int | None = None


@dataclass(frozen=True, kw_only=True)
class PublicReply:
    """A reply under a post, as its source gave it. ``text`` is plain and without what it quotes as markup.

    ``account_id`` is the platform's own id of who wrote it, ``thread_id`` the id of the post in whose thread it
    stands (empty: in none that we know), ``quotes`` whether it hands on somebody else's post.
    """

    external_id: str
    account_id: str
    thread_id: str
    text: str
    written_at: datetime
    edited_at: datetime | None = None
    quotes: bool = False
    deleted: bool = False
    url: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class OutgoingRequest:
    """What a sender gets: ids of the item at its source and the text, ready to go. ``key``: the same for every try, so
    that a second try of one message does not post twice."""

    request_id: str
    item_external_id: str
    origin_url: str
    source_kind: str
    config: Mapping[str, Any]
    language: str
    text: str
    hashtag: str
    key: str


@dataclass(frozen=True, kw_only=True)
class SentRequest:
    """A message that stands at its source: its address, its id there, and when it was written by the source's clock."""

    url: str
    external_id: str
    sent_at: datetime


@dataclass(frozen=True, kw_only=True)
class WatchedThread:
    """A post under which an author may answer. ``waiting``: for a yes; otherwise only a ``#no`` would count.

    ``granting_replies``: ids of replies that a permission stands on, which must not vanish unseen.
    """

    request_id: str
    post_id: str
    account_id: str
    waiting: bool
    granting_replies: frozenset[str] = frozenset()
