"""What came into the queue while somebody was reading it: counted for the open page, and put below what is there.

The page says which number it was made at and which items it holds; what is new is what there was news of since.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from project.content import selectors as content
from project.core.publication import publication_number
from project.studio.access import Desk
from project.studio.filters import queue_filters

MOST_ON_A_PAGE = 2_000


@dataclass(frozen=True)
class Arrivals:
    """``more_url`` is a piece of the queue, ``page_url`` the whole of it, for a page that has none yet (``whole``)."""

    count: int
    more_url: str
    page_url: str
    whole: bool


def live_query(request: HttpRequest, number: int, *, is_empty: bool) -> str:
    """What an open queue adds to the poll of the counts. ``number`` was read before the queue was."""
    query = request.GET.copy()
    query.pop("cursor", None)
    query["with"], query["since"] = "queue", str(number)
    if is_empty:
        query["whole"] = "yes"
    return f"?{query.urlencode()}"


def arrivals_of(query: QueryDict, desk: Desk) -> Arrivals:
    """How many new items wait that fit the page's filters and are not on it."""
    kept = query.copy()
    for name in ("with", "whole", "on"):
        kept.pop(name, None)
    filters = kept.copy()
    filters.pop("since", None)
    return Arrivals(
        count=new_items(query, desk).count(),
        more_url=f"{reverse('studio:queue_new', args=[desk.shop.slug])}?{kept.urlencode()}",
        page_url=f"{reverse('studio:queue', args=[desk.shop.slug])}?{filters.urlencode()}",
        whole=bool(query.get("whole")),
    )


def new_items(query: QueryDict, desk: Desk) -> QuerySet[Any]:
    """Pending items that there was news of since the page was made, that fit its filters and are not on it."""
    since = query.get("since", "")
    # Without a number of its own a page knows everything that there is.
    number = int(since) if since.isdecimal() and len(since) < 19 else publication_number(desk.shop.id)
    on_the_page = query.get("on", "").split(",")[:MOST_ON_A_PAGE]
    return queue_filters(query).apply(content.queue_since(number)).exclude(public_id__in=on_the_page)
