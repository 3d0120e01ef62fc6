"""Where one published item can be read: filled by the room that serves the walls, used by whoever quotes an item."""

from collections.abc import Callable

ItemLinks = Callable[[int], Callable[[str], str]]

_item_links: list[ItemLinks] = []


def register_item_links(links: ItemLinks) -> None:
    """``links(shop_id)`` returns a function from an item's public id to its absolute URL; the last one counts."""
    _item_links[:] = [links]


def item_links(shop_id: int) -> Callable[[str], str]:
    """The links of one shop's items; ask once and use for many. ``""`` for a shop without a wall."""
    if not _item_links:
        return lambda item_id: ""
    return _item_links[0](shop_id)


def item_url(shop_id: int, item_id: str) -> str:
    """The absolute URL under which one item can be read on the shop's hosted wall."""
    return item_links(shop_id)(item_id)
