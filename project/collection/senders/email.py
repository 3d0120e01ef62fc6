"""By e-mail: the rights room queues the letter itself, for each has a link of its own in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from project.rights.contracts import OutgoingRequest, SendingWay, SentRequest, WayOffer
from project.rights.senders import SendingFailed

if TYPE_CHECKING:
    from project.content.models import ContentItem


class EmailSender:
    """Everybody with an address; where none is known, staff state the one that the author gave them."""

    way = SendingWay.EMAIL
    kinds: frozenset[str] | None = None

    def offer(self, item: ContentItem) -> WayOffer:
        known = item.author is not None and bool(item.author.email)
        return WayOffer(way=self.way, allowed=True, needs_recipient=not known)

    def send(self, message: OutgoingRequest) -> SentRequest | None:
        return None

    def check(self, message: OutgoingRequest, reply_url: str) -> SentRequest:
        raise SendingFailed("not_posted", again=False)
