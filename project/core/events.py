"""What an outbox event is: a name in the past tense and ids and codes. It says *that*, never *what*."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all events. Subclasses are frozen dataclasses of ids and codes; their class name is the event's name."""

    name: ClassVar[str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.name = cls.__name__

    def data(self) -> dict[str, Any]:
        """The row's JSON: field names to ids, codes and lists of them."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in vars(self).items()}


@dataclass(frozen=True)
class StoredEvent:
    """An event as its subscribers receive it; ``number`` is the shop's publication number from this event on."""

    row_id: int
    shop_id: int
    number: int
    name: str
    data: dict[str, Any]
    created_at: datetime
