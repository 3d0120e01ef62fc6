"""Law 9 in the suite: SQL over a shop-owned table without ``shop_id`` fails the test that ran it.

A wrapper around every statement, in whichever thread of this process it runs (the edge's pools have connections of
their own), looks for the tables with a ``shop_id``. Reads, updates and deletes must compare it with a
value somewhere behind WHERE, ON or JOIN; inserts must name the column, and say whose rows they read. The look-ups of
:mod:`project.core.lookups` are exempt while they run, and so is what Django itself does with the database's
schema or with cascades of a whole shop.
"""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from project.core.lookups import is_unscoped

EXEMPT_STATEMENTS = re.compile(
    r"^\s*(CREATE|ALTER|DROP|TRUNCATE|SET|SAVEPOINT|RELEASE|ROLLBACK|EXPLAIN|ANALYZE|VACUUM|LOCK)\b", re.I
)
INSERT = re.compile(r"^\s*INSERT\b", re.I)
CONDITION = re.compile(r"\b(WHERE|ON|JOIN|USING)\b(?P<rest>.*)", re.I | re.S)
# A comparison with a value: a column of another table or an order is none.
NAMES_ITS_SHOP = re.compile(r"\bshop_id\"?\s*(=|IN)\s*\(?\s*(%|\d|ANY\b|\$\d)", re.I)


class UnscopedQuery(AssertionError):
    """A statement over a shop-owned table did not say whose rows it means."""


@cache
def shop_owned_tables() -> frozenset[str]:
    return frozenset(
        model._meta.db_table
        for model in apps.get_models()
        if any(field.column == "shop_id" for field in model._meta.concrete_fields)
    )


@cache
def _mentions() -> re.Pattern[str]:
    return re.compile(r'"?\b(' + "|".join(sorted(map(re.escape, shop_owned_tables()))) + r')\b"?')


@cache
def _reads() -> re.Pattern[str]:
    return re.compile(r"\b(FROM|JOIN)\s+" + _mentions().pattern, re.I)


@lru_cache(maxsize=8192)  # The same statements come thousands of times.
def complaint(sql: str) -> str | None:
    """Why a statement is refused, or None."""
    if EXEMPT_STATEMENTS.match(sql):
        return None
    tables = set(_mentions().findall(sql))
    if not tables:
        return None
    condition = CONDITION.search(sql)
    scoped = condition is not None and NAMES_ITS_SHOP.search(condition["rest"]) is not None
    if INSERT.match(sql):
        # What is put in says whose it is; what is read for it says whose rows it means.
        scoped = "shop_id" in sql and (scoped or not _reads().search(sql))
    return None if scoped else f"SQL over {', '.join(sorted(tables))} without shop_id: {sql[:400]}"


class Guard:
    """Stands around the statements of this thread's connection and of every connection that opens meanwhile.

    Code behind the edge turns an error into an answer of 500, so what other threads were refused is kept as well.
    """

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self._test = threading.get_ident()
        self._around: list[BaseDatabaseWrapper] = []

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if not is_unscoped() and (reason := complaint(sql)):
            if threading.get_ident() != self._test:
                self.complaints.append(f"{threading.current_thread().name}: {reason}")
            raise UnscopedQuery(reason)
        return execute(sql, params, many, context)

    @contextmanager
    def standing(self) -> Iterator["Guard"]:
        """Guard until the block ends."""
        self._stand_around(connection)
        connection_created.connect(self._opened, weak=False)
        try:
            yield self
        finally:
            connection_created.disconnect(self._opened)
            for opened in self._around:
                opened.execute_wrappers.remove(self)

    def _opened(self, *, connection: BaseDatabaseWrapper, **_: Any) -> None:
        self._stand_around(connection)

    def _stand_around(self, opened: BaseDatabaseWrapper) -> None:
        # The same object opens again after a close; its wrappers stay.
        if self not in opened.execute_wrappers:
            opened.execute_wrappers.append(self)
            self._around.append(opened)


@pytest.fixture(autouse=True)
def every_statement_names_its_shop(request: pytest.FixtureRequest) -> Iterator[Guard | None]:
    """On for every test that touches the database, in all threads of the test's process."""
    if not {"db", "transactional_db"} & set(request.fixturenames) and not request.node.get_closest_marker("django_db"):
        yield None
        return
    with Guard().standing() as guard:
        yield guard
    assert not guard.complaints, "\n".join(guard.complaints)
