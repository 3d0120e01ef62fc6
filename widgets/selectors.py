"""Reads of the widgets room, inside a shop's scope."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from django.db.models import Count, QuerySet
from django.utils import timezone

from project.core.errors import NotFound
from project.core.scope import current_shop_id, shop_scope
from project.rights import gate
from project.rights.contracts import Audience, GateQuery
from project.rights.outlets import Use
from project.shops.contracts import ShopFacts
from project.shops.selectors import shop_facts
from widgets.addresses import item_address
from widgets.contracts import SelectedItem, WidgetFacts, WidgetInput
from widgets.models import Selection, SelectionItem, Widget
from widgets.placements import FeedKey, Placement, channel_about
from widgets.rules import WidgetType, theme_of


def widgets() -> QuerySet[Widget]:
    """The shop's widgets, the hosted wall last."""
    return Widget.objects.select_related("product", "selection__product").order_by("hosted", "id")


def widget_facts(widget: Widget, shop: ShopFacts | None = None) -> WidgetFacts:
    """A row as a contract, with the shop's defaults filled in."""
    shop = shop or shop_facts()
    selection = widget.selection
    return WidgetFacts(
        id=widget.public_id,
        shop_id=shop.id,
        input=WidgetInput(
            type=widget.type,
            name=widget.name,
            heading=widget.heading,
            markets=tuple(widget.markets),
            product_id=widget.product.public_id if widget.product else "",
            category=widget.category,
            ratings=tuple(widget.ratings),
            order=widget.order,
            selection_id=selection.public_id if selection else "",
            theme=dict(widget.theme),
            locale=widget.locale,
            active=widget.active,
        ),
        markets=tuple(widget.markets) or shop.markets,
        locale=widget.locale or shop.locale,
        theme=theme_of(widget.theme),
        hosted=widget.hosted,
        selection_name=selection.name if selection else "",
        selection_product_id=selection.product.public_id if selection and selection.product else "",
    )


def widget_by_public_id(widget_id: str) -> WidgetFacts:
    """One widget. Raises :class:`NotFound`."""
    widget = widgets().filter(public_id=widget_id).first()
    if widget is None:
        raise NotFound("There is no such widget.")
    return widget_facts(widget)


def hosted_wall_id() -> str:
    """The public id of the shop's own wall; ``""`` before it has one."""
    return Widget.objects.filter(hosted=True).values_list("public_id", flat=True).first() or ""


def selections() -> QuerySet[Selection]:
    """The shop's selections with ``entry_count`` and ``widget_count``, by name."""
    rows = Selection.objects.select_related("product").order_by("name", "id")
    return rows.annotate(entry_count=Count("entries", distinct=True), widget_count=Count("widgets", distinct=True))


def selection_audience(selection: Selection, shop: ShopFacts) -> Audience:
    """Before whom its items stand now: those of one about a product on product pages."""
    channel = channel_about(selection.product.public_id if selection.product else "")
    return Audience(shop.id, channel, shop.markets, timezone.now())


def selection_by_public_id(selection_id: str) -> Selection | None:
    return selections().filter(public_id=selection_id).first()


def selected_items(selection_id: str) -> list[SelectedItem]:
    """What a selection holds, in its order; whether an item may be shown now is the gate's to say."""
    rows = SelectionItem.objects.filter(selection__public_id=selection_id)
    return [
        SelectedItem(item_id=item_id, position=position, pinned=pinned, tag=tag)
        for item_id, position, pinned, tag in rows.order_by("-pinned", "position", "id").values_list(
            "item__public_id", "position", "pinned", "tag"
        )
    ]


def selections_of(item_id: str) -> list[Selection]:
    """The selections that hold an item."""
    rows = SelectionItem.objects.filter(item__public_id=item_id).values("selection_id")
    return list(Selection.objects.filter(pk__in=rows).order_by("name"))


def uses_of(item_id: str) -> Iterator[Use]:
    """The widgets that can show an item now, each with the address where it can be read (for its author)."""
    shop = shop_facts(current_shop_id())
    now = timezone.now()
    product_id = gate.product_of(item_id)
    # A rating summary shows figures alone: no words of an author's stand in it.
    for row in widgets().filter(active=True).exclude(type=WidgetType.RATING_SUMMARY):
        widget = widget_facts(row, shop)
        selected = selected_ids(widget)
        if selected is not None and item_id not in selected:
            continue
        # On the page of its product a widget needs another right than elsewhere: either is a use.
        for product in ("", product_id) if product_id else ("",):
            placement = Placement(shop, widget, FeedKey(product_id=product, locale=widget.locale))
            if gate.published(placement.audience(now), _only(item_id, placement.query(selected=None))).items:
                yield Use("widgets", row.name, item_address(placement, item_id))
                break


def _only(item_id: str, query: GateQuery) -> GateQuery:
    """Whether one item is among what a placement shows, with nothing else read."""
    return replace(query, item_ids=(item_id,), order="newest", search="", cursor="", limit=1)


def selected_ids(widget: WidgetFacts) -> tuple[str, ...] | None:
    """The public ids of a widget's selection in their order; None for a widget without one."""
    if not widget.input.selection_id:
        return None
    return tuple(entry.item_id for entry in selected_items(widget.input.selection_id))


def hosted_item_links(shop_id: int, item_ids: Sequence[str]) -> dict[str, str]:
    """Where a shop's items can be read on its hosted wall (:func:`project.core.links.item_links`).

    The gate is asked as the wall asks it, so that no address is given out that leads to nothing.
    """
    with shop_scope(shop_id):
        row = widgets().filter(hosted=True).first()
        if row is None:
            return {}
        shop = shop_facts(shop_id)
        wall = widget_facts(row, shop)
        placement = Placement(shop, wall, FeedKey(locale=wall.locale))
        wanted = GateQuery(item_ids=tuple(item_ids), limit=len(item_ids))
        shown = gate.published(placement.audience(timezone.now()), wanted).items
    return {item.id: item_address(placement, item.id) for item in shown}
