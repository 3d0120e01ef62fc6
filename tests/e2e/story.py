"""The people of the story and their windows: shoppers on a shop's pages, staff in the studio, an author with a link.

Used by every test that drives a whole running Vouchsafe through a browser.
"""

import csv
import gzip
import itertools
import json
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

from project.runtime import processes
from project.runtime.layout import PROJECT_ROOT
from tests.stack import Stack

# A shared machine may be slow; what must be fast is measured, not waited for.
expect.set_options(timeout=20_000)

NewContext = Callable[..., BrowserContext]
HYDRATED = "vouchsafe-widget .card[data-url]"
# Keeps what a page hears, over sockets or where there is none over server-sent events, so that a test can wait for it.
LISTEN = """
(() => {
  window.heard = [];
  const listening = (Native) => class extends Native {
    constructor(...parts) {
      super(...parts);
      this.addEventListener("message", (event) => window.heard.push(JSON.parse(event.data)));
    }
  };
  window.WebSocket = listening(WebSocket);
  window.EventSource = listening(EventSource);
})()
"""
CARD_IS_THERE = """
(id) => [...document.querySelectorAll("vouchsafe-widget")]
  .some((widget) => widget.shadowRoot.querySelector(`.card[data-url*="${id}"]`)) && Date.now()
"""
CARD_IS_GONE = f"(id) => !({CARD_IS_THERE})(id) && Date.now()"


def demo_facts(stack: Stack) -> dict[str, Any]:
    """What the seeding wrote down: widgets, assistant, products, logins."""
    facts: dict[str, Any] = json.loads((stack.home / "demo.json").read_text())
    return facts


def pictures_have_come_in(stack: Stack) -> None:
    """Wait until the demo's posts have their pictures, which are fetched after the posts."""
    on_their_way = "SELECT count(*) FROM content_media WHERE state = 'pending'"
    assert processes.wait_until(lambda: stack.rows(on_their_way) == [(0,)], seconds=120)


def says_who_is_in_the_picture(author: Page) -> None:
    """Product pages need to know it: the author alone, and nothing by others."""
    author.get_by_label("Only me").check()
    author.get_by_label("No, all of it is mine").check()


def now() -> float:
    """Milliseconds of the clock that a page's ``Date.now()`` reads, too."""
    return time.time() * 1000


# --- shoppers -----------------------------------------------------------------------------------------


@dataclass
class ShopPage:
    """A shop's page that somebody has open, with live widgets in it."""

    page: Page
    console: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, context: BrowserContext, url: str) -> "ShopPage":
        """Go there and wait until every widget shows something and hears news."""
        found = cls.begin(context, url)
        expect(found.page.locator(HYDRATED).first).to_be_visible()
        found.wait_until_live()
        return found

    @classmethod
    def begin(cls, context: BrowserContext, url: str) -> "ShopPage":
        """Go there, and wait for nothing."""
        page = context.new_page()
        found = cls(page)
        page.on("console", lambda message: found.console.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: found.console.append(str(error)))
        page.add_init_script(LISTEN)
        page.goto(url)
        page.evaluate("window.isTheFirstDocument = true")
        return found

    def was_never_reloaded(self) -> bool:
        """Whether this is still the document that was opened: a reload or a visit elsewhere makes another."""
        return bool(self.page.evaluate("window.isTheFirstDocument === true"))

    def wait_until_live(self, *, after: int = 0) -> None:
        """Until each widget has been greeted, by a frame later than the first ``after`` ones."""
        widgets = self.page.locator("vouchsafe-widget").count()
        self.page.wait_for_function(
            "([after, n]) => heard.slice(after).filter((frame) => frame.type === 'hello').length >= n",
            arg=[after, widgets],
        )

    def frames_heard(self) -> int:
        """How many frames this page has heard."""
        count: int = self.page.evaluate("heard.length")
        return count

    def cards(self) -> Locator:
        """The cards of all widgets."""
        return self.page.locator(HYDRATED)

    def card(self, item_id: str) -> Locator:
        """The card of one item, in whichever widget has it."""
        return self.page.locator(f'vouchsafe-widget .card[data-url*="{item_id}"]')

    def first_item(self) -> str:
        """The id of the item on the first card."""
        return item_id_in(self.cards().first.get_attribute("data-url") or "")

    def shown_at(self, item_id: str) -> float:
        """Wait for an item's card; the time in ms at which the page had it."""
        moment: float = self.page.wait_for_function(CARD_IS_THERE, arg=item_id).json_value()
        return moment

    def gone_at(self, item_id: str) -> float:
        """Wait until no widget has the item's card any more; the time in ms at which that was so."""
        moment: float = self.page.wait_for_function(CARD_IS_GONE, arg=item_id).json_value()
        return moment


