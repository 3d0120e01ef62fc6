"""``/api/v1/selections/``."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from project.content.rules import PUBLIC_ID_PREFIX as ITEM_PREFIX
from project.core.api import (
    PageQuery,
    PublicIdField,
    ShopViewSet,
    StrictSerializer,
    operation,
    page_of,
    page_serializer,
    require_match,
)
from project.core.api.serializers import path_of
from project.core.api.views import found
from project.shops.rules import KeyScope
from widgets import selectors, services
from widgets.models import Selection
from widgets.rules import ITEMS_PER_SELECTION, SELECTION_ID_PREFIX


class SelectionOut(StrictSerializer):
    """A named set of items that somebody chose. A widget that shows it says so."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    slug = serializers.CharField()
    product_id = serializers.SerializerMethodField()
    item_count = serializers.IntegerField(source="entry_count")
    widget_count = serializers.IntegerField(help_text="How many widgets show it.")
    created_at = serializers.DateTimeField()

    def get_product_id(self, row: Selection) -> str:
        """The product that it is about; empty for none."""
        return row.product.public_id if row.product else ""


class SelectionEntry(StrictSerializer):
    item_id = serializers.CharField()
    position = serializers.IntegerField()
    pinned = serializers.BooleanField()
    tag = serializers.CharField(allow_blank=True)


class SelectionDetail(SelectionOut):
    """The same with its items, in the order in which they show; the gate still decides whether each does."""

    items = SelectionEntry(many=True)


class SelectionIn(StrictSerializer):
    name = serializers.CharField(max_length=80)
    product_id = PublicIdField("prd", allow_blank=True, required=False)


class SelectionChange(SelectionIn):
    """What shall change; the rest stays."""

    name = serializers.CharField(max_length=80, required=False)


def item_ids_field(**kwargs: Any) -> serializers.ListField:
    return serializers.ListField(
        child=PublicIdField(ITEM_PREFIX), allow_empty=False, max_length=ITEMS_PER_SELECTION, **kwargs
    )


class Items(StrictSerializer):
    item_ids = item_ids_field()


class TaggedItems(Items):
    tag = serializers.CharField(max_length=40, allow_blank=True, default="", help_text="A word for your colleagues.")


class Pin(StrictSerializer):
    item_id = PublicIdField(ITEM_PREFIX)
    pinned = serializers.BooleanField(default=True)


class Tag(StrictSerializer):
    item_id = PublicIdField(ITEM_PREFIX)
    tag = serializers.CharField(max_length=40, allow_blank=True, help_text="Empty takes the word away.")


SelectionPage = page_serializer("SelectionPage", SelectionOut)


class SelectionViewSet(ShopViewSet):
    """Curated sets. Only what may be shown can be put into one."""

    lookup_value_regex = path_of(SELECTION_ID_PREFIX)

    @operation(_("List selections, newest first"), scope=KeyScope.WIDGETS_READ, query=PageQuery, answer=SelectionPage)
    def list(self, request: Request) -> Response:
        asked = self.asked(PageQuery)
        return Response(SelectionPage(page_of(selectors.selections(), **asked)).data)

    @operation(_("Read one selection with its items"), scope=KeyScope.WIDGETS_READ, answer=SelectionDetail)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return self._detail(public_id)

    @operation(
        _("Make a selection"), scope=KeyScope.WIDGETS_WRITE, takes=SelectionIn, answer=SelectionDetail, status=201
    )
    def create(self, request: Request) -> Response:
        wanted = self.accepted(SelectionIn)
        with self.change("selection.create"):
            public_id = services.create_selection(shop_id=self.caller.shop_id, actor_id=None, **wanted)
        return self._detail(public_id, status=201)

    @operation(
        _("Rename a selection, or tie it to a product"),
        scope=KeyScope.WIDGETS_WRITE,
        takes=SelectionChange,
        answer=SelectionDetail,
    )
    def partial_update(self, request: Request, public_id: str) -> Response:
        wanted = self.accepted(SelectionChange)

        def change(row: Selection) -> None:
            before = {"name": row.name, "product_id": row.product.public_id if row.product else ""}
            services.update_selection(
                shop_id=self.caller.shop_id, actor_id=None, selection_id=public_id, **{**before, **wanted}
            )

        return self._changed("selection.change", public_id, change)

    @operation(_("Delete a selection that no widget shows"), scope=KeyScope.WIDGETS_WRITE, answer=None, status=204)
    def destroy(self, request: Request, public_id: str) -> Response:
        with self.change("selection.delete", selection=public_id):
            services.delete_selection(shop_id=self.caller.shop_id, actor_id=None, selection_id=public_id)
        return Response(status=204)

    @operation(
        _("Put published items at its end"), scope=KeyScope.WIDGETS_WRITE, takes=TaggedItems, answer=SelectionDetail
    )
    @action(detail=True, methods=["post"])
    def add(self, request: Request, public_id: str) -> Response:
        return self._with("selection.add", public_id, services.add_items, TaggedItems)

    @operation(_("Take items out"), scope=KeyScope.WIDGETS_WRITE, takes=Items, answer=SelectionDetail)
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, public_id: str) -> Response:
        return self._with("selection.remove", public_id, services.remove_items, Items)

    @operation(
        _("Put all its items into this order"), scope=KeyScope.WIDGETS_WRITE, takes=Items, answer=SelectionDetail
    )
    @action(detail=True, methods=["post"])
    def reorder(self, request: Request, public_id: str) -> Response:
        return self._with("selection.reorder", public_id, services.reorder_items, Items)

    @operation(
        _("Keep an item before the others, or no longer"),
        scope=KeyScope.WIDGETS_WRITE,
        takes=Pin,
        answer=SelectionDetail,
    )
    @action(detail=True, methods=["post"])
    def pin(self, request: Request, public_id: str) -> Response:
        return self._with("selection.pin", public_id, services.pin_item, Pin)

    @operation(
        _("Give one of its items a word of your own"), scope=KeyScope.WIDGETS_WRITE, takes=Tag, answer=SelectionDetail
    )
    @action(detail=True, methods=["post"])
    def tag(self, request: Request, public_id: str) -> Response:
        return self._with("selection.tag", public_id, services.tag_item, Tag)

    def _with(
        self, name: str, public_id: str, service: Callable[..., Any], takes: type[serializers.Serializer[Any]]
    ) -> Response:
        wanted = self.accepted(takes)

        def change(row: Selection) -> None:
            service(shop_id=self.caller.shop_id, actor_id=None, selection_id=public_id, **wanted)

        return self._changed(name, public_id, change)

    def _changed(self, name: str, public_id: str, make: Callable[[Selection], None]) -> Response:
        with self.change(name, selection=public_id):
            found(Selection.objects.select_for_update().filter(public_id=public_id).first())
            row = found(selectors.selection_by_public_id(public_id))
            require_match(self.request, selection_detail(row))
            make(row)
        return self._detail(public_id)

    def _detail(self, public_id: str, *, status: int = 200) -> Response:
        return Response(selection_detail(found(selectors.selection_by_public_id(public_id))), status=status)


def selection_detail(row: Any) -> Any:
    """What a GET of the selection answers with."""
    row.items = selectors.selected_items(row.public_id)
    return SelectionDetail(row).data
