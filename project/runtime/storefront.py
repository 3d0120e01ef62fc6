"""The demo's shop: pages of an invented brand, on another origin than Vouchsafe, as a real shop would be.

    python -m project.runtime.storefront --port 8001 --vouchsafe http://localhost:8000

It knows Vouchsafe only through the public embed snippet. Which widgets to embed it reads from the file
``demo.json`` that ``seed_demo`` writes. It serves on 127.0.0.1 only, reads files only at its start (but the
demo's file, which may come later), and answers GET and HEAD with nothing but what it holds in memory.
"""

import argparse
import gzip
import hashlib
import json
import os
import signal
import sys
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from project.runtime.demo import shop

DEMO = Path(__file__).resolve().parent / "demo"
DEMO_FILE = "demo.json"
HTML = "text/html; charset=utf-8"
STATIC_SECONDS = 3600


@dataclass(frozen=True)
class Answer:
    """One resource, ready to send: as it is and packed."""

    body: bytes
    kind: str
    status: HTTPStatus = HTTPStatus.OK
    seconds: int = 0
    packed: bytes = field(init=False)
    etag: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "packed", gzip.compress(self.body, 6, mtime=0))
        object.__setattr__(self, "etag", f'"{hashlib.sha256(self.body).hexdigest()[:20]}"')


class Storefront:
    """The shop's resources. ``vouchsafe`` is the origin the embed comes from."""

    def __init__(self, *, vouchsafe: str, home: Path, demo: Path = DEMO) -> None:
        self.vouchsafe = vouchsafe.rstrip("/")
        self.demo_file = home / DEMO_FILE
        self.products: list[dict[str, str]] = json.loads((demo / "products.json").read_text("utf-8"))
        self.static = {"/style.css": Answer((demo / "shop.css").read_bytes(), "text/css; charset=utf-8", seconds=60)}
        for product in self.products:
            content = (demo / "pictures" / product["picture"]).read_bytes()
            path = f"/pictures/{product['picture']}"
            self.static[path] = Answer(content, "image/svg+xml", seconds=STATIC_SECONDS)
        self.static["/favicon.svg"] = Answer(shop.FAVICON.encode(), "image/svg+xml", seconds=STATIC_SECONDS)
        self._pages: dict[str, Answer] = {}
        self._read_at: int | None = None
        self._lock = threading.Lock()

    def policy(self) -> str:
        """The shop's own Content-Security-Policy: itself, and what the embed needs of Vouchsafe."""
        live = self.vouchsafe.replace("http", "ws", 1)
        return "; ".join(
            [
                "default-src 'none'",
                f"script-src {self.vouchsafe}",
                "style-src 'self'",
                f"img-src 'self' {self.vouchsafe}",
                f"connect-src {self.vouchsafe} {live}",
                "base-uri 'none'",
                "form-action 'none'",
                "frame-ancestors 'none'",
            ]
        )

    def answer(self, path: str) -> Answer:
        """The resource at a path; a page that says so where there is none."""
        if found := self.static.get(path):
            return found
        pages = self._current_pages()
        return pages.get(path.rstrip("/") or "/") or pages["404"]

    def _current_pages(self) -> dict[str, Answer]:
        """All pages, made anew when the demo's file has changed."""
        try:
            changed = self.demo_file.stat().st_mtime_ns
        except OSError:
            changed = 0
        with self._lock:
            if changed != self._read_at:
                self._pages = self._make_pages()
                self._read_at = changed
            return self._pages

    def _make_pages(self) -> dict[str, Answer]:
        view = shop.Shop(vouchsafe=self.vouchsafe, products=self.products, demo=self._demo())
        pages = {"/": Answer(shop.home_page(view).encode(), HTML)}
        for product in self.products:
            content = shop.product_page(view, product).encode()
            pages[f"/products/{product['handle']}"] = Answer(content, HTML)
        pages["404"] = Answer(shop.missing_page(view).encode(), HTML, HTTPStatus.NOT_FOUND)
        return pages

    def _demo(self) -> dict[str, Any]:
        try:
            content = json.loads(self.demo_file.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}


class Handler(BaseHTTPRequestHandler):
    """GET and HEAD; every other method is answered by the base class with 501."""

    protocol_version = "HTTP/1.1"
    server_version = "Storefront"
    sys_version = ""
    timeout = 30
    server: "Server"

    def do_GET(self) -> None:
        self._send(with_body=True)

    def do_HEAD(self) -> None:
        self._send(with_body=False)

    def _send(self, *, with_body: bool) -> None:
        answer = self.server.storefront.answer(unquote(urlsplit(self.path).path))
        unchanged = self.headers.get("If-None-Match") == answer.etag and answer.status is HTTPStatus.OK
        packed = "gzip" in self.headers.get("Accept-Encoding", "")
        body = answer.packed if packed else answer.body
        self.send_response(HTTPStatus.NOT_MODIFIED if unchanged else answer.status)
        self.send_header("ETag", answer.etag)
        self.send_header("Cache-Control", f"max-age={answer.seconds}, must-revalidate")
        self.send_header("Vary", "Accept-Encoding")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "strict-origin-when-cross-origin")
        if not unchanged:
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(body)))
            if packed:
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Security-Policy", self.server.storefront.policy())
        self.end_headers()
        if with_body and not unchanged:
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        """Say nothing: requests of a demo are of no interest, and an address is a personal datum."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, storefront: Storefront) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.storefront = storefront


def default_home() -> Path:
    """VOUCHSAFE_HOME, or ``.vouchsafe`` at the top of the project."""
    named = os.environ.get("VOUCHSAFE_HOME")
    return Path(named) if named else Path(__file__).resolve().parents[2] / ".vouchsafe"


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. Exit code 1 where the port is taken."""
    parser = argparse.ArgumentParser(prog="storefront", description="The demo's shop pages.")
    parser.add_argument("--port", type=int, default=int(os.environ.get("STOREFRONT_PORT", "8001")))
    parser.add_argument("--vouchsafe", default=os.environ.get("PUBLIC_URL", "http://localhost:8000"))
    parser.add_argument("--home", type=Path, default=default_home(), help="the folder with demo.json")
    options = parser.parse_args(arguments)
    storefront = Storefront(vouchsafe=options.vouchsafe, home=options.home)
    try:
        server = Server(options.port, storefront)
    except OSError as error:
        print(
            f"Port {options.port} for the storefront is not free ({error.strerror}); "
            "choose another with STOREFRONT_PORT=.",
            file=sys.stderr,
        )
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for serve_forever(), which this very thread is in: ask from another one.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"The storefront is at http://127.0.0.1:{server.server_port}/", flush=True)
    with server:
        server.serve_forever(poll_interval=0.2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
