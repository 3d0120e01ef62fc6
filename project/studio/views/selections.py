"""Selections: curated sets for widgets. Put in, take out, pin, order, tag, link to a product."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from project.content import selectors as content
from project.core.errors import Conflict, InvalidInput, NotFound
from project.rights import gate
from project.rights.contracts import GateQuery
from project.shops.rules import Action
from project.studio.access import Desk, shop_page
from project.studio.cards import cards_of, headline_of
from project.studio.forms import add_errors
from project.studio.frame import page
from project.studio.widget_forms import SelectionForm, product_choices
from widgets import selectors, services
from widgets.contracts import SelectedItem

PICKER_PAGE = 20


def _to(desk: Desk, selection_id: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("studio:selection", args=[desk.shop.slug, selection_id]))


def _selection(selection_id: str) -> Any:
    row = selectors.selection_by_public_id(selection_id)
    if row is None:
        raise NotFound(_("There is no such selection in this shop."))
    return row


@shop_page()
def selections(request: HttpRequest, desk: Desk) -> HttpResponse:
    context = {"tab": "selections", "selections": selectors.selections(), "form": SelectionForm()}
    return page(request, desk, "studio/selections/list.html", "widgets", context)


@shop_page(Action.MANAGE_WIDGETS, methods=("POST",))
def create_selection(request: HttpRequest, desk: Desk) -> HttpResponse:
    form = SelectionForm(request.POST)
    if form.is_valid():
        try:
            selection_id = services.create_selection(shop_id=desk.shop.id, actor_id=desk.actor_id, **form.cleaned_data)
        except InvalidInput as error:
            add_errors(form, error)
        else:
            return HttpResponseRedirect(reverse("studio:pick", args=[desk.shop.slug, selection_id]))
    context = {"tab": "selections", "selections": selectors.selections(), "form": form}
    return page(request, desk, "studio/selections/list.html", "widgets", context, status=400)


@shop_page()
def selection(request: HttpRequest, desk: Desk, selection_id: str) -> HttpResponse:
    """What it holds, in its order, with what may be done to each."""
    row = _selection(selection_id)
    form = SelectionForm(initial={"name": row.name, "product_id": row.product.public_id if row.product else ""})
    return _selection_page(request, desk, row, form)


@shop_page(Action.MANAGE_WIDGETS, methods=("POST",))
def save_selection(request: HttpRequest, desk: Desk, selection_id: str) -> HttpResponse:
    row = _selection(selection_id)
    form = SelectionForm(request.POST)
    if form.is_valid():
        try:
            services.update_selection(
                shop_id=desk.shop.id, actor_id=desk.actor_id, selection_id=selection_id, **form.cleaned_data
            )
        except InvalidInput as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return _to(desk, selection_id)
    return _selection_page(request, desk, row, form, status=400)


@shop_page(Action.MANAGE_WIDGETS, methods=("POST",))
def delete_selection(request: HttpRequest, desk: Desk, selection_id: str) -> HttpResponse:
    try:
        services.delete_selection(shop_id=desk.shop.id, actor_id=desk.actor_id, selection_id=selection_id)
    except Conflict as error:
        messages.error(request, error.message)
        return _to(desk, selection_id)
    messages.success(request, _("Deleted. Its items stay as they were."))
    return HttpResponseRedirect(reverse("studio:selections", args=[desk.shop.slug]))


@shop_page(Action.MANAGE_WIDGETS, methods=("GET", "POST"))
def pick(request: HttpRequest, desk: Desk, selection_id: str) -> HttpResponse:
    """Choose among what may be shown now; the gate says what that is. A selection about a product takes only what
    was written about it: nothing else of it would be shown.
    """
    row = _selection(selection_id)
    if request.method == "POST":
        return _add(request, desk, selection_id)
    words = request.GET.get("q", "").replace("\x00", "")[:100]
    product = row.product.public_id if row.product else request.GET.get("product", "")
    audience = selectors.selection_audience(row, desk.shop)
    query = GateQuery(search=words, product_id=product, limit=PICKER_PAGE, cursor=request.GET.get("cursor", ""))
    found = gate.published(audience, query)
    held = {entry.item_id for entry in selectors.selected_items(selection_id)}
    context = {
        "selection": row,
        "entries": [
            {"item": item, "headline": headline_of(item.title, item.text, item.kind), "is_in": item.id in held}
            for item in found.items
        ],
        "page": {"total": None, "cursor": query.cursor, "next_cursor": found.next_cursor},
        "q": words,
        "product": product,
        "products": product_choices(_("All products")),
    }
    return page(request, desk, "studio/selections/pick.html", "widgets", context)


def _add(request: HttpRequest, desk: Desk, selection_id: str) -> HttpResponse:
    try:
        n = services.add_items(
            shop_id=desk.shop.id,
            actor_id=desk.actor_id,
            selection_id=selection_id,
            item_ids=request.POST.getlist("item"),
            tag=request.POST.get("tag", ""),
        )
    except InvalidInput as error:
        messages.error(request, error.message)
    else:
        messages.success(request, ngettext("%(n)d added.", "%(n)d added.", n) % {"n": n})
    return _to(desk, selection_id)


@shop_page(Action.MANAGE_WIDGETS, methods=("POST",))
def remove_item(request: HttpRequest, desk: Desk, selection_id: str, item: str) -> HttpResponse:
    services.remove_items(shop_id=desk.shop.id, actor_id=desk.actor_id, selection_id=selection_id, item_ids=[item])
    return _to(desk, selection_id)


@shop_page(Action.MANAGE_WIDGETS, methods=("POST",))
def pin(request: HttpRequest, desk: Desk, selection_id: str, item: str) -> HttpResponse:
    services.pin_item(
        shop_id=desk.shop.id,
        actor_id=desk.actor_id,
        selection_id=selection_id,
        item_id=item,
        pinned=request.POST.get("pinned") == "yes",
    )
    return _to(desk, selection_id)


@shop_page(Action.MANAGE_WIDGETS, methods=("POST",))
def tag_entry(request: HttpRequest, desk: Desk, selection_id: str, item: str) -> HttpResponse:
    services.tag_item(
        shop_id=desk.shop.id,
        actor_id=desk.actor_id,
        selection_id=selection_id,
        item_id=item,
        tag=request.POST.get("tag", ""),
    )
    return _to(desk, selection_id)


@shop_page(Action.MANAGE_WIDGETS, methods=("POST",))
def move(request: HttpRequest, desk: Desk, selection_id: str, item: str) -> HttpResponse:
    """One place up or down, among its own kind: pinned items stay before the others."""
    entries = selectors.selected_items(selection_id)
    order = moved(entries, item, -1 if request.POST.get("to") == "up" else 1)
    try:
        services.reorder_items(shop_id=desk.shop.id, actor_id=desk.actor_id, selection_id=selection_id, item_ids=order)
    except Conflict as error:
        messages.warning(request, error.message)
    response = _to(desk, selection_id)
    response["Location"] += f"#{item}"
    return response


def moved(entries: list[SelectedItem], item: str, step: int) -> list[str]:
    """The ids in their new order; unchanged at the ends and at the border between pinned and others."""
    order = [entry.item_id for entry in entries]
    if item not in order:
        return order
    here = order.index(item)
    there = here + step
    if 0 <= there < len(order) and entries[here].pinned == entries[there].pinned:
        order[here], order[there] = order[there], order[here]
    return order


def _selection_page(
    request: HttpRequest, desk: Desk, row: Any, form: SelectionForm, *, status: int = 200
) -> HttpResponse:
    held = selectors.selected_items(row.public_id)
    rows = content.staff_items().filter(public_id__in=[entry.item_id for entry in held])
    cards = {card.id: card for card in cards_of(list(rows))}
    audience = selectors.selection_audience(row, desk.shop)
    visible = gate.visible_items(audience).filter(public_id__in=list(cards))
    if row.product_id:
        visible = visible.filter(product_id=row.product_id)
    shown = set(visible.values_list("public_id", flat=True))
    context = {
        "selection": row,
        "form": form,
        "entries": [
            {"held": entry, "card": cards[entry.item_id], "is_shown": entry.item_id in shown}
            for entry in held
            if entry.item_id in cards
        ],
    }
    return page(request, desk, "studio/selections/detail.html", "widgets", context, status=status)
