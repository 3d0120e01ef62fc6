"""The studio in a browser: decided from the keyboard, readable for everybody, whole without JavaScript."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from project.content import selectors as content
from project.content.contracts import MediaInput
from project.content.services import approve_items, record_media_ready
from project.core.scope import shop_scope
from project.rights.contracts import Channel, HoldReason
from project.rights.services import ask_permission, open_hold
from project.shops.models import User
from tests.factories import Personas, item_input, license_items, make_items, make_personas, make_product, make_published
from widgets.services import add_items, create_selection

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

PAGES = (
    *(
        "today",
        "queue",
        "new_pictures",
        "content_list",
        "rights",
        "licences",
        "widgets",
        "new_widget",
        "selections",
        "assistant",
    ),
    *("holds", "sources", "import_help", "settings", "team", "keys", "origins", "products"),
)

# An open page asks every ten seconds, or at once when it is told to.
POLL_MILLISECONDS = 20_000
REFRESH = "document.body.dispatchEvent(new Event('vouchsafe:refresh-counts'))"


@pytest.fixture(scope="module", autouse=True)
def _database_beside_the_browser() -> None:
    """Playwright keeps an event loop open in this thread, in which Django would refuse to touch the database.

    Not undone: the suite's database is removed at the very end, when the loop may still be open.
    """
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@dataclass
class Studio:
    """Alice's shop on a live server, with a way to sit down at it."""

    people: Personas
    url: str
    new_context: Callable[..., BrowserContext]
    items: list[str]
    problems: list[str]
    token: str

    def open(self, person: User, name: str, *args: object, **options: object) -> Page:
        """A page of the studio in a fresh browser of this person's."""
        client = Client()
        client.force_login(person)
        context = self.new_context(**options)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.url}])
        page = context.new_page()
        page.on("console", lambda message: self.note(message.type, message.text))
        page.on("pageerror", lambda error: self.note("error", str(error)))
        page.goto(self.url + reverse(f"studio:{name}", args=[self.people.shop.slug, *args]))
        return page

    def note(self, kind: str, text: str) -> None:
        if kind == "error":
            self.problems.append(text)

    def pending(self) -> list[str]:
        with shop_scope(self.people.shop.id):
            return list(content.moderation_queue().values_list("public_id", flat=True))

    def state(self, item: str) -> str:
        with shop_scope(self.people.shop.id):
            row = content.item_by_public_id(item)
            assert row is not None
            return row.state


@pytest.fixture
def studio(live_server: LiveServer, new_context: Callable[..., BrowserContext]) -> Studio:
    people = make_personas()
    shop_id, alice = people.shop.id, people.alice.pk
    make_product(shop_id, "Knit top", category="Knits")
    words = [("Flattering shirt", 5), ("Some major design flaws", 2), ("Runs small", 3), ("", 1)]
    items = make_items(
        shop_id,
        [
            item_input(
                title=title, text="Long enough words about it. " * 8, rating=stars, product_external_id="knit-top"
            )
            for title, stars in words
        ],
    )
    license_items(shop_id, items[:2])
    published = make_published(shop_id, 6)
    selection = create_selection(shop_id=shop_id, actor_id=alice, name="Favourites")
    add_items(shop_id=shop_id, actor_id=alice, selection_id=selection, item_ids=published[:3])
    open_hold(shop_id=shop_id, actor_id=alice, item_id=items[0], reason=HoldReason.DISPUTE)
    asked = ask_permission(shop_id=shop_id, actor_id=alice, item_id=items[3], channels=(Channel.SITE,), markets=("*",))
    picture_comes_in_late(shop_id)
    return Studio(people, live_server.url, new_context, items, [], asked.token)


def picture_comes_in_late(shop_id: int) -> None:
    make_published(shop_id, [item_input(title="Post", media=(MediaInput(remote_url="https://m.example/1.jpg"),))])
    with shop_scope(shop_id):
        picture = content.pending_media().get().public_id
    record_media_ready(shop_id=shop_id, public_id=picture, file="late.webp", width=1, height=1, sha256="x")


