"""The web server: uvicorn with the project's own WebSocket protocol, on every address of its host name."""

import os
import socket

import uvicorn

from project.runtime.preflight import bound, loopback_addresses

# Open sockets and event streams are told to go; a page reconnects by itself.
GRACE_SECONDS = 3
BACKLOG = 2048


def serve() -> None:
    """Serve ``project.asgi:application`` on HOST (default localhost) and PORT until SIGTERM or SIGINT."""
    sockets = listening(os.environ.get("HOST", "localhost"), int(os.environ.get("PORT", "8000")))
    uvicorn.Server(configuration()).run(sockets=sockets)


def configuration() -> uvicorn.Config:
    """uvicorn's settings.

    Compression of WebSocket frames is off: the hub frames a message once for all connections. Forwarded
    addresses are believed only from trusted proxies.
    """
    from project.asgi import application  # First: it sets Django up, which what follows needs.
    from project.core.live.protocol import LiveHttpProtocol, LiveWebSocketProtocol

    return uvicorn.Config(
        application,
        http=LiveHttpProtocol,
        ws=LiveWebSocketProtocol,
        ws_per_message_deflate=False,
        proxy_headers=bool(trusted_proxies()),
        forwarded_allow_ips=trusted_proxies(),
        server_header=False,
        access_log=False,
        log_config=None,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def trusted_proxies() -> str:
    """Who may say which address and scheme a request came with: FORWARDED_ALLOW_IPS.

    In production that is a proxy on this machine unless it is set; in the default set-up there is none.
    """
    production = os.environ["DJANGO_SETTINGS_MODULE"].endswith("production")
    return os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1" if production else "")


def listening(host: str, port: int) -> list[socket.socket]:
    """Sockets bound to ``port``: on both loopback addresses for ``localhost``, else on the one named."""
    addresses = loopback_addresses() if host == "localhost" else [host]
    sockets = [bound(address, port) for address in addresses]
    for opened in sockets:
        opened.set_inheritable(True)
    return sockets
