"""By a private link: staff paste the message into a direct message and are shown its link once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from project.rights.contracts import OutgoingRequest, SendingWay, SentRequest, WayOffer
from project.rights.senders import SendingFailed

if TYPE_CHECKING:
    from project.content.models import ContentItem


class PrivateLinkSender:
    """Always possible: where and how they reach the author is for staff to know."""

    way = SendingWay.PRIVATE_LINK
    kinds: frozenset[str] | None = None

    def offer(self, item: ContentItem) -> WayOffer:
        return WayOffer(way=self.way, allowed=True, by_hand=True)

    def send(self, message: OutgoingRequest) -> SentRequest | None:
        return None

    def check(self, message: OutgoingRequest, reply_url: str) -> SentRequest:
        raise SendingFailed("not_posted", again=False)
