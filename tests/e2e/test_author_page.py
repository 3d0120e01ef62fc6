"""The author's page in a browser: on a phone, with the keyboard alone, for everybody's eyes, without a script."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from project.core.scope import shop_scope
from project.rights.contracts import Channel, LinkPurpose
from project.rights.models import RequestLink
from project.rights.own_data import OwnDataTools, own_data_tools, register_own_data_tools
from project.rights.services.links import mint_link
from tests.rights.author import EVERYWHERE, Asked, answer

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

PHONE = {"width": 390, "height": 844}
WITHOUT_SCRIPT = {"java_script_enabled": False, "viewport": PHONE, "is_mobile": True, "has_touch": True}


@pytest.fixture(scope="module", autouse=True)
def _database_beside_the_browser() -> None:
    """Playwright keeps an event loop open in this thread, in which Django would refuse to touch the database.

    Not undone: the suite's database is removed at the very end, when the loop may still be open.
    """
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@dataclass
class Author:
    """Ana with her link, on a live server."""

    asked: Asked
    base: str
    new_context: Callable[..., BrowserContext]

    def open(self, url: str = "", **options: object) -> Page:
        page = self.new_context(**options).new_page()
        page.goto(self.base + (url or self.asked.url))
        return page


@pytest.fixture
def ana(live_server: LiveServer, new_context: Callable[..., BrowserContext]) -> Author:
    return Author(Asked(channels=EVERYWHERE, with_picture=True), live_server.url, new_context)


@pytest.fixture
def _tools() -> Iterator[None]:
    before = own_data_tools()
    register_own_data_tools(OwnDataTools(lambda shop_id, author: b"PK", lambda shop_id, author: None))
    yield
    register_own_data_tools(before)


def test_the_whole_road_on_a_phone_without_javascript(ana: Author) -> None:
    page = ana.open(**WITHOUT_SCRIPT)
    expect(page.get_by_role("heading", name="May Linden show your post?")).to_be_visible()
    expect(page.locator(".yours-pictures img")).to_have_js_property("naturalWidth", 1200)
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(0)
    page.get_by_role("checkbox", name="The shop’s website").check()
    page.get_by_role("checkbox", name="Product pages").check()
    page.get_by_role("button", name="Yes, in these places").click()
    # Not everything was answered: a sentence at each question, and what was chosen is still there.
    expect(page.get_by_role("alert")).to_contain_text("everything you chose is still there")
    page.get_by_role("alert").get_by_role("link", name="who is in the picture").click()
    expect(page.locator("#wrong-people")).to_be_in_viewport()
    expect(page.get_by_role("checkbox", name="Product pages")).to_be_checked()
    page.get_by_label("Only me").check()
    page.get_by_label("No, all of it is mine").check()
    page.get_by_label("16 or older").check()
    page.get_by_role("button", name="Yes, in these places").click()
    expect(page.get_by_role("heading", name="Thank you. You gave permission")).to_be_visible()
    assert ana.asked.shown_places() == {Channel.SITE, Channel.PRODUCT_PAGE}
    page.reload()
    page.get_by_role("button", name="Take my permission back").click()
    expect(page.get_by_role("heading", name="Your permission has ended")).to_be_visible()
    assert ana.asked.shown_places() == set()


def test_a_young_author_is_asked_for_a_country_and_only_then(ana: Author) -> None:
    page = ana.open(viewport=PHONE)
    country = page.get_by_label("The country you live in")
    expect(country).to_be_hidden()
    page.get_by_label("16 or older").check()
    expect(country).to_be_hidden()
    page.get_by_label("14", exact=True).check()
    expect(country).to_be_visible()
    page.get_by_role("checkbox", name="The shop’s website").check()
    country.select_option(label="Netherlands")
    page.get_by_role("button", name="Yes, in these places").click()
    expect(page.get_by_role("alert")).to_contain_text("people under 16 need a parent or guardian")
    page.get_by_label("I am the author’s parent or guardian").check()
    page.get_by_role("button", name="Yes, in these places").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()


def test_an_author_answers_with_the_keyboard_alone(ana: Author) -> None:
    page = ana.open(viewport=PHONE)

    def tab_to(name: str) -> None:
        """Press Tab until the element of this name has the focus, and see that it shows it."""
        for _press in range(60):
            page.keyboard.press("Tab")
            focused = page.evaluate(
                """() => { const e = document.activeElement; const label = e.labels?.[0] ?? e;
                return [label.innerText.trim() || e.value, getComputedStyle(e).outlineStyle] }"""
            )
            if focused[0].startswith(name):
                assert focused[1] != "none"
                return
        raise AssertionError(f"no way to {name!r} by Tab")

    tab_to("The shop’s website")
    page.keyboard.press("Space")
    tab_to("16 or older")
    page.keyboard.press("Space")
    tab_to("The terms")
    page.keyboard.press("Enter")
    expect(page.locator("[data-terms]")).to_be_visible()
    tab_to("Yes, in these places")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert ana.asked.shown_places() == {Channel.SITE}
    tab_to("Take my permission back")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your permission has ended")).to_be_visible()


def test_the_page_asks_nobody_else_and_leaves_nothing_behind(ana: Author) -> None:
    context = ana.new_context(viewport=PHONE)
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(ana.base + ana.asked.url)
    page.locator(".language summary").click()
    page.get_by_role("link", name="Nederlands").click()
    expect(page.get_by_role("heading", name="Mag Linden je bericht tonen?")).to_be_visible()
    assert {url.split("/c/")[0].startswith(ana.base) for url in asked} == {True}
    assert context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert said == []


def states(ana: Author) -> dict[str, str]:
    """The page in each of its states, by address."""
    shop = ana.asked.people
    granted, withdrawn, declined, expired, confirmed, waiting = (
        Asked(channels=(Channel.SITE, Channel.EMAIL, Channel.AI_ASSISTANT), with_picture=True, people=shop)
        for _ in range(6)
    )
    for one in (granted, withdrawn, confirmed, waiting):
        answer(Client(), one.url, channel=["site"])
    Client().post(withdrawn.url, {"answer": "withdraw"})
    Client().post(declined.url, {"answer": "decline"})
    with shop_scope(shop.shop.id):
        RequestLink.objects.filter(request=expired.row()).update(expires_at=timezone.now())
        half_an_hour = mint_link(confirmed.row(), purpose=LinkPurpose.CONFIRMED, lasts=timedelta(minutes=30))
        code = mint_link(waiting.row(), purpose=LinkPurpose.CONFIRMED, lasts=timedelta(0))
    return {
        "asked": ana.asked.url,
        "granted": granted.url,
        "withdrawn": withdrawn.url,
        "declined": declined.url,
        "expired": expired.url,
        "confirmed": reverse("rights:consent", args=[half_an_hour]),
        "code": reverse("rights:consent", args=[code]),
        "privacy": reverse("rights:privacy", args=[shop.shop.slug]),
        "terms": reverse("rights:terms_now", args=[shop.shop.slug]),
    }


@pytest.mark.usefixtures("_tools")
@pytest.mark.parametrize(
    ("scheme", "width", "language"),
    [("light", 390, "en"), ("dark", 390, "de"), ("light", 360, "nl"), ("dark", 1280, "da")],
)
def test_every_state_is_accessible_and_fits(scheme: str, width: int, language: str, ana: Author) -> None:
    context = ana.new_context(
        color_scheme=scheme,
        viewport={"width": width, "height": 844},
        is_mobile=width < 800,
        has_touch=width < 800,
        bypass_csp=True,  # axe is injected; that the page runs no script is tested in tests/rights
    )
    page = context.new_page()
    found = []
    for state, address in states(ana).items():
        page.goto(f"{ana.base}{address}?lang={language}")
        for summary in page.locator("details.read summary").all():
            summary.click()
        if state == "asked":
            page.locator("input[name=age][value='13']").check()
            page.locator("input[name=child]").check()
        for violation in Axe().run(page).response["violations"]:
            found.append((state, violation["id"], [node["target"] for node in violation["nodes"]]))
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append((state, "wider than the window", []))
        if width < 800:
            small = page.evaluate(
                """() => [...document.querySelectorAll("main button, main label.check, main label.place, summary")]
                .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 40).map((e) => e.innerText)"""
            )
            found += [(state, "too small for a thumb", small)] if small else []
    assert found == []
