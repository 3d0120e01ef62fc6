"""The tenant border (law 9): rows of a shop are reached only inside that shop's scope.

``ScopedModel.objects`` filters every query by the scope in force and raises :class:`ScopeMissing` where there
is none. Requests, sockets, commands and background tasks enter a scope explicitly with :func:`shop_scope`.
The few look-ups that must find their shop first stand in :mod:`project.core.lookups`, each returning a shop.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import models

from project.core.errors import ScopeMissing

_current_shop: ContextVar[int | None] = ContextVar("vouchsafe_shop", default=None)

M = TypeVar("M", bound=models.Model, covariant=True)


@contextmanager
def shop_scope(shop_id: int) -> Iterator[int]:
    """Enter the scope of one shop; scopes of different shops do not nest."""
    outer = _current_shop.get()
    if outer is not None and outer != shop_id:
        raise ScopeMissing(f"A scope for shop {outer} is open already; leave it before entering shop {shop_id}.")
    token = _current_shop.set(shop_id)
    try:
        yield shop_id
    finally:
        _current_shop.reset(token)


def current_shop_id() -> int:
    """The shop in scope. Raises :class:`ScopeMissing` outside one."""
    shop_id = _current_shop.get()
    if shop_id is None:
        raise ScopeMissing("This query needs a shop: enter one with shop_scope(shop_id).")
    return shop_id


class ScopedQuerySet(models.QuerySet[M]):
    """A query set whose inserts belong to the shop in scope."""

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> Any:
        shop_id = current_shop_id()
        objs = list(objs)
        for obj in objs:
            assign_shop(obj, shop_id)
        return super().bulk_create(objs, *args, **kwargs)


def assign_shop(instance: Any, shop_id: int) -> None:
    """Give a new row its shop; a row that names another shop is refused."""
    if instance.shop_id is None:
        instance.shop_id = shop_id
    elif instance.shop_id != shop_id:
        raise ScopeMissing(f"A row of shop {instance.shop_id} cannot be written in the scope of shop {shop_id}.")


class ScopedManager(models.Manager[M]):
    """Filters by the scope in force; raises without one."""

    use_in_migrations = False

    def get_queryset(self) -> models.QuerySet[M]:
        return ScopedQuerySet(self.model, using=self._db).filter(shop_id=current_shop_id())


class ScopedModel(models.Model):
    """A row that one shop owns. Related objects are reached through the scope as well (``base_manager_name``)."""

    shop: models.ForeignKey[Any, Any] = models.ForeignKey(
        "shops.Shop", on_delete=models.CASCADE, related_name="+", db_index=False
    )

    objects = ScopedManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"
        default_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        assign_shop(self, current_shop_id())
        super().save(*args, **kwargs)
