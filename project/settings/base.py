"""Settings shared by every way of running Vouchsafe.

Every value that differs between installations comes from the environment and is loud when it is
wrong. ``local``, ``production`` and ``testing`` set the environment's defaults before they import this.
"""

import os
from pathlib import Path
from typing import Any

import dj_database_url
import environs
from environs import Env

from project.core.logs import logging_config
from project.settings.mail import mail_settings

env = Env()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VOUCHSAFE_HOME = Path(env.str("VOUCHSAFE_HOME", str(BASE_DIR / ".vouchsafe"))).absolute()

SECRET_KEY = env.str("SECRET_KEY")
DEBUG = False
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", [])
PUBLIC_URL = env.str("PUBLIC_URL", "http://localhost:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "csp",
    "anymail",
    "project.core",
    "project.shops",
    "project.content",
    "project.rights",
    "project.collection",
    "widgets",
    "assistant",
    "project.studio",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "project.core.languages.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "project.core.middleware.ErrorShapeMiddleware",
]

ROOT_URLCONF = "project.urls"
ASGI_APPLICATION = "project.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "project" / "studio" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- data -----------------------------------------------------------------------------------------

# Under ASGI each request has a thread of its own, which ends with it: a connection that is kept there serves nobody
# again and is only closed when it is collected. So none is kept; the edge's own threads hold theirs.
DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(
        env.str("DATABASE_URL"), conn_max_age=env.int("DATABASE_CONN_MAX_AGE", 0), conn_health_checks=True
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL")


def redis_database(number: int) -> str:
    """REDIS_URL with its database number replaced: one server, four uses kept apart."""
    if REDIS_URL.startswith("unix://"):
        return f"{REDIS_URL.split('?')[0]}?db={number}"
    return f"{REDIS_URL.rstrip('/').removesuffix('/0')}/{number}"


def broker_url() -> str:
    """The broker's URL in Celery's spelling; a Unix socket has a scheme of its own there."""
    if REDIS_URL.startswith("unix://"):
        return f"redis+socket://{REDIS_URL.removeprefix('unix://').split('?')[0]}?virtual_host=0"
    return redis_database(0)


CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [redis_database(1)]},
    }
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": redis_database(2)}}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

CELERY_BROKER_URL = broker_url()
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A task of a killed worker comes back after this many seconds; every task may run twice.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "max_retries": 1,
    "interval_start": 0,
    "interval_max": 0.2,
}
CELERY_TASK_ROUTES = {
    "project.core.tasks.*": {"queue": "urgent"},
    "project.rights.tasks.announce_licence_changes_task": {"queue": "urgent"},
    "project.rights.tasks.tidy_after_erasures_task": {"queue": "bulk"},
    "assistant.tasks.embed_*": {"queue": "bulk"},
    "assistant.tasks.reindex_*": {"queue": "bulk"},
}
CELERY_BEAT_SCHEDULE: dict[str, Any] = {
    "relay-outbox": {
        "task": "project.core.tasks.relay_pending_task",
        "schedule": 1.0,
        "options": {"queue": "urgent", "expires": 5},
    },
    "parked-news": {
        "task": "project.core.tasks.retry_parked_task",
        "schedule": 60.0,
        "options": {"queue": "default", "expires": 60},
    },
    "rights-clock": {
        "task": "project.rights.tasks.announce_licence_changes_task",
        "schedule": 30.0,
        "options": {"queue": "urgent", "expires": 60},
    },
    "ledger-heads": {
        "task": "project.rights.ledger.tasks.sign_heads_task",
        "schedule": 10.0,
        "options": {"queue": "default", "expires": 10},
    },
    "ledger-witnesses": {
        "task": "project.rights.ledger.tasks.tell_witnesses_task",
        "schedule": 600.0,
        "options": {"queue": "default", "expires": 600},
    },
    "forgotten-measurements": {
        "task": "project.rights.tasks.measure_forgotten_task",
        "schedule": 300.0,
        "options": {"queue": "default", "expires": 300},
    },
    "rights-asking": {
        "task": "project.rights.tasks.keep_asking_task",
        "schedule": 300.0,
        "options": {"queue": "default", "expires": 300},
    },
    "rights-notices": {
        "task": "project.rights.tasks.close_settled_notices_task",
        "schedule": 3600.0,
        "options": {"queue": "default", "expires": 3600},
    },
    "assistant-embedding": {
        "task": "assistant.tasks.embed_due_task",
        "schedule": 60.0,
        "options": {"queue": "bulk", "expires": 120},
    },
    "erasures-tidied": {
        "task": "project.rights.tasks.tidy_after_erasures_task",
        "schedule": 60.0,
        "options": {"queue": "bulk", "expires": 120},
    },
    "stray-files": {
        "task": "project.collection.tasks.forget_stray_files_task",
        "schedule": 86400.0,
        "options": {"queue": "bulk", "expires": 3600},
    },
    "forgotten-mail": {
        "task": "project.shops.tasks.send_forgotten_mail_task",
        "schedule": 300.0,
        "options": {"queue": "default", "expires": 300},
    },
    "collect-due-sources": {
        "task": "project.collection.tasks.collect_due_sources_task",
        "schedule": 60.0,
        "options": {"queue": "default", "expires": 120},
    },
}

