"""Live updates, acknowledgements and leases: what must vanish vanishes, with the connection or without it."""

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.embed.conftest import Shop
from tests.embed.peers import Host, example_feed

NewShop = Callable[..., Shop]
UNAVAILABLE = "Reviews cannot be shown right now."


@pytest.fixture
def clocked(new_shop: NewShop) -> NewShop:
    """A shop page whose clock the test holds: `shop.page.clock.fast_forward(milliseconds)`."""

    def make(**options: Any) -> Shop:
        shop = new_shop(**options)
        shop.page.clock.install()
        return shop

    return make


def patch(host: Host, **fields: Any) -> dict[str, Any]:
    """The next patch; the host has the new version from then on."""
    version = host.feed["version"]
    host.feed = {**host.feed, "version": version + 1}
    return {"type": "patch", "from": version, "to": version + 1, **fields}


def new_item(**changes: Any) -> dict[str, Any]:
    """An item that the feed does not have."""
    return {**copy.deepcopy(example_feed()["items"][0]), "id": "rev_new", "title": "Brand new", **changes}


def cut_off(shop: Shop) -> None:
    """From now on nothing of the host is reached: a connection that opened anew would renew the lease."""
    shop.host.refuse_sockets = shop.host.refuse_events = True
    shop.page.route("**/feed.json*", lambda route: route.abort())


def stop_the_clock(page: Page) -> None:
    """The page's clock runs by itself otherwise, and on a slow machine a pause of three seconds is soon over."""
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 1)


def receive(shop: Shop, frame: dict[str, Any]) -> None:
    """Send a frame and wait until the page has worked on it."""
    if not shop.sockets:
        shop.page.wait_for_event("websocket")
    with shop.sockets[-1].expect_event("framereceived"):
        shop.host.push(frame)
    shop.page.evaluate("0")


