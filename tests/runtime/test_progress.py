"""What a start says: moving while a person looks on, plain lines elsewhere, and never a reason to stop."""

import io
import os
import re
import sys
from contextlib import suppress

import pytest

from project.runtime.progress import Progress
from tests.terminal import terminal


@pytest.fixture(autouse=True)
def _usual_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


def test_a_step_is_seen_while_it_lasts_and_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal() as screen:
        monkeypatch.setattr(sys, "stdout", screen.stream)
        progress = Progress()
        with progress.step("PostgreSQL and Valkey"):
            pass
        assert "PostgreSQL and Valkey …" in screen.text
        assert re.search(r"  ✓ PostgreSQL and Valkey \(\d+\.\d s\)\r\n", screen.text)
        assert screen.written != screen.text  # It moved.


def test_elsewhere_there_is_one_plain_line_when_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    with Progress().step("PostgreSQL and Valkey"):
        assert out.getvalue() == ""
    (line,) = out.getvalue().splitlines()
    assert re.search(r"PostgreSQL and Valkey \(\d+\.\d s\)$", line)
    assert "\x1b" not in line


def test_a_step_that_fails_is_not_said_to_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    with pytest.raises(RuntimeError), Progress().step("Database tables"):
        raise RuntimeError
    assert out.getvalue() == ""


def test_a_step_that_reports_itself_stands_between_its_heading_and_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    progress = Progress()
    with progress.talking_step("Database tables"):
        progress.say("[one] of them")
    heading, said, done = out.getvalue().splitlines()
    assert (heading, said) == ("  Database tables …", "[one] of them")
    assert re.search(r"Database tables \(\d+\.\d s\)$", done)


def test_a_terminal_without_the_signs_gets_ones_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(encoding="ascii") as screen:
        monkeypatch.setattr(sys, "stdout", screen.stream)
        progress = Progress()
        with progress.talking_step("Seed"):
            progress.warn("web ended")
        assert "  x web ended" in screen.text
        assert re.search(r"  \+ Seed \(\d+\.\d s\)", screen.text)


def test_a_reader_that_has_gone_away_is_no_reason_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """`make run | head`: what runs goes on running."""
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w", encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", stream)
    progress = Progress()
    with progress.step("Web server and workers"):
        progress.say("said to nobody")
        progress.warn("web ended")
    stream.close()


def test_a_terminal_that_has_gone_away_is_no_reason_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    stream = os.fdopen(theirs, "w", encoding="utf-8")
    os.close(ours)
    with pytest.raises(OSError, match="Input/output"):
        os.write(theirs, b"said to nobody")
    monkeypatch.setattr(sys, "stdout", stream)
    progress = Progress()
    with progress.talking_step("Web server and workers"):
        progress.warn("web ended")
    with suppress(OSError):
        stream.close()  # What was written before it is still on its way.
