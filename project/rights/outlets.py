"""Where a shop's content is in use: widgets and assistant register what they show, rights tells the author."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from project.rights.contracts import Channel


@dataclass(frozen=True)
class Use:
    """One place where an item is shown; ``url`` is a page the author can open."""

    outlet: str
    name: str
    url: str


@dataclass(frozen=True)
class Outlet:
    """``uses_of(item public id)`` runs in the shop's scope."""

    name: str
    channel: Channel
    uses_of: Callable[[str], Iterable[Use]]


_outlets: dict[str, Outlet] = {}


def register_outlet(outlet: Outlet) -> None:
    """Called by widgets and assistant in ``AppConfig.ready``."""
    _outlets[outlet.name] = outlet


def uses_of(item_id: str) -> list[Use]:
    """Every place that shows the item, for the author's page."""
    return [use for outlet in _outlets.values() for use in outlet.uses_of(item_id)]
