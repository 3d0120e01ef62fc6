"""Where walls and single items can be read."""

from urllib.parse import urlencode

from django.conf import settings

from widgets.placements import Placement
from widgets.rules import WidgetType


def wall_base(widget_id: str) -> str:
    """The absolute address of a widget's wall."""
    return f"{settings.PUBLIC_URL}/w/{widget_id}/"


def wall_address(placement: Placement, **more: str) -> str:
    """The wall of a placement, with what the page asked for and the parameters of ``more`` that are not
    empty.
    """
    own = placement.widget
    query = {
        "product": placement.key.product_id,
        "category": placement.key.category,
        "locale": placement.key.locale if placement.key.locale != own.locale else "",
        **more,
    }
    filled = {name: value for name, value in query.items() if value}
    return wall_base(own.id) + (f"?{urlencode(filled)}" if filled else "")


def see_all_address(placement: Placement) -> str:
    """Where everything published can be read. The wall of a carousel shows that anyway; a wall that is
    filtered itself
    drops its filter."""
    if placement.widget.type == WidgetType.WALL:
        return wall_address(placement, all="1")
    return wall_address(placement)


def item_address(placement: Placement, item_id: str) -> str:
    """Where one item can be read on the placement's wall."""
    return f"{wall_address(placement, item=item_id)}#{item_id}"


def live_path(widget_id: str) -> str:
    return f"/ws/w/{widget_id}"


def events_path(widget_id: str) -> str:
    return f"/w/{widget_id}/events"
