"""What the supervisor, a container engine and a load balancer ask: whether this process can work."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client


@contextmanager
def database_gone(folder: Path) -> Iterator[None]:
    """New connections look for a server where none listens."""
    found = connection.settings_dict["HOST"]
    connection.close()
    connection.settings_dict["HOST"] = str(folder)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["HOST"] = found


@pytest.mark.django_db(transaction=True)
def test_it_says_whether_the_database_answers_and_nothing_else(tmp_path: Path) -> None:
    well = Client().get("/healthz")
    assert (well.status_code, well.json()) == (200, {"status": "ok", "database": True})
    with database_gone(tmp_path):
        ill = Client().get("/healthz")
    assert (ill.status_code, ill.json()) == (503, {"status": "unavailable", "database": False})
    assert Client().get("/healthz").status_code == 200
