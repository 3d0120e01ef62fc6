"""``GET /w/{id}/`` at the edge."""

from django.conf import settings

from project.core.edge.asgi import Header
from project.core.edge.lease import VIEW_MAX_AGE
from project.core.edge.origins import origin_refused
from project.core.edge.prepared import Prepared, prepare, respond
from project.core.edge.requests import EdgeRequest
from project.core.edge.responses import NO_STORE, NOSNIFF, VARY, EdgeResponse
from project.core.edge.runtime import runtime
from project.core.errors import InvalidInput, NotFound
from widgets.building import Head
from widgets.delivery import WidgetDesk, delivery, take_costly
from widgets.parameters import key_part, visit_of
from widgets.placements import FeedKey, Visit
from widgets.rules import ITEM_ID
from widgets.wall.rendering import WallPage, render_item, render_missing, render_wall

# Nothing but the page's own style sheet and this host's pictures; no script at all.
POLICY = (
    "default-src 'none'; style-src 'sha256-{hash}'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


async def wall(request: EdgeRequest) -> EdgeResponse:
    """A wall page. Copies of it are good for a minute, or until the next licence begins or ends."""
    desks = delivery()
    widget_id = request.params["widget_id"]
    try:
        desk = await desks.desk(widget_id, request.client)
    except NotFound:
        return await _missing(None, request)
    if desk.cors(request.origin, request.host) is None:
        return origin_refused(request.origin)
    query = request.query()
    key = await desks.key(desk, key_part(query), request.client)
    try:
        if "item" in query:
            take_costly(request.client)
            ready = await _item(desk, key, query["item"])
        else:
            ready = await _page(desk, key, visit_of(query), request)
    except (NotFound, InvalidInput):
        return await _missing(desk.head, request)
    age = runtime().view.age()
    if age > VIEW_MAX_AGE:
        # This process cannot know what was withdrawn since.
        return await _missing(desk.head, request, status=503)
    freshness = f"max-age={ready.lease(age)}, must-revalidate".encode()
    return respond(ready, request, [(b"cache-control", freshness)])


async def wall_without_slash(request: EdgeRequest) -> EdgeResponse:
    """The address as people shorten it."""
    query = request.query_string
    target = f"{settings.PUBLIC_URL}/w/{request.params['widget_id']}/".encode() + (b"?" + query if query else b"")
    return EdgeResponse(301, [(b"location", target), (b"content-length", b"0"), VARY])


async def _page(desk: WidgetDesk, key: FeedKey, visit: Visit, request: EdgeRequest) -> Prepared[None]:
    async def build() -> Prepared[None]:
        return _prepared(await runtime().pool.run(lambda: render_wall(desk.head, key, visit)))

    if visit.search:
        # Words a visitor may search for are without number: nothing of it is kept.
        take_costly(request.client)
        return await build()
    stars = ",".join(map(str, visit.stars))
    name = f"wall|{key}|{visit.order}|{stars}|{visit.everything}|{visit.cursor}"
    if key == desk.default and visit == Visit():
        return await delivery().obtain(desk, name, build)
    # A visitor can make up cursors and combinations without end.
    return await delivery().wall_page(desk, name, build, request.client)


async def _item(desk: WidgetDesk, key: FeedKey, item_id: str) -> Prepared[None]:
    if not ITEM_ID.fullmatch(item_id):
        raise NotFound("There is no such review.")
    return _prepared(await runtime().pool.run(lambda: render_item(desk.head, key, item_id)))


async def _missing(head: Head | None, request: EdgeRequest, *, status: int = 404) -> EdgeResponse:
    locale = head.widget.locale if head else settings.LANGUAGE_CODE
    page = await runtime().pool.run(lambda: render_missing(head, locale))
    headers = [*_headers(page), NO_STORE, (b"content-length", str(len(page.html)).encode())]
    return EdgeResponse(status, headers, page.html)


def _prepared(page: WallPage) -> Prepared[None]:
    return prepare(
        number=page.stand.number,
        payload=None,
        body=page.html,
        headers=_headers(page),
        ends_at=page.stand.ends_at,
        settled=page.stand.settled,
    )


def _headers(page: WallPage) -> list[Header]:
    return [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-security-policy", POLICY.format(hash=page.style_hash).encode()),
        (b"referrer-policy", b"strict-origin-when-cross-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        NOSNIFF,
        VARY,
    ]
