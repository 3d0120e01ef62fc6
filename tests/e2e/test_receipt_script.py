"""The script of the author's page: the receipt fills in, changes nothing else, and stops when it is final."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.e2e
SCRIPT = Path(__file__).parents[2] / "frontend_static/studio/js/receipt.js"
PAGE = "http://vouchsafe.test/c/token"
POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'"


def fragment(sentence: str, *, final: bool = False) -> str:
    state = "yes" if final else "no"
    return f'<div data-receipt="/c/token/receipt" data-final="{state}" role="status"><p>{sentence}</p></div>'


class Author:
    """The page of an author who withdrew; ``answers`` are what the receipt says, the last one for ever."""

    def __init__(self, page: Page, first: str) -> None:
        self.page = page
        self.answers: list[dict[str, Any]] = []
        self.asked: list[str] = []
        head = '<title>Gone</title><script type="module" src="/static/receipt.js"></script>'
        self._html = f'<!doctype html><html lang="da"><head>{head}</head><body>{first}</body></html>'
        page.route("http://vouchsafe.test/**", self._answer)
        page.clock.install()

    def open(self) -> "Author":
        self.page.goto(PAGE)
        return self

    def _answer(self, route: Route) -> None:
        url = route.request.url
        if url.endswith(".js"):
            route.fulfill(content_type="text/javascript", body=SCRIPT.read_text())
        elif "/receipt" in url:
            self.asked.append(url)
            route.fulfill(**(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]))
        else:
            headers = {"Content-Security-Policy": POLICY}
            route.fulfill(content_type="text/html", body=self._html, headers=headers)

    def later(self, seconds: float) -> None:
        """Let time pass, until the answer of one try has come."""
        asked = len(self.asked)
        with self.page.expect_response("**/receipt*"):
            self.page.clock.run_for(seconds * 1000)
        assert len(self.asked) == asked + 1


def answer(sentence: str, *, final: bool = False) -> dict[str, Any]:
    return {"content_type": "text/html", "body": fragment(sentence, final=final)}


def test_l8_the_receipt_fills_in_and_stops_when_it_is_final(page: Page) -> None:
    author = Author(page, fragment("Being told."))
    author.answers = [answer("Gone from 1 of 2"), answer("Gone from 2 of 2"), answer("Gone from 2 of 2", final=True)]
    author.open()
    words = page.locator("[data-receipt]")
    expect(words).to_have_text("Being told.")
    author.later(1)
    expect(words).to_have_text("Gone from 1 of 2")
    assert author.asked == ["http://vouchsafe.test/c/token/receipt?lang=da"]
    author.later(1)
    expect(words).to_have_text("Gone from 2 of 2")
    author.later(1)
    expect(words).to_have_attribute("data-final", "yes")
    page.clock.run_for(60_000)
    assert len(author.asked) == 3


def test_a_failed_try_leaves_what_was_said_and_is_made_again(page: Page) -> None:
    author = Author(page, fragment("Being told."))
    author.answers = [{"status": 503, "body": "later"}, answer("Gone from 2 of 2")]
    author.open()
    words = page.locator("[data-receipt]")
    author.later(1)
    expect(words).to_have_text("Being told.")
    author.later(1)
    expect(words).to_have_text("Gone from 2 of 2")


def test_a_receipt_that_is_final_already_is_not_asked_for(page: Page) -> None:
    author = Author(page, fragment("Gone from 2 of 2", final=True))
    author.answers = [answer("never")]
    author.open()
    page.clock.run_for(60_000)
    assert author.asked == []