def test_items_are_decided_from_the_keyboard(studio: Studio) -> None:
    first, second, third, fourth = studio.items
    page = studio.open(studio.people.bob, "queue")
    page.keyboard.press("j")
    expect(page.locator(f"#case-{first}")).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator(f"#case-{first}")).to_contain_text("Approved")
    expect(page.locator(f"#case-{second}")).to_be_focused()
    page.keyboard.press("r")
    page.keyboard.press("6")
    page.keyboard.press("Enter")
    expect(page.locator(f"#case-{second}")).to_contain_text("Rejected")
    assert [studio.state(first), studio.state(second)] == ["approved", "rejected"]
    with shop_scope(studio.people.shop.id):
        row = content.item_by_public_id(second)
        assert row is not None
        assert content.decisions_of(row)[0].reason == "misleading"
    page.keyboard.press("u")
    expect(page.locator(f"#case-{second} [data-approve]")).to_be_visible()
    assert studio.state(second) == "pending"
    expect(page.locator("#count-content")).to_contain_text("3")
    page.locator(f"#case-{third}").focus()
    page.keyboard.press("x")
    page.keyboard.press("j")
    expect(page.locator(f"#case-{fourth}")).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator("#bulk-count")).to_have_text("2")
    page.locator("#bulk button[value=approve]").click()
    expect(page.locator(".toast p")).to_contain_text("2 approved.")
    assert [studio.state(third), studio.state(fourth)] == ["approved", "approved"]
    page.keyboard.press("?")
    expect(page.locator("#keys-dialog")).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("#keys-dialog")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page.locator("h1")).to_have_text("What needs you")
    assert studio.problems == []


def test_today_counts_what_comes_in_while_it_is_open(studio: Studio) -> None:
    page = studio.open(studio.people.bob, "today")
    waiting = page.locator("a.need", has_text="to decide")
    expect(waiting).to_contain_text("4")
    waiting.focus()
    make_items(studio.people.shop.id, [item_input()])
    expect(waiting).to_contain_text("5", timeout=POLL_MILLISECONDS)
    expect(waiting).to_be_focused()
    approve_items(shop_id=studio.people.shop.id, actor_id=None, item_ids=studio.pending())
    page.evaluate(REFRESH)
    expect(waiting).to_have_count(0)
    expect(page.locator("#today-needs")).to_contain_text("Everything is decided")
    assert studio.problems == []


def test_what_comes_into_an_open_queue_is_told_and_put_below_without_losing_the_place(studio: Studio) -> None:
    page = studio.open(studio.people.bob, "queue", viewport={"width": 1280, "height": 700})
    third = page.locator(f"#case-{studio.items[2]}")
    third.focus()
    bar = page.locator("#queue-new")
    expect(bar).to_be_empty()
    new = make_items(studio.people.shop.id, [item_input(title="Just in"), item_input(title="Just in, too")])
    expect(bar).to_contain_text("2 new", timeout=POLL_MILLISECONDS)
    expect(page.locator(f"#case-{new[0]}")).to_have_count(0)
    before = third.bounding_box()
    bar.get_by_role("button").click()
    expect(page.locator("[data-case]")).to_have_count(6)
    assert [entry.get_attribute("id") for entry in page.locator("[data-case]").all()][-2:] == [
        f"case-{item}" for item in new
    ]
    expect(bar).to_be_empty()
    expect(third).to_be_focused()
    assert third.bounding_box() == before
    page.keyboard.press("a")
    expect(third).to_contain_text("Approved")
    page.locator(f"#case-{new[1]} [data-approve]").click()
    expect(page.locator(f"#case-{new[1]}")).to_contain_text("Approved")
    page.evaluate(REFRESH)
    expect(page.locator("#count-content")).to_contain_text("4")
    expect(bar).to_be_empty()
    assert studio.problems == []


def test_an_empty_queue_says_when_something_comes_in(studio: Studio) -> None:
    approve_items(shop_id=studio.people.shop.id, actor_id=None, item_ids=studio.items)
    page = studio.open(studio.people.bob, "queue")
    expect(page.locator(".empty")).to_contain_text("announced here")
    (new,) = make_items(studio.people.shop.id, [item_input()])
    page.evaluate(REFRESH)
    page.locator("#queue-new").get_by_role("link").click()
    expect(page.locator(f"#case-{new}")).to_be_visible()


def test_the_second_person_sees_who_was_first_in_place(studio: Studio) -> None:
    page = studio.open(studio.people.bob, "queue")
    approve_items(shop_id=studio.people.shop.id, actor_id=studio.people.alice.pk, item_ids=[studio.items[0]])
    page.locator(f"#case-{studio.items[0]} [data-approve]").click()
    expect(page.locator(f"#case-{studio.items[0]}")).to_contain_text("Alice approved this")


def test_a_key_that_is_held_down_decides_once(studio: Studio) -> None:
    first, second, *_others = studio.items
    page = studio.open(studio.people.bob, "queue")
    page.keyboard.press("j")
    page.keyboard.down("a")
    expect(page.locator(f"#case-{second}")).to_be_focused()
    page.keyboard.down("a")
    page.keyboard.up("a")
    reject_as_misleading(page, second)
    assert [studio.state(first), studio.state(second)] == ["approved", "rejected"]


