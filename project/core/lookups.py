"""The closed list of look-ups that are made without a shop, each answering with one (law 9).

Whoever holds a public id, a token, a key or a membership does not know the shop yet. The upper rooms register
their tables here when they start; the queries themselves stand in this module and nowhere else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.utils import timezone

_unscoped: ContextVar[bool] = ContextVar("vouchsafe_unscoped", default=False)
_public_ids: dict[str, str] = {}
_tokens: dict[str, tuple[str, str]] = {}


def register_public_id(prefix: str, model: str) -> None:
    """``register_public_id("wid", "widgets.Widget")``: the model has ``shop_id`` and ``public_id``."""
    _public_ids[prefix] = model


def register_token(purpose: str, model: str, field: str) -> None:
    """``register_token("rights_request", "rights.RequestLink", "token_hash")``: found by hash, not by token."""
    _tokens[purpose] = (model, field)


def is_unscoped() -> bool:
    """Whether the code now running is one of this module's look-ups (asked by the guard in the tests)."""
    return _unscoped.get()


@contextmanager
def _without_shop() -> Iterator[None]:
    token = _unscoped.set(True)
    try:
        yield
    finally:
        _unscoped.reset(token)


def _rows(label: str) -> models.QuerySet[Any]:
    return models.QuerySet(apps.get_model(label))


def shop_of_public_id(public_id: str) -> int | None:
    """The shop that owns a public id, or None; unknown prefixes are nobody's."""
    label = _public_ids.get(public_id.partition("_")[0])
    if label is None or len(public_id) > 40:
        return None
    with _without_shop():
        return _rows(label).filter(public_id=public_id).values_list("shop_id", flat=True).first()


def shop_of_token_hash(purpose: str, token_hash: str) -> int | None:
    """The shop that a link's token belongs to, or None."""
    label, field = _tokens[purpose]
    with _without_shop():
        return _rows(label).filter(**{field: token_hash}).values_list("shop_id", flat=True).first()


def shop_of_key_hash(key_hash: str) -> int | None:
    """The shop whose API key this is, or None."""
    with _without_shop():
        return _rows("shops.ApiKey").filter(key_hash=key_hash).values_list("shop_id", flat=True).first()


def shops_of_member(user_id: int) -> list[int]:
    """The shops that a signed-in person is a member of, oldest membership first."""
    with _without_shop():
        rows = _rows("shops.Membership").filter(user_id=user_id).order_by("id")
        return list(rows.values_list("shop_id", flat=True))


def publication_numbers() -> dict[int, int]:
    """Every shop's publication number in one query: what a process re-reads to keep its view fresh."""
    with _without_shop():
        return dict(_rows("core.Stream").values_list("shop_id", "last_number"))


def is_empty(table: str) -> bool:
    """Whether a table of ours holds no row of any shop; ``table`` is a quoted name."""
    with _without_shop(), connection.cursor() as cursor:
        cursor.execute(f"SELECT NOT EXISTS (SELECT FROM {table})")  # noqa: S608 (a model's own name)
        return bool(cursor.fetchone()[0])


def shop_of_slug(slug: str) -> int | None:
    """The shop with this slug, or None."""
    with _without_shop():
        return _rows("shops.Shop").filter(slug=slug).values_list("id", flat=True).first()


def shop_of_shop_id(public_id: str) -> int | None:
    """The shop with this public id of its own, or None."""
    with _without_shop():
        return _rows("shops.Shop").filter(public_id=public_id[:40]).values_list("id", flat=True).first()


def every_shop() -> list[int]:
    """All shops, for sweeps that enter each scope in turn."""
    with _without_shop():
        return list(_rows("shops.Shop").order_by("id").values_list("id", flat=True))


def shop_of_media_file(file: str) -> int | None:
    """The shop whose picture lies under this random file name, or None."""
    with _without_shop():
        return _rows("content.Media").filter(file=file).values_list("shop_id", flat=True).first()


def any_user_exists() -> bool:
    """Whether anybody can sign in yet: the first-run page asks."""
    with _without_shop():
        return _rows("shops.User").exists()


def shops_with_news() -> list[int]:
    """Shops whose outbox holds rows that are not settled: what the relay's sweep visits."""
    with _without_shop():
        rows = _rows("core.OutboxRow").filter(settled_at__isnull=True)
        return list(rows.values_list("shop_id", flat=True).distinct())


def shops_with_parked_news() -> list[int]:
    """Shops in which a follow-up failed again and again and is due once more."""
    with _without_shop():
        rows = _rows("core.Delivery").filter(parked_at__isnull=False, done_at__isnull=True)
        return list(rows.filter(next_attempt_at__lte=timezone.now()).values_list("shop_id", flat=True).distinct())


def shops_allowing_origin(patterns: list[str]) -> list[int]:
    """The shops whose list of allowed origins has one of these; a CORS preflight carries no key that names a shop."""
    with _without_shop():
        rows = _rows("shops.AllowedOrigin").filter(origin__in=patterns).order_by("shop_id")
        return list(rows.values_list("shop_id", flat=True).distinct())
