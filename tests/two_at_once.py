"""Two at once, each on a connection of their own, held up in the middle of their work and let go together."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from project.content.models import ContentItem
from project.core.scope import shop_scope
from project.rights.models import LedgerHead
from project.runtime.processes import wait_until


class Side:
    """One of two who work at once, on a connection of its own."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.pid = 0
        self.result: Any = None
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(work,))
        self._thread.start()

    def _run(self, work: Callable[[], Any]) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                self.pid = cursor.fetchone()[0]
            self.result = work()
        except BaseException as error:
            self.error = error
        finally:
            connection.close()

    def waits(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pid = %s)", [self.pid])
            return bool(cursor.fetchone()[0])

    def ended(self) -> "Side":
        self._thread.join(timeout=30)
        assert not self._thread.is_alive()
        return self


@contextmanager
def ledger_of(shop_id: int) -> Iterator[None]:
    with transaction.atomic():
        list(LedgerHead.objects.select_for_update().filter(shop_id=shop_id))
        yield


@contextmanager
def item_of(shop_id: int, item: str) -> Iterator[None]:
    with transaction.atomic(), shop_scope(shop_id):
        list(ContentItem.objects.select_for_update().filter(public_id=item))
        yield


def both(
    gate: Any,
    first: Callable[[], Any],
    second: Callable[[], Any],
    *,
    expected: tuple[type[BaseException], ...] = (BaseException,),
) -> tuple[Side, Side]:
    """Both stand in the middle of their work, held up by the gate or by one another, and go on at the same moment.

    Returns them as they ended; fails for an error that is none of ``expected``, such as the database's for a deadlock.
    """
    with gate:
        one = Side(first)
        assert wait_until(one.waits, seconds=20)
        other = Side(second)
        assert wait_until(other.waits, seconds=20)
    for side in (one.ended(), other.ended()):
        assert side.error is None or isinstance(side.error, expected), side.error
    return one, other
