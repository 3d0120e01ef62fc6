"""Cursor paging of staff lists by primary key: pages neither repeat nor skip while new content comes in."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)
PAGE_SIZE = 25


@dataclass(frozen=True)
class StaffPage(Generic[M]):
    """One page of rows. ``total`` counts all of them, None where it was not asked for."""

    rows: list[M]
    cursor: str
    next_cursor: str
    total: int | None


def page_of(
    rows: QuerySet[M], cursor: str, *, newest_first: bool, size: int = PAGE_SIZE, count: bool = True
) -> StaffPage[M]:
    """The rows after ``cursor`` in order of the primary key. A cursor that is no number means the beginning."""
    total = rows.count() if count else None
    after = int(cursor) if cursor.isdecimal() and len(cursor) < 19 else None
    if after is not None:
        condition: dict[str, Any] = {"pk__lt": after} if newest_first else {"pk__gt": after}
        rows = rows.filter(**condition)
    found = list(rows.order_by("-pk" if newest_first else "pk")[: size + 1])
    page = found[:size]
    return StaffPage(
        rows=page,
        cursor=cursor if after is not None else "",
        next_cursor=str(page[-1].pk) if len(found) > size else "",
        total=total,
    )
