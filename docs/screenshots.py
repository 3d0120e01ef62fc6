"""Takes the pictures of the README and the other pages from a demo of its own: ``make screenshots``.

Starts everything as `make run` does, in a home that is removed afterwards, and goes through the tour as a newcomer
does. Pictures are WebP files in ``docs/images``.
"""

import io
import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from project.runtime.browser import find_chromium, flags  # noqa: E402
from tests.e2e.story import HYDRATED, Studio, demo_facts  # noqa: E402
from tests.stack import Stack  # noqa: E402

IMAGES = HERE / "images"
DESK = (1280, 860)
PHONES = ((390, 844), (360, 740))
QUALITY = 84
PRODUCT = "jacket-984"
ASKED_ABOUT = "blouse-829"
QUESTION = "What do customers say about the fit?"


class Camera:
    """Opens browsers of any size in front of a running demo, and keeps what they show."""

    def __init__(self, stack: Stack, browser: Browser, folder: Path) -> None:
        self.stack = stack
        self.browser = browser
        self.folder = folder

    def context(self, size: tuple[int, int], *, scheme: str = "light", scale: float = 1) -> BrowserContext:
        """A fresh browser that neither animates nor shows a text cursor."""
        return self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,  # type: ignore[arg-type]
            device_scale_factor=scale,
            reduced_motion="reduce",
            locale="en-GB",
        )

    def keep(self, page: Page, name: str) -> None:
        """Save what the window shows."""
        png = page.screenshot(animations="disabled", caret="hide")
        target = self.folder / f"{name}.webp"
        Image.open(io.BytesIO(png)).convert("RGB").save(target, "WEBP", quality=QUALITY, method=6)
        print(f"{target.relative_to(HERE.parent)}  {target.stat().st_size / 1000:.0f} kB")  # noqa: T201

    def storefront(self, context: BrowserContext, path: str = "/") -> Page:
        """A page of the demo's shop, when its widgets, pictures and the assistant's button are there."""
        page = context.new_page()
        page.goto(self.stack.storefront_url + path)
        expect(page.locator(HYDRATED).first).to_be_visible()
        expect(page.get_by_role("button", name="Ask about our reviews")).to_be_visible()
        expect(page.locator("vouchsafe-widget .controls").first).to_be_attached()
        page.evaluate(
            "() => Promise.all([...document.images].map((image) => { image.loading = 'eager'; return image.decode() }))"
        )
        return page


def shop_pages(camera: Camera) -> None:
    """The storefront on a desk and on phones, by day and by night."""
    for scheme in ("light", "dark"):
        camera.keep(camera.storefront(camera.context(DESK, scheme=scheme)), f"storefront-{scheme}")
    camera.keep(camera.storefront(camera.context((1280, 1680)), f"/products/{PRODUCT}"), "product")
    for size in PHONES:
        page = camera.storefront(camera.context(size, scale=2), f"/products/{PRODUCT}")
        page.locator("#reviews").evaluate("(section) => section.scrollIntoView()")
        camera.keep(page, f"phone-{size[0]}")


def an_answer(camera: Camera) -> None:
    """The assistant beside the reviews that it quotes."""
    page = camera.storefront(camera.context(DESK), f"/products/{ASKED_ABOUT}")
    page.get_by_role("button", name="Ask about our reviews").click()
    field = page.get_by_placeholder("Ask what customers say…")
    field.fill(QUESTION)
    field.press("Enter")
    expect(page.locator("vouchsafe-assistant .answer .coverage").first).to_be_visible()
    expect(page.locator("vouchsafe-assistant .log")).to_have_attribute("aria-busy", "false")
    page.locator("vouchsafe-assistant .claim").last.evaluate("(claim) => claim.scrollIntoView({ block: 'end' })")
    camera.keep(page, "assistant")


def staff_pages(camera: Camera) -> None:
    """What Alice and Bob work with, and the page of an author whom they asked."""
    alice = Studio.sign_in(camera.stack, camera.context(DESK), "alice@demo.example")
    alice.go("")
    camera.keep(alice.page, "studio-today")
    alice.go("queue/")
    camera.keep(alice.page, "studio-queue")
    item = alice.pending_reviews()[0]
    alice.approve(item)
    expect(alice.case(item)).to_contain_text("Approved")
    alice.go(f"content/{item}/")
    camera.keep(alice.page, "studio-content")
    alice.go(f"widgets/{demo_facts(camera.stack)['widgets']['carousel']}/")
    preview = alice.page.frame_locator("iframe.preview")
    expect(preview.locator(HYDRATED).first).to_be_visible()
    camera.keep(alice.page, "studio-widget")
    alice.go("rights/")
    alice.page.evaluate("() => Promise.all([...document.images].map((image) => image.decode()))")
    camera.keep(alice.page, "studio-rights")
    asked = alice.ask("@ana@")
    author = camera.context((760, 1040)).new_page()
    author.goto(asked.link)
    camera.keep(author, "consent")


ALBUM: tuple[Callable[[Camera], None], ...] = (shop_pages, an_answer, staff_pages)


def main() -> int:
    """Take all of them."""
    IMAGES.mkdir(exist_ok=True)
    stack = Stack()
    try:
        stack.start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=flags())
            for shoot in ALBUM:
                shoot(Camera(stack, browser, IMAGES))
            browser.close()
    finally:
        stack.remove()
    return 0


if __name__ == "__main__":
    sys.exit(main())
