"""Settings of the test suite: real PostgreSQL and Valkey, started by ``tests/conftest.py``.

The addresses follow from a folder whose name is chosen here, before any service runs, so it does not matter
how early something reads the settings. Workers of pytest-xdist inherit the folder by environment: they share
PostgreSQL (each has its own database there) and each has a Valkey of its own, because channels and keys of
two workers' shops would meet in one. DATABASE_URL and REDIS_URL given from outside are used as they are.
"""

import os
from pathlib import Path

from project.runtime import layout, throwaway

GIVEN = os.environ.setdefault(
    "VOUCHSAFE_TEST_GIVEN", ",".join(name for name in ("DATABASE_URL", "REDIS_URL") if name in os.environ)
).split(",")
RUN_HOME = Path(os.environ.setdefault("VOUCHSAFE_TEST_HOME", str(throwaway.new_home())))
WORKER_HOME = RUN_HOME / os.environ.get("PYTEST_XDIST_WORKER", "main")

os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 40)
os.environ.setdefault("ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")
os.environ["VOUCHSAFE_HOME"] = str(WORKER_HOME)
if "DATABASE_URL" not in GIVEN:
    os.environ["DATABASE_URL"] = layout.database_url(RUN_HOME)
if "REDIS_URL" not in GIVEN:
    os.environ["REDIS_URL"] = layout.redis_url(WORKER_HOME)

from .base import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = False
# Files are found where they lie; WhiteNoise would warn about a folder that collectstatic has not made.
STATIC_ROOT = None
INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]  # noqa: F405 (`make migrations`)
