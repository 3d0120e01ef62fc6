"""How the tests of the API ask: with a key, as a server or as a page in a browser."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.test import Client

from project.shops.rules import KeyScope
from project.shops.services import create_api_key
from tests.factories import Personas

V1 = "/api/v1"


@cache
def _program() -> Client:
    """One client for all: making one loads the middleware, and the API sets no cookies that it could keep."""
    return Client()


@dataclass(frozen=True)
class Asking:
    """One caller. ``key`` None: nobody; ``origin``: the page that a browser would send the request from."""

    key: str | None
    origin: str | None = None

    def ask(self, method: str, path: str, data: Any = None, **headers: str) -> Any:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.key is not None:
            sent.setdefault("Authorization", f"Bearer {self.key}")
        if self.origin is not None:
            sent["Origin"] = self.origin
        body: dict[str, Any] = {}
        if method in {"GET", "HEAD", "OPTIONS"}:
            if data is not None:
                body["query_params"] = data
        elif data is not None:
            body = {"data": data if isinstance(data, str | bytes) else json.dumps(data)}
            body["content_type"] = sent.pop("Content-Type", "application/json")
        return getattr(_program(), method.lower())(f"{V1}{path}", headers=sent, **body)

    def get(self, path: str, **query: Any) -> Any:
        return self.ask("GET", path, query or None)

    def post(self, path: str, data: Any = None) -> Any:
        return self.ask("POST", path, {} if data is None else data)

    def patch(self, path: str, data: Any) -> Any:
        return self.ask("PATCH", path, data)

    def delete(self, path: str) -> Any:
        return self.ask("DELETE", path)


def secret_key(shop_id: int, scopes: Iterable[str] = tuple(KeyScope)) -> str:
    """A secret key with these scopes (all of them)."""
    return create_api_key(shop_id=shop_id, actor_id=None, name="tests", publishable=False, scopes=scopes).secret


def publishable_key(shop_id: int) -> str:
    return create_api_key(shop_id=shop_id, actor_id=None, name="tests", publishable=True).secret


def server_of(people: Personas) -> Asking:
    """Alice's own server, which may do everything."""
    return Asking(secret_key(people.shop.id))


def other_server_of(people: Personas) -> Asking:
    """Charlie's server."""
    return Asking(secret_key(people.other_shop.id))


def code_of(response: Any) -> str:
    """The error's code; the whole answer must be nothing but the one shape."""
    body = response.json()
    assert set(body) == {"error"}, body
    assert {"code", "message"} <= set(body["error"]) <= {"code", "message", "fields"}, body
    assert body["error"]["message"]
    return str(body["error"]["code"])


def walk(asking: Asking, path: str, **query: Any) -> list[Any]:
    """Every item of a list, page after page."""
    items: list[Any] = []
    cursor = ""
    while True:
        page = asking.get(path, **query, cursor=cursor).json()
        items += page["items"]
        if page["next"] is None:
            return items
        assert page["items"], "an empty page is not followed by another"
        cursor = page["next"]
