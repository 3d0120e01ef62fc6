"""What a shop's customers see of a widget, and what the shop's own scripts can rely on."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.embed.conftest import Shop
from tests.embed.peers import WIDGET, Host, example_feed

NewShop = Callable[..., Shop]


def items(count: int, **changes: Any) -> list[dict[str, Any]]:
    """So many items of the example, each with these changes."""
    pool = example_feed()["items"]
    return [{**copy.deepcopy(pool[n % 10]), "id": f"rev_{n:022}", **changes} for n in range(count)]


def of_type(kind: str, **changes: Any) -> dict[str, Any]:
    """The example feed as a widget of another type."""
    feed = example_feed()
    feed["widget"]["type"] = kind
    return {**feed, **changes}


def test_the_carousel_shows_the_feed_as_it_is(new_shop: NewShop, host: Host) -> None:
    shop = new_shop().open().ready()
    assert shop.titles() == [item["title"] for item in host.feed["items"]]
    card = shop.cards.first
    expect(card.get_by_role("img", name="Rated 5 out of 5")).to_be_visible()
    expect(card.locator(".credit")).to_have_text("A customer, 47")
    expect(card.locator(".verification")).to_have_text("✓ Verified purchase")
    expect(card.locator("blockquote")).to_have_text(host.feed["items"][0]["text"])
    expect(shop.page.locator(".heading")).to_have_text("What customers say")
    expect(shop.page.locator(".score")).to_have_text("4.1 out of 5, from 2,431 reviews")
    assert shop.errors == []


def test_disclosure_and_source_are_shown_with_the_words(new_shop: NewShop, host: Host) -> None:
    shop = new_shop().open().ready()
    expect(shop.cards.nth(1).locator(".disclosure")).to_have_text("Received the product for free")
    source = shop.cards.nth(3).get_by_role("link", name="Mastodon")
    expect(source).to_have_attribute("href", "https://mastodon.example/@ana/1")
    expect(source).to_have_attribute("rel", "noopener nofollow ugc")


@pytest.mark.parametrize("kind", ["carousel", "wall"])
def test_every_item_leads_to_the_public_form_that_reports_it(new_shop: NewShop, host: Host, kind: str) -> None:
    """On the card and in the whole review, for keyboards too, and by a name that says what is reported."""
    host.feed = of_type(kind)
    host.feed["items"][2]["title"] = ""
    shop = new_shop(reduced_motion="reduce").open().ready()
    for number, what in enumerate(("Flattering shirt", "Looks great with white pants", "A customer, 83")):
        report = shop.cards.nth(number).get_by_role("link", name=f"Report: {what}", exact=True)
        expect(report).to_have_attribute("href", f"{host.origin}/n/{host.feed['items'][number]['id']}")
        expect(report).to_have_text("Report")
        expect(report).to_have_attribute("target", "_blank")
    shop.page.get_by_role("button", name="Read the whole review").first.click()
    title = shop.page.locator("dialog .title").text_content()
    report = shop.page.get_by_role("dialog").get_by_role("link", name=f"Report: {title}", exact=True)
    for _press in range(8):
        if report.evaluate("node => node.getRootNode().activeElement === node"):
            break
        shop.page.keyboard.press("Tab")
    expect(report).to_be_focused()
    (shown,) = (item for item in host.feed["items"] if item["title"] == title)
    with shop.page.context.expect_event("request") as opened:
        shop.page.keyboard.press("Enter")
    assert opened.value.url == f"{host.origin}/n/{shown['id']}"


def test_a_selection_always_says_that_it_is_one(new_shop: NewShop, host: Host) -> None:
    for kind in ("carousel", "wall", "rating_summary"):
        host.feed = of_type(kind)
        shop = new_shop().open(f'<vouchsafe-widget widget-id="{WIDGET}"></vouchsafe-widget>' + _script(host))
        line = shop.page.locator(".reach")
        expect(line).to_have_text("Selected by the shop: 10 of 2,431 · See all reviews")
        expect(line.get_by_role("link")).to_have_attribute("href", host.feed["selection"]["url"])


def test_without_a_selection_all_reviews_are_a_click_away(new_shop: NewShop, host: Host) -> None:
    host.show(selection=None)
    shop = new_shop().open().ready()
    expect(shop.page.locator(".reach")).to_have_text("See all reviews")
    expect(shop.page.locator(".reach a")).to_have_attribute("href", host.feed["wall_url"])


def test_the_rating_summary_shows_average_and_histogram(new_shop: NewShop, host: Host) -> None:
    host.feed = of_type("rating_summary")
    shop = new_shop().open(_snippet(host, "type=rating_summary"))
    expect(shop.page.locator(".average")).to_have_text("4.1")
    rows = shop.page.locator(".histogram [role=img]")
    expect(rows).to_have_count(5)
    expect(rows.first).to_have_attribute("aria-label", "Rated 5 out of 5: 1,290")
    widths = shop.page.locator(".bar rect").evaluate_all(
        "bars => bars.map(bar => parseFloat(bar.getAttribute('width')))"
    )
    assert widths == pytest.approx([100 * n / 2431 for n in (1290, 561, 301, 169, 110)])


def test_below_the_floor_there_is_a_number_and_no_average(new_shop: NewShop, host: Host) -> None:
    summary = {"total": 3, "rated": 3, "average": None, "histogram": {"5": 3}, "text": "3 reviews"}
    host.feed = of_type("rating_summary", summary=summary)
    shop = new_shop().open(_snippet(host, "type=rating_summary"))
    expect(shop.page.locator(".score")).to_have_text("3 reviews")
    expect(shop.page.locator(".average, .histogram, .stars")).to_have_count(0)


@pytest.mark.parametrize("kind", ["carousel", "wall"])
def test_a_single_review_stands_alone(new_shop: NewShop, host: Host, kind: str) -> None:
    """Nothing to turn, nothing to unfold, no average of one, and no more room than a card needs."""
    summary = {"total": 1, "rated": 1, "average": None, "histogram": {"5": 1}, "text": "1 review"}
    host.feed = of_type(kind, items=items(1), summary=summary, selection=None)
    shop = new_shop().open(_snippet(host, f"type={kind}")).ready()
    expect(shop.cards).to_have_count(1)
    expect(shop.page.locator(".score")).to_have_text("1 review")
    expect(shop.page.locator(".average, .histogram")).to_have_count(0)
    for name in ("Next", "Previous", "Show more"):
        expect(shop.page.get_by_role("button", name=name)).to_have_count(0)
    widget, card = shop.box.bounding_box(), shop.cards.first.bounding_box()
    assert widget is not None
    assert card is not None
    assert widget["x"] <= card["x"]
    assert card["x"] + card["width"] <= widget["x"] + widget["width"]
    assert shop.errors == []


def test_the_wall_unfolds(new_shop: NewShop, host: Host) -> None:
    host.feed = of_type("wall", items=items(9))
    shop = new_shop().open(_snippet(host, "type=wall")).ready()
    expect(shop.cards).to_have_count(6)
    shop.page.get_by_role("button", name="Show more").click()
    expect(shop.cards).to_have_count(9)
    expect(shop.page.get_by_role("button", name="Show more")).to_have_count(0)


def test_an_excerpt_ends_where_the_feed_says_counted_in_code_points(new_shop: NewShop, host: Host) -> None:
    text = "😊🧥 warm and light, " + "and more " * 40
    host.show(items=items(1, text=text, cut=7))
    shop = new_shop().open().ready()
    assert shop.cards.locator("blockquote").text_content() == "😊🧥 warm"
    shop.page.get_by_role("button", name="Read the whole review").click()
    dialog = shop.page.locator("dialog")
    expect(dialog).to_be_visible()
    assert dialog.locator("blockquote").text_content() == text
    shop.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_the_whole_review_is_offered_only_where_the_card_hides_some(new_shop: NewShop, host: Host) -> None:
    host.show(items=items(1, text="Short.", cut=None) + items(1, text="Long. " * 300, cut=None, id="rev_b"))
    shop = new_shop().open().ready()
    expect(shop.cards.nth(0).locator(".more")).to_be_hidden()
    expect(shop.cards.nth(1).locator(".more")).to_be_visible()


def test_words_keep_their_language_and_direction(new_shop: NewShop, host: Host) -> None:
    host.show(items=items(1, language="ar", title="رائع", text="قماش ممتاز 😊"))
    shop = new_shop().open().ready()
    for selector in (".title", "blockquote"):
        node = shop.cards.locator(selector)
        expect(node).to_have_attribute("lang", "ar")
        assert node.evaluate("node => getComputedStyle(node).direction") == "rtl"
    expect(shop.box).to_have_attribute("lang", "en")


def test_an_empty_widget_gives_its_place_back_or_invites(new_shop: NewShop, host: Host) -> None:
    host.show(items=[])
    shop = new_shop().open()
    expect(shop.box).to_be_hidden()
    assert shop.page.locator("vouchsafe-widget").evaluate("node => node.offsetHeight") == 0
    host.show(labels={**host.feed["labels"], "empty": "Be the first to review."})
    shop = new_shop().open()
    expect(shop.box).to_have_text("Be the first to review.")
    assert shop.box.evaluate("node => node.offsetHeight") < 100


def test_the_host_page_is_asked_for_nothing_but_the_snippet(new_shop: NewShop, host: Host) -> None:
    """Attributes become the feed's parameters, in one order and without empty ones."""
    shop = new_shop()
    with shop.page.expect_request("**/feed.json*") as request:
        shop.open(shop.snippet('locale="da" product="blouse 1" category=""'))
    assert request.value.url == f"{host.origin}/w/{WIDGET}/feed.json?product=blouse+1&locale=da"


