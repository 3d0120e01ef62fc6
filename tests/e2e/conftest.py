"""Chromium for the browser tests: one browser per module, a fresh context (cookies, cache) per test."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from project.runtime.browser import find_chromium, flags
from tests.e2e.story import NewContext, Studio
from tests.stack import Stack

# A shared machine may be slow; what must be fast is measured, not waited for.
WAIT_MILLISECONDS = 15_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium (VOUCHSAFE_CHROMIUM names another), without a window.

    It ends with its module: Playwright keeps an event loop open in this thread meanwhile, and tests of other
    modules have loops of their own, or use the database, which Django refuses inside a loop.
    """
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=find_chromium(), args=flags())
        yield launched
        launched.close()


@pytest.fixture
def alice(running_stack: Stack, new_context: NewContext) -> Studio:
    """The owner of the running demo."""
    return Studio.sign_in(running_stack, new_context(), "alice@demo.example")


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes contexts, for tests with several people or devices: ``new_context(locale="da-DK")``."""
    contexts: list[BrowserContext] = []

    def make(**options: object) -> BrowserContext:
        context = browser.new_context(**options)  # type: ignore[arg-type]
        context.set_default_timeout(WAIT_MILLISECONDS)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def context(new_context: Callable[..., BrowserContext]) -> BrowserContext:
    """One person's browser."""
    return new_context()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """One tab."""
    return context.new_page()


@pytest.fixture
def console(page: Page) -> list[ConsoleMessage]:
    """What the tab wrote to its console, as it comes."""
    messages: list[ConsoleMessage] = []
    page.on("console", messages.append)
    return messages