# --- people ---------------------------------------------------------------------------------------

AUTH_USER_MODEL = "shops.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/studio/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_ADAPTER = "project.shops.adapter.AccountAdapter"
# Whether anybody may make an account and open a shop; else the first person and those who are invited.
VOUCHSAFE_OPEN_SIGNUP = env.bool("VOUCHSAFE_OPEN_SIGNUP", True)
ACCOUNT_FORMS = {
    "login": "project.shops.forms.LoginForm",
    "signup": "project.shops.forms.SignupForm",
    "reset_password": "project.shops.forms.ResetPasswordForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = env.str("ACCOUNT_EMAIL_VERIFICATION", "mandatory")
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key", "login": "30/m/ip"}
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Vouchsafe"

DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Vouchsafe <vouchsafe@localhost>")
# Without a provider all letters of shops are kept in the database and shown on the studio's Mail page, and those of
# sign-in are written into a folder.
_MAIL = mail_settings(env.str("VOUCHSAFE_MAIL_PROVIDER", ""), os.environ)
EMAIL_BACKEND = _MAIL.backend
ANYMAIL: dict[str, Any] = {**_MAIL.anymail, "REQUESTS_TIMEOUT": (5, 15)}
VOUCHSAFE_MAIL_IS_KEPT = env.bool("VOUCHSAFE_MAIL_IS_KEPT", _MAIL.is_kept)
EMAIL_FILE_PATH = str(VOUCHSAFE_HOME / "mail")
EMAIL_HOST = env.str("EMAIL_HOST", "localhost")
EMAIL_PORT = env.int("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10

# --- language and time ----------------------------------------------------------------------------

LANGUAGE_CODE = "en"
# Authors, shoppers and whoever writes a notice are spoken to in any of these; the studio speaks the first two (see
# project/core/management/commands/translations.py for which texts that makes public).
LANGUAGES = [("en", "English"), ("da", "Dansk"), ("nl", "Nederlands"), ("de", "Deutsch")]
VOUCHSAFE_STUDIO_LANGUAGES = LANGUAGES[:2]
# Where staff and programs read: limited to the studio's languages, so that no page is half Dutch and half English.
VOUCHSAFE_STUDIO_PATHS = ("/studio/", "/accounts/", "/api/")
LOCALE_PATHS = [BASE_DIR / "project" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- files ----------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [("studio", BASE_DIR / "frontend_static" / "studio")]
# Where `collectstatic` gathers files; without it (default set-up, tests) they are served from where they lie.
STATIC_ROOT: Path | None = env.path("STATIC_ROOT", None)
WHITENOISE_USE_FINDERS = STATIC_ROOT is None
WHITENOISE_AUTOREFRESH = False
EMBED_ROOT = BASE_DIR / "frontend_static" / "embed" / "dist"
MEDIA_ROOT = VOUCHSAFE_HOME / "media"
MEDIA_URL = "/media/"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

# --- safety ---------------------------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "media-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-src": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}
SILENCED_SYSTEM_CHECKS: list[str] = []

# --- Vouchsafe's own ------------------------------------------------------------------------------

VOUCHSAFE_DEMO = env.bool("VOUCHSAFE_DEMO", False)
# host:port pairs that outgoing requests may reach although they are private (the demo's replay server).
VOUCHSAFE_OUTGOING_ALLOW: list[str] = env.list("VOUCHSAFE_OUTGOING_ALLOW", [])
# The ledger: the key that signs its heads (else a file under VOUCHSAFE_HOME/keys), who is told of them, who stamps.
VOUCHSAFE_LOG_KEY = env.str("VOUCHSAFE_LOG_KEY", "")
VOUCHSAFE_WITNESS_MAIL: list[str] = env.list("VOUCHSAFE_WITNESS_MAIL", [])
VOUCHSAFE_WITNESS_WEBHOOK = env.str("VOUCHSAFE_WITNESS_WEBHOOK", "")
VOUCHSAFE_WITNESS_SECRET = env.str("VOUCHSAFE_WITNESS_SECRET", "")
VOUCHSAFE_WITNESS_GIT = env.str("VOUCHSAFE_WITNESS_GIT", "")
VOUCHSAFE_STAMP_AUTHORITY = env.str("VOUCHSAFE_STAMP_AUTHORITY", "")
VOUCHSAFE_STAMP_ROOTS = env.str("VOUCHSAFE_STAMP_ROOTS", "")
# Where copies outside are told that something was withdrawn; empty: nobody is asked.
VOUCHSAFE_CDN_PURGE_URL = env.str("VOUCHSAFE_CDN_PURGE_URL", "")
VOUCHSAFE_CDN_PURGE_TOKEN = env.str("VOUCHSAFE_CDN_PURGE_TOKEN", "")
VOUCHSAFE_INDEXNOW_KEY = env.str("VOUCHSAFE_INDEXNOW_KEY", "")
VOUCHSAFE_INDEXNOW_URL = env.str("VOUCHSAFE_INDEXNOW_URL", "https://api.indexnow.org/indexnow")
VOUCHSAFE_EMBEDDINGS = env.str("VOUCHSAFE_EMBEDDINGS", "assistant.embedding.local.LocalEmbeddings")
EMBEDDER_SOCKET = env.str("EMBEDDER_SOCKET", "")
ASSISTANT_MODEL = env.str("ASSISTANT_MODEL", "")
ASSISTANT_MODEL_BASE_URL = env.str("ASSISTANT_MODEL_BASE_URL", "")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["project.shops.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "project.core.api.schema.ApiSchema",
    "EXCEPTION_HANDLER": "project.core.api.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_THROTTLE_CLASSES": [],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Vouchsafe API",
    "VERSION": "1",
    "DESCRIPTION": "Content, selections, products, orders, rights requests, licences, widgets and sources of one shop.",
    "SERVE_INCLUDE_SCHEMA": False,
    "DEFAULT_GENERATOR_CLASS": "project.core.api.schema.ApiSchemaGenerator",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "POSTPROCESSING_HOOKS": [],
}
# Requests a second and at once that one API key may make, in each process.
API_RATE = env.float("API_RATE", 20.0)
API_BURST = env.float("API_BURST", 200.0)

LOGGING = logging_config(
    level=env.str("LOG_LEVEL", "INFO"),
    as_json=env.str("LOG_FORMAT", "text", validate=environs.validate.OneOf(["text", "json"])) == "json",
)
