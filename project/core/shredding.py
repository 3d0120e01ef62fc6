"""Registry of every store of personal data: each can export a person's rows and then delete or mask them.

The stores of rights and of the rooms below it are cleared in the erasure's own transaction. Those above it are
subscribers of its news, each on its own: retried until done, and no fault of theirs can refuse an erasure. They are
given ids alone, for by then the rows that held more are gone.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from project.core.events import StoredEvent
from project.core.outbox import subscriber

# The event's name is all that the kernel knows of it; its fields are those of :class:`Person` that survive.
AUTHOR_ERASED = "AuthorErased"

Sections = Mapping[str, list[dict[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class Person:
    """Whose data, in one shop. After an erasure only ``shop_id``, ``author_ids``, ``item_ids`` and ``files`` are known.

    ``author_pks``: their rows of content.Author; ``about``: the public ids of everything that concerns them;
    ``addresses``: in lower case; ``files``: names of their pictures below the media folder.
    """

    shop_id: int
    author_ids: tuple[str, ...] = ()
    item_ids: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    author_pks: tuple[int, ...] = ()
    about: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shredder:
    """One store; both functions run in the shop's scope, may run twice, and know of no other store.

    ``export(person)`` → sections of JSON-able rows with names that a person can read; ``shred(person)`` → number of
    rows cleared. ``tables``: what it clears (a test holds that no table of the house is forgotten).
    """

    name: str
    tables: tuple[str, ...]
    export: Callable[[Person], Sections]
    shred: Callable[[Person], int]


_within: dict[str, Shredder] = {}
_afterwards: dict[str, Shredder] = {}


def register_shredder(shredder: Shredder) -> None:
    """For rights and the rooms below it, in ``AppConfig.ready``: runs in the erasure's transaction."""
    _within[shredder.name] = shredder


def register_later_shredder(shredder: Shredder) -> None:
    """For the rooms above rights, in ``AppConfig.ready``: hears of the erasure once it is committed."""
    _afterwards[shredder.name] = shredder

    def shred(event: StoredEvent) -> None:
        shredder.shred(person_of_event(event))

    subscriber(subscriber_of(shredder.name), AUTHOR_ERASED)(shred)


def subscriber_of(name: str) -> str:
    """The outbox name under which a later shredder's deliveries are recorded."""
    return f"shred.{name}"


def person_of_event(event: StoredEvent) -> Person:
    """What the news of an erasure says of the person."""
    return Person(
        shop_id=event.shop_id,
        author_ids=tuple(event.data["author_ids"]),
        item_ids=tuple(event.data["item_ids"]),
        files=tuple(event.data["files"]),
    )


def shredders() -> Iterable[Shredder]:
    """All stores of personal data, those below first."""
    return (*_within.values(), *_afterwards.values())


def shred_within(person: Person) -> dict[str, int]:
    """Clear every store that belongs to the erasure's own transaction; returns rows cleared by store."""
    return {shredder.name: shredder.shred(person) for shredder in _within.values()}


def later_shredders() -> tuple[str, ...]:
    """The stores that follow an erasure, by name."""
    return tuple(_afterwards)


def export_of(person: Person) -> dict[str, list[dict[str, Any]]]:
    """Everything that all stores hold of a person, by section."""
    sections: dict[str, list[dict[str, Any]]] = {}
    for shredder in shredders():
        for title, rows in shredder.export(person).items():
            sections.setdefault(title, []).extend(rows)
    return sections
