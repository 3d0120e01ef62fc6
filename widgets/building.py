"""From what passes the gate to what goes over the wire. Runs in a thread, inside one snapshot of the
database.
"""

import time
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone, translation

from project.core.edge.moments import published_at
from project.core.edge.pool import one_snapshot
from project.core.errors import NotFound
from project.core.lookups import shop_of_public_id
from project.core.publication import publication_number
from project.core.scope import shop_scope
from project.rights import gate, wording
from project.rights.contracts import Aggregate, Audience, PublishedItem
from project.shops.contracts import ShopFacts
from project.shops.selectors import allowed_origins, categories, product_by_reference, shop_facts
from widgets import labels
from widgets.addresses import events_path, item_address, live_path, see_all_address, wall_address
from widgets.contracts import (
    Feed,
    FeedItem,
    FeedMedia,
    FeedProduct,
    FeedSource,
    FeedWidget,
    SelectionNotice,
    Summary,
    WidgetFacts,
)
from widgets.placements import FeedKey, Placement, Visit
from widgets.rules import PAGE_ITEMS, RATINGS, SortOrder, WidgetType, excerpt_end, shown_average
from widgets.selectors import selected_ids, widget_by_public_id


@dataclass(frozen=True)
class Head:
    """What must be known of a widget before any of its content: whose it is, who may ask, what its
    parameters mean.
    """

    number: int
    shop: ShopFacts
    widget: WidgetFacts
    origins: tuple[str, ...]
    categories: frozenset[str]


@dataclass(frozen=True)
class Stand:
    """The state of the shop that something was built from (see
    :class:`project.core.edge.prepared.Prepared`).
    """

    number: int
    ends_at: float | None
    settled: bool


@dataclass(frozen=True)
class ItemsPage:
    """A further page of items as it goes over the wire, with the aggregate that its notice speaks of."""

    items: tuple[FeedItem, ...]
    published: tuple[PublishedItem, ...]
    next: str | None
    selection: SelectionNotice | None
    summary: Summary


def load_head(widget_id: str) -> Head:
    """Raises :class:`NotFound` for an unknown widget and for one that is switched off."""
    shop_id = shop_of_public_id(widget_id)
    if shop_id is None:
        raise NotFound("There is no such widget.")
    with one_snapshot(), shop_scope(shop_id):
        number = publication_number(shop_id)
        widget = widget_by_public_id(widget_id)
        if not widget.input.active:
            raise NotFound("This widget is switched off.")
        return Head(
            number=number,
            shop=shop_facts(shop_id),
            widget=widget,
            origins=tuple(allowed_origins()),
            categories=frozenset(categories()),
        )


def known_key(head: Head, *, product: str, category: str, locale: str) -> FeedKey:
    """A page's parameters reduced to known values; what is unknown falls back to the widget's own."""
    language = locale.lower().replace("_", "-").partition("-")[0]
    if product:
        with shop_scope(head.shop.id):
            found = product_by_reference(product)
        product = found.public_id if found else ""
    return FeedKey(
        product_id=product,
        category=category if category in head.categories else "",
        locale=language if language in dict(settings.LANGUAGES) else head.widget.locale,
    )


def build_feed(head: Head, key: FeedKey) -> tuple[Feed, Stand]:
    """The first screen of a widget for one key. The head is read again: both are of one snapshot."""
    with one_snapshot(), shop_scope(head.shop.id):
        number = publication_number(head.shop.id)
        placement = Placement(shop_facts(head.shop.id), widget_by_public_id(head.widget.id), key)
        if not placement.widget.input.active:
            raise NotFound("This widget is switched off.")
        at = timezone.now()
        with translation.override(key.locale):
            page = items_page(placement, at, Visit(), limit=placement.first_screen)
            feed = _feed(placement, number, page)
        return feed, stand(number, placement.audience(at))


def build_items(head: Head, key: FeedKey, visit: Visit) -> tuple[ItemsPage, Stand]:
    """A further page, a search or an order of the visitor's. Raises :class:`InvalidInput` for a foreign
    cursor.
    """
    with one_snapshot(), shop_scope(head.shop.id), translation.override(key.locale):
        number = publication_number(head.shop.id)
        placement = Placement(shop_facts(head.shop.id), widget_by_public_id(head.widget.id), key)
        at = timezone.now()
        return items_page(placement, at, visit, limit=PAGE_ITEMS), stand(number, placement.audience(at))


