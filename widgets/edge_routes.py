"""The widgets' addresses at the edge: feed, further items, acknowledgement, live push, hosted wall."""

from collections.abc import Awaitable
from typing import Any

from project.core.edge.asgi import Header, Receive, Scope, Send
from project.core.edge.origins import cors_headers, may_ask, origin_refused, preflight
from project.core.edge.prepared import LEASE_HEADERS, Prepared, prepare, respond
from project.core.edge.requests import EdgeRequest
from project.core.edge.responses import VARY, EdgeResponse, encode_json, refusal
from project.core.edge.routes import register_http, register_websocket
from project.core.edge.runtime import runtime
from project.core.errors import InvalidInput, VouchsafeError
from project.core.live.connections import is_connection_id
from project.core.live.sockets import refuse, serve_socket
from project.core.live.streams import serve_stream
from widgets.building import build_items
from widgets.contracts import to_json
from widgets.delivery import EXPOSED, FEED_HEADERS, FeedTopic, WidgetDesk, delivery, take_costly
from widgets.parameters import key_part, visit_of
from widgets.rules import WIDGET_ID
from widgets.wall.handlers import wall, wall_without_slash

ACK_MAX_BYTES = 1_000


def register() -> None:
    """Called once, when the app is ready."""
    base = rf"/w/(?P<widget_id>{WIDGET_ID})"
    register_http("GET", rf"{base}/feed\.json", feed, warm=warm_feed)
    register_http("OPTIONS", rf"{base}/feed\.json", get_preflight)
    register_http("GET", rf"{base}/items\.json", items)
    register_http("OPTIONS", rf"{base}/items\.json", get_preflight)
    register_http("POST", rf"{base}/ack", acknowledge)
    register_http("OPTIONS", rf"{base}/ack", ack_preflight)
    register_http("GET", rf"{base}/events", events)
    register_http("GET", rf"{base}/", wall)
    register_http("GET", base, wall_without_slash)
    register_websocket(rf"/ws/w/(?P<widget_id>{WIDGET_ID})", live)


def feed(request: EdgeRequest) -> EdgeResponse | Awaitable[EdgeResponse]:
    """``GET /w/{id}/feed.json``."""
    return warm_feed(request) or _cold_feed(request)


def warm_feed(request: EdgeRequest) -> EdgeResponse | None:
    """The feed, where everything is ready: a few look-ups, no await."""
    desks = delivery()
    widget_id = request.params["widget_id"]
    desk = desks.known_desk(widget_id)
    key = None if desk is None else desk.aliases.get(request.query_string)
    if desk is None or key is None:
        return None
    cors = desk.cors(request.origin, request.host)
    if cors is None:
        return origin_refused(request.origin)
    ready = desks.store.current(widget_id, key.feed, runtime().view.number(desk.head.shop.id))
    return None if ready is None else _leased(ready, request, cors)


async def _cold_feed(request: EdgeRequest) -> EdgeResponse:
    desks = delivery()
    desk = await desks.desk(request.params["widget_id"], request.client)
    cors = desk.cors(request.origin, request.host)
    if cors is None:
        return origin_refused(request.origin)
    key = await desks.key(desk, request.query_string, request.client)
    return _leased(await desks.feed(desk, key, request.client), request, cors)


def _leased(ready: Prepared[Any], request: EdgeRequest, cors: list[Header]) -> EdgeResponse:
    lease = ready.lease(runtime().view.age())
    return respond(ready, request, (LEASE_HEADERS[lease], *cors))


async def items(request: EdgeRequest) -> EdgeResponse:
    """``GET /w/{id}/items.json``: further pages, searches, orders and stars of a visitor's choice."""
    desks = delivery()
    take_costly(request.client)
    desk = await desks.desk(request.params["widget_id"], request.client)
    cors = desk.cors(request.origin, request.host)
    if cors is None:
        return origin_refused(request.origin)
    visit = visit_of(request.query())
    try:
        key = await desks.key(desk, key_part(request.query()), request.client)
        page, stand = await runtime().pool.run(lambda: build_items(desk.head, key, visit))
    except VouchsafeError as error:
        return refusal(error, cors)
    body = {
        "version": stand.number,
        "items": [to_json(item) for item in page.items],
        "next": page.next,
        "selection": to_json(page.selection) if page.selection else None,
    }
    ready = prepare(
        number=stand.number,
        payload=None,
        body=encode_json(body),
        headers=FEED_HEADERS,
        ends_at=stand.ends_at,
        settled=stand.settled,
    )
    return _leased(ready, request, cors)


async def acknowledge(request: EdgeRequest) -> EdgeResponse:
    """``POST /w/{id}/ack`` from pages that listen to the event stream."""
    desks = delivery()
    widget_id = request.params["widget_id"]
    desk = await desks.desk(widget_id, request.client)
    cors = desk.cors(request.origin, request.host)
    if cors is None:
        return origin_refused(request.origin)
    body = await request.json(ACK_MAX_BYTES)
    connection, version = body.get("connection"), body.get("v")
    if type(version) is not int or not isinstance(connection, str) or not is_connection_id(connection, widget_id):
        return refusal(InvalidInput("An acknowledgement names its connection and a version."), cors)
    take_costly(connection)  # by page, not by address: a whole office may stand behind one
    if version <= runtime().view.number(desk.head.shop.id):
        runtime().hub.acknowledge_by_id(desk.head.shop.id, connection, version)
    return EdgeResponse(204, [VARY, *cors])


async def get_preflight(request: EdgeRequest) -> EdgeResponse:
    """Feeds need no preflight as the embed asks; pages that set headers of their own get an answer all
    the same.
    """
    return await _preflight(request, b"GET")


async def ack_preflight(request: EdgeRequest) -> EdgeResponse:
    return await _preflight(request, b"POST")


async def _preflight(request: EdgeRequest, methods: bytes) -> EdgeResponse:
    desk = await delivery().desk(request.params["widget_id"], request.client)
    return preflight(request.origin, request.host, desk.allowed, methods)


async def events(request: EdgeRequest) -> EdgeResponse | None:
    """``GET /w/{id}/events``: the live frames as server-sent events."""
    desk = await delivery().desk(request.params["widget_id"], request.client)
    if not may_ask(request.origin, request.host, desk.allowed):
        return origin_refused(request.origin)
    topic = await _topic(desk, request)
    await serve_stream(request, desk.admission(request), topic, headers=cors_headers(request.origin, EXPOSED))
    return None


async def live(scope: Scope, receive: Receive, send: Send) -> None:
    """``WS /ws/w/{id}``: an allowed ``Origin`` is required (X7)."""
    request = EdgeRequest(scope, receive, send, scope["url_route"]["kwargs"])
    try:
        desk = await delivery().desk(request.params["widget_id"], request.client)
        if not may_ask(request.origin, request.host, desk.allowed, required=True):
            await refuse(scope, receive, send, origin_refused(request.origin))
            return
        topic = await _topic(desk, request)
    except VouchsafeError as error:
        await refuse(scope, receive, send, refusal(error))
        return
    await serve_socket(scope, receive, send, desk.admission(request), topic)


async def _topic(desk: WidgetDesk, request: EdgeRequest) -> FeedTopic:
    """What the page listens to. Its feed is got here, where it counts as this visitor's if it must be built."""
    key = await delivery().key(desk, key_part(request.query()), request.client)
    await delivery().feed(desk, key, request.client)
    return FeedTopic(desk, key)
