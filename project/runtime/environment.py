"""The environment of the default set-up: what the supervisor gives its processes.

``settings.local`` takes the same values as defaults, so a management command beside a running supervisor
speaks to the same services and knows the same URLs.
"""

import contextlib
import json
import os
import secrets
from collections.abc import Mapping

from project.runtime.errors import CannotStart
from project.runtime.layout import Layout, database_url, redis_url
from project.settings import default_module

DEFAULT_PORT = 8000
REMEMBERED = ("PORT", "STOREFRONT_PORT", "REPLAY_PORT", "PUBLIC_URL")


def defaults(layout: Layout, *, remembered: bool) -> dict[str, str]:
    """Every variable of the default set-up; what the environment already says is kept.

    ``remembered`` takes ports and URL of the last start into account (for commands beside it).
    """
    known = {**(_remembered(layout) if remembered else {}), **_named()}
    port = _port(known, "PORT", DEFAULT_PORT)
    storefront = _port(known, "STOREFRONT_PORT", port + 1)
    replay = _port(known, "REPLAY_PORT", port + 2)
    values = {
        "DJANGO_SETTINGS_MODULE": default_module(known),
        "VOUCHSAFE_HOME": str(layout.home),
        "PORT": str(port),
        "STOREFRONT_PORT": str(storefront),
        "REPLAY_PORT": str(replay),
        "DATABASE_URL": database_url(layout.home),
        "REDIS_URL": redis_url(layout.home),
        "EMBEDDER_SOCKET": str(layout.embedder_socket),
    }
    if values["DJANGO_SETTINGS_MODULE"].endswith("production"):
        own = {"PUBLIC_URL": f"https://{first_host(known)}", "VOUCHSAFE_DEMO": "0"}
    else:
        own = {
            "PUBLIC_URL": f"http://localhost:{port}",
            "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
            "VOUCHSAFE_OUTGOING_ALLOW": f"127.0.0.1:{replay}",
            "VOUCHSAFE_DEMO": "1",
        }
    return {**values, **own, **known}


def first_host(values: Mapping[str, str]) -> str:
    """The host name that the site answers to: the first one of ALLOWED_HOSTS."""
    return values["ALLOWED_HOSTS"].split(",")[0].strip().lstrip(".")


def _named() -> dict[str, str]:
    """What is set; an empty variable counts as unset, as make passes unset ones on like that."""
    return {key: value for key, value in os.environ.items() if value}


def _port(known: dict[str, str], name: str, default: int) -> int:
    text = known.get(name, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise CannotStart(f"{name} must be a port number between 1 and 65535, not {text!r}.")
    return int(text)


def _remembered(layout: Layout) -> dict[str, str]:
    try:
        stored = json.loads(layout.environment.read_text())
    except (OSError, ValueError):
        return {}
    return {name: str(stored[name]) for name in REMEMBERED if name in stored}


def remember(layout: Layout, values: dict[str, str]) -> None:
    """Keep ports and URL of this start for commands beside it."""
    layout.environment.write_text(json.dumps({name: values[name] for name in REMEMBERED}, indent=1))


def secret_key(layout: Layout) -> str:
    """The installation's SECRET_KEY, made on first use and readable by its owner alone."""
    with contextlib.suppress(FileNotFoundError):
        return layout.secret_key.read_text().strip()
    layout.home.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(layout.secret_key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_urlsafe(50))
    return layout.secret_key.read_text().strip()


def in_use(layout: Layout, values: dict[str, str]) -> tuple[bool, bool]:
    """Whether the embedded PostgreSQL and the embedded Valkey are the ones ``values`` name."""
    return (
        values["DATABASE_URL"] == database_url(layout.home),
        values["REDIS_URL"] == redis_url(layout.home),
    )


def child_environment(values: dict[str, str]) -> dict[str, str]:
    """``values`` and what makes Python behave as a supervised process."""
    # One thread of linear algebra per process: eight processes on two cores would only fight.
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**threads, **values, "PYTHONUNBUFFERED": "1"}
