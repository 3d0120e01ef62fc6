"""What the tests of the widgets room share: shops with content, and a client of the edge without a socket."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from asgiref.sync import sync_to_async
from django.db import connections

from project.asgi import application
from project.content.contracts import ItemInput
from project.core.edge.runtime import EdgeRuntime, ensure_started, shut_down
from project.shops.services import add_allowed_origin
from tests.factories import Personas, item_input, make_personas, make_product, make_published
from widgets.contracts import WidgetInput
from widgets.services import create_widget

SHOP_PAGE = "http://127.0.0.1:8001"
ELSEWHERE = "https://elsewhere.example"


@dataclass(frozen=True)
class Placed:
    """A shop with published items and a widget that its page carries."""

    people: Personas
    widget_id: str
    item_ids: list[str]

    @property
    def shop_id(self) -> int:
        return self.people.shop.id

    @property
    def feed(self) -> str:
        return f"/w/{self.widget_id}/feed.json"


def place(items: int | Sequence[ItemInput] = 6, **widget: Any) -> Placed:
    """Alice's shop with published items, its page's origin allowed, and one widget (a carousel)."""
    people = make_personas()
    ids = make_published(people.shop.id, items) if items else []
    add_allowed_origin(shop_id=people.shop.id, actor_id=None, origin=SHOP_PAGE)
    return Placed(people, make_widget(people.shop.id, **widget), ids)


def place_with_products() -> Placed:
    """The same with two products, "blue" and "red", of one review each."""
    placed = place(0)
    for name in ("Blue", "Red"):
        make_product(placed.shop_id, name)
    reviews = [item_input(product_external_id=name) for name in ("blue", "red")]
    return Placed(placed.people, placed.widget_id, make_published(placed.shop_id, reviews))


def make_widget(shop_id: int, **widget: Any) -> str:
    values = {"type": "carousel", "name": "Carousel", "heading": "What customers say", **widget}
    return create_widget(shop_id=shop_id, actor_id=None, widget=WidgetInput(**values))


@asynccontextmanager
async def edge() -> AsyncIterator[tuple[httpx.AsyncClient, EdgeRuntime]]:
    """A client of the whole ASGI application, with the edge's runtime started in this event loop."""
    running = await ensure_started()
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)  # type: ignore[arg-type]
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            yield client, running
    finally:
        await shut_down()


def in_thread(work: Callable[..., Any]) -> Callable[..., Any]:
    """Database work of a test that runs in the event loop; its thread's connection is closed behind it."""

    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return work(*args, **kwargs)
        finally:
            connections.close_all()

    return sync_to_async(run, thread_sensitive=True)
