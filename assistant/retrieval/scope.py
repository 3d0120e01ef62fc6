"""The gate's rows as a piece of SQL, for statements that join passages with them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models.expressions import RawSQL

from project.rights import gate
from project.rights.contracts import Audience


@dataclass(frozen=True)
class Scope:
    """Which reviews are asked: an audience's, all of them or those of one product."""

    audience: Audience
    product_pk: int | None = None

    @property
    def shop_id(self) -> int:
        """The shop; every statement names it besides the gate's own condition."""
        return self.audience.shop_id

    def total(self) -> int:
        """Return how many reviews are asked."""
        rows = gate.visible_ids(self.audience)
        return rows.count() if self.product_pk is None else rows.filter(product_id=self.product_pk).count()

    def visible(self, *, among: Collection[int] | None = None) -> tuple[str, list[Any]]:
        """Return `visible AS (…)` for a WITH clause, columns (id, public_id, rating, occurred_at), and its values.

        `among`: primary keys of the only items that matter, so that the gate looks at no others.
        """
        rows = gate.visible_ids(self.audience)
        if self.product_pk is not None:
            rows = rows.filter(product_id=self.product_pk)
        if among is not None:
            # As an array: a list of thousands of values would be parsed one by one.
            rows = rows.filter(pk__in=RawSQL("SELECT unnest(%s::bigint[])", [list(among)]))  # noqa: S611
        sql, params = rows.order_by().values("pk", "public_id", "rating", "occurred_at").query.sql_with_params()
        # Materialised: the gate is asked once a statement, however often its rows are joined.
        named = f"visible (id, public_id, rating, occurred_at) AS MATERIALIZED ({sql})"
        return named, list(params)
