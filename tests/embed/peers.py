"""The two other parties of an embed: a shop's site, and a Vouchsafe host that speaks the feed contract.

Both are real HTTP servers on ports of their own, so that origins, CORS, sockets and policies are the browser's.
"""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import uvicorn

HERE = Path(__file__).parent
EMBED = HERE.parent.parent / "frontend_static" / "embed"
WIDGET = "wid_0000000000000000000001"
ASSISTANT = "ast_0000000000000000000001"
EXAMPLE_ORIGIN = "http://localhost:8000"
PATIENCE_SECONDS = 15.0
TYPES = {".js": "text/javascript", ".json": "application/json", ".png": "image/png", ".css": "text/css"}
PHOTO = b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="6"><rect width="8" height="6" fill="#9ab"/></svg>'

Scope = dict[str, Any]


def example_feed() -> dict[str, Any]:
    """A fresh copy of the contract's example."""
    return json.loads((HERE / "feed_example.json").read_text())


def example_answer() -> dict[str, Any]:
    """A fresh copy of the assistant's example: its configuration and one whole answer."""
    return json.loads((HERE / "answer_example.json").read_text())


class Server:
    """An ASGI application on a port of its own, in a thread."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.port = 0
        self.loop: asyncio.AbstractEventLoop | None = None
        self.changed = threading.Condition()

    @property
    def origin(self) -> str:
        return f"http://{self.host}:{self.port}"

    @contextmanager
    def running(self) -> Iterator["Server"]:
        """Serve for the duration of the block."""
        config = uvicorn.Config(
            self.application,
            interface="asgi3",
            host="127.0.0.1",
            port=0,
            log_level="error",
            ws="websockets-sansio",
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        self.wait_for(lambda: server.started)
        self.port = server.servers[0].sockets[0].getsockname()[1]
        yield self
        server.should_exit = True
        thread.join(PATIENCE_SECONDS)

    async def application(self, scope: Scope, receive: Any, send: Any) -> None:
        self.loop = asyncio.get_running_loop()
        if scope["type"] == "websocket":
            await self.socket(scope, receive, send)
        else:
            await self.answer(scope, receive, send)

    async def answer(self, scope: Scope, receive: Any, send: Any) -> None:
        await respond(send, 404, b"", content_type="text/plain")

    async def socket(self, scope: Scope, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.close", "code": 4404})

    def notify(self) -> None:
        """Wake those who wait for something of this server."""
        with self.changed:
            self.changed.notify_all()

    def wait_for(self, condition: Callable[[], Any]) -> Any:
        """What ``condition`` gives as soon as that is true; fails after a while."""
        with self.changed:
            for _ in range(int(PATIENCE_SECONDS / 0.02)):
                result = condition()
                if result:
                    return result
                self.changed.wait(0.02)
        raise AssertionError("What was waited for did not happen.")


async def respond(
    send: Any, status: int, body: bytes, *, content_type: str, headers: dict[str, str] | None = None
) -> None:
    """One whole HTTP response."""
    pairs = {"content-type": content_type, "content-length": str(len(body)), **(headers or {})}
    encoded = [(name.lower().encode(), value.encode()) for name, value in pairs.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


class Site(Server):
    """A shop's site: pages put here, and the sources of the embed for tests of single modules."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1")
        self.pages: dict[str, tuple[str, dict[str, str]]] = {}
        self.requests: list[str] = []

    def put(self, body: str, *, headers: dict[str, str] | None = None, path: str = "/") -> str:
        """Publish a page and return its address."""
        self.pages[path] = (body, headers or {})
        return self.origin + path

    async def answer(self, scope: Scope, receive: Any, send: Any) -> None:
        path = scope["path"]
        self.requests.append(path)
        if path in self.pages:
            body, headers = self.pages[path]
            await respond(send, 200, body.encode(), content_type="text/html; charset=utf-8", headers=headers)
        elif path.startswith("/src/") and (EMBED / path[1:]).is_file():
            await respond(send, 200, (EMBED / path[1:]).read_bytes(), content_type="text/javascript")
        else:
            await respond(send, 404 if path != "/favicon.ico" else 204, b"", content_type="text/plain")


@dataclass
class Connection:
    """One live connection of a page, whichever way it came."""

    kind: str
    query: dict[str, str]
    queue: "asyncio.Queue[dict[str, Any] | None]" = field(default_factory=asyncio.Queue)
    open: bool = True


