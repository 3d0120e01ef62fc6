"""Widgets: make, change, preview, copy onto a page."""

from dataclasses import dataclass
from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin

from project.core.errors import Conflict, InvalidInput
from project.shops import selectors as shops
from project.shops.rules import Action
from project.studio.access import Desk, shop_page
from project.studio.forms import add_errors
from project.studio.frame import page
from project.studio.labels import Label
from project.studio.widget_forms import NewWidgetForm, WidgetForm
from project.studio.wording import markets_text
from widgets import selectors, services
from widgets.addresses import wall_base
from widgets.contracts import WidgetFacts, WidgetInput
from widgets.rules import WidgetType


@dataclass(frozen=True)
class TypeCard:
    """One type of widget as the pages present it."""

    value: str
    label: Label
    help: Label


TYPES = {
    WidgetType.CAROUSEL: TypeCard(
        "carousel", gettext_lazy("Carousel"), gettext_lazy("Cards side by side, moved by hand.")
    ),
    WidgetType.RATING_SUMMARY: TypeCard(
        "rating_summary", gettext_lazy("Rating summary"), gettext_lazy("The average, its number and its distribution.")
    ),
    WidgetType.WALL: TypeCard(
        "wall", gettext_lazy("Wall"), gettext_lazy("A whole page of reviews; works without JavaScript.")
    ),
}


@shop_page()
def widgets(request: HttpRequest, desk: Desk) -> HttpResponse:
    entries = [
        {"widget": facts, "type": TYPES[WidgetType(facts.type)], "shows": shows_text(facts)}
        for facts in (selectors.widget_facts(row, desk.shop) for row in selectors.widgets())
    ]
    context = {"tab": "widgets", "entries": entries, "types": list(TYPES.values())}
    return page(request, desk, "studio/widgets/list.html", "widgets", context)


@shop_page(Action.MANAGE_WIDGETS, methods=("GET", "POST"))
def new_widget(request: HttpRequest, desk: Desk) -> HttpResponse:
    wanted = request.GET.get("type", "")
    start = {"type": wanted if wanted in TYPES else WidgetType.CAROUSEL.value}
    form = NewWidgetForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            widget_id = services.create_widget(shop_id=desk.shop.id, actor_id=desk.actor_id, widget=form.widget_input())
        except (InvalidInput, Conflict) as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Made. Set it beside its preview, then copy the snippet onto your page."))
            return HttpResponseRedirect(reverse("studio:widget", args=[desk.shop.slug, widget_id]))
    context = {"form": form}
    return page(request, desk, "studio/widgets/new.html", "widgets", context, status=400 if form.errors else 200)


@shop_page()
def widget(request: HttpRequest, desk: Desk, widget_id: str) -> HttpResponse:
    """One widget: live preview, snippet, definition."""
    facts = selectors.widget_by_public_id(widget_id)
    return _widget_page(request, desk, facts, WidgetForm(initial=WidgetForm.initial_of(facts.input)))


@shop_page(Action.MANAGE_WIDGETS, methods=("POST",))
def save_widget(request: HttpRequest, desk: Desk, widget_id: str) -> HttpResponse:
    facts = selectors.widget_by_public_id(widget_id)
    form = WidgetForm(request.POST)
    if form.is_valid():
        try:
            services.update_widget(
                shop_id=desk.shop.id, actor_id=desk.actor_id, widget_id=widget_id, widget=form.widget_input()
            )
        except (InvalidInput, Conflict) as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved. Open pages show it within moments."))
            return HttpResponseRedirect(reverse("studio:widget", args=[desk.shop.slug, widget_id]))
    return _widget_page(request, desk, facts, form, status=400)


@shop_page(Action.MANAGE_WIDGETS, methods=("POST",))
def delete_widget(request: HttpRequest, desk: Desk, widget_id: str) -> HttpResponse:
    try:
        services.delete_widget(shop_id=desk.shop.id, actor_id=desk.actor_id, widget_id=widget_id)
    except Conflict as error:
        messages.error(request, error.message)
        return HttpResponseRedirect(reverse("studio:widget", args=[desk.shop.slug, widget_id]))
    messages.success(request, _("Deleted. Pages that carry it show nothing in its place."))
    return HttpResponseRedirect(reverse("studio:widgets", args=[desk.shop.slug]))


@xframe_options_sameorigin
@csp_replace({"frame-ancestors": ["'self'"]})
@shop_page()
def preview(request: HttpRequest, desk: Desk, widget_id: str) -> HttpResponse:
    """The widget alone on a page, through the public snippet: what a shopper's browser gets."""
    facts = selectors.widget_by_public_id(widget_id)
    return render(request, "studio/widgets/preview.html", {"widget": facts})


def _widget_page(
    request: HttpRequest, desk: Desk, facts: WidgetFacts, form: WidgetForm, *, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "widget": facts,
        "type": TYPES[WidgetType(facts.type)],
        "form": form,
        "public_url": settings.PUBLIC_URL,
        "wall_url": wall_base(facts.id),
        "origins": shops.allowed_origins(),
        "markets": markets_text(facts.markets),
        "shows": shows_text(facts),
    }
    return page(request, desk, "studio/widgets/detail.html", "widgets", context, status=status)


def shows_text(facts: WidgetFacts) -> str:
    """What a widget is narrowed to, in a few words."""
    own: WidgetInput = facts.input
    if facts.selection_name:
        return _("The selection “%(name)s”") % {"name": facts.selection_name}
    if own.ratings:
        return _("Only %(stars)s stars, and it says so") % {"stars": ", ".join(map(str, own.ratings))}
    if own.product_id:
        return _("One product")
    if own.category:
        return own.category
    return _("Everything that may be shown")