def hide(page: Page, *, hidden: bool) -> None:
    """What a browser tells a page whose tab goes to the background or comes back."""
    page.evaluate(
        """hidden => {
          Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


# Patches


def test_the_page_says_which_version_it_shows(new_shop: NewShop, host: Host) -> None:
    shop = new_shop()
    shop.open(shop.snippet("product=p")).ready()
    assert host.live()[0].query == {"product": "p", "v": "123"}
    assert host.live()[0].kind == "socket"


def test_a_withdrawn_item_goes_at_once_and_is_acknowledged(new_shop: NewShop, host: Host) -> None:
    shop = new_shop().open().ready()
    gone = host.feed["items"][2]
    host.push(patch(host, remove=[gone["id"]]))
    shop.version_acknowledged(124)
    assert gone["title"] not in shop.titles()
    expect(shop.cards).to_have_count(9)
    expect(shop.page.get_by_text("1–3 of 9")).to_be_visible()


def test_a_new_item_comes_first_and_in_sight(new_shop: NewShop, host: Host) -> None:
    shop = new_shop().open().ready()
    host.push(patch(host, insert=[{"after": None, "item": new_item()}]))
    shop.version_acknowledged(124)
    assert shop.titles()[:2] == ["Brand new", "Flattering shirt"]
    expect(shop.cards.first).to_be_in_viewport(ratio=1)
    expect(shop.cards.first).to_have_class("card new")


def test_what_did_not_change_keeps_its_node_and_focus(new_shop: NewShop, host: Host) -> None:
    shop = new_shop().open().ready()
    shop.page.evaluate(
        "window.root = document.querySelector('vouchsafe-widget').shadowRoot;"
        "window.kept = root.querySelectorAll('.card')[4]"
    )
    shop.page.get_by_role("button", name="Next").focus()
    ids = [item["id"] for item in host.feed["items"]]
    moved = host.feed["items"][9]
    insert = [{"after": ids[0], "item": moved}, {"after": ids[4], "item": new_item()}]
    host.push(patch(host, remove=[ids[1], ids[9]], insert=insert))
    shop.version_acknowledged(124)
    assert shop.page.evaluate("kept.isConnected")
    assert shop.page.evaluate("root.activeElement.ariaLabel") == "Next"
    expected = [ids[0], ids[9], *ids[2:5], "rev_new", *ids[5:9]]
    assert shop.page.locator(".card").evaluate_all("cards => cards.map(card => card.dataset.url.split('#')[1])") == [
        ids[0] if identifier == "rev_new" else identifier for identifier in expected
    ]


def test_a_patch_sets_summary_and_selection(new_shop: NewShop, host: Host) -> None:
    shop = new_shop().open().ready()
    summary = {**host.feed["summary"], "text": "4.2 out of 5, from 2,432 reviews"}
    host.push(patch(host, set={"summary": summary, "selection": None}))
    shop.version_acknowledged(124)
    expect(shop.page.locator(".score")).to_have_text("4.2 out of 5, from 2,432 reviews")
    expect(shop.page.locator(".reach")).to_have_text("See all reviews")


def test_a_review_that_is_withdrawn_while_it_is_read_closes(new_shop: NewShop, host: Host) -> None:
    shop = new_shop().open().ready()
    shop.page.get_by_role("button", name="Read the whole review: Looks great").click()
    expect(shop.page.locator("dialog")).to_be_visible()
    host.push(patch(host, remove=[host.feed["items"][1]["id"]]))
    expect(shop.page.locator("dialog")).to_have_count(0)


def test_after_a_gap_the_feed_is_read_again_but_removals_do_not_wait(clocked: NewShop, host: Host) -> None:
    shop = clocked().open().ready()
    stop_the_clock(shop.page)
    gone = host.feed["items"][0]
    host.feed = {**host.feed, "version": 130, "items": [new_item(), *host.feed["items"][1:]]}
    host.push({"type": "patch", "from": 129, "to": 130, "remove": [gone["id"]]})
    expect(shop.cards).to_have_count(9)
    assert host.feeds_read() == 1
    shop.page.clock.fast_forward(3_000)
    shop.page.clock.resume()
    shop.version_acknowledged(130)
    assert shop.titles()[0] == "Brand new"


def test_an_older_feed_never_brings_back_what_was_withdrawn(clocked: NewShop, host: Host) -> None:
    """A cache on the way may still hold the version from before; the third reading follows the refused second."""
    shop = clocked().open().ready()
    old = copy.deepcopy(host.feed)
    gone = old["items"][0]
    host.push(patch(host, remove=[gone["id"]]))
    shop.version_acknowledged(124)
    host.feed = old
    receive(shop, {"type": "reload"})
    shop.page.clock.fast_forward(3_000)
    host.wait_for(lambda: host.feeds_read() >= 3)
    assert gone["title"] not in shop.titles()


def test_reload_reads_the_feed_again_within_three_seconds(clocked: NewShop, host: Host) -> None:
    shop = clocked().open().ready()
    host.feed = {**host.feed, "version": 125, "items": [new_item()]}
    receive(shop, {"type": "reload"})
    shop.page.clock.run_for(3_100)
    shop.version_acknowledged(125)
    assert shop.titles() == ["Brand new"]


# Connections


@pytest.mark.parametrize("kind", ["socket", "events"])
def test_a_page_that_is_no_longer_allowed_shows_nothing_and_never_asks_again(
    clocked: NewShop, host: Host, kind: str
) -> None:
    host.refuse_sockets = kind == "events"
    shop = clocked()
    with shop.page.expect_console_message(lambda message: message.text.startswith("Vouchsafe:")) as said:
        shop.open().ready()
        assert host.live()[0].kind == kind
        host.push({"type": "refused", "code": "origin_not_allowed"})
    assert "add this origin under Settings, Allowed origins" in said.value.text
    expect(shop.cards).to_have_count(0)
    host.wait_for(lambda: not host.live())
    asked = len(host.requests)
    for _ in range(5):
        shop.page.clock.run_for(70_000)
    assert len(host.requests) == asked


def test_where_no_socket_opens_events_do_the_same(new_shop: NewShop, host: Host) -> None:
    host.refuse_sockets = True
    shop = new_shop().open().ready()
    assert host.live()[0].kind == "events"
    assert host.live()[0].query == {"v": "123"}
    host.push(patch(host, remove=[host.feed["items"][0]["id"]]))
    assert shop.version_acknowledged(124) == {"connection": "c1", "v": 124}
    expect(shop.cards).to_have_count(9)


def test_a_lost_connection_comes_back_and_catches_up(new_shop: NewShop, host: Host) -> None:
    shop = new_shop().open().ready()
    host.feed = {**host.feed, "version": 126, "items": [new_item()]}
    host.hang_up()
    host.wait_for(lambda: len(host.connections) == 2)
    shop.version_acknowledged(126)
    assert shop.titles() == ["Brand new"]


def test_a_hidden_tab_holds_no_connection(new_shop: NewShop, host: Host) -> None:
    shop = new_shop().open().ready()
    hide(shop.page, hidden=True)
    host.wait_for(lambda: not host.live())
    host.feed = {**host.feed, "version": 127, "items": [new_item()]}
    hide(shop.page, hidden=False)
    shop.version_acknowledged(127)
    assert shop.titles() == ["Brand new"]


def test_a_silent_connection_is_replaced(clocked: NewShop, host: Host) -> None:
    shop = clocked().open().ready()
    shop.version_acknowledged(123)
    shop.page.clock.fast_forward(38_000)
    shop.page.clock.run_for(1_100)
    host.wait_for(lambda: len(host.connections) == 2)
    host.wait_for(lambda: len(host.live()) == 1)


# Leases


def test_l8_content_does_not_outlive_its_lease(clocked: NewShop, host: Host) -> None:
    shop = clocked().open().ready()
    height = shop.box.evaluate("node => node.offsetHeight")
    cut_off(shop)
    # The page's clock also runs by itself: leave a slow machine some seconds before the end.
    shop.page.clock.fast_forward(40_000)
    expect(shop.cards).to_have_count(10)
    shop.page.clock.fast_forward(21_000)
    expect(shop.cards).to_have_count(0)
    assert shop.box.text_content() == UNAVAILABLE
    assert shop.box.evaluate("node => node.offsetHeight") == height


def test_a_dialog_does_not_outlive_the_lease(clocked: NewShop, host: Host) -> None:
    shop = clocked().open().ready()
    shop.page.get_by_role("button", name="Read the whole review").first.click()
    expect(shop.page.locator("dialog")).to_be_visible()
    cut_off(shop)
    shop.page.clock.fast_forward(61_000)
    expect(shop.page.locator("dialog")).to_have_count(0)


@pytest.mark.parametrize("kind", ["wall", "rating_summary"])
def test_every_type_keeps_its_box_when_the_lease_ends(clocked: NewShop, host: Host, kind: str) -> None:
    host.feed["widget"]["type"] = kind
    shop = clocked()
    shop.open(shop.snippet(f"type={kind}"))
    host.wait_for(host.live)
    height = shop.box.evaluate("node => node.offsetHeight")
    cut_off(shop)
    shop.page.clock.fast_forward(61_000)
    expect(shop.box).to_have_text(UNAVAILABLE)
    assert shop.box.evaluate("node => node.offsetHeight") == height


def test_the_lease_counts_from_the_request_less_the_age(clocked: NewShop, host: Host) -> None:
    host.age = 25
    host.greet = False
    shop = clocked().open().ready()
    cut_off(shop)
    shop.page.clock.fast_forward(34_000)
    expect(shop.cards).to_have_count(10)
    shop.page.clock.run_for(1_500)
    expect(shop.box).to_have_text(UNAVAILABLE)


def test_without_a_lease_nothing_is_shown(new_shop: NewShop, host: Host) -> None:
    host.lease = 0
    shop = new_shop()
    with shop.page.expect_console_message(lambda message: message.text.startswith("Vouchsafe:")):
        shop.open()
    expect(shop.cards).to_have_count(0)


def test_a_beat_of_the_version_shown_renews_the_lease(clocked: NewShop, host: Host) -> None:
    shop = clocked().open().ready()
    cut_off(shop)
    for _ in range(6):
        shop.page.clock.fast_forward(15_000)
        receive(shop, {"type": "beat", "v": 123, "lease": 60})
    expect(shop.cards).to_have_count(10)
    shop.page.clock.fast_forward(61_000)
    expect(shop.cards).to_have_count(0)


def test_l8_a_beat_makes_up_for_a_last_frame_that_was_lost(clocked: NewShop, host: Host) -> None:
    shop = clocked().open().ready()
    gone = host.feed["items"][0]
    host.feed = {**host.feed, "version": 124, "items": host.feed["items"][1:]}
    receive(shop, {"type": "beat", "v": 124, "lease": 60})
    shop.page.clock.run_for(3_100)
    shop.version_acknowledged(124)
    assert gone["title"] not in shop.titles()


def test_a_beat_of_another_version_renews_nothing(clocked: NewShop, host: Host) -> None:
    shop = clocked().open().ready()
    cut_off(shop)
    for _ in range(4):
        shop.page.clock.fast_forward(15_000)
        receive(shop, {"type": "beat", "v": 122, "lease": 60})
    shop.page.clock.run_for(1_000)
    expect(shop.cards).to_have_count(0)


def test_a_beat_that_was_held_up_counts_from_when_it_was_due(clocked: NewShop, host: Host) -> None:
    """45 s late on a 60 s lease: 15 s are left, not 60."""
    shop = clocked().open().ready()
    shop.version_acknowledged(123)
    cut_off(shop)
    shop.page.clock.fast_forward(37_000)
    receive(shop, {"type": "beat", "v": 123, "lease": 40})
    shop.page.clock.fast_forward(17_000)
    expect(shop.cards).to_have_count(10)
    shop.page.clock.run_for(2_500)
    expect(shop.cards).to_have_count(0)


def test_a_page_that_slept_hides_what_it_showed(clocked: NewShop, host: Host) -> None:
    """Timers and the monotonic clock stood still; the wall clock knows."""
    shop = clocked().open().ready()
    cut_off(shop)
    hide(shop.page, hidden=True)
    shop.page.evaluate("const real = Date.now; Date.now = () => real() + 90_000")
    hide(shop.page, hidden=False)
    expect(shop.box).to_have_text(UNAVAILABLE)


def test_without_a_connection_the_feed_is_read_before_the_lease_ends(clocked: NewShop, host: Host) -> None:
    shop = clocked().open().ready()
    host.refuse_sockets = host.refuse_events = True
    host.hang_up()
    host.wait_for(lambda: not host.live())
    for version in range(130, 134):
        host.feed = {**host.feed, "version": version, "items": [new_item(title=f"Version {version}")]}
        shop.page.clock.fast_forward(52_000)
        expect(shop.cards.first).to_have_text(re.compile(f"Version {version}"))


def test_after_an_outage_the_reviews_come_back(clocked: NewShop, host: Host) -> None:
    shop = clocked().open().ready()
    cut_off(shop)
    shop.page.clock.fast_forward(61_000)
    expect(shop.box).to_have_text(UNAVAILABLE)
    shop.page.unroute("**/feed.json*")
    shop.page.clock.run_for(70_000)
    expect(shop.cards).to_have_count(10)
