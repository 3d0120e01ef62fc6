"""What a visitor's open page does when the network between it and Vouchsafe is cut."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.story import NewContext, ShopPage
from tests.faults.conftest import PATIENCE_MILLISECONDS, Scene
from tests.faults.network import Network, network

pytestmark = [pytest.mark.e2e, pytest.mark.process]

LEASE_MILLISECONDS = 60_000
RECONNECT_MILLISECONDS = 60_000  # The longest pause between two tries.


@pytest.fixture
def wire(scene: Scene) -> Iterator[Network]:
    with network(scene.stack.port) as made:
        yield made


@pytest.fixture
def front(scene: Scene, wire: Network, new_context: NewContext) -> ShopPage:
    """The shop's page; it reaches Vouchsafe through the wire alone, and its clock can be moved on."""
    context = new_context()
    context.clock.install()
    snippet = scene.snippet.replace(scene.stack.base_url, wire.origin)
    page = ShopPage.open(context, scene.front.paste(snippet))
    page.page.set_default_timeout(PATIENCE_MILLISECONDS)
    return page


def withdraw(scene: Scene, item: str) -> None:
    scene.elsewhere(f"withdraw_item(shop_id=shop_id, actor_id=None, item_id='{item}', reason=EndReason.AUTHOR)")


def test_a_page_that_was_cut_off_for_a_moment_catches_up(scene: Scene, front: ShopPage, wire: Network) -> None:
    approved, withdrawn = scene.waiting(), front.first_item()
    heard = front.frames_heard()
    wire.cut()
    scene.elsewhere(f"approve_items(shop_id=shop_id, actor_id=None, item_ids=['{approved}'])")
    withdraw(scene, withdrawn)
    expect(front.card(withdrawn)).to_have_count(1)  # Nobody can tell it yet; its lease still runs.
    wire.mend()
    front.wait_until_live(after=heard)
    front.shown_at(approved)
    front.gone_at(withdrawn)


def test_l8_a_page_that_stays_cut_off_hides_everything_when_its_lease_ends(
    scene: Scene, front: ShopPage, wire: Network
) -> None:
    withdrawn = front.first_item()
    box = front.page.locator("vouchsafe-widget section").first
    height = (box.bounding_box() or {})["height"]
    wire.cut()
    withdraw(scene, withdrawn)
    front.page.clock.fast_forward(LEASE_MILLISECONDS)
    expect(box).to_have_text("Reviews cannot be shown right now.")
    expect(front.cards()).to_have_count(0)
    assert (box.bounding_box() or {})["height"] == height  # No layout shift.
    wire.mend()
    front.page.clock.fast_forward(RECONNECT_MILLISECONDS)
    expect(front.cards().first).to_be_visible(timeout=PATIENCE_MILLISECONDS)
    expect(front.card(withdrawn)).to_have_count(0)


def test_a_page_that_hears_nothing_new_but_stays_connected_keeps_its_content(front: ShopPage) -> None:
    first = front.first_item()
    # Beats come by the server's clock, so the page's own may not run ahead of them by more than a lease.
    front.page.clock.fast_forward(LEASE_MILLISECONDS - 15_000)
    expect(front.card(first)).to_have_count(1)
    heard = front.frames_heard()
    front.page.wait_for_function("(n) => heard.length > n", arg=heard)
    front.page.clock.fast_forward(LEASE_MILLISECONDS - 15_000)
    expect(front.card(first)).to_have_count(1)
