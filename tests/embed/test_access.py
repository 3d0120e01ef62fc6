"""For everybody: keyboard, screen reader, small screens, high contrast, other directions, paper."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.embed.conftest import Shop
from tests.embed.peers import Host

NewShop = Callable[..., Shop]
SCHEME = "<style>:root { color-scheme: light dark }</style>"


def violations(page: Page) -> list[str]:
    """What axe finds inside the embed's elements."""
    found = Axe().run(page, context={"include": ["vouchsafe-widget, vouchsafe-assistant"]}).response["violations"]
    return [f"{rule['id']}: {[node['target'] for node in rule['nodes']]}" for rule in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["carousel", "wall", "rating_summary"])
def test_axe_finds_nothing(new_shop: NewShop, host: Host, kind: str, scheme: str) -> None:
    host.feed["widget"]["type"] = kind
    shop = new_shop(color_scheme=scheme)
    shop.open(shop.snippet(f"type={kind}"), head=SCHEME)
    expect(shop.page.locator(".heading")).to_be_visible()
    host.wait_for(host.live)
    assert violations(shop.page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_whole_review(new_shop: NewShop, scheme: str) -> None:
    shop = new_shop(color_scheme=scheme, reduced_motion="reduce").open(head=SCHEME).ready()
    shop.page.get_by_role("button", name="Read the whole review").first.click()
    expect(shop.page.locator("dialog")).to_be_visible()
    assert violations(shop.page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_assistant(new_shop: NewShop, scheme: str) -> None:
    shop = new_shop(color_scheme=scheme, reduced_motion="reduce")
    shop.open(shop.snippet(element="assistant"), head=SCHEME)
    shop.page.locator(".launcher").click()
    assert violations(shop.page) == []
    shop.page.locator(".suggestion").first.click()
    expect(shop.page.locator(".evidence").first).to_be_visible()
    assert violations(shop.page) == []


def test_the_carousel_is_one_to_a_screen_reader(new_shop: NewShop) -> None:
    shop = new_shop().open().ready()
    expect(shop.box).to_have_attribute("aria-roledescription", "carousel")
    expect(shop.box).to_have_attribute("aria-label", "What customers say")
    slide = shop.cards.nth(2)
    expect(slide).to_have_attribute("role", "group")
    expect(slide).to_have_attribute("aria-roledescription", "slide")
    expect(slide).to_have_attribute("aria-label", "3 of 10")


def test_the_carousel_is_worked_from_the_keyboard(new_shop: NewShop) -> None:
    shop = new_shop(reduced_motion="reduce")
    shop.open('<a href="#" id="before">before</a>' + shop.snippet()).ready()
    keys = shop.page.keyboard
    shop.page.locator("#before").focus()
    keys.press("Tab")
    status = shop.page.locator("[role=status]")
    expect(status).to_have_text("1–3 of 10")
    keys.press("ArrowRight")
    expect(status).to_have_text("2–4 of 10")
    keys.press("End")
    expect(status).to_have_text("8–10 of 10")
    expect(shop.page.get_by_role("button", name="Next")).to_have_attribute("aria-disabled", "true")
    keys.press("Home")
    expect(status).to_have_text("1–3 of 10")
    expect(shop.page.get_by_role("button", name="Previous")).to_have_attribute("aria-disabled", "true")
    shop.page.get_by_role("button", name="Next").focus()
    keys.press("Enter")
    expect(status).to_have_text("4–6 of 10")
    assert _focused(shop.page) == "Next"
    keys.press("Enter")
    expect(status).to_have_text("7–9 of 10")


def test_the_carousel_never_moves_by_itself(new_shop: NewShop) -> None:
    shop = new_shop()
    shop.page.clock.install()
    shop.open().ready()
    shop.page.clock.run_for(30_000)
    expect(shop.page.locator("[role=status]")).to_have_text("1–3 of 10")


def test_focus_comes_back_from_the_whole_review(new_shop: NewShop) -> None:
    shop = new_shop().open().ready()
    more = shop.page.get_by_role("button", name="Read the whole review").first
    more.focus()
    shop.page.keyboard.press("Enter")
    expect(shop.page.get_by_role("dialog")).to_be_visible()
    assert _focused(shop.page) == "Close"
    shop.page.keyboard.press("Escape")
    expect(shop.page.get_by_role("dialog")).to_have_count(0)
    expect(more).to_be_focused()


@pytest.mark.parametrize("width", [320, 360, 1280])
@pytest.mark.parametrize("kind", ["carousel", "wall", "rating_summary"])
def test_every_width_is_enough_and_every_target_large_enough(
    new_shop: NewShop, host: Host, kind: str, width: int
) -> None:
    host.feed["widget"]["type"] = kind
    shop = new_shop(viewport={"width": width, "height": 800})
    shop.open(shop.snippet(f"type={kind}"))
    expect(shop.page.locator(".heading")).to_be_visible()
    host.wait_for(host.live)
    assert shop.page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = shop.page.locator("vouchsafe-widget button:visible").evaluate_all(
        "nodes => nodes.map(node => node.getBoundingClientRect()).map(({width, height}) => [width, height])"
    )
    assert all(wide >= 24 and high >= 24 for wide, high in sizes), sizes
    assert _unspaced_links(shop.page) == []


def _unspaced_links(page: Page) -> Any:
    """Links less than 24 px from the middle of the next line's link (WCAG 2.5.8, the spacing exception)."""
    return page.locator("vouchsafe-widget").evaluate(
        """element => {
          const links = [...element.shadowRoot.querySelectorAll(".meta a")].map(link => link.getBoundingClientRect());
          const middle = ({ x, y, width, height }) => [x + width / 2, y + height / 2];
          return links.filter((one, index) => links.some((other, place) => {
            const [x, y] = middle(one), [u, v] = middle(other);
            return place !== index && Math.hypot(x - u, y - v) < 24;
          })).length ? ["too close"] : [];
        }"""
    )


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_words_are_not_cut_and_credits_not_out_of_reach(new_shop: NewShop, host: Host, width: int) -> None:
    shop = new_shop(viewport={"width": width, "height": 900}).open().ready()
    for card in shop.cards.all()[:4]:
        meta, box = card.locator(".meta").bounding_box(), card.bounding_box()
        assert meta is not None
        assert box is not None
        assert meta["y"] + meta["height"] <= box["y"] + box["height"]


def test_right_to_left_is_mirrored(new_shop: NewShop, host: Host) -> None:
    host.show(locale="ar")
    shop = new_shop(reduced_motion="reduce").open(html='dir="rtl"').ready()
    first, second = (shop.cards.nth(number).bounding_box() for number in (0, 1))
    assert first is not None
    assert second is not None
    assert first["x"] > second["x"]
    status = shop.page.locator("[role=status]")
    shop.page.locator(".list").focus()
    shop.page.keyboard.press("ArrowLeft")
    expect(status).to_have_text("2–4 of 10")
    shop.page.get_by_role("button", name="Next").click()
    expect(status).to_have_text("5–7 of 10")
    previous, following = (shop.page.get_by_role("button", name=name).bounding_box() for name in ("Previous", "Next"))
    assert previous is not None
    assert following is not None
    assert previous["x"] > following["x"]


def test_reduced_motion_is_respected(new_shop: NewShop, host: Host) -> None:
    shop = new_shop(reduced_motion="reduce").open().ready()
    item = {**host.feed["items"][0], "id": "rev_new"}
    host.push({"type": "patch", "from": 123, "to": 124, "insert": [{"after": None, "item": item}]})
    shop.version_acknowledged(124)
    assert shop.cards.first.evaluate("node => node.getAnimations({ subtree: true }).length") == 0
    assert shop.page.locator(".list").evaluate("node => getComputedStyle(node).scrollBehavior") == "auto"


def test_forced_colours_keep_the_stars_and_the_cards(new_shop: NewShop) -> None:
    shop = new_shop(forced_colors="active").open().ready()
    filled = shop.cards.first.locator(".stars svg").evaluate("node => getComputedStyle(node).fill")
    empty = shop.cards.first.locator(".stars > path").evaluate("node => getComputedStyle(node).fill")
    assert filled != empty
    assert shop.cards.first.evaluate("node => getComputedStyle(node).borderTopWidth") == "1px"


def test_on_paper_all_reviews_stand_with_their_addresses(new_shop: NewShop, host: Host) -> None:
    shop = new_shop().open().ready()
    shop.page.emulate_media(media="print")
    tops = [card.bounding_box() for card in shop.cards.all()]
    assert all(one and two and one["y"] < two["y"] for one, two in zip(tops, tops[1:], strict=False))
    url = shop.cards.first.evaluate("node => getComputedStyle(node, '::after').content")
    assert host.feed["items"][0]["url"] in url
    expect(shop.page.get_by_role("button", name="Next")).to_be_hidden()


def _focused(page: Page) -> str:
    return str(
        page.evaluate("document.activeElement.shadowRoot.activeElement.getAttribute('aria-label')"),
    )
