"""One supervisor per home, and a record of what it runs that survives it."""

import os
from pathlib import Path

import pytest

from project.runtime.errors import CannotStart
from project.runtime.instance import Claim, State, read_state, write_state
from project.runtime.layout import Layout
from project.runtime.processes import Identity


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


def test_a_second_instance_is_refused_with_the_remedy(layout: Layout) -> None:
    first, second = Claim(layout), Claim(layout)
    first.take()
    write_state(layout, State(supervisor=Identity(4711, "x"), phase="ready", url="http://localhost:8000"))
    with pytest.raises(CannotStart, match=r"already running .*4711, http://localhost:8000.* `make stop`"):
        second.take()
    first.release()
    second.take()
    second.release()


def test_the_record_reads_as_it_was_written(layout: Layout) -> None:
    state = State(
        supervisor=Identity.of(os.getpid()),
        phase="ready",
        url="http://localhost:8000",
        processes={"web": Identity(12, "a")},
        restarts={"web": 3},
    )
    write_state(layout, state)
    assert read_state(layout) == state
    assert read_state(layout).running


def test_without_a_readable_record_nothing_runs(layout: Layout) -> None:
    assert not read_state(layout).running
    layout.state.write_text("{ half")
    assert read_state(layout) == State()


def test_a_record_of_a_recycled_pid_is_not_taken_for_a_running_supervisor(layout: Layout) -> None:
    write_state(layout, State(supervisor=Identity(os.getpid(), "another start"), phase="ready"))
    assert not read_state(layout).running


def test_a_record_that_cannot_be_written_ends_nothing(layout: Layout) -> None:
    write_state(Layout(layout.home / "missing"), State(phase="ready"))
