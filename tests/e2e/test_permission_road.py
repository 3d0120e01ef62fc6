"""Permission from end to end: staff asks, the author says yes on a phone, the shop shows it with credit, she takes it
back, it is gone from the open page, her receipt says so, and her proof holds without us."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from project.runtime import processes
from project.runtime.layout import PROJECT_ROOT
from tests.e2e.story import NewContext, ShopPage, Studio, pictures_have_come_in, says_who_is_in_the_picture
from tests.stack import Stack

pytestmark = pytest.mark.e2e

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}


def test_from_the_question_to_the_proof(
    running_stack: Stack, context: BrowserContext, alice: Studio, new_context: NewContext, tmp_path: Path
) -> None:
    home = ShopPage.open(context, f"{running_stack.storefront_url}/")
    pictures_have_come_in(running_stack)
    asked = alice.ask("@priya@")
    post = asked.post

    priya = new_context(**PHONE).new_page()
    priya.goto(asked.link)
    assert priya.evaluate("document.documentElement.scrollWidth") <= 390
    expect(priya.locator("blockquote")).to_have_text(asked.words)
    priya.get_by_label("@priya@").check()
    priya.get_by_label("16 or older").check()
    says_who_is_in_the_picture(priya)
    priya.get_by_role("button", name=re.compile("^Yes, in all")).tap()
    expect(priya.get_by_role("heading", name="Thank you")).to_be_visible()

    home.shown_at(post)
    card = home.card(post).first
    expect(card.locator(".credit")).to_contain_text("@priya@")
    expect(card.locator(".source")).to_be_visible()

    pack = tmp_path / "proof.zip"
    pack.write_bytes(proof(priya))
    holds(pack)

    priya.get_by_role("button", name="Take my permission back").tap()
    home.gone_at(post)
    expect(priya.get_by_role("heading", name="Your permission has ended")).to_be_visible()
    # It fills in by itself while pages confirm.
    expect(priya.locator("body")).to_contain_text(re.compile(r"Gone from (\d+) of \1 open pages? in \d+\.\d s"))
    holds(pack)
    assert home.console == []


def proof(page: Page) -> bytes:
    """The pack, once the ledger's head covers the grant (a few seconds)."""
    address = page.get_by_role("link", name="Download the proof").get_attribute("href")
    found: list[bytes] = []

    def is_ready() -> bool:
        answer = page.context.request.get(f"{page.url.partition('/c/')[0]}{address}")
        found[:] = [answer.body()] if answer.ok else []
        return answer.ok

    assert processes.wait_until(is_ready, seconds=30)
    return found[0]


def holds(pack: Path) -> None:
    """The program that stands alone, without our packages in reach, finds the pack in order."""
    program = PROJECT_ROOT / "tools" / "verify_evidence.py"
    done = subprocess.run([sys.executable, "-I", str(program), str(pack)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
