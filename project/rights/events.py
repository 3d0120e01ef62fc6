"""News of the rights room. ``item_ids`` are public ids, 500 at most a row."""

from dataclasses import dataclass

from project.core.events import Event

ITEMS_PER_ROW = 500


@dataclass(frozen=True, kw_only=True)
class PermissionAsked(Event):
    request_id: str
    item_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RequestPrepared(Event):
    """A message that others can read was written and waits to be posted."""

    request_id: str
    item_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PermissionDeclined(Event):
    request_id: str
    item_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LicenceGranted(Event):
    licence_id: str
    item_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LicenceStarted(Event):
    licence_id: str
    item_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LicenceWithdrawn(Event):
    """``route``: a :class:`project.rights.contracts.WithdrawalRoute`."""

    licence_id: str
    item_ids: tuple[str, ...]
    route: str


@dataclass(frozen=True, kw_only=True)
class LicenceExpired(Event):
    licence_id: str
    item_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AuthorErased(Event):
    """A person was erased; 500 items a row. ``files``: random names; ``request_id``: of the privacy request."""

    request_id: str
    author_ids: tuple[str, ...]
    item_ids: tuple[str, ...]
    files: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class HoldOpened(Event):
    hold_id: str
    item_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class HoldClosed(Event):
    hold_id: str
    item_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class NoticeReceived(Event):
    notice_id: str
    item_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class NoticeDecided(Event):
    notice_id: str
    item_ids: tuple[str, ...]
    outcome: str