def test_every_reason_is_chosen_by_the_key_that_stands_beside_it(studio: Studio) -> None:
    first, *_others = studio.items
    page = studio.open(studio.people.bob, "queue", viewport={"width": 1280, "height": 800})
    page.keyboard.press("j")
    page.keyboard.press("r")
    sheet = page.locator(f"#case-{first} [data-reject]")
    for label in sheet.locator(".reasons label").all():
        expect(label.locator("kbd")).to_be_visible()
        page.keyboard.press(label.locator("kbd").inner_text())
        expect(label.locator("input")).to_be_checked()
    list_of_reasons = sheet.locator(".reasons")
    assert list_of_reasons.evaluate("node => node.scrollHeight <= node.clientHeight")
    assert studio.state(first) == "pending"


def test_back_from_an_item_leads_to_it_in_the_queue(studio: Studio) -> None:
    second = studio.items[1]
    page = studio.open(studio.people.bob, "queue")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(f"#case-{second}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#history")).to_be_visible()
    page.go_back()
    expect(page.locator(f"#case-{second}")).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator(f"#case-{second}")).to_contain_text("Approved")


def test_nothing_looks_ready_while_nothing_is_selected(studio: Studio) -> None:
    page = studio.open(studio.people.bob, "queue")
    approve = page.locator("#bulk button[value=approve]")
    idle = approve.evaluate("node => getComputedStyle(node).opacity")
    page.locator(".tick").nth(1).check()
    assert float(idle) < 1 == float(approve.evaluate("node => getComputedStyle(node).opacity"))


def test_the_search_key_takes_the_old_words_along(studio: Studio) -> None:
    page = studio.open(studio.people.bob, "content_list")
    page.goto(page.url + "?q=shirt")
    page.keyboard.press("/")
    page.keyboard.type("small")
    expect(page.locator("#search")).to_have_value("small")


def test_the_current_tab_is_in_sight_on_a_small_screen(studio: Studio) -> None:
    page = studio.open(studio.people.alice, "products", viewport={"width": 360, "height": 800})
    current = page.locator(".tabs [aria-current]").bounding_box()
    assert current is not None
    assert current["x"] >= 0
    assert current["x"] + current["width"] <= 360


def test_what_was_said_covers_no_button_that_saves(studio: Studio) -> None:
    page = studio.open(studio.people.alice, "new_widget", viewport={"width": 1280, "height": 800})
    page.locator("#id_name").fill("Front page")
    page.locator("main button[type=submit]").click()
    said, save = (page.locator(part).bounding_box() for part in (".toast", ".sticky-actions button"))
    assert said is not None
    assert save is not None
    assert said["x"] + said["width"] < save["x"] or said["y"] > save["y"] + save["height"]
    copy, code = (page.locator(part).first.bounding_box() for part in (".copy > .button", ".copy > pre"))
    assert copy is not None
    assert code is not None
    assert copy["y"] >= code["y"] + code["height"]


def test_undo_walks_back_through_what_was_decided(studio: Studio) -> None:
    first, second, third, _fourth = studio.items
    page = studio.open(studio.people.bob, "queue")
    page.keyboard.press("j")
    for item, following in ((first, second), (second, third)):
        page.keyboard.press("a")
        expect(page.locator(f"#case-{item}")).to_contain_text("Approved")
        expect(page.locator(f"#case-{following}")).to_be_focused()
    for item in (second, first):
        page.keyboard.press("u")
        expect(page.locator(f"#case-{item} [data-approve]")).to_be_visible()
        expect(page.locator(f"#case-{item}")).to_be_focused()
    assert [studio.state(first), studio.state(second)] == ["pending", "pending"]


def test_a_short_name_follows_a_name_that_was_typed_before_the_script_came(studio: Studio) -> None:
    client = Client()
    client.force_login(studio.people.victor)
    context = studio.new_context()
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": studio.url}])
    page = context.new_page()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(r"/studio/js/studio[^/]*\.js"), hold)
    page.goto(studio.url + reverse("studio:new_shop"), wait_until="commit")
    page.get_by_label("Name", exact=True).fill("Petra’s Loft")
    assert page.get_by_label("Short name").input_value() == ""
    for route in held:
        route.continue_()
    expect(page.get_by_label("Short name")).to_have_value("petra-s-loft")


def test_a_late_answer_never_takes_the_hand_off_the_item_one_is_at(studio: Studio) -> None:
    first, second, third, _fourth = studio.items
    page = studio.open(studio.people.bob, "queue")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/approve/", hold)
    page.keyboard.press("j")
    with page.expect_request("**/approve/"):
        page.keyboard.press("a")
    with page.expect_response(lambda answer: "/counts/" in answer.url):
        page.evaluate("document.body.dispatchEvent(new Event('vouchsafe:refresh-counts'))")
    held.pop().continue_()
    expect(page.locator(f"#case-{second}")).to_be_focused()
    with page.expect_request("**/approve/"):
        page.keyboard.press("a")
    page.keyboard.press("j")
    page.keyboard.press("j")
    held.pop().continue_()
    expect(page.locator(f"#case-{second}")).to_contain_text("Approved")
    expect(page.locator(f"#case-{studio.items[3]}")).to_be_focused()
    assert [studio.state(item) for item in (first, second, third)] == ["approved", "approved", "pending"]