def test_a_div_does_where_custom_tags_are_stripped(new_shop: NewShop, host: Host) -> None:
    shop = new_shop()
    with shop.page.expect_request("**/feed.json*") as request:
        shop.open(_script(host) + f'<div class="vouchsafe-widget" data-widget-id="{WIDGET}" data-product="p1"></div>')
    assert request.value.url.endswith("?product=p1")
    shop.ready()
    expect(shop.page.locator("vouchsafe-widget")).to_have_count(1)


def test_what_stood_in_the_div_for_readers_without_javascript_is_not_shown_twice(new_shop: NewShop, host: Host) -> None:
    place = f'<div class="vouchsafe-widget" data-widget-id="{WIDGET}"><a href="/wall">All of them</a></div>'
    shop = new_shop().open(_script(host) + place).ready()
    expect(shop.page.get_by_text("All of them")).to_be_hidden()


def test_the_script_twice_is_the_script_once(new_shop: NewShop, host: Host) -> None:
    shop = new_shop()
    shop.open(shop.snippet() + _script(host) + f'<div class="vouchsafe-widget" data-widget-id="{WIDGET}"></div>')
    expect(shop.cards).to_have_count(20)
    shop.page.evaluate(
        """src => new Promise(done => {
          const div = Object.assign(document.createElement("div"), { className: "vouchsafe-widget" });
          div.dataset.widgetId = "wid_0000000000000000000001";
          const script = Object.assign(document.createElement("script"), { src, onload: done });
          document.body.append(div, script);
        })""",
        f"{host.origin}/embed/v1/embed.js",
    )
    expect(shop.page.locator("vouchsafe-widget")).to_have_count(3)
    expect(shop.cards).to_have_count(30)
    assert host.feeds_read() == 3
    assert shop.errors == []


