"""What other rooms learn about a shop."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class ShopFacts:
    """A shop as its pages and feeds need it. ``markets`` is never empty: ``("*",)`` means worldwide."""

    id: int
    public_id: str
    slug: str
    name: str
    locale: str
    time_zone: str
    markets: tuple[str, ...]
    website: str


@dataclass(frozen=True)
class NewKey:
    """A key right after its making: ``secret`` is shown once and stored nowhere."""

    public_id: str
    secret: str


@dataclass(frozen=True)
class ProductInput:
    """A product as an import, a connector or the API states it."""

    external_id: str
    name: str
    handle: str = ""
    category: str = ""
    url: str = ""
    image_url: str = ""


@dataclass(frozen=True)
class OrderInput:
    """An order as evidence; ``email`` is hashed at once and not kept."""

    external_id: str
    placed_at: datetime
    email: str
    product_external_ids: tuple[str, ...]