def item_id_in(url: str) -> str:
    """The public id of the item that an address on a wall leads to."""
    return re.findall(r"item=([a-z]{3}_[0-9A-Za-z]{22})", url)[0]


# --- staff --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A post whose author was asked: its id, its words as staff read them, the author's link."""

    post: str
    words: str
    link: str


@dataclass
class Studio:
    """One person of the staff at work in one shop."""

    page: Page
    base: str
    shop: str

    @classmethod
    def sign_in(
        cls, stack: Stack, context: BrowserContext, email: str, *, password: str = "", shop: str = "demo"
    ) -> "Studio":
        """Through the front door, with the demo's password unless another is named."""
        if not password:
            password = next(login["password"] for login in demo_facts(stack)["logins"] if login["email"] == email)
        page = context.new_page()
        page.goto(f"{stack.base_url}/studio/")
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{stack.base_url}/studio/{shop}/")
        return cls(page, stack.base_url, shop)

    def go(self, path: str) -> "Studio":
        """One of the shop's pages, such as ``queue/``."""
        self.page.goto(f"{self.base}/studio/{self.shop}/{path}")
        return self

    def ask(self, handle: str) -> "Asked":
        """Ask the author of a collected post, with the approval in the same step as the form proposes it."""
        page = self.go("rights/").page
        row = page.locator("article.case", has_text=handle)
        post = str(row.locator("[data-open-item]").get_attribute("href")).rstrip("/").rpartition("/")[2]
        row.get_by_role("link", name="Ask").click()
        words = page.locator("article .voice").first.inner_text()
        expect(page.get_by_label("Approve it too")).to_be_checked()
        page.get_by_role("button", name="Ask the author").click()
        return Asked(post, words, page.get_by_role("textbox", name="The author’s link").input_value())

    def pending_reviews(self) -> list[str]:
        """The reviews on the first page of the queue, in its order."""
        self.go("queue/")
        cases = self.page.locator('[data-case="open"]', has=self.page.locator(".facts", has_text="Review"))
        return [str(case.get_attribute("id")).removeprefix("case-") for case in cases.all()]

    def case(self, item_id: str) -> Locator:
        """An item's entry in the queue."""
        return self.page.locator(f"#case-{item_id}")

    def approve(self, item_id: str) -> float:
        """Press Approve in the queue; the time in ms at which it was pressed."""
        button = self.case(item_id).get_by_role("button", name="Approve")
        button.scroll_into_view_if_needed()
        pressed = now()
        button.click()
        return pressed

    def choose_reason(self, place: Locator, reason: str) -> None:
        """Tick one of the reasons that are on offer."""
        place.get_by_role("radio", name=reason).check()

    def snippet(self) -> str:
        """What the page of a widget or of the assistant says to paste."""
        return self.page.locator("#snippet-code").inner_text()


# --- a shop's own site ----------------------------------------------------------------------------------


class _Pages(BaseHTTPRequestHandler):
    server: "Site"

    def do_GET(self) -> None:
        body = self.server.body.encode() if self.path == "/" else b""
        self.send_response(200 if body else 204)  # 204: browsers also ask for an icon.
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Nothing: a test's output is its failures."""


