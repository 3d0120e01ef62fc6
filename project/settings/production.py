"""Settings of an installation for real, behind TLS: every service is named by the environment.

DATABASE_URL, REDIS_URL, SECRET_KEY and ALLOWED_HOSTS are all it needs; docs/going-live.md lists the rest.
"""

import os

from django.core.exceptions import ImproperlyConfigured

from project.settings import REQUIRED_IN_PRODUCTION

_missing = [name for name in REQUIRED_IN_PRODUCTION if not os.environ.get(name)]
if _missing:
    raise ImproperlyConfigured(f"Set {', '.join(_missing)} in the environment; docs/going-live.md says to what.")
os.environ.setdefault("VOUCHSAFE_OPEN_SIGNUP", "false")
os.environ.setdefault("VOUCHSAFE_MAIL_PROVIDER", "smtp")
os.environ.setdefault("PUBLIC_URL", f"https://{os.environ['ALLOWED_HOSTS'].split(',')[0].strip().lstrip('.')}")

from .base import *  # noqa: E402, F403
from .base import STATIC_ROOT as GIVEN_STATIC_ROOT  # noqa: E402
from .base import VOUCHSAFE_HOME, env  # noqa: E402

# --- TLS ends at the proxy; uvicorn takes the scheme from it (FORWARDED_ALLOW_IPS) ------------------

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # Asked by the container engine and the supervisor, without TLS.
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", False)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", False)
# Whether other hosts of the domain speak TLS only, and whether browsers are to know it beforehand, is for
# the owner of the domain to decide, not for one program on it.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# --- files made once by collectstatic, with a hash in their names ----------------------------------

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_ROOT = GIVEN_STATIC_ROOT or VOUCHSAFE_HOME / "static"
WHITENOISE_USE_FINDERS = False
