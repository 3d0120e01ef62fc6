"""The one gate (law 1): content is published through this module alone.

Three faces for one :class:`Audience`: :func:`published` gives frozen items, never models; :func:`visible_ids` a query
for use inside the SQL of widgets and assistant; :func:`aggregate` counts. The conditions are those of
:func:`project.rights.rules.may_show`, written in SQL; a property test holds the two together.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from functools import reduce
from operator import and_
from typing import Any

from django.db.models import Avg, Case, Count, DateTimeField, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce, Least

from project.content import selectors as content
from project.content.rules import BLANK, CreditKind, State
from project.core.scope import current_shop_id, shop_scope
from project.rights.contracts import Aggregate, Audience, Channel, GateQuery, LicenceState, Page, PublishedItem
from project.rights.coverage import covers_picture, covers_version
from project.rights.models import Hold, Licence, LicenceItem
from project.rights.paging import decode_cursor, encode_cursor, ordering_of
from project.rights.publishing import published_item
from project.rights.rules import WORLDWIDE

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
RATINGS = (1, 2, 3, 4, 5)


def visible_items(audience: Audience) -> QuerySet[Any]:
    """The rows that pass, as a query set of content items: for the gate's own use and its tests."""
    _check_scope(audience)
    conditions: list[Any] = [
        *_publishable(audience.at),
        *(_source_permits(channel) for channel in audience.channels),
        *(Exists(_covering(audience, channel)) for channel in audience.channels),
    ]
    return content.items().filter(*conditions)


def visible_ids(audience: Audience) -> QuerySet[Any]:
    """Primary keys of what passes, for ``item_id IN (…)`` inside one SQL statement; never evaluated and kept."""
    return visible_items(audience).values("pk")


def published(audience: Audience, query: GateQuery | None = None) -> Page:
    """One page of what passes, in the order asked for, each with ``shown_until``."""
    query = query or GateQuery()
    with shop_scope(audience.shop_id):
        rows = _matching(audience, query).annotate(shown_until=_shown_until(audience))
        rows = rows.select_related("source", "product", "author")
        if query.order == "given":
            return _in_given_order(audience, rows, query)
        ordering = ordering_of(query.order)
        if query.cursor:
            rows = rows.filter(ordering.after(decode_cursor(query.order, query.cursor)))
        found = list(rows.order_by(*ordering.order_by)[: query.limit + 1])
        page, more = found[: query.limit], len(found) > query.limit
        cursor = encode_cursor(query.order, ordering.position(page[-1])) if more else ""
        return Page(_publish(audience, page), cursor)


def aggregate(audience: Audience, query: GateQuery | None = None) -> Aggregate:
    """Counts over everything that passes and fits the query (``limit``, ``order`` and ``cursor`` do not matter)."""
    query = query or GateQuery()
    with shop_scope(audience.shop_id):
        counts = _matching(audience, query).aggregate(
            total=Count("pk"),
            rated=Count("rating"),
            average=Avg("rating"),
            first=Min("occurred_at"),
            last=Max("occurred_at"),
            **{f"stars_{stars}": Count("pk", filter=Q(rating=stars)) for stars in RATINGS},
        )
    average = counts["average"]
    return Aggregate(
        total=counts["total"],
        rated=counts["rated"],
        average=None if average is None else Decimal(str(average)),
        histogram={stars: counts[f"stars_{stars}"] for stars in RATINGS},
        first=counts["first"],
        last=counts["last"],
    )


def is_shown_somewhere(item_pk: int, shop_id: int, at: datetime) -> bool:
    """Whether any audience at all may see an item now (:func:`project.rights.rules.may_show_somewhere`)."""
    with shop_scope(shop_id):
        return _shown_somewhere(content.items().filter(pk=item_pk), shop_id, at).exists()


def is_picture_shown(file: str, shop_id: int, at: datetime) -> bool:
    """Whether any audience at all may see a picture now, for its address names no placement: staff has approved it,
    its item passes somewhere, and the licence by which it does covers the picture. Narrower audiences are the
    business of the page that links it."""
    with shop_scope(shop_id):
        approved = content.approved_media().filter(item=OuterRef("pk"), file=file)
        rows = content.items().annotate(picture=Subquery(approved.values("sha256")[:1])).exclude(picture=None)
        return _shown_somewhere(rows, shop_id, at, covers_picture(OuterRef("picture"))).exists()


def _shown_somewhere(rows: QuerySet[Any], shop_id: int, at: datetime, *more: Any) -> QuerySet[Any]:
    """Of these rows those that some audience may see; ``more``: what else their licence has to cover."""
    running = _running(at).filter(*more, licence__shop_id=shop_id).exclude(licence__markets=[])
    assistant = [Channel.AI_ASSISTANT.value]
    elsewhere = [channel.value for channel in Channel if channel is not Channel.AI_ASSISTANT]
    return rows.filter(
        *_publishable(at),
        (_source_permits(Channel.AI_ASSISTANT) & Exists(running.filter(licence__channels__contains=assistant)))
        | (_source_permits(Channel.SITE) & Exists(running.filter(licence__channels__overlap=elsewhere))),
    )


def product_of(item_id: str) -> str:
    """The public id of the product that an item is about, shown or not; ``""`` for none. In the shop's scope."""
    rows = content.items().filter(public_id=item_id).values_list("product__public_id", flat=True)
    return rows.first() or ""


