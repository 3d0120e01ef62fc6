"""Content on the API: list, read, hand in, decide."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from project.content import selectors, services
from project.content.api.intake import item_from, source_of
from project.content.api.serializers import (
    ContentDetail,
    ContentIn,
    ContentPage,
    ContentQuery,
    PicturesNamed,
    Reasoned,
)
from project.content.models import ContentItem
from project.content.rules import PUBLIC_ID_PREFIX, Decision
from project.core.api import ShopViewSet, operation, page_of, require_match
from project.core.api.pages import RowPage
from project.core.api.serializers import Nothing, path_of
from project.core.api.views import found
from project.core.errors import Conflict
from project.shops.rules import KeyScope

# query parameter → look-up; words and pages are handled apart
FILTERS = {
    "state": "state",
    "kind": "kind",
    "source": "source__public_id",
    "product": "product__public_id",
    "external_id": "external_id",
    "language": "language",
    "received_after": "received_at__gt",
    "received_before": "received_at__lt",
}

# fields that the API shows as they stand on the row
OWN_FIELDS = (
    "public_id",
    "kind",
    "state",
    "state_changed_at",
    "external_id",
    "source",
    "product",
    "author",
    "title",
    "text",
    "version",
    "language",
    "rating",
    "helpful",
    "facts",
    "occurred_at",
    "edited_at",
    "received_at",
    "valid_until",
    "origin_url",
    "disclosure",
    "verification",
)


class ContentViewSet(ShopViewSet):
    """Everything that was collected or handed in, in every state. What shoppers may see is under `published`."""

    lookup_value_regex = path_of(PUBLIC_ID_PREFIX)

    @operation(_("List content, newest first"), scope=KeyScope.CONTENT_READ, query=ContentQuery, answer=ContentPage)
    def list(self, request: Request) -> Response:
        asked = self.asked(ContentQuery)
        rows = selectors.staff_items().filter(**{FILTERS[name]: asked[name] for name in FILTERS if name in asked})
        if "q" in asked:
            rows = rows.filter(selectors.search_items(asked["q"]))
        page = page_of(rows, limit=asked["limit"], cursor=asked["cursor"])
        media = selectors.media_of(row.pk for row in page.items)
        shown = [represented(row, media=media.get(row.pk, [])) for row in page.items]
        return Response(ContentPage(RowPage(shown, page.next)).data)

    @operation(_("Read one item with its decisions"), scope=KeyScope.CONTENT_READ, answer=ContentDetail)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(detail_of(found(selectors.item_by_public_id(public_id))))

    @operation(
        _("Hand in content; sent again with the same external id it is an edit"),
        scope=KeyScope.CONTENT_WRITE,
        takes=ContentIn,
        answer=ContentDetail,
        status=201,
        also={200: ContentDetail},
    )
    def create(self, request: Request) -> Response:
        values = self.accepted(ContentIn)
        with self.change("content.receive"):
            source = source_of(self.caller.shop_id, values.get("source_id"))
            (received,) = services.receive_items(
                shop_id=self.caller.shop_id,
                actor_id=None,
                source=source,
                items=[item_from(values, key_id=self.caller.public_id)],
            )
        if received.outcome == "refused":
            raise Conflict(str(_("This was erased at its author's wish and is not taken in again.")))
        item = selectors.item_by_public_id(received.public_id)
        return Response(detail_of(found(item)), status=201 if received.outcome == "created" else 200)

    @operation(_("Approve a pending item"), scope=KeyScope.MODERATION_WRITE, takes=Nothing, answer=ContentDetail)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, public_id: str) -> Response:
        return self._decide(public_id, Decision.APPROVE)

    @operation(
        _("Reject a pending item, with the reason"),
        scope=KeyScope.MODERATION_WRITE,
        takes=Reasoned,
        answer=ContentDetail,
    )
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, public_id: str) -> Response:
        return self._decide(public_id, Decision.REJECT, **self.accepted(Reasoned))

    @operation(
        _("Take an approved item down, with the reason"),
        scope=KeyScope.MODERATION_WRITE,
        takes=Reasoned,
        answer=ContentDetail,
    )
    @action(detail=True, methods=["post"], url_path="take-down")
    def take_down(self, request: Request, public_id: str) -> Response:
        return self._decide(public_id, Decision.TAKE_DOWN, **self.accepted(Reasoned))

    @operation(_("Put back what was taken down"), scope=KeyScope.MODERATION_WRITE, takes=Nothing, answer=ContentDetail)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, public_id: str) -> Response:
        return self._decide(public_id, Decision.RESTORE)

    @operation(
        _("Show pictures that came in after the approval, or that were left out"),
        scope=KeyScope.MODERATION_WRITE,
        takes=PicturesNamed,
        answer=ContentDetail,
    )
    @action(detail=True, methods=["post"], url_path="approve-pictures")
    def approve_pictures(self, request: Request, public_id: str) -> Response:
        return self._decide_pictures(public_id, "approve", services.approve_pictures)

    @operation(
        _("Leave pictures out; the item stays"),
        scope=KeyScope.MODERATION_WRITE,
        takes=PicturesNamed,
        answer=ContentDetail,
    )
    @action(detail=True, methods=["post"], url_path="refuse-pictures")
    def refuse_pictures(self, request: Request, public_id: str) -> Response:
        return self._decide_pictures(public_id, "refuse", services.refuse_pictures)

    def _decide_pictures(self, public_id: str, decision: str, decide: Callable[..., tuple[str, ...]]) -> Response:
        named = self.accepted(PicturesNamed)
        with self.change(f"content.{decision}_pictures", item=public_id):
            locked = selectors.items().select_for_update().filter(public_id=public_id).first()
            require_match(self.request, detail_of(found(locked)))
            decide(shop_id=self.caller.shop_id, actor_id=None, item_id=public_id, media_ids=named["media_ids"])
        return Response(detail_of(found(selectors.item_by_public_id(public_id))))

    def _decide(self, public_id: str, decision: Decision, *, reason: str = "", note: str = "") -> Response:
        if not reason:
            self.accepted(Nothing)
        with self.change(f"content.{decision.value}", item=public_id):
            locked = selectors.items().select_for_update().filter(public_id=public_id).first()
            require_match(self.request, detail_of(found(locked)))
            services.decide_item(
                shop_id=self.caller.shop_id,
                actor_id=None,
                item_id=public_id,
                decision=decision,
                reason=reason,
                note=note,
            )
        return Response(detail_of(found(selectors.item_by_public_id(public_id))))


def represented(item: ContentItem, *, media: Any, **more: Any) -> dict[str, Any]:
    """The item's own fields and what stands beside them, under the names of :class:`Content`."""
    credit = {"kind": item.credit_kind, "name": item.credit_name, "detail": item.credit_detail}
    return {**{name: getattr(item, name) for name in OWN_FIELDS}, "credit": credit, "media": media, **more}


def detail_of(item: ContentItem) -> Any:
    """What a GET of the item answers with."""
    media = selectors.media_of([item.pk]).get(item.pk, [])
    return ContentDetail(represented(item, media=media, decisions=selectors.decisions_of(item))).data
