"""Reading ahead changes neither what is read nor how it fails, and leaves no thread behind."""

import threading
from collections.abc import Iterator

import pytest
from django.utils.translation import get_language, override

from project.collection.imports.ahead import read_ahead


def _reading_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "reading ahead"]


def test_every_piece_comes_once_and_in_order() -> None:
    with read_ahead(iter(range(500))) as pieces:
        assert list(pieces) == list(range(500))
    assert _reading_threads() == []


def test_a_failure_is_raised_where_the_pieces_are_taken() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise ValueError("unreadable")

    with read_ahead(failing()) as pieces:
        assert next(pieces) == 1
        with pytest.raises(ValueError, match="unreadable"):
            next(pieces)
    assert _reading_threads() == []


def test_a_block_that_ends_early_ends_the_reading() -> None:
    drawn = []

    def endless() -> Iterator[int]:
        while True:
            drawn.append(1)
            yield len(drawn)

    with pytest.raises(KeyboardInterrupt), read_ahead(endless()) as pieces:
        next(pieces)
        raise KeyboardInterrupt
    assert _reading_threads() == []
    assert len(drawn) <= 3


def test_sentences_are_in_the_callers_language() -> None:
    with override("da"), read_ahead(get_language() for _ in range(2)) as pieces:
        assert list(pieces) == ["da", "da"]
