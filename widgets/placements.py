"""A placement: a widget with what one page asks of it, and what that means for the gate. Pure but for the
types.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from project.rights.contracts import Audience, Channel, GateQuery
from project.shops.contracts import ShopFacts
from widgets.contracts import WidgetFacts
from widgets.rules import FIRST_SCREEN, SELECTION_SCREEN, WORDED_KINDS, WidgetType, stars_within


@dataclass(frozen=True, kw_only=True)
class FeedKey:
    """A page's parameters, reduced to known values: public id of a product, a category, a language."""

    product_id: str = ""
    category: str = ""
    locale: str

    def __str__(self) -> str:
        return f"{self.locale}|{self.product_id}|{self.category}"

    @cached_property
    def feed(self) -> str:
        """The name of its feed among the widget's prepared answers."""
        return f"feed|{self}"


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What a visitor asked for beyond the first screen."""

    search: str = ""
    order: str = ""
    stars: tuple[int, ...] = ()
    cursor: str = ""
    everything: bool = False


def channel_about(product_id: str) -> Channel:
    """What is about a product needs the right to product pages, all else the right to the site (law 1)."""
    return Channel.PRODUCT_PAGE if product_id else Channel.SITE


@dataclass(frozen=True)
class Placement:
    """A widget on one page. The subject (product, category) is what the summary counts; ratings and
    selection are
    filters within it, and make the view say so (law 6)."""

    shop: ShopFacts
    widget: WidgetFacts
    key: FeedKey

    @property
    def product_id(self) -> str:
        return self.key.product_id or self.widget.product_id

    @property
    def category(self) -> str:
        return self.key.category or self.widget.input.category

    def audience(self, at: datetime) -> Audience:
        return Audience(self.shop.id, channel_about(self.product_id), self.widget.markets, at)

    def subject(self) -> GateQuery:
        """Everything published about the placement's subject: what the summary covers."""
        return GateQuery(product_id=self.product_id, category=self.category, kinds=WORDED_KINDS)

    def query(
        self, *, selected: tuple[str, ...] | None, visit: Visit | None = None, limit: int | None = None
    ) -> GateQuery:
        """What the widget shows of it. ``selected``: the ids of its selection, None without one."""
        visit = visit or Visit()
        ratings = visit.stars if visit.everything else stars_within(visit.stars, self.widget.input.ratings)
        item_ids = None if visit.everything else selected
        given = item_ids is not None and not visit.order
        return replace(
            self.subject(),
            item_ids=item_ids,
            ratings=ratings,
            search=visit.search,
            order="given" if given else (visit.order or self.widget.input.order),
            limit=self.first_screen if limit is None else limit,
            cursor=visit.cursor,
        )

    @property
    def first_screen(self) -> int:
        """How many items the feed holds."""
        kind = WidgetType(self.widget.type)
        if self.widget.input.selection_id and kind is not WidgetType.RATING_SUMMARY:
            return SELECTION_SCREEN
        return FIRST_SCREEN[kind]