def next_change(audience: Audience) -> datetime | None:
    """When, after the audience's time, the clock alone may change what passes: the next start or end of a right."""
    with shop_scope(audience.shop_id):
        live = Licence.objects.filter(state=LicenceState.ACTIVE, ended_at=None)
        moments = [
            live.filter(starts_at__gt=audience.at).aggregate(at=Min("starts_at"))["at"],
            live.filter(ends_at__gt=audience.at).aggregate(at=Min("ends_at"))["at"],
            content.items().filter(valid_until__gt=audience.at).aggregate(at=Min("valid_until"))["at"],
        ]
    return min((moment for moment in moments if moment is not None), default=None)


def _check_scope(audience: Audience) -> None:
    if current_shop_id() != audience.shop_id:
        raise ValueError("The audience's shop is not the shop in scope.")


def _publishable(at: datetime) -> list[Any]:
    """What every audience asks of an item itself: approved, credited, still valid, not held."""
    return [
        Q(state=State.APPROVED),
        _credited(),
        Q(valid_until=None) | Q(valid_until__gt=at),
        ~Exists(Hold.objects.filter(item=OuterRef("pk"), closed_at=None)),
    ]


def _credited() -> Q:
    named = Q(credit_kind__in=[CreditKind.NAME, CreditKind.HANDLE, CreditKind.ORGANISATION])
    return Q(credit_kind=CreditKind.CUSTOMER) | (named & Q(credit_name__regex=f"[^{BLANK}]"))


def _source_permits(channel: Channel) -> Q:
    if channel is Channel.AI_ASSISTANT:
        return Q(source__in_assistant=True)
    return Q(source__may_republish=True)


def _covering(
    audience: Audience, channel: Channel, *, item: str = "pk", version: str = "version"
) -> QuerySet[LicenceItem]:
    """Rows of licences that cover the outer item on one channel."""
    markets = Q(licence__markets__contains=[WORLDWIDE])
    if audience.markets:
        markets |= Q(licence__markets__contains=list(audience.markets))
    else:
        markets = Q(pk__isnull=True)
    return _running(audience.at, item=item, version=version).filter(
        markets,
        licence__shop_id=audience.shop_id,
        licence__channels__contains=[channel.value],
    )


def _running(at: datetime, *, item: str = "pk", version: str = "version") -> QuerySet[LicenceItem]:
    """The outer item's rows of licences that are in force at this time and cover what it says now; ``item`` and
    ``version``: where the outer query has its key and version."""
    return LicenceItem.objects.filter(
        Q(licence__ends_at=None) | Q(licence__ends_at__gt=at),
        covers_version(OuterRef(version)),
        item=OuterRef(item),
        ended_at=None,
        licence__state=LicenceState.ACTIVE,
        licence__ended_at=None,
        licence__starts_at__lte=at,
    )


def _shown_until(audience: Audience) -> Any:
    """The earliest of: the item's own end, and per channel the latest end of its licences."""
    ends = [
        Subquery(
            _covering(audience, channel)
            .order_by()
            .values("item")
            .annotate(end=Max(Coalesce("licence__ends_at", NEVER)))
            .values("end"),
            output_field=DateTimeField(),
        )
        for channel in audience.channels
    ]
    return Least(Coalesce("valid_until", NEVER), *ends, output_field=DateTimeField())


def _matching(audience: Audience, query: GateQuery) -> QuerySet[Any]:
    rows = visible_items(audience)
    wanted: list[Q] = []
    if query.product_id:
        wanted.append(Q(product__public_id=query.product_id))
    if query.category:
        wanted.append(Q(product__category=query.category))
    if query.kinds:
        wanted.append(Q(kind__in=query.kinds))
    if query.item_ids is not None:
        wanted.append(Q(public_id__in=query.item_ids))
    if query.ratings:
        wanted.append(Q(rating__in=query.ratings))
    if query.first_party:
        wanted.append(Q(source__in_json_ld=True))
    for word in query.search.split()[:8]:
        wanted.append(Q(text__icontains=word) | Q(title__icontains=word))
    return rows.filter(reduce(and_, wanted, Q()))


def _in_given_order(audience: Audience, rows: QuerySet[Any], query: GateQuery) -> Page:
    ids = query.item_ids or ()
    place = Case(*(When(public_id=public_id, then=index) for index, public_id in enumerate(ids)), default=len(ids))
    start = int(decode_cursor("given", query.cursor)[0]) if query.cursor else 0
    found = list(rows.annotate(place=place).order_by("place", F("pk"))[start : start + query.limit + 1])
    page, more = found[: query.limit], len(found) > query.limit
    return Page(_publish(audience, page), encode_cursor("given", [start + query.limit]) if more else "")


def _publish(audience: Audience, rows: Iterable[Any]) -> tuple[PublishedItem, ...]:
    found = list(rows)
    covered = [
        Exists(
            _covering(audience, channel, item="item_id", version="item__version").filter(
                covers_picture(OuterRef("sha256"))
            )
        )
        for channel in audience.channels
    ]
    media = content.approved_media_of((row.pk for row in found), *covered)
    return tuple(published_item(row, media.get(row.pk, ()), never=NEVER) for row in found)
