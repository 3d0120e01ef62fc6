"""Approve → painted: from the approval's call to the next frame of an open page that shows it.

    python -m bench.live [--rounds 30]

Prints one JSON document. A whole Vouchsafe is started as `make run` does it, with an empty shop of its own; Chromium
opens a page of another origin with the embedded carousel. Yardstick, interleaved round by round in the same browser:
the same machine's Valkey publishes 512 bytes, a bare WebSocket server (the `websockets` package) hands them to a
page that appends them as text. Clock: the machine's wall clock on both sides, one machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FLOOR_MILLISECONDS, GOAL_MILLISECONDS = 150, 80
WAIT_MILLISECONDS = 20_000
CHANNEL = "bench-yardstick"

# Resolves with the wall clock of the first frame after the change, in milliseconds.
NEXT_PAINT = """
() => new Promise(done => {
  const painted = () => requestAnimationFrame(() => setTimeout(
    () => done(performance.timeOrigin + performance.now()), 0));
  %s
})
"""
# Only the card of the approved item counts: other news of the shop change the widget, too.
ON_CARD = """
  const root = document.querySelector('vouchsafe-widget').shadowRoot;
  const look = () => { if (root.textContent.includes(%s)) { watch.disconnect(); painted(); } };
  const watch = new MutationObserver(look);
  watch.observe(root, {childList: true, subtree: true, characterData: true});
  look();
