"""The rights desk in a browser: asked from the keyboard, with a preview that follows the form."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from project.content.contracts import MediaInput
from project.core.scope import shop_scope
from project.rights import selectors as rights
from project.rights.contracts import Channel, SendingWay
from tests.factories import Personas, make_personas, picture_comes_in
from tests.rights.asking import ask, make_post, network

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module", autouse=True)
def _database_beside_the_browser() -> None:
    """See tests/e2e/test_studio.py."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


class Desk:
    """Rita's browser at Alice's shop."""

    def __init__(self, people: Personas, url: str, context: BrowserContext) -> None:
        client = Client()
        client.force_login(people.rita)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])
        self.people, self.url, self.page = people, url, context.new_page()
        self.problems: list[str] = []
        self.page.on("console", lambda message: self.note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.note("error", str(error)))

    def note(self, kind: str, text: str) -> None:
        if kind == "error":
            self.problems.append(text)

    def open(self, name: str, *args: object) -> Page:
        self.page.goto(self.url + reverse(f"studio:{name}", args=[self.people.shop.slug, *args]))
        return self.page


@pytest.fixture
def desk(live_server: LiveServer, new_context: Callable[..., BrowserContext]) -> Desk:
    return Desk(make_personas(), live_server.url, new_context())


def test_authors_are_asked_from_the_keyboard(desk: Desk) -> None:
    with network():
        older, middle, newest = (make_post(desk.people, text=f"Post {name}.") for name in ("a", "b", "c"))
        page = desk.open("rights")
        page.keyboard.press("j")
        expect(page.locator(f"#case-{newest}")).to_be_focused()
        page.keyboard.press("j")
        page.keyboard.press("a")
        expect(page).to_have_url(re.compile(f"/content/{middle}/ask/"))
        preview = page.locator("#preview-text")
        expect(preview).to_contain_text("Linden")
        page.get_by_label("Language").select_option("da")
        expect(preview).to_have_attribute("lang", "da")
        expect(page.locator("#id_template option").nth(1)).to_have_attribute("value", re.compile("^da-direct-"))
        words = preview.text_content() or ""
        page.get_by_text("In your own words").first.click()
        page.get_by_role("button", name="Start from the wording").click()
        own = page.get_by_label("In your own words")
        expect(own).to_have_value(words)
        own.press("Control+End")
        own.press_sequentially("\nHilsen Rita")
        expect(preview).to_contain_text("Hilsen Rita")
        page.get_by_role("button", name="Ask the author").click()
        expect(page.locator("#author-link")).to_have_value(re.compile("/c/"))
        expect(page.locator("#author-text")).to_contain_text("Hilsen Rita")
        with shop_scope(desk.people.shop.id):
            assert rights.requests().get().language == "da"

        page = desk.open("rights")
        page.keyboard.press("j")
        page.keyboard.press("x")
        page.keyboard.press("j")
        page.keyboard.press("x")
        expect(page.locator("#bulk-count")).to_have_text("2")
        page.keyboard.press("a")
        expect(page.locator("#many-way")).to_be_focused()
        page.get_by_role("button", name="Ask them").click()
        expect(page.get_by_role("status").first).to_contain_text("2 asked")
        assert page.locator("pre").count() == 2
        with shop_scope(desk.people.shop.id):
            assert set(rights.requests().values_list("item__public_id", flat=True)) == {older, middle, newest}
    assert desk.problems == []


def test_what_a_hashtag_cannot_grant_is_not_asked_for_in_public(desk: Desk) -> None:
    with network():
        item = make_post(desk.people)
        page = desk.open("ask", item)
        assistant = page.get_by_role("checkbox", name="AI assistant")
        site = page.get_by_role("checkbox", name="Website")
        assistant.check()
        page.get_by_role("radio", name=re.compile("^Public reply")).check()
        expect(assistant).to_be_disabled()
        expect(assistant).not_to_be_checked()
        expect(site).to_be_enabled()
        page.get_by_role("radio", name=re.compile("^Private link")).check()
        expect(assistant).to_be_enabled()
        expect(assistant).to_be_checked()
        page.get_by_role("radio", name=re.compile("^Public reply")).check()
        page.get_by_role("button", name="Ask the author").click()
        expect(page).to_have_url(re.compile("/requests/|/ask/"))
        with shop_scope(desk.people.shop.id):
            assert Channel.AI_ASSISTANT not in rights.requests().get().channels
    assert desk.problems == []


def test_a_picture_stands_large_in_the_queue_and_a_comment_is_carried_by_hand(desk: Desk) -> None:
    with network():
        media = MediaInput(remote_url="https://network.example/1.jpg", alt="A green cardigan on a chair")
        file = Path(settings.MEDIA_ROOT) / "desk" / "green.webp"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (1200, 900), "#2f6b4f").save(file)
        item = make_post(desk.people, media=(media,))
        picture_comes_in(desk.people.shop.id, file="desk/green.webp")
        page = desk.open("rights")
        picture = page.get_by_role("img", name="A green cardigan on a chair")
        expect(picture).to_be_visible()
        size = picture.bounding_box()
        assert size is not None
        assert size["width"] >= 400
        assert size["height"] >= 300

        made = ask(desk.people, item, SendingWay.ASSISTED)
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = desk.open("request", made.public_id)
        page.get_by_role("button", name="Copy the text").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        with shop_scope(desk.people.shop.id):
            row = rights.requests().select_related("item").get()
        assert page.evaluate("navigator.clipboard.readText()") == row.message
        expect(page.get_by_role("link", name="Open the post")).to_have_attribute("href", row.item.origin_url)
    assert desk.problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_desk_is_readable_for_everybody_on_a_phone_too(
    live_server: LiveServer, new_context: Callable[..., BrowserContext], scheme: str
) -> None:
    with network():
        people = make_personas()
        item, asked = make_post(people, text="Mine."), make_post(people)
        made = ask(people, asked)
        small = new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme)
        desk = Desk(people, live_server.url, small)
        for name, args in (
            ("rights", ()),
            ("ask", (item,)),
            ("requests", ()),
            ("request", (made.public_id,)),
            ("wordings", ()),
            ("mails", ()),
        ):
            page = desk.open(name, *args)
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
            found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
            assert found.response["violations"] == [], (name, found.generate_report())
        assert desk.problems == []
