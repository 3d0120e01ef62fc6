"""Reading one step ahead: while the database stores a batch, the next one is read and mapped."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Generic, TypeVar

from django.utils.translation import get_language, override

T = TypeVar("T")

PATIENCE_SECONDS = 0.1
# A thread that computes gives way after this long. Of Python's usual 5 ms a COPY, which asks for its turn with every
# block of 32 kB, would wait more than it works.
SWITCH_SECONDS = 0.0002


class _Reader(Generic[T]):
    """A thread that draws from an iterator and keeps one piece ready. The iterator must not use the database."""

    def __init__(self, pieces: Iterator[T]) -> None:
        self._pieces = pieces
        self._ready: Queue[T | BaseException | None] = Queue(maxsize=1)
        self._stop = Event()
        self._language = get_language() or "en"
        self._thread = Thread(target=self._draw, name="reading ahead", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _draw(self) -> None:
        try:
            with override(self._language):  # sentences about rows are in the caller's language
                for piece in self._pieces:
                    if not self._put(piece):
                        return
        except BaseException as error:  # raised again where the pieces are taken
            self._put(error)
        else:
            self._put(None)

    def _put(self, piece: T | BaseException | None) -> bool:
        while not self._stop.is_set():
            try:
                self._ready.put(piece, timeout=PATIENCE_SECONDS)
            except Full:
                continue
            return True
        return False

    def __iter__(self) -> Iterator[T]:
        while True:
            try:
                piece = self._ready.get(timeout=PATIENCE_SECONDS)
            except Empty:
                continue
            if piece is None:
                return
            if isinstance(piece, BaseException):
                raise piece
            yield piece


@contextmanager
def read_ahead(pieces: Iterator[T]) -> Iterator[Iterator[T]]:
    """The same pieces in the same order, drawn by a thread that ends with the block, however it ends."""
    reader = _Reader(pieces)
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    reader.start()
    try:
        yield iter(reader)
    finally:
        reader.stop()
        sys.setswitchinterval(usual)
