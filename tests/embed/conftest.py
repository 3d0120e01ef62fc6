"""Chromium, a shop's site and a Vouchsafe host of their own for the embed's tests; nothing else has to run.

Playwright's synchronous interface keeps an event loop running in the thread that uses it, which no test with a
loop of its own survives. So the browser lives in a thread here, and the tests of this folder run in that thread.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, WebSocket, expect, sync_playwright

from project.runtime.browser import find_chromium, flags
from tests.embed.peers import ASSISTANT, WIDGET, Host, Site

WAIT_MILLISECONDS = 15_000
expect.set_options(timeout=WAIT_MILLISECONDS)
THREAD = ThreadPoolExecutor(max_workers=1, thread_name_prefix="browser")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that uses the browser in the browser's thread."""
    if "browser" not in pyfuncitem.fixturenames:
        return None
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    THREAD.submit(pyfuncitem.obj, **arguments).result()
    return True


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of this folder."""

    def start() -> tuple[Playwright, Browser]:
        playwright = sync_playwright().start()
        return playwright, playwright.chromium.launch(executable_path=find_chromium(), args=flags())

    playwright, launched = THREAD.submit(start).result()
    yield launched
    THREAD.submit(launched.close).result()
    THREAD.submit(playwright.stop).result()


@pytest.fixture(scope="session")
def _host() -> Iterator[Host]:
    host = Host()
    with host.running():
        yield host


@pytest.fixture
def host(_host: Host) -> Host:
    """A Vouchsafe host that serves the example feed."""
    _host.reset()
    return _host


@pytest.fixture(scope="session")
def _site() -> Iterator[Site]:
    site = Site()
    with site.running():
        yield site


@pytest.fixture
def site(_site: Site) -> Site:
    """A shop's site, of another origin than the host."""
    _site.pages.clear()
    _site.requests.clear()
    return _site


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages in browser contexts of their own: ``new_page(viewport=…, color_scheme="dark")``."""
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(WAIT_MILLISECONDS)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        THREAD.submit(context.close).result()


@dataclass
class Shop:
    """A page of the shop with the embed in it, and what happened there."""

    page: Page
    site: Site
    host: Host
    errors: list[str] = field(default_factory=list)
    sockets: list[WebSocket] = field(default_factory=list)

    def snippet(self, attributes: str = "", *, element: str = "widget", script: str = "async") -> str:
        """What the studio gives the owner to paste."""
        identifier = WIDGET if element == "widget" else ASSISTANT
        return (
            f'<script {script} src="{self.host.origin}/embed/v1/embed.js"></script>'
            f'<vouchsafe-{element} {element}-id="{identifier}" {attributes}></vouchsafe-{element}>'
        )

    def open(self, body: str | None = None, *, head: str = "", html: str = "", **more: Any) -> "Shop":
        """Publish a page with this body and go there."""
        content = self.snippet() if body is None else body
        document = (
            f'<!doctype html><html lang="en" {html}><head><meta charset="utf-8"><title>Shop</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">{head}</head>'
            f"<body><main><h1>Shop</h1>{content}</main></body></html>"
        )
        self.page.goto(self.site.put(document, **more))
        return self

    def ready(self) -> "Shop":
        """Wait until the widget shows its first card and the live part has completed it."""
        self.page.locator("vouchsafe-widget .card[data-url]").first.wait_for()
        self.host.wait_for(self.host.live)
        return self

    @property
    def cards(self) -> Locator:
        return self.page.locator("vouchsafe-widget .card[data-url]")

    @property
    def box(self) -> Locator:
        return self.page.locator("vouchsafe-widget section")

    def titles(self) -> list[str]:
        """Titles of the cards, from first to last."""
        return self.page.locator("vouchsafe-widget .card .title").all_text_contents()

    def version_acknowledged(self, version: int) -> Any:
        """Wait until the page has told the host that it shows this version."""
        return self.host.wait_for(lambda: next((ack for ack in self.host.acks if ack["v"] == version), None))


@pytest.fixture
def new_shop(new_page: Callable[..., Page], site: Site, host: Host) -> Callable[..., Shop]:
    """Makes shop pages in a browser of one's own making: ``new_shop(reduced_motion="reduce")``."""

    def make(**options: Any) -> Shop:
        shop = Shop(new_page(**options), site, host)
        shop.page.on("console", lambda message: message.type == "error" and shop.errors.append(message.text))
        shop.page.on("websocket", lambda socket: shop.sockets.append(socket))
        shop.page.on("pageerror", lambda error: shop.errors.append(str(error)))
        return shop

    return make
