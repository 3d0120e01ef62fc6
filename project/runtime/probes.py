"""Whether a process can do its work yet, asked from outside."""

import contextlib
import http.client
import socket
from collections.abc import Mapping
from pathlib import Path

import psycopg
import redis

from project.runtime.environment import first_host
from project.runtime.errors import CannotStart
from project.runtime.layout import Layout
from project.runtime.programs import ready_file

PROBE_SECONDS = 2.0


def can_work(name: str, pid: int, layout: Layout, values: Mapping[str, str]) -> bool:
    """Whether our process ``name``, now running as ``pid``, takes requests or tasks."""
    if name == "web":
        return http_answers(int(values["PORT"]), name=first_host(values))
    if name == "storefront":
        return http_answers(int(values["STOREFRONT_PORT"]), "/")
    if name == "replay":
        return http_answers(int(values["REPLAY_PORT"]))
    if name == "embedder":
        return socket_answers(Path(values["EMBEDDER_SOCKET"]))
    if name.startswith("worker-"):
        with contextlib.suppress(OSError):
            return ready_file(layout, name).read_text() == str(pid)
        return False
    return True


def require_postgresql(url: str) -> None:
    """Raise CannotStart unless the PostgreSQL that DATABASE_URL names lets us in."""
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.Error as error:
        raise CannotStart(
            f"The PostgreSQL that DATABASE_URL names does not let us in ({_first_line(error)}): correct it, or unset "
            "it to use the embedded one."
        ) from None


def require_redis(url: str) -> None:
    """Raise CannotStart unless the Redis or Valkey that REDIS_URL names answers."""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=5) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise CannotStart(
            f"The Redis that REDIS_URL names does not answer ({_first_line(error)}): correct it, or unset it to use "
            "the embedded Valkey."
        ) from None


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def http_answers(port: int, path: str = "/healthz", *, name: str = "localhost") -> bool:
    """Whether ``GET path`` on this machine, asked for the host ``name``, is answered with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", path, headers={"Host": f"{name}:{port}"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def socket_answers(path: Path) -> bool:
    """Whether somebody accepts connections on the Unix socket ``path``."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(PROBE_SECONDS)
            connection.connect(str(path))
            return True
    except OSError:
        return False
