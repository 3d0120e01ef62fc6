"""Law 9 in the suite: SQL over a shop-owned table without ``shop_id`` fails the test that ran it.

A wrapper around every statement looks for the tables of scoped models. Reads, updates and deletes must compare
``shop_id`` somewhere behind WHERE, ON or JOIN; inserts must name the column. The look-ups of
:mod:`project.core.lookups` are exempt while they run, and so is what Django itself does with the database's
schema or with cascades of a whole shop.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from project.core.lookups import is_unscoped
from project.core.scope import ScopedModel

EXEMPT_STATEMENTS = re.compile(
    r"^\s*(CREATE|ALTER|DROP|TRUNCATE|SET|SAVEPOINT|RELEASE|ROLLBACK|EXPLAIN|ANALYZE|VACUUM)\b", re.I
)
CONDITION = re.compile(r"\b(WHERE|ON|JOIN|USING)\b(?P<rest>.*)", re.I | re.S)


class UnscopedQuery(AssertionError):
    """A statement over a shop-owned table did not say whose rows it means."""


@cache
def shop_owned_tables() -> frozenset[str]:
    return frozenset(model._meta.db_table for model in apps.get_models() if issubclass(model, ScopedModel)) | frozenset(
        {"core_outbox", "core_delivery", "core_audit"}
    )


@cache
def _mentions() -> re.Pattern[str]:
    return re.compile(r'"?\b(' + "|".join(sorted(map(re.escape, shop_owned_tables()))) + r')\b"?')


def complaint(sql: str) -> str | None:
    """Why a statement is refused, or None."""
    if EXEMPT_STATEMENTS.match(sql):
        return None
    tables = set(_mentions().findall(sql))
    if not tables:
        return None
    if re.match(r"^\s*INSERT\b", sql, re.I):
        scoped = "shop_id" in sql
    else:
        condition = CONDITION.search(sql)
        scoped = condition is not None and "shop_id" in condition["rest"]
    return None if scoped else f"SQL over {', '.join(sorted(tables))} without shop_id: {sql[:400]}"


def guard(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    if not is_unscoped() and (reason := complaint(sql)):
        raise UnscopedQuery(reason)
    return execute(sql, params, many, context)


@pytest.fixture(autouse=True)
def every_statement_names_its_shop(request: pytest.FixtureRequest) -> Iterator[None]:
    """On for every test that touches the database in this thread."""
    if not {"db", "transactional_db"} & set(request.fixturenames) and not request.node.get_closest_marker("django_db"):
        yield
        return
    with connection.execute_wrapper(guard):
        yield
