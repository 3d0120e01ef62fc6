"""Making and changing widgets."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from project.core.change import change
from project.core.errors import Conflict, ErrorCode, InvalidInput, NotFound
from project.core.ids import new_public_id
from project.core.scope import shop_scope
from project.shops.rules import MARKET
from project.shops.selectors import categories, product_by_public_id
from widgets.contracts import WidgetInput
from widgets.events import WidgetChanged, WidgetCreated, WidgetDeleted
from widgets.models import Selection, Widget
from widgets.rules import (
    PUBLIC_ID_PREFIX,
    RATINGS,
    WIDGETS_PER_SHOP,
    SortOrder,
    WidgetType,
    theme_problems,
)


class TooManyWidgets(Conflict):
    """The shop has as many widgets as it may have."""

    code = ErrorCode.WIDGET_LIMIT


def create_widget(*, shop_id: int, actor_id: int | None, widget: WidgetInput) -> str:
    """A new widget; returns its public id. Raises :class:`InvalidInput` naming the fields."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        if Widget.objects.count() >= WIDGETS_PER_SHOP:
            raise TooManyWidgets(
                _("A shop may have %(count)s widgets. Delete one first.") % {"count": WIDGETS_PER_SHOP}
            )
        public_id = new_public_id(PUBLIC_ID_PREFIX)
        Widget.objects.create(public_id=public_id, **_columns(widget))
        unit.audit("widget.created", "widget", public_id, type=widget.type)
        unit.emit(WidgetCreated(widget_id=public_id))
    return public_id


def update_widget(*, shop_id: int, actor_id: int | None, widget_id: str, widget: WidgetInput) -> None:
    """Replace a widget's definition.

    Raises :class:`NotFound`, :class:`InvalidInput`, or :class:`Conflict` where the shop's hosted wall would
    be narrowed or switched off: it shows everything, so that every notice can point to it.
    """
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        columns = _columns(widget)
        narrowed = widget.ratings or widget.selection_id or widget.product_id or widget.category
        rows = Widget.objects.filter(public_id=widget_id)
        if narrowed or not widget.active or widget.type != WidgetType.WALL:
            _refuse_hosted(widget_id)
            rows = rows.filter(hosted=False)
        if not rows.update(**columns):
            raise NotFound(_("There is no such widget."))
        unit.audit("widget.changed", "widget", widget_id)
        unit.emit(WidgetChanged(widget_id=widget_id))


def set_widget_active(*, shop_id: int, actor_id: int | None, widget_id: str, active: bool) -> bool:
    """Switch a widget on or off; False when it was so already."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        if not active:
            _refuse_hosted(widget_id)
        if not Widget.objects.filter(public_id=widget_id).exists():
            raise NotFound(_("There is no such widget."))
        if not Widget.objects.filter(public_id=widget_id, active=not active).update(active=active):
            return False
        unit.audit("widget.switched_on" if active else "widget.switched_off", "widget", widget_id)
        unit.emit(WidgetChanged(widget_id=widget_id))
    return True


def delete_widget(*, shop_id: int, actor_id: int | None, widget_id: str) -> None:
    """Delete a widget; pages that carry it show nothing from then on. The hosted wall stays (Conflict)."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        _refuse_hosted(widget_id)
        deleted, _rows = Widget.objects.filter(public_id=widget_id, hosted=False).delete()
        if not deleted:
            raise NotFound(_("There is no such widget."))
        unit.audit("widget.deleted", "widget", widget_id)
        unit.emit(WidgetDeleted(widget_id=widget_id))


