"""Registry of every store of personal data: each can export a person's rows and then delete or mask them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Shredder:
    """One store. ``export(author_id)`` → JSON-able rows; ``shred(author_id)`` → number of rows cleared."""

    name: str
    export: Callable[[int], list[dict[str, Any]]]
    shred: Callable[[int], int]


_shredders: dict[str, Shredder] = {}


def register_shredder(shredder: Shredder) -> None:
    """Called by the owner of the store in ``AppConfig.ready``."""
    _shredders[shredder.name] = shredder


def shredders() -> Iterable[Shredder]:
    """All stores of personal data, by name."""
    return tuple(_shredders.values())
