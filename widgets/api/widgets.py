"""``/api/v1/widgets/``."""

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

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
from project.core.api.pages import RowPage
from project.core.api.serializers import markets_field, path_of
from project.core.api.views import found
from project.shops.rules import KeyScope
from project.shops.selectors import shop_facts
from widgets import selectors, services
from widgets.contracts import WidgetInput
from widgets.models import Widget
from widgets.rules import (
    DENSITIES,
    PUBLIC_ID_PREFIX,
    RADIUS_MAX,
    SCHEMES,
    SELECTION_ID_PREFIX,
    SortOrder,
    WidgetType,
)
from widgets.snippets import widget_snippets

LOCALES = [code for code, _name in settings.LANGUAGES]


class ThemeFields(StrictSerializer):
    """How a widget looks; what is left out keeps the default."""

    scheme = serializers.ChoiceField(choices=SCHEMES, required=False)
    accent = serializers.RegexField(r"^#[0-9a-f]{6}\Z", required=False, help_text="Such as `#0b6e4f`.")
    radius = serializers.IntegerField(min_value=0, max_value=RADIUS_MAX, required=False, help_text="Pixels.")
    density = serializers.ChoiceField(choices=DENSITIES, required=False)


class WidgetOut(StrictSerializer):
    """One placement of social proof. Empty markets and locale: those of the shop."""

    id = serializers.CharField()
    type = serializers.ChoiceField(choices=list(WidgetType))
    name = serializers.CharField()
    heading = serializers.CharField(allow_blank=True)
    markets = serializers.ListField(child=serializers.CharField())
    product_id = serializers.CharField(allow_blank=True)
    category = serializers.CharField(allow_blank=True)
    ratings = serializers.ListField(child=serializers.IntegerField())
    order = serializers.ChoiceField(choices=list(SortOrder))
    selection_id = serializers.CharField(allow_blank=True)
    theme = ThemeFields()
    locale = serializers.CharField(allow_blank=True)
    active = serializers.BooleanField()
    hosted = serializers.BooleanField(help_text="The shop's own wall, which always shows everything.")
    created_at = serializers.DateTimeField()


class WidgetChange(StrictSerializer):
    """What shall change; the rest stays. Showing a choice (stars, selection) makes the widget say so."""

    type = serializers.ChoiceField(choices=list(WidgetType), required=False)
    name = serializers.CharField(max_length=80, required=False)
    heading = serializers.CharField(max_length=120, allow_blank=True, required=False)
    markets = markets_field(required=False)
    product_id = PublicIdField("prd", allow_blank=True, required=False)
    category = serializers.CharField(max_length=120, allow_blank=True, required=False)
    ratings = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=5), max_length=4, required=False
    )
    order = serializers.ChoiceField(choices=list(SortOrder), required=False)
    selection_id = PublicIdField(SELECTION_ID_PREFIX, allow_blank=True, required=False)
    theme = ThemeFields(required=False)
    locale = serializers.ChoiceField(choices=LOCALES, allow_blank=True, required=False)
    active = serializers.BooleanField(required=False)


class WidgetIn(WidgetChange):
    """A new widget."""

    type = serializers.ChoiceField(choices=list(WidgetType))
    name = serializers.CharField(max_length=80)


class WidgetQuery(PageQuery):
    type = serializers.ChoiceField(choices=list(WidgetType), required=False)


class SnippetQuery(StrictSerializer):
    product = serializers.CharField(
        required=False, max_length=160, help_text="Public id, external id or handle, as the page states it."
    )
    category = serializers.CharField(required=False, max_length=120)


class Snippet(StrictSerializer):
    """What to paste into a page."""

    element = serializers.CharField()
    division = serializers.CharField(help_text="Where a site builder strips custom tags.")
    wall = serializers.CharField(help_text="The hosted wall's address.")


WidgetPage = page_serializer("WidgetPage", WidgetOut)


class WidgetViewSet(ShopViewSet):
    """The shop's placements."""

    lookup_value_regex = path_of(PUBLIC_ID_PREFIX)

    @operation(_("List widgets, newest first"), scope=KeyScope.WIDGETS_READ, query=WidgetQuery, answer=WidgetPage)
    def list(self, request: Request) -> Response:
        asked = self.asked(WidgetQuery)
        rows = selectors.widgets()
        if "type" in asked:
            rows = rows.filter(type=asked["type"])
        page = page_of(rows, limit=asked["limit"], cursor=asked["cursor"])
        return Response(WidgetPage(RowPage([widget_values(row) for row in page.items], page.next)).data)

    @operation(_("Read one widget"), scope=KeyScope.WIDGETS_READ, answer=WidgetOut)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(shown_widget(self._row(public_id)))

    @operation(_("Make a widget"), scope=KeyScope.WIDGETS_WRITE, takes=WidgetIn, answer=WidgetOut, status=201)
    def create(self, request: Request) -> Response:
        wanted = widget_input({}, self.accepted(WidgetIn))
        with self.change("widget.create"):
            public_id = services.create_widget(shop_id=self.caller.shop_id, actor_id=None, widget=wanted)
        return Response(shown_widget(self._row(public_id)), status=201)

    @operation(_("Change a widget"), scope=KeyScope.WIDGETS_WRITE, takes=WidgetChange, answer=WidgetOut)
    def partial_update(self, request: Request, public_id: str) -> Response:
        values = self.accepted(WidgetChange)
        with self.change("widget.change", widget=public_id):
            row = found(selectors.widgets().select_for_update(of=("self",)).filter(public_id=public_id).first())
            require_match(request, shown_widget(row))
            services.update_widget(
                shop_id=self.caller.shop_id,
                actor_id=None,
                widget_id=public_id,
                widget=widget_input(asdict(selectors.widget_facts(row).input), values),
            )
        return Response(shown_widget(self._row(public_id)))

    @operation(
        _("Delete a widget; pages that carry it show nothing from then on"),
        scope=KeyScope.WIDGETS_WRITE,
        answer=None,
        status=204,
    )
    def destroy(self, request: Request, public_id: str) -> Response:
        with self.change("widget.delete", widget=public_id):
            services.delete_widget(shop_id=self.caller.shop_id, actor_id=None, widget_id=public_id)
        return Response(status=204)

    @operation(_("What to paste into a page"), scope=KeyScope.WIDGETS_READ, query=SnippetQuery, answer=Snippet)
    @action(detail=True, methods=["get"])
    def snippet(self, request: Request, public_id: str) -> Response:
        asked = self.asked(SnippetQuery)
        snippets = widget_snippets(
            selectors.widget_by_public_id(public_id),
            product=asked.get("product", ""),
            category=asked.get("category", ""),
        )
        return Response(Snippet(snippets).data)

    def _row(self, public_id: str) -> Widget:
        row: Widget = found(selectors.widgets().filter(public_id=public_id).first())
        return row


def widget_input(before: dict[str, Any], values: dict[str, Any]) -> WidgetInput:
    """A widget's definition with some of its values replaced."""
    merged = {**before, **values}
    return WidgetInput(
        **{**merged, "markets": tuple(merged.get("markets", ())), "ratings": tuple(merged.get("ratings", ()))}
    )


def widget_values(row: Widget) -> dict[str, Any]:
    facts = selectors.widget_facts(row, shop_facts())
    own = {"id": row.public_id, "hosted": row.hosted, "created_at": row.created_at}
    return {**asdict(facts.input), **own, "theme": asdict(facts.theme)}


def shown_widget(row: Widget) -> Any:
    """What a GET of the widget answers with."""
    return WidgetOut(widget_values(row)).data
