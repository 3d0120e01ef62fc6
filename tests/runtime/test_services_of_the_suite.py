"""The suite's own services answer, and are what the settings say."""

import pytest
import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection


@pytest.mark.django_db
def test_the_suite_runs_on_a_postgresql_with_pgvector() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT '[1,2,3]'::vector <-> '[1,2,4]'::vector, lower('ÆØÅ')")
        assert cursor.fetchone() == (1.0, "æøå")


def test_the_cache_is_the_runs_own_valkey(valkey: redis.Redis) -> None:
    cache.set("key", "value")
    assert cache.get("key") == "value"
    assert str(settings.VOUCHSAFE_HOME) in settings.REDIS_URL
    assert valkey.ping()


def test_a_test_finds_nothing_another_test_cached() -> None:
    assert cache.get("key") is None
