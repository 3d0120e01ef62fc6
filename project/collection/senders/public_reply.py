"""By a public reply through the source's API, from the shop's own account. It carries hashtag and terms, no token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from project.collection.errors import SourceFailed
from project.collection.senders.threads import failed, sent, tools
from project.collection.sources.registry import SourceKind
from project.rights.contracts import OutgoingRequest, SendingWay, SentRequest, WayOffer
from project.rights.senders import SendingFailed
from project.rights.wordings.lint import is_private

if TYPE_CHECKING:
    from project.content.models import ContentItem


class PublicReplySender:
    """For sources whose threads can be answered, with the shop's own token in the source's settings."""

    way = SendingWay.PUBLIC_REPLY

    def __init__(self, source: SourceKind) -> None:
        self._source = source
        self.kinds: frozenset[str] | None = frozenset({source.kind})

    def offer(self, item: ContentItem) -> WayOffer:
        if not (item.source.config or {}).get("posting_token"):
            return WayOffer(
                way=self.way,
                allowed=False,
                why_not=_(
                    "Vouchsafe has no token of your account there. Add one to the source, or post the comment yourself."
                ),
            )
        if item.author is None or not item.author.external_id:
            return WayOffer(way=self.way, allowed=False, why_not=_("It is not known which account this author has."))
        return WayOffer(way=self.way, allowed=True)

    def send(self, message: OutgoingRequest) -> SentRequest | None:
        if is_private(message.text):  # The last door before everybody can read it.
            raise SendingFailed("private_link", again=False)
        client, normalize = tools(self._source, message.config)
        try:
            posted = client.post_reply(
                message.item_external_id, message.text, language=message.language, key=message.key
            )
        except SourceFailed as failure:
            raise failed(failure) from failure
        return sent(posted.payload, normalize, post_id=message.item_external_id)

    def check(self, message: OutgoingRequest, reply_url: str) -> SentRequest:
        raise SendingFailed("not_by_hand", again=False)
