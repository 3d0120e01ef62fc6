"""Holds on the API: while one is open, its item does not show, whatever its licences say."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from project.content.rules import PUBLIC_ID_PREFIX
from project.core.api import (
    PageQuery,
    PublicIdField,
    ShopViewSet,
    StrictSerializer,
    operation,
    page_of,
    page_serializer,
)
from project.core.api.serializers import Nothing, path_of
from project.core.api.views import found
from project.rights import selectors, services
from project.rights.contracts import STAFF_HOLDS, HoldReason
from project.shops.rules import KeyScope


class Hold(StrictSerializer):
    """Why an item is kept from showing, since when, and until when it was."""

    id = serializers.CharField(source="public_id")
    item_id = serializers.CharField(source="item.public_id")
    reason = serializers.ChoiceField(choices=list(HoldReason))
    opened_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


HoldPage = page_serializer("HoldPage", Hold)


class HoldQuery(PageQuery):
    open = serializers.BooleanField(required=False, allow_null=True, default=None, help_text="Default: both.")
    reason = serializers.ChoiceField(choices=list(HoldReason), required=False)
    item = PublicIdField(PUBLIC_ID_PREFIX, required=False)


class HoldIn(StrictSerializer):
    item_id = PublicIdField(PUBLIC_ID_PREFIX)
    reason = serializers.ChoiceField(
        choices=list(STAFF_HOLDS), help_text="`source_setting` is a collector's finding and cannot be sent."
    )


class HoldViewSet(ShopViewSet):
    """Keeping content from showing at once, and letting it go."""

    lookup_value_regex = path_of("hld")

    @operation(_("List holds, newest first"), scope=KeyScope.RIGHTS_READ, query=HoldQuery, answer=HoldPage)
    def list(self, request: Request) -> Response:
        asked = self.asked(HoldQuery)
        rows = selectors.holds()
        if asked["open"] is not None:
            rows = rows.filter(closed_at__isnull=asked["open"])
        if "reason" in asked:
            rows = rows.filter(reason=asked["reason"])
        if "item" in asked:
            rows = rows.filter(item__public_id=asked["item"])
        return Response(HoldPage(page_of(rows, limit=asked["limit"], cursor=asked["cursor"])).data)

    @operation(_("Read one hold"), scope=KeyScope.RIGHTS_READ, answer=Hold)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(Hold(self._row(public_id)).data)

    @operation(
        _("Put an item on hold; from the answer on nothing shows it"),
        scope=KeyScope.RIGHTS_WRITE,
        takes=HoldIn,
        answer=Hold,
        status=201,
    )
    def create(self, request: Request) -> Response:
        wanted = self.accepted(HoldIn)
        with self.change("hold.open", item=wanted["item_id"]):
            hold = services.open_hold(
                shop_id=self.caller.shop_id,
                actor_id=None,
                item_id=wanted["item_id"],
                reason=HoldReason(wanted["reason"]),
            )
        return Response(Hold(self._row(hold)).data, status=201)

    @operation(
        _("Lift a hold; what else keeps the item from showing stays"),
        scope=KeyScope.RIGHTS_WRITE,
        takes=Nothing,
        answer=Hold,
    )
    @action(detail=True, methods=["post"])
    def lift(self, request: Request, public_id: str) -> Response:
        self.accepted(Nothing)
        with self.change("hold.lift", hold=public_id):
            services.close_hold(shop_id=self.caller.shop_id, actor_id=None, hold_id=public_id)
        return Response(Hold(self._row(public_id)).data)

    def _row(self, public_id: str) -> Any:
        return found(selectors.holds().filter(public_id=public_id).first())