class Host(Server):
    """A Vouchsafe host as the feed contract describes it. Tests set what it answers and see what was asked."""

    def __init__(self) -> None:
        super().__init__("localhost")
        self.reset()

    def reset(self) -> None:
        """Back to the example, for the next test."""
        self.feed = self._at_home(example_feed())
        self.assistant = self._at_home(example_answer())
        self.lease = 60.0
        self.age = 0
        self.status = 200
        self.config_status = 200
        self.refuse_origins = False
        self.refuse_sockets = False
        self.refuse_events = False
        self.greet = True
        self.gate: threading.Event | None = None
        self.requests: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.queries: list[str] = []
        self.acks: list[Any] = []
        self.questions: list[dict[str, Any]] = []
        self.withdrawn: set[str] = set()
        self.looks: list[dict[str, Any]] = []
        self.connections: list[Connection] = []
        self.stream: list[dict[str, Any]] | None = None
        self.answer_gates: dict[int, threading.Event] = {}

    def _at_home(self, data: dict[str, Any]) -> dict[str, Any]:
        """The example with this host's address in place of its own."""
        return json.loads(json.dumps(data).replace(EXAMPLE_ORIGIN, self.origin))

    # What tests do to it.

    def show(self, **changes: Any) -> dict[str, Any]:
        """Change keys of the feed without telling anybody."""
        self.feed = {**deepcopy(self.feed), **changes}
        return self.feed

    def live(self) -> list[Connection]:
        """The connections open now."""
        return [connection for connection in self.connections if connection.open]

    def push(self, frame: dict[str, Any]) -> None:
        """Send a frame to every open connection."""
        assert self.loop is not None
        for connection in self.live():
            self.loop.call_soon_threadsafe(connection.queue.put_nowait, frame)

    def hang_up(self) -> None:
        """Close every open connection from this side."""
        assert self.loop is not None
        for connection in self.live():
            self.loop.call_soon_threadsafe(connection.queue.put_nowait, None)

    def withdraw(self, review_id: str) -> None:
        """A review leaves the shop: no quote of it may be shown from now on."""
        self.withdrawn.add(review_id)
        self.assistant["answer"]["version"] += 1

    def feeds_read(self) -> int:
        """How often a page read the feed so that it could see the answer."""
        return sum(1 for method, path in self.requests if path.endswith("/feed.json") and method == "GET")

    def configs_read(self) -> int:
        """How often an assistant's configuration was asked for."""
        return sum(1 for _method, path in self.requests if path.endswith("/config.json"))

    # What it answers.

    async def answer(self, scope: Scope, receive: Any, send: Any) -> None:
        path, method = scope["path"], scope["method"]
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.requests.append((method, path))
        self.headers.append(headers)
        self.queries.append(scope["query_string"].decode())
        self.notify()
        if path.startswith("/embed/v1/"):
            await self._file(path.removeprefix("/embed/v1/"), send)
            return
        if self.gate is not None and path.endswith("/feed.json"):
            await asyncio.to_thread(self.gate.wait, PATIENCE_SECONDS)
        origin = headers.get("origin")
        if self.refuse_origins and origin:
            await self._json(send, {"error": {"code": "origin_not_allowed", "message": "no"}}, status=403)
        elif path.endswith("/feed.json"):
            await self._feed(send, origin)
        elif path.endswith("/events") and not self.refuse_events:
            await self._events(scope, receive, send, origin)
        elif path.endswith("/ack"):
            self.acks.append(json.loads((await receive())["body"]))
            self.notify()
            await self._json(send, {}, origin=origin)
        elif path.startswith("/a/"):
            await self._assistant(scope, receive, send, origin)
        elif path.startswith("/media/"):
            headers = {"cross-origin-resource-policy": "cross-origin"}
            await respond(send, 200, PHOTO, content_type="image/svg+xml", headers=headers)
        else:
            await respond(send, 404, b"", content_type="text/plain")

    async def _file(self, name: str, send: Any) -> None:
        path = EMBED / "dist" / name
        if not path.is_file():
            await respond(send, 404, b"", content_type="text/plain")
            return
        headers = {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}
        await respond(send, 200, path.read_bytes(), content_type=TYPES[path.suffix], headers=headers)

    async def _json(
        self, send: Any, data: Any, *, status: int = 200, origin: str | None = None, more: dict[str, str] | None = None
    ) -> None:
        headers = {"vary": "Origin", **(more or {})}
        if origin:
            headers["access-control-allow-origin"] = origin
        await respond(send, status, json.dumps(data).encode(), content_type="application/json", headers=headers)

    async def _feed(self, send: Any, origin: str | None) -> None:
        headers = {
            "vouchsafe-lease": str(self.lease),
            "cache-control": "max-age=0, s-maxage=15, must-revalidate",
            "access-control-expose-headers": "Vouchsafe-Lease, ETag, Age",
        }
        if self.age:
            headers["age"] = str(self.age)
        # Asked for before anything else may change it.
        await self._json(send, self.feed, status=self.status, origin=origin, more=headers)

    async def socket(self, scope: Scope, receive: Any, send: Any) -> None:
        await receive()
        self.requests.append(("WS", scope["path"]))
        if self.refuse_sockets:
            await send({"type": "websocket.close", "code": 4403})
            self.notify()
            return
        await send({"type": "websocket.accept"})
        connection = self._connect("socket", scope)

        async def listen() -> None:
            while (message := await receive())["type"] == "websocket.receive":
                self.acks.append(json.loads(message["text"]))
                self.notify()
            connection.open = False
            connection.queue.put_nowait(None)
            self.notify()

        listening = asyncio.create_task(listen())
        while (frame := await connection.queue.get()) is not None:
            await send({"type": "websocket.send", "text": json.dumps(frame)})
        if connection.open:
            connection.open = False
            await send({"type": "websocket.close", "code": 1001})
        await listening

    async def _events(self, scope: Scope, receive: Any, send: Any, origin: str | None) -> None:
        headers = [(b"content-type", b"text/event-stream"), (b"access-control-allow-origin", (origin or "*").encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        connection = self._connect("events", scope)

        async def gone() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            connection.open = False
            connection.queue.put_nowait(None)
            self.notify()

        watching = asyncio.create_task(gone())
        while (frame := await connection.queue.get()) is not None:
            text = f"data: {json.dumps(frame)}\n\n"
            await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
        if connection.open:
            connection.open = False
            await send({"type": "http.response.body", "body": b""})
        watching.cancel()

    def _connect(self, kind: str, scope: Scope) -> Connection:
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
        connection = Connection(kind, query)
        if self.greet:
            hello = {"type": "hello", "v": self.feed["version"], "lease": self.lease, "connection": "c1"}
            connection.queue.put_nowait(hello)
        self.connections.append(connection)
        self.notify()
        return connection

    async def _assistant(self, scope: Scope, receive: Any, send: Any, origin: str | None) -> None:
        if scope["method"] == "OPTIONS":
            headers = {
                "access-control-allow-origin": origin or "",
                "access-control-allow-headers": "content-type",
                "access-control-allow-methods": "POST",
            }
            await respond(send, 204, b"", content_type="text/plain", headers=headers)
        elif scope["path"].endswith("/config.json"):
            await self._json(send, self.assistant["config"], status=self.config_status, origin=origin)
        elif scope["path"].endswith("/quotes"):
            self.looks.append(json.loads((await receive())["body"]))
            await self._quotes(send, origin)
        else:
            self.questions.append(json.loads((await receive())["body"]))
            self.notify()
            if self.stream is None:
                await self._json(send, {"answer": self.assistant["answer"]}, origin=origin, more=self._leased())
                return
            allowed = (b"access-control-allow-origin", (origin or "").encode())
            headers = [(b"content-type", b"text/event-stream"), allowed]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            for index, made in enumerate(self.stream):
                frame = {**made, "lease": self.lease} if made["type"] in ("claim", "done") else made
                if index in self.answer_gates:
                    await asyncio.to_thread(self.answer_gates[index].wait, PATIENCE_SECONDS)
                # Cut through the middle of a frame, as networks do.
                text = f"event: {frame['type']}\r\ndata: {json.dumps(frame)}\r\n\r\n".encode()
                for part in (text[: len(text) // 2], text[len(text) // 2 :]):
                    await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

    def _leased(self) -> dict[str, str]:
        return {"vouchsafe-lease": str(self.lease), "access-control-expose-headers": "Vouchsafe-Lease"}

    async def _quotes(self, send: Any, origin: str | None) -> None:
        """204 under the version that the page has; else which of its quotes are left."""
        look, version = self.looks[-1], self.assistant["answer"]["version"]
        self.notify()
        if look["version"] == version:
            headers = {"access-control-allow-origin": origin or "", **self._leased()}
            await respond(send, 204, b"", content_type="text/plain", headers=headers)
            return
        shown = [mark for mark in look["quotes"] if mark.partition(".")[0] not in self.withdrawn]
        await self._json(send, {"version": version, "shown": shown}, origin=origin, more=self._leased())