def ensure_hosted_wall(*, shop_id: int) -> str:
    """The shop's own wall, where every published item has its address; made when there is none."""
    with shop_scope(shop_id):
        existing = Widget.objects.filter(hosted=True).values_list("public_id", flat=True).first()
    if existing is not None:
        return existing
    with change(shop_id=shop_id) as unit:
        # Somebody else may be making it at the same time: the constraint lets one through.
        made = Widget.objects.bulk_create(
            [
                Widget(
                    public_id=new_public_id(PUBLIC_ID_PREFIX),
                    type=WidgetType.WALL,
                    name=_("All reviews"),
                    heading=_("What customers say"),
                    hosted=True,
                )
            ],
            ignore_conflicts=True,
        )
        wall = Widget.objects.filter(hosted=True).values_list("public_id", flat=True).get()
        if wall == made[0].public_id:
            unit.audit("widget.created", "widget", wall, type=WidgetType.WALL.value)
            unit.emit(WidgetCreated(widget_id=wall))
    return wall


def ensure_default_widgets(*, shop_id: int, actor_id: int | None = None) -> dict[str, str]:
    """A carousel, a rating summary and the wall, as far as the shop lacks them; type → public id of the
    oldest.
    """
    ids = {WidgetType.WALL.value: ensure_hosted_wall(shop_id=shop_id)}
    defaults = (
        (WidgetType.CAROUSEL, _("Carousel"), _("What customers say")),
        (WidgetType.RATING_SUMMARY, _("Rating summary"), _("Customer ratings")),
    )
    for kind, name, heading in defaults:
        with shop_scope(shop_id):
            rows = Widget.objects.filter(type=kind).order_by("id").values_list("public_id", flat=True)
            existing = rows.first()
        ids[kind.value] = existing or create_widget(
            shop_id=shop_id,
            actor_id=actor_id,
            widget=WidgetInput(type=kind.value, name=name, heading=heading),
        )
    return ids


def _refuse_hosted(widget_id: str) -> None:
    if Widget.objects.filter(public_id=widget_id, hosted=True).exists():
        raise Conflict(
            _("This is the shop's own wall: it always shows everything. Make another widget for a choice of it.")
        )


def _columns(widget: WidgetInput) -> dict[str, Any]:
    """A validated input as columns."""
    problems = _problems(widget)
    product = product_by_public_id(widget.product_id) if widget.product_id else None
    if widget.product_id and product is None:
        problems["product_id"] = [_("There is no such product.")]
    selection = Selection.objects.filter(public_id=widget.selection_id).first() if widget.selection_id else None
    if widget.selection_id and selection is None:
        problems["selection_id"] = [_("There is no such selection.")]
    if widget.category and widget.category not in categories():
        problems["category"] = [_("No product has this category.")]
    if problems:
        raise InvalidInput(_("Some of what was sent is not valid."), fields=problems)
    return {
        "type": widget.type,
        "name": widget.name.strip(),
        "heading": widget.heading.strip(),
        "markets": list(widget.markets),
        "product": product,
        "category": widget.category,
        "ratings": sorted(set(widget.ratings)),
        "order": widget.order,
        "selection": selection,
        "theme": dict(widget.theme),
        "locale": widget.locale,
        "active": widget.active,
    }


def _problems(widget: WidgetInput) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    if widget.type not in set(WidgetType):
        problems["type"] = [_("Choose one of the types on offer.")]
    if not 1 <= len(widget.name.strip()) <= 80:
        problems["name"] = [_("Give the widget a name of 1 to 80 characters.")]
    if len(widget.heading) > 120:
        problems["heading"] = [_("A heading has at most 120 characters.")]
    if any(not MARKET.match(market) for market in widget.markets):
        problems["markets"] = [_("Name countries by their two letters, such as DK, or * for the whole world.")]
    if any(rating not in RATINGS for rating in widget.ratings) or len(set(widget.ratings)) == len(RATINGS):
        problems["ratings"] = [_("Choose from 1 to 5 stars; all of them are no filter.")]
    if widget.order not in set(SortOrder):
        problems["order"] = [_("Choose one of the orders on offer.")]
    if widget.locale and widget.locale not in dict(settings.LANGUAGES):
        problems["locale"] = [_("Choose one of the languages on offer.")]
    if bad := theme_problems(widget.theme):
        problems["theme"] = [_("These values of the theme are not valid: %(names)s.") % {"names": ", ".join(bad)}]
    return problems
