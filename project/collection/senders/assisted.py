"""Assisted: staff copy the text, open the post, comment there, and paste the comment's address back."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.utils import timezone
from django.utils.translation import gettext as _

from project.collection.errors import SourceFailed
from project.collection.senders.threads import carries, failed, read, tools
from project.collection.sources.registry import SourceKind
from project.rights.contracts import OutgoingRequest, SendingWay, SentRequest, WayOffer
from project.rights.senders import SendingFailed

if TYPE_CHECKING:
    from project.content.models import ContentItem


class AssistedAnywhere:
    """Where nothing can be looked up: the address has to be one of the post's own site."""

    way = SendingWay.ASSISTED
    kinds: frozenset[str] | None = None

    def offer(self, item: ContentItem) -> WayOffer:
        if not item.origin_url:
            why_not = _("It is not known where this stands, so nobody can comment on it there.")
            return WayOffer(way=self.way, allowed=False, why_not=why_not, by_hand=True)
        return WayOffer(way=self.way, allowed=True, by_hand=True)

    def send(self, message: OutgoingRequest) -> SentRequest | None:
        return None

    def check(self, message: OutgoingRequest, reply_url: str) -> SentRequest:
        url = reply_url.strip()
        if urlsplit(url).hostname != urlsplit(message.origin_url).hostname:
            raise SendingFailed("other_host", again=False)
        return SentRequest(url=url, external_id="", sent_at=timezone.now())


class AssistedInThread(AssistedAnywhere):
    """Where the thread can be read, the comment is looked up in it: it has to stand there and say what was prepared."""

    def __init__(self, source: SourceKind) -> None:
        self._source = source
        self.kinds = frozenset({source.kind})

    def check(self, message: OutgoingRequest, reply_url: str) -> SentRequest:
        client, normalize = tools(self._source, message.config)
        try:
            thread = client.thread(message.item_external_id)
        except SourceFailed as failure:
            raise failed(failure) from failure
        payloads = thread.payloads if thread else ()
        others = {str(payload.get("id", "")): payload for payload in payloads}
        wanted = reply_url.strip().rstrip("/")
        for payload in payloads:
            if wanted not in {str(payload.get(name) or "").rstrip("/") for name in ("url", "uri")}:
                continue
            reply = read(payload, normalize, post_id=message.item_external_id, others=others)
            if reply is None or not reply.thread_id:
                break
            if not carries(reply, message):
                raise SendingFailed("other_text", again=False)
            return SentRequest(url=reply.url, external_id=reply.external_id, sent_at=reply.written_at)
        raise SendingFailed("not_in_thread", again=False)
