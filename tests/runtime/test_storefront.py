"""The demo's shop pages: another origin, a strict policy of its own, nothing of Vouchsafe but the snippet."""

import gzip
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from project.runtime.storefront import DEMO_FILE, Server, Storefront

VOUCHSAFE = "http://localhost:8000"
DEMO = {
    "widgets": {"carousel": "wid_carousel", "rating_summary": "wid_summary", "selection": "wid_selection"},
    "assistant": "ast_demo",
    "products": [{"handle": "blouse-829", "id": "prd_829"}, {"handle": "knit-top-862", "id": "prd_862"}],
}


class _Tags(HTMLParser):
    """Every start tag of a page with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / DEMO_FILE).write_text(json.dumps(DEMO))
    return tmp_path


@pytest.fixture
def shop(home: Path) -> Iterator[Server]:
    server = Server(0, Storefront(vouchsafe=VOUCHSAFE, home=home))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def _get(shop: Server, path: str, method: str = "GET", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", shop.server_port, timeout=5)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def test_the_home_page_shows_every_garment_and_embeds_by_the_public_snippet(shop: Server) -> None:
    response, body = _get(shop, "/")
    page = _Tags(body.decode())
    assert response.status == 200
    links = {attributes.get("href") for attributes in page.named("a")}
    assert {f"/products/{product['handle']}" for product in shop.storefront.products} <= links
    assert page.named("script") == [{"async": None, "src": f"{VOUCHSAFE}/embed/v1/embed.js"}]
    widgets = [attributes["widget-id"] for attributes in page.named("vouchsafe-widget")]
    assert widgets == ["wid_summary", "wid_carousel", "wid_selection"]
    assert page.named("vouchsafe-assistant") == [{"assistant-id": "ast_demo"}]
    assert not any("product" in attributes for attributes in page.named("vouchsafe-widget"))


def test_a_product_page_names_its_product_to_every_element(shop: Server) -> None:
    response, body = _get(shop, "/products/blouse-829")
    page = _Tags(body.decode())
    assert response.status == 200
    assert {attributes["product"] for attributes in page.named("vouchsafe-widget")} == {"prd_829"}
    assert page.named("vouchsafe-assistant") == [{"assistant-id": "ast_demo", "product": "prd_829"}]
    assert "Blouse 829" in body.decode()


def test_every_page_keeps_its_own_policy(shop: Server) -> None:
    for path in ("/", "/products/jacket-984"):
        response, body = _get(shop, path)
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert f"script-src {VOUCHSAFE};" in policy
        assert "ws://localhost:8000" in policy
        page = _Tags(body.decode())
        assert not page.named("style")
        assert not any("style" in attributes for _tag, attributes in page.tags)
        assert not any(key.startswith("on") for _tag, attributes in page.tags for key in attributes)


def test_pictures_have_a_place_before_they_arrive(shop: Server) -> None:
    _response, body = _get(shop, "/")
    for attributes in _Tags(body.decode()).named("img"):
        assert attributes["width"]
        assert attributes["height"]
        response, picture = _get(shop, str(attributes["src"]))
        assert response.headers["Content-Type"] == "image/svg+xml"
        assert picture.startswith(b"<svg")
        assert b"<script" not in picture


def test_pages_change_with_the_demos_file_and_do_without_it(home: Path) -> None:
    (home / DEMO_FILE).unlink()
    storefront = Storefront(vouchsafe=VOUCHSAFE, home=home)
    empty = storefront.answer("/").body.decode()
    assert "on their way" in empty
    assert not _Tags(empty).named("script")
    (home / DEMO_FILE).write_text("{ half a file")
    assert storefront.answer("/").status == 200
    (home / DEMO_FILE).write_text(json.dumps(DEMO))
    assert _Tags(storefront.answer("/").body.decode()).named("script")


def test_a_product_that_the_demo_does_not_know_has_a_page_without_reviews(shop: Server) -> None:
    response, body = _get(shop, "/products/jacket-984")
    assert response.status == 200
    assert not _Tags(body.decode()).named("vouchsafe-widget")


@pytest.mark.parametrize(
    "path", ["/nowhere", "/products/", "/products/../../etc/passwd", "/pictures/%2e%2e/shop.py", "/demo.json"]
)
def test_an_unknown_address_is_a_page_that_says_so(shop: Server, path: str) -> None:
    response, body = _get(shop, path)
    assert response.status == 404
    assert b"There is no such page" in body


def test_answers_are_packed_and_revalidated(shop: Server) -> None:
    plain, body = _get(shop, "/style.css")
    packed, content = _get(shop, "/style.css", Accept_Encoding="gzip, br")
    assert gzip.decompress(content) == body
    assert packed.headers["Content-Encoding"] == "gzip"
    unchanged, nothing = _get(shop, "/style.css", If_None_Match=plain.headers["ETag"])
    assert (unchanged.status, nothing) == (304, b"")
    head, nothing = _get(shop, "/", method="HEAD")
    assert (head.status, nothing) == (200, b"")
    refused, _body = _get(shop, "/", method="POST")
    assert refused.status == 501


def _start(home: Path, port: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "project.runtime.storefront", "--port", str(port), "--home", str(home)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.process
def test_the_process_says_its_address_and_ends_when_asked(home: Path) -> None:
    with _start(home) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        port = int(re.search(r"127\.0\.0\.1:(\d+)/", line)[1])  # type: ignore[index]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        connection.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


@pytest.mark.process
def test_a_taken_port_is_one_sentence(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with _start(home, taken.getsockname()[1]) as process:
            _out, error = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "is not free" in error
    assert "STOREFRONT_PORT" in error
