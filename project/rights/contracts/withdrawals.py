"""What an author and the desk are told about a withdrawal."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class ReceiptStep:
    """One thing that follows a withdrawal; ``done_at`` None while it is waited for. ``for_author``: shown on their
    receipt, too."""

    name: str
    label: str
    done_at: datetime | None
    for_author: bool = True


@dataclass(frozen=True)
class Receipt:
    """How far a withdrawal has come. Milliseconds count from its commit, None while no page has confirmed.

    ``told``: open pages whose last version held an item of it. ``rest_hidden_at``: when the lease of every copy that
    nobody confirmed had ended. ``final``: nothing is counted any more.
    """

    withdrawal_id: str
    licence_id: str
    route: str
    items: int
    committed_at: datetime
    rest_hidden_at: datetime
    told: int
    confirmed: int
    median_ms: int | None
    p95_ms: int | None
    slowest_ms: int | None
    final: bool
    steps: tuple[ReceiptStep, ...]

    @property
    def never_confirmed(self) -> int:
        """Pages that showed it and have not said that they removed it."""
        return max(self.told - self.confirmed, 0)

    @property
    def waits_for(self) -> tuple[ReceiptStep, ...]:
        """What is still to be done."""
        return tuple(step for step in self.steps if step.done_at is None)
