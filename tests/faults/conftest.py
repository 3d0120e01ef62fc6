"""A shop of the faults' own on the running stack, its open page, and Bob at the queue."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest

from project.runtime import instance, processes
from project.runtime.layout import database_url
from tests.e2e.conftest import browser, new_context  # noqa: F401 (fixtures)
from tests.e2e.story import NewContext, OwnShop, ShopPage, Site, Studio, reviews_file, site
from tests.stack import Stack

SHOWN, WAITING = 20, 12
PATIENCE_MILLISECONDS = 90_000
PATIENCE_SECONDS = 60.0


@dataclass
class Scene:
    """A shop with reviews on show and reviews that wait, all licensed, and a page of its own site."""

    stack: Stack
    shop: OwnShop
    front: Site
    snippet: str

    def open(self, make_context: NewContext) -> ShopPage:
        """The shop's page, live, with patience for what restarts."""
        page = ShopPage.open(make_context(), self.front.paste(self.snippet))
        page.page.set_default_timeout(PATIENCE_MILLISECONDS)
        return page

    def sign_in(self, make_context: NewContext) -> Studio:
        """The owner, at the studio."""
        context = make_context()
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        shop = self.shop
        return Studio.sign_in(self.stack, context, shop.owner, password=shop.password, shop=shop.slug)

    def waiting(self) -> str:
        """An item that nobody has decided about."""
        statement = "SELECT public_id FROM content_item WHERE shop_id = %s AND state = 'pending' ORDER BY id LIMIT 1"
        ((found,),) = self.stack.rows(statement, self.shop.shop_id())
        return str(found)

    def state(self, item: str) -> str:
        """What was decided about an item, as the database has it."""
        ((found,),) = self.stack.rows("SELECT state FROM content_item WHERE public_id = %s", item)
        return str(found)

    def elsewhere(self, call: str) -> None:
        """A service called by a process of its own; ``call`` has ``shop_id`` and the services of content and rights."""
        code = (
            "from project.content.services import *\n"
            "from project.rights.services import *\n"
            "from project.rights.contracts import EndReason\n"
            f"shop_id = {self.shop.shop_id()}\n"
            f"{call}"
        )
        self.stack.manage("shell", "--no-imports", "-c", code)

    # --- faults

    @contextmanager
    def in_the_middle_of_a_decision(self) -> Iterator[Callable[[], None]]:
        """Whoever decides about an item of this shop gets as far as the commit and no further, until the block ends.

        Yields a function that waits until somebody has come so far.
        """
        connection = psycopg.connect(database_url(self.stack.home))
        connection.execute("SELECT 1 FROM core_stream WHERE shop_id = %s FOR UPDATE", (self.shop.shop_id(),))
        try:
            yield lambda: wait_for(self._somebody_waits)
        finally:
            with contextlib.suppress(psycopg.OperationalError):  # It may have been PostgreSQL that was killed.
                connection.rollback()
            connection.close()

    def _somebody_waits(self) -> bool:
        statement = """SELECT count(*) FROM pg_stat_activity
            WHERE wait_event_type = 'Lock' AND query LIKE %s AND datname = current_database()"""
        return self.stack.rows(statement, "%core_stream%") != [(0,)]

    @contextmanager
    def nobody_restarts(self) -> Iterator[None]:
        """What is killed in this block stays dead until it ends: the supervisor is halted."""
        supervisor = instance.read_state(self.stack.layout).supervisor
        assert supervisor is not None
        with halted(supervisor.pid):
            yield


@contextmanager
def halted(*pids: int) -> Iterator[None]:
    """Processes stand still for the duration of the block; they may be killed meanwhile."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def wait_for(condition: Callable[[], bool]) -> None:
    """Until a condition holds; fails the test after a while."""
    assert processes.wait_until(condition, seconds=PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def scene(
    request: pytest.FixtureRequest, running_stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    slug = f"faults-{request.module.__name__.rpartition('_')[2]}"
    files = tmp_path_factory.mktemp(slug)
    basis = ("--basis", "owned", "--channels", "site,product_page", "--no-input")
    with site() as front:
        shop = OwnShop.make(
            running_stack, slug=slug, name="Weather Side", owner=f"{slug}@demo.example", origin=front.origin
        )
        shown = reviews_file(files / "shown.csv", rows=SHOWN)
        waiting = reviews_file(files / "waiting.csv", first=SHOWN, rows=WAITING)
        for done in (shop.import_file(shown, "--moderate", "approved", *basis), shop.import_file(waiting, *basis)):
            assert done.returncode == 0, done.stdout + done.stderr
        widget = f'<vouchsafe-widget widget-id="{shop.widgets["carousel"]}"></vouchsafe-widget>'
        script = f'<script async src="{running_stack.base_url}/embed/v1/embed.js"></script>'
        yield Scene(running_stack, shop, front, script + widget)
