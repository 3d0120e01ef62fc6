"""A wall page as HTML, and the policy that goes with it. Runs in a thread, inside one snapshot of the
database.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone, translation

from project.content.kinds import Kind
from project.core.edge.pool import one_snapshot
from project.core.errors import NotFound
from project.core.publication import publication_number
from project.core.scope import shop_scope
from project.rights import gate
from project.rights.contracts import Aggregate, Audience, GateQuery
from project.rights.selectors import bases_of
from project.shops.selectors import product_by_public_id, shop_facts
from widgets import labels
from widgets.addresses import wall_address
from widgets.building import Head, ItemsPage, Stand, feed_item, items_page, stand
from widgets.contracts import FeedItem, Theme
from widgets.placements import FeedKey, Placement, Visit
from widgets.rules import PAGE_ITEMS, RATINGS, PageFacts, SortOrder, WidgetType, may_carry_json_ld
from widgets.selectors import widget_by_public_id
from widgets.wall.json_ld import product_json_ld

STAR_PATH = "M10 1.6l2.6 5.3 5.8.8-4.2 4.1 1 5.8-5.2-2.7-5.2 2.7 1-5.8L1.6 7.7l5.8-.8z"


@dataclass(frozen=True)
class WallPage:
    """A rendered page with the hash of its style sheet for ``style-src``."""

    html: bytes
    style_hash: str
    stand: Stand


@dataclass(frozen=True)
class Bar:
    """One line of the histogram."""

    stars: int
    count: str
    percent: int
    address: str


def render_wall(head: Head, key: FeedKey, visit: Visit) -> WallPage:
    """A page of a wall: first or further, searched, sorted or filtered."""
    with one_snapshot(), shop_scope(head.shop.id), translation.override(key.locale):
        number = publication_number(head.shop.id)
        placement = _placement(head, key)
        visit = _within(placement, visit)
        at = timezone.now()
        audience = placement.audience(at)
        page = items_page(placement, at, visit, limit=PAGE_ITEMS)
        context = {
            "page": page,
            "cards": page.items,
            "rights_text": _rights_text(audience, page.items),
            "visit": visit,
            "filtered": bool(visit.search or visit.stars),
            "bars": _bars(placement, visit, page),
            "average_width": _percent(page.summary.average),
            "star_places": range(0, 100, 20),
            "orders": [(order.value, labels.ORDER_LABELS[order]) for order in SortOrder],
            "order": visit.order or placement.widget.input.order,
            "hidden_fields": _hidden_fields(placement, visit),
            "next_address": _address(placement, visit, cursor=page.next) if page.next else "",
            "first_address": _address(placement, visit) if visit.cursor else "",
            "all_address": wall_address(placement, all="1" if visit.everything else ""),
            "json_ld": _json_ld(placement, audience, visit, page),
            "canonical": _address(placement, visit, cursor=visit.cursor),
        }
        return _render("widgets/wall.html", placement, stand(number, audience), context)


def render_item(head: Head, key: FeedKey, item_id: str) -> WallPage:
    """The page of a single item. Raises :class:`NotFound` when it may not be shown (any more)."""
    with one_snapshot(), shop_scope(head.shop.id), translation.override(key.locale):
        number = publication_number(head.shop.id)
        placement = _placement(head, key)
        audience = placement.audience(timezone.now())
        found = gate.published(audience, GateQuery(item_ids=(item_id,), limit=1)).items
        if not found:
            raise NotFound("This review is not shown here.")
        card: FeedItem = feed_item(placement, found[0])
        context = {
            "cards": [card],
            "card": card,
            "rights_text": _rights_text(audience, [card]),
            "all_address": wall_address(placement),
            "canonical": card.url,
        }
        return _render("widgets/wall_item.html", placement, stand(number, audience), context)


def render_missing(head: Head | None, locale: str) -> WallPage:
    """What a person sees in the place of a wall or an item that is not there."""
    with translation.override(locale):
        style = _style(head.widget.theme if head else Theme())
        context = {"style": style, "locale": locale, "heading": "", "shop_name": head.shop.name if head else ""}
        html = render_to_string("widgets/wall_missing.html", context).encode()
        return WallPage(html, _hash(style), Stand(0, None, True))


def _placement(head: Head, key: FeedKey) -> Placement:
    return Placement(shop_facts(head.shop.id), widget_by_public_id(head.widget.id), key)


def _within(placement: Placement, visit: Visit) -> Visit:
    """The wall of a carousel or a summary shows everything: it is where their notices point to."""
    if placement.widget.type == WidgetType.WALL or visit.everything:
        return visit
    return Visit(search=visit.search, order=visit.order, stars=visit.stars, cursor=visit.cursor, everything=True)


def _render(template: str, placement: Placement, built: Stand, context: dict[str, Any]) -> WallPage:
    style = _style(placement.widget.theme)
    product = product_by_public_id(placement.product_id) if placement.product_id else None
    html = render_to_string(
        template,
        {
            "style": style,
            "locale": placement.key.locale,
            "shop_name": placement.shop.name,
            "website": placement.shop.website if placement.shop.website.startswith(("http://", "https://")) else "",
            "heading": placement.widget.input.heading or placement.widget.input.name,
            "product": product,
            "star_path": STAR_PATH,
            "five": RATINGS,
            **context,
        },
    )
    return WallPage(html.encode(), _hash(style), built)


def _rights_text(audience: Audience, cards: Sequence[FeedItem]) -> str:
    return labels.rights_text(bases_of([card.id for card in cards], audience))


def _bars(placement: Placement, visit: Visit, page: ItemsPage) -> list[Bar]:
    histogram = page.summary.histogram
    most = max(page.summary.rated, 1)
    return [
        Bar(
            stars=int(stars),
            count=labels.number_text(count),
            percent=round(100 * count / most),
            address=_address(placement, Visit(order=visit.order, everything=visit.everything), stars=stars),
        )
        for stars, count in histogram.items()
    ]


def _percent(average: str | None) -> str:
    """The average as a share of five, in percent with a point for SVG; ``""`` where none is shown."""
    return f"{Decimal(average) * 20:.1f}" if average else ""


def _address(placement: Placement, visit: Visit, **more: str | None) -> str:
    asked = {
        "q": visit.search,
        "sort": visit.order,
        "stars": ",".join(map(str, visit.stars)),
        "all": "1" if visit.everything and placement.widget.type == WidgetType.WALL else "",
    }
    return wall_address(placement, **{**asked, **{name: value or "" for name, value in more.items()}})


def _hidden_fields(placement: Placement, visit: Visit) -> dict[str, str]:
    """What the search form carries along."""
    fields = {
        "product": placement.key.product_id,
        "category": placement.key.category,
        "locale": placement.key.locale if placement.key.locale != placement.widget.locale else "",
        "stars": ",".join(map(str, visit.stars)),
        "all": "1" if visit.everything and placement.widget.type == WidgetType.WALL else "",
    }
    return {name: value for name, value in fields.items() if value}


def _json_ld(placement: Placement, audience: Audience, visit: Visit, page: ItemsPage) -> str:
    own = placement.widget.input
    narrowed = not visit.everything and (bool(own.ratings) or bool(own.selection_id))
    if not placement.product_id:
        return ""
    first_party: Aggregate = gate.aggregate(
        audience, GateQuery(product_id=placement.product_id, kinds=(Kind.REVIEW.value,), first_party=True)
    )
    facts = PageFacts(
        product_placement=True,
        filtered=narrowed or bool(visit.search or visit.stars or visit.order or placement.key.category),
        first_page=not visit.cursor,
        ratings_shown=page.summary.rated,
        first_party_ratings=first_party.rated,
    )
    return product_json_ld(page, first_party, placement.key.locale) if may_carry_json_ld(facts) else ""


@lru_cache(maxsize=1)
def _base_style() -> str:
    text = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def _style(theme: Theme) -> str:
    """The page's one style sheet. The theme's values are validated, so nothing in them can end it."""
    scheme = {"light": "light", "dark": "dark"}.get(theme.scheme, "light dark")
    return (
        f":root{{color-scheme:{scheme};--accent:{theme.accent};--radius:{theme.radius}px;"
        f"--gap:{'.75rem' if theme.density == 'compact' else '1.125rem'}}}\n{_base_style()}"
    )


def _hash(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
