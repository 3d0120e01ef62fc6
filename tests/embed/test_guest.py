"""The embed is a guest (law 8): it takes nothing, leaves nothing, moves nothing, and cannot be turned against us."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Request, expect

from tests.embed.conftest import Shop
from tests.embed.peers import ASSISTANT, WIDGET, Host, Site, example_feed

NewShop = Callable[..., Shop]

HOSTILE = [
    "<script>window.pwned = 1</script>",
    "<img src=x onerror='window.pwned = 1'>",
    "\"><svg onload='window.pwned = 1'>",
    "javascript:window.pwned=1",
    "{{constructor.constructor('window.pwned = 1')()}}",
    "</style><script>window.pwned = 1</script>",
    "‮gnihtemos‬ ‏‎",
    "a" * 5_000,
    "\u0000\ufffd\u2028",
]


def elements(nonce: str = "") -> str:
    """A widget and an assistant, for pages that bring the script themselves."""
    return (
        f'<vouchsafe-widget widget-id="{WIDGET}"></vouchsafe-widget>'
        f'<vouchsafe-assistant assistant-id="{ASSISTANT}"></vouchsafe-assistant>{nonce}'
    )


def policy(host: Host, scripts: str) -> dict[str, str]:
    """The strictest policy a shop may have, with what the documentation asks for."""
    sockets = host.origin.replace("http", "ws")
    return {
        "Content-Security-Policy": f"default-src 'none'; script-src {scripts}; img-src {host.origin}; "
        f"connect-src {host.origin} {sockets}; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


@pytest.mark.parametrize("scripts", ["'nonce-abc'", "'nonce-abc' 'strict-dynamic'"])
def test_a_page_with_the_strictest_policy_has_nothing_to_report(new_shop: NewShop, host: Host, scripts: str) -> None:
    host.feed["items"][0]["media"] = [{"src": f"{host.origin}/media/a.svg", "width": 8, "height": 6, "alt": "A shirt"}]
    tag = f'<script async nonce="abc" src="{host.origin}/embed/v1/embed.js"></script>'
    shop = new_shop()
    shop.open(tag + elements(), headers=policy(host, scripts)).ready()
    shop.page.get_by_role("button", name="Read the whole review").first.click()
    expect(shop.page.locator("dialog blockquote")).to_be_visible()
    shop.page.keyboard.press("Escape")
    shop.page.locator(".launcher").click()
    shop.page.locator(".suggestion").first.click()
    expect(shop.page.locator(".evidence").first).to_be_visible()
    assert host.live()[0].kind == "socket"
    assert shop.errors == []


def test_a_policy_that_allows_no_socket_still_gets_events(new_shop: NewShop, host: Host) -> None:
    headers = {"Content-Security-Policy": f"default-src 'none'; script-src {host.origin}; connect-src {host.origin}"}
    shop = new_shop()
    shop.open(shop.snippet(), headers=headers).ready()
    assert host.live()[0].kind == "events"


def test_a_policy_that_forgets_the_host_is_told(new_shop: NewShop, host: Host) -> None:
    headers = {"Content-Security-Policy": f"default-src 'none'; script-src {host.origin}"}
    shop = new_shop()
    with shop.page.expect_console_message(lambda message: message.text.startswith("Vouchsafe:")) as told:
        shop.open(shop.snippet(), headers=headers)
    assert "its connect-src must name that host" in told.value.text
    expect(shop.box).to_be_hidden()


def test_nothing_is_stored_and_nobody_else_is_asked(new_shop: NewShop, host: Host, site: Site) -> None:
    shop = new_shop()
    asked: list[Request] = []
    shop.page.on("request", lambda request: asked.append(request))
    shop.open(shop.snippet() + elements()).ready()
    shop.page.locator(".launcher").click()
    shop.page.locator(".suggestion").first.click()
    expect(shop.page.locator(".evidence").first).to_be_visible()
    assert {request.url.split("/", 3)[2] for request in asked} == {f"localhost:{host.port}", f"127.0.0.1:{site.port}"}
    assert shop.page.context.cookies() == []
    assert not [headers for headers in host.headers if "cookie" in headers or "authorization" in headers]
    stored = shop.page.evaluate(
        "async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length,"
        " (await caches.keys()).length, document.cookie]"
    )
    assert stored == [0, 0, 0, 0, ""]


def test_no_global_of_the_page_is_touched(new_shop: NewShop) -> None:
    head = (
        "<script>window.before = Object.getOwnPropertyNames(window);"
        "window.handlers = () => before.filter(name => /^on/.test(name) && window[name]);"
        "window.list = () => [fetch, setTimeout, WebSocket, EventSource, history.pushState, Element.prototype.append];"
        "window.natives = list(); window.same = () => list().every((one, index) => one === natives[index]);</script>"
    )
    shop = new_shop()
    shop.open(shop.snippet() + elements(), head=head).ready()
    assert shop.page.evaluate("handlers()") == []
    assert shop.page.evaluate("same()")
    added = "Object.getOwnPropertyNames(window).filter(name => !before.includes(name) && !/^\\d+$/.test(name))"
    assert set(shop.page.evaluate(added)) <= {"before", "handlers", "list", "natives", "same"}
    assert shop.page.evaluate("document.head.querySelectorAll('style, link').length") == 0


def test_no_style_attribute_is_written(new_shop: NewShop) -> None:
    shop = new_shop()
    shop.open(shop.snippet() + elements()).ready()
    count = (
        "[...document.querySelectorAll('vouchsafe-widget, vouchsafe-assistant')]"
        ".flatMap(node => [node, ...node.shadowRoot.querySelectorAll('*')])"
        ".filter(node => node.hasAttribute('style')).length"
    )
    assert shop.page.evaluate(count) == 0


def test_what_customers_write_is_text_and_nothing_else(new_shop: NewShop, host: Host) -> None:
    items = []
    for number, text in enumerate(HOSTILE):
        items.append(
            {
                **example_feed()["items"][0],
                "id": f"rev_{number}",
                "title": text,
                "text": text,
                "credit": text,
                "credit_url": "javascript:window.pwned=1",
                "disclosure": text,
                "verification": text,
                "date": text,
                "date_text": text,
                "language": text,
                "product": {"id": "p", "name": text, "url": "javascript:window.pwned=1"},
                "source": {"name": text, "url": "data:text/html,<script>opener.pwned=1</script>"},
                "media": [{"src": "https://evil.example/x.png", "width": 1, "height": 1, "alt": text}],
                "url": "javascript:window.pwned=1",
            }
        )
    host.show(items=items)
    shop = new_shop().open().ready()
    assert shop.page.evaluate("window.pwned") is None
    assert shop.cards.locator("script, img, svg[onload], style").count() == 0
    hrefs = shop.page.locator("vouchsafe-widget a").evaluate_all("links => links.map(link => link.protocol)")
    assert set(hrefs) == {"http:"}
    assert shop.titles() == HOSTILE
    shop.page.get_by_role("button", name="Read the whole review: aaa").click()
    assert shop.page.locator("dialog blockquote").text_content() == "a" * 5_000
    assert shop.errors == []


def test_a_theme_cannot_smuggle_style(new_shop: NewShop, host: Host) -> None:
    host.feed["widget"]["theme"] = {
        "scheme": "auto",
        "accent": "red} .credit{display:none",
        "radius": "0} .credit{display:none",
        "density": "comfortable",
    }
    shop = new_shop().open().ready()
    expect(shop.cards.first.locator(".credit")).to_be_visible()


@pytest.mark.parametrize("kind", ["carousel", "wall"])
def test_l4_css_of_the_page_cannot_drop_credit_disclosure_report_or_selection(
    new_shop: NewShop, host: Host, kind: str
) -> None:
    host.feed["widget"]["type"] = kind
    host.feed["items"][0]["disclosure"] = "Received the product for free"
    host.feed["items"][0]["source"] = {"name": "Mastodon", "url": "https://mastodon.example/1"}
    hostile = """<style>
      * { color: transparent !important; font-size: 0 !important; letter-spacing: 2em !important; opacity: .9;
          text-transform: uppercase !important; line-height: 0 !important; visibility: visible; float: left; }
      .credit, .meta, footer, .disclosure, .source, .reach, .review, dialog, a, span, bdi { display: none !important; }
      *::part(credit), *::part(meta), *::part(disclosure), *::part(source), *::part(verification), *::part(reach),
      *::part(selection), *::part(card), *::part(footer), *::part(report), *::part(review) { display: none !important; }
      *::part(quote) { font-size: 0; color: transparent; }
    </style>"""
    host.feed["items"][0]["text"] = "Long. " * 300
    shop = new_shop(reduced_motion="reduce").open(head=hostile).ready()
    _assert_all_is_said(shop.cards.first)
    _assert_legible(shop.page.locator(".reach"), "Selected by the shop: 10 of 2,431 · See all reviews")
    # A click on a control that the page has made hard to see is not what is tried here.
    shop.cards.first.locator(".more").dispatch_event("click")
    _assert_all_is_said(shop.page.locator("dialog"))


def test_l4_css_of_the_page_cannot_drop_credit_source_disclosure_or_report_of_a_quote(
    new_shop: NewShop, host: Host
) -> None:
    citation = host.assistant["answer"]["claims"][0]["citations"][0]
    citation["disclosure"] = "Received the product for free"
    citation["source"] = {"name": "Mastodon", "url": "https://mastodon.example/1"}
    hostile = """<style>
      * { color: transparent !important; font-size: 0 !important; letter-spacing: 2em !important; opacity: .9;
          text-transform: uppercase !important; line-height: 0 !important; visibility: visible; float: left; }
      .panel, .log, .evidence, .meta, footer, .source, .dock, dialog, a, span, bdi { display: none !important; }
      *::part(panel), *::part(evidence), *::part(meta), *::part(credit), *::part(disclosure), *::part(source),
      *::part(report), *::part(quote) { display: none !important; }
    </style>"""
    shop = new_shop()
    shop.open(shop.snippet(element="assistant"), head=hostile)
    # As above: whether a button that the page made hard to see can be hit is not what is tried here.
    shop.page.locator(".launcher").dispatch_event("click")
    shop.page.locator(".suggestion").first.dispatch_event("click")
    quote = shop.page.locator(".evidence").first
    _assert_legible(quote.locator("bdi"), citation["credit"])
    _assert_legible(quote.get_by_text("Received the product for free"), "Received the product for free")
    _assert_legible(quote.locator(".source"), "Mastodon")
    _assert_legible(quote.locator(".meta > a"), "Report")


def _assert_all_is_said(place: Any) -> None:
    for selector, text in {
        ".credit": "A customer, 47",
        ".disclosure": "Received the product for free",
        ".verification": "✓ Verified purchase",
        ".source": "Mastodon",
        ".meta > a": "Report",
    }.items():
        _assert_legible(place.locator(selector), text)


def _assert_legible(node: Any, text: str) -> None:
    expect(node).to_be_visible()
    expect(node).to_have_text(text)
    look = node.evaluate(
        "node => { const s = getComputedStyle(node);"
        " return [parseFloat(s.fontSize), s.color, s.textTransform, node.getBoundingClientRect().height] }"
    )
    size, colour, transform, height = look
    assert size >= 12
    assert "rgba(0, 0, 0, 0)" not in colour
    assert "transparent" not in colour
    assert transform == "none"
    assert height >= 12


DOCUMENTATION = Path(__file__).parent.parent.parent / "docs" / "embed.md"


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("kind", ["carousel", "wall", "rating_summary"])
def test_nothing_on_the_page_moves(new_shop: NewShop, host: Host, kind: str, width: int) -> None:
    """Even when script and feed come long after the first paint, with the style line of the documentation."""
    host.feed["widget"]["type"] = kind
    style = DOCUMENTATION.read_text().split("```css\n", 1)[1].split("```", 1)[0]
    observe = (
        "<script>window.shifts = []; new PerformanceObserver(list => shifts.push(...list.getEntries().map(entry =>"
        " [entry.value, entry.sources.map(source => [source.previousRect.toJSON(), source.currentRect.toJSON()])])))"
        ".observe({ type: 'layout-shift', buffered: true })</script>"
    )
    shop = new_shop(viewport={"width": width, "height": 3000})
    element = f'<vouchsafe-widget widget-id="{WIDGET}" type="{kind}"></vouchsafe-widget>'
    shop.open(element + "<p>Text of the shop below the widget.</p>", head=f"<style>{style}</style>{observe}")
    painted = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    shop.page.evaluate(painted)
    top = shop.page.locator("main > p").bounding_box()
    shop.page.evaluate(
        "src => document.head.append(Object.assign(document.createElement('script'), { src }))",
        f"{host.origin}/embed/v1/embed.js",
    )
    expect(shop.page.locator(".heading")).to_be_visible()
    host.wait_for(host.live)
    shop.page.evaluate(painted)
    assert shop.page.locator("main > p").bounding_box() == top
    assert shop.page.evaluate("shifts") == []


def test_a_page_with_the_snippet_alone_reserves_the_place_before_the_feed_is_there(
    new_shop: NewShop, host: Host
) -> None:
    host.gate = threading.Event()
    shop = new_shop()
    shop.open(shop.snippet() + "<p>Below.</p>")
    expect(shop.page.locator("vouchsafe-widget .list")).to_be_visible()
    before = shop.page.locator("main > p").bounding_box()
    host.gate.set()
    shop.ready()
    assert shop.page.locator("main > p").bounding_box() == before


def test_the_first_card_needs_two_requests(new_shop: NewShop, host: Host) -> None:
    host.gate = threading.Event()
    new_shop().open()
    host.wait_for(lambda: host.feeds_read() == 1)
    assert [path for _, path in host.requests] == ["/embed/v1/embed.js", f"/w/{WIDGET}/feed.json"]
    host.gate.set()
