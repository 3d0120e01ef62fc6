"""What every test may rely on: PostgreSQL and Valkey of this run, and for process tests a whole stack.

The services start before the first test and end with the run, however it ends. See
``project/settings/testing.py`` for how their addresses are agreed.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.utils import translation
from xdist.remote import Producer

from project.runtime.errors import CannotStart
from project.runtime.throwaway import ThrowawayServices

# Loaded by pytest-django before this file; imported for the folder it chose.
from project.settings.testing import GIVEN, RUN_HOME, WORKER_HOME
from tests.scheduling import UnitScheduling, in_order
from tests.scope_guard import every_statement_names_its_shop  # noqa: F401 (a fixture for every test)
from tests.stack import CHEAP_VECTORS, Stack


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Start what this process is responsible for, in its main thread."""
    config = session.config
    if config.getoption("collectonly") or config.getoption("help"):
        return
    if not hasattr(config, "workerinput"):
        signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))  # End in order on `kill`, too.
        _start(config, ThrowawayServices(RUN_HOME, postgresql="DATABASE_URL" not in GIVEN, valkey=False))
    if "REDIS_URL" not in GIVEN:
        _start(config, ThrowawayServices(WORKER_HOME, postgresql=False))


def _start(config: pytest.Config, services: ThrowawayServices) -> None:
    config.add_cleanup(services.stop)
    try:
        services.start()
    except CannotStart as error:
        pytest.exit(f"{error}\n{error.log}", returncode=3)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    in_order(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> UnitScheduling | None:
    """For `make test`; other ways to spread tests stay what they are called."""
    return UnitScheduling(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def valkey() -> Iterator["redis.Redis"]:
    """A client of this run's Valkey (database 0: the broker's)."""
    client = redis.Redis.from_url(os.environ["REDIS_URL"])
    yield client
    client.close()


@pytest.fixture(autouse=True)
def _empty_valkey(request: pytest.FixtureRequest) -> None:
    """Each test begins with an empty Valkey: no cached bytes, counters or queued tasks of another test."""
    if "REDIS_URL" not in GIVEN:
        request.getfixturevalue("valkey").flushall()


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """The language that a page of one test was answered in is not the next test's."""
    yield
    translation.deactivate()


@pytest.fixture
def vouchsafe_home() -> Path:
    """The folder of this process's files (media, mail); removed with the run."""
    return WORKER_HOME


@pytest.fixture(scope="session")
def running_stack() -> Iterator[Stack]:
    """One whole Vouchsafe with the demo, for all process and browser tests of this worker.

    Tests share it: make what you need in a shop or widget of your own, and leave processes running. `make fresh` names
    a clone in which one runs already; it is taken as it is, and left so.
    """
    clone = os.environ.get("VOUCHSAFE_TEST_CLONE")
    if clone:
        yield Stack.running_in(Path(clone))
        return
    stack = Stack(named=CHEAP_VECTORS)
    try:
        stack.start()
        yield stack
    finally:
        stack.remove()
