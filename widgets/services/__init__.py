"""Writes of the widgets room."""

from widgets.services.selections import (
    add_items,
    create_selection,
    delete_selection,
    pin_item,
    remove_items,
    reorder_items,
    tag_item,
    update_selection,
)
from widgets.services.widgets import (
    create_widget,
    delete_widget,
    ensure_default_widgets,
    ensure_hosted_wall,
    set_widget_active,
    update_widget,
)

__all__ = [
    "add_items",
    "create_selection",
    "create_widget",
    "delete_selection",
    "delete_widget",
    "ensure_default_widgets",
    "ensure_hosted_wall",
    "pin_item",
    "remove_items",
    "reorder_items",
    "set_widget_active",
    "tag_item",
    "update_selection",
    "update_widget",
]
