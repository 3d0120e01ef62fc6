"""What the ways that stand under a post share: which faults pass, and how a comment of ours is found and read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from project.collection.contracts import Outcome, Payload, ThreadClient
from project.collection.errors import SourceFailed, Unusable
from project.collection.sources.registry import ReplyNormalizer, SourceKind
from project.rights.contracts import OutgoingRequest, PublicReply, SentRequest
from project.rights.reply_rules import words
from project.rights.senders import SendingFailed

PASSES: Final = frozenset(
    {Outcome.RATE_LIMITED, Outcome.SERVER_ERROR, Outcome.UNREACHABLE, Outcome.BAD_ANSWER, Outcome.CRASHED}
)
_URL: Final = re.compile(r"https?://\S+[\w/]")


def failed(failure: SourceFailed) -> SendingFailed:
    """A source's fault, as a sender tells of it."""
    return SendingFailed(failure.outcome.value, again=failure.outcome in PASSES)


def tools(source: SourceKind, config: Mapping[str, Any]) -> tuple[ThreadClient, ReplyNormalizer]:
    """The client and the normaliser of a kind whose threads can be read. Raises SendingFailed."""
    if source.make_thread_client is None or source.normalize_reply is None:
        raise SendingFailed(Outcome.MISCONFIGURED.value, again=False)
    try:
        return source.make_thread_client(config), source.normalize_reply
    except SourceFailed as failure:
        raise failed(failure) from failure


def sent(payload: Payload, normalize: ReplyNormalizer, *, post_id: str) -> SentRequest:
    """A comment of ours as the source gives it back: its own clock says when it was written."""
    reply = read(payload, normalize, post_id=post_id, others={})
    if reply is None:
        raise SendingFailed(Outcome.BAD_ANSWER.value, again=False)
    return SentRequest(url=reply.url, external_id=reply.external_id, sent_at=reply.written_at)


def read(
    payload: Payload, normalize: ReplyNormalizer, *, post_id: str, others: Mapping[str, Payload]
) -> PublicReply | None:
    """A reply, None for a payload that is none."""
    try:
        return normalize(payload, post_id=post_id, others=others)
    except Unusable:
        return None


def carries(reply: PublicReply, message: OutgoingRequest) -> bool:
    """Whether a comment says what was prepared: the hashtag, the terms and the privacy notice. Staff may add to it."""
    links = _URL.findall(message.text)
    return message.hashtag.casefold() in words(reply.text) and all(link in reply.text for link in links)
