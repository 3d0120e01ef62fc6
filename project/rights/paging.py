"""Cursors over published items: the position of the last item seen, so that pages neither repeat nor skip."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, OrderBy, Q
from django.utils.translation import gettext as _

from project.core.errors import InvalidInput


@dataclass(frozen=True)
class Ordering:
    """An order: its ``ORDER BY``, the position of a row in it, and the condition for rows after a position."""

    order_by: tuple[str | OrderBy, ...]
    position: Callable[[Any], list[Any]]
    after: Callable[[Sequence[Any]], Q]


def _newest_after(position: Sequence[Any]) -> Q:
    at, decided, pk = position
    same = Q(occurred_at=at and datetime.fromisoformat(at))
    decided_at = datetime.fromisoformat(decided)
    further = same & (Q(state_changed_at__lt=decided_at) | Q(state_changed_at=decided_at, pk__lt=pk))
    return further | Q(occurred_at__lt=datetime.fromisoformat(at)) | Q(occurred_at=None) if at else further


def _newest_position(row: Any) -> list[Any]:
    return [row.occurred_at.isoformat() if row.occurred_at else None, row.state_changed_at.isoformat(), row.pk]


# Many sources give no dates. Among undated items the newest is what came on show last, so that an item that was
# approved a moment ago stands first wherever newest is first.
NEWEST = Ordering((F("occurred_at").desc(nulls_last=True), "-state_changed_at", "-pk"), _newest_position, _newest_after)
HELPFUL = Ordering(
    ("-helpful", "-pk"),
    lambda row: [row.helpful, row.pk],
    lambda position: Q(helpful__lt=position[0]) | Q(helpful=position[0], pk__lt=position[1]),
)


def _rating_after(position: Sequence[Any], *, smaller: bool) -> Q:
    rating, pk = position
    if rating is None:
        return Q(rating=None, pk__lt=pk)
    further = Q(rating__lt=rating) if smaller else Q(rating__gt=rating)
    return further | Q(rating=rating, pk__lt=pk) | Q(rating=None)


HIGHEST = Ordering(
    (F("rating").desc(nulls_last=True), "-pk"),
    lambda row: [row.rating, row.pk],
    lambda position: _rating_after(position, smaller=True),
)
LOWEST = Ordering(
    (F("rating").asc(nulls_last=True), "-pk"),
    lambda row: [row.rating, row.pk],
    lambda position: _rating_after(position, smaller=False),
)
ORDERINGS = {"newest": NEWEST, "helpful": HELPFUL, "highest": HIGHEST, "lowest": LOWEST}


def ordering_of(name: str) -> Ordering:
    """An order by name; unknown names fall back to newest first."""
    return ORDERINGS.get(name, NEWEST)


def encode_cursor(order: str, position: Sequence[Any]) -> str:
    """The order's name travels with the position: a marker of one order means nothing in another."""
    return base64.urlsafe_b64encode(json.dumps([order, *position]).encode()).decode().rstrip("=")


def decode_cursor(order: str, cursor: str) -> list[Any]:
    """Raises :class:`InvalidInput` for anything that :func:`encode_cursor` did not make for this order."""
    try:
        name, *position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if name != order or not _fits(order, position):
            raise ValueError
    except (ValueError, TypeError, binascii.Error) as error:
        raise InvalidInput(
            _("This page marker is not valid. Start again from the first page."), fields={"cursor": []}
        ) from error
    return list(position)


def _fits(order: str, position: list[Any]) -> bool:
    if order == "given":
        return len(position) == 1 and isinstance(position[0], int) and position[0] >= 0
    if order == "newest":
        written, decided, pk = position
        return (written is None or _is_moment(written)) and _is_moment(decided) and isinstance(pk, int)
    if len(position) != 2 or not isinstance(position[1], int):
        return False
    return isinstance(position[0], int) or (position[0] is None and order != "helpful")


def _is_moment(text: Any) -> bool:
    return datetime.fromisoformat(text).tzinfo is not None
