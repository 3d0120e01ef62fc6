"""Which threads are to be read for an author's answer, and which replies wait for a person. In a shop's scope."""

from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from project.rights.contracts import PublicReply, ReplyVerdict, RequestState, WatchedThread
from project.rights.models import LicenceItem, RequestReply, RightsRequest
from project.rights.request_rules import PUBLIC_WAYS

# A late answer still counts; somebody who said nothing for this long is not going to.
LISTEN_FOR = timedelta(days=180)


def watched_threads(source_pk: int) -> list[WatchedThread]:
    """Posts of one source with an open public question, or with a permission that a ``#no`` would end; of several
    requests about one post the newest counts. Oldest first."""
    rows = RightsRequest.objects.filter(item__source_id=source_pk, item__author__isnull=False).exclude(sent_at=None)
    newest = rows.order_by("item_id", "-id").distinct("item_id").values("pk")
    live = LicenceItem.objects.filter(item__source_id=source_pk, ended_at=None, licence__ended_at=None)
    licensed = set(live.values_list("item_id", flat=True))
    public = {way.value for way in PUBLIC_WAYS}
    open_states = {RequestState.SENT.value, RequestState.REPLIED_UNCLEAR.value, RequestState.NO_REPLY.value}
    since = timezone.now() - LISTEN_FOR
    found = []
    for request in RightsRequest.objects.filter(pk__in=newest).select_related("item__author").order_by("id"):
        author = request.item.author
        waiting = request.way in public and request.state in open_states and (request.sent_at or since) > since
        if author is None or not author.external_id or not (waiting or request.item_id in licensed):
            continue
        found.append(
            WatchedThread(
                request_id=request.public_id,
                post_id=request.item.external_id,
                account_id=author.external_id,
                waiting=waiting and request.state != RequestState.NO_REPLY,
                granting_replies=_granting(request.pk),
            )
        )
    return found


def gone_reply(watched: WatchedThread, external_id: str) -> PublicReply:
    """A reply that a permission stands on and that its source no longer has."""
    row = RequestReply.objects.get(request__public_id=watched.request_id, external_id=external_id)
    return PublicReply(
        external_id=external_id,
        account_id=row.account_id,
        thread_id=watched.post_id,
        text="",
        written_at=row.written_at,
        edited_at=row.edited_at,
        deleted=True,
    )


def replies_to_read() -> QuerySet[RequestReply]:
    """Replies that the rules cannot read, and those that a permission stands on and that were edited or deleted: for a
    person."""
    unread = Q(request__state=RequestState.REPLIED_UNCLEAR)
    changed = Q(was_yes=True, request__state=RequestState.GRANTED, request__licence__ended_at=None)
    rows = RequestReply.objects.filter(unread | changed, verdict=ReplyVerdict.UNCLEAR)
    return rows.select_related("request__item__source", "request__item__author").order_by("id")


def requests_to_read() -> QuerySet[RightsRequest]:
    """Requests with an answer that waits for a person."""
    replies = Exists(replies_to_read().filter(request=OuterRef("pk")).order_by())
    return RightsRequest.objects.filter(Q(state=RequestState.REPLIED_UNCLEAR) | replies)


def replies_of(request_pk: int) -> QuerySet[Any]:
    return RequestReply.objects.filter(request_id=request_pk).order_by("written_at", "id")


def _granting(request_pk: int) -> frozenset[str]:
    rows = RequestReply.objects.filter(request_id=request_pk, verdict=ReplyVerdict.GRANTED, gone_at=None)
    return frozenset(rows.values_list("external_id", flat=True))
