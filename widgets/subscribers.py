"""What the widgets room does when others have news."""

from project.core.events import StoredEvent
from project.core.outbox import subscriber
from project.shops.events import ShopCreated
from widgets.services import ensure_hosted_wall


@subscriber("widgets.hosted_wall", ShopCreated.name)
def make_hosted_wall(event: StoredEvent) -> None:
    """Every shop has a wall, so that every published item has an address."""
    ensure_hosted_wall(shop_id=event.shop_id)