def stand(number: int, audience: Audience) -> Stand:
    """Until when the clock alone leaves this as it is, and whether it has left it so since the number was
    reached.
    """
    since = published_at(audience.shop_id, number) or audience.at
    change = gate.next_change(Audience(audience.shop_id, audience.channel, audience.markets, since))
    settled = change is None or change > audience.at
    if not settled:
        change = gate.next_change(audience)
    if change is None:
        return Stand(number, None, settled)
    return Stand(number, time.monotonic() + (change - audience.at).total_seconds(), settled)


def items_page(placement: Placement, at: datetime, visit: Visit, *, limit: int) -> ItemsPage:
    """Items, notice and summary of a placement, in the language in force."""
    audience = placement.audience(at)
    whole = gate.aggregate(audience, placement.subject())
    selected = selected_ids(placement.widget)
    items: tuple[PublishedItem, ...] = ()
    cursor = ""
    if limit and whole.total:
        page = gate.published(audience, placement.query(selected=selected, visit=visit, limit=limit))
        items, cursor = page.items, page.next_cursor
    return ItemsPage(
        items=tuple(feed_item(placement, item) for item in items),
        published=items,
        next=cursor or None,
        selection=None
        if visit.everything
        else _notice(placement, audience, selected, whole, shown_now=len(items), more=bool(cursor)),
        summary=_summary(whole),
    )


def feed_item(placement: Placement, item: PublishedItem) -> FeedItem:
    """One published item as it goes over the wire."""
    day = labels.day_of(item.occurred_at, placement.shop.time_zone) if item.occurred_at else None
    return FeedItem(
        id=item.id,
        kind=item.kind,
        title=item.title,
        text=item.text,
        cut=excerpt_end(item.text),
        language=item.language,
        rating=item.rating,
        credit=wording.credit_text(item.credit),
        credit_url=_web_address(item.credit.url),
        disclosure=wording.disclosure_text(item.disclosure),
        verification=wording.verification_text(item.verification),
        date=day.isoformat() if day else None,
        date_text=labels.date_text(day) if day else None,
        product=FeedProduct(id=item.product.id, name=item.product.name, url=_web_address(item.product.url))
        if item.product
        else None,
        source=FeedSource(name=item.source.name, url=item.origin_url) if _web_address(item.origin_url) else None,
        media=tuple(
            FeedMedia(
                src=f"{settings.PUBLIC_URL}{settings.MEDIA_URL}{media.file}",
                width=media.width,
                height=media.height,
                alt=media.alt,
            )
            for media in item.media
        ),
        url=item_address(placement, item.id),
    )


def _feed(placement: Placement, number: int, page: ItemsPage) -> Feed:
    widget = placement.widget
    return Feed(
        version=number,
        locale=placement.key.locale,
        widget=FeedWidget(id=widget.id, type=widget.type, heading=widget.input.heading, theme=widget.theme),
        labels=labels.interface_labels(),
        summary=page.summary,
        selection=page.selection,
        items=page.items,
        next=page.next,
        wall_url=wall_address(placement),
        live=live_path(widget.id),
        events=events_path(widget.id),
    )


def _summary(whole: Aggregate) -> Summary:
    average = shown_average(whole.average, whole.rated)
    return Summary(
        total=whole.total,
        rated=whole.rated,
        average=None if average is None else str(average),
        histogram={str(stars): whole.histogram[stars] for stars in reversed(RATINGS)},
        text=labels.summary_text(total=whole.total, rated=whole.rated, average=average),
    )


def _notice(
    placement: Placement,
    audience: Audience,
    selected: tuple[str, ...] | None,
    whole: Aggregate,
    *,
    shown_now: int,
    more: bool,
) -> SelectionNotice | None:
    """The notice of a filtered view (law 6); also of one that orders by rating and shows only the
    beginning.
    """
    ratings = placement.widget.input.ratings
    order = placement.widget.input.order
    by_rating = order in (SortOrder.HIGHEST, SortOrder.LOWEST) and selected is None
    if placement.widget.type == WidgetType.RATING_SUMMARY:
        return None  # it shows the aggregate over everything and no choice of it
    if selected is None and not ratings and not (by_rating and more):
        return None
    if selected is None and not ratings:
        shown = shown_now
    else:
        shown = gate.aggregate(audience, placement.query(selected=selected)).total
    return SelectionNotice(
        shown=shown,
        total=whole.total,
        text=labels.notice_text(
            curated=selected is not None,
            ratings=ratings,
            order=order,
            shown=shown,
            total=whole.total,
            average=shown_average(whole.average, whole.rated),
        ),
        see_all=str(labels.interface_labels()["see_all"]),
        url=see_all_address(placement),
    )


def _web_address(url: str) -> str:
    """An address that may become a link: http and https only, nothing that runs."""
    return url if url.startswith(("https://", "http://")) else ""
