"""Stacks that a test may end: nothing outlives them, and a second start recovers."""

import os
import signal
from collections.abc import Iterator

import pytest

from project.runtime import processes
from tests.stack import CHEAP_VECTORS, OWN, SERVICES, Stack, status_of

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def own_stack() -> Iterator[Stack]:
    """A stack that a test may end: without the demo, so that it starts in seconds."""
    stack = Stack(demo=False)
    yield stack
    stack.remove()


def test_nothing_outlives_a_killed_supervisor_and_a_second_start_recovers(own_stack: Stack) -> None:
    own_stack.start()
    before = own_stack.identities()
    assert set(before) == {*OWN, *SERVICES}
    os.kill(own_stack.supervisor, signal.SIGKILL)
    own_stack.start()
    assert own_stack.answers()
    assert not any(identity.lives() for identity in before.values())
    assert "Database tables" not in own_stack.output  # Nothing has changed: nothing is done again.


def test_ctrl_c_ends_every_process(own_stack: Stack) -> None:
    own_stack.start_unless_running()
    before = own_stack.identities()
    assert own_stack.stop() == 0
    assert not any(identity.lives() for identity in before.values())
    assert processes.processes_in(own_stack.layout.postgresql.resolve()) == []
    assert own_stack.command("status").returncode == 3


def test_an_embedder_that_never_comes_up_delays_nothing() -> None:
    """Answers are found by words meanwhile; the demo is seeded and said to be ready without it."""
    stack = Stack(named={**CHEAP_VECTORS, "EMBEDDER_SOCKET": "/dev/null/embedder.sock"})
    try:
        stack.start()
        assert "embedder ended" in stack.output
        assert stack.answers()
        assert status_of(stack.storefront_url + "/") == 200
    finally:
        stack.remove()
