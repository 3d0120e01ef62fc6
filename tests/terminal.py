"""A terminal for tests: what a program writes to it, as a person would have seen it."""

import os
import pty
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Terminal:
    """``stream`` is what a program takes for its standard output; ``text`` is complete once it is closed."""

    def __init__(self, encoding: str) -> None:
        self._ours, theirs = pty.openpty()
        self.stream = os.fdopen(theirs, "w", encoding=encoding)
        self._written = b""
        self._reader = threading.Thread(target=self._read)  # A terminal's buffer is small: somebody must read.
        self._reader.start()

    def _read(self) -> None:
        with suppress(OSError):  # Linux ends a terminal that nobody writes to any more with an error.
            while read := os.read(self._ours, 65536):
                self._written += read

    def close(self) -> None:
        """No more is written."""
        if not self.stream.closed:
            self.stream.close()
            self._reader.join()
            os.close(self._ours)

    @property
    def written(self) -> str:
        """Everything, with the commands to the terminal."""
        self.close()
        return self._written.decode(errors="replace")

    @property
    def text(self) -> str:
        """The words alone."""
        return ESCAPES.sub("", self.written)


@contextmanager
def terminal(*, encoding: str = "utf-8") -> Iterator[Terminal]:
    """A terminal for the duration of the block."""
    opened = Terminal(encoding)
    try:
        yield opened
    finally:
        opened.close()