class Site(ThreadingHTTPServer):
    """A plain HTML file with a snippet in it, on an origin of its own."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Pages)
        self.body = ""

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def paste(self, snippet: str) -> str:
        """Put the snippet into the file; returns the file's address."""
        self.body = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>My shop</title></head>'
            f"<body><h1>My shop</h1>\n{snippet}\n</body></html>"
        )
        return f"{self.origin}/"


@contextmanager
def site() -> Iterator[Site]:
    """Serve a site of one page for the duration of the block."""
    with Site() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


# --- a shop of one's own --------------------------------------------------------------------------------

REAL_REVIEWS = PROJECT_ROOT / "project" / "runtime" / "demo" / "womens_clothing.csv.gz"


def reviews_file(path: Path, *, rows: int, first: int = 0, spoiled: int = 0) -> Path:
    """Real reviews under ids from ``first`` on, repeated as often as needed; the last ``spoiled`` have no rating."""
    with gzip.open(REAL_REVIEWS, "rt", newline="", encoding="utf-8") as source, path.open("w", newline="") as target:
        reader = csv.DictReader(source)
        assert reader.fieldnames
        writer = csv.DictWriter(target, reader.fieldnames)
        writer.writeheader()
        for number, row in enumerate(itertools.islice(itertools.cycle(reader), rows)):
            bad = number >= rows - spoiled
            writer.writerow({**row, "row": first + number, **({"Rating": "many"} if bad else {})})
    return path


@dataclass
class OwnShop:
    """A shop that somebody opened beside the demo's, and its owner at the terminal."""

    stack: Stack
    slug: str
    owner: str
    password: str = "eleven knitted herring"  # noqa: S105
    widgets: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, stack: Stack, *, slug: str, name: str, owner: str, origin: str = "") -> "OwnShop":
        """By ``manage.py create_shop``."""
        shop = cls(stack, slug, owner)
        origins = ["--origin", origin] if origin else []
        done = shop.run("create_shop", slug, "--name", name, "--owner", owner, *origins, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        shop.widgets = json.loads(done.stdout)["widgets"]
        return shop

    @property
    def _environment(self) -> dict[str, str]:
        return {**self.stack.environment, "VOUCHSAFE_PASSWORD": self.password}

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """A management command, without a terminal."""
        return subprocess.run(
            [self.stack.python, "manage.py", *arguments],
            cwd=self.stack.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def import_file(self, file: Path, *options: str) -> "subprocess.CompletedProcess[str]":
        """``manage.py import_reviews`` into this shop."""
        return self.run("import_reviews", str(file), "--shop", self.slug, *options)

    def begin_import(self, file: Path, *options: str) -> "subprocess.Popen[bytes]":
        """The same, without waiting for its end."""
        return subprocess.Popen(
            [self.stack.python, "manage.py", "import_reviews", str(file), "--shop", self.slug, *options],
            cwd=self.stack.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def shop_id(self) -> int:
        ((found,),) = self.stack.rows("SELECT id FROM shops_shop WHERE slug = %s", self.slug)
        return int(str(found))

    def items(self, source: str = "%") -> int:
        """How many items the shop has, of the sources of this name."""
        statement = """SELECT count(*) FROM content_item JOIN content_source AS source ON source.id = source_id
            WHERE content_item.shop_id = %s AND source.name LIKE %s"""
        ((found,),) = self.stack.rows(statement, self.shop_id(), source)
        return int(str(found))

    def rows_committed(self, source: str) -> int:
        """How far the imports into a source have come."""
        statement = """SELECT coalesce(max(rows_read), 0) FROM collection_import_run AS run
            JOIN content_source AS source ON source.id = source_id WHERE run.shop_id = %s AND source.name = %s"""
        ((found,),) = self.stack.rows(statement, self.shop_id(), source)
        return int(str(found))