"""
ON_MESSAGE = "window.onPlainMessage = painted;"

PLAIN_PAGE = """<!doctype html><title>yardstick</title><ul id="list"></ul><script>
const socket = new WebSocket("ws://127.0.0.1:%d");
socket.onopen = () => { document.title = "open"; };
socket.onmessage = (event) => {
  const line = document.createElement("li");
  line.textContent = event.data;
  document.getElementById("list").prepend(line);
  if (window.onPlainMessage) { window.onPlainMessage(); window.onPlainMessage = null; }
};
</script>"""


class _Page(BaseHTTPRequestHandler):
    """One page, whatever the path."""

    def __init__(self, html: str, *arguments: Any) -> None:
        self._html = html.encode()
        super().__init__(*arguments)

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(self._html)))
        self.end_headers()
        self.wfile.write(self._html)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@contextmanager
def served(html: str) -> Iterator[str]:
    """A page on an origin of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Page, html))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def plain_socket_server(redis_url: str) -> Iterator[int]:
    """The yardstick: every message of one Valkey channel to every socket, and nothing else."""
    import redis.asyncio
    import websockets

    ready: threading.Event = threading.Event()
    port: list[int] = []
    stop: list[Callable[[], None]] = []

    async def work() -> None:
        sockets: set[Any] = set()
        ending = asyncio.Event()
        stop.append(partial(asyncio.get_running_loop().call_soon_threadsafe, ending.set))

        async def joined(socket: Any) -> None:
            sockets.add(socket)
            await socket.wait_closed()
            sockets.discard(socket)

        client = redis.asyncio.Redis.from_url(redis_url)
        async with websockets.serve(joined, "127.0.0.1", 0, compression=None) as server:
            port.append(next(iter(server.sockets)).getsockname()[1])
            subscription = client.pubsub()
            await subscription.subscribe(CHANNEL)
            ready.set()
            while not ending.is_set():
                message = await subscription.get_message(ignore_subscribe_messages=True, timeout=0.2)
                if message:
                    websockets.broadcast(sockets, message["data"].decode())
        await client.aclose()

    thread = threading.Thread(target=lambda: asyncio.run(work()), daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield port[0]
    finally:
        stop[0]()
        thread.join(10)


def prepare(stack: Any) -> tuple[int, str]:
    """A shop with a carousel and twenty shown reviews, in the stack's database; returns shop and widget."""
    os.environ.update(
        {key: value for key, value in stack.environment.items() if key.startswith(("VOUCHSAFE_", "PORT"))}
    )
    from project.runtime.layout import database_url, redis_url

    os.environ["DATABASE_URL"] = database_url(stack.home)
    os.environ["REDIS_URL"] = redis_url(stack.home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings.local"
    # Playwright's synchronous interface keeps an event loop in this thread; Django would refuse to work beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    import django

    django.setup()
    from project.shops.services import create_shop, create_user
    from tests.factories import make_published
    from widgets.services import ensure_default_widgets

    owner = create_user(email="bench@example.com", password="a long enough password")
    shop = create_shop(name="Bench", slug="bench", owner=owner, markets=["DK"])
    make_published(shop.id, 20)
    return shop.id, ensure_default_widgets(shop_id=shop.id)["carousel"]


def measure(rounds: int) -> dict[str, Any]:
    """Both latencies, round by round."""
    from playwright.sync_api import sync_playwright

    from project.runtime.browser import find_chromium, flags
    from tests.stack import Stack

    stack = Stack(demo=False)
    try:
        stack.start()
        shop_id, widget = prepare(stack)
        page_html = (
            f'<!doctype html><title>host</title><script async src="{stack.base_url}/embed/v1/embed.js"></script>'
            f'<vouchsafe-widget widget-id="{widget}"></vouchsafe-widget>'
        )
        import redis

        redis_url = os.environ["REDIS_URL"]
        plain = redis.Redis.from_url(redis_url)
        with (
            served(page_html) as origin,
            plain_socket_server(redis_url) as port,
            served(PLAIN_PAGE % port) as plain_origin,
            sync_playwright() as playwright,
        ):
            from project.shops.services import add_allowed_origin

            add_allowed_origin(shop_id=shop_id, actor_id=None, origin=origin)
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=flags())
            host, yard = browser.new_page(), browser.new_page()
            ours, theirs = [], []
            _open(host, origin, yard, plain_origin)
            for _ in range(rounds):
                words, approve = _approval(shop_id)
                ours.append(_round(host, ON_CARD % json.dumps(words), approve))
                theirs.append(_round(yard, ON_MESSAGE, lambda: plain.publish(CHANNEL, "x" * 512)))
            browser.close()
        plain.close()
    finally:
        stack.remove()
    return _summary(ours, theirs)


def _open(host: Any, origin: str, yard: Any, plain_origin: str) -> None:
    with host.expect_websocket(timeout=WAIT_MILLISECONDS) as live:
        host.goto(origin)
    live.value.wait_for_event("framereceived", timeout=WAIT_MILLISECONDS)  # hello, or the next heartbeat
    yard.goto(plain_origin)
    yard.wait_for_function("() => document.title === 'open'")


def _approval(shop_id: int) -> tuple[str, Callable[[], Any]]:
    """Words that only one pending item says, and what approves it."""
    from project.content.services import approve_items
    from tests.factories import item_input, license_items, make_items

    words = f"bench {secrets.token_hex(8)}"
    ids = make_items(shop_id, [item_input(text=words)])
    license_items(shop_id, ids)
    return words, lambda: approve_items(shop_id=shop_id, actor_id=None, item_ids=ids)


def _round(page: Any, listen: str, act: Callable[[], Any]) -> float:
    """Milliseconds from right before ``act`` to the frame that shows its effect."""
    page.bring_to_front()
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")
    page.evaluate(f"() => {{ window.painted = ({(NEXT_PAINT % listen).strip()})(); }}")
    begun = time.time() * 1000
    act()
    return float(page.evaluate("() => window.painted")) - begun


def _summary(ours: list[float], theirs: list[float]) -> dict[str, Any]:
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    return {
        "what": "approve to painted in an open page",
        "rounds": len(ours),
        "median_ms": round(statistics.median(ours), 1),
        "p95_ms": round(sorted(ours)[int(len(ours) * 0.95) - 1], 1),
        "yardstick": "plain Valkey publish to a bare WebSocket page",
        "yardstick_median_ms": round(statistics.median(theirs), 1),
        "ratio": round(statistics.median(ratios), 2),
        "floor_ms": FLOOR_MILLISECONDS,
        "goal_ms": GOAL_MILLISECONDS,
        "holds": statistics.median(ours) <= FLOOR_MILLISECONDS,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    result = measure(parser.parse_args().rounds)
    print(json.dumps(result, indent=2))
    return 0 if result["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
