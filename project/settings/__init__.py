"""Settings: ``local`` (embedded services), ``production`` (everything named), ``testing``."""

import os
from collections.abc import Mapping

# With these four the same code runs for real.
REQUIRED_IN_PRODUCTION = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS")


def default_module(environment: Mapping[str, str] = os.environ) -> str:
    """The settings module of a process that names none: production where everything it needs is set."""
    complete = all(environment.get(name) for name in REQUIRED_IN_PRODUCTION)
    return "project.settings.production" if complete else "project.settings.local"
