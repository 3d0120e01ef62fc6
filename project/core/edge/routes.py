"""The edge's routes: filled by widgets and assistant in ``AppConfig.ready``, matched before Django sees a
request.

A pattern is a regular expression over the whole path whose first segment is literal, so that a request for
any other path costs one dictionary look-up::

    register_http("GET", r"/w/(?P<widget_id>wid_[0-9A-Za-z]{22})/feed\\.json", feed)
    register_websocket(r"/ws/w/(?P<widget_id>wid_[0-9A-Za-z]{22})", live)

An HTTP handler takes an :class:`~project.core.edge.requests.EdgeRequest` and returns an
:class:`~project.core.edge.responses.EdgeResponse`, or an awaitable of one, or of None when it has answered
through ``request.send`` itself (streams). A WebSocket handler is a plain ASGI application; the groups of
its pattern stand in ``scope["url_route"]["kwargs"]`` as with Channels.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache

from project.core.edge.asgi import Application
from project.core.edge.requests import EdgeRequest
from project.core.edge.responses import EdgeResponse

Handler = Callable[[EdgeRequest], EdgeResponse | Awaitable[EdgeResponse | None]]
WarmHandler = Callable[[EdgeRequest], EdgeResponse | None]

WARM_PATHS_KEPT = 4_096
_FIRST_SEGMENT = re.compile(r"/([a-z0-9_-]+)/")


@dataclass(frozen=True, slots=True)
class HttpRoute:
    """One method and path pattern, and who answers."""

    method: str
    pattern: str
    regex: re.Pattern[str]
    handler: Handler
    warm: WarmHandler | None = None


@dataclass(frozen=True, slots=True)
class WebSocketRoute:
    """One path pattern of sockets, and the ASGI application behind it."""

    pattern: str
    application: Application


@dataclass(frozen=True, slots=True)
class Match:
    """A route that fits a request, with the groups of its pattern."""

    route: HttpRoute
    params: dict[str, str]


_http: dict[str, list[HttpRoute]] = {}
_websocket: dict[str, WebSocketRoute] = {}


def register_http(method: str, pattern: str, handler: Handler, *, warm: WarmHandler | None = None) -> None:
    """Let ``handler`` answer ``method`` on paths that fit ``pattern``; registering the same again replaces
    it.

    ``warm`` answers a GET at once from what is ready, or returns None: our HTTP protocol asks it before it
    makes a task for the request (:mod:`project.core.live.protocol`). It awaits nothing, reads no body, and
    never fails.

    Raises :class:`ValueError` when the first path segment is not literal.
    """
    first = _FIRST_SEGMENT.match(pattern)
    if first is None:
        raise ValueError(f"The first segment of an edge pattern is literal, as in /w/…: {pattern!r}")
    routes = _http.setdefault(first[1], [])
    routes[:] = [route for route in routes if (route.method, route.pattern) != (method, pattern)]
    routes.append(HttpRoute(method, pattern, re.compile(pattern), handler, warm))
    match_warm.cache_clear()


def register_websocket(pattern: str, application: Application) -> None:
    """Let the ASGI ``application`` serve sockets on paths that fit ``pattern``."""
    _websocket[pattern] = WebSocketRoute(pattern, application)


def http_routes() -> list[HttpRoute]:
    """Every HTTP route in order of registration: what the permission matrix walks over."""
    return [route for routes in _http.values() for route in routes]


def websocket_routes() -> list[WebSocketRoute]:
    """Every WebSocket route in order of registration."""
    return list(_websocket.values())


def match(method: str, path: str) -> Match | list[str] | None:
    """The route for a request; the allowed methods where only the method does not fit; None when it is
    Django's.

    ``HEAD`` is answered by the ``GET`` route: the server leaves out the body.
    """
    routes = _http.get(path[1:].partition("/")[0])
    if routes is None:
        return None
    wanted = "GET" if method == "HEAD" else method
    allowed: list[str] = []
    for route in routes:
        found = route.regex.fullmatch(path)
        if found is None:
            continue
        if route.method == wanted:
            return Match(route, found.groupdict())
        allowed.append(route.method)
    return sorted(allowed) or None


@lru_cache(maxsize=WARM_PATHS_KEPT)
def match_warm(path: str) -> tuple[WarmHandler, dict[str, str]] | None:
    """The warm handler of a GET on this path, with the groups of its pattern (read only: they are shared)."""
    for route in _http.get(path[1:].partition("/")[0], ()):
        if route.warm is not None:
            found = route.regex.fullmatch(path)
            if found is not None:
                return route.warm, found.groupdict()
    return None