def test_a_page_may_move_remove_and_change_the_element(new_shop: NewShop, host: Host) -> None:
    shop = new_shop().open().ready()
    shop.page.evaluate("document.body.prepend(document.querySelector('vouchsafe-widget'))")
    expect(shop.cards).to_have_count(10)
    assert host.feeds_read() == 1
    shop.page.evaluate(
        "Object.entries({product: 'p', locale: 'da', category: 'c'}).forEach(([name, value]) => "
        "document.querySelector('vouchsafe-widget').setAttribute(name, value))"
    )
    host.wait_for(lambda: host.feeds_read() == 2)
    shop.ready()
    host.wait_for(lambda: len(host.live()) == 1)
    shop.page.evaluate("window.kept = document.querySelector('vouchsafe-widget'); kept.remove()")
    host.wait_for(lambda: not host.live())
    assert shop.page.evaluate("kept.shadowRoot.textContent") == ""
    shop.page.evaluate("document.body.append(kept)")
    shop.ready()
    assert host.feeds_read() == 3


def test_destroy_ends_everything(new_shop: NewShop, host: Host) -> None:
    shop = new_shop().open().ready()
    shop.page.evaluate("document.querySelector('vouchsafe-widget').destroy()")
    host.wait_for(lambda: not host.live())
    expect(shop.page.locator("vouchsafe-widget")).to_have_count(0)


def test_a_change_of_theme_does_not_start_over(new_shop: NewShop, host: Host) -> None:
    shop = new_shop().open().ready()
    assert _colour(shop) == "rgb(246, 245, 242)"
    shop.page.evaluate("document.querySelector('vouchsafe-widget').setAttribute('theme', 'dark')")
    expect(shop.page.locator("section.dark")).to_be_visible()
    assert _colour(shop) == "rgb(32, 34, 37)"
    assert host.feeds_read() == 1


