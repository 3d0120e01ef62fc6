"""News of the content room. ``item_ids`` are public ids, 500 at most a row."""

from dataclasses import dataclass

from project.core.events import Event

ITEMS_PER_ROW = 500


@dataclass(frozen=True, kw_only=True)
class ItemsReceived(Event):
    item_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ItemsEdited(Event):
    item_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ItemsCorrected(Event):
    """What is known about them was put right (product, disclosure, end of validity …). Their words and state stay."""

    item_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ItemsApproved(Event):
    item_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ItemsRejected(Event):
    item_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ItemsTakenDown(Event):
    item_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ItemsRestored(Event):
    item_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ItemsReopened(Event):
    item_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MediaReady(Event):
    item_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MediaApproved(Event):
    item_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MediaRefused(Event):
    item_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MediaReplaced(Event):
    """The author took pictures out; ``files`` are the names that no row stands for any more."""

    files: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SourceChanged(Event):
    source_id: str
