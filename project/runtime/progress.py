"""What a start says on the terminal: one line per step, with a spinner where there is a person to see it."""

import contextlib
import io
import sys
import time
from collections.abc import Iterator

from rich.console import Console


class _Screen(Console):
    """Whoever read our output may go away (`make run | head`); rich would end the program with them."""

    def on_broken_pipe(self) -> None:
        """Say nothing more, into nothing."""
        with contextlib.suppress(SystemExit):
            super().on_broken_pipe()


class Progress:
    """Reports steps on standard output; a terminal that has gone away is no reason to stop."""

    def __init__(self) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")  # A sign that the terminal lacks is no reason either.
        self._console = _Screen(highlight=False, soft_wrap=True)
        encoding = (self._console.encoding or "").lower().replace("-", "")
        self._tick, self._cross = ("✓", "✗") if encoding == "utf8" else ("+", "x")

    @contextlib.contextmanager
    def step(self, what: str) -> Iterator[None]:
        """A step that says nothing itself: a spinner while it lasts, a line with its time when it is done."""
        began = time.monotonic()
        spinner = self._console.status(f"{what} …") if self._console.is_terminal else contextlib.nullcontext()
        with spinner:
            yield
        self._done(what, began)

    @contextlib.contextmanager
    def talking_step(self, what: str) -> Iterator[None]:
        """A step that reports on its own: a heading before, a line with its time after."""
        began = time.monotonic()
        self.say(f"  {what} …")
        yield
        self._done(what, began)

    def say(self, line: str) -> None:
        """One plain line."""
        with contextlib.suppress(OSError):
            self._console.print(line, markup=False)
            sys.stdout.flush()

    def warn(self, line: str) -> None:
        """One line that must not be missed."""
        with contextlib.suppress(OSError):
            self._console.print(f"  {self._cross} {line}", style="yellow", markup=False)

    def _done(self, what: str, began: float) -> None:
        self.say(f"  {self._tick} {what} ({time.monotonic() - began:.1f} s)")
