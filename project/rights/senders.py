"""How a request leaves the house. The collection room registers what it can do at each source; which of it a source's
terms allow stands in its :class:`~project.content.source_policies.SourcePolicy`, and both have to agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from project.rights.contracts import OutgoingRequest, SendingWay, SentRequest, WayOffer

if TYPE_CHECKING:
    from project.content.models import ContentItem


class SendingFailed(Exception):
    """The message did not go out. ``reason`` is a code; ``again``: whether a later try can go better."""

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again


class RequestSender(Protocol):
    """One way of asking. ``kinds``: the kinds of source it serves, None: every one."""

    way: SendingWay
    kinds: frozenset[str] | None

    def offer(self, item: ContentItem) -> WayOffer:
        """Whether this item's author can be reached so; runs in the shop's scope and asks nobody outside."""

    def send(self, message: OutgoingRequest) -> SentRequest | None:
        """Post the message at its source, outside any transaction; None: people or the mail carry it.

        Raises :class:`SendingFailed`."""

    def check(self, message: OutgoingRequest, reply_url: str) -> SentRequest:
        """The comment that staff posted by hand, looked up where that is possible. Raises :class:`SendingFailed`."""


_senders: dict[tuple[SendingWay, str], RequestSender] = {}


def register_sender(sender: RequestSender) -> None:
    """Called by the collection room in ``AppConfig.ready``. One for a kind of source beats one for every kind."""
    for kind in sender.kinds if sender.kinds is not None else ("",):
        _senders[(sender.way, kind)] = sender


def sender_for(way: SendingWay, kind: str) -> RequestSender | None:
    return _senders.get((way, kind)) or _senders.get((way, ""))


def senders_for(kind: str) -> Mapping[SendingWay, RequestSender]:
    """Every way in which authors of this kind of source can be reached."""
    found = {way: sender_for(way, kind) for way in SendingWay}
    return {way: sender for way, sender in found.items() if sender is not None}
