"""Where published items can be read: filled by the room that serves the walls, used by whoever quotes an item."""

from collections.abc import Callable, Mapping, Sequence

ItemLinks = Callable[[int, Sequence[str]], Mapping[str, str]]

_item_links: list[ItemLinks] = []


def register_item_links(links: ItemLinks) -> None:
    """``links(shop_id, public ids)`` returns absolute URLs by public id; the last one counts."""
    _item_links[:] = [links]


def item_links(shop_id: int, item_ids: Sequence[str]) -> Mapping[str, str]:
    """The absolute URLs under which these items can be read on the shop's hosted wall at this moment.

    Items that the wall does not show have none: a licence for the assistant or for mail is none for the site. Ask
    once for many.
    """
    if not _item_links or not item_ids:
        return {}
    return _item_links[0](shop_id, item_ids)


def item_url(shop_id: int, item_id: str) -> str:
    """The absolute URL under which one item can be read on the shop's hosted wall; ``""`` for none."""
    return item_links(shop_id, [item_id]).get(item_id, "")
