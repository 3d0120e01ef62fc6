"""What an author may do with their own data from a confirmed link: take it along, have it erased.

The services that do it are registered at start-up; a page offers what is registered and nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass

Export = Callable[[int, int], bytes]
Erase = Callable[[int, int], None]


@dataclass(frozen=True)
class OwnDataTools:
    """``export(shop_id, author_pk)`` → a zip; ``erase(shop_id, author_pk)``. Both open what scope they need."""

    export: Export
    erase: Erase


_tools: list[OwnDataTools] = []


def register_own_data_tools(tools: OwnDataTools | None) -> None:
    """Called in ``AppConfig.ready``; the last one counts, None takes them away."""
    _tools[:] = [tools] if tools else []


def own_data_tools() -> OwnDataTools | None:
    return _tools[0] if _tools else None
