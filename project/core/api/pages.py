"""Pages over a shop's rows, newest first. The cursor is the position of the last row seen, so that pages neither
repeat nor skip while rows come and go."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers

from project.core.api.serializers import StrictSerializer
from project.core.errors import InvalidInput

MAX_PAGE = 100
DEFAULT_PAGE = 25
_LARGEST_ID = 2**63 - 1


class PageQuery(StrictSerializer):
    """``?limit=&cursor=``; a resource adds its filters. Unknown parameters are refused."""

    limit = serializers.IntegerField(
        min_value=1, max_value=MAX_PAGE, default=DEFAULT_PAGE, help_text="How many at most."
    )
    cursor = serializers.CharField(
        default="", allow_blank=True, max_length=500, help_text="What an earlier page gave as `next`."
    )


@dataclass(frozen=True)
class RowPage:
    """Rows of one page and the cursor of the next; None on the last."""

    items: Sequence[Any]
    next: str | None


def page_of(rows: QuerySet[Any], *, limit: int, cursor: str) -> RowPage:
    """One page of ``rows`` by descending primary key. Raises :class:`InvalidInput` for a cursor not made here."""
    label = rows.model._meta.label_lower
    if cursor:
        rows = rows.filter(pk__lt=_position(label, cursor))
    found = list(rows.order_by("-pk")[: limit + 1])
    page = found[:limit]
    return RowPage(page, _cursor(label, page[-1].pk) if len(found) > limit else None)


def page_serializer(name: str, item: type[serializers.Serializer[Any]]) -> type[StrictSerializer]:
    """The shape of a page: ``{"items": […], "next": cursor or null}``."""
    return type(
        name,
        (StrictSerializer,),
        {
            "__doc__": "One page.",
            "items": item(many=True),
            "next": serializers.CharField(allow_null=True, help_text="The next page's cursor; null on the last."),
        },
    )


def _cursor(label: str, pk: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([label, pk]).encode()).decode().rstrip("=")


def _position(label: str, cursor: str) -> int:
    try:
        name, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if name != label or type(pk) is not int or not 0 < pk <= _LARGEST_ID:
            raise ValueError
    except (ValueError, TypeError, RecursionError, binascii.Error) as error:
        raise InvalidInput(
            _("This page marker is not valid. Start again from the first page."),
            fields={"cursor": [_("Not a marker of this list.")]},
        ) from error
    return int(pk)