def test_enter_on_a_reason_for_several_rejects_them(studio: Studio) -> None:
    page = studio.open(studio.people.bob, "queue")
    for item in studio.items[:2]:
        page.locator(f"#case-{item} .tick").check()
    page.locator("#bulk summary").click()
    page.keyboard.press("a")  # a letter means nothing here
    page.keyboard.press("6")
    page.keyboard.press("Enter")
    expect(page.locator(".toast p")).to_contain_text("2 rejected.")
    assert [studio.state(item) for item in studio.items] == ["rejected", "rejected", "pending", "pending"]
    page.keyboard.press("u")
    expect(page.locator(".toast p")).to_contain_text("2 wait for a decision again.")
    assert {studio.state(item) for item in studio.items} == {"pending"}


def test_enter_on_a_reason_for_several_approves_nothing_without_javascript_either(studio: Studio) -> None:
    page = studio.open(studio.people.bob, "queue", java_script_enabled=False)
    page.locator(f"#case-{studio.items[0]} .tick").check()
    page.locator("#bulk summary").click()
    page.locator("#bulk input[value=spam]").check()
    page.locator("#bulk input[value=spam]").press("Enter")
    page.locator("#bulk button[value=reject]").click()
    expect(page.locator(".toast p")).to_have_text("1 rejected.")
    assert studio.state(studio.items[0]) == "rejected"


def test_the_last_decision_of_a_page_leads_on(studio: Studio) -> None:
    page = studio.open(studio.people.bob, "queue")
    page.keyboard.press("j")
    for item in studio.items:
        expect(page.locator(f"#case-{item}")).to_be_focused()
        page.keyboard.press("a")
        expect(page.locator(f"#case-{item}")).to_contain_text("Approved")
    expect(page.locator("#queue-done a")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".empty h2")).to_have_text("All decided")


def reject_as_misleading(page: Page, item: str) -> None:
    for key in ("r", "6", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(f"#case-{item}")).to_contain_text("Rejected")


def test_the_queue_works_without_javascript(studio: Studio) -> None:
    page = studio.open(studio.people.bob, "queue", java_script_enabled=False)
    page.locator(f"#case-{studio.items[0]} [data-approve]").click()
    expect(page.locator(".toast p")).to_have_text("Approved")
    assert studio.state(studio.items[0]) == "approved"
    case = page.locator(f"#case-{studio.items[1]}")
    case.locator("[data-reject] summary").click()
    case.locator("input[value=spam]").check()
    case.locator("[data-reject] button[type=submit]").click()
    expect(page.locator(".toast p")).to_have_text("Rejected")
    assert studio.state(studio.items[1]) == "rejected"


def test_the_author_answers_without_javascript(studio: Studio) -> None:
    page = studio.new_context(java_script_enabled=False).new_page()
    page.goto(studio.url + reverse("rights:consent", args=[studio.token]))
    page.locator("input[value=customer]").check()
    page.get_by_label("16 or older").check()
    page.locator("button[value=all]").click()
    expect(page.locator("h1")).to_contain_text("You gave permission")
    page.locator("button[value=withdraw]").click()
    expect(page.locator("h1")).to_contain_text("Your permission has ended")


def test_the_scheme_chosen_by_hand_stays(studio: Studio) -> None:
    page = studio.open(studio.people.bob, "today", color_scheme="light")
    page.locator(".top-tools details > summary").click()
    page.locator('[data-theme-choice="dark"]').click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(19, 22, 20)"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1280)])
def test_pages_are_accessible_and_fit(scheme: str, width: int, studio: Studio) -> None:
    page = studio.open(
        studio.people.alice,
        "today",
        color_scheme=scheme,
        viewport={"width": width, "height": 800},
        bypass_csp=True,  # axe is injected; that the pages obey the policy is tested above and in tests/studio
    )
    slug = studio.people.shop.slug
    addresses = [reverse(f"studio:{name}", args=[slug]) for name in PAGES]
    addresses += [
        reverse("studio:content", args=[slug, studio.items[0]]),
        reverse("studio:ask", args=[slug, studio.items[2]]),
        reverse("studio:record_licence", args=[slug, studio.items[2]]),
        reverse("rights:consent", args=[studio.token]),
        reverse("studio:new_shop"),
        reverse("mfa_index"),
    ]
    found = []
    for address in addresses:
        page.goto(studio.url + address)
        for violation in Axe().run(page).response["violations"]:
            found.append((address, violation["id"], [node["target"] for node in violation["nodes"]]))
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append((address, "wider than the window", []))
    assert found == []