def test_variables_and_parts_of_the_page_style_the_widget(new_shop: NewShop, host: Host) -> None:
    head = (
        "<style>vouchsafe-widget { --vouchsafe-card-background: rgb(1, 2, 3); --vouchsafe-text: rgb(250, 250, 250) }"
        " vouchsafe-widget::part(quote) { font-style: italic }</style>"
    )
    shop = new_shop().open(head=head).ready()
    assert _colour(shop) == "rgb(1, 2, 3)"
    assert shop.cards.first.locator("blockquote").evaluate("node => getComputedStyle(node).fontStyle") == "italic"


def test_the_page_hears_of_ready_and_change(new_shop: NewShop, host: Host) -> None:
    listen = (
        "<script>window.heard = []; for (const name of ['ready', 'change', 'error'])"
        " document.addEventListener(`vouchsafe:${name}`, e =>"
        " heard.push([name, e.target.localName, e.detail]))</script>"
    )
    shop = new_shop().open(head=listen).ready()
    assert shop.page.evaluate("heard") == [["ready", "vouchsafe-widget", {"version": 123, "items": 10}]]
    host.push({"type": "patch", "from": 123, "to": 124, "remove": [host.feed["items"][0]["id"]]})
    shop.version_acknowledged(124)
    assert shop.page.evaluate("heard.at(-1)") == ["change", "vouchsafe-widget", {"version": 124, "items": 9}]


def test_a_refused_origin_is_told_once_and_takes_no_place(new_shop: NewShop, host: Host) -> None:
    host.refuse_origins = True
    shop = new_shop().open(
        head="<script>document.addEventListener('vouchsafe:error', e => window.told = e.detail)</script>"
    )
    expect(shop.box).to_be_hidden()
    shop.page.wait_for_function("window.told")
    ours = [line for line in shop.errors if line.startswith("Vouchsafe:")]
    assert len(ours) == 1
    assert f"does not let {shop.site.origin} show widget {WIDGET}" in ours[0]
    assert "Settings, Allowed origins" in ours[0]
    assert shop.page.evaluate("told.code") == "origin_not_allowed"


def test_a_refused_page_fills_no_console(new_shop: NewShop, host: Host) -> None:
    """Each reading of a refused page is a red line of the browser's own."""
    host.refuse_origins = True
    shop = new_shop()
    shop.page.clock.install()
    told = "<script>document.addEventListener('vouchsafe:error', e => window.told = e.detail)</script>"
    shop.open(head=told)
    while not shop.page.evaluate("window.told"):
        shop.page.clock.run_for(500)
    asked = host.feeds_read()
    shop.page.clock.run_for(240_000)
    assert host.feeds_read() == asked
    host.refuse_origins = False
    shop.page.clock.run_for(120_000)
    expect(shop.cards).to_have_count(10)


def test_a_photo_is_large_enough_to_be_looked_at(new_shop: NewShop, host: Host) -> None:
    host.feed["items"][0] |= {
        "text": "Words that go on. " * 60,
        "media": [{"src": f"{host.origin}/media/1.png", "width": 8, "height": 6, "alt": "A jumper"}],
    }
    for width in (360, 1280):
        shop = new_shop(viewport={"width": width, "height": 900}).open().ready()
        photo, quote, card = (shop.cards.first.locator(part).bounding_box() for part in (".photo", ".quote", ".meta"))
        box = shop.cards.first.bounding_box()
        assert photo is not None
        assert quote is not None
        assert card is not None
        assert box is not None
        assert photo["height"] >= 128
        assert quote["height"] >= 48
        assert card["y"] + card["height"] <= box["y"] + box["height"]


def test_an_unknown_widget_is_told_once_and_not_asked_for_again(new_shop: NewShop, host: Host) -> None:
    host.status = 404
    shop = new_shop()
    with shop.page.expect_console_message(lambda message: message.text.startswith("Vouchsafe:")) as told:
        shop.open()
    assert "check that the id is the one in the snippet" in told.value.text
    expect(shop.box).to_be_hidden()
    assert host.feeds_read() == 1


def test_a_host_that_comes_back_is_found_again(new_shop: NewShop, host: Host) -> None:
    host.status = 503
    shop = new_shop().open()
    host.wait_for(lambda: host.feeds_read() >= 2)
    host.status = 200
    shop.ready()
    expect(shop.cards).to_have_count(10)


def _script(host: Host) -> str:
    return f'<script async src="{host.origin}/embed/v1/embed.js"></script>'


def _snippet(host: Host, attributes: str) -> str:
    """The snippet with attributes of one's own."""
    return _script(host) + f'<vouchsafe-widget widget-id="{WIDGET}" {attributes}></vouchsafe-widget>'


def _colour(shop: Shop) -> str:
    return str(shop.cards.first.evaluate("node => getComputedStyle(node).backgroundColor"))
