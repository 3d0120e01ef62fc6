"""Reporting an item on a phone, and the desk's decision, in a browser."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from project.content.contracts import AuthorInput, MediaInput
from project.core.outbox import relay_shop
from project.core.scope import shop_scope
from project.rights.models import StatementOfReasons
from project.rights.notices.forms import buckets
from project.rights.notices.links import statement_token
from tests.factories import Personas, item_input, make_personas, make_published, picture_comes_in

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 390, "height": 844}
SCHEMES = ("light", "dark")


@pytest.fixture(scope="module", autouse=True)
def _database_beside_the_browser() -> None:
    """Playwright keeps an event loop open in this thread, in which Django would refuse to touch the database."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


def problems_of(page: Page) -> list[Any]:
    found = [
        (page.url, violation["id"], [node["target"] for node in violation["nodes"]])
        for violation in Axe().run(page).response["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append((page.url, "wider than the window", []))
    return found


def sit_down(context: BrowserContext, people: Personas, url: str) -> Page:
    """Rita's studio."""
    client = Client()
    client.force_login(people.rita)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])
    return context.new_page()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_an_item_is_reported_on_a_phone_and_decided_at_the_desk(
    scheme: str, live_server: LiveServer, new_context: Callable[..., BrowserContext]
) -> None:
    buckets.clear()
    people = make_personas()
    author = AuthorInput(external_id="ana", display_name="Ana Holm")
    (item,) = make_published(
        people.shop.id, [item_input(author=author, title="Warm", text="Warm and soft, and blue as the sea.")]
    )
    # axe is injected; that the pages obey their policy, tests/rights holds.
    phone = new_context(viewport=PHONE, color_scheme=scheme, java_script_enabled=True, bypass_csp=True).new_page()
    found: list[Any] = []
    phone.goto(live_server.url + reverse("notices:form", args=[item]))
    expect(phone.locator("blockquote")).to_have_text("Warm and soft, and blue as the sea.")
    found += problems_of(phone)
    phone.get_by_label("It uses a work or a brand of mine").check()
    phone.get_by_label("Explain it").fill(
        "This is my photograph, taken in my garden, and nobody ever asked me about it. " * 2
    )
    phone.get_by_label("Exact address").fill("https://www.linden.example/reviews")
    phone.get_by_label("Your name").fill("Vera Lund")
    phone.get_by_label("Your e-mail address").fill("vera@example.org")
    phone.get_by_label("I believe in good faith").check()
    phone.get_by_role("button", name="Send the notice").press("Enter")
    expect(phone.locator("h1")).to_have_text("Received, and confirmed by e-mail")
    found += problems_of(phone)

    desk = sit_down(
        new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme, bypass_csp=True),
        people,
        live_server.url,
    )
    desk.goto(live_server.url + reverse("studio:notices", args=[people.shop.slug]))
    found += problems_of(desk)
    desk.get_by_role("link", name="Copyright or brand").press("Enter")
    expect(desk.locator("h1")).to_have_text("Copyright or brand")
    found += problems_of(desk)
    desk.get_by_text("Reject…").press("Enter")
    desk.get_by_label("What it says is lawful").check()
    desk.locator("#reject-note").fill("The picture is the author's own.")
    found += problems_of(desk)
    desk.get_by_role("button", name="Reject the notice").press("Enter")
    expect(desk.locator(".toast p")).to_contain_text("Decided")
    relay_shop(people.shop.id)
    with shop_scope(people.shop.id):
        stated = StatementOfReasons.objects.order_by("id").first()
    assert stated is not None
    desk.goto(live_server.url + reverse("studio:statement", args=[people.shop.slug, stated.public_id]))
    found += problems_of(desk)

    phone.reload()
    expect(phone.locator("main")).to_contain_text("The picture is the author's own.")
    phone.get_by_label("Why is the decision wrong?").fill("Look at the fence.")
    phone.get_by_role("button", name="Ask for another look").click()
    expect(phone.locator("h1")).to_have_text("You asked for another look")
    found += problems_of(phone)
    phone.goto(live_server.url + reverse("statement", args=[statement_token(stated.public_id)]))
    found += problems_of(phone)
    assert found == []


def test_the_form_works_without_javascript(live_server: LiveServer, new_context: Callable[..., BrowserContext]) -> None:
    buckets.clear()
    people = make_personas()
    picture = MediaInput(remote_url="https://m.example/1.jpg")
    (item,) = make_published(people.shop.id, [item_input(media=(picture,))])
    picture_comes_in(people.shop.id)
    page = new_context(viewport=PHONE, java_script_enabled=False, locale="da-DK").new_page()
    page.goto(live_server.url + reverse("notices:form", args=[item]))
    page.get_by_label("Der er et barn med").check()
    page.get_by_label("Forklar det").fill("Det er mit barn.")
    page.get_by_label("Sidens præcise adresse").fill("https://www.linden.example/reviews")
    page.get_by_label("Jeg mener i god tro").check()
    page.get_by_role("button", name="Send indberetningen").click()
    expect(page.locator("main")).to_contain_text("Det er skjult, mens vi ser på det.")
